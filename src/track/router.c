#include "track/router.h"

static void routers_init(void *self, const struct track *track)
{
    struct routers *routers = self;
    *routers = (struct routers){.track = track};
}

const struct tracker tracker_router = {.init = routers_init};
