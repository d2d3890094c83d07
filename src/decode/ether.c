/* Ethernet, VLAN tags, LLC and SNAP (IEEE 802.3, 802.1Q, 802.2). */
#include "decode/ether.h"

#include "decode/layer.h"

/* The frequent ones first. */
static const struct {
    uint16_t ethertype;
    uint8_t layer;
} ethertypes[] = {
    {ETHERTYPE_IPV4, LAYER_IPV4}, /* RFC 894 */
    {ETHERTYPE_IPV6, LAYER_IPV6}, /* RFC 2464 */
    {0x8100, LAYER_VLAN},         /* 802.1Q */
    {0x0806, LAYER_ARP},          /* RFC 826 */
    {0x88a8, LAYER_VLAN},         /* 802.1ad */
    {0x9100, LAYER_VLAN},         /* what was used before it */
    {0x8864, LAYER_PPPOE},        /* session */
    {0x8847, LAYER_MPLS},         /* RFC 5332 */
    {0x8848, LAYER_MPLS},         /* multicast */
    {0x88e7, LAYER_SERVICE_TAG},  /* 802.1ah */
    {0x894f, LAYER_NSH},          /* RFC 8300 */
    {0x8909, LAYER_TAG_6},        /* Cisco's metadata, with a security group */
    {0x8926, LAYER_TAG_4},        /* Cisco's VN-TAG */
    {0x893f, LAYER_TAG_6},        /* the E-TAG of 802.1BR */
    {0x892f, LAYER_TAG_4},        /* HSR (IEC 62439-3) */
    {0x88e5, LAYER_MACSEC},       /* 802.1AE */
};

enum layer ethertype_layer(uint16_t ethertype)
{
    for (size_t i = 0; i < sizeof ethertypes / sizeof ethertypes[0]; i++)
        if (ethertypes[i].ethertype == ethertype)
            return ethertypes[i].layer;
    return LAYER_NONE;
}

/* The field behind the addresses and behind each tag: an ethertype or the length of an LLC frame.
 */
static void type_follow(struct dissection *d, uint16_t type)
{
    if (type >= ETHERTYPE_MIN) {
        d->next = ethertype_layer(type);
        return;
    }
    cursor_limit(&d->in, type);
    d->next = LAYER_LLC;
}

enum decoded ethernet_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, ETHERNET_SIZE, &header))
        return TRUNCATED;
    packet_macs_set(d->packet, header);
    type_follow(d, wire_u16(header + MACS_SIZE));
    return DECODED;
}

/* An id of 0 only carries a priority: a frame with it belongs with those without a tag. */
static void vlan_note(struct dissection *d, uint16_t id)
{
    if (d->vlan_count < VLAN_MAX)
        d->packet->vlan[d->vlan_count++] = id;
    if (id != 0)
        d->context = context_mix(d->context, id);
}

/* Takes a stack of tags whole, so that its depth costs no layers. */
enum decoded vlan_decode(struct dissection *d)
{
    uint16_t tag, type;
    do {
        if (!cursor_u16(&d->in, &tag) || !cursor_u16(&d->in, &type))
            return TRUNCATED;
        vlan_note(d, tag & 0xfff);
        if (type < ETHERTYPE_MIN)
            break;
    } while (ethertype_layer(type) == LAYER_VLAN);
    type_follow(d, type);
    return DECODED;
}

static enum decoded tag_skip(struct dissection *d, size_t size)
{
    uint16_t type;
    if (!cursor_skip(&d->in, size) || !cursor_u16(&d->in, &type))
        return TRUNCATED;
    type_follow(d, type);
    return DECODED;
}

/* Tags that tell nothing of the packet behind them, by their size. */
enum decoded tag_4_decode(struct dissection *d)
{
    return tag_skip(d, 4);
}

enum decoded tag_6_decode(struct dissection *d)
{
    return tag_skip(d, 6);
}

enum { MACSEC_VERSION = 0x80, MACSEC_CHANNEL = 0x20, MACSEC_CHANGED = 0x0c };

