/* Reasons to doubt an error: what no host should send, or what the flow contradicts. */
#include "match/doubt.h"

#include "decode/icmp.h"

enum { ICMPV6_TOO_BIG = 2, ICMPV6_PARAMETER = 4, ICMPV6_UNKNOWN_OPTION = 2, ICMPV6_REDIRECT = 137 };

/* Only of one family can the two be compared. */
static bool is_misaddressed(const struct packet *packet, const struct quote *quote)
{
    return packet->ip.family == quote->ip.family &&
           addr_compare(&packet->ip.dst, &quote->ip.src) != 0;
}

/* A redirect of IPv6, which is no error, may be about any packet. */
static bool is_about_error(const struct packet *packet, const struct quote *quote)
{
    if (!icmp_is_error(packet->icmp) || (quote->ip.has & HAS_ICMP_TYPE) == 0)
        return false;
    bool v4 = quote->ip.proto == PROTO_ICMP;
    uint8_t type = quote->ip.icmp_type;
    return icmp_type_get(v4 ? FAMILY_IPV4 : FAMILY_IPV6, type)->klass == ICMP_ERROR ||
           (!v4 && type == ICMPV6_REDIRECT);
}

/* RFC 4443 2.4(e.3) has two exceptions. */
static bool is_about_multicast(const struct packet *packet, const struct quote *quote)
{
    const struct icmp *icmp = packet->icmp;
    bool unknown_option = icmp->type == ICMPV6_PARAMETER && icmp->code == ICMPV6_UNKNOWN_OPTION;
    if (icmp->family == FAMILY_IPV6 && (icmp->type == ICMPV6_TOO_BIG || unknown_option))
        return false;
    return addr_is_multicast(&quote->ip.dst, quote->ip.family);
}

/* IPv6 has no such rule. */
static bool is_about_later_fragment(const struct packet *packet, const struct quote *quote)
{
    (void)packet;
    return quote->ip.family == FAMILY_IPV4 && (quote->ip.has & HAS_FRAGMENT) != 0 &&
           quote->ip.frag_offset > 0;
}

static bool is_length_swapped(const struct packet *packet, const struct quote *quote)
{
    (void)packet;
    return quote->length_swapped;
}

static bool is_bad_checksum(const struct packet *packet, const struct quote *quote)
{
    (void)quote;
    return packet->icmp->checksum == CHECKSUM_BAD;
}

/* ---- the table ------------------------------------------------------------------------------- */

struct doubt {
    bool needs_quote;
    bool (*applies)(const struct packet *packet, const struct quote *quote);
};

static const struct doubt doubts[ANOMALIES] = {
    [ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE] = {true, is_misaddressed},
    [ANOMALY_ERROR_ABOUT_ERROR] = {true, is_about_error},
    [ANOMALY_ABOUT_MULTICAST] = {true, is_about_multicast},
    [ANOMALY_ABOUT_LATER_FRAGMENT] = {true, is_about_later_fragment},
    [ANOMALY_QUOTED_IP_LENGTH_SWAPPED] = {true, is_length_swapped},
    [ANOMALY_BAD_CHECKSUM] = {false, is_bad_checksum},
};

void doubt_verdict(const struct packet *error, struct verdict *verdict)
{
    bool quoted = (error->icmp->has & ICMP_HAS_QUOTE) != 0;
    for (unsigned i = 0; i < ANOMALIES; i++) {
        const struct doubt *doubt = &doubts[i];
        if (doubt->applies != NULL && (quoted || !doubt->needs_quote) &&
            doubt->applies(error, &error->icmp->quote))
            verdict->anomalies |= 1u << i;
    }
    verdict->has |= verdict->anomalies != 0 ? (uint32_t)VERDICT_HAS_ANOMALIES : 0;
}
