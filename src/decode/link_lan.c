/* Networks that are not Ethernet and carry LLC or an ethertype: Token Ring (IEEE 802.5), FDDI, IP
 * over InfiniBand. */
#include "decode/layer.h"

/* An ethertype and nothing else. */
enum decoded ethertype_decode(struct dissection *d)
{
    uint16_t type;
    if (!cursor_u16(&d->in, &type))
        return TRUNCATED;
    d->next = ethertype_layer(type);
    return DECODED;
}

enum { RING_FRAME_TYPE = 0xc0, RING_LLC = 0x40, ROUTED = 0x80, ROUTE_LENGTH = 0x1f };

/* Access control, frame control, two addresses; and the route through bridges, if the source
 * address says that there is one. */
enum decoded token_ring_decode(struct dissection *d)
{
    const uint8_t *header;
    uint8_t route;
    if (!cursor_take(&d->in, 14, &header))
        return TRUNCATED;
    if (header[8] & ROUTED) {
        if (!cursor_peek(&d->in, &route) || !cursor_skip(&d->in, route & ROUTE_LENGTH))
            return TRUNCATED;
    }
    if ((header[1] & RING_FRAME_TYPE) == RING_LLC)
        d->next = LAYER_LLC;
    return DECODED;
}

enum { FDDI_CLASS = 0xf0, FDDI_LLC_ASYNCHRONOUS = 0x50 };

/* Frame control and two addresses. */
enum decoded fddi_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 13, &header))
        return TRUNCATED;
    if ((header[0] & FDDI_CLASS) == FDDI_LLC_ASYNCHRONOUS)
        d->next = LAYER_LLC;
    return DECODED;
}

/* Two addresses of 20 bytes; ethertype and 2 reserved bytes (RFC 4391 6). */
enum decoded ipoib_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 44, &header))
        return TRUNCATED;
    d->next = ethertype_layer(wire_u16(header + 40));
    return DECODED;
}
