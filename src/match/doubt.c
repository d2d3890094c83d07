/* Reasons to doubt an error: what no host should send, or what the flow contradicts. */
#include "match/doubt.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "match/match.h"

enum { ICMP_UNREACHABLE = 3, ICMP_FRAGMENTATION_NEEDED = 4 };
enum { ICMPV6_TOO_BIG = 2, ICMPV6_PARAMETER = 4, ICMPV6_UNKNOWN_OPTION = 2, ICMPV6_REDIRECT = 137 };

static const struct quote *quote_of(const struct packet *error)
{
    return &error->icmp->quote;
}

/* ---- who and what it is about ---------------------------------------------------------------- */

/* Only of one family can the two be compared. */
static bool is_misaddressed(const struct packet *error, const struct verdict *verdict)
{
    const struct quote *quote = quote_of(error);
    (void)verdict;
    return error->ip.family == quote->ip.family && !addr_equal(&error->ip.dst, &quote->ip.src);
}

/* A redirect of IPv6, which is no error, may be about any packet. */
static bool is_about_error(const struct packet *error, const struct verdict *verdict)
{
    const struct quote *quote = quote_of(error);
    (void)verdict;
    if (!icmp_is_error(error->icmp))
        return false;
    bool v4 = quote->ip.proto == PROTO_ICMP;
    uint8_t type = quote->ip.icmp_type;
    return icmp_type_get(v4 ? FAMILY_IPV4 : FAMILY_IPV6, type)->klass == ICMP_ERROR ||
           (!v4 && type == ICMPV6_REDIRECT);
}

/* RFC 4443 2.4(e.3) has two exceptions. */
static bool is_about_multicast(const struct packet *error, const struct verdict *verdict)
{
    const struct icmp *icmp = error->icmp;
    (void)verdict;
    bool unknown_option = icmp->type == ICMPV6_PARAMETER && icmp->code == ICMPV6_UNKNOWN_OPTION;
    if (icmp->family == FAMILY_IPV6 && (icmp->type == ICMPV6_TOO_BIG || unknown_option))
        return false;
    return addr_is_multicast(&icmp->quote.ip.dst, icmp->quote.ip.family);
}

/* IPv6 has no such rule. */
static bool is_about_later_fragment(const struct packet *error, const struct verdict *verdict)
{
    const struct headers *quoted = &quote_of(error)->ip;
    (void)verdict;
    return quoted->family == FAMILY_IPV4 && quoted->frag_offset > 0;
}

static bool addr_is_loopback(const struct addr *addr, enum family family)
{
    static const uint8_t v6[16] = {[15] = 1};
    if (family == FAMILY_IPV4)
        return addr->bytes[0] == 127;
    return memcmp(addr->bytes, v6, sizeof v6) == 0;
}

/* Of IPv4 what is no unicast address: 0/8, multicast, class E with the limited broadcast (RFC 1122
 * 3.2.1.3). */
static bool addr_is_host(const struct addr *addr, enum family family)
{
    enum { NETWORK_OF_THIS = 0, CLASS_D = 224 };
    if (family == FAMILY_IPV4)
        return addr->bytes[0] != NETWORK_OF_THIS && addr->bytes[0] < CLASS_D;
    return !addr_is_unspecified(addr) && !addr_is_multicast(addr, family);
}

/* Packets from :: are sent to find out whether an address is taken (RFC 4862 5.4.2), and those from
 * 0.0.0.0 to get one: but nobody may answer them with an error. On a loopback interface its
 * addresses are those of hosts. */
static bool is_source_not_host(const struct packet *error, const struct verdict *verdict)
{
    const struct headers *quoted = &quote_of(error)->ip;
    (void)verdict;
    if (!addr_is_host(&quoted->src, (enum family)quoted->family))
        return true;
    return addr_is_loopback(&quoted->src, quoted->family) &&
           !addr_is_loopback(&error->ip.src, error->ip.family) &&
           !addr_is_loopback(&error->ip.dst, error->ip.family);
}

static bool is_length_swapped(const struct packet *error, const struct verdict *verdict)
{
    (void)verdict;
    return quote_of(error)->length_swapped;
}

static bool is_bad_checksum(const struct packet *error, const struct verdict *verdict)
{
    (void)verdict;
    return error->icmp->checksum == CHECKSUM_BAD;
}

