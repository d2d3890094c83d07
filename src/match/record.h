/* Packets as they come: what errors will look for. */
#ifndef ICMPSCOPE_MATCH_RECORD_H
#define ICMPSCOPE_MATCH_RECORD_H

#include "flow/table.h"
#include "match/brief.h"
#include "match/match.h"

/* Counts a packet in its flow and enters it in the ring, chained to the flow's packet before it.
 * The first packet of a flow makes its sender the initiator. Pays for a part of what walking back
 * has cost. Returns the entry, which is good until the next one. */
struct ring_entry *match_record(struct matcher *matcher, const struct flow_touch *touch,
                                const struct brief *brief);

/* The later of two sequence numbers, or `seq` where the other one is not known. No branch: which
 * it is cannot be predicted where segments come out of order. */
static inline uint32_t later_of(uint32_t seq, uint32_t other, bool known)
{
    const uint32_t than = known ? other : seq;
    return (int32_t)(seq - than) > 0 ? seq : than;
}

/* RFC 9293 3.4: SYN and FIN take a number each. A SYN begins the count anew. */
static inline void record_sequence(struct flow *flow, const struct brief *brief,
                                   enum flow_direction direction, bool syn)
{
    const struct sent *sent = &brief->entry.sent;
    const unsigned flags = sent->tcp_flags;
    const unsigned known = syn ? 0 : (unsigned)flow->known >> direction;
    const uint32_t next = brief->entry.identity + brief->payload_length + syn + (flags & TCP_FIN);
    unsigned learnt = FLOW_KNOWS_SEQ;
    flow->tcp_flags[direction] |= sent->tcp_flags;
    flow->seq_next[direction] =
        later_of(next, flow->seq_next[direction], (known & FLOW_KNOWS_SEQ) != 0);
    if ((flags & TCP_ACK) != 0) {
        flow->ack[direction] =
            later_of(sent->tcp_ack, flow->ack[direction], (known & FLOW_KNOWS_ACK) != 0);
        learnt |= FLOW_KNOWS_ACK;
    }
    flow->known |= (uint8_t)(learnt << direction);
}

static inline struct ring_entry *record_enter(struct matcher *matcher, struct flow_guess known,
                                              const struct brief *brief)
{
    struct flow *flow = known.flow;
    struct ring_entry *entry = ring_push(matcher->ring, flow->newest);
    *entry = brief->entry;
    entry->flow = known.number;
    entry->evidence = 0;
    flow->newest = matcher->ring->newest;
    if (matcher->owed > 0)
        matcher->owed -= matcher->owed < MATCH_WALK_PAID ? matcher->owed : MATCH_WALK_PAID;
    return entry;
}

/* The same of a plain packet, whose flow was there before. */
static inline void match_record_plain(struct matcher *matcher, struct flow_guess known,
                                      const struct brief *brief)
{
    const enum flow_direction direction = (enum flow_direction)brief->entry.direction;
    flow_count(known.flow, direction, brief->total_length);
    if (brief->key.proto == PROTO_TCP)
        record_sequence(known.flow, brief, direction, false);
    record_enter(matcher, known, brief);
}

#endif
