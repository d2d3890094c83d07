/* Tunnels that only a UDP port suggests. A port is no proof: each header is held against all that
 * its specification says, and must carry an IP header that makes sense; else the datagram stays
 * what it is, plain UDP. */
#include "decode/layer.h"

/* A place for each number by its low 7 bits, so that a lookup is one comparison. The compiler warns
 * when a new row takes the place of another. */
enum { PORT_SLOTS = 128 };

static const struct {
    uint16_t port;
    uint8_t layer;
} udp_ports[PORT_SLOTS] = {
#define ROW(port, layer) [(port) % PORT_SLOTS] = {port, layer}
    ROW(1701, LAYER_L2TP),                                 /* RFC 2661 */
    ROW(2152, LAYER_GTPU),                                 /* 3GPP TS 29.281 */
    ROW(3544, LAYER_TEREDO),                               /* RFC 4380 */
    ROW(4789, LAYER_VXLAN),                                /* RFC 7348 */
    ROW(4790, LAYER_VXLAN_GPE),   ROW(5247, LAYER_CAPWAP), /* RFC 5415 */
    ROW(6080, LAYER_GUE),         ROW(6081, LAYER_GENEVE), /* RFC 8926 */
    ROW(6635, LAYER_MPLS_IN_UDP),                          /* RFC 7510 */
    ROW(37008, LAYER_TZSP),       ROW(8472, LAYER_VXLAN),  /* what Linux had before it */
#undef ROW
};

static enum layer port_layer(uint16_t port)
{
    return udp_ports[port % PORT_SLOTS].port == port ? udp_ports[port % PORT_SLOTS].layer
                                                     : LAYER_NONE;
}

enum layer udp_port_layer(uint16_t src, uint16_t dst)
{
    enum layer layer = port_layer(dst);
    return layer != LAYER_NONE ? layer : port_layer(src);
}

/* What the datagram held behind the UDP header when it was sent. d->in is bounded by it, but may
 * have been cut shorter by the capture, or by fragmentation. */
static size_t datagram_size(const struct dissection *d)
{
    return d->packet->ip.udp_length - 8u;
}

size_t datagram_rest(const struct dissection *d, const struct cursor *in)
{
    return datagram_size(d) - (cursor_left(&d->in) - cursor_left(in));
}

/* Moves on to `layer` at `in`, if what stands there can be one. */
static bool datagram_lead(struct dissection *d, struct cursor in, enum layer layer)
{
    if (!layer_plausible(layer, in, datagram_rest(d, &in)))
        return false;
    d->in = in;
    d->next = layer;
    return true;
}

enum { VXLAN_ID = 0x08, VXLAN_POLICY = 0x80, VXLAN_POLICY_BITS = 0x48 };

/* RFC 7348 5: all but one flag, and both reserved fields, are zero. With the group policy extension
 * (draft-smith-vxlan-group-policy) the first of the fields is not. */
static bool vxlan_flags_valid(const uint8_t *header)
{
    if (header[0] == VXLAN_ID)
        return header[1] == 0 && header[2] == 0 && header[3] == 0;
    return header[0] == (VXLAN_ID | VXLAN_POLICY) && (header[1] & ~VXLAN_POLICY_BITS) == 0;
}

enum decoded vxlan_decode(struct dissection *d)
{
    struct cursor in = d->in;
    const uint8_t *header;
    if (!cursor_take(&in, 8, &header) || !vxlan_flags_valid(header) || header[7] != 0)
        return DECODED;
    if (!datagram_lead(d, in, LAYER_ETHERNET))
        return DECODED;
    return tunnel_enter_id(d, TUNNEL_VXLAN, wire_u32(header + 4) >> 8);
}

enum { GPE_FLAGS = 0x0c, GPE_BROADCAST = 0x02 }; /* VNI and next protocol are there */

static const uint8_t gpe_layers[256] = {
    [1] = LAYER_IPV4,
    [2] = LAYER_IPV6,
    [3] = LAYER_ETHERNET,
};

/* draft-ietf-nvo3-vxlan-gpe 3: flags, of which version and OAM are 0; two reserved bytes, next
 * protocol; VNI and a reserved byte. */
