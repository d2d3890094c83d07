/* Reading from a file descriptor, without losing what a signal breaks off. */
#ifndef ICMPSCOPE_CAPTURE_DESCRIPTOR_H
#define ICMPSCOPE_CAPTURE_DESCRIPTOR_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

/* As read(2). Broken off by a signal it goes on, unless `stop` is not NULL and `*stop` is not 0:
 * then -1 with EINTR. */
static inline ssize_t descriptor_read(int fd, void *bytes, size_t size,
                                      const volatile sig_atomic_t *stop)
{
    ssize_t got;
    do
        got = read(fd, bytes, size);
    while (got < 0 && errno == EINTR && (stop == NULL || *stop == 0));
    return got;
}

#endif
