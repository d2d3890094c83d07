/* --metrics-file: the metrics, written anew each interval, for the textfile collector of
 * node_exporter. A reader sees one whole file or another, never a part.
 *
 * Life cycle: metrics_file_init() → metrics_file_tend() … → metrics_file_write(), at the end.
 * main.c is the only caller. */
#ifndef ICMPSCOPE_COMMAND_METRICS_FILE_H
#define ICMPSCOPE_COMMAND_METRICS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "command/outfile.h"
#include "icmpscope.h"

struct metrics_file {
    struct outfile *out; /* borrowed: where to; NULL: nowhere */
    int64_t interval_ns;
    int64_t next_ns; /* it is not written before */
    bool failing;    /* the last time it could not be written */
};

/* `out` is for outfile_renew(), or has no path: then nothing is written. `interval_ns` of 0 is one
 * minute. Nothing is opened. */
void metrics_file_init(struct metrics_file *file, struct outfile *out, int64_t interval_ns);

/* Writes it where that is due; the first time it is. `now_ns` is of any clock that only goes
 * forward. -1 with a line in `error` the first time that it fails; then 0 until it worked again. */
int metrics_file_tend(struct metrics_file *file, struct icmpscope *run, int64_t now_ns,
                      struct error *error);

/* Writes it. -1 with a line in `error`; what stood there before stays then. */
int metrics_file_write(struct metrics_file *file, struct icmpscope *run, struct error *error);

#endif