enum decoded vxlan_gpe_decode(struct dissection *d)
{
    struct cursor in = d->in;
    const uint8_t *header;
    if (!cursor_take(&in, 8, &header) || (header[0] & ~GPE_BROADCAST) != GPE_FLAGS)
        return DECODED;
    if (header[1] != 0 || header[2] != 0 || header[7] != 0)
        return DECODED;
    if (!datagram_lead(d, in, gpe_layers[header[3]]))
        return DECODED;
    return tunnel_enter_id(d, TUNNEL_VXLAN_GPE, wire_u32(header + 4) >> 8);
}

enum { GUE_CONTROL = 0x20, GUE_WORDS = 0x1f };

static const uint8_t gue_layers[256] = {[PROTO_IPIP] = LAYER_IPV4, [PROTO_IPV6] = LAYER_IPV6};

/* draft-ietf-intarea-gue 3.1: variant, control, length of what is behind the first word; IP
 * protocol; flags. */
static enum layer gue_header_take(struct cursor *in)
{
    const uint8_t *header;
    if (!cursor_take(in, 4, &header) || (header[0] & GUE_CONTROL))
        return LAYER_NONE;
    return cursor_skip(in, (header[0] & GUE_WORDS) * 4u) ? gue_layers[header[1]] : LAYER_NONE;
}

/* Variant 1 is no header at all: both version numbers of IP begin with it. */
enum decoded gue_decode(struct dissection *d)
{
    struct cursor in = d->in;
    enum layer layer = LAYER_NONE;
    uint8_t first;
    if (!cursor_peek(&in, &first))
        return DECODED;
    if (first >> 6 == 1)
        layer = LAYER_IP;
    else if (first >> 6 == 0)
        layer = gue_header_take(&in);
    return datagram_lead(d, in, layer) ? tunnel_enter(d, TUNNEL_GUE) : DECODED;
}

static enum layer geneve_layer(uint16_t protocol)
{
    switch (protocol) {
    case 0x6558:
        return LAYER_ETHERNET;
    case 0x0800:
        return LAYER_IPV4;
    case 0x86dd:
        return LAYER_IPV6;
    default:
        return LAYER_NONE;
    }
}

/* RFC 8926 3.4: version and length of the options in words, two flags and reserved bits, protocol,
 * VNI and a reserved byte. */
enum decoded geneve_decode(struct dissection *d)
{
    struct cursor in = d->in;
    const uint8_t *header;
    if (!cursor_take(&in, 8, &header) || header[0] >> 6 != 0)
        return DECODED;
    if ((header[1] & 0x3f) != 0 || header[7] != 0 || !cursor_skip(&in, (header[0] & 0x3f) * 4u))
        return DECODED;
    if (!datagram_lead(d, in, geneve_layer(wire_u16(header + 2))))
        return DECODED;
    return tunnel_enter_id(d, TUNNEL_GENEVE, wire_u32(header + 4) >> 8);
}

enum {
    GTP_FIXED = 0xf8, /* version, protocol type and a spare bit … */
    GTP_V1 = 0x30,    /* … of GTP-U version 1 */
    GTP_EXTENSION = 0x04,
    GTP_OPTIONAL = 0x07, /* any of three flags: all the optional fields are there */
    GTP_G_PDU = 0xff,
};

/* 3GPP TS 29.281 5.2: each begins with its length in words and ends with the type of the next. */
static bool gtp_extensions_skip(struct cursor *in, uint8_t type)
{
    while (type != 0) {
        const uint8_t *rest;
        uint8_t words;
        if (!cursor_u8(in, &words) || words == 0 || !cursor_take(in, words * 4u - 1, &rest))
            return false;
        type = rest[words * 4u - 2];
    }
    return true;
}

/* 3GPP TS 29.281 5.1: the sequence number, the N-PDU number and the type of the first extension. */
static bool gtp_optional_skip(struct cursor *in, uint8_t flags)
{
    const uint8_t *fields;
    if (!(flags & GTP_OPTIONAL))
        return true;
    if (!cursor_take(in, 4, &fields))
        return false;
    return !(flags & GTP_EXTENSION) || gtp_extensions_skip(in, fields[3]);
}

enum decoded gtpu_decode(struct dissection *d)
{
    struct cursor in = d->in;
    const uint8_t *header;
    if (!cursor_take(&in, 8, &header))
        return DECODED;
    if ((header[0] & GTP_FIXED) != GTP_V1 || header[1] != GTP_G_PDU)
        return DECODED;
    if (wire_u16(header + 2) + 8u != datagram_size(d) || !gtp_optional_skip(&in, header[0]))
        return DECODED;
    if (!datagram_lead(d, in, LAYER_IP))
        return DECODED;
    return tunnel_enter_id(d, TUNNEL_GTPU, wire_u32(header + 4));
}

