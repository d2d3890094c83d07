#include "decode/shortcut.h"

#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/layer.h"
#include "decode/transport.h"

/* Without options, and not a fragment. */
static inline bool plain_ipv4_take(struct cursor *in, struct headers *out)
{
    const uint8_t *header;
    if (!cursor_take(in, IPV4_HEADER_SIZE, &header) || header[0] != 0x45)
        return false;
    ipv4_fields_set(out, header);
    out->header_length = IPV4_HEADER_SIZE;
    if ((out->has & HAS_FRAGMENT) || out->total_length < IPV4_HEADER_SIZE)
        return false;
    cursor_limit(in, out->total_length - IPV4_HEADER_SIZE);
    return true;
}

/* Without extension headers: what follows is looked at by the caller. */
static inline bool plain_ipv6_take(struct cursor *in, struct headers *out)
{
    const uint8_t *header;
    if (!cursor_take(in, IPV6_HEADER_SIZE, &header) || header[0] >> 4 != FAMILY_IPV6)
        return false;
    uint16_t length = wire_u16(header + 4); /* with 0 it is no plain packet, and nothing follows */
    ipv6_fields_set(out, header);
    out->has |= HAS_PROTO;
    out->proto = header[6];
    out->header_length = IPV6_HEADER_SIZE;
    out->total_length = (uint32_t)IPV6_HEADER_SIZE + length;
    cursor_limit(in, length);
    return true;
}

static inline bool plain_ip_take(struct cursor *in, struct headers *out)
{
    const uint8_t *header;
    if (!cursor_take(in, ETHERNET_SIZE, &header))
        return false;
    switch (wire_u16(header + MACS_SIZE)) {
    case ETHERTYPE_IPV4:
        return plain_ipv4_take(in, out);
    case ETHERTYPE_IPV6:
        return plain_ipv6_take(in, out);
    default:
        return false;
    }
}

bool shortcut_decode(const struct record *record, struct headers *out)
{
    const uint32_t size = record->cap_length;
    struct cursor in = cursor_over(record->bytes, size < SHORTCUT_BYTES ? size : SHORTCUT_BYTES);
    if (!plain_ip_take(&in, out))
        return false;
    if (out->proto == PROTO_TCP)
        return ports_take(&in, out) && tcp_decode(&in, out) == DECODED;
    if (out->proto != PROTO_UDP || !ports_take(&in, out) || udp_decode(&in, out) != DECODED)
        return false;
    return udp_port_layer(out->src_port, out->dst_port) == LAYER_NONE;
}