/* ---- path MTU -------------------------------------------------------------------------------- */

static bool is_fragmentation_needed(const struct icmp *icmp)
{
    return icmp->family == FAMILY_IPV4 && icmp->type == ICMP_UNREACHABLE &&
           icmp->code == ICMP_FRAGMENTATION_NEEDED;
}

/* Routers from before RFC 1191 tell none, which is 0; those of IPv6 have to. */
static bool tells_mtu(const struct icmp *icmp)
{
    return icmp_tells_mtu(icmp) && (icmp->family == FAMILY_IPV6 || icmp->mtu != 0);
}

/* Of the quoted packet, in bytes: as it claims, unless more of it is there, or was sent: hosts have
 * taken off what they had read. */
static uint32_t length_at_least(const struct quote *quote, const struct verdict *verdict)
{
    uint32_t length = quote->ip.total_length;
    if (length < quote->bytes)
        length = quote->bytes;
    if ((verdict->has & VERDICT_HAS_SENT) == 0 || verdict->inner)
        return length;
    uint32_t sent = (uint32_t)verdict->sent.length + verdict->sent.sent.header_length;
    return length < sent ? sent : length;
}

/* A length of nothing behind the header is what segments too large for the field have. */
static bool is_mtu_not_below_length(const struct packet *error, const struct verdict *verdict)
{
    const struct quote *quote = quote_of(error);
    return tells_mtu(error->icmp) && !quote->length_swapped &&
           quote->ip.total_length > quote->ip.header_length &&
           error->icmp->mtu >= length_at_least(quote, verdict);
}

static bool is_mtu_below_minimum(const struct packet *error, const struct verdict *verdict)
{
    enum { IPV4_MINIMUM = 68, IPV6_MINIMUM = 1280 };
    const struct icmp *icmp = error->icmp;
    uint32_t minimum = icmp->family == FAMILY_IPV6 ? IPV6_MINIMUM : IPV4_MINIMUM;
    (void)verdict;
    return tells_mtu(icmp) && icmp->mtu < minimum;
}

/* Of a quote whose words were swapped the bit cannot be trusted. */
static bool is_about_packet_without_df(const struct packet *error, const struct verdict *verdict)
{
    const struct quote *quote = quote_of(error);
    (void)verdict;
    return is_fragmentation_needed(error->icmp) && quote->ip.family == FAMILY_IPV4 &&
           !quote->ip.df && !quote->length_swapped;
}

/* ---- against the flow and the packet --------------------------------------------------------- */

static bool is_seq_out_of_window(const struct packet *error, const struct verdict *verdict)
{
    (void)error;
    return verdict->seq_check == SEQ_OUT_OF_WINDOW;
}

static bool is_ttl_above_sent(const struct packet *error, const struct verdict *verdict)
{
    return (verdict->sent.sent.has & HAS_IP) != 0 &&
           match_headers(error, verdict)->ttl > verdict->ttl_sent;
}

static bool is_after_closed(const struct packet *error, const struct verdict *verdict)
{
    (void)error;
    return verdict->closed;
}

/* The host that is quoted as the destination says that it sent the error: so the error took as long
 * as what it answers by itself. Of times hardly longer than those in a queue a quarter says
 * nothing. */
