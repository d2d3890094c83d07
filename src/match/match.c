#include "match/match.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/timefmt.h"
#include "decode/headers.h"
#include "decode/icmp.h"
#include "match/identity.h"

/* ---- reasons to doubt ------------------------------------------------------------------------ */

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

static bool packet_has_quote(const struct packet *packet)
{
    return packet->icmp != NULL && (packet->icmp->has & ICMP_HAS_QUOTE) != 0;
}

static void verdict_doubt(struct verdict *verdict, const struct packet *packet)
{
    bool quoted = packet_has_quote(packet);
    for (unsigned i = 0; i < ANOMALIES; i++)
        if ((quoted || !doubts[i].needs_quote) && doubts[i].applies(packet, &packet->icmp->quote))
            verdict->anomalies |= 1u << i;
    verdict->has |= verdict->anomalies != 0 ? VERDICT_HAS_ANOMALIES : 0;
}

/* ---- the packet ------------------------------------------------------------------------------ */

/* How far apart the copies of one packet are captured, by a mirror port or on several interfaces.
 */
enum { COPY_NS = 50 * NS_PER_MS };

/* The packets of a flow that fit a quote best. */
struct search {
    bool copies; /* equal ones are copies: each packet sent has an identification of its own */
    int score;
    uint32_t count;                   /* of them, copies left out */
    const struct ring_entry *trigger; /* the newest */
    const struct ring_entry *last;    /* that was counted */
};

/* Of times that may be anything. */
static int64_t time_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

static bool is_copy(const struct ring_entry *a, const struct ring_entry *b)
{
    int64_t apart = time_between(b->time_ns, a->time_ns);
    return a->ip_id != 0 && a->ip_id == b->ip_id && a->identity == b->identity &&
           a->length == b->length && apart >= -COPY_NS && apart <= COPY_NS;
}

static void search_visit(struct search *search, const struct ring_entry *entry, int score)
{
    if (score == IDENTITY_CONTRADICTS || score < search->score)
        return;
    if (score > search->score)
        *search = (struct search){.copies = search->copies, .score = score, .trigger = entry};
    else if (search->copies && is_copy(search->last, entry))
        return;
    search->last = entry;
    search->count++;
}

/* Whether an error is judged when packets have come that were captured after it: its fragments did
 * not all come, and it waited for them in vain. */
static bool has_waited(const struct icmp *icmp)
{
    return (icmp->has & ICMP_HAS_FRAGMENTS) != 0 && !icmp->complete;
}

static bool is_after(uint16_t capture, uint64_t frame, int64_t time_ns, const struct packet *error)
{
    return capture == error->capture ? frame > error->frame : time_ns > error->time_ns;
}

/* Whose headers are looked for, in which context, and by which error. */
struct wanted {
    const struct headers *headers;
    uint32_t context;
    const struct packet *error;
};

