#include "track/rate.h"

static void rates_init(void *self, const struct track *track)
{
    struct rates *rates = self;
    *rates = (struct rates){.track = track};
}

const struct tracker tracker_rate = {.init = rates_init};
