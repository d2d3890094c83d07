/* What has been counted so far, as metrics for Prometheus: at any time while an analysis runs.
 *
 * Counters only grow. Labels are from tables of ours, but for the addresses of a few reporters
 * (track/reporter_labels.h) and the names of interfaces: how many lines there are is bounded
 * whatever is in the packets. */
#ifndef ICMPSCOPE_REPORT_METRICS_H
#define ICMPSCOPE_REPORT_METRICS_H

#include <stdint.h>

#include "report/out.h"
#include "report/report.h"

struct metrics {
    const struct report *report;
    uint64_t flows_active;
    int64_t begun_ns; /* when the analysis began, by the clock; 0: not known */
};

/* Writes all of them. */
void metrics_write(const struct metrics *metrics, struct out *out);

#endif
