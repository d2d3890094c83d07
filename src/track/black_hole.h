/* Packets that are too big for a path, of which no error says so. */
#ifndef ICMPSCOPE_TRACK_BLACK_HOLE_H
#define ICMPSCOPE_TRACK_BLACK_HOLE_H

#include "track/story.h"
#include "track/tracker.h"

struct black_holes {
    const struct track *track;
};

extern const struct tracker tracker_black_hole;

#endif
