#include "track/redirect.h"

static void redirects_init(void *self, const struct track *track)
{
    struct redirects *redirects = self;
    *redirects = (struct redirects){.track = track};
}

const struct tracker tracker_redirect = {.init = redirects_init};
