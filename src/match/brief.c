#include "match/brief.h"

#include "base/inline.h"
#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/layer.h"
#include "decode/transport.h"
#include "match/identity.h"

/* Of what is no TCP, members that have its place. */
static void sent_set_other(struct sent *sent, const struct headers *ip)
{
    bool sctp = (ip->has & HAS_SCTP_CHECKSUM) != 0;
    sent->checksum = sctp ? sctp_sum(ip->sctp_checksum) : ip->udp_checksum;
    if ((ip->has & HAS_SCTP_TSN) != 0)
        sent->sctp_tsn = ip->sctp_tsn;
    if ((ip->has & HAS_ICMP_TYPE) != 0)
        sent->icmp_type = ip->icmp_type;
}

/* Members without their bit in `has` are what the packet's storage held before. */
static void sent_set(struct sent *sent, const struct packet *packet)
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
        sent_set_other(sent, ip);
}

void brief_set(struct brief *brief, const struct packet *packet, enum flow_direction direction)
{
    struct ring_entry *entry = &brief->entry;
    entry->time_ns = packet->time_ns;
    entry->frame = packet->frame;
    entry->capture = packet->capture;
    entry->direction = direction;
    identity_record(entry, &packet->ip);
    sent_set(&entry->sent, packet);
    brief->total_length = packet->ip.total_length;
    brief->payload_length = (packet->ip.has & HAS_PAYLOAD_LEN) != 0 ? packet->ip.payload_length : 0;
    brief->plain = false;
}

/* ---- from the bytes -------------------------------------------------------------------------- */

/* Of each family by itself, so that the compiler knows it: a function for both would ask for it
 * again and again. */

/* Where the headers of a plain packet are, once they were found to be whole. */
struct plain {
    const uint8_t *ip, *transport;
    uint32_t length;      /* bytes that the IP header claims behind itself */
    uint32_t header_size; /* of TCP or UDP */
    uint8_t family, proto;
};

/* All of a fixed header, within what IP claims, and no options that count. */
ALWAYS_INLINE bool tcp_find(struct cursor *in, struct plain *plain)
{
    const uint8_t *header;
    if (plain->length < TCP_HEADER_SIZE || !cursor_take(in, TCP_HEADER_SIZE, &header))
        return false;
    const struct cursor rest = {header + TCP_CHECKSUM_END, in->end};
    const uint32_t size = (header[12] >> 4) * 4u;
    plain->transport = header;
    plain->header_size = size;
    return size >= TCP_HEADER_SIZE && size <= plain->length && (header[13] & TCP_SYN) == 0 &&
           (size < TCP_SACK_SIZE || !tcp_may_sack(&rest, size));
}

ALWAYS_INLINE bool udp_find(struct cursor *in, struct plain *plain)
{
    const uint8_t *header;
    if (plain->length < UDP_HEADER_SIZE || !cursor_take(in, UDP_HEADER_SIZE, &header))
        return false;
    plain->transport = header;
    plain->header_size = UDP_HEADER_SIZE;
    return wire_u16(header + 4) >= UDP_HEADER_SIZE;
}

ALWAYS_INLINE bool transport_find(struct cursor *in, struct plain *plain)
{
    if (plain->proto == PROTO_TCP)
        return tcp_find(in, plain);
    return plain->proto == PROTO_UDP && udp_find(in, plain);
}

/* Without options, and no fragment. */
ALWAYS_INLINE bool ipv4_find(struct cursor *in, const uint8_t *header, struct plain *plain)
{
    const uint32_t total = wire_u16(header + 2);
    *plain = (struct plain){.ip = header,
                            .length = total - IPV4_HEADER_SIZE,
                            .family = FAMILY_IPV4,
                            .proto = header[9]};
    return header[0] == 0x45 && total >= IPV4_HEADER_SIZE &&
           (wire_u16(header + 6) & (MORE_FRAGMENTS | OFFSET_MASK)) == 0 &&
           transport_find(in, plain);
}

/* Without extension headers; the first IPV4_HEADER_SIZE bytes were taken. */
ALWAYS_INLINE bool ipv6_find(struct cursor *in, const uint8_t *header, struct plain *plain)
{
    *plain = (struct plain){
        .ip = header, .length = wire_u16(header + 4), .family = FAMILY_IPV6, .proto = header[6]};
    return cursor_skip(in, IPV6_HEADER_SIZE - IPV4_HEADER_SIZE) && header[0] >> 4 == FAMILY_IPV6 &&
           transport_find(in, plain);
}

