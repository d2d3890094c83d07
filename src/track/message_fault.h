/* What a single message shows to be wrong. */
#ifndef ICMPSCOPE_TRACK_MESSAGE_FAULT_H
#define ICMPSCOPE_TRACK_MESSAGE_FAULT_H

#include "track/story.h"
#include "track/tracker.h"

struct message_faults {
    const struct track *track;
};

extern const struct tracker tracker_message_fault;

#endif
