#include "decode/icmp.h"

#include <stddef.h>
#include <string.h>

#include "decode/checksum.h"
#include "decode/icmp_body.h"

const char *const icmp_checksum_names[CHECKSUM_STATES] = {
    [CHECKSUM_UNVERIFIED] = "unverified",
    [CHECKSUM_GOOD] = "good",
    [CHECKSUM_BAD] = "bad",
};

enum { HEADER_SIZE = 4 }; /* type, code, checksum: what all messages have */

/* A header that claims no length, or less than itself, leaves only what was captured. */
static bool length_is_claimed(const struct headers *ip)
{
    return ip->total_length > ip->header_length;
}

static bool is_fragment(const struct headers *ip)
{
    return (ip->has & HAS_FRAGMENT) && (ip->more_fragments || ip->frag_offset > 0);
}

/* The pseudo-header of RFC 8200 8.1. */
static uint64_t pseudo_header_sum(const struct headers *ip, uint32_t length)
{
    const uint8_t rest[8] = {(uint8_t)(length >> 24),
                             (uint8_t)(length >> 16),
                             (uint8_t)(length >> 8),
                             (uint8_t)length,
                             0,
                             0,
                             0,
                             PROTO_ICMPV6};
    uint64_t sum = checksum_add(0, ip->src.bytes, sizeof ip->src.bytes);
    sum = checksum_add(sum, ip->dst.bytes, sizeof ip->dst.bytes);
    return checksum_add(sum, rest, sizeof rest);
}

static enum icmp_checksum judge_checksum(const struct extent *message, const struct headers *ip)
{
    bool v6 = ip->proto == PROTO_ICMPV6;
    if (!length_is_claimed(ip) || !extent_is_whole(message) || message->wire < HEADER_SIZE ||
        is_fragment(ip))
        return CHECKSUM_UNVERIFIED;
    /* No RFC says what ICMPv6 over IPv4 sums up; under way, the last stop of a route is not known.
     */
    if (v6 && (ip->family != FAMILY_IPV6 || (ip->has & HAS_ROUTE)))
        return CHECKSUM_UNVERIFIED;

    uint64_t sum = v6 ? pseudo_header_sum(ip, message->wire) : 0;
    sum = checksum_add(sum, message->in.p, message->wire);
    return checksum_is_good(sum) ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

enum decoded icmp_decode(struct cursor *in, const struct headers *ip, struct icmp *out)
{
    if (length_is_claimed(ip))
        cursor_limit(in, ip->total_length - ip->header_length);
    struct extent message = {*in, (uint32_t)cursor_left(in)};
    if (length_is_claimed(ip))
        message.wire = ip->total_length - ip->header_length;

    if (!cursor_u8(in, &out->type) || !cursor_u8(in, &out->code))
        return TRUNCATED;
    out->has = 0;
    out->family = ip->proto == PROTO_ICMPV6 ? FAMILY_IPV6 : FAMILY_IPV4;
    out->length = message.wire;
    out->checksum = (uint8_t)judge_checksum(&message, ip);
    if (out->family == FAMILY_IPV6)
        icmp_v6_init(&out->body.v6);
    else
        out->body.v4.has = 0;

    const uint8_t *header;
    if (extent_take(&message, HEADER_SIZE, &header))
        icmp_body_decode(message, out);
    return DECODED;
}

/* Of each part as much as may be read: nearly all messages hold none of what is large. */

static void v4_copy(struct icmp_v4 *to, const struct icmp_v4 *from)
{
    to->has = from->has;
    if (from->has != 0)
        *to = *from;
}

static void v6_copy(struct icmp_v6 *to, const struct icmp_v6 *from)
{
    bool small = from->has == 0 && from->entries_kept == 0;
    memcpy(to, from, small ? offsetof(struct icmp_v6, list) : sizeof *to);
}

static bool has_inner(const struct icmp *icmp)
{
    return (icmp->has & ICMP_HAS_QUOTE) != 0 && (icmp->quote.has & QUOTE_HAS_INNER) != 0;
}

/* Of an anomaly without an extension there is no count. */
static void extensions_copy(struct icmp *to, const struct icmp *from)
{
    const struct icmp_extensions *extensions = &from->extensions;
    size_t kept = (from->has & ICMP_HAS_EXTENSION) != 0 ? extensions->count : 0;
    if (kept > EXTENSION_OBJECTS)
        kept = EXTENSION_OBJECTS;
    memcpy(&to->extensions, extensions,
           offsetof(struct icmp_extensions, objects) + kept * sizeof extensions->objects[0]);
}

void icmp_copy(struct icmp *to, const struct icmp *from)
{
    memcpy(to, from,
           has_inner(from) ? offsetof(struct icmp, body) : offsetof(struct icmp, quote.inner));
    if (from->family == FAMILY_IPV6)
        v6_copy(&to->body.v6, &from->body.v6);
    else
        v4_copy(&to->body.v4, &from->body.v4);
    if ((from->has & (ICMP_HAS_EXTENSION | ICMP_HAS_EXTENSION_ANOMALY)) != 0)
        extensions_copy(to, from);
}

bool icmp_tells_mtu(const struct icmp *icmp)
{
    enum { UNREACHABLE = 3, FRAGMENTATION_NEEDED = 4, TOO_BIG = 2 };
    bool too_big = icmp->family == FAMILY_IPV4
                       ? icmp->type == UNREACHABLE && icmp->code == FRAGMENTATION_NEEDED
                       : icmp->type == TOO_BIG;
    return too_big && (icmp->has & ICMP_HAS_MTU) != 0;
}
