#include "track/pmtu.h"

static void pmtus_init(void *self, const struct track *track)
{
    struct pmtus *pmtus = self;
    *pmtus = (struct pmtus){.track = track};
}

const struct tracker tracker_pmtu = {.init = pmtus_init};