enum { TEREDO_AUTHENTICATION = 0x0001, TEREDO_ORIGIN = 0x0000 };

/* RFC 4380 5.1.1: client identifier and authentication value, each with its length before both;
 * nonce and confirmation. Then the origin, a port and an address. Either may be missing. */
static bool teredo_indications_skip(struct cursor *in)
{
    const uint8_t *lengths;
    struct cursor ahead = *in;
    uint16_t mark;
    if (cursor_u16(&ahead, &mark) && mark == TEREDO_AUTHENTICATION) {
        if (!cursor_take(&ahead, 2, &lengths) ||
            !cursor_skip(&ahead, lengths[0] + (size_t)lengths[1] + 9))
            return false;
        *in = ahead;
    }
    ahead = *in;
    if (cursor_u16(&ahead, &mark) && mark == TEREDO_ORIGIN)
        return cursor_skip(in, 8);
    return true;
}

/* One end is a Teredo client (2001::/32, RFC 4380 4), or it is asking to become one (fe80::/10). */
static bool teredo_addresses_valid(struct cursor in)
{
    const uint8_t *header;
    if (!cursor_take(&in, 40, &header))
        return false;
    uint32_t src = wire_u32(header + 8), dst = wire_u32(header + 24);
    return src == 0x20010000 || dst == 0x20010000 || (src & 0xffc00000) == 0xfe800000;
}

enum decoded teredo_decode(struct dissection *d)
{
    struct cursor in = d->in;
    if (!teredo_indications_skip(&in) || !teredo_addresses_valid(in))
        return DECODED;
    return datagram_lead(d, in, LAYER_IPV6) ? tunnel_enter(d, TUNNEL_TEREDO) : DECODED;
}

enum {
    L2TP_LENGTH = 0x4000,
    L2TP_SEQUENCE = 0x0800,
    L2TP_OFFSET = 0x0200,
    L2TP_FIXED = 0xb4ff, /* the bit of control messages, reserved bits and the version … */
    L2TP_DATA_V2 = 0x0002,
};

/* RFC 2661 3.1: length, tunnel and session, Ns and Nr, offset and its padding. */
static bool l2tp_take(struct cursor *in, size_t size, uint32_t *id)
{
    uint16_t flags, length, offset;
    if (!cursor_u16(in, &flags) || (flags & L2TP_FIXED) != L2TP_DATA_V2)
        return false;
    if ((flags & L2TP_LENGTH) && (!cursor_u16(in, &length) || length != size))
        return false;
    if (!cursor_u32(in, id) || ((flags & L2TP_SEQUENCE) && !cursor_skip(in, 4)))
        return false;
    return !(flags & L2TP_OFFSET) || (cursor_u16(in, &offset) && cursor_skip(in, offset));
}

enum decoded l2tp_decode(struct dissection *d)
{
    struct cursor in = d->in;
    uint32_t id;
    uint16_t protocol;
    if (!l2tp_take(&in, datagram_size(d), &id) || !ppp_protocol_take(&in, &protocol))
        return DECODED;
    if (!datagram_lead(d, in, ppp_layer(protocol)))
        return DECODED;
    return tunnel_enter_id(d, TUNNEL_L2TP, id);
}

enum { TZSP_VERSION = 1, TZSP_TYPE_MAX = 1, TZSP_ETHERNET = 1, TZSP_PAD = 0, TZSP_END = 1 };

/* Each has a length, but for these two. */
static bool tzsp_tags_skip(struct cursor *in)
{
    uint8_t tag, size;
    while (cursor_u8(in, &tag)) {
        if (tag == TZSP_END)
            return true;
        if (tag != TZSP_PAD && (!cursor_u8(in, &size) || !cursor_skip(in, size)))
            return false;
    }
    return false;
}

/* Version, type (received, or to be sent) and what is encapsulated; tags. */
enum decoded tzsp_decode(struct dissection *d)
{
    struct cursor in = d->in;
    const uint8_t *header;
    if (!cursor_take(&in, 4, &header) || header[0] != TZSP_VERSION || header[1] > TZSP_TYPE_MAX)
        return DECODED;
    if (wire_u16(header + 2) != TZSP_ETHERNET || !tzsp_tags_skip(&in))
        return DECODED;
    return datagram_lead(d, in, LAYER_ETHERNET) ? tunnel_enter(d, TUNNEL_TZSP) : DECODED;
}
