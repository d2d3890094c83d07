/* The captures of one run, as one timeline ordered by time.
 *
 * Life cycle: inputs_init() → inputs_add() for each → inputs_begin() of each → inputs_read() until
 * 0 → the list says how each fared → inputs_fini(). Interfaces are inputs of a run that reads no
 * files: inputs_listen() for each stands in place of inputs_add(). The engine is the only caller.
 */
#ifndef ICMPSCOPE_CAPTURE_INPUTS_H
#define ICMPSCOPE_CAPTURE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/live.h"
#include "capture/record.h"
#include "capture/source.h"
#include "capture/wait.h"

enum input_state {
    INPUT_UNREADABLE, /* could not be opened, or is not a capture: nothing of it was read */
    INPUT_READING,    /* is open */
    INPUT_DONE,
    INPUT_DAMAGED, /* ended early; what stood before the damage was read */
};

struct input {
    char *path;
    enum input_state state;
    struct error error; /* UNREADABLE, DAMAGED: what is wrong, without the path */

    /* Private to inputs.c. */
    struct input_reader *reader; /* NULL once it is closed; then its offset and size are kept: */
    uint64_t offset, size;
    bool keeps;          /* inputs_may_keep() said so … */
    struct source *kept; /* … and this is what it was read from, once it is closed; owned */
};

/* Where an input stands in the timeline. */
struct inputs_turn {
    int64_t time_ns; /* of its next record */
    uint32_t index;
};

struct inputs {
    struct input *list;
    size_t count, capacity;
    size_t memory; /* bytes that the buffers of each may take; 0: no limit. Before inputs_add() */
    const struct wait *wait; /* how they wait, or NULL; before inputs_add(), borrowed */

    struct live *live; /* of interfaces, else NULL; the first inputs_listen() makes it */

    /* Private to inputs.c. */
    struct inputs_turn *turns; /* a binary heap, the earliest first */
    size_t waiting;            /* of them: inputs with records read ahead */
    size_t dry;                /* the input whose records read ahead were all given */
    bool shared;               /* the buffers' memory is shared out among them */
};

void inputs_init(struct inputs *inputs);

/* Opens `path` ("-" is standard input), and reads nothing of it. One that cannot be used stays in
 * the list with its error, and the others go on. -1 only when memory runs out. Its index in the
 * list is the records' `capture`. At most 65,535. */
int inputs_add(struct inputs *inputs, const char *path, struct error *error);

/* Once all are open: reads what the one of this index is. -1 where that is no capture: it is then
 * INPUT_UNREADABLE. 0, too, where it was so before. */
int inputs_begin(struct inputs *inputs, size_t index);

/* Opens an interface, as inputs_add() a capture; its name is its path. `config` says how they are
 * read together, and is the same for all; own->capture and own->memory are set here. */
int inputs_listen(struct inputs *inputs, const char *name, const struct live_config *config,
                  const struct nic_config *own, struct error *error);

/* Fills at most `max` records, the earliest first; within one capture its own order is kept,
 * whatever its times say. Their bytes stay valid until the next call. 0 at the end of all. */
size_t inputs_read(struct inputs *inputs, struct record *records, size_t max);

/* What the last read gave stays for longer: while inputs_turns(), which no read makes grow by more
 * than one, has grown by less than INPUTS_KEPT, whatever becomes of the input. To be asked after
 * each read of which it is wanted, and only where inputs_may_keep() says so, once, behind
 * inputs_begin(): not where there is another input, nor where source_may_keep() would not. */
enum { INPUTS_KEPT = SOURCE_KEPT };
bool inputs_may_keep(struct inputs *inputs);
void inputs_keep(struct inputs *inputs);
uint64_t inputs_turns(const struct inputs *inputs);

/* Of all together, for progress: bytes read, and bytes there are (0 where one is a pipe). */
uint64_t inputs_offset(const struct inputs *inputs);
uint64_t inputs_size(const struct inputs *inputs);

void inputs_fini(struct inputs *inputs);

#endif
