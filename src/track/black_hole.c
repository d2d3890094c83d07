#include "track/black_hole.h"

#include <stddef.h>

#include "decode/headers.h"
#include "decode/icmp.h"
#include "decode/tcp_options.h"
#include "match/rewritten.h"
#include "match/search.h"
#include "track/pmtu.h"
#include "track/stall.h"

/* How many packets of a flow are looked at when it stalls, and for a copy of a SYN. */
enum { RECALL_WALK = 128, COPY_WALK = 8 };

enum { RECALL_FROM = 2 }; /* tries: more than a lost packet */

enum { TCP_HEADER_MOST = 60 };

struct stall_key {
    uint32_t id[2]; /* of the flow */
    uint32_t direction;
};

/* No padding. */
struct pair_key {
    struct addr from, to;
    uint32_t family;
    uint32_t context;
};

/* What else went between two hosts while a connection stalled. */
struct pair {
    int64_t since_ns;
    int64_t passed_ns;
    uint32_t passed; /* the longest packet from the one that the other answered; 0: none */
    bool told;       /* an error says that packets are too big */
    struct sighting frame;
};

/* ---- tables ---------------------------------------------------------------------------------- */

static void stall_gone(void *context, const void *key, void *value)
{
    struct black_holes *holes = context;
    const struct stall *stall = value;
    (void)key;
    holes->lost += stall->tries >= RECALL_FROM;
}

static void black_holes_init(void *self, const struct track *track)
{
    struct black_holes *holes = self;
    *holes = (struct black_holes){.track = track};
    cache_init(&holes->stalls, &(struct cache_config){.key_size = sizeof(struct stall_key),
                                                      .value_size = sizeof(struct stall),
                                                      .max = BLACK_HOLES_MAX,
                                                      .seed = {track->seed[0], track->seed[1]},
                                                      .gone = stall_gone,
                                                      .context = holes});
    cache_init(&holes->pairs, &(struct cache_config){.key_size = sizeof(struct pair_key),
                                                     .value_size = sizeof(struct pair),
                                                     .max = BLACK_HOLE_PAIRS_MAX,
                                                     .seed = {track->seed[0], track->seed[1]}});
}

static void black_holes_fini(void *self)
{
    struct black_holes *holes = self;
    cache_fini(&holes->stalls);
    cache_fini(&holes->pairs);
}

static size_t black_holes_limit(void *self, double part)
{
    struct black_holes *holes = self;
    cache_limit(&holes->stalls, (size_t)(part * BLACK_HOLES_MAX));
    cache_limit(&holes->pairs, (size_t)(part * BLACK_HOLE_PAIRS_MAX));
    return cache_memory(&holes->stalls.config) + cache_memory(&holes->pairs.config);
}

static uint64_t black_holes_lost(const void *self)
{
    const struct black_holes *holes = self;
    return holes->lost;
}

static struct stall_key stall_key_of(const struct flow *flow, unsigned direction)
{
    return (struct stall_key){{(uint32_t)flow->id, (uint32_t)((uint64_t)flow->id >> 32)},
                              direction};
}

static struct stall *stall_find(const struct black_holes *holes, const struct flow *flow,
                                unsigned direction)
{
    const struct stall_key key = stall_key_of(flow, direction);
    return cache_get(&holes->stalls, &key);
}

/* The stall of the bytes from `una` on. */
static struct stall *stall_open(struct black_holes *holes, const struct flow *flow,
                                unsigned direction, uint32_t una)
{
    const struct stall_key key = stall_key_of(flow, direction);
    bool fresh;
    struct stall *stall = cache_add(&holes->stalls, &key, &fresh);
    if (stall != NULL && fresh)
        stall->una = una;
    if (stall != NULL && !fresh)
        stall_acked(stall, una);
    return stall;
}

static struct pair_key pair_key_of(const struct flow_key *key, unsigned direction)
{
    return (struct pair_key){.from = key->addr[direction],
                             .to = key->addr[!direction],
                             .family = key->family,
                             .context = key->context};
}

/* ---- what the ring remembers ----------------------------------------------------------------- */

