#include "command/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- beginning --------------------------------------------------------------------------------
 */

static int keeper_fail(int ends[2], struct error *error)
{
    error_set(error, "a process to work on files: %s", strerror(errno));
    close(ends[0]);
    close(ends[1]);
    return -1;
}

int keeper_start(struct keeper *keeper, const struct keeping *keeping, struct error *error)
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
    if (pid == 0)
        keeper_run(ends[1], keeping);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return keeper_fail(ends, error);
    close(ends[1]);
    *keeper = (struct keeper){.channel = ends[0], .pid = pid};
    return 0;
}

/* ---- asking -----------------------------------------------------------------------------------
 */

/* One that has ended must not end this process too. */
static bool request_send(int channel, const struct keeper_request *request)
{
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGPIPE, &ignored, &before);
    ssize_t put = write(channel, request, sizeof *request);
    sigaction(SIGPIPE, &before, NULL);
    return put == sizeof *request;
}

static int descriptor_of(struct msghdr *message)
{
    int fd = -1;
    const struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
        control->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(control), sizeof fd);
    if (fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

/* What it answers; `*fd` is the descriptor that comes with that, or -1. */
static int answer_receive(int channel, int *fd)
{
    int failure = 0;
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {&failure, sizeof failure};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do
        got = recvmsg(channel, &message, 0);
    while (got < 0 && errno == EINTR);
    *fd = got > 0 ? descriptor_of(&message) : -1;
    return got == sizeof failure ? failure : ECHILD;
}

static int keeper_ask(const struct keeper *keeper, struct keeper_request request, int *fd)
{
    *fd = -1;
    return request_send(keeper->channel, &request) ? answer_receive(keeper->channel, fd) : ECHILD;
}

int keeper_open(const struct keeper *keeper, size_t index)
{
    int fd;
    int failure = keeper_ask(keeper, (struct keeper_request){(uint8_t)index, KEEPER_OPEN}, &fd);
    if (fd < 0)
        errno = failure != 0 ? failure : EMFILE; /* there was no room for it here */
    return fd;
}

int keeper_settle(const struct keeper *keeper, size_t index, bool keep)
{
    int none;
    const uint8_t act = keep ? KEEPER_KEEP : KEEPER_REMOVE;
    return keeper_ask(keeper, (struct keeper_request){(uint8_t)index, act}, &none);
}

/* ---- ending -----------------------------------------------------------------------------------
 */

int keeper_check(struct keeper *keeper, struct error *error)
{
    int status;
    if (keeper->pid <= 0 || waitpid(keeper->pid, &status, WNOHANG) != keeper->pid)
        return 0;
    keeper->pid = 0;
    if (WIFSIGNALED(status))
        return error_set(error,
                         "the process that works on files was killed by signal %d; what is open "
                         "is written on",
                         WTERMSIG(status));
    return error_set(error,
                     "the process that works on files has ended; what is open is written on");
}

void keeper_end(struct keeper *keeper)
{
    if (keeper->channel < 0)
        return;
    close(keeper->channel);
    while (keeper->pid > 0 && waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    keeper->channel = -1;
}
