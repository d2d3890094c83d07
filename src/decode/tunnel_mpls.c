/* MPLS (RFC 3032, 5332) and Ethernet pseudowires over it (RFC 4448, 4385). */
#include "decode/layer.h"

enum { BOTTOM_OF_STACK = 0x100, CONTROL_WORD_SIZE = 4 };

/* Nothing says what a stack carries but its first nibble, and that may be of an address of Ethernet
 * (RFC 4928). So the payload is what makes sense: an Ethernet frame that carries IP, perhaps behind
 * a pseudowire's control word, which begins with four zero bits; or IP. Addresses in which an IP
 * header is seen are frequent, IP addresses in which a frame is seen are not. */
static enum layer payload_layer(struct cursor *in, size_t size)
{
    uint8_t first;
    struct cursor frame = *in;
    if (!cursor_peek(in, &first))
        return LAYER_NONE;
    if (first >> 4 == 0 && cursor_skip(&frame, CONTROL_WORD_SIZE) &&
        ethernet_plausible(frame, size - CONTROL_WORD_SIZE)) {
        *in = frame;
        return LAYER_ETHERNET;
    }
    if (ethernet_plausible(*in, size))
        return LAYER_ETHERNET;
    return ip_plausible(*in, FAMILY_NONE, size) ? LAYER_IP : LAYER_NONE;
}

static bool stack_take(struct cursor *in, uint32_t *bottom)
{
    do {
        if (!cursor_u32(in, bottom))
            return false;
    } while (!(*bottom & BOTTOM_OF_STACK));
    return true;
}

enum decoded mpls_decode(struct dissection *d)
{
    uint32_t bottom;
    if (!stack_take(&d->in, &bottom))
        return TRUNCATED;
    d->next = payload_layer(&d->in, dissection_wire_left(d));
    if (d->next == LAYER_NONE && dissection_wire_left(d) > cursor_left(&d->in))
        return TRUNCATED; /* more of it might have told */
    return tunnel_enter_id(d, TUNNEL_MPLS, bottom >> 12);
}

/* RFC 7510. */
enum decoded mpls_in_udp_decode(struct dissection *d)
{
    struct cursor in = d->in;
    uint32_t bottom;
    if (!stack_take(&in, &bottom))
        return DECODED;
    enum layer layer = payload_layer(&in, datagram_rest(d, &in));
    if (layer == LAYER_NONE)
        return DECODED;
    d->in = in;
    d->next = layer;
    return tunnel_enter_id(d, TUNNEL_MPLS, bottom >> 12);
}
