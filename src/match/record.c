#include "match/record.h"

/* The later of two sequence numbers, or `seq` where the other one is not known. No branch: which
 * it is cannot be predicted where segments come out of order. */
static inline uint32_t later_of(uint32_t seq, uint32_t other, bool known)
{
    bool earlier = (int32_t)(seq - other) <= 0;
    uint32_t keep = 0 - (uint32_t)(known & earlier);
    return seq ^ ((seq ^ other) & keep);
}

/* RFC 9293 3.4: SYN and FIN take a number each. A SYN begins the count anew. */
static inline void record_sequence(struct flow *flow, const struct brief *brief,
                                   enum flow_direction direction)
{
    const struct sent *sent = &brief->entry.sent;
    const unsigned flags = sent->tcp_flags, before = flow->known;
    const unsigned seq_bit = (unsigned)FLOW_KNOWS_SEQ << direction;
    const unsigned ack_bit = (unsigned)FLOW_KNOWS_ACK << direction;
    const unsigned known = (flags & TCP_SYN) != 0 ? 0 : before;
    const uint32_t next = brief->entry.identity + brief->payload_length + ((flags & TCP_SYN) != 0) +
                          (flags & TCP_FIN);
    flow->tcp_flags[direction] |= sent->tcp_flags;
    flow->seq_next[direction] = later_of(next, flow->seq_next[direction], (known & seq_bit) != 0);
    if ((flags & TCP_ACK) == 0) {
        flow->known = (uint8_t)(before | seq_bit);
        return;
    }
    flow->ack[direction] = later_of(sent->tcp_ack, flow->ack[direction], (known & ack_bit) != 0);
    flow->known = (uint8_t)(before | seq_bit | ack_bit);
}

static void record_count(struct flow *flow, const struct brief *brief,
                         enum flow_direction direction)
{
    flow_count(flow, direction, brief->total_length);
    if (brief_has_sequence(brief))
        record_sequence(flow, brief, direction);
}

struct ring_entry *match_record(struct matcher *matcher, const struct flow_touch *touch,
                                const struct brief *brief)
{
    struct flow *flow = touch->flow;
    const enum flow_direction direction = (enum flow_direction)brief->entry.direction;
    if (touch->fresh)
        flow->initiator = direction;
    record_count(flow, brief, direction);
    struct ring_entry *entry = ring_push(matcher->ring, flow->newest);
    *entry = brief->entry;
    entry->flow = touch->number;
    entry->evidence = 0;
    flow->newest = matcher->ring->newest;
    matcher->owed -= matcher->owed < MATCH_WALK_PAID ? matcher->owed : MATCH_WALK_PAID;
    return entry;
}
