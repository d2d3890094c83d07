/* Who looks for hosts and open ports: sweeps, scans of UDP, questions that only scanners ask. */
#ifndef ICMPSCOPE_TRACK_SCAN_H
#define ICMPSCOPE_TRACK_SCAN_H

#include <stdint.h>

#include "base/timefmt.h"
#include "track/distinct.h"
#include "track/tracker.h"

enum {
    SCAN_SWEEP_HOSTS = 32, /* FINDING_HOST_SWEEP: so many pinged … */
    SCAN_UDP_PORTS = 20,   /* FINDING_UDP_SCAN: so many refused … */
};

/* … within this time. */
static const int64_t scan_window_ns = (int64_t)60 * NS_PER_S;

struct scans {
    const struct track *track;
    struct distinct distinct;
};

extern const struct tracker tracker_scan;

#endif
