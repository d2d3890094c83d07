/* Packets that were translated on their way.
 *
 * A quoted packet and a sent one are taken for the same when one endpoint of the two is the same,
 * the other is not, nothing that translation leaves alone contradicts it, and what agrees amounts
 * to POINTS_NEEDED, of which POINTS_IDENTITY by what identifies a packet. A point stands for some
 * eight bits that two packets by chance share only so seldom:
 *
 *   4  the TCP sequence number, the SCTP verification tag, SPI and sequence number of ESP and AH
 *   2  IPv4's identification
 *   2  what the UDP checksum covers besides addresses and ports
 *   2  the sequence number of an echo, with its length
 *   2  the error was sent to the sender of the packet, who is not the source it quotes
 *   2  the source's port is the same, and not one that many programs use; 1 where it may be
 *   2  IPv6's flow label, not 0
 *   1  the identifier of an echo is the same
 *   1  an IPv6 address has another prefix only (RFC 6296)
 *
 * One host may send the same to many, from one port: traceroutes, scanners, resolvers that ask
 * several servers. So another destination is taken for a translation only where what agrees is new
 * with each packet: IPv4's identification, TCP's acknowledgement of what the other side has chosen,
 * or, with each destination, IPv6's flow label. That a port alone was translated cannot be told
 * from that, and is not looked for. And what fits many flows identifies none. */
#include "match/nat.h"

#include <stdlib.h>

#include "base/timefmt.h"
#include "match/identity.h"

enum {
    POINTS_NEEDED = 4,
    POINTS_IDENTITY = 2,
    NAT_FITS_MAX = 8,      /* packets that fit, which are looked at */
    NAT_VISITS = 64,       /* packets of the index … */
    NAT_VISITS_SHORT = 8,  /* … where much is owed already: see MATCH_WALK_CREDIT */
    PORT_EPHEMERAL = 1024, /* below, ports are the same by custom */
    PREFIX_SIZE = 8,       /* of an IPv6 address; the rest names the interface */
};

/* Which of the two endpoints differs. */
enum differing { DIFFERS_OTHERWISE, DIFFERS_SOURCE, DIFFERS_DESTINATION };

/* A packet that was sent, beside the one that is quoted. */
struct pair {
    const struct wanted *wanted;
    const struct ring_entry *quoted; /* as if it had been sent */
    const struct flow_key *quoted_key;
    const struct ring_entry *sent;
    const struct flow_key *key; /* of its flow */
    enum differing differs;
    enum flow_direction from, quoted_from;
};

/* What agrees, in points. */
struct evidence {
    bool contradicted;
    bool fresh; /* something that is new with each packet */
    int identity, place;
};

/* ---- endpoints ------------------------------------------------------------------------------- */

/* The identifier of an ICMP message, which stands for its ports, is translated with either side. */
static bool pair_same_port(const struct pair *pair, enum flow_direction sent,
                           enum flow_direction quoted)
{
    return pair->key->icmp != 0 || pair->key->port[sent] == pair->quoted_key->port[quoted];
}

static bool pair_same_addr(const struct pair *pair, enum flow_direction sent,
                           enum flow_direction quoted)
{
    return addr_equal(&pair->key->addr[sent], &pair->quoted_key->addr[quoted]);
}

/* One endpoint must be the same, the other one's address another. */
static enum differing pair_differs(const struct pair *pair)
{
    enum flow_direction from = pair->from, quoted = pair->quoted_from;
    bool source = pair_same_addr(pair, from, quoted);
    bool destination = pair_same_addr(pair, !from, !quoted);
    if (source == destination)
        return DIFFERS_OTHERWISE;
    if (source)
        return pair_same_port(pair, from, quoted) ? DIFFERS_DESTINATION : DIFFERS_OTHERWISE;
    return pair_same_port(pair, !from, !quoted) ? DIFFERS_SOURCE : DIFFERS_OTHERWISE;
}

/* ---- what agrees ----------------------------------------------------------------------------- */

/* Translation leaves it alone. Segments that were cut up later keep that of the whole in the first
 * of them, which is the one that has its sequence number. */
static void weigh_ip_id(const struct pair *pair, struct evidence *evidence)
{
    if (pair->key->family != FAMILY_IPV4)
        return;
    evidence->contradicted |= pair->sent->ip_id != pair->quoted->ip_id;
    if (pair->quoted->ip_id == 0)
        return;
    evidence->identity += 2;
    evidence->fresh = true;
}

