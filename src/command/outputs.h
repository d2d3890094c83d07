/* What the command writes: the report, with -w the evidence capture, and the metrics file. None may
 * overwrite another, or a capture that is read.
 *
 * Where one is written beside its place, or opened again later, a second process is started for
 * that: keeper.h.
 *
 * Life cycle: outputs_open() → outfile_write() to each … → outputs_close(), once. main.c is the
 * only caller. */
#ifndef ICMPSCOPE_COMMAND_OUTPUTS_H
#define ICMPSCOPE_COMMAND_OUTPUTS_H

#include "base/error.h"
#include "command/keeper.h"
#include "command/options.h"
#include "command/outfile.h"
#include "command/privileges.h"
#include "icmpscope.h"

struct outputs {
    struct outfile report;
    struct outfile evidence; /* its fd is -1 where there is none */
    struct outfile metrics;  /* not open yet; its path is NULL where there is none */
    struct keeper keeper;
};

/* Files that are made, now or later, are given to whom this process will become, where that was
 * asked for. ICMPSCOPE_OK; USAGE where one would overwrite another file of this run, or FAILED,
 * with a line in `error`. */
enum icmpscope_status outputs_open(struct outputs *outputs, const struct options *options,
                                   const struct identity *identity, struct error *error);

/* The analysis came to `status`. Returns that, or FAILED with a line in `error` where output was
 * lost and it is to be told. */
enum icmpscope_status outputs_close(struct outputs *outputs, enum icmpscope_status status,
                                    struct error *error);

#endif
