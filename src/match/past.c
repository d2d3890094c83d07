#include "match/past.h"

#include <stddef.h>

#include "decode/packet.h"

/* RFC 9293 3.4: an acknowledgement of nothing new has the number of what it stands behind. */
static bool acknowledges(const struct ring_entry *answer, const struct ring_entry *sent)
{
    const struct sent *tcp = &answer->sent;
    return sent->identified && (tcp->has & HAS_TCP_FLAGS) != 0 && (tcp->tcp_flags & TCP_ACK) != 0 &&
           (int32_t)(tcp->tcp_ack - sent->identity) > 0;
}

static bool answers(const struct ring_entry *answer, const struct ring_entry *sent, uint8_t proto)
{
    switch (proto) {
    case PROTO_TCP:
        return acknowledges(answer, sent);
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        return answer->identified && answer->identity == sent->identity;
    default:
        return false;
    }
}

static void past_answer(struct past *past, const struct ring_entry *sent, uint8_t proto,
                        enum flow_direction direction)
{
    const struct ring_entry *answer = past->newer;
    if (answer == NULL || sent->direction != direction || answer->direction == direction ||
        answer->time_ns < sent->time_ns || !answers(answer, sent, proto))
        return;
    int64_t took = (int64_t)((uint64_t)answer->time_ns - (uint64_t)sent->time_ns);
    if (past->answers++ == 0 || took < past->answer_ns)
        past->answer_ns = took;
    past->prompt |= proto != PROTO_TCP || (sent->sent.tcp_flags & TCP_SYN) != 0;
}

static void past_connection(struct past *past, const struct ring_entry *entry)
{
    if (past->begun || (entry->sent.has & HAS_TCP_FLAGS) == 0)
        return;
    uint8_t flags = entry->sent.tcp_flags, side = (uint8_t)(1u << entry->direction);
    past->fins |= (flags & TCP_FIN) != 0 ? side : 0;
    if ((flags & TCP_RST) == 0)
        past->alive |= side;
    else if ((past->alive & side) == 0)
        past->resets |= side;
    past->begun = (flags & TCP_SYN) != 0 && (flags & TCP_ACK) == 0;
}

void past_visit(struct past *past, const struct ring_entry *entry, uint8_t proto,
                enum flow_direction direction)
{
    past_answer(past, entry, proto, direction);
    if (proto == PROTO_TCP)
        past_connection(past, entry);
    past->newer = entry;
    past->oldest_ns = entry->time_ns;
}

bool past_is_closed(const struct past *past)
{
    const uint8_t both = 1u << FLOW_FORWARD | 1u << FLOW_BACKWARD;
    return past->resets != 0 || past->fins == both;
}
