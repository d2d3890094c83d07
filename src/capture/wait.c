#include "capture/wait.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool wait_is_stopped(const struct wait *wait)
{
    return wait != NULL && wait->stop != NULL && *wait->stop != 0;
}

static bool any_ready(const struct pollfd *polled, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (polled[i].revents != 0)
            return true;
    return false;
}

static int wait_timeout(const struct wait *wait)
{
    if (wait_is_stopped(wait))
        return 0;
    return wait->pause != NULL ? WAIT_PAUSE_MS : -1;
}

/* A signal just before poll() would go unnoticed until the next packet: that is what is watched
 * for. */
int wait_once(const struct wait *wait, struct pollfd *polled, size_t count)
{
    struct pollfd all[WAIT_POLLED_MOST + WAIT_WATCHED_MOST];
    const size_t watched = wait->watched_count;
    memcpy(all, polled, count * sizeof *polled);
    for (size_t i = 0; i < watched; i++)
        all[count + i] = (struct pollfd){.fd = wait->watched[i], .events = POLLIN};

    int ready = poll(all, (nfds_t)(count + watched), wait_timeout(wait));
    if (ready < 0 && errno != EINTR)
        return -1;
    bool stopped = false;
    if (wait->pause != NULL && (ready <= 0 || any_ready(all + count, watched)))
        stopped = !wait->pause(wait->context);
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        polled[i].revents = ready > 0 ? all[i].revents : 0;
        found += polled[i].revents != 0;
    }
    if (found > 0 || (!stopped && !wait_is_stopped(wait)))
        return found;
    errno = EINTR;
    return -1;
}

ssize_t wait_read(const struct wait *wait, int fd, void *bytes, size_t size)
{
    for (;;) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        int ready = wait != NULL ? wait_once(wait, &polled, 1) : 1;
        if (ready == 0)
            continue;
        if (ready < 0)
            return -1;
        ssize_t got = read(fd, bytes, size);
        if (got >= 0 || errno != EINTR || wait_is_stopped(wait))
            return got;
    }
}
