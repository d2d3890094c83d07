#include "config.h"

#include "command/calls.h"

#if !HAVE_SECCOMP

bool calls_can_be_limited(void)
{
    return false;
}

int calls_limit(const struct calls *calls, struct error *error)
{
    (void)calls;
    return error_set(error, "this build has no libseccomp");
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* clone() of s390 begins with the stack. */
#if defined __s390__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif
enum { THREAD = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD };

/* By name, since not every architecture has each, nor every libseccomp knows it. Lists end in
 * NULL. */
static const char *const always[] = {
    /* what is open */
    "read", "readv", "pread64", "write", "writev", "lseek", "_llseek", "close", "dup", "fcntl",
    "fcntl64", "ftruncate", "ftruncate64", "fstat", "fstat64", "poll", "ppoll", "ppoll_time64",
    "select", "_newselect", "pselect6", "pselect6_time64",
    /* memory */
    "brk", "munmap", "mremap", "madvise", "sysinfo",
    /* time, chance, signals */
    "clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time", "nanosleep",
    "clock_nanosleep", "clock_nanosleep_time64", "getrandom", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigreturn", "restart_syscall",
    /* itself, and the keeper's end */
    "futex", "futex_time64", "sched_yield", "getpid", "gettid", "getrusage", "getuid", "geteuid",
    "wait4", "waitpid", "exit", "exit_group", NULL};

/* Without the right to open anything these would be errors of their own: libraries go on, or say
 * what is missing. */
static const char *const refused[] = {"openat2",  "access",     "faccessat", "faccessat2",
                                      "readlink", "readlinkat", "prlimit64", "sched_getaffinity",
                                      NULL};

/* … unless files are kept for another process. */
static const char *const opening[] = {"open", "openat", "stat", "stat64", "lstat", "lstat64", NULL};

static const char *const keeping[] = {"newfstatat", "fstatat64", "statx",   "umask",    "rename",
                                      "renameat",   "renameat2", "unlink",  "unlinkat", "fchmod",
                                      "fchown",     "fchown32",  "sendmsg", NULL};

static const char *const asking[] = {"recvmsg", NULL};

static const char *const capturing[] = {"bind",        "recvfrom", "recvmsg", "getsockopt",
                                        "getsockname", "uname",    NULL};

static const char *const serving[] = {"accept",     "accept4",     "recvfrom",    "recvmsg",
                                      "sendto",     "sendmsg",     "shutdown",    "epoll_ctl",
                                      "epoll_wait", "epoll_pwait", "getsockname", "getpeername",
                                      "getsockopt", "setsockopt",  NULL};

/* A thread takes the whole confinement over from the one that starts it. */
static const char *const starting[] = {"set_robust_list", "rseq", "membarrier", NULL};

/* Only with this value of one argument, or with none of these bits in it. */
struct limit {
    const char *name;
    unsigned argument;
    enum scmp_compare how;
    uint64_t mask_or_value, value;
};

static const struct limit limits[] = {
    {"mmap", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    {"mmap2", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    {"mprotect", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    /* a terminal's width */
    {"ioctl", 1, SCMP_CMP_EQ, TIOCGWINSZ, 0},
    {"ioctl", 1, SCMP_CMP_EQ, TCGETS, 0},
    {NULL, 0, SCMP_CMP_EQ, 0, 0},
};

/* fstat() of what is open, as newer C libraries have it, … */
static const struct limit limits_fstat[] = {
    {"newfstatat", 3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0},
    {"fstatat64", 3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0},
    {"statx", 2, SCMP_CMP_EQ, AT_EMPTY_PATH, 0},
    {NULL, 0, SCMP_CMP_EQ, 0, 0},
};

/* … and stat(), which is EACCES. */
static const struct limit limits_stat[] = {
    {"newfstatat", 3, SCMP_CMP_NE, AT_EMPTY_PATH, 0},
    {"fstatat64", 3, SCMP_CMP_NE, AT_EMPTY_PATH, 0},
    {"statx", 2, SCMP_CMP_NE, AT_EMPTY_PATH, 0},
    {NULL, 0, SCMP_CMP_EQ, 0, 0},
};

/* A thread, which lives in the memory of the process, and no process. clone3() has its flags in
 * memory, where no filter sees them: it is not there, and clone() is asked instead. */
static const struct limit limits_starting[] = {
    {"clone", CLONE_FLAGS, SCMP_CMP_MASKED_EQ, THREAD, THREAD},
    {NULL, 0, SCMP_CMP_EQ, 0, 0},
};

static const char *const missing[] = {"clone3", NULL};

/* What capture/nic.h says. */
static const struct limit limits_capturing[] = {
    {"ioctl", 1, SCMP_CMP_EQ, SIOCGIFINDEX, 0},
    {"ioctl", 1, SCMP_CMP_EQ, SIOCGIFNAME, 0},
    {"ioctl", 1, SCMP_CMP_EQ, SIOCGIFFLAGS, 0},
    {"ioctl", 1, SCMP_CMP_EQ, SIOCGIFHWADDR, 0},
    {"ioctl", 1, SCMP_CMP_EQ, SIOCGIFMTU, 0},
    {"setsockopt", 2, SCMP_CMP_EQ, SO_ATTACH_FILTER, 0},
    {"setsockopt", 2, SCMP_CMP_EQ, SO_DETACH_FILTER, 0},
    {"setsockopt", 2, SCMP_CMP_EQ, PACKET_ADD_MEMBERSHIP, 0},
    {"setsockopt", 2, SCMP_CMP_EQ, PACKET_DROP_MEMBERSHIP, 0},
    {"setsockopt", 2, SCMP_CMP_EQ, PACKET_RX_RING, 0},
    {NULL, 0, SCMP_CMP_EQ, 0, 0},
};

struct filter {
    scmp_filter_ctx context;
    int failure; /* the first, as libseccomp has them: below 0 */
};

static void note(struct filter *filter, int status)
{
    if (filter->failure == 0 && status < 0)
        filter->failure = status;
}

static void add_list(struct filter *filter, uint32_t action, const char *const *names)
{
    for (; *names != NULL; names++) {
        int call = seccomp_syscall_resolve_name(*names);
        if (call >= 0)
            note(filter, seccomp_rule_add(filter->context, action, call, 0));
    }
}

static void add_limits(struct filter *filter, uint32_t action, const struct limit *limit)
{
    for (; limit->name != NULL; limit++) {
        const struct scmp_arg_cmp argument = {limit->argument, limit->how, limit->mask_or_value,
                                              limit->value};
        int call = seccomp_syscall_resolve_name(limit->name);
        if (call >= 0)
            note(filter, seccomp_rule_add_array(filter->context, action, call, 1, &argument));
    }
}

static void add_all(struct filter *filter, const struct calls *calls)
{
    const uint32_t no = SCMP_ACT_ERRNO(EACCES);
    add_list(filter, SCMP_ACT_ALLOW, always);
    add_limits(filter, SCMP_ACT_ALLOW, limits);
    add_list(filter, no, refused);
    add_list(filter, calls->keeps ? SCMP_ACT_ALLOW : no, opening);
    if (calls->keeps) {
        add_list(filter, SCMP_ACT_ALLOW, keeping);
    } else {
        add_limits(filter, SCMP_ACT_ALLOW, limits_fstat);
        add_limits(filter, no, limits_stat);
    }
    if (calls->asks)
        add_list(filter, SCMP_ACT_ALLOW, asking);
    if (calls->captures) {
        add_list(filter, SCMP_ACT_ALLOW, capturing);
        add_limits(filter, SCMP_ACT_ALLOW, limits_capturing);
    }
    if (calls->threads) {
        add_list(filter, SCMP_ACT_ALLOW, starting);
        add_limits(filter, SCMP_ACT_ALLOW, limits_starting);
        add_list(filter, SCMP_ACT_ERRNO(ENOSYS), missing);
    }
    if (calls->serves)
        add_list(filter, SCMP_ACT_ALLOW, serving);
}

bool calls_can_be_limited(void)
{
    return true;
}

int calls_limit(const struct calls *calls, struct error *error)
{
    struct filter filter = {.context = seccomp_init(SCMP_ACT_KILL_PROCESS)};
    if (filter.context == NULL)
        return error_set(error, "seccomp: out of memory");
    note(&filter, seccomp_attr_set(filter.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* since libseccomp 2.5 */
    add_all(&filter, calls);
    if (filter.failure == 0)
        note(&filter, seccomp_load(filter.context));
    seccomp_release(filter.context);
    return filter.failure == 0 ? 0 : error_set(error, "seccomp: %s", strerror(-filter.failure));
}

#endif