/* UDP has a length of its own, and the device may have put its fragments together. */
static void weigh_length(const struct pair *pair, struct evidence *evidence)
{
    if (pair->key->proto == PROTO_UDP)
        return;
    bool larger = pair->key->proto == PROTO_TCP && pair->sent->length > pair->quoted->length;
    evidence->contradicted |= pair->sent->length != pair->quoted->length && !larger;
}

/* Numbers of 32 bits; 0 is what programs send that do not care. */
static void weigh_number(const struct pair *pair, struct evidence *evidence)
{
    evidence->contradicted |= pair->sent->identity != pair->quoted->identity;
    evidence->identity += pair->quoted->identity != 0 ? 4 : 0;
}

static void weigh_tcp(const struct pair *pair, struct evidence *evidence)
{
    const struct sent *sent = &pair->sent->sent, *quoted = &pair->quoted->sent;
    weigh_number(pair, evidence);
    if ((sent->has & quoted->has & HAS_TCP_FLAGS) == 0)
        return;
    bool acknowledges = (quoted->tcp_flags & TCP_ACK) != 0;
    evidence->contradicted |= acknowledges != ((sent->tcp_flags & TCP_ACK) != 0) ||
                              (acknowledges && sent->tcp_ack != quoted->tcp_ack);
    evidence->fresh |= acknowledges && quoted->tcp_ack != 0;
}

/* Where the network card computes checksums, the capture has that of the pseudo header alone, and
 * not complemented. */
static bool is_unfilled(const struct pair *pair)
{
    uint32_t length = pair->sent->identity >> 16;
    return pair->sent->sent.checksum ==
           sum_fold(addresses_sum(pair->key) + pair->key->proto + length);
}

static void weigh_udp(const struct pair *pair, struct evidence *evidence)
{
    uint16_t sent = pair->sent->sent.checksum, quoted = pair->quoted->sent.checksum;
    evidence->contradicted |= (pair->sent->identity ^ pair->quoted->identity) >> 16 != 0;
    if (sent == 0 || quoted == 0 || is_unfilled(pair))
        return;
    evidence->contradicted |= payload_sum(sent, pair->key) != payload_sum(quoted, pair->quoted_key);
    evidence->identity += 2;
}

static void weigh_echo(const struct pair *pair, struct evidence *evidence)
{
    uint32_t differ = pair->sent->identity ^ pair->quoted->identity;
    evidence->contradicted |= (differ & 0xffff) != 0;
    evidence->identity += 2;
    evidence->place += differ >> 16 == 0;
}

static void (*const weigh_proto[256])(const struct pair *pair, struct evidence *evidence) = {
    [PROTO_TCP] = weigh_tcp,    [PROTO_UDP] = weigh_udp,     [PROTO_UDPLITE] = weigh_udp,
    [PROTO_ICMP] = weigh_echo,  [PROTO_ICMPV6] = weigh_echo, [PROTO_SCTP] = weigh_number,
    [PROTO_ESP] = weigh_number, [PROTO_AH] = weigh_number,
};

/* The device that translates sends the error on to whose packet it was. */
static bool is_sent_to_sender(const struct pair *pair)
{
    const struct headers *error = &pair->wanted->error->ip;
    return pair->differs == DIFFERS_SOURCE && error->family == pair->key->family &&
           addr_equal(&error->dst, &pair->key->addr[pair->from]);
}

static int points_of_port(const struct pair *pair)
{
    uint16_t port = pair->key->port[pair->from];
    if (pair->key->icmp != 0 || port == 0 || pair->differs != DIFFERS_SOURCE ||
        port != pair->quoted_key->port[pair->quoted_from])
        return 0;
    return port >= PORT_EPHEMERAL && port != pair->key->port[!pair->from] ? 2 : 1;
}

/* Most hosts draw it by flow (RFC 6437), to each destination another one, and translation leaves
 * it. Scanners have one for all their segments. */
static void weigh_label(const struct pair *pair, struct evidence *evidence)
{
    const struct sent *sent = &pair->sent->sent, *quoted = &pair->quoted->sent;
    if ((sent->has & quoted->has & HAS_FLOW_LABEL) == 0 || sent->flow_label == 0 ||
        sent->flow_label != quoted->flow_label)
        return;
    evidence->place += 2;
    evidence->fresh |= pair->key->proto != PROTO_TCP;
}

static bool is_prefix_translated(const struct pair *pair)
{
    bool source = pair->differs == DIFFERS_SOURCE;
    const struct addr *sent = &pair->key->addr[source ? pair->from : !pair->from];
    const struct addr *quoted =
        &pair->quoted_key->addr[source ? pair->quoted_from : !pair->quoted_from];
    return pair->key->family == FAMILY_IPV6 &&
           memcmp(sent->bytes + PREFIX_SIZE, quoted->bytes + PREFIX_SIZE, PREFIX_SIZE) == 0;
}

