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
    {0x88a8, LAYER_VLAN},         /* 802.1ad */
    {0x9100, LAYER_VLAN},         /* what was used before it */
    {0x8864, LAYER_PPPOE},        /* session */
    {0x8847, LAYER_MPLS},         /* RFC 5332 */
    {0x8848, LAYER_MPLS},
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

/* SNAP with an OUI of zero, or of 802.1H, holds an ethertype (RFC 1042). SAP 6 is IP itself. */
enum decoded llc_decode(struct dissection *d)
{
    const uint8_t *llc, *snap;
    if (!cursor_take(&d->in, 3, &llc))
        return TRUNCATED;
    bool information = llc[2] == 3 && llc[0] == llc[1];
    if (information && llc[0] == 0x06)
        d->next = LAYER_IPV4;
    if (!information || llc[0] != 0xaa)
        return DECODED;
    if (!cursor_take(&d->in, 5, &snap))
        return TRUNCATED;
    uint32_t oui = wire_u32(snap) >> 8;
    if (oui == 0 || oui == 0x0000f8)
        d->next = ethertype_layer(wire_u16(snap + 3));
    return DECODED;
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
    if (size < headers || (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6))
        return false;
    return ip_plausible(in, type == ETHERTYPE_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6, size - headers);
}
