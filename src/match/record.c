#include "match/record.h"

#include <stddef.h>

#include "match/identity.h"

static bool is_later(uint32_t seq, uint32_t than)
{
    return (int32_t)(seq - than) > 0;
}

/* RFC 9293 3.4: SYN and FIN take a number each. A SYN begins the count anew. */
static void record_sequence(struct flow *flow, const struct headers *ip,
                            enum flow_direction direction)
{
    const uint8_t bit = (uint8_t)(1u << direction);
    bool begins = (ip->tcp_flags & TCP_SYN) != 0;
    uint32_t size = (ip->has & HAS_PAYLOAD_LEN) != 0 ? ip->payload_length : 0;
    uint32_t next = ip->tcp_seq + size + begins + (ip->tcp_flags & TCP_FIN);
    if (begins || !(flow->seq_known & bit) || is_later(next, flow->seq_next[direction]))
        flow->seq_next[direction] = next;
    flow->seq_known |= bit;

    if ((ip->tcp_flags & TCP_ACK) == 0)
        return;
    if (begins || !(flow->ack_known & bit) || is_later(ip->tcp_ack, flow->ack[direction]))
        flow->ack[direction] = ip->tcp_ack;
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

struct ring_entry *match_record(struct matcher *matcher, struct flow_touch touch,
                                const struct packet *packet, enum flow_direction direction)
{
    struct flow *flow = touch.flow;
    if (touch.fresh)
        flow->initiator = direction;
    record_count(flow, &packet->ip, direction);
    struct ring_entry *entry = ring_push(matcher->ring);
    *entry = (struct ring_entry){.time_ns = packet->time_ns,
                                 .frame = packet->frame,
                                 .capture = packet->capture,
                                 .direction = direction,
                                 .flow = touch.number,
                                 .previous = flow->newest};
    identity_record(entry, &packet->ip);
    record_sent(&entry->sent, packet);
    flow->newest = matcher->ring->newest;
    matcher->owed -= matcher->owed < MATCH_WALK_PAID ? matcher->owed : MATCH_WALK_PAID;
    return entry;
}
