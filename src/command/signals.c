#include "config.h"

#include "command/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Mutable globals: a signal handler has no argument. */
static volatile sig_atomic_t stop, reopen;
static void (*print)(void);
static int ends[2] = {-1, -1};

static const int stop_signals[] = {SIGINT, SIGTERM};
static const int print_signals[] = {
    SIGUSR1,
#if HAVE_DECL_SIGINFO
    SIGINFO,
#endif
};

/* Where the pipe is full, whoever reads it will be woken anyway. */
static void wake(void)
{
    int number = errno;
    if (write(ends[1], "", 1) < 0)
        errno = number;
}

static void on_stop(int number)
{
    (void)number;
    stop = 1;
    wake();
}

static void on_hangup(int number)
{
    (void)number;
    reopen = 1;
    wake();
}

static void on_print(int number)
{
    (void)number;
    print();
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* pipe2() is not everywhere. */
static int pipe_open(void)
{
    if (pipe(ends) != 0)
        return -1;
    for (int i = 0; i < 2; i++)
        if (fcntl(ends[i], F_SETFL, O_NONBLOCK) != 0 || fcntl(ends[i], F_SETFD, FD_CLOEXEC) != 0)
            return -1;
    return 0;
}

int signals_set(void (*print_state)(void), bool reopens, struct error *error)
{
    if (pipe_open() != 0)
        return error_set(error, "a pipe for signals: %s", strerror(errno));
    print = print_state;
    for (size_t i = 0; i < sizeof stop_signals / sizeof stop_signals[0]; i++)
        handle(stop_signals[i], on_stop, (int)SA_RESETHAND);
    for (size_t i = 0; i < sizeof print_signals / sizeof print_signals[0]; i++)
        handle(print_signals[i], on_print, SA_RESTART);
    if (reopens)
        handle(SIGHUP, on_hangup, SA_RESTART);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow on is told like a full disk */
    signal(SIGPIPE, SIG_DFL); /* whoever closes the pipe has seen enough: end quietly */
    return 0;
}

const volatile sig_atomic_t *signals_stop(void)
{
    return &stop;
}

int signals_descriptor(void)
{
    return ends[0];
}

bool signals_take_reopen(void)
{
    char bytes[64];
    while (read(ends[0], bytes, sizeof bytes) > 0)
        continue;
    bool asked = reopen != 0;
    reopen = 0;
    return asked;
}
