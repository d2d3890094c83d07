/* Fragments as nobody sends them who means well: that contradict each other (RFC 1858, 3128, 5722),
 * are too short for the transport header (RFC 1858 3, RFC 7112 5), or reach beyond what an IP
 * packet may be (RFC 791 3.1). */
#ifndef ICMPSCOPE_TRACK_FRAGMENT_FAULT_H
#define ICMPSCOPE_TRACK_FRAGMENT_FAULT_H

#include <stdint.h>

#include "track/tracker.h"

struct fragment_faults {
    const struct track *track;
    uint64_t unseen; /* datagrams that gave way before their fragments could be compared; set at the
                      * end, before they are asked for */
};

extern const struct tracker tracker_fragment_fault;

#endif
