/* Waiting for bytes that are not there yet, without missing a signal or the time.
 *
 * Whoever reads a pipe or an interface waits here. While nothing comes, somebody else has work:
 * what waited long enough is to be told, and a signal to be heeded. */
#ifndef ICMPSCOPE_CAPTURE_WAIT_H
#define ICMPSCOPE_CAPTURE_WAIT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct wait {
    const volatile sig_atomic_t *stop; /* not 0: there is to be no more waiting. May be NULL */
    const int *watched;                /* descriptors that end a wait when they can be read … */
    size_t watched_count;              /* … at most WAIT_WATCHED_MOST */
    bool (*pause)(void *context);      /* nothing came for WAIT_PAUSE_MS, or a watched descriptor
                                        * can be read. False: as if stopped. May be NULL: waits are
                                        * then without end */
    void *context;
};

enum { WAIT_PAUSE_MS = 100, WAIT_WATCHED_MOST = 4, WAIT_POLLED_MOST = 64 };

/* NULL is never stopped. */
bool wait_is_stopped(const struct wait *wait);

/* poll(2) of `count` (at most WAIT_POLLED_MOST) descriptors. Returns how many are ready; 0 where
 * nothing came, and then the pause was made; -1 with errno EINTR where nothing came and it is
 * stopped, or with another. */
int wait_once(const struct wait *wait, struct pollfd *polled, size_t count);

/* As read(2), waiting for the first byte. Broken off by a signal it goes on, unless it is stopped:
 * then -1 with EINTR. `wait` may be NULL. */
ssize_t wait_read(const struct wait *wait, int fd, void *bytes, size_t size);

#endif