/* The size of the TCP header is not kept: it is that of the packet at hand, but of what is too
 * short to be sure. */
static struct stall_segment segment_recalled(const struct ring_entry *entry, uint32_t tcp_header)
{
    uint32_t payload = entry->length > TCP_HEADER_MOST ? entry->length - tcp_header : 0;
    return (struct stall_segment){.time_ns = entry->time_ns,
                                  .frame = {entry->frame, entry->capture},
                                  .seq = entry->identity,
                                  .ack = entry->sent.tcp_ack,
                                  .length = (uint32_t)entry->sent.header_length + entry->length,
                                  .payload = payload,
                                  .window = entry->sent.tcp_window,
                                  .flags = entry->sent.tcp_flags};
}

static void recall_mss(struct stall *stall, const struct ring_entry *entry, uint8_t family)
{
    enum { IPV4_AND_TCP = 40, IPV6_AND_TCP = 60 };
    if ((entry->sent.has & HAS_TCP_SYN) != 0 && (entry->sent.tcp_options & TCP_HAS_MSS) != 0)
        stall_bound(stall, (uint32_t)entry->sent.tcp_mss +
                               (family == FAMILY_IPV4 ? IPV4_AND_TCP : IPV6_AND_TCP));
}

static uint32_t tcp_header_of(const struct headers *ip)
{
    return ip->total_length - ip->header_length - ip->payload_length;
}

/* A mirror port's copy of an acknowledgement is no second one. Where no identification tells, a
 * host that acknowledges again does not do so at once, or has another checksum. */
static bool is_ack_copy(const struct ring_entry *newer, const struct ring_entry *entry)
{
    enum { AT_ONCE_NS = 100000 };
    const struct sent *x = &newer->sent, *y = &entry->sent;
    return search_is_copy(newer, entry) ||
           (newer->ip_id == entry->ip_id && newer->identity == entry->identity &&
            newer->length == entry->length && x->tcp_ack == y->tcp_ack &&
            x->checksum == y->checksum &&
            time_between(entry->time_ns, newer->time_ns) <= AT_ONCE_NS);
}

typedef void recaller(struct stall *stall, const struct stall_segment *segment);

/* One direction's packets, newest first. */
static void recall_side(const struct black_holes *holes, struct stall *stall,
                        const struct sight *sight, bool sender)
{
    const struct ring *ring = holes->track->ring;
    recaller *const recall = sender ? stall_recall_sent : stall_recall_heard;
    uint32_t tcp_header = tcp_header_of(&sight->packet->ip);
    ring_position position = sight->flow->newest;
    const struct ring_entry *newer = NULL, *entry = ring_get(ring, position);
    for (int i = 0; i < RECALL_WALK && entry != NULL; i++) {
        const struct stall_segment segment = segment_recalled(entry, tcp_header);
        recall_mss(stall, entry, sight->flow->key.family);
        if (entry->identified && (entry->direction == sight->direction) == sender) {
            if (sender || newer == NULL || !is_ack_copy(newer, entry))
                recall(stall, &segment);
            newer = entry;
        }
        entry = ring_get_previous(ring, &position);
    }
}

/* It is more than a lost packet: what was before counts now, and so does each packet from here. */
static void stall_deepens(struct black_holes *holes, struct stall *stall, const struct sight *sight)
{
    const struct pair_key key = pair_key_of(&sight->flow->key, sight->direction);
    bool fresh;
    sight->flow->watched = true;
    if (holes->track->ring != NULL) {
        recall_side(holes, stall, sight, true);
        recall_side(holes, stall, sight, false);
    }
    struct pair *pair = cache_add(&holes->pairs, &key, &fresh);
    if (pair != NULL && fresh)
        pair->since_ns = sight->packet->time_ns;
}

/* ---- packets --------------------------------------------------------------------------------- */

static struct stall_segment segment_of(const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct headers *ip = &packet->ip;
    return (struct stall_segment){.time_ns = packet->time_ns,
                                  .frame = {packet->frame, packet->capture},
                                  .seq = ip->tcp_seq,
                                  .ack = ip->tcp_ack,
                                  .length = ip->total_length,
                                  .payload = ip->payload_length,
                                  .window = ip->tcp_window,
                                  .flags = ip->tcp_flags,
                                  .again = sight->again};
}

