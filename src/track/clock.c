#include "track/clock.h"

static void clocks_init(void *self, const struct track *track)
{
    struct clocks *clocks = self;
    *clocks = (struct clocks){.track = track};
}

const struct tracker tracker_clock = {.init = clocks_init};
