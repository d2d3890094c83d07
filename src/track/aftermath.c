#include "track/aftermath.h"

#include <stddef.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "flow/tcp_state.h"
#include "match/match.h"
#include "match/search.h"

/* Within which time an error comes, where its own packet is not known. */
enum { ERROR_NS = NS_PER_S };

enum { IPV4_MTU_MIN = 68, IPV6_MTU_MIN = 1280 };

const char *const aftermath_names[AFTERMATHS] = {
    [AFTERMATH_IGNORED] = "ignored",     [AFTERMATH_ADAPTED] = "adapted",
    [AFTERMATH_RECOVERED] = "recovered", [AFTERMATH_RESET] = "reset",
    [AFTERMATH_CONTINUED] = "continued", [AFTERMATH_STOPPED] = "stopped",
    [AFTERMATH_UNKNOWN] = "unknown",
};

static bool is_redirect(const struct icmp *icmp)
{
    return icmp->family == FAMILY_IPV4 ? icmp->type == 5 : icmp->type == 137;
}

/* NAT makes the quoted direction another one than that of the packet which was captured. */
static uint8_t sender_of(const struct verdict *verdict)
{
    return (verdict->has & VERDICT_HAS_SENT) != 0 ? (uint8_t)verdict->sent.direction
                                                  : verdict->direction;
}

/* ---- the MTU --------------------------------------------------------------------------------- */

/* RFC 1191 7, table 7-1. 0 where there is none below `length`. */
static uint32_t plateau_below(uint32_t length)
{
    static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};
    for (size_t i = 0; i < sizeof plateaus / sizeof plateaus[0]; i++)
        if (plateaus[i] < length)
            return plateaus[i];
    return 0;
}

/* Of a packet in a tunnel it is what the tunnel's own headers leave of it. */
uint32_t aftermath_told_mtu(const struct packet *packet, const struct headers *refused)
{
    const struct icmp *icmp = packet->icmp;
    uint32_t outside = icmp->quote.ip.total_length;
    uint32_t least = icmp->family == FAMILY_IPV4 ? IPV4_MTU_MIN : IPV6_MTU_MIN;
    uint32_t mtu = icmp->mtu == 0 ? plateau_below(outside) : icmp->mtu;
    if (!icmp_tells_mtu(icmp) || mtu < least || mtu >= outside)
        return 0;
    uint32_t around = outside > refused->total_length ? outside - refused->total_length : 0;
    return mtu > around ? mtu - around : 0;
}

/* Whether a packet sent at `sent_ns` is from a sender that has been told, and means it. */
static bool should_know(const struct aftermath *after, int64_t sent_ns)
{
    int64_t later = time_between(after->told_ns, sent_ns);
    return later > AFTERMATH_GRACE_NS && later < AFTERMATH_AGING_NS;
}

/* It was told so long ago that it may try again. */
static bool may_try_again(const struct aftermath *after, int64_t sent_ns)
{
    return time_between(after->told_ns, sent_ns) >= AFTERMATH_AGING_NS;
}

static void take_longest(uint32_t *longest, uint32_t length)
{
    if (length > *longest)
        *longest = length;
}

/* An error about a packet above the MTU proves that it was sent, whatever was captured of it. */
static void take_refused(struct aftermath *after, const struct packet *packet,
                         const struct verdict *verdict, uint32_t length)
{
    bool timed = (verdict->has & VERDICT_HAS_RTT) != 0;
    int64_t sent_ns = time_between(timed ? verdict->rtt_ns : ERROR_NS, packet->time_ns);
    if (after->mtu != 0 && length > after->mtu && should_know(after, sent_ns)) {
        take_longest(&after->refused_again, length);
        after->refused_again_count++;
    }
    take_longest(&after->refused, length);
}

bool aftermath_is_begun_by(const struct aftermath *after, const struct packet *packet)
{
    return after == NULL || (after->redirect && !is_redirect(packet->icmp));
}

void aftermath_begin(struct aftermath *after, const struct packet *packet,
                     const struct verdict *verdict)
{
    const struct headers *quoted = match_headers(packet, verdict);
    bool late = (verdict->has & VERDICT_HAS_SENT) != 0 && verdict->sent.time_ns > packet->time_ns;
    *after = (struct aftermath){
        .since_ns = late ? verdict->sent.time_ns : packet->time_ns,
        .ip_id = quoted->family == FAMILY_IPV4 && (quoted->has & HAS_IP_ID) ? quoted->ip_id : 0,
        .direction = sender_of(verdict),
        .redirect = is_redirect(packet->icmp),
    };
}

