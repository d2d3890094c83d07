#include "decode/wlan.h"

#include "decode/ether.h"
#include "decode/layer.h"

/* The first byte of frame control … */
enum {
    VERSION = 0x03,
    TYPE = 0x0c,
    TYPE_DATA = 0x08,
    NO_DATA = 0x40,
    QOS = 0x80,
};

/* … and the second. */
enum { BOTH_DS = 0x03, PROTECTED = 0x40, ORDER = 0x80 };

enum { FRAGMENT_AT = 22, FRAGMENT = 0x0f, AMSDU = 0x80, SUBFRAME_HEADER = 14 };

/* Frame control, duration, three addresses and sequence control; then a fourth address, QoS control
 * and HT control, each where it is there. */
static size_t data_header_size(uint8_t type, uint8_t flags)
{
    size_t size = 24;
    if ((flags & BOTH_DS) == BOTH_DS)
        size += 6;
    if (type & QOS)
        size += flags & ORDER ? 6 : 2;
    return size;
}

static bool is_amsdu(const uint8_t *header, uint8_t type, uint8_t flags)
{
    size_t qos_at = (flags & BOTH_DS) == BOTH_DS ? 30 : 24;
    return (type & QOS) && (header[qos_at] & AMSDU);
}

/* The first of them: two addresses and a length. */
static enum decoded subframe_take(struct cursor *in)
{
    const uint8_t *header;
    if (!cursor_take(in, SUBFRAME_HEADER, &header))
        return TRUNCATED;
    cursor_limit(in, wire_u16(header + SUBFRAME_HEADER - 2));
    return DECODED;
}

static enum decoded data_take(struct cursor *in, struct wlan_form form, bool *llc)
{
    const uint8_t *header = in->p;
    uint8_t type = header[form.swapped], flags = header[!form.swapped];
    size_t size = data_header_size(type, flags);
    size_t padding = form.padded ? -size & 3 : 0;
    if (!cursor_skip(in, size + padding))
        return TRUNCATED;
    if (flags & PROTECTED)
        return UNSUPPORTED;
    if (header[FRAGMENT_AT] & FRAGMENT)
        return DECODED;
    *llc = true;
    return is_amsdu(header, type, flags) ? subframe_take(in) : DECODED;
}

enum decoded wlan_take(struct cursor *in, struct wlan_form form, bool *llc)
{
    struct cursor ahead = *in;
    const uint8_t *control;
    *llc = false;
    if (!cursor_take(&ahead, 2, &control))
        return TRUNCATED;
    uint8_t type = control[form.swapped];
    if ((type & VERSION) != 0)
        return UNSUPPORTED;
    if ((type & TYPE) != TYPE_DATA || (type & NO_DATA))
        return DECODED;
    return data_take(in, form, llc);
}

/* Which of the addresses at 4, 10, 16 and 24 are those of the sender and of who is to get it (IEEE
 * 802.11 9.3.2.1): to and from the distribution system they are not the first two. */
static void wlan_note_macs(struct packet *packet, const uint8_t *header)
{
    enum { TO_DS = 1, FROM_DS = 2 };
    static const uint8_t dst_at[] = {[0] = 4, [TO_DS] = 16, [FROM_DS] = 4, [BOTH_DS] = 16};
    static const uint8_t src_at[] = {[0] = 10, [TO_DS] = 10, [FROM_DS] = 16, [BOTH_DS] = 24};
    if (is_amsdu(header, header[0], header[1]))
        return;
    packet_mac_set_dst(packet, header + dst_at[header[1] & BOTH_DS]);
    packet_mac_set_src(packet, header + src_at[header[1] & BOTH_DS]);
}

enum decoded wlan_decode(struct dissection *d)
{
    bool llc;
    const uint8_t *header = d->in.p;
    enum decoded decoded = wlan_take(&d->in, (struct wlan_form){.padded = d->wlan_padded}, &llc);
    if (decoded != DECODED || !llc)
        return decoded;
    wlan_note_macs(d->packet, header);
    d->next = LAYER_LLC;
    return DECODED;
}
