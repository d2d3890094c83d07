#include "track/message_fault.h"

static void message_faults_init(void *self, const struct track *track)
{
    struct message_faults *message_faults = self;
    *message_faults = (struct message_faults){.track = track};
}

const struct tracker tracker_message_fault = {.init = message_faults_init};
