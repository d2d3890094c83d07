#include "track/fragment_fault.h"

static void fragment_faults_init(void *self, const struct track *track)
{
    struct fragment_faults *fragment_faults = self;
    *fragment_faults = (struct fragment_faults){.track = track};
}

const struct tracker tracker_fragment_fault = {.init = fragment_faults_init};
