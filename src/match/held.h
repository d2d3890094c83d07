/* Errors that wait for their packets: captured on another interface, or behind another queue, these
 * may come a little later. Bounded; the oldest goes first. */
#ifndef ICMPSCOPE_MATCH_HELD_H
#define ICMPSCOPE_MATCH_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "decode/packet.h"

enum { HELD_MAX = 1024 };

struct held_error {
    struct packet packet; /* its icmp and tunnels are in `room` */
    struct decode_room room;
    uint32_t evidence; /* where its own bytes are kept (report/evidence.h), or 0 */
};

struct held {
    struct held_error *errors; /* a ring, allocated with the first error */
    size_t first, count;
    uint64_t hurried; /* errors that did not wait, as the ring was full */
};

/* Allocates nothing yet. */
void held_init(struct held *held);
void held_fini(struct held *held);

/* Copies the error `packet`. False where memory runs out: it cannot wait. Where HELD_MAX wait, the
 * caller takes one first: held_is_full(). */
bool held_add(struct held *held, const struct packet *packet, uint32_t evidence);
bool held_is_full(const struct held *held);

/* The oldest one, where it was captured before `before_ns`, or NULL. Good until the next
 * held_add(). */
const struct held_error *held_take(struct held *held, int64_t before_ns);

#endif
