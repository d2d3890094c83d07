/* What the command writes: the report, and with -w the evidence capture. Neither may overwrite the
 * other, or a capture that is read.
 *
 * Where one is written beside its place, a second process is started that renames it in the end.
 *
 * Life cycle: outputs_open() → outfile_write() to each … → outputs_close(), once. main.c is the
 * only caller. */
#ifndef ICMPSCOPE_COMMAND_OUTPUTS_H
#define ICMPSCOPE_COMMAND_OUTPUTS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "command/options.h"
#include "command/outfile.h"
#include "icmpscope.h"

struct outputs {
    struct outfile report;
    struct outfile evidence; /* its fd is -1 where there is none */
    struct keeper keeper;    /* where one of them is a temporary file as yet */
};

/* ICMPSCOPE_OK; USAGE where one would overwrite another file of this run, or FAILED, with a line in
 * `error`. */
enum icmpscope_status outputs_open(struct outputs *outputs, const struct options *options,
                                   struct error *error);

/* The folder, to be freed, of a file that is opened anew while it runs; NULL where there is none.
 */
char *outputs_folder(const struct outputs *outputs);

/* Who runs it becomes this user, and must be able to open such a file again: it is given away, if
 * it was made just now. */
void outputs_give(const struct outputs *outputs, uid_t uid, gid_t gid);

/* The analysis came to `status`. Returns that, or FAILED with a line in `error` where output was
 * lost and it is to be told. */
enum icmpscope_status outputs_close(struct outputs *outputs, enum icmpscope_status status,
                                    struct error *error);

#endif
