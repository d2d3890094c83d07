/* The text format of Prometheus, version 0.0.4: what a metric is, once, and its samples, a line
 * each. What cannot be written is remembered by the output. */
#ifndef ICMPSCOPE_REPORT_METRICS_TEXT_H
#define ICMPSCOPE_REPORT_METRICS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "report/out.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_label {
    const char *name;
    const char *value; /* any bytes: it is escaped */
};

/* `name` may have the suffixes of histograms. */
struct metric_sample {
    const char *name;
    const struct metric_label *labels;
    size_t count; /* of labels */
};

/* "# HELP" and "# TYPE", before its first sample. */
void metric_begin(struct out *out, const char *name, enum metric_type type, const char *help);

/* Samples of a number, and of nanoseconds as seconds. */
void metric_number(struct out *out, const struct metric_sample *sample, uint64_t number);
void metric_seconds(struct out *out, const struct metric_sample *sample, int64_t ns);

/* "0.0005", "10": as few digits as it takes. Returns `buf`. */
enum { METRIC_SECONDS_SIZE = 32 };
const char *metric_format_seconds(int64_t ns, char *buf, size_t size);

#endif
