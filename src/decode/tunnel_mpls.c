/* MPLS (RFC 3032, 5332) and Ethernet pseudowires over it (RFC 4448, 4385). */
#include "decode/layer.h"

enum { BOTTOM_OF_STACK = 0x100, CONTROL_WORD_SIZE = 4 };

/* Nothing says what a stack carries but its first nibble, and that may be of an address of Ethernet
 * (RFC 4928). So the payload is what makes sense: an Ethernet frame that carries IP, perhaps behind
 * a pseudowire's control word, which begins with four zero bits; or IP. Addresses in which an IP
 * header is seen are frequent, IP addresses in which a frame is seen are not. */
static enum layer payload_layer(struct dissection *d)
{
    uint8_t first;
    size_t size = dissection_wire_left(d);
    struct cursor frame = d->in;
    if (!cursor_peek(&d->in, &first))
        return LAYER_NONE;
    if (first >> 4 == 0 && cursor_skip(&frame, CONTROL_WORD_SIZE) &&
        ethernet_plausible(frame, size - CONTROL_WORD_SIZE)) {
        d->in = frame;
        return LAYER_ETHERNET;
    }
    if (ethernet_plausible(d->in, size))
        return LAYER_ETHERNET;
    return ip_plausible(d->in, FAMILY_NONE, size) ? LAYER_IP : LAYER_NONE;
}

enum decoded mpls_decode(struct dissection *d)
{
    uint32_t entry;
    do {
        if (!cursor_u32(&d->in, &entry))
            return TRUNCATED;
    } while (!(entry & BOTTOM_OF_STACK));
    d->next = payload_layer(d);
    if (d->next == LAYER_NONE && dissection_wire_left(d) > cursor_left(&d->in))
        return TRUNCATED; /* more of it might have told */
    return tunnel_enter_id(d, TUNNEL_MPLS, entry >> 12);
}
