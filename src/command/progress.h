/* How far the command is, told on a terminal in one line that is redrawn, and on a signal.
 *
 * Life cycle: progress_init() → progress_update() and progress_print() … → progress_erase(). main.c
 * is the only caller, and brings the clock: any that only goes forward, in nanoseconds. */
#ifndef ICMPSCOPE_COMMAND_PROGRESS_H
#define ICMPSCOPE_COMMAND_PROGRESS_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "icmpscope.h"

struct progress {
    int fd;
    bool drawing;        /* else only progress_print() says anything */
    atomic_size_t drawn; /* columns that the line takes now; any thread's output erases it */
    int64_t begun_ns;    /* the beginning of all */
    int64_t next_ns;     /* the line is not drawn before */
    /* progress_update() fills the one that `current` does not name, which progress_print() may be
     * reading: a signal may come at any time. */
    struct icmpscope_progress states[2];
    volatile sig_atomic_t current;
};

enum { PROGRESS_TEXT_SIZE = 192 };

/* `drawing`: `fd` is a terminal, and may show the line. */
void progress_init(struct progress *progress, int fd, bool drawing, int64_t now_ns);

/* Remembers it, and draws the line where that is due: five times a second at most, and not within
 * the first half second. */
void progress_update(struct progress *progress, const struct icmpscope_progress *state,
                     int64_t now_ns);

/* Takes the line away, so that something else can be printed; the next update draws it again. */
void progress_erase(struct progress *progress);

/* One line of the state, for good. May be called by a signal handler. */
void progress_print(const struct progress *progress, int64_t now_ns);

/* "42%, 1.2 GB of 2.9 GB, 310.4 MB/s, 0:05 left, 12 ICMP messages, 3456 packets", as much of it as
 * fits; what was read where there are bytes to read, and drops where there are any. Plain ASCII;
 * returns `buf`. Allocates nothing, locks nothing and knows no locale. */
char *progress_format(char *buf, size_t size, const struct icmpscope_progress *state,
                      int64_t elapsed_ns);

#endif
