/* Packets that are too big for a path, of which no error says so: TCP that stalls though small
 * packets pass (track/stall.h). And the MSS of SYNs that is lowered on the way. */
#ifndef ICMPSCOPE_TRACK_BLACK_HOLE_H
#define ICMPSCOPE_TRACK_BLACK_HOLE_H

#include <stdint.h>

#include "base/cache.h"
#include "track/tracker.h"

/* Directions of connections in which something was sent again, and pairs of hosts between which
 * that went on. */
enum { BLACK_HOLES_MAX = 8192, BLACK_HOLE_PAIRS_MAX = 1024 };

struct black_holes {
    const struct track *track;
    struct cache stalls; /* flow id and direction → struct stall */
    struct cache pairs;  /* who sends what does not pass, to whom → what else passed */
    uint64_t lost;       /* stalls that gave way while they went on */
};

extern const struct tracker tracker_black_hole;

#endif
