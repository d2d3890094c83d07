/* What hosts put in front of a packet that they hand on instead of a frame: an address family, or
 * a header in which one stands. */
#include "capture/bytes.h"
#include "decode/layer.h"

/* AF_INET is 2 everywhere; AF_INET6 is what Linux, NetBSD and OpenBSD, Solaris, FreeBSD, macOS
 * have. */
static const uint8_t address_families[] = {
    [2] = LAYER_IPV4,  [10] = LAYER_IPV6, [24] = LAYER_IPV6,
    [26] = LAYER_IPV6, [28] = LAYER_IPV6, [30] = LAYER_IPV6,
};

enum layer family_layer(uint32_t family)
{
    return family < sizeof address_families ? address_families[family] : LAYER_NONE;
}

/* In the byte order of the host that captured, or of the network: as every value is small, it
 * tells the order itself. */
static enum layer family_word_layer(uint32_t family)
{
    if (family > 0xffff)
        family = family >> 24 | (family >> 8 & 0xff00) | (family & 0xff00) << 8;
    return family_layer(family);
}

/* NULL and LOOP. */
enum decoded null_decode(struct dissection *d)
{
    uint32_t family;
    if (!cursor_u32(&d->in, &family))
        return TRUNCATED;
    d->next = family_word_layer(family);
    return DECODED;
}

/* Family, SPI and flags: packets on their way into or out of IPsec. */
enum decoded enc_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 12, &header))
        return TRUNCATED;
    d->next = family_word_layer(wire_u32(header));
    return DECODED;
}

enum { PFLOG_SIZE_MIN = 45 }; /* without its padding, of the oldest form there is */

/* Length, family and what the filter did: longer in each version, and filled up to a multiple of 4
 * bytes, which the length leaves out. */
enum decoded pflog_decode(struct dissection *d)
{
    const uint8_t *header;
    struct cursor in = d->in;
    if (!cursor_take(&in, 2, &header))
        return TRUNCATED;
    if (header[0] < PFLOG_SIZE_MIN)
        return MALFORMED;
    if (!cursor_skip(&d->in, (header[0] + 3u) & ~3u))
        return TRUNCATED;
    d->next = family_layer(header[1]);
    return DECODED;
}

/* Version, family, hook, length, two interfaces and two zones. */
enum decoded ipnet_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 24, &header))
        return TRUNCATED;
    d->next = family_layer(header[1]);
    return DECODED;
}

enum { NFLOG_PAYLOAD = 9, ATTRIBUTE_HEADER = 4, ATTRIBUTE_TYPE = 0x3fff };

/* Leaves `in` over what the attribute holds that is the packet. Their headers are in the byte order
 * of this machine: capture/ turned those of others. */
static enum decoded nflog_payload_find(struct cursor *in)
{
    const uint8_t *header;
    while (cursor_take(in, ATTRIBUTE_HEADER, &header)) {
        uint16_t length = bytes_u16(header, bytes_host_big_endian());
        uint16_t type = bytes_u16(header + 2, bytes_host_big_endian());
        if (length < ATTRIBUTE_HEADER)
            return MALFORMED;
        if ((type & ATTRIBUTE_TYPE) == NFLOG_PAYLOAD) {
            cursor_limit(in, length - ATTRIBUTE_HEADER);
            return DECODED;
        }
        if (!cursor_skip(in, ((length + 3u) & ~3u) - ATTRIBUTE_HEADER))
            return TRUNCATED;
    }
    return TRUNCATED;
}

/* Family, version and group; then attributes. Where all of them were captured and none is a packet,
 * there was none to log. */
enum decoded nflog_decode(struct dissection *d)
{
    const uint8_t *header;
    if (!cursor_take(&d->in, 4, &header))
        return TRUNCATED;
    if (header[1] != 0)
        return UNSUPPORTED;
    enum decoded decoded = nflog_payload_find(&d->in);
    if (decoded == DECODED)
        d->next = family_layer(header[0]);
    return decoded == TRUNCATED && !d->packet->snapped ? DECODED : decoded;
}

enum { PKTAP_SIZE_MIN = 12, PKTAP_PACKET = 1 };

/* Little-endian: length, record type and link type, with much behind them. */
enum decoded pktap_decode(struct dissection *d)
{
    struct cursor in = d->in;
    const uint8_t *header;
    if (!cursor_take(&in, PKTAP_SIZE_MIN, &header))
        return TRUNCATED;
    uint32_t size = bytes_u32(header, false);
    if (size < PKTAP_SIZE_MIN)
        return MALFORMED;
    if (!cursor_skip(&d->in, size))
        return TRUNCATED;
    if (bytes_u32(header + 4, false) != PKTAP_PACKET)
        return DECODED;
    return link_enter(d, bytes_u32(header + 8, false));
}
