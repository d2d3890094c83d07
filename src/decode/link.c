/* Link types, and the cooked ones of Linux. */
#include "decode/decode.h"
#include "decode/ether.h"
#include "decode/layer.h"

struct link_type {
    uint8_t layer; /* enum layer */
    uint8_t skip;  /* bytes in front of it that say nothing of what follows */
    const char *name;
};

/* By LINKTYPE value (https://www.tcpdump.org/linktypes.html); 12 and 14 are what some systems
 * wrote for 101. */
static const struct link_type link_types[] = {
    [0] = {LAYER_NULL, 0, "BSD loopback"},
    [LINKTYPE_ETHERNET] = {LAYER_ETHERNET, 0, "Ethernet"},
    [6] = {LAYER_TOKEN_RING, 0, "Token Ring"},
    [8] = {LAYER_IP, 16, "SLIP"}, /* direction, and what its compressed header was */
    [9] = {LAYER_PPP, 0, "PPP"},
    [10] = {LAYER_FDDI, 0, "FDDI"},
    [12] = {LAYER_IP, 0, "raw IP"},
    [14] = {LAYER_IP, 0, "raw IP"},
    [50] = {LAYER_PPP_HDLC, 0, "PPP over serial lines"},
    [51] = {LAYER_PPPOE, 0, "PPP over Ethernet"},
    [100] = {LAYER_LLC, 0, "ATM with LLC"},
    [101] = {LAYER_IP, 0, "raw IP"},
    [104] = {LAYER_CHDLC, 0, "Cisco HDLC"},
    [105] = {LAYER_WLAN, 0, "802.11"},
    [107] = {LAYER_FRAME_RELAY, 0, "Frame Relay"},
    [108] = {LAYER_NULL, 0, "OpenBSD loopback"},
    [109] = {LAYER_ENC, 0, "OpenBSD IPsec"},
    [113] = {LAYER_SLL, 0, "Linux cooked, version 1"},
    [117] = {LAYER_PFLOG, 0, "OpenBSD packet filter log"},
    [119] = {LAYER_PRISM, 0, "802.11 with a Prism header"},
    [122] = {LAYER_LLC, 16, "IP over Fibre Channel"}, /* network addresses (RFC 2625 3.1) */
    [127] = {LAYER_RADIOTAP, 0, "802.11 with a radiotap header"},
    [138] = {LAYER_ETHERTYPE, 16, "IP over IEEE 1394"}, /* destination and source */
    [163] = {LAYER_AVS, 0, "802.11 with an AVS header"},
    [166] = {LAYER_PPP, 2, "PPP with direction"}, /* which took the place of address, control */
    [192] = {LAYER_PPI, 0, "per-packet information"},
    [204] = {LAYER_PPP_HDLC, 1, "PPP with direction"},
    [205] = {LAYER_CHDLC, 1, "Cisco HDLC with direction"},
    [206] = {LAYER_FRAME_RELAY, 1, "Frame Relay with direction"},
    [219] = {LAYER_MPLS, 0, "MPLS"},
    [226] = {LAYER_IPNET, 0, "Solaris ipnet"},
    [228] = {LAYER_IPV4, 0, "raw IPv4"},
    [229] = {LAYER_IPV6, 0, "raw IPv6"},
    [239] = {LAYER_NFLOG, 0, "Linux netfilter log"},
    [240] = {LAYER_ETHERNET, 4, "netANALYZER"},
    [241] = {LAYER_ETHERNET, 12, "netANALYZER, transparent"}, /* with preamble and delimiter */
    [242] = {LAYER_IPOIB, 0, "IP over InfiniBand"},
    [258] = {LAYER_PKTAP, 0, "Apple PKTAP"},
    [276] = {LAYER_SLL2, 0, "Linux cooked, version 2"},
    [281] = {LAYER_TAG_4, 12, "Ethernet with a Broadcom tag"}, /* addresses */
    [282] = {LAYER_ETHERNET, 4, "Ethernet behind a Broadcom tag"},
    [284] = {LAYER_TAG_4, 12, "Ethernet with a DSA tag"},
    [285] = {LAYER_TAG_6, 14, "Ethernet with an EDSA tag"}, /* of 8 bytes */
};

enum { LINK_TYPES = sizeof link_types / sizeof link_types[0] };

enum decoded link_enter(struct dissection *d, uint32_t link_type)
{
    if (link_type >= LINK_TYPES || link_types[link_type].layer == LAYER_NONE)
        return UNSUPPORTED;
    const struct link_type *row = &link_types[link_type];
    if (!cursor_skip(&d->in, row->skip))
        return TRUNCATED;
    d->next = row->layer;
    return DECODED;
}

bool decode_link_type_known(uint16_t link_type, const char **name)
{
    bool known = link_type < LINK_TYPES && link_types[link_type].layer != LAYER_NONE;
    if (name)
        *name = known ? link_types[link_type].name : NULL;
    return known;
}

enum { PROTOCOL_802_2 = 4 }; /* LINUX_SLL: the payload begins with LLC */
enum { ARPHRD_ETHER = 1 };

/* ARPHRD_ types of which the protocol field tells nothing, and what their payload begins with. */
static const struct {
    uint16_t hardware;
    uint8_t layer;
} cooked_hardware[] = {
    {770, LAYER_FRAME_RELAY}, {801, LAYER_NONE}, /* 802.11, where Linux has no header to give */
    {802, LAYER_NONE},        {803, LAYER_RADIOTAP}, {824, LAYER_NONE}, /* netlink */
};

static enum layer cooked_layer(uint16_t hardware, uint16_t protocol)
{
    for (size_t i = 0; i < sizeof cooked_hardware / sizeof cooked_hardware[0]; i++)
        if (cooked_hardware[i].hardware == hardware)
            return cooked_hardware[i].layer;
    return protocol == PROTOCOL_802_2 ? LAYER_LLC : ethertype_layer(protocol);
}

/* LINUX_SLL: packet type, ARPHRD type, length and 8 bytes of address, protocol. */
enum decoded sll_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 16, &header))
        return TRUNCATED;
    if (wire_u16(header + 2) == ARPHRD_ETHER && wire_u16(header + 4) == MAC_SIZE)
        packet_mac_set_src(d->packet, header + 6);
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
    if (wire_u16(header + 8) == ARPHRD_ETHER && header[11] == MAC_SIZE)
        packet_mac_set_src(d->packet, header + 12);
    d->packet->interface = wire_u32(header + 4);
    d->next = cooked_layer(wire_u16(header + 8), wire_u16(header));
    return DECODED;
}
