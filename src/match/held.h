/* Errors that wait for their packets: captured on another interface, or behind another queue, these
 * may come a little later. Bounded; the oldest goes first. */
#ifndef ICMPSCOPE_MATCH_HELD_H
#define ICMPSCOPE_MATCH_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "decode/packet.h"
#include "match/match.h"
#include "match/verdict.h"

enum { HELD_MAX = 1024 };

struct held_error {
    struct packet packet; /* its icmp and tunnels are in `room` */
    struct decode_room room;
    struct verdict verdict; /* as it stood when the error came; its flow pointer is NULL */
    uint32_t evidence;      /* where its own bytes are kept (report/evidence.h), or 0 */
};

struct held {
    struct held_error *errors; /* a ring, allocated with the first error */
    size_t first, count, max;
    uint64_t hurried; /* errors that did not wait as long, as the ring was full or memory short */
};

/* Allocates nothing yet. At most `max` errors wait; 0: HELD_MAX. */
void held_init(struct held *held, size_t max);
void held_fini(struct held *held);

/* Copies the error `packet`, and what was thought of it. False where memory runs out: it cannot
 * wait (counted). Where `max` wait, the caller takes one first: held_is_full(). */
bool held_add(struct held *held, const struct packet *packet, const struct verdict *verdict,
              uint32_t evidence);
bool held_is_full(const struct held *held);

/* The oldest one, or NULL. Good until the next held_add(). */
const struct held_error *held_take(struct held *held);

/* The same before its time is over: another one needs its place. */
const struct held_error *held_hurry(struct held *held);

/* The same, where more than `wait_ns` lie between it and `now_ns`. Where time went back so far, the
 * clock was set, and does not tell how long anything waits. */
const struct held_error *held_take_due(struct held *held, int64_t now_ns, int64_t wait_ns);

/* What is to be said of an error that has waited. A packet that came meanwhile and fits counts, and
 * so does a flow where there was none. Else it is the first verdict that stands: packets that came
 * later have moved the flow's sequence numbers on, closed it, or begun another of the same key. */
void held_judge(const struct held_error *held, struct matcher *matcher, struct verdict *verdict);

#endif
