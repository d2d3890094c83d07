/* A process that confines itself before it looks at what strangers sent: it becomes another user,
 * gives up its capabilities, and then what of the kernel it does not need. What the kernel lacks
 * is done without, and told.
 *
 * sandbox_enter() once, when all is open; then sandbox_print(), and struct sandbox says what is in
 * force. */
#ifndef ICMPSCOPE_COMMAND_SANDBOX_H
#define ICMPSCOPE_COMMAND_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "command/calls.h"
#include "command/landlock.h"
#include "command/privileges.h"

enum sandbox_part {
    SANDBOX_USER,         /* it is not root */
    SANDBOX_CAPABILITIES, /* there are none */
    SANDBOX_NO_NEW_PRIVS,
    SANDBOX_LANDLOCK,
    SANDBOX_SECCOMP,
    SANDBOX_PARTS
};

/* What is to be given up, and what not. */
struct sandbox_needs {
    bool confined; /* false: only the user is changed, and that where it was asked for */
    struct identity identity;
    struct calls calls;
    const struct landlock_folder *folders; /* borrowed, as long as it enters */
    size_t folder_count;
};

struct sandbox {
    const char *in_force[SANDBOX_PARTS + 1]; /* names of parts, up to a NULL */
    const char *missing[SANDBOX_PARTS + 1];
    struct error why[SANDBOX_PARTS]; /* what is missing is */
    int landlock;                    /* the version in force, or 0 */
    const char *user;                /* borrowed: whom it became; NULL: nobody else */
};

/* -1 with one line in `error` where privileges could not be given up: the process must end. */
int sandbox_enter(struct sandbox *sandbox, const struct sandbox_needs *needs, struct error *error);

/* What is in force and what is not, in one or two lines. */
void sandbox_print(const struct sandbox *sandbox, void (*print)(void *context, const char *line),
                   void *context);

#endif
