/* The IP layer of the dispatch; and what both families' headers share with quoted packets. */
#include "decode/ip.h"
#include "decode/headers.h"
#include "decode/layer.h"

/* Others have no row, and their packets end with the IP header. */
static const uint8_t protocol_layers[256] = {
    [PROTO_ICMP] = LAYER_ICMP,       [PROTO_IPIP] = LAYER_IPIP,
    [PROTO_TCP] = LAYER_TRANSPORT,   [PROTO_UDP] = LAYER_UDP,
    [PROTO_DCCP] = LAYER_TRANSPORT,  [PROTO_IPV6] = LAYER_SIT,
    [PROTO_GRE] = LAYER_GRE,         [PROTO_ESP] = LAYER_TRANSPORT,
    [PROTO_AH] = LAYER_TRANSPORT,    [PROTO_ICMPV6] = LAYER_ICMP,
    [PROTO_SCTP] = LAYER_TRANSPORT,  [PROTO_UDPLITE] = LAYER_TRANSPORT,
    [PROTO_ETHERIP] = LAYER_ETHERIP, [PROTO_L2TP] = LAYER_L2TPV3,
    [PROTO_MPLS] = LAYER_MPLS, /* RFC 4023 */
};

enum layer protocol_layer(uint8_t protocol)
{
    return protocol_layers[protocol];
}

enum decoded ip_decode(struct cursor *in, struct headers *out, enum ip_trust trust)
{
    uint8_t first;
    out->has = 0;
    if (!cursor_peek(in, &first))
        return TRUNCATED;
    switch (first >> 4) {
    case FAMILY_IPV4:
        return ipv4_decode(in, out, trust);
    case FAMILY_IPV6:
        return ipv6_decode(in, out, trust);
    default:
        return MALFORMED;
    }
}

/* The header at d->in becomes the packet's as soon as it can be told, and with it what lies on the
 * way there. */
static enum decoded ip_header_decode(struct dissection *d)
{
    struct headers *ip = &d->packet->ip, inner;
    struct headers *out = ip->has & HAS_IP ? &inner : ip;
    size_t left = cursor_left(&d->in);
    enum decoded decoded = ip_decode(&d->in, out, IP_CAPTURED);
    if (!(out->has & HAS_IP))
        return decoded;
    if (out == &inner)
        *ip = inner;
    d->packet->vlan_count = d->vlan_count;
    d->packet->tunnel_count = d->tunnel_count;
    d->packet->context = d->context;
    d->whole = ip->total_length < left || (ip->total_length == left && !d->packet->snapped);
    if (decoded == DECODED)
        d->next = ip->has & HAS_FRAGMENT ? LAYER_FRAGMENT : protocol_layer(ip->proto);
    return decoded;
}

static enum decoded family_decode(struct dissection *d, enum family family)
{
    uint8_t first;
    if (!cursor_peek(&d->in, &first))
        return TRUNCATED;
    return first >> 4 == family ? ip_header_decode(d) : MALFORMED;
}

enum decoded ip_packet_decode(struct dissection *d)
{
    return ip_header_decode(d);
}

enum decoded ipv4_packet_decode(struct dissection *d)
{
    return family_decode(d, FAMILY_IPV4);
}

enum decoded ipv6_packet_decode(struct dissection *d)
{
    return family_decode(d, FAMILY_IPV6);
}
