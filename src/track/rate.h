/* How many messages, to how many hosts and ports: floods, sweeps and scans. */
#ifndef ICMPSCOPE_TRACK_RATE_H
#define ICMPSCOPE_TRACK_RATE_H

#include "track/story.h"
#include "track/tracker.h"

struct rates {
    const struct track *track;
};

extern const struct tracker tracker_rate;

#endif
