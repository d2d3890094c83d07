#include "track/path.h"

static void paths_init(void *self, const struct track *track)
{
    struct paths *paths = self;
    *paths = (struct paths){.track = track};
}

const struct tracker tracker_path = {.init = paths_init};
