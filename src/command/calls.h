/* Linux's seccomp: what a process may ask of the kernel, and what kills it. */
#ifndef ICMPSCOPE_COMMAND_CALLS_H
#define ICMPSCOPE_COMMAND_CALLS_H

#include <stdbool.h>

#include "base/error.h"

/* What is done besides reading what is open and writing to what is open, which always may be. */
struct calls {
    bool captures; /* packets come from sockets that are open */
    bool serves;   /* connections are taken on a socket that listens */
    bool asks;     /* a keeper, who hands over descriptors */
    bool keeps;    /* it is one: files are made, written and put in the place of others; Landlock
                      says where */
    bool threads;  /* one is started: it is as confined as who starts it */
};

/* Whether this build can. */
bool calls_can_be_limited(void);

/* From here on anything but these calls kills the process by SIGSYS; opening files and asking what
 * they are fails with EACCES. New processes are not to be had. -1 with one line in `error` where
 * the kernel refuses. no_new_privs must be set. */
int calls_limit(const struct calls *calls, struct error *error);

#endif
