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
 * of their machine, and quoted them so. Others do it to the payload length of IPv6. */

enum {
    AT_TOTAL_LENGTH = 2, /* within the IPv4 header */
    AT_FRAGMENT = 6,
    FRAGMENT_SWAPPED_DF = 0x0040,
    AT_PAYLOAD_LENGTH = 4, /* within the IPv6 header */
    USUAL_MTU = 1500,
    LARGEST_MTU = 9216,
    SHORTEST_QUOTE = 8, /* behind the IP header (RFC 792) */
    HEADERS_MAX = 256,  /* of all but the longest chains */
};

/* A quote of which something may be swapped. */
struct suspect {
    const struct extent *from;
    const struct quote *quote; /* as it came */
    bool fragment_too;
    uint8_t bytes[HEADERS_MAX]; /* once more, put right … */
    size_t size;
    struct quote restored; /* … and decoded */
};

static void swap_u16(uint8_t *p)
{
    uint8_t first = p[0];
    p[0] = p[1];
    p[1] = first;
}

/* There is a fixed IP header, so the words that are swapped are there. */
static void suspect_restore(struct suspect *suspect)
{
    struct extent copy = *suspect->from;
    copy.in = cursor_cut(&copy.in, HEADERS_MAX);
    suspect->size = cursor_left(&copy.in);
    memcpy(suspect->bytes, copy.in.p, suspect->size);
    copy.in = cursor_over(suspect->bytes, suspect->size);

    bool v4 = suspect->quote->ip.family == FAMILY_IPV4;
    swap_u16(suspect->bytes + (v4 ? AT_TOTAL_LENGTH : AT_PAYLOAD_LENGTH));
    suspect->fragment_too = v4 && wire_u16(suspect->bytes + AT_FRAGMENT) == FRAGMENT_SWAPPED_DF;
    if (suspect->fragment_too)
        swap_u16(suspect->bytes + AT_FRAGMENT);
    decode_headers(&copy, &suspect->restored);
}

/* Of an IPv4 header; false where it is not there whole. */
static bool header_checksum_is_good(struct cursor in)
{
    const uint8_t *header;
    uint8_t first;
    return cursor_peek(&in, &first) && first >> 4 == FAMILY_IPV4 &&
           cursor_take(&in, (first & 15) * 4u, &header) &&
           checksum_is_good(checksum_add(0, header, (size_t)(in.p - header)));
}

static bool udp_length_agrees(const struct headers *ip)
{
    return (ip->has & HAS_UDP_LENGTH) && !(ip->has & HAS_FRAGMENT) &&
           ip->header_length + ip->udp_length == ip->total_length;
}

/* Neither too short for what is quoted nor too long for any link, and nothing that was read of the
 * quote is missing from it as restored. */
static bool restored_is_possible(const struct suspect *suspect)
{
    const struct headers *ip = &suspect->restored.ip;
    uint32_t missing = suspect->quote->ip.has & ~ip->has;
    return ip->total_length != suspect->quote->ip.total_length &&
           ip->total_length >= ip->header_length + SHORTEST_QUOTE &&
           ip->total_length >= count_to_last_nonzero(suspect->from->in) &&
           ip->total_length <= LARGEST_MTU && !(missing & (HAS_PROTO | HAS_PORTS));
}

/* Whether the swapped length is right, rather than only possible. */
static bool restored_is_right(const struct suspect *suspect)
{
    const struct headers *ip = &suspect->restored.ip, *was = &suspect->quote->ip;
    struct cursor header = cursor_over(suspect->bytes, suspect->size);
    if (header_checksum_is_good(header) || udp_length_agrees(ip))
        return true;
    if (ip->total_length > USUAL_MTU)
        return false;
    /* All of the packet is quoted, as most systems do, and it is no shortest quote by chance. */
    if (ip->total_length == suspect->from->wire &&
        ip->total_length > ip->header_length + SHORTEST_QUOTE)
        return true;
    /* As it came, a fragment of which those before it were not half as long as it is. */
    if (suspect->fragment_too)
        return was->total_length > USUAL_MTU;
    /* Shorter than what is quoted, even by a host that has taken off the header's length. */
    return was->total_length + was->header_length < count_to_last_nonzero(suspect->from->in);
}

static void quote_restore(const struct extent *from, struct quote *out)
{
    if (header_checksum_is_good(from->in) || udp_length_agrees(&out->ip))
        return;

    struct suspect suspect;
    suspect.from = from;
    suspect.quote = out;
    suspect_restore(&suspect);
    if (!restored_is_possible(&suspect) || !restored_is_right(&suspect))
        return;
    *out = suspect.restored;
    out->length_swapped = true;
}

/* Most lengths are right; these few are worth a look. */
static bool length_is_odd(const struct extent *from, const struct headers *ip)
{
    bool udp = ip->proto == PROTO_UDP && (ip->has & HAS_UDP_LENGTH) != 0;
    return ip->total_length > USUAL_MTU || ip->total_length < from->wire ||
           (udp && !udp_length_agrees(ip));
}

/* ---- behind the IP header ------------------------------------------------------------------- */

/* Empty where the header does not end within what was captured. */
static struct cursor payload_of(struct cursor in, const struct quote *quote)
{
    cursor_limit(&in, quote->bytes);
    if (!cursor_skip(&in, quote->ip.header_length))
        in.p = in.end;
    return in;
}

/* RFC 4340 5.1: behind ports, data offset, coverage and checksum the type of the packet, and
 * whether its sequence number has 48 bits. */
static void dccp_seq_decode(struct cursor in, struct quote *out)
{
    enum { FIXED = 8, EXTENDED = 1 };
    const uint8_t *word;
    uint32_t low;
    if (!cursor_skip(&in, FIXED) || !cursor_take(&in, 4, &word))
        return;
    out->dccp_seq = wire_u32(word) & 0xffffff;
    if (word[0] & EXTENDED) {
        if (!cursor_u32(&in, &low))
            return;
        out->dccp_seq = (uint64_t)wire_u16(word + 2) << 32 | low;
    }
    out->has |= QUOTE_HAS_DCCP_SEQ;
}

static void decode_payload(const struct extent *from, struct quote *out)
{
    out->payload = payload_of(from->in, out);
    if (!(out->ip.has & HAS_PROTO) || headers_are_later_fragment(&out->ip))
        return;
    if (out->ip.proto == PROTO_TCP)
        tcp_options_decode(out->payload, &out->tcp);
    if (out->ip.proto == PROTO_DCCP)
        dccp_seq_decode(out->payload, out);
}

bool quote_decode(struct extent from, struct quote *out)
{
    out->ip.has = 0;
    out->length_swapped = false;
    decode_headers(&from, out);
    if (!(out->ip.has & HAS_IP))
        return false;

    if ((out->ip.has & HAS_PROTO) && length_is_odd(&from, &out->ip))
        quote_restore(&from, out);
    out->has = out->tcp.has = 0;
    decode_payload(&from, out);
    return true;
}
