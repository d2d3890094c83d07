/* What signals ask of the command. A handler can do little: it notes what is asked, and a pipe
 * wakes whoever waits for packets.
 *
 * Life cycle: signals_set() once; signals_descriptor() is watched, and signals_take_reopen() asked,
 * until the process ends. main.c is the only caller. */
#ifndef ICMPSCOPE_COMMAND_SIGNALS_H
#define ICMPSCOPE_COMMAND_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"

/* SIGINT and SIGTERM set the flag of signals_stop(), and kill when they come again; SIGUSR1, and
 * SIGINFO where there is one, call `print`, which is a handler's part and may do what a handler
 * may. SIGHUP asks to reopen files where `reopen` is set, else it does what it does without us. */
int signals_set(void (*print)(void), bool reopen, struct error *error);

/* Not 0: finish. */
const volatile sig_atomic_t *signals_stop(void);

/* Can be read when a signal has come, until signals_take_reopen(). */
int signals_descriptor(void);

/* Whether SIGHUP came since the last call. */
bool signals_take_reopen(void);

#endif
