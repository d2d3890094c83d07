/* What captures put in front of 802.11 frames: radiotap (https://www.radiotap.org), PPI, AVS and
 * Prism headers. */
#include "capture/bytes.h"
#include "decode/layer.h"

enum { PRESENT_AT = 4, PRESENT_TSFT = 0x1, PRESENT_FLAGS = 0x2, FCS_SIZE = 4 };
enum { FLAG_FCS = 0x10, FLAG_PADDED = 0x20, FLAG_BAD_FCS = 0x40 };

static const uint32_t present_more = 0x80000000;

/* Of fields only the flags matter, which are the first or, behind a time aligned to 8 bytes, the
 * second: the bits of further words are of fields behind them. */
static bool radiotap_flags_take(struct cursor header, uint8_t *flags)
{
    const uint8_t *start = header.p, *word;
    if (!cursor_skip(&header, PRESENT_AT) || !cursor_take(&header, 4, &word))
        return false;
    uint32_t present = bytes_u32(word, false);
    for (uint32_t more = present; more & present_more; more = bytes_u32(word, false))
        if (!cursor_take(&header, 4, &word))
            return false;
    size_t padding = -(size_t)(header.p - start) & 7;
    if ((present & PRESENT_TSFT) && !cursor_skip(&header, padding + 8))
        return false;
    *flags = 0;
    return !(present & PRESENT_FLAGS) || cursor_u8(&header, flags);
}

/* Of a frame that was cut the end is not the check sequence. */
static void check_sequence_drop(struct dissection *d)
{
    size_t left = cursor_left(&d->in);
    if (!d->packet->snapped)
        cursor_limit(&d->in, left < FCS_SIZE ? 0 : left - FCS_SIZE);
}

/* A frame whose check sequence is wrong is not what was sent: nothing of it is believed. */
enum decoded radiotap_decode(struct dissection *d)
{
    struct cursor ahead = d->in;
    const uint8_t *header;
    uint8_t flags;
    if (!cursor_take(&ahead, 4, &header))
        return TRUNCATED;
    if (header[0] != 0)
        return UNSUPPORTED;
    size_t size = bytes_u16(header + 2, false);
    if (cursor_left(&d->in) < size)
        return TRUNCATED;
    if (!radiotap_flags_take(cursor_cut(&d->in, size), &flags) || (flags & FLAG_BAD_FCS))
        return MALFORMED;
    if (flags & FLAG_FCS)
        check_sequence_drop(d);
    d->wlan_padded = flags & FLAG_PADDED;
    d->next = LAYER_WLAN;
    return DECODED;
}

enum { PPI_SIZE_MIN = 8 };

/* Version, flags, length and link type, little-endian; fields behind them. */
enum decoded ppi_decode(struct dissection *d)
{
    struct cursor ahead = d->in;
    const uint8_t *header;
    if (!cursor_take(&ahead, PPI_SIZE_MIN, &header))
        return TRUNCATED;
    uint16_t size = bytes_u16(header + 2, false);
    if (header[0] != 0)
        return UNSUPPORTED;
    if (size < PPI_SIZE_MIN)
        return MALFORMED;
    if (!cursor_skip(&d->in, size))
        return TRUNCATED;
    return link_enter(d, bytes_u32(header + 4, false));
}

enum { AVS_SIZE_MIN = 64, PRISM_SIZE = 144 };

static const uint32_t avs_magic = 0x80211000, avs_magic_mask = 0xfffff000;

/* Version and length, big-endian. */
enum decoded avs_decode(struct dissection *d)
{
    struct cursor ahead = d->in;
    const uint8_t *header;
    if (!cursor_take(&ahead, 8, &header))
        return TRUNCATED;
    uint32_t size = wire_u32(header + 4);
    if (size < AVS_SIZE_MIN)
        return MALFORMED;
    if (!cursor_skip(&d->in, size))
        return TRUNCATED;
    d->next = LAYER_WLAN;
    return DECODED;
}

/* Drivers give either header under this link type. */
enum decoded prism_decode(struct dissection *d)
{
    struct cursor ahead = d->in;
    uint32_t magic;
    if (!cursor_u32(&ahead, &magic))
        return TRUNCATED;
    if ((magic & avs_magic_mask) == avs_magic) {
        d->next = LAYER_AVS;
        return DECODED;
    }
    if (!cursor_skip(&d->in, PRISM_SIZE))
        return TRUNCATED;
    d->next = LAYER_WLAN;
    return DECODED;
}
