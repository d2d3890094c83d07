#include "track/echo.h"

static void echoes_init(void *self, const struct track *track)
{
    struct echoes *echoes = self;
    *echoes = (struct echoes){.track = track};
}

const struct tracker tracker_echo = {.init = echoes_init};
