/* Link types, and those whose header is no more than a protocol number. */
#include "decode/decode.h"
#include "decode/ether.h"
#include "decode/layer.h"

struct link_type {
    enum layer layer;
    const char *name;
};

/* By LINKTYPE value (https://www.tcpdump.org/linktypes.html); 12 and 14 are what some systems
 * wrote for 101. */
static const struct link_type link_types[] = {
    [0] = {LAYER_NULL, "BSD loopback"},
    [LINKTYPE_ETHERNET] = {LAYER_ETHERNET, "Ethernet"},
    [9] = {LAYER_PPP, "PPP"},
    [12] = {LAYER_IP, "raw IP"},
    [14] = {LAYER_IP, "raw IP"},
    [50] = {LAYER_PPP_HDLC, "PPP over serial lines"},
    [51] = {LAYER_PPPOE, "PPP over Ethernet"},
    [101] = {LAYER_IP, "raw IP"},
    [104] = {LAYER_CHDLC, "Cisco HDLC"},
    [108] = {LAYER_NULL, "OpenBSD loopback"},
    [113] = {LAYER_SLL, "Linux cooked, version 1"},
    [228] = {LAYER_IPV4, "raw IPv4"},
    [229] = {LAYER_IPV6, "raw IPv6"},
    [276] = {LAYER_SLL2, "Linux cooked, version 2"},
};

enum { LINK_TYPES = sizeof link_types / sizeof link_types[0] };

enum layer link_layer(uint16_t link_type)
{
    return link_type < LINK_TYPES ? link_types[link_type].layer : LAYER_NONE;
}

bool decode_link_type_known(uint16_t link_type, const char **name)
{
    if (name)
        *name = link_type < LINK_TYPES ? link_types[link_type].name : NULL;
    return link_layer(link_type) != LAYER_NONE;
}

/* AF_INET is 2 everywhere; AF_INET6 is what Linux, NetBSD and OpenBSD, FreeBSD, macOS have. */
static const uint8_t address_families[] = {
    [2] = LAYER_IPV4, [10] = LAYER_IPV6, [24] = LAYER_IPV6, [28] = LAYER_IPV6, [30] = LAYER_IPV6,
};

/* In the byte order of the host that captured (NULL) or of the network (LOOP); as every value is
 * small, it tells the order itself. */
enum decoded null_decode(struct dissection *d)
{
    uint32_t family;
    if (!cursor_u32(&d->in, &family))
        return TRUNCATED;
    if (family > 0xffff)
        family = family >> 24 | (family >> 8 & 0xff00) | (family & 0xff00) << 8;
    if (family < sizeof address_families)
        d->next = address_families[family];
    return DECODED;
}

enum { PROTOCOL_802_2 = 4 }; /* LINUX_SLL: the payload begins with LLC */

/* ARPHRD_ types whose protocol field is no ethertype: 802.11 in three forms, netlink. */
static bool hardware_without_ethertype(uint16_t hardware)
{
    return (hardware >= 801 && hardware <= 803) || hardware == 824;
}

static enum layer cooked_layer(uint16_t hardware, uint16_t protocol)
{
    if (hardware_without_ethertype(hardware))
        return LAYER_NONE;
    return protocol == PROTOCOL_802_2 ? LAYER_LLC : ethertype_layer(protocol);
}

/* LINUX_SLL: packet type, ARPHRD type, length and 8 bytes of address, protocol. */
enum decoded sll_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 16, &header))
        return TRUNCATED;
    d->next = cooked_layer(wire_u16(header + 2), wire_u16(header + 14));
    return DECODED;
}

/* LINUX_SLL2: protocol, 2 reserved, interface, ARPHRD type, packet type, length and 8 of address.
 */
enum decoded sll2_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 20, &header))
        return TRUNCATED;
    d->next = cooked_layer(wire_u16(header + 8), wire_u16(header));
    return DECODED;
}
