/* Timestamp requests and their replies: what they say of clocks. */
#ifndef ICMPSCOPE_TRACK_CLOCK_H
#define ICMPSCOPE_TRACK_CLOCK_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `clock`. */
struct clock {
    struct story story;
};

struct clocks {
    const struct track *track;
};

extern const struct tracker tracker_clock;

#endif
