#include "decode/quote.h"

#include <string.h>

#include "decode/checksum.h"
#include "decode/headers.h"

/* ---- how much is quoted --------------------------------------------------------------------- */

/* Bytes up to the last captured one that is not zero. */
static uint32_t count_to_last_nonzero(struct cursor in)
{
    const uint8_t *end = in.end;
    while (end > in.p && end[-1] == 0)
        end--;
    return (uint32_t)(end - in.p);
}

/* Zeros behind the end that the header claims are padding. Anything else there says that the claim
 * is wrong: hosts are known to have changed it. */
static uint32_t count_quoted(const struct extent *from, const struct headers *ip)
{
    uint32_t claimed = ip->total_length;
    if (claimed < ip->header_length || claimed >= from->wire)
        return from->wire;
    return count_to_last_nonzero(from->in) <= claimed ? claimed : from->wire;
}

static void decode_headers(const struct extent *from, struct quote *out)
{
    struct cursor in = from->in;
    out->bytes = from->wire;
    if (ip_decode(&in, &out->ip, IP_QUOTED) != DECODED)
        return;

    out->bytes = count_quoted(from, &out->ip);
    if (out->bytes >= out->ip.header_length)
        cursor_limit(&in, out->bytes - out->ip.header_length);
    transport_decode(&in, &out->ip);
}

/* ---- byte-swapped lengths ------------------------------------------------------------------- */

/* Old BSD systems kept the total length, and the word of flags and fragment offset, in the order
 * of their machine, and quoted them so. */

enum {
    AT_LENGTH = 2, /* within the IPv4 header */
    AT_FRAGMENT = 6,
    FRAGMENT_SWAPPED_DF = 0x0040,
    USUAL_MTU = 1500,
    LARGEST_MTU = 9216,
    HEADERS_MAX = 128, /* the longest IPv4 header, and more than is read of any transport header */
};

/* The quote again, with what is thought to be swapped put right. */
struct restored {
    uint8_t bytes[HEADERS_MAX];
    struct quote quote;
};

/* Without an authentication header, which ip.header_length would count. */
static uint32_t ipv4_header_length(uint8_t first)
{
    return (first & 15) * 4u;
}

static void swap_u16(uint8_t *p)
{
    uint8_t first = p[0];
    p[0] = p[1];
    p[1] = first;
}

static void restore(const struct extent *from, bool fragment_too, struct restored *out)
{
    struct extent copy = *from;
    copy.in = cursor_cut(&copy.in, HEADERS_MAX);
    memcpy(out->bytes, copy.in.p, cursor_left(&copy.in));
    swap_u16(out->bytes + AT_LENGTH);
    if (fragment_too)
        swap_u16(out->bytes + AT_FRAGMENT);

    copy.in = cursor_over(out->bytes, cursor_left(&copy.in));
    decode_headers(&copy, &out->quote);
}

/* Of a header that is there whole, as its first byte says. */
static bool header_checksum_is_good(const uint8_t *header)
{
    return checksum_is_good(checksum_add(0, header, ipv4_header_length(header[0])));
}

static bool udp_length_agrees(const struct headers *ip)
{
    return (ip->has & HAS_UDP_LENGTH) && !(ip->has & HAS_FRAGMENT) &&
           ip->header_length + ip->udp_length == ip->total_length;
}

/* Whether the swapped length is right, rather than only possible. `was` is the quote as it came, of
 * which `seen` bytes are not padding. */
static bool restored_is_right(const struct restored *restored, const struct quote *was,
                              uint32_t seen, bool fragment_too)
{
    const struct headers *ip = &restored->quote.ip;
    uint32_t length = ip->total_length, length_was = was->ip.total_length;
    if (length == length_was || length < ip->header_length + 8 || length < seen ||
        length > LARGEST_MTU)
        return false;
    if (header_checksum_is_good(restored->bytes) || udp_length_agrees(ip))
        return true;
    if (length > USUAL_MTU)
        return false;
    /* As it came, a fragment of which those before it were not half as long as it is. */
    if (fragment_too)
        return length_was > USUAL_MTU;
    /* Shorter than what is quoted, even by a host that has taken off the header's length. */
    return length_was + was->ip.header_length < seen;
}

static void restore_swapped(const struct extent *from, struct quote *out)
{
    struct cursor in = from->in;
    const uint8_t *header;
    uint8_t first;
    if (!cursor_peek(&in, &first) || !cursor_take(&in, ipv4_header_length(first), &header) ||
        header_checksum_is_good(header))
        return;

    struct restored restored;
    uint32_t seen = count_to_last_nonzero(from->in);
    bool fragment_too = wire_u16(header + AT_FRAGMENT) == FRAGMENT_SWAPPED_DF;
    restore(from, fragment_too, &restored);
    if (!restored_is_right(&restored, out, seen, fragment_too))
        return;

    *out = restored.quote;
    out->length_swapped = true;
}

/* Most lengths are right; these few are worth a look. */
static bool length_is_odd(const struct extent *from, const struct headers *ip)
{
    return ip->family == FAMILY_IPV4 &&
           (ip->total_length > USUAL_MTU || ip->total_length < from->wire);
}

bool quote_decode(struct extent from, struct quote *out)
{
    out->ip.has = 0;
    out->length_swapped = false;
    decode_headers(&from, out);
    if (!(out->ip.has & HAS_IP))
        return false;

    if ((out->ip.has & HAS_PROTO) && length_is_odd(&from, &out->ip))
        restore_swapped(&from, out);
    return true;
}