static struct search search_flow(struct matcher *matcher, const struct flow *flow,
                                 const struct wanted *wanted, enum flow_direction direction)
{
    bool waited = has_waited(wanted->error->icmp);
    struct search search = {.copies = wanted->headers->family == FAMILY_IPV4,
                            .score = IDENTITY_CONTRADICTS};
    uint32_t limit = matcher->owed < MATCH_WALK_CREDIT ? MATCH_WALK_MAX : MATCH_WALK_SHORT;
    uint32_t visits = 0;
    ring_position position = flow->newest;
    const struct ring_entry *entry = ring_get(matcher->ring, position);
    for (; visits < limit && entry != NULL; visits++) {
        bool late = waited &&
                    is_after((uint16_t)entry->capture, entry->frame, entry->time_ns, wanted->error);
        if (entry->direction == (unsigned)direction && !late)
            search_visit(&search, entry, identity_score(entry, wanted->headers));
        entry = ring_get_previous(matcher->ring, &position);
    }
    if (matcher->owed < MATCH_WALK_CREDIT)
        matcher->owed += visits;
    return search;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static void verdict_take_flow(struct verdict *verdict, struct flow *flow)
{
    verdict->has |= VERDICT_HAS_FLOW;
    verdict->flow = flow;
    verdict->flow_id = flow->id;
}

static void verdict_take_trigger(struct verdict *verdict, uint16_t capture, uint64_t frame,
                                 int64_t rtt_ns)
{
    verdict->has |= VERDICT_HAS_TRIGGER;
    verdict->capture = capture;
    verdict->frame = frame;
    verdict->rtt_ns = rtt_ns;
}

static void verdict_packet(struct verdict *verdict, const struct search *search, int64_t time_ns)
{
    if (search->count > 1) {
        verdict->has |= VERDICT_HAS_CANDIDATES;
        verdict->candidates = search->count;
    }
    if (search->count != 1 || search->score < IDENTITY_TELLS)
        return;
    const struct ring_entry *trigger = search->trigger;
    verdict->kind = VERDICT_EXACT;
    verdict_take_trigger(verdict, (uint16_t)trigger->capture, trigger->frame,
                         time_between(trigger->time_ns, time_ns));
}

bool match_key(const struct packet *packet, struct flow_key *key, enum flow_direction *direction)
{
    return packet_has_quote(packet) &&
           flow_key_from(key, direction, &packet->icmp->quote.ip, packet->context);
}

static void verdict_flow(struct verdict *verdict, struct matcher *matcher,
                         const struct wanted *wanted)
{
    struct flow_key key;
    enum flow_direction direction;
    if (!flow_key_from(&key, &direction, wanted->headers, wanted->context))
        return;

    uint64_t hash = flow_table_hash(matcher->table, &key);
    struct flow *flow = flow_table_find(matcher->table, &key, hash);
    verdict->direction = (uint8_t)direction;
    verdict->kind = VERDICT_UNMATCHED;
    if (flow == NULL)
        return;

    verdict_take_flow(verdict, flow);
    verdict->kind = VERDICT_REVERSE;
    if (flow->packets[direction] == 0)
        return;

    verdict->kind = VERDICT_FLOW;
    struct search search = search_flow(matcher, flow, wanted, direction);
    verdict_packet(verdict, &search, wanted->error->time_ns);
}

/* A later fragment has no ports: what it is a fragment of says whose it is. */
static void verdict_fragment(struct verdict *verdict, const struct matcher *matcher,
                             const struct packet *error)
{
    const struct headers *quoted = &error->icmp->quote.ip;
    struct fragment_key key = fragment_key_from(quoted, error->context);
    const struct fragment_datagram *datagram = fragment_table_find(matcher->fragments, &key);
    if (datagram == NULL)
        return;

    const struct fragment_frame *frame =
        fragment_table_frame(matcher->fragments, datagram, quoted->frag_offset);
    bool late = frame != NULL && has_waited(error->icmp) &&
                is_after(frame->capture, frame->frame, frame->time_ns, error);
    if (frame != NULL && !late) {
        verdict->kind = VERDICT_FRAGMENT;
        verdict_take_trigger(verdict, frame->capture, frame->frame,
                             time_between(frame->time_ns, error->time_ns));
    }
    if (!datagram->has_flow)
        return;

    uint64_t hash = flow_table_hash(matcher->table, &datagram->flow);
    struct flow *flow = flow_table_find(matcher->table, &datagram->flow, hash);
    if (flow == NULL)
        return;
    verdict->kind = VERDICT_FRAGMENT;
    verdict->direction = datagram->direction;
    verdict_take_flow(verdict, flow);
}

/* Where neither ties it, it is about the packet that is quoted. */
void match_error(struct matcher *matcher, const struct packet *packet, struct verdict *verdict)
{
    *verdict = (struct verdict){.kind = VERDICT_UNKEYED};
    verdict_doubt(verdict, packet);
    if (!packet_has_quote(packet))
        return;

    const struct quote *quote = &packet->icmp->quote;
    if (matcher->fragments != NULL && headers_are_later_fragment(&quote->ip)) {
        verdict_fragment(verdict, matcher, packet);
        return;
    }
    const struct wanted outer = {&quote->ip, packet->context, packet};
    const struct wanted inside = {&quote->inner.ip, quote->inner.context, packet};
    struct verdict inner = *verdict;
    inner.inner = true;
    if ((quote->has & QUOTE_HAS_INNER) != 0)
        verdict_flow(&inner, matcher, &inside);
    if (inner.kind > VERDICT_FLOW)
        verdict_flow(verdict, matcher, &outer);
    if ((inner.has & VERDICT_HAS_FLOW) != 0 && inner.kind <= verdict->kind)
        *verdict = inner;
}

const struct headers *match_headers(const struct packet *packet, const struct verdict *verdict)
{
    const struct quote *quote = &packet->icmp->quote;
    return verdict != NULL && verdict->inner ? &quote->inner.ip : &quote->ip;
}
