/* What became of a flow before an error came, as its packets tell: whether it had ended, and how
 * fast the other side answered. */
#ifndef ICMPSCOPE_MATCH_PAST_H
#define ICMPSCOPE_MATCH_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/key.h"
#include "flow/ring.h"

/* All zero at first. `answers` and `answer_ns` are of the direction that was asked about: how often
 * a packet of it was followed at once by its answer, and the shortest time between the two. Answers
 * are echo replies, and segments of TCP that acknowledge what they answer: a datagram that comes
 * back came from a program, which may have taken any time. `prompt` says that one of them did not
 * wait for a program either: an echo reply, or the answer to a SYN. */
struct past {
    uint32_t answers;
    int64_t answer_ns;
    bool prompt;
    int64_t oldest_ns;              /* of the packets visited */
    const struct ring_entry *newer; /* visited before */
    uint8_t fins, resets;           /* 1 << direction: it sent one of the newest connection */
    uint8_t alive;                  /* 1 << direction: its newest packets are no RST */
    bool begun;                     /* the SYN of that connection was visited */
};

/* Visits the packets of a flow of the protocol `proto`, newest first, for a quoted packet that went
 * in `direction`. */
void past_visit(struct past *past, const struct ring_entry *entry, uint8_t proto,
                enum flow_direction direction);

/* TCP: whether the connection had ended with a RST that its sender did not go on after, or with a
 * FIN of both sides. A SYN begins another one. */
bool past_is_closed(const struct past *past);

#endif
