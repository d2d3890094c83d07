/* What the flow table and the ring take of a packet: made where packets are decoded, so that
 * judging one looks at little of it. */
#ifndef ICMPSCOPE_MATCH_BRIEF_H
#define ICMPSCOPE_MATCH_BRIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/record.h"
#include "decode/packet.h"
#include "flow/key.h"
#include "flow/ring.h"

struct brief {
    struct ring_entry entry; /* all but its flow, and evidence */
    struct flow_key key;     /* of its flow, or of the one that an error is about, if `keyed` */
    uint32_t total_length, payload_length; /* as in struct headers; 0 where there is none */
    bool plain; /* made by briefs_read(): there is no struct packet of it yet */
    bool keyed; /* … where it is plain, or this is set */
    bool about; /* an error quotes a packet of it; set where it is not plain */
};

/* Of any packet that belongs to a flow, and goes in `direction` there: all but the key. */
void brief_set(struct brief *brief, const struct packet *packet, enum flow_direction direction);

/* Where the packet of no flow leaves the rest. */
static inline void brief_begin(struct brief *brief, const struct record *record)
{
    brief->entry.time_ns = record->time_ns;
    brief->plain = false;
}

/* Those of `count` records that are a whole TCP or UDP header in plain IP in Ethernet, straight
 * from the bytes, with the keys that flow_key_from() gives, and their hashes. Of anything else, of
 * what may be a tunnel, and of a SYN or selective acknowledgements, whose options count, only
 * `plain` is set, to false: decode_packet() is to look at it. What it takes is what brief_set() and
 * flow_key_from() make of decode_plain(). Returns how many are not plain. */
size_t briefs_read(struct brief *briefs, uint64_t *hashes, const struct record *records,
                   size_t count, const struct hash_secret *secret);

/* TCP: a sequence number, in entry.identity, and flags. */
static inline bool brief_has_sequence(const struct brief *brief)
{
    const uint32_t sequence = HAS_TCP_SEQ | HAS_TCP_FLAGS;
    return (brief->entry.sent.has & sequence) == sequence;
}

#endif