ALWAYS_INLINE void key_begin(struct flow_key *key, const struct plain *plain)
{
    key->proto = plain->proto;
    key->family = plain->family;
    key->icmp = key->zero = 0;
    key->context = 0;
}

/* Which end is the greater, as flow_key_from() orders them, is as good as random: no branch may
 * hang on it. Returns 1 where the sender is the second end. Numbers have the width of registers:
 * what is narrower may be put aside in a few bytes and asked for in eight, which is to wait. */
ALWAYS_INLINE uint64_t key_set_ipv4(struct flow_key *key, const struct plain *plain,
                                    const struct hash_secret *secret, uint64_t *hash)
{
    const uint8_t *src = plain->ip + 12;
    const uint64_t ports = wire_u32(plain->transport);
    const uint64_t from = (uint64_t)wire_u32(src) << 16 | ports >> 16;
    const uint64_t to = (uint64_t)wire_u32(src + 4) << 16 | (ports & 0xffff);
    const uint64_t backward = from > to, first = backward ? to : from;
    const uint64_t second = from ^ to ^ first;
    key->addr[0] = addr_from_ipv4(src + 4 * backward);
    key->addr[1] = addr_from_ipv4(src + 4 - 4 * backward);
    key->port[0] = (uint16_t)first;
    key->port[1] = (uint16_t)second;
    key_begin(key, plain);
    *hash = flow_hash_ipv4(secret, first, second, flow_kind(plain->proto, FAMILY_IPV4), 0);
    return backward;
}

/* The destination's address stands behind the source's. */
ALWAYS_INLINE uint64_t key_set_ipv6(struct flow_key *key, const struct plain *plain,
                                    const struct hash_secret *secret, uint64_t *hash)
{
    const uint8_t *src = plain->ip + 8, *dst = src + 16;
    const uint64_t ports = wire_u32(plain->transport);
    uint64_t from = wire_u64(src), to = wire_u64(dst);
    if (from == to) {
        from = wire_u64(src + 8);
        to = wire_u64(dst + 8);
    }
    if (from == to) {
        from = ports >> 16;
        to = ports & 0xffff;
    }
    const uint64_t backward = from > to;
    const uint64_t ordered = (uint32_t)((ports << 32 | ports) >> 16 * backward);
    key->addr[0] = addr_from_ipv6(src + 16 * backward);
    key->addr[1] = addr_from_ipv6(dst - 16 * backward);
    key->port[0] = (uint16_t)(ordered >> 16);
    key->port[1] = (uint16_t)ordered;
    key_begin(key, plain);
    *hash = flow_hash_other(secret, key, ordered << 32 | flow_kind(plain->proto, FAMILY_IPV6));
    return backward;
}

ALWAYS_INLINE void plain_set_ipv4(struct ring_entry *entry, const uint8_t *header)
{
    struct sent *sent = &entry->sent;
    sent->has = HAS_IP | HAS_IP_ID | HAS_PROTO | HAS_PORTS | HAS_PAYLOAD_LEN;
    sent->header_length = IPV4_HEADER_SIZE;
    sent->tos = header[1];
    sent->ttl = header[8];
    sent->df = (header[6] & DONT_FRAGMENT >> 8) != 0;
    entry->ip_id = wire_u16(header + 4);
}

ALWAYS_INLINE void plain_set_ipv6(struct ring_entry *entry, const uint8_t *header)
{
    struct sent *sent = &entry->sent;
    const uint32_t first = wire_u32(header);
    sent->has = HAS_IP | HAS_FLOW_LABEL | HAS_PROTO | HAS_PORTS | HAS_PAYLOAD_LEN;
    sent->header_length = IPV6_HEADER_SIZE;
    sent->tos = (uint8_t)(first >> 20);
    sent->ttl = header[7];
    sent->flow_label = first & 0xfffff;
}

