/* Files by their paths: appended to where they are, or made beside their places and renamed in the
 * end. outfile.c does this for the command while it may, keeper_process.c when it may not. */
#ifndef ICMPSCOPE_COMMAND_PLACE_H
#define ICMPSCOPE_COMMAND_PLACE_H

#include <stdbool.h>

/* What exists and is not a regular file (/dev/full, a pipe), or is what standard output or error go
 * to (/dev/stdout), is written in place. */
bool place_is_fixed(const char *path);

/* `path`, for writing in place. A descriptor, or -1 with errno set. */
int place_open(const char *path);

/* A new file beside `path`, with the mode of the one that it replaces or of a new one; `*temporary`
 * is its path, to be freed. A descriptor, or -1 with errno set. */
int place_beside(const char *path, char **temporary);

/* `path` for appending, after a line that was cut off is ended; made where there is none. Links are
 * not followed (ELOOP). A descriptor, or -1 with errno set. */
int place_append(const char *path, bool *made);

/* Renames the temporary file to `path` if `keep`, else removes it. 0, or the errno of what failed:
 * then it is removed. */
int place_settle(const char *path, const char *temporary, bool keep);

/* The folder that a file of this path is in, to be freed; NULL where memory is short. */
char *place_folder(const char *path);

#endif
