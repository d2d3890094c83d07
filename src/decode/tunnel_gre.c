/* GRE (RFC 2784, 2890), PPTP's version of it (RFC 2637) and ERSPAN
 * (https://datatracker.ietf.org/doc/html/draft-foschiano-erspan). */
#include "decode/gre.h"
#include "decode/headers.h"
#include "decode/layer.h"

enum { GRE_PPP = 0x880b, GRE_ERSPAN = 0x88be, GRE_ETHERNET = 0x6558 };

/* Besides the ethertypes. */
static const struct {
    uint16_t protocol;
    uint8_t layer;
} gre_protocols[] = {
    {GRE_ETHERNET, LAYER_ETHERNET}, /* transparent Ethernet bridging, NVGRE */
    {GRE_PPP, LAYER_PPP},           {GRE_ERSPAN, LAYER_ERSPAN2},
    {0x22eb, LAYER_ERSPAN3},        {0x883e, LAYER_WCCP},
};

static enum layer gre_layer(uint16_t protocol)
{
    for (size_t i = 0; i < sizeof gre_protocols / sizeof gre_protocols[0]; i++)
        if (gre_protocols[i].protocol == protocol)
            return gre_protocols[i].layer;
    return ethertype_layer(protocol);
}

static enum decoded gre_enter(struct dissection *d, enum tunnel_type type)
{
    const struct headers *ip = &d->packet->ip;
    if (ip->has & HAS_GRE_KEY)
        return tunnel_enter_id(d, type, ip->gre_key);
    return tunnel_enter(d, type);
}

/* An acknowledgement alone has neither sequence number nor payload. */
static enum decoded pptp_decode(struct dissection *d, uint16_t flags, uint16_t protocol)
{
    if (protocol != GRE_PPP || !(flags & GRE_KEY))
        return MALFORMED;
    if (!(flags & GRE_SEQUENCE))
        return DECODED;
    d->next = LAYER_PPP;
    return gre_enter(d, TUNNEL_PPTP);
}

enum { SUBNET_MIN = 0x1000, SUBNET_MAX = 0xfffffe };

/* RFC 7637 3.2: a key of 24 bits of virtual subnet, of which some values are reserved, and 8 that
 * differ between the flows in it; and neither checksum nor sequence number. Other keys are those of
 * plain GRE, which carries Ethernet in the same way. */
static bool is_nvgre(const struct headers *ip, uint16_t flags, uint16_t protocol)
{
    uint32_t subnet = ip->gre_key >> 8;
    return protocol == GRE_ETHERNET && flags == GRE_KEY && subnet >= SUBNET_MIN &&
           subnet <= SUBNET_MAX;
}

/* ERSPAN without a sequence number is type I, which has no header of its own; the others enter
 * their tunnel themselves, with the id that it has. */
static enum decoded gre0_decode(struct dissection *d, uint16_t flags, uint16_t protocol)
{
    d->next = gre_layer(protocol);
    if (protocol == GRE_ERSPAN && !(flags & GRE_SEQUENCE)) {
        d->next = LAYER_ETHERNET;
        return tunnel_enter(d, TUNNEL_ERSPAN);
    }
    if (d->next == LAYER_NONE || d->next == LAYER_ERSPAN2 || d->next == LAYER_ERSPAN3)
        return DECODED;
    if (is_nvgre(&d->packet->ip, flags, protocol))
        return tunnel_enter_id(d, TUNNEL_NVGRE, d->packet->ip.gre_key >> 8);
    return gre_enter(d, TUNNEL_GRE);
}

enum decoded gre_decode(struct dissection *d)
{
    struct cursor header = d->in;
    uint16_t flags, protocol;
    enum decoded decoded = transport_decode(&d->in, &d->packet->ip);
    if (decoded != DECODED)
        return decoded;
    if (!cursor_u16(&header, &flags) || !cursor_u16(&header, &protocol))
        return TRUNCATED;
    if (flags & GRE_ROUTING)
        return UNSUPPORTED;
    switch (flags & GRE_VERSION) {
    case 0:
        return gre0_decode(d, flags, protocol);
    case 1:
        return pptp_decode(d, flags, protocol);
    default:
        return UNSUPPORTED;
    }
}

enum { ERSPAN_VERSION_2 = 1, ERSPAN_VERSION_3 = 2, ERSPAN_SESSION = 0x3ff };

enum decoded erspan2_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 8, &header))
        return TRUNCATED;
    if (header[0] >> 4 != ERSPAN_VERSION_2)
        return UNSUPPORTED;
    d->next = LAYER_ETHERNET;
    return tunnel_enter_id(d, TUNNEL_ERSPAN, wire_u16(header + 2) & ERSPAN_SESSION);
}

/* The last two bytes: P, frame type in 5 bits, hardware in 6, direction, granularity in 2, and
 * whether 8 bytes that depend on the platform follow. */
enum decoded erspan3_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 12, &header))
        return TRUNCATED;
    if (header[0] >> 4 != ERSPAN_VERSION_3)
        return UNSUPPORTED;
    if ((header[11] & 1) && !cursor_skip(&d->in, 8))
        return TRUNCATED;
    uint8_t frame_type = wire_u16(header + 10) >> 10 & 0x1f;
    static const uint8_t frame_layers[32] = {[0] = LAYER_ETHERNET, [2] = LAYER_IP};
    d->next = frame_layers[frame_type];
    return tunnel_enter_id(d, TUNNEL_ERSPAN, wire_u16(header + 2) & ERSPAN_SESSION);
}

/* Packets that a router hands to a web cache: IPv4, in the second version of WCCP behind 4 bytes
 * that never begin like it. */
enum decoded wccp_decode(struct dissection *d)
{
    uint8_t first;
    if (!cursor_peek(&d->in, &first))
        return TRUNCATED;
    if (first >> 4 != FAMILY_IPV4 && !cursor_skip(&d->in, 4))
        return TRUNCATED;
    d->next = LAYER_IPV4;
    return DECODED;
}
