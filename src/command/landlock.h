/* Linux's Landlock: a process gives up files and network that it could still reach. */
#ifndef ICMPSCOPE_COMMAND_LANDLOCK_H
#define ICMPSCOPE_COMMAND_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Where files are made, read and written after all. */
struct landlock_folder {
    const char *path;
    bool replaces; /* and put in the place of others, or removed */
};

/* What the kernel has: the version of its interface; 0: nothing. */
int landlock_version(void);

/* From here on nothing is opened, made or removed but in these folders, no TCP port bound or
 * connected to, no socket of others without a name reached and no other process sent a signal, as
 * far as this version goes. What is open stays. -1 with one line in `error`. */
int landlock_enter(int version, const struct landlock_folder *folders, size_t count,
                   struct error *error);

#endif
