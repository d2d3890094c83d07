#include "match/record.h"

struct ring_entry *match_record(struct matcher *matcher, const struct flow_touch *touch,
                                const struct brief *brief)
{
    struct flow *flow = touch->flow;
    const enum flow_direction direction = (enum flow_direction)brief->entry.direction;
    if (touch->fresh)
        flow->initiator = direction;
    flow_count(flow, direction, brief->total_length);
    if (brief_has_sequence(brief))
        record_sequence(flow, brief, direction, (brief->entry.sent.tcp_flags & TCP_SYN) != 0);
    return record_enter(matcher, (struct flow_guess){flow, touch->number}, brief);
}