void aftermath_error(struct aftermath *after, const struct packet *packet,
                     const struct verdict *verdict)
{
    const struct headers *quoted = match_headers(packet, verdict);
    uint32_t mtu = aftermath_told_mtu(packet, quoted);
    if (mtu == 0 || sender_of(verdict) != after->direction)
        return;
    take_refused(after, packet, verdict, quoted->total_length);
    if (after->mtu != 0 && mtu >= after->mtu)
        return;
    after->mtu = mtu;
    after->told_ns = packet->time_ns > after->since_ns ? packet->time_ns : after->since_ns;
    after->within = false;
}

/* ---- packets --------------------------------------------------------------------------------- */

/* What a host hands to its network card may be cut into packets there, and longer than any: where
 * the sender's packets are, lengths tell nothing of what was sent. */
static bool lengths_are_sent(const struct aftermath *after)
{
    return after->longest <= after->refused;
}

/* Packets that came before an error which waited are looked back at, newest first. */
static void take_within(struct aftermath *after, int64_t time_ns)
{
    if (!after->within || time_ns < after->within_ns)
        after->within_ns = time_ns;
    after->within = true;
}

/* Packets above the MTU count where they may have been refused, too: those of TCP where they are
 * the same data again, as new ones may be two packets in one. */
static void packet_measure(struct aftermath *after, const struct aftermath_packet *packet)
{
    if (after->mtu == 0 || !packet->data)
        return;
    bool knows = should_know(after, packet->time_ns);
    bool same = !packet->tcp || packet->again;
    if (packet->length <= after->mtu || packet->divides) {
        if (same || knows)
            take_within(after, packet->time_ns);
        return;
    }
    if (!lengths_are_sent(after) || may_try_again(after, packet->time_ns))
        return;
    after->within = false;
    if (!knows || !same)
        return;
    take_longest(&after->above, packet->length);
    after->above_count++;
}

static void packet_close(struct aftermath *after, const struct aftermath_packet *packet)
{
    bool sender = packet->direction == after->direction;
    if (after->closing != CLOSING_NONE)
        return;
    if ((packet->tcp_flags & TCP_RST) != 0)
        after->closing = sender ? CLOSING_RST : CLOSING_PEER_RST;
    else if (sender && (packet->tcp_flags & TCP_FIN) != 0)
        after->closing = CLOSING_FIN;
}

static bool is_copy(const struct aftermath *after, const struct aftermath_packet *packet)
{
    return packet->ip_id != 0 && packet->ip_id == after->ip_id &&
           time_between(after->since_ns, packet->time_ns) <= SEARCH_COPY_NS;
}

void aftermath_packet(struct aftermath *after, const struct aftermath_packet *packet)
{
    bool sender = packet->direction == after->direction;
    if (sender)
        take_longest(&after->longest, packet->length);
    if (packet->time_ns < after->since_ns || (sender && is_copy(after, packet)))
        return;
    packet_close(after, packet);
    if (!sender) {
        after->answered = after->answered || (packet->tcp_flags & TCP_RST) == 0;
        return;
    }
    after->packets++;
    after->bytes += packet->length;
    if (after->packets == 1 || packet->time_ns > after->last_ns)
        after->last_ns = packet->time_ns;
    packet_measure(after, packet);
}

uint32_t aftermath_ignored_length(const struct aftermath *after)
{
    uint32_t seen = lengths_are_sent(after) ? after->above : 0;
    return seen > after->refused_again ? seen : after->refused_again;
}

/* What is seen and what is refused again are the same packets, as far as both are captured. */
uint64_t aftermath_ignored_packets(const struct aftermath *after)
{
    uint64_t seen = lengths_are_sent(after) ? after->above_count : 0;
    return seen > after->refused_again_count ? seen : after->refused_again_count;
}

void aftermath_settle(struct aftermath *after, int64_t now_ns, bool seen)
{
    bool quiet = time_between(after->since_ns, now_ns) >= AFTERMATH_QUIET_NS;
    const bool holds[AFTERMATHS] = {
        [AFTERMATH_IGNORED] = aftermath_ignored_length(after) > 0,
        [AFTERMATH_ADAPTED] = after->within,
        [AFTERMATH_RECOVERED] = after->answered,
        [AFTERMATH_RESET] = after->closing != CLOSING_NONE,
        [AFTERMATH_CONTINUED] = after->packets > 0,
        [AFTERMATH_STOPPED] = seen && quiet,
        [AFTERMATH_UNKNOWN] = true,
    };
    after->verdict = 0;
    while (!holds[after->verdict])
        after->verdict++;
}
