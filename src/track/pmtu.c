#include "track/pmtu.h"

static void pmtus_init(void *self, const struct track *track)
{
    struct pmtus *pmtus = self;
    *pmtus = (struct pmtus){.track = track};
}

void pmtus_suspect(struct pmtus *pmtus, const struct pmtu_suspicion *suspicion)
{
    (void)pmtus, (void)suspicion;
}

void pmtus_clamped(struct pmtus *pmtus, const struct pmtu_clamp *clamp)
{
    (void)pmtus, (void)clamp;
}

const struct tracker tracker_pmtu = {.init = pmtus_init};