static struct evidence pair_weigh(const struct pair *pair)
{
    struct evidence evidence = {.contradicted = false};
    weigh_ip_id(pair, &evidence);
    weigh_length(pair, &evidence);
    weigh_label(pair, &evidence);
    if (weigh_proto[pair->key->proto] != NULL && pair->quoted->identified)
        weigh_proto[pair->key->proto](pair, &evidence);
    evidence.place += is_sent_to_sender(pair) ? 2 : 0;
    evidence.place += points_of_port(pair);
    evidence.place += is_prefix_translated(pair);
    return evidence;
}

/* Flows of one protocol, in one context, between other endpoints. */
static bool pair_is_comparable(const struct pair *pair)
{
    const struct flow_key *a = pair->key, *b = pair->quoted_key;
    return a->family == b->family && a->proto == b->proto && a->icmp == b->icmp &&
           a->context == b->context && pair->sent->identified == pair->quoted->identified;
}

/* Points, or 0 where it cannot be the packet. */
static int pair_points(const struct pair *pair)
{
    if (pair->differs == DIFFERS_OTHERWISE || !pair_is_comparable(pair))
        return 0;
    struct evidence evidence = pair_weigh(pair);
    int points = evidence.identity + evidence.place;
    bool enough = evidence.identity >= POINTS_IDENTITY && points >= POINTS_NEEDED &&
                  (evidence.fresh || pair->differs == DIFFERS_SOURCE);
    return enough && !evidence.contradicted ? points : 0;
}

/* ---- the packets that fit -------------------------------------------------------------------- */

struct fit {
    struct flow *flow;
    const struct ring_entry *sent;
    enum differing differs;
    int points;
};

/* Those that fit best. */
struct nat_search {
    struct matcher *matcher;
    const struct wanted *wanted;
    struct flow_key key; /* of the quoted packet … */
    enum flow_direction direction;
    struct ring_entry quoted; /* … which is entered as if it had been sent */
    struct fit fits[NAT_FITS_MAX];
    size_t count;
    bool cut; /* there may be others */
};

static void search_begin(struct nat_search *search, struct matcher *matcher,
                         const struct wanted *wanted)
{
    const struct headers *headers = wanted->headers;
    search->matcher = matcher;
    search->wanted = wanted;
    search->key = wanted->key;
    search->direction = wanted->direction;
    search->count = 0;
    search->cut = false;
    search->quoted = (struct ring_entry){0};
    search->quoted.sent = (struct sent){
        .has = headers->has,
        .checksum = headers->udp_checksum,
        .tcp_ack = headers->tcp_ack,
        .tcp_flags = headers->tcp_flags,
        .flow_label = headers->flow_label,
    };
    identity_record(&search->quoted, headers);
}

static int search_points(const struct nat_search *search, const struct ring_entry *sent,
                         const struct flow *flow, enum differing *differs)
{
    struct pair pair = {.wanted = search->wanted,
                        .quoted = &search->quoted,
                        .quoted_key = &search->key,
                        .sent = sent,
                        .key = &flow->key,
                        .from = sent->direction ? FLOW_BACKWARD : FLOW_FORWARD,
                        .quoted_from = search->direction};
    pair.differs = *differs = pair_differs(&pair);
    return pair_points(&pair);
}

/* Packets that were captured long before the error, or after it: of those, only what another
 * interface captured may have been sent before. */
static bool is_in_time(const struct nat_search *search, const struct ring_entry *sent)
{
    const struct packet *error = search->wanted->error;
    int64_t span = time_between(sent->time_ns, error->time_ns);
    if (search_is_after((uint16_t)sent->capture, sent->frame, sent->time_ns, error))
        return sent->capture != error->capture && -span <= search->matcher->reorder_ns;
    return span <= (int64_t)SEARCH_LATE_S * NS_PER_S;
}

/* Keeps it where none fits better. A copy of one that is there is the same packet. */
static void search_keep(struct nat_search *search, struct fit fit)
{
    bool copies = search->wanted->headers->family == FAMILY_IPV4;
    if (search->count > 0 && fit.points < search->fits[0].points)
        return;
    if (search->count > 0 && fit.points > search->fits[0].points)
        search->count = 0;
    for (size_t i = 0; i < search->count; i++)
        if (copies && search->fits[i].flow == fit.flow &&
            search_is_copy(search->fits[i].sent, fit.sent))
            return;
    if (search->count < NAT_FITS_MAX)
        search->fits[search->count++] = fit;
    else
        search->cut = true;
}

