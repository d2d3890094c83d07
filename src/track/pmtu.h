/* Path MTU: what was told or swept, and what senders made of it. */
#ifndef ICMPSCOPE_TRACK_PMTU_H
#define ICMPSCOPE_TRACK_PMTU_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `pmtu`. */
struct pmtu {
    struct story story;
};

struct pmtus {
    const struct track *track;
};

extern const struct tracker tracker_pmtu;

#endif
