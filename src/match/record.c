#include "match/record.h"

#include "match/identity.h"

static void record_count(struct flow *flow, const struct headers *ip, enum flow_direction direction)
{
    if (flow->packets[FLOW_FORWARD] + flow->packets[FLOW_BACKWARD] == 0)
        flow->initiator = (uint8_t)direction;
    flow->packets[direction]++;
    flow->bytes[direction] += ip->total_length;
    if ((ip->has & HAS_TCP_FLAGS) != 0)
        flow->tcp_flags[direction] |= ip->tcp_flags;
}

void match_record(struct matcher *matcher, struct flow *flow, const struct packet *packet,
                  enum flow_direction direction)
{
    record_count(flow, &packet->ip, direction);
    struct ring_entry *entry = ring_push(matcher->ring);
    *entry = (struct ring_entry){.time_ns = packet->time_ns,
                                 .frame = packet->frame,
                                 .capture = packet->capture,
                                 .direction = direction,
                                 .flow = (uint32_t)flow->id,
                                 .previous = flow->newest};
    identity_record(entry, &packet->ip);
    flow->newest = matcher->ring->newest;
    matcher->owed -= matcher->owed < MATCH_WALK_PAID ? matcher->owed : MATCH_WALK_PAID;
}
