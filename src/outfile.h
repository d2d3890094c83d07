/* Where the command writes: standard output, or a file that appears only when it is whole.
 *
 * Life cycle: outfile_open() → outfile_write() … → outfile_close(), once. main.c is the only
 * caller. */
#ifndef ICMPSCOPE_OUTFILE_H
#define ICMPSCOPE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct outfile {
    int fd;
    const char *path; /* borrowed; NULL for standard output */
    char *temporary;  /* beside `path`, renamed at the end; NULL where it is written in place */
    int failure;      /* errno of the first failed write */
    bool written;
    bool terminal; /* it goes to one, at once */
};

/* `path` is NULL for standard output. What exists and is not a regular file (/dev/full, a pipe) is
 * written in place. */
int outfile_open(struct outfile *file, const char *path, struct error *error);

/* All of it, or -1 with errno set. For icmpscope_config.write. */
int outfile_write(struct outfile *file, const char *bytes, size_t size);

/* Renames the temporary file to its place if `keep`, else removes it. -1 with one line in `error`
 * where anything failed, now or before: nothing then stands in the place. */
int outfile_close(struct outfile *file, bool keep, struct error *error);

#endif