static bool is_faster_than_possible(const struct packet *error, const struct verdict *verdict)
{
    enum { ANSWERS_MIN = 2, FASTER = 4, ANSWER_MIN_MS = 4 };
    const struct headers *quoted = match_headers(error, verdict);
    if (verdict->kind != VERDICT_EXACT || error->ip.family != quoted->family ||
        !addr_equal(&error->ip.src, &quoted->dst))
        return false;
    return verdict->answers >= ANSWERS_MIN && verdict->answer_ns >= ANSWER_MIN_MS * NS_PER_MS &&
           verdict->rtt_ns < verdict->answer_ns / FASTER;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* What an error has, without which there is no reason of a row to doubt it: few have more than a
 * quote. */
enum fact {
    FACT_QUOTE = 1u << 0,
    FACT_QUOTED_FRAGMENT = 1u << 1,
    FACT_QUOTED_ICMP = 1u << 2,
    FACT_TOO_BIG = 1u << 3,   /* it says so of the packet */
    FACT_FLOW = 1u << 4,      /* its flow is known … */
    FACT_SENT = 1u << 5,      /* … and the packet … */
    FACT_RTT = 1u << 6,       /* … that came before it … */
    FACT_SEQ_CHECK = 1u << 7, /* … or its number */
};

/* Their functions rely on it. */
static unsigned facts_of(const struct packet *error, const struct verdict *verdict)
{
    const struct icmp *icmp = error->icmp;
    const uint32_t quoted = (icmp->has & ICMP_HAS_QUOTE) != 0 ? icmp->quote.ip.has : 0;
    const bool too_big =
        icmp->family == FAMILY_IPV4 ? is_fragmentation_needed(icmp) : icmp->type == ICMPV6_TOO_BIG;
    unsigned facts = too_big ? FACT_TOO_BIG : 0;
    facts |= (icmp->has & ICMP_HAS_QUOTE) != 0 ? FACT_QUOTE : 0;
    facts |= (quoted & HAS_FRAGMENT) != 0 ? FACT_QUOTED_FRAGMENT : 0;
    facts |= (quoted & HAS_ICMP_TYPE) != 0 ? FACT_QUOTED_ICMP : 0;
    facts |= (verdict->has & VERDICT_HAS_FLOW) != 0 ? FACT_FLOW : 0;
    facts |= (verdict->has & VERDICT_HAS_SENT) != 0 ? FACT_SENT : 0;
    facts |= (verdict->has & VERDICT_HAS_RTT) != 0 ? FACT_RTT : 0;
    facts |= (verdict->has & VERDICT_HAS_SEQ_CHECK) != 0 ? FACT_SEQ_CHECK : 0;
    return facts;
}

struct doubt {
    unsigned needs; /* enum fact, all of them */
    bool (*applies)(const struct packet *error, const struct verdict *verdict);
};

/* The one without a row is told where the flow was looked for. */
static const struct doubt doubts[ANOMALIES] = {
    [ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE] = {FACT_QUOTE, is_misaddressed},
    [ANOMALY_ERROR_ABOUT_ERROR] = {FACT_QUOTED_ICMP, is_about_error},
    [ANOMALY_ABOUT_MULTICAST] = {FACT_QUOTE, is_about_multicast},
    [ANOMALY_ABOUT_LATER_FRAGMENT] = {FACT_QUOTED_FRAGMENT, is_about_later_fragment},
    [ANOMALY_QUOTED_IP_LENGTH_SWAPPED] = {FACT_QUOTE, is_length_swapped},
    [ANOMALY_BAD_CHECKSUM] = {0, is_bad_checksum},
    [ANOMALY_SEQ_OUT_OF_WINDOW] = {FACT_QUOTE | FACT_SEQ_CHECK, is_seq_out_of_window},
    [ANOMALY_QUOTED_TTL_ABOVE_SENT] = {FACT_QUOTE | FACT_SENT, is_ttl_above_sent},
    [ANOMALY_ERROR_AFTER_FLOW_CLOSED] = {FACT_QUOTE | FACT_FLOW, is_after_closed},
    [ANOMALY_FASTER_THAN_POSSIBLE] = {FACT_QUOTE | FACT_RTT, is_faster_than_possible},
    [ANOMALY_MTU_NOT_BELOW_LENGTH] = {FACT_QUOTE | FACT_TOO_BIG, is_mtu_not_below_length},
    [ANOMALY_MTU_BELOW_MINIMUM] = {FACT_TOO_BIG, is_mtu_below_minimum},
    [ANOMALY_ABOUT_PACKET_WITHOUT_DF] = {FACT_QUOTE | FACT_TOO_BIG, is_about_packet_without_df},
    [ANOMALY_QUOTED_SOURCE_NOT_HOST] = {FACT_QUOTE, is_source_not_host},
};

void doubt_verdict(const struct packet *error, struct verdict *verdict)
{
    const unsigned lacks = ~facts_of(error, verdict);
    for (unsigned i = 0; i < ANOMALIES; i++) {
        const struct doubt *doubt = &doubts[i];
        if ((doubt->needs & lacks) == 0 && doubt->applies != NULL && doubt->applies(error, verdict))
            verdict->anomalies |= 1u << i;
    }
    verdict->has |= verdict->anomalies != 0 ? (uint32_t)VERDICT_HAS_ANOMALIES : 0;
}
