/* Fragments that overlap, end beyond a packet, or hide what they carry. */
#ifndef ICMPSCOPE_TRACK_FRAGMENT_FAULT_H
#define ICMPSCOPE_TRACK_FRAGMENT_FAULT_H

#include "track/story.h"
#include "track/tracker.h"

struct fragment_faults {
    const struct track *track;
};

extern const struct tracker tracker_fragment_fault;

#endif