static uint32_t search_limit(const struct nat_search *search, uint32_t most, uint32_t least)
{
    return search->matcher->owed < MATCH_WALK_CREDIT ? most : least;
}

/* An entry whose number may be that of another flow by now; whose it is, is told last, as it costs
 * the most. */
static void search_visit(struct nat_search *search, const struct ring_entry *sent,
                         ring_position position, uint32_t *visits)
{
    struct matcher *matcher = search->matcher;
    struct flow *flow = flow_table_at(matcher->table, sent->flow);
    struct fit fit = {.flow = flow, .sent = sent};
    if (flow == NULL || !is_in_time(search, sent))
        return;
    fit.points = search_points(search, sent, flow, &fit.differs);
    if (fit.points > 0 && packet_index_flow(matcher->packets, position, visits) == flow)
        search_keep(search, fit);
}

static void search_recent(struct nat_search *search)
{
    struct matcher *matcher = search->matcher;
    const struct packet_trait trait = packet_trait_of(&search->quoted, &search->key);
    const uint32_t most = search_limit(search, MATCH_WALK_MAX, MATCH_WALK_SHORT);
    uint32_t visits = most;
    struct packet_walk walk = packet_index_search(
        matcher->packets, trait, search_limit(search, NAT_VISITS, NAT_VISITS_SHORT));
    const struct ring_entry *sent;
    ring_position position;
    while (!search->cut && (sent = packet_walk_next(&walk, &position)) != NULL)
        search_visit(search, sent, position, &visits);
    search->cut |= packet_walk_is_cut(&walk);
    if (matcher->owed < MATCH_WALK_CREDIT)
        matcher->owed += walk.visits + most - visits;
}

/* Where the error was sent to the packet's sender, and the port is the same: what that would have
 * sent. Spares the index, and looks further back. */
static void search_sender(struct nat_search *search)
{
    const struct packet *error = search->wanted->error;
    const struct headers *quoted = search->wanted->headers;
    if (error->ip.family != quoted->family || addr_equal(&error->ip.dst, &quoted->src))
        return;
    struct headers headers = *quoted;
    headers.src = error->ip.dst;

    struct matcher *matcher = search->matcher;
    const struct wanted wanted =
        search_wanted(matcher, &headers, search->wanted->context, error, search->wanted->waited);
    struct flow *flow =
        wanted.keyed ? flow_table_find(matcher->table, &wanted.key, wanted.hash) : NULL;
    if (flow == NULL || flow_packets(flow, wanted.direction) == 0)
        return;
    struct search best = search_flow(matcher, flow, &wanted, wanted.direction).best;
    struct fit fit = {.flow = flow, .sent = best.trigger};
    if (best.count != 1 || !is_in_time(search, fit.sent))
        return;
    fit.points = search_points(search, fit.sent, flow, &fit.differs);
    if (fit.points > 0)
        search_keep(search, fit);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static size_t search_flows(const struct nat_search *search)
{
    size_t flows = 0;
    for (size_t i = 0; i < search->count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = search->fits[k].flow == search->fits[i].flow;
        flows += !seen;
    }
    return flows;
}

static void verdict_take_candidates(struct verdict *verdict, size_t candidates)
{
    verdict->has |= VERDICT_HAS_CANDIDATES;
    verdict->candidates = (uint32_t)candidates;
}

/* One flow, and of it one packet or several. Or several hosts that sent alike, behind one address;
 * but that several hosts were sent the same is no sign of translation. */
static void verdict_nat(struct verdict *verdict, const struct nat_search *search)
{
    const struct fit *fit = &search->fits[0];
    size_t flows = search_flows(search);
    if (flows == 0 || (flows > 1 && (search->cut || fit->differs != DIFFERS_SOURCE)))
        return;
    verdict->kind = VERDICT_NAT;
    if (flows > 1) {
        verdict_take_candidates(verdict, flows);
        return;
    }
    verdict->direction = (uint8_t)fit->sent->direction;
    verdict_take_flow(verdict, fit->flow);
    if (search->count > 1)
        verdict_take_candidates(verdict, search->count);
    else
        verdict_take_sent(verdict, fit->sent, search->wanted->error->time_ns);
}

void nat_match(struct matcher *matcher, const struct wanted *wanted, struct verdict *verdict)
{
    struct nat_search search;
    if (matcher->packets == NULL || !wanted->keyed)
        return;
    search_begin(&search, matcher, wanted);
    search_sender(&search);
    if (search.count == 0)
        search_recent(&search);
    verdict_nat(verdict, &search);
}