/* Control, short length, packet number; the channel, if it is there. The packet can be read where
 * it is protected and not encrypted (IEEE 802.1AE 9.5); the check value behind it is no payload. */
enum decoded macsec_decode(struct dissection *d)
{
    uint8_t control;
    if (!cursor_peek(&d->in, &control))
        return TRUNCATED;
    if (control & (MACSEC_VERSION | MACSEC_CHANGED))
        return UNSUPPORTED;
    return tag_skip(d, control & MACSEC_CHANNEL ? 14 : 6);
}

/* The I-TAG of 802.1ah: 8 bits of flags and the service; behind it a customer's whole frame. */
enum decoded service_tag_decode(struct dissection *d)
{
    uint32_t tag;
    if (!cursor_u32(&d->in, &tag))
        return TRUNCATED;
    d->next = LAYER_ETHERNET;
    return tunnel_enter_id(d, TUNNEL_PBB, tag & 0xffffff);
}

enum { OUI_ETHERTYPE = 0, OUI_802_1H = 0x0000f8, OUI_BRIDGED = 0x0080c2 };

/* With and without the check sequence at its end. */
static bool is_bridged_ethernet(uint16_t protocol)
{
    return protocol == 1 || protocol == 7;
}

enum decoded snap_take(struct dissection *d, size_t bridged_padding)
{
    const uint8_t *snap;
    if (!cursor_take(&d->in, 5, &snap))
        return TRUNCATED;
    uint32_t oui = wire_u32(snap) >> 8;
    uint16_t protocol = wire_u16(snap + 3);
    if (oui == OUI_ETHERTYPE || oui == OUI_802_1H)
        d->next = ethertype_layer(protocol);
    if (oui != OUI_BRIDGED || !is_bridged_ethernet(protocol))
        return DECODED;
    d->next = LAYER_ETHERNET;
    return cursor_skip(&d->in, bridged_padding) ? DECODED : TRUNCATED;
}

enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, SAP_NETWORK = 0xfe, BRIDGED_PADDING = 2 };

/* SNAP with an OUI of zero, or of 802.1H, holds an ethertype (RFC 1042). SAP 6 is IP itself, and
 * behind FE there is an NLPID (RFC 2684 5.1). */
enum decoded llc_decode(struct dissection *d)
{
    const uint8_t *llc;
    if (!cursor_take(&d->in, 3, &llc))
        return TRUNCATED;
    if (llc[2] != 3 || llc[0] != llc[1]) /* unnumbered information, to where it is from */
        return DECODED;
    if (llc[0] == SAP_SNAP)
        return snap_take(d, BRIDGED_PADDING);
    if (llc[0] == SAP_IP)
        d->next = LAYER_IPV4;
    if (llc[0] == SAP_NETWORK)
        d->next = LAYER_NLPID;
    return DECODED;
}

static bool ethertype_plausible(uint16_t type, struct cursor in, size_t size)
{
    if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
        return false;
    return ip_plausible(in, type == ETHERTYPE_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6, size);
}

bool llc_plausible(struct cursor in, size_t size)
{
    const uint8_t *header;
    if (!cursor_take(&in, 8, &header) || size < 8)
        return false;
    if (wire_u32(header) >> 8 != 0xaaaa03 || wire_u32(header + 2) << 8 >> 8 != OUI_ETHERTYPE)
        return false;
    return ethertype_plausible(wire_u16(header + 6), in, size - 8);
}

bool ethernet_plausible(struct cursor in, size_t size)
{
    uint16_t type;
    size_t before = cursor_left(&in);
    if (!cursor_skip(&in, MACS_SIZE) || !cursor_u16(&in, &type))
        return false;
    for (int tags = 0; tags < VLAN_MAX && ethertype_layer(type) == LAYER_VLAN; tags++)
        if (!cursor_skip(&in, 2) || !cursor_u16(&in, &type))
            return false;
    size_t headers = before - cursor_left(&in);
    return size >= headers && ethertype_plausible(type, in, size - headers);
}
