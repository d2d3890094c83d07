/* CAPWAP (RFC 5415): what an access point hands to its controller, 802.11 or 802.3 frames. */
#include "decode/layer.h"
#include "decode/wlan.h"

/* RFC 5415 4.3. The first byte is a version and a type, both 0 where it is not encrypted; then the
 * length of the header in words and the binding, and flags; the second word ends with reserved
 * bits. */
static const uint32_t preamble = 0xff000000;

enum {
    NATIVE = 0x100, /* frames of the binding's kind, else of 802.3 */
    FRAGMENT = 0x80,
    KEEP_ALIVE = 0x08,
    RESERVED = 0x07,
    BINDING_802_11 = 1,
    HEADER_MIN = 8,
    FRAME_MAX = 65535, /* of a frame in fragments: what it holds is not said */
};

static size_t header_size(uint32_t fields)
{
    return (fields >> 19 & 0x1f) * 4;
}

static bool header_valid(uint32_t fields, uint32_t fragment)
{
    if ((fields & (preamble | KEEP_ALIVE | RESERVED)) || (fragment & RESERVED))
        return false;
    if ((fields & FRAGMENT) && (fragment & 0xffff) != 0)
        return false; /* a later one */
    return header_size(fields) >= HEADER_MIN;
}

/* Moves `in` behind the header of an 802.11 frame of IP. Some access points swap the bytes of frame
 * control. */
static bool wlan_enter(struct cursor *in, size_t size)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct cursor frame = *in;
        bool llc;
        if (wlan_take(&frame, (struct wlan_form){.swapped = swapped}, &llc) != DECODED || !llc)
            continue;
        size_t taken = (size_t)(frame.p - in->p);
        if (size < taken || !llc_plausible(frame, size - taken))
            continue;
        *in = frame;
        return true;
    }
    return false;
}

static enum layer frame_layer(struct cursor *in, uint32_t fields, size_t size)
{
    if (!(fields & NATIVE))
        return ethernet_plausible(*in, size) ? LAYER_ETHERNET : LAYER_NONE;
    bool is_wlan = (fields >> 9 & 0x1f) == BINDING_802_11;
    return is_wlan && wlan_enter(in, size) ? LAYER_LLC : LAYER_NONE;
}

enum decoded capwap_decode(struct dissection *d)
{
    struct cursor in = d->in, words = d->in;
    uint32_t fields, fragment;
    if (!cursor_u32(&words, &fields) || !cursor_u32(&words, &fragment))
        return DECODED;
    if (!header_valid(fields, fragment) || !cursor_skip(&in, header_size(fields)))
        return DECODED;
    size_t size = fields & FRAGMENT ? FRAME_MAX : datagram_rest(d, &in);
    enum layer layer = frame_layer(&in, fields, size);
    if (layer == LAYER_NONE)
        return DECODED;
    d->in = in;
    d->next = layer;
    return tunnel_enter(d, TUNNEL_CAPWAP);
}