/* The oldest bytes that the peer has not acknowledged, in a packet that no router may divide. */
static bool is_try(const struct sight *sight)
{
    const struct headers *ip = &sight->packet->ip;
    unsigned peer = !sight->direction;
    return sight->again && flow_knows_ack(sight->flow, peer) &&
           ip->tcp_seq == sight->flow->ack[peer] && (ip->family == FAMILY_IPV6 || ip->df);
}

static void see_try(struct black_holes *holes, const struct sight *sight,
                    const struct stall_segment *segment)
{
    struct stall *stall = stall_open(holes, sight->flow, sight->direction, segment->seq);
    if (stall == NULL || stall->una != segment->seq || stall->proven)
        return;
    if (stall_try(stall, segment) && stall->tries == RECALL_FROM)
        stall_deepens(holes, stall, sight);
}

/* Data behind a gap. A block before it tells of data that came twice (RFC 2883). */
static void see_block(struct black_holes *holes, const struct sight *sight,
                      const struct stall_segment *segment)
{
    const struct headers *ip = &sight->packet->ip;
    const struct stall_block block = {ip->tcp_sack_left, ip->tcp_sack_right};
    if ((int32_t)(block.left - segment->ack) <= 0 || (int32_t)(block.right - block.left) <= 0)
        return;
    struct stall *stall = stall_open(holes, sight->flow, !sight->direction, segment->ack);
    if (stall != NULL && stall->una == segment->ack)
        stall_sacked(stall, block, segment->frame);
}

static void see_watched(struct black_holes *holes, const struct sight *sight,
                        const struct stall_segment *segment)
{
    struct stall *own = stall_find(holes, sight->flow, sight->direction);
    struct stall *peers = stall_find(holes, sight->flow, !sight->direction);
    if (own != NULL && own->tries >= RECALL_FROM)
        stall_sent(own, segment);
    if (peers != NULL && peers->tries >= RECALL_FROM && (segment->flags & TCP_ACK) != 0)
        stall_heard(peers, segment);
}

static void pair_passed(struct pair *pair, const struct packet *answer)
{
    if (answer->time_ns < pair->since_ns || answer->ip.total_length <= pair->passed)
        return;
    pair->passed = answer->ip.total_length;
    pair->passed_ns = answer->time_ns;
    pair->frame = (struct sighting){answer->frame, answer->capture};
}

/* A SYN that is answered passed, small as it is. */
static void see_answer(struct black_holes *holes, const struct sight *sight)
{
    const struct pair_key key = pair_key_of(&sight->flow->key, !sight->direction);
    struct pair *pair = holes->pairs.count > 0 ? cache_get(&holes->pairs, &key) : NULL;
    if (pair != NULL)
        pair_passed(pair, sight->packet);
}

/* ---- the MSS of SYNs ------------------------------------------------------------------------- */

/* Whether it is the SYN of `sight` as it was seen elsewhere on its way. */
static bool is_syn_copy(const struct ring_entry *entry, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct headers *ip = &packet->ip;
    bool same_id = ip->family != FAMILY_IPV4 || entry->ip_id == (uint16_t)ip->ip_id;
    return (entry->sent.has & HAS_TCP_SYN) != 0 && entry->identified &&
           entry->direction == sight->direction && entry->identity == ip->tcp_seq &&
           entry->sent.tcp_flags == ip->tcp_flags && same_id &&
           (entry->sent.tcp_options & TCP_HAS_MSS) != 0 &&
           time_between(entry->time_ns, packet->time_ns) <= SEARCH_COPY_NS;
}

/* Whoever lowers it does so on the way: of two copies the one with the higher TTL was sent first.
 */
