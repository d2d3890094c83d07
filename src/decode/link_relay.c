/* Frame Relay (ITU-T Q.922, RFC 2427) and the network layer protocol identifiers in it. */
#include "decode/layer.h"

enum { ADDRESS_END = 1, ADDRESS_MAX = 4, UNNUMBERED = 3 };

/* Each byte but the last has its lowest bit clear. */
static enum decoded address_take(struct cursor *in)
{
    uint8_t byte;
    int size = 0;
    do {
        if (!cursor_u8(in, &byte))
            return TRUNCATED;
    } while (!(byte & ADDRESS_END) && ++size < ADDRESS_MAX);
    return size > 0 && size < ADDRESS_MAX ? DECODED : MALFORMED;
}

/* What is behind the address is a control byte, perhaps a byte of padding, and an NLPID; or, as
 * Cisco's routers have it, an ethertype, whose first byte is never that of a control field. */
enum decoded frame_relay_decode(struct dissection *d)
{
    uint8_t control, pad;
    enum decoded decoded = address_take(&d->in);
    if (decoded != DECODED)
        return decoded;
    if (!cursor_peek(&d->in, &control))
        return TRUNCATED;
    if (control != UNNUMBERED) {
        d->next = LAYER_ETHERTYPE;
        return DECODED;
    }
    if (!cursor_skip(&d->in, 1) || !cursor_peek(&d->in, &pad))
        return TRUNCATED;
    if (pad == 0)
        cursor_skip(&d->in, 1);
    d->next = LAYER_NLPID;
    return DECODED;
}

enum { NLPID_SNAP = 0x80 };

static const uint8_t nlpids[256] = {
    [0x8e] = LAYER_IPV6, [0xcc] = LAYER_IPV4, [0xcf] = LAYER_PPP, /* RFC 1973, 2364 */
};

enum decoded nlpid_decode(struct dissection *d)
{
    uint8_t nlpid;
    if (!cursor_u8(&d->in, &nlpid))
        return TRUNCATED;
    if (nlpid == NLPID_SNAP) /* RFC 2427 4.1 */
        return snap_take(d, 0);
    d->next = nlpids[nlpid];
    return DECODED;
}
