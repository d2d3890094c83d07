/* Neighbor Discovery that hosts must ignore (RFC 4861 6.1, 7.1, 8.1; RFC 6980). */
#ifndef ICMPSCOPE_TRACK_ND_FAULT_H
#define ICMPSCOPE_TRACK_ND_FAULT_H

#include "track/tracker.h"

struct nd_faults {
    const struct track *track;
};

extern const struct tracker tracker_nd_fault;

#endif