static void clamp_tell(struct black_holes *holes, const struct sight *sight,
                       const struct ring_entry *copy)
{
    const struct packet *packet = sight->packet;
    bool later = packet->ip.ttl <= copy->sent.ttl;
    struct pmtu_clamp clamp = {.key = &sight->flow->key,
                               .direction = sight->direction,
                               .sent = later ? copy->sent.tcp_mss : packet->ip.tcp_mss,
                               .seen = later ? packet->ip.tcp_mss : copy->sent.tcp_mss,
                               .frame = {packet->frame, packet->capture},
                               .time_ns = packet->time_ns};
    if (clamp.seen < clamp.sent)
        pmtus_clamped(holes->track->pmtus, &clamp);
}

static void see_syn(struct black_holes *holes, const struct sight *sight)
{
    const struct ring *ring = holes->track->ring;
    ring_position position = sight->flow->newest;
    const struct ring_entry *entry = ring != NULL ? ring_get(ring, position) : NULL;
    if ((sight->packet->ip.tcp_flags & TCP_ACK) != 0)
        see_answer(holes, sight);
    if ((sight->packet->ip.tcp_options & TCP_HAS_MSS) == 0)
        return;
    for (int i = 0; i < COPY_WALK && entry != NULL; i++) {
        if (is_syn_copy(entry, sight)) {
            clamp_tell(holes, sight, entry);
            return;
        }
        entry = ring_get_previous(ring, &position);
    }
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void black_holes_packet(void *self, const struct sight *sight)
{
    struct black_holes *holes = self;
    const struct headers *ip = &sight->packet->ip;
    const uint32_t needed = HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_PAYLOAD_LEN;
    if ((ip->has & HAS_TCP_SYN) != 0) {
        see_syn(holes, sight);
        return;
    }
    if (ip->proto != PROTO_TCP || (ip->has & needed) != needed)
        return;
    const struct stall_segment segment = segment_of(sight);
    if ((ip->has & HAS_TCP_SACK) != 0)
        see_block(holes, sight, &segment);
    if (sight->flow->watched)
        see_watched(holes, sight, &segment);
    if (is_try(sight))
        see_try(holes, sight, &segment);
}

/* An error that quotes a SYN with another MSS than it was sent with. */
static void see_quoted_mss(struct black_holes *holes, const struct packet *error,
                           const struct verdict *verdict)
{
    const uint32_t mss = 1u << REWRITTEN_TCP_MSS;
    if (!(verdict->has & VERDICT_HAS_SENT) || !(verdict->rewritten & mss))
        return;
    const struct rewritten_pair pair = rewritten_get(error, verdict, REWRITTEN_TCP_MSS);
    const struct pmtu_clamp clamp = {.key = &verdict->sent_key,
                                     .direction = verdict->sent.direction,
                                     .sent = (uint16_t)pair.sent,
                                     .seen = (uint16_t)pair.quoted,
                                     .where = &error->ip.src,
                                     .frame = {error->frame, error->capture},
                                     .time_ns = error->time_ns};
    if (pair.is_sent && pair.is_quoted && pair.quoted < pair.sent)
        pmtus_clamped(holes->track->pmtus, &clamp);
}

/* Hosts keep the MTU that they are told for all that they send there. */
static void see_mtu_told(struct black_holes *holes, const struct packet *error)
{
    const struct headers *quoted = &error->icmp->quote.ip;
    const struct pair_key key = {.from = quoted->src,
                                 .to = quoted->dst,
                                 .family = quoted->family,
                                 .context = error->context};
    struct pair *pair = holes->pairs.count > 0 ? cache_get(&holes->pairs, &key) : NULL;
    if (pair != NULL)
        pair->told = true;
}

/* A reply is as long as what it answers. */
static void see_reply(struct black_holes *holes, const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    const struct pair_key key = {
        .from = ip->dst, .to = ip->src, .family = ip->family, .context = packet->context};
    struct pair *pair = cache_get(&holes->pairs, &key);
    if (pair != NULL)
        pair_passed(pair, packet);
}

static void black_holes_message(void *self, const struct sight *sight)
{
    struct black_holes *holes = self;
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    uint8_t reply = icmp->family == FAMILY_IPV4 ? 0 : 129;
    if (sight->verdict != NULL)
        see_quoted_mss(holes, packet, sight->verdict);
    if (holes->pairs.count == 0)
        return;
    if (icmp_tells_mtu(icmp) && (icmp->has & ICMP_HAS_QUOTE) != 0)
        see_mtu_told(holes, packet);
    if (icmp->type == reply)
        see_reply(holes, packet);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

/* What tells that smaller ones pass was noted when it was seen, and what was recalled later. */
static void frames_sort(struct sightings *seen)
{
    for (size_t i = 1; i < seen->frame_count; i++) {
        const struct sighting frame = seen->frames[i];
        size_t to = i;
        for (; to > 0 && seen->frames[to - 1].frame > frame.frame; to--)
            seen->frames[to] = seen->frames[to - 1];
        seen->frames[to] = frame;
    }
}

/* One finding a pair of hosts: the shortest that does not pass, and the longest that does. */
static void hole_find(const struct black_holes *holes, const struct flow_key *key,
                      unsigned direction, const struct pmtu_suspicion *suspicion)
{
    const struct finding_about about = {.src = key->addr[direction],
                                        .dst = key->addr[!direction],
                                        .family = key->family,
                                        .proto = key->proto};
    struct finding *finding = findings_add_seen(holes->track->findings, FINDING_PMTU_BLACK_HOLE,
                                                &about, &suspicion->seen);
    if (finding == NULL)
        return;
    if (finding->value == 0 || suspicion->refused < finding->value)
        finding->value = suspicion->refused;
    if (suspicion->passed > finding->limit && suspicion->passed < finding->value)
        finding->limit = suspicion->passed;
}

static void hole_tell(const struct black_holes *holes, const struct flow *flow, unsigned direction,
                      const struct pmtu_suspicion *suspicion)
{
    hole_find(holes, &flow->key, direction, suspicion);
    pmtus_suspect(holes->track->pmtus, suspicion);
}

static void stall_close(struct black_holes *holes, const struct flow *flow, unsigned direction,
                        bool explained)
{
    const struct stall_key key = stall_key_of(flow, direction);
    const struct pair_key pair_key = pair_key_of(&flow->key, direction);
    const struct stall *stall = cache_get(&holes->stalls, &key);
    const struct pair *pair = cache_get(&holes->pairs, &pair_key);
    struct stall_found found;
    if (stall == NULL)
        return;
    bool elsewhere = pair != NULL && pair->passed > 0 && pair->passed_ns >= stall->first_ns;
    uint32_t least = flow->key.family == FAMILY_IPV4 ? STALL_LEAST_IPV4 : STALL_LEAST_IPV6;
    explained = explained || (pair != NULL && pair->told);
    if (!explained && stall_judge(stall, least, elsewhere ? pair->passed : 0, &found)) {
        struct pmtu_suspicion suspicion = {.key = &flow->key,
                                           .flow_id = flow->id,
                                           .direction = (enum flow_direction)direction,
                                           .passed = found.passed,
                                           .refused = found.refused,
                                           .seen = stall->seen};
        if (elsewhere)
            sightings_add_witness(&suspicion.seen, pair->frame);
        suspicion.seen.first_ns = stall->first_ns;
        frames_sort(&suspicion.seen);
        hole_tell(holes, flow, direction, &suspicion);
    }
    cache_remove(&holes->stalls, &key);
}

/* Errors about the flow say why it stalled, but for redirects. */
static void black_holes_flow_closed(void *self, const struct flow *flow, const struct hit *hit)
{
    const struct black_holes *holes = self;
    bool explained = hit != NULL && !hit->after.redirect;
    if (holes->stalls.count == 0)
        return;
    for (unsigned direction = FLOW_FORWARD; direction <= FLOW_BACKWARD; direction++)
        stall_close(self, flow, direction, explained);
}

const struct tracker tracker_black_hole = {.init = black_holes_init,
                                           .fini = black_holes_fini,
                                           .limit = black_holes_limit,
                                           .messages = TRACKER_ALL,
                                           .message = black_holes_message,
                                           .packet = black_holes_packet,
                                           .flow_closed = black_holes_flow_closed,
                                           .lost = black_holes_lost};
