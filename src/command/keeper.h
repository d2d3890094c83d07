/* Works on files for a process that may not any more: it has become another user and confined
 * itself. A process of its own, forked while all was still allowed, that confines itself to a few
 * files, named before, and reads nothing but which of them, and what of three things to do: rename
 * a temporary file to its place, remove it, or open a file anew and hand over the descriptor. It
 * lives as long as the other: where that ends without a word, killed, temporary files are removed.
 *
 * Life cycle: keeper_start() → keeper_open(), keeper_settle(), keeper_check() … → keeper_end().
 * outputs.c is the only caller, and outfile.c opens and settles. The process itself is
 * keeper_process.c. */
#ifndef ICMPSCOPE_COMMAND_KEEPER_H
#define ICMPSCOPE_COMMAND_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct identity;

enum { KEPT_MOST = 3 };

enum kept_how {
    KEPT_TEMPORARY, /* it is there, beside its place: settled, once */
    KEPT_GROWING,   /* opened again and again, to be appended to */
    KEPT_RENEWED,   /* made beside its place for everyone to read, and settled, again and again */
};

struct kept {
    enum kept_how how;
    const char *path;      /* borrowed: where it belongs */
    const char *temporary; /* borrowed: of KEPT_TEMPORARY */
};

struct keeping {
    struct kept files[KEPT_MOST];
    size_t count;
    const struct identity *owner; /* to whom it gives what it makes; NULL: to nobody else */
    bool confined;
};

struct keeper {
    int channel; /* -1: there is no keeper */
    pid_t pid;   /* 0: it has ended */
};

/* What goes over the channel. The answer is an int, the errno of what failed or 0, and with that
 * and KEEPER_OPEN the descriptor. What is none of these, or of no file, or not its turn, ends it.
 */
enum keeper_act { KEEPER_REMOVE, KEEPER_KEEP, KEEPER_OPEN };

struct keeper_request {
    uint8_t index, act;
};

/* -1 with one line in `error`. */
int keeper_start(struct keeper *keeper, const struct keeping *keeping, struct error *error);

/* Has the file of that index opened: a descriptor, or -1 with the errno of what failed; ECHILD
 * where there is no keeper any more. One that is renewed must be settled before the next time. */
int keeper_open(const struct keeper *keeper, size_t index);

/* Has the file of that index renamed, or else removed. 0, or the errno of what failed: then it is
 * removed; but ECHILD where there is no keeper any more. */
int keeper_settle(const struct keeper *keeper, size_t index, bool keep);

/* -1 with one line in `error`, once, when it has ended too early. */
int keeper_check(struct keeper *keeper, struct error *error);

/* Waits for its end. Nothing to do where there is none. */
void keeper_end(struct keeper *keeper);

/* The keeper's own process, which never returns. */
_Noreturn void keeper_run(int channel, const struct keeping *keeping);

#endif
