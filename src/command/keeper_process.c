#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "command/keeper.h"
#include "command/place.h"
#include "command/sandbox.h"

/* ---- confining itself -------------------------------------------------------------------------
 */

/* What asks the other process to end, or to wait, may be sent to both; and a file that may not grow
 * is told like a full disk. */
static void signals_ignore(void)
{
    static const int ignored[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGUSR1, SIGPIPE, SIGTSTP, SIGXFSZ};
    sigset_t none;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All descriptors from `first` on. */
static void descriptors_close(int first)
{
    enum { TRIED_MOST = 65536 };
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, UINT_MAX, 0) == 0)
        return;
#endif
    const long most = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (most > 0 && most < TRIED_MOST ? most : TRIED_MOST); fd++)
        close(fd);
}

/* Nothing stays open but the channel, whose new number is returned: what holds the other's outputs
 * would keep their readers waiting. */
static int channel_alone(int channel)
{
    enum { ALONE = STDERR_FILENO + 1 };
    int own = fcntl(channel, F_DUPFD_CLOEXEC, ALONE);
    if (own > ALONE)
        own = dup2(own, ALONE);
    descriptors_close(ALONE + 1);
    for (int fd = 0; fd < ALONE; fd++)
        close(fd);
    int null = open("/dev/null", O_RDWR); /* 0: none of them is ever a file that is made */
    if (null == 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    return own;
}

static enum privileges_kept privileges_needed(const struct keeping *keeping)
{
    if (geteuid() != 0)
        return PRIVILEGES_NONE;
    return keeping->owner != NULL ? PRIVILEGES_GIVING : PRIVILEGES_FILES;
}

/* What could not be given up ends it, and the other process will say that it has ended. */
static void confine(const struct keeping *keeping)
{
    struct landlock_folder folders[KEPT_MOST];
    struct sandbox sandbox;
    struct error error = {""};
    struct sandbox_needs needs = {
        .confined = keeping->confined,
        .identity = {.uid = geteuid(), .gid = getegid(), .keeps = privileges_needed(keeping)},
        .calls = {.keeps = true},
        .folders = folders};
    for (size_t i = 0; i < keeping->count; i++) {
        char *folder = place_folder(keeping->files[i].path);
        if (folder != NULL)
            folders[needs.folder_count++] =
                (struct landlock_folder){folder, .replaces = keeping->files[i].how != KEPT_GROWING};
    }
    if (sandbox_enter(&sandbox, &needs, &error) != 0)
        _exit(1);
    for (size_t i = 0; i < needs.folder_count; i++)
        free((char *)folders[i].path);
}

/* ---- working ----------------------------------------------------------------------------------
 */

/* A file, as it stands. */
struct work {
    const struct kept *file;
    bool open;       /* it is to be settled */
    char *temporary; /* owned: then */
};

static bool work_begin(struct work *work, const struct kept *file)
{
    *work = (struct work){.file = file, .open = file->how == KEPT_TEMPORARY};
    if (work->open)
        work->temporary = strdup(file->temporary);
    return !work->open || work->temporary != NULL;
}

static bool work_may(const struct work *work, uint8_t act)
{
    switch (act) {
    case KEEPER_REMOVE:
    case KEEPER_KEEP:
        return work->open;
    case KEEPER_OPEN:
        return work->file->how == KEPT_GROWING || (work->file->how == KEPT_RENEWED && !work->open);
    default:
        return false;
    }
}

static int work_settle(struct work *work, bool keep)
{
    int failure = 0;
    if (work->temporary != NULL)
        failure = place_settle(work->file->path, work->temporary, keep);
    free(work->temporary);
    work->temporary = NULL;
    work->open = false;
    return failure;
}

/* Whoever reads what is renewed is another user. What cannot be given to its owner stays ours: it
 * is here that it is opened again. */
static void made_set(int fd, const struct kept *file, const struct identity *owner)
{
    enum { EVERYONE_READS = 0644 };
    if (file->how == KEPT_RENEWED && fchmod(fd, EVERYONE_READS) != 0)
        return;
    if (owner != NULL && fchown(fd, owner->uid, owner->gid) != 0)
        return;
}

static int work_open(struct work *work, const struct identity *owner)
{
    bool made = true;
    const bool grows = work->file->how == KEPT_GROWING;
    int fd = grows ? place_append(work->file->path, &made)
                   : place_beside(work->file->path, &work->temporary);
    if (fd < 0)
        return -1;
    work->open = !grows;
    if (made)
        made_set(fd, work->file, owner);
    return fd;
}

/* ---- hearing and answering --------------------------------------------------------------------
 */

/* read() takes no descriptor that might come along. */
static ssize_t request_read(int channel, struct keeper_request *request)
{
    ssize_t got;
    do
        got = read(channel, request, sizeof *request);
    while (got < 0 && errno == EINTR);
    return got;
}

/* `fd` goes along, if it is one. */
static bool answer_send(int channel, int failure, int fd)
{
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = ""};
    struct iovec data = {&failure, sizeof failure};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
    }
    return sendmsg(channel, &message, 0) == sizeof failure;
}

static bool work_do(struct work *work, uint8_t act, int channel, const struct identity *owner)
{
    if (act != KEEPER_OPEN)
        return answer_send(channel, work_settle(work, act == KEEPER_KEEP), -1);
    int fd = work_open(work, owner);
    bool sent = answer_send(channel, fd < 0 ? errno : 0, fd);
    if (fd >= 0)
        close(fd);
    return sent;
}

_Noreturn void keeper_run(int channel, const struct keeping *keeping)
{
    struct work works[KEPT_MOST];
    struct keeper_request request;
    const size_t count = keeping->count;
    bool going = true;
    signals_ignore();
    channel = channel_alone(channel);
    confine(keeping);
    for (size_t i = 0; i < count; i++)
        going = work_begin(&works[i], &keeping->files[i]) && going;
    while (going && request_read(channel, &request) == sizeof request && request.index < count &&
           work_may(&works[request.index], request.act))
        going = work_do(&works[request.index], request.act, channel, keeping->owner);
    for (size_t i = 0; i < count; i++)
        work_settle(&works[i], false);
    _exit(0);
}
