/* Interfaces as one timeline ordered by time.
 *
 * Life cycle: live_new() → live_add() for each → live_read() until 0 → live_free(). inputs.c is the
 * only caller. After the last live_add() nothing is opened any more: nic.h lists what is called. */
#ifndef ICMPSCOPE_CAPTURE_LIVE_H
#define ICMPSCOPE_CAPTURE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/nic.h"
#include "capture/record.h"
#include "capture/wait.h"

enum { LIVE_BATCH = 64, LIVE_MOST = WAIT_POLLED_MOST };

struct live_config {
    const struct wait *wait;                           /* how to wait; stops where it is stopped */
    int64_t (*clock)(void *context);                   /* nanoseconds since the epoch */
    void (*complain)(void *context, const char *line); /* or NULL */
    void *context;                                     /* of both */
};

struct live; /* opaque; owns its interfaces */

/* Everything is borrowed. NULL where memory is short. */
struct live *live_new(const struct live_config *config);

/* Opens an interface, which is read from then on. -1 and one line in `error`, without the name,
 * which is borrowed. At most LIVE_MOST. */
int live_add(struct live *live, const char *name, const struct nic_config *config,
             struct error *error);

/* Waits for packets. Fills at most `max` records, the earliest first where there are several
 * interfaces; their bytes stay valid until the next call. 0 when it was stopped and all that was
 * captured until then was given. */
size_t live_read(struct live *live, struct record *records, size_t max);

/* Takes no more packets: live_read() gives what there is, and ends. */
void live_stop(struct live *live);

/* Of all interfaces, as the kernel counts them now. */
void live_count(struct live *live, struct nic_counts *counts);

/* One of them, as it was counted last. False behind the last one. */
struct live_interface {
    const char *name; /* borrowed from who added it */
    enum nic_state state;
    struct nic_counts counts;
};
bool live_interface_at(const struct live *live, size_t index, struct live_interface *interface);

/* NULL is allowed. */
void live_free(struct live *live);

#endif
