/* What crossing a tunnel means, and the tunnels that need no header of their own. */
#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/layer.h"

const char *const tunnel_names[TUNNEL_TYPES] = {
    [TUNNEL_NONE] = "none",     [TUNNEL_IPIP] = "ipip",           [TUNNEL_SIT] = "sit",
    [TUNNEL_PPPOE] = "pppoe",   [TUNNEL_MPLS] = "mpls",           [TUNNEL_GRE] = "gre",
    [TUNNEL_PPTP] = "pptp",     [TUNNEL_ERSPAN] = "erspan",       [TUNNEL_VXLAN] = "vxlan",
    [TUNNEL_GENEVE] = "geneve", [TUNNEL_GTPU] = "gtpu",           [TUNNEL_TEREDO] = "teredo",
    [TUNNEL_L2TP] = "l2tp",     [TUNNEL_L2TPV3] = "l2tpv3",       [TUNNEL_ETHERIP] = "etherip",
    [TUNNEL_NVGRE] = "nvgre",   [TUNNEL_VXLAN_GPE] = "vxlan_gpe", [TUNNEL_GUE] = "gue",
    [TUNNEL_CAPWAP] = "capwap", [TUNNEL_TZSP] = "tzsp",           [TUNNEL_NSH] = "nsh",
    [TUNNEL_PBB] = "pbb",
};

/* `bare`: it stands directly on the link, without an outer IP header. `one_way`: its id differs
 * between the two directions, which are one flow nevertheless. `passing`: a flow has it in one
 * direction and not in the other, as the last router but one takes labels off (RFC 3031 3.16). */
static const struct {
    bool bare, one_way, passing;
} tunnel_kinds[TUNNEL_TYPES] = {
    [TUNNEL_PPPOE] = {.bare = true},   [TUNNEL_MPLS] = {.bare = true, .passing = true},
    [TUNNEL_PPTP] = {.one_way = true}, [TUNNEL_GTPU] = {.one_way = true},
    [TUNNEL_L2TP] = {.one_way = true}, [TUNNEL_L2TPV3] = {.one_way = true},
    [TUNNEL_PBB] = {.bare = true},     [TUNNEL_NSH] = {.bare = true, .one_way = true},
};

/* The finaliser of MurmurHash3: a permutation of 32 bits. */
uint32_t context_mix(uint32_t context, uint32_t value)
{
    uint32_t h = (context * 31 + 0x9e3779b9u) ^ value;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    h ^= h >> 16;
    return h ? h : 1;
}

static uint32_t addr_mix(const struct addr *addr)
{
    uint32_t mixed = 0;
    for (size_t i = 0; i < sizeof addr->bytes; i += 4)
        mixed = context_mix(mixed, wire_u32(addr->bytes + i));
    return mixed;
}

/* The same for both directions. */
static uint32_t tunnel_mix(uint32_t context, const struct tunnel *tunnel)
{
    if (tunnel_kinds[tunnel->type].passing)
        return context;
    context = context_mix(context, 0x10000u + tunnel->type); /* beyond all VLAN ids */
    if (tunnel->has_id && !tunnel_kinds[tunnel->type].one_way)
        context = context_mix(context, tunnel->id);
    if (tunnel->family == FAMILY_NONE)
        return context;
    uint32_t src = addr_mix(&tunnel->src), dst = addr_mix(&tunnel->dst);
    return context_mix(context_mix(context, src + dst), src ^ dst);
}

static enum decoded enter(struct dissection *d, struct tunnel tunnel)
{
    if (d->tunnel_count == TUNNEL_MAX)
        return UNSUPPORTED;
    const struct headers *outer = &d->packet->ip;
    if (!tunnel_kinds[tunnel.type].bare) {
        tunnel.family = outer->family;
        tunnel.src = outer->src;
        tunnel.dst = outer->dst;
    }
    d->packet->tunnels->list[d->tunnel_count++] = tunnel;
    packet_macs_clear(d->packet); /* a frame inside has its own */
    d->context = tunnel_mix(d->context, &tunnel);
    return DECODED;
}

enum decoded tunnel_enter(struct dissection *d, enum tunnel_type type)
{
    return enter(d, (struct tunnel){.type = type});
}

enum decoded tunnel_enter_id(struct dissection *d, enum tunnel_type type, uint32_t id)
{
    return enter(d, (struct tunnel){.type = type, .has_id = true, .id = id});
}

enum decoded ipip_decode(struct dissection *d)
{
    d->next = LAYER_IPV4;
    return tunnel_enter(d, TUNNEL_IPIP);
}

