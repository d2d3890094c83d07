/* Where the command writes: standard output, a file that appears only when it is whole, or, while
 * capturing, one that grows and may be rotated.
 *
 * Life cycle: outfile_open(), outfile_append() or outfile_renew() → outfile_write(),
 * outfile_reopen() … → outfile_close(), once; then a file that is renewed begins again. outputs.c,
 * metrics_file.c and main.c are the only callers. */
#ifndef ICMPSCOPE_COMMAND_OUTFILE_H
#define ICMPSCOPE_COMMAND_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "command/keeper.h"

struct outfile {
    int fd;
    const char *path; /* borrowed; NULL for standard output */
    char *temporary;  /* beside `path`, renamed at the end; NULL where there is none that this
                         process knows of */
    int failure;      /* errno of the first failed write */
    bool written;
    bool terminal;               /* it goes to one, at once */
    bool appended;               /* it is outfile_append()'s */
    bool renewed;                /* it is outfile_renew()'s, and the keeper's to settle */
    int fixed;                   /* outfile_renew() writes there; -1: to a new file each time */
    bool made;                   /* it was not there before */
    const struct keeper *keeper; /* who opens and renames it, knowing it as `kept`; NULL: this
                                    process, and then it is not renewed */
    size_t kept;
};

/* `path` is NULL for standard output. What place_is_fixed() is written in place. */
int outfile_open(struct outfile *file, const char *path, struct error *error);

/* `path`, a regular file or none yet, is appended to, line by line; it is made where there is none.
 * Links are not followed. What is written ends in whole lines: of one that cannot be written whole
 * nothing stays. */
int outfile_append(struct outfile *file, const char *path, struct error *error);

/* What `file` was given a path and a keeper for, but is not open, is written from its beginning,
 * and takes the place of the last such file in outfile_close(); what is fixed is written on. */
int outfile_renew(struct outfile *file, struct error *error);

/* What outfile_append() opened was moved away: opens its path anew. Where that fails, -1 with one
 * line in `error`, and the old file is written on. Nothing to do for other files. */
int outfile_reopen(struct outfile *file, struct error *error);

/* All of it, or -1 with errno set. For icmpscope_config.write. */
int outfile_write(struct outfile *file, const char *bytes, size_t size);

/* Renames the temporary file to its place if `keep`, else removes it. -1 with one line in `error`
 * where anything failed, now or before: nothing then stands in the place. */
int outfile_close(struct outfile *file, bool keep, struct error *error);

#endif
