#include "track/pmtu.h"

#include "track/pmtu_fault.h"

static void pmtus_init(void *self, const struct track *track)
{
    struct pmtus *pmtus = self;
    *pmtus = (struct pmtus){.track = track};
}

static void pmtus_message(void *self, const struct sight *sight)
{
    struct pmtus *pmtus = self;
    pmtu_faults_message(pmtus->track->findings, sight);
}

void pmtus_suspect(struct pmtus *pmtus, const struct pmtu_suspicion *suspicion)
{
    (void)pmtus, (void)suspicion;
}

void pmtus_clamped(struct pmtus *pmtus, const struct pmtu_clamp *clamp)
{
    (void)pmtus, (void)clamp;
}

const struct tracker tracker_pmtu = {.init = pmtus_init, .message = pmtus_message};
