#include "match/record.h"

#include <stddef.h>

#include "match/identity.h"

/* The later of two sequence numbers, or `seq` where the other one is not known. No branch: which
 * it is cannot be predicted where segments come out of order. */
static uint32_t later_of(uint32_t seq, uint32_t other, bool known)
{
    bool earlier = (int32_t)(seq - other) <= 0;
    uint32_t keep = 0 - (uint32_t)(known & earlier);
    return (other & keep) | (seq & ~keep);
}

/* RFC 9293 3.4: SYN and FIN take a number each. A SYN begins the count anew. */
static void record_sequence(struct flow *flow, const struct headers *ip,
                            enum flow_direction direction)
{
    const uint8_t bit = (uint8_t)(1u << direction);
    bool begins = (ip->tcp_flags & TCP_SYN) != 0;
    uint32_t size = (ip->has & HAS_PAYLOAD_LEN) != 0 ? ip->payload_length : 0;
    uint32_t next = ip->tcp_seq + size + begins + (ip->tcp_flags & TCP_FIN);
    bool known = !begins && (flow->seq_known & bit) != 0;
    flow->seq_next[direction] = later_of(next, flow->seq_next[direction], known);
    flow->seq_known |= bit;

    if ((ip->tcp_flags & TCP_ACK) == 0)
        return;
    known = !begins && (flow->ack_known & bit) != 0;
    flow->ack[direction] = later_of(ip->tcp_ack, flow->ack[direction], known);
    flow->ack_known |= bit;
}

static void record_count(struct flow *flow, const struct headers *ip, enum flow_direction direction)
{
    const uint32_t sequence = HAS_TCP_SEQ | HAS_TCP_FLAGS;
    flow_count(flow, direction, ip->total_length);
    if ((ip->has & sequence) != sequence)
        return;
    flow->tcp_flags[direction] |= ip->tcp_flags;
    record_sequence(flow, ip, direction);
}

/* Of what is no TCP, members that have its place. */
static void record_sent_other(struct sent *sent, const struct headers *ip)
{
    bool sctp = (ip->has & HAS_SCTP_CHECKSUM) != 0;
    sent->checksum = sctp ? sctp_sum(ip->sctp_checksum) : ip->udp_checksum;
    if ((ip->has & HAS_SCTP_TSN) != 0)
        sent->sctp_tsn = ip->sctp_tsn;
    if ((ip->has & HAS_ICMP_TYPE) != 0)
        sent->icmp_type = ip->icmp_type;
}

/* Members without their bit in `has` are what the packet's storage held before. */
static void record_sent(struct sent *sent, const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    uint32_t header = ip->header_length;
    sent->has = ip->has;
    sent->tcp_ack = ip->tcp_ack;
    sent->flow_label = ip->flow_label;
    sent->checksum = ip->tcp_checksum;
    sent->tcp_window = ip->tcp_window;
    sent->tcp_mss = ip->tcp_mss;
    sent->tcp_window_scale = ip->tcp_window_scale;
    sent->tcp_options = ip->tcp_options;
    sent->header_length = header < UINT16_MAX ? (uint16_t)header : UINT16_MAX;
    sent->ttl = ip->ttl;
    sent->tos = ip->tos;
    sent->tcp_flags = ip->tcp_flags;
    sent->df = ip->df;
    sent->link_dst = packet_mac_tail(packet->macs + MAC_DST);
    if ((ip->has & HAS_TCP_CHECKSUM) == 0)
        record_sent_other(sent, ip);
}

struct ring_entry *match_record(struct matcher *matcher, const struct flow_touch *touch,
                                const struct packet *packet, enum flow_direction direction)
{
    struct flow *flow = touch->flow;
    if (touch->fresh)
        flow->initiator = direction;
    record_count(flow, &packet->ip, direction);
    struct ring_entry *entry = ring_push(matcher->ring);
    entry->time_ns = packet->time_ns;
    entry->frame = packet->frame;
    entry->capture = packet->capture;
    entry->direction = direction;
    entry->flow = touch->number;
    entry->previous = flow->newest;
    entry->evidence = 0;
    identity_record(entry, &packet->ip);
    record_sent(&entry->sent, packet);
    flow->newest = matcher->ring->newest;
    matcher->owed -= matcher->owed < MATCH_WALK_PAID ? matcher->owed : MATCH_WALK_PAID;
    return entry;
}