enum decoded sit_decode(struct dissection *d)
{
    d->next = LAYER_IPV6;
    return tunnel_enter(d, d->packet->ip.family == FAMILY_IPV4 ? TUNNEL_SIT : TUNNEL_IPIP);
}

/* RFC 3378 3: the version, 3, and 12 reserved bits. */
enum decoded etherip_decode(struct dissection *d)
{
    uint16_t version;
    if (!cursor_u16(&d->in, &version))
        return TRUNCATED;
    if (version != 0x3000)
        return UNSUPPORTED;
    d->next = LAYER_ETHERNET;
    return tunnel_enter(d, TUNNEL_ETHERIP);
}

enum { L2TPV3_SKIP_MAX = 12 }; /* a cookie of 0, 4 or 8 bytes, and a sublayer of 0 or 4 */

/* RFC 3931 4.1.1: what is behind the session was agreed on when it was set up, and a frame is where
 * one makes sense (RFC 4719). */
enum decoded l2tpv3_decode(struct dissection *d)
{
    uint32_t session;
    if (!cursor_u32(&d->in, &session))
        return TRUNCATED;
    if (session == 0) /* a control message */
        return DECODED;
    size_t size = dissection_wire_left(d);
    for (size_t skip = 0; skip <= L2TPV3_SKIP_MAX && skip <= size; skip += 4) {
        struct cursor in = d->in;
        if (!cursor_skip(&in, skip) || !ethernet_plausible(in, size - skip))
            continue;
        d->in = in;
        d->next = LAYER_ETHERNET;
        return tunnel_enter_id(d, TUNNEL_L2TPV3, session);
    }
    return size > cursor_left(&d->in) ? TRUNCATED : DECODED; /* more of it might have told */
}

enum { NSH_SIZE_MIN = 8, NSH_VERSION = 0xc0, NSH_OAM = 0x20 };

static const uint8_t nsh_layers[256] = {
    [1] = LAYER_IPV4, [2] = LAYER_IPV6, [3] = LAYER_ETHERNET, [4] = LAYER_NSH, [5] = LAYER_MPLS,
};

/* RFC 8300 2.2: version and flags, length in words, metadata type, next protocol; service path and
 * index; metadata. */
enum decoded nsh_decode(struct dissection *d)
{
    struct cursor ahead = d->in;
    const uint8_t *header;
    if (!cursor_take(&ahead, NSH_SIZE_MIN, &header))
        return TRUNCATED;
    size_t size = (header[1] & 0x3f) * 4u;
    if (header[0] & NSH_VERSION)
        return UNSUPPORTED;
    if (size < NSH_SIZE_MIN)
        return MALFORMED;
    if (!cursor_skip(&d->in, size))
        return TRUNCATED;
    if (header[0] & NSH_OAM)
        return DECODED;
    d->next = nsh_layers[header[3]];
    return tunnel_enter_id(d, TUNNEL_NSH, wire_u32(header + 4) >> 8);
}

static bool ipv4_plausible(struct cursor in, size_t size)
{
    const uint8_t *header;
    if (!cursor_take(&in, IPV4_HEADER_SIZE, &header))
        return false;
    size_t own = (header[0] & 15) * 4u, total = wire_u16(header + 2);
    return own >= IPV4_HEADER_SIZE && total >= own && total <= size;
}

static bool ipv6_plausible(struct cursor in, size_t size)
{
    const uint8_t *header;
    if (!cursor_take(&in, IPV6_HEADER_SIZE, &header))
        return false;
    return (size_t)IPV6_HEADER_SIZE + wire_u16(header + 4) <= size;
}

bool ip_plausible(struct cursor in, enum family family, size_t size)
{
    uint8_t first;
    if (!cursor_peek(&in, &first) || (family != FAMILY_NONE && first >> 4 != family))
        return false;
    if (first >> 4 == FAMILY_IPV4)
        return ipv4_plausible(in, size);
    return first >> 4 == FAMILY_IPV6 && ipv6_plausible(in, size);
}

bool layer_plausible(enum layer layer, struct cursor in, size_t size)
{
    switch (layer) {
    case LAYER_IP:
        return ip_plausible(in, FAMILY_NONE, size);
    case LAYER_IPV4:
        return ip_plausible(in, FAMILY_IPV4, size);
    case LAYER_IPV6:
        return ip_plausible(in, FAMILY_IPV6, size);
    case LAYER_ETHERNET:
        return ethernet_plausible(in, size);
    default:
        return false;
    }
}
