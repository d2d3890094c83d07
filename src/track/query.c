#include "track/query.h"

static void queries_init(void *self, const struct track *track)
{
    struct queries *queries = self;
    *queries = (struct queries){.track = track};
}

const struct tracker tracker_query = {.init = queries_init};
