/* Renames temporary files to their places in the end, or removes them, for a process that by then
 * may do neither: it has become another user and confined itself. A process of its own, forked
 * while all was still allowed, that does nothing else and takes nothing but a yes or no for each.
 * It lives as long as the other: where that ends without a word, killed, the files are removed.
 *
 * Life cycle: keeper_start() → keeper_settle() of each → keeper_end(). outputs.c is the only
 * caller, and outfile.c settles. */
#ifndef ICMPSCOPE_COMMAND_KEEPER_H
#define ICMPSCOPE_COMMAND_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

enum { KEPT_MOST = 2 };

struct kept {
    const char *temporary; /* borrowed, as is `path` */
    const char *path;      /* where it belongs */
};

struct keeper {
    int channel; /* -1: there is no keeper */
    pid_t pid;
};

/* For `count` files, at most KEPT_MOST. -1 with one line in `error`. */
int keeper_start(struct keeper *keeper, const struct kept *files, size_t count,
                 struct error *error);

/* Has the file of that index renamed, or else removed. 0, or the errno of what failed: then it is
 * removed. */
int keeper_settle(const struct keeper *keeper, size_t index, bool keep);

/* Waits for its end. Nothing to do where there is none. */
void keeper_end(struct keeper *keeper);

/* The same as keeper_settle(), by this process itself. */
int kept_settle(const struct kept *file, bool keep);

#endif
