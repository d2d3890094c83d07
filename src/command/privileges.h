/* Who the process is: root becomes somebody else, and nobody keeps a capability.
 *
 * privileges_resolve() before anything is opened; privileges_drop() once all is. */
#ifndef ICMPSCOPE_COMMAND_PRIVILEGES_H
#define ICMPSCOPE_COMMAND_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* What of root's capabilities stays. */
enum privileges_kept {
    PRIVILEGES_NONE,
    PRIVILEGES_FILES,  /* files of anybody are made, written and replaced */
    PRIVILEGES_GIVING, /* and given to others */
};

/* Whom to become. */
struct identity {
    bool asked;       /* by name: then it must work */
    const char *name; /* borrowed, or a literal; NULL: who it is already */
    uid_t uid;
    gid_t gid;
    enum privileges_kept keeps;
};

/* `user` is a name or a number; NULL: of root, nobody. -1 with one line in `error` where there is
 * no such user, or where this process may not become it: the caller's mistake. */
int privileges_resolve(struct identity *identity, const char *user, struct error *error);

/* Whether it is somebody else than this process is. */
bool privileges_change(const struct identity *identity);

/* Becomes that: bounding set, supplementary groups, gid, uid, capabilities. The user stays where it
 * was not asked for and a user namespace has no other. -1 with one line in `error` where anything
 * else fails, or where root could come back: the process must end then. */
int privileges_drop(const struct identity *identity, struct error *error);

/* Whether this process has no capability: permitted, inheritable or ambient. */
bool privileges_are_none(void);

/* No program that it executes gets more than it has. False where the system has no such thing. */
bool privileges_gain_none(void);

/* Its memory is nobody else's to read: it is not traced, and dumps no core. */
void privileges_hide(void);

#endif
