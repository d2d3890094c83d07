/* What a single message shows to be wrong: errors that should not have been sent or not so, claims
 * that the flow contradicts, types that nobody needs. */
#ifndef ICMPSCOPE_TRACK_MESSAGE_FAULT_H
#define ICMPSCOPE_TRACK_MESSAGE_FAULT_H

#include "base/cache.h"
#include "track/tracker.h"

enum {
    QUENCH_BURST = 10,   /* source quenches … */
    QUENCH_BURST_S = 10, /* … within so many seconds are more than a stray one */
    QUENCH_PAIRS = 1024, /* (reporter, host) that are known: the longest unused gives way */
};

struct message_faults {
    const struct track *track;
    struct cache quenches; /* (reporter, host) → its burst */
};

extern const struct tracker tracker_message_fault;

#endif
