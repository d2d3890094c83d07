#include "command/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes over the channel; the answer is an errno. */
struct request {
    uint8_t index, keep;
};

int kept_settle(const struct kept *file, bool keep)
{
    int failure = 0;
    if (keep && rename(file->temporary, file->path) != 0)
        failure = errno;
    if (!keep || failure != 0)
        unlink(file->temporary);
    return failure;
}

/* ---- the keeper's own process -----------------------------------------------------------------
 */

/* What asks the other process to end, or to wait, may be sent to both. */
static void signals_ignore(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE, SIGTSTP};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
}

static ssize_t request_read(int channel, struct request *request)
{
    ssize_t got;
    do
        got = read(channel, request, sizeof *request);
    while (got < 0 && errno == EINTR);
    return got;
}

static void keeper_run(int channel, const struct kept *files, size_t count)
{
    bool settled[KEPT_MOST] = {false};
    struct request request;
    while (request_read(channel, &request) == sizeof request && request.index < count &&
           !settled[request.index]) {
        int failure = kept_settle(&files[request.index], request.keep != 0);
        settled[request.index] = true;
        if (write(channel, &failure, sizeof failure) != sizeof failure)
            break;
    }
    for (size_t i = 0; i < count; i++)
        if (!settled[i])
            kept_settle(&files[i], false);
    _exit(0);
}

/* ---- the process that it is for ---------------------------------------------------------------
 */

static int keeper_fail(int ends[2], struct error *error)
{
    error_set(error, "a process to rename what is written: %s", strerror(errno));
    close(ends[0]);
    close(ends[1]);
    return -1;
}

int keeper_start(struct keeper *keeper, const struct kept *files, size_t count, struct error *error)
{
    int ends[2] = {-1, -1};
    sigset_t all, before;
    *keeper = (struct keeper){.channel = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0)
        return keeper_fail(ends, error);

    sigfillset(&all); /* until it ignores them */
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        signals_ignore();
        sigprocmask(SIG_SETMASK, &before, NULL);
        close(ends[0]);
        keeper_run(ends[1], files, count);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return keeper_fail(ends, error);
    close(ends[1]);
    *keeper = (struct keeper){.channel = ends[0], .pid = pid};
    return 0;
}

int keeper_settle(const struct keeper *keeper, size_t index, bool keep)
{
    const struct request request = {(uint8_t)index, keep};
    int failure = 0;
    signal(SIGPIPE, SIG_IGN); /* one that was killed is told below */
    if (write(keeper->channel, &request, sizeof request) != sizeof request)
        return errno;
    ssize_t got;
    do
        got = read(keeper->channel, &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    return got == sizeof failure ? failure : ECHILD;
}

void keeper_end(struct keeper *keeper)
{
    if (keeper->channel < 0)
        return;
    close(keeper->channel);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    keeper->channel = -1;
}