/* Over IPv6 the checksum is in place of an identification: see identity_record(). */
ALWAYS_INLINE void plain_set_tcp(struct ring_entry *entry, const struct plain *plain)
{
    struct sent *sent = &entry->sent;
    const uint8_t *header = plain->transport;
    entry->identity = wire_u32(header + 4);
    sent->tcp_ack = wire_u32(header + 8);
    sent->tcp_flags = header[13];
    sent->tcp_window = wire_u16(header + 14);
    sent->checksum = wire_u16(header + 16);
    sent->has |= HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_TCP_CHECKSUM;
    if (plain->family == FAMILY_IPV6)
        entry->ip_id = sent->checksum;
}

ALWAYS_INLINE void plain_set_udp(struct ring_entry *entry, const struct plain *plain)
{
    const uint32_t rest = wire_u32(plain->transport + 4); /* length and checksum */
    entry->identity = rest;
    entry->sent.checksum = (uint16_t)rest;
    entry->sent.has |= HAS_UDP_LENGTH;
}

/* As one struct, so that what is packed into one number is made in one go. */
ALWAYS_INLINE void entry_begin(struct ring_entry *entry, const struct record *record,
                               uint64_t backward)
{
    *entry = (struct ring_entry){.time_ns = record->time_ns,
                                 .frame = record->frame,
                                 .capture = record->capture,
                                 .direction = backward,
                                 .identified = true};
    entry->sent.link_dst = packet_mac_tail(record->bytes + MAC_DST);
}

ALWAYS_INLINE void plain_set_transport(struct brief *brief, const struct plain *plain)
{
    brief->entry.length = (uint16_t)plain->length;
    brief->payload_length = plain->length - plain->header_size;
    if (plain->proto == PROTO_TCP)
        plain_set_tcp(&brief->entry, plain);
    else
        plain_set_udp(&brief->entry, plain);
}

ALWAYS_INLINE void brief_set_ipv4(struct brief *brief, const struct record *record,
                                  const struct plain *plain, const struct hash_secret *secret,
                                  uint64_t *hash)
{
    entry_begin(&brief->entry, record, key_set_ipv4(&brief->key, plain, secret, hash));
    plain_set_ipv4(&brief->entry, plain->ip);
    plain_set_transport(brief, plain);
    brief->total_length = plain->length + IPV4_HEADER_SIZE;
}

ALWAYS_INLINE void brief_set_ipv6(struct brief *brief, const struct record *record,
                                  const struct plain *plain, const struct hash_secret *secret,
                                  uint64_t *hash)
{
    entry_begin(&brief->entry, record, key_set_ipv6(&brief->key, plain, secret, hash));
    plain_set_ipv6(&brief->entry, plain->ip);
    plain_set_transport(brief, plain);
    brief->total_length = plain->length + IPV6_HEADER_SIZE;
}

/* Ethernet and what any IP header has, taken at once. */
ALWAYS_INLINE bool brief_read(struct brief *brief, uint64_t *hash, const struct record *record,
                              const struct hash_secret *secret)
{
    struct cursor in = cursor_over(record->bytes, record->cap_length);
    struct plain plain;
    const uint8_t *frame;
    if (record->link_type != LINKTYPE_ETHERNET ||
        !cursor_take(&in, ETHERNET_SIZE + IPV4_HEADER_SIZE, &frame))
        return false;
    const uint16_t type = wire_u16(frame + MACS_SIZE);
    if (type == ETHERTYPE_IPV4 && ipv4_find(&in, frame + ETHERNET_SIZE, &plain))
        brief_set_ipv4(brief, record, &plain, secret, hash);
    else if (type == ETHERTYPE_IPV6 && ipv6_find(&in, frame + ETHERNET_SIZE, &plain))
        brief_set_ipv6(brief, record, &plain, secret, hash);
    else
        return false;
    return true;
}

/* Asked for last, as a call in between would have all else put aside. */
ALWAYS_INLINE bool brief_may_be_tunnel(const struct brief *brief)
{
    return brief->key.proto == PROTO_UDP &&
           udp_port_layer(brief->key.port[0], brief->key.port[1]) != LAYER_NONE;
}

size_t briefs_read(struct brief *briefs, uint64_t *hashes, const struct record *records,
                   size_t count, const struct hash_secret *secret)
{
    size_t others = 0;
    for (size_t i = 0; i < count; i++) {
        briefs[i].plain = brief_read(&briefs[i], &hashes[i], &records[i], secret) &&
                          !brief_may_be_tunnel(&briefs[i]);
        if (!briefs[i].plain)
            others++;
    }
    return others;
}
