/* What the flow table and the ring take of a packet: made where packets are decoded, so that
 * judging one looks at little of it. */
#ifndef ICMPSCOPE_MATCH_BRIEF_H
#define ICMPSCOPE_MATCH_BRIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/record.h"
#include "decode/packet.h"
#include "flow/key.h"
#include "flow/ring.h"

struct brief {
    struct ring_entry entry; /* all but its flow, the packet before it, and evidence */
    uint32_t total_length, payload_length; /* as in struct headers; 0 where there is none */
    bool plain; /* made by brief_read(): there is no struct packet of it yet */
};

/* Of any packet that belongs to a flow, and goes in `direction` there. */
void brief_set(struct brief *brief, const struct packet *packet, enum flow_direction direction);

/* Where the packet of no flow leaves the rest. */
static inline void brief_begin(struct brief *brief, const struct record *record)
{
    brief->entry.time_ns = record->time_ns;
    brief->plain = false;
}

/* Of a whole TCP or UDP header in plain IP in Ethernet, straight from the bytes, with the key that
 * flow_key_from() gives, and its hash. False for anything else, for what may be a tunnel, and for a
 * SYN or selective acknowledgements, whose options count: decode_packet() is to look at it. What it
 * takes is what brief_set() and flow_key_from() make of decode_plain(). */
bool brief_read(struct brief *brief, const struct record *record, const struct hash_secret *secret,
                struct flow_key *key, uint64_t *hash);

/* TCP: a sequence number, in entry.identity, and flags. */
static inline bool brief_has_sequence(const struct brief *brief)
{
    const uint32_t sequence = HAS_TCP_SEQ | HAS_TCP_FLAGS;
    return (brief->entry.sent.has & sequence) == sequence;
}

#endif
