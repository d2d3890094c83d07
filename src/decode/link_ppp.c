/* PPP (RFC 1661, 1662, 2516) and Cisco's HDLC, which looks like it. */
#include "decode/layer.h"

static const struct {
    uint16_t protocol;
    uint8_t layer;
} ppp_protocols[] = {
    {0x0021, LAYER_IPV4},
    {0x0057, LAYER_IPV6},
    {0x0281, LAYER_MPLS},
    {0x0283, LAYER_MPLS},
};

enum layer ppp_layer(uint16_t protocol)
{
    for (size_t i = 0; i < sizeof ppp_protocols / sizeof ppp_protocols[0]; i++)
        if (ppp_protocols[i].protocol == protocol)
            return ppp_protocols[i].layer;
    return LAYER_NONE;
}

bool ppp_protocol_take(struct cursor *in, uint16_t *protocol)
{
    uint8_t first, second;
    if (!cursor_u8(in, &first))
        return false;
    if (first == 0xff && (!cursor_skip(in, 1) || !cursor_u8(in, &first)))
        return false;
    *protocol = first;
    if (first & 1) /* the last byte of a protocol number is odd, the one before it even */
        return true;
    if (!cursor_u8(in, &second))
        return false;
    *protocol = (uint16_t)(first << 8 | second);
    return true;
}

enum decoded ppp_decode(struct dissection *d)
{
    uint16_t protocol;
    if (!ppp_protocol_take(&d->in, &protocol))
        return TRUNCATED;
    d->next = ppp_layer(protocol);
    return DECODED;
}

/* Cisco's framing has its own addresses, of unicast and of multicast. */
enum { CISCO_UNICAST = 0x0f, CISCO_MULTICAST = 0x8f };

enum decoded ppp_hdlc_decode(struct dissection *d)
{
    uint8_t address;
    if (!cursor_peek(&d->in, &address))
        return TRUNCATED;
    d->next = address == CISCO_UNICAST || address == CISCO_MULTICAST ? LAYER_CHDLC : LAYER_PPP;
    return DECODED;
}

enum decoded chdlc_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 4, &header))
        return TRUNCATED;
    d->next = ethertype_layer(wire_u16(header + 2));
    return DECODED;
}

enum decoded pppoe_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 6, &header))
        return TRUNCATED;
    if (header[0] != 0x11) /* version 1, type 1 */
        return MALFORMED;
    if (header[1] != 0) /* a session has code 0; others are discovery */
        return DECODED;
    cursor_limit(&d->in, wire_u16(header + 4));
    d->next = LAYER_PPP;
    return tunnel_enter_id(d, TUNNEL_PPPOE, wire_u16(header + 2));
}
