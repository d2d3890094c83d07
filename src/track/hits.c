#include "track/hits.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/room.h"
#include "decode/icmp.h"
#include "flow/tcp_state.h"
#include "match/match.h"

/* Packets of a flow that are looked back at when its first error is judged. */
enum { LOOK_BACK = 64, TCP_HEADER_MAX = 60 };

void hits_init(struct hits *hits, const uint64_t seed[2])
{
    hits->ring = NULL;
    hits->left = 0;
    hits->follows = (struct follows){.max = HITS_MAX};
    map_init(&hits->map,
             &(struct map_config){
                 sizeof(uint64_t), sizeof(struct hit), HITS_MAX, {seed[0], seed[1] ^ 1}});
    map_init(&hits->untied, &(struct map_config){sizeof(struct flow_key),
                                                 sizeof(struct hit),
                                                 HITS_UNTIED_MAX,
                                                 {seed[0], seed[1] ^ 2}});
}

enum { MORE_SIZE = (HIT_REPORTERS - 1) * sizeof(struct hit_by) };

size_t hits_limit(struct hits *hits, size_t flows, size_t untied)
{
    map_limit(&hits->map, flows);
    map_limit(&hits->untied, untied);
    return map_memory(&hits->map.config) + map_memory(&hits->untied.config) +
           (hits->map.config.max + hits->untied.config.max) * MORE_SIZE +
           follows_limit(&hits->follows, hits->map.config.max);
}

static void rows_free(struct map *map)
{
    for (size_t i = 0; i < map->count; i++)
        free(((struct hit *)map_value_at(map, i))->more_by);
}

void hits_fini(struct hits *hits)
{
    rows_free(&hits->map);
    rows_free(&hits->untied);
    map_fini(&hits->map);
    map_fini(&hits->untied);
    follows_fini(&hits->follows);
}

/* The place of one more row. */
static struct hit_by *row_add(struct hit *hit)
{
    if (hit->by_count == 1)
        hit->more_by = malloc(MORE_SIZE);
    if (hit->by_count == HIT_REPORTERS || (hit->by_count > 0 && hit->more_by == NULL))
        return NULL;
    return hit->by_count++ == 0 ? &hit->first_by : &hit->more_by[hit->by_count - 2];
}

/* The row for the sender and kind of this error; NULL where the rows are taken. */
static struct hit_by *hit_by_get(struct hit *hit, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    for (size_t i = 0; i < hit->by_count; i++) {
        struct hit_by *by = i == 0 ? &hit->first_by : &hit->more_by[i - 1];
        if (by->type == icmp->type && by->code == icmp->code && by->family == icmp->family &&
            addr_equal(&by->reporter, &packet->ip.src))
            return by;
    }
    struct hit_by *by = row_add(hit);
    if (by == NULL)
        return NULL;
    *by = (struct hit_by){.reporter = packet->ip.src,
                          .first_ns = packet->time_ns,
                          .last_ns = packet->time_ns,
                          .frame = packet->frame,
                          .capture = packet->capture,
                          .family = icmp->family,
                          .type = icmp->type,
                          .code = icmp->code};
    return by;
}

static void hit_by_add(struct hit *hit, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    struct hit_by *by = hit_by_get(hit, packet);
    if (by == NULL) {
        hit->by_more++;
        return;
    }
    by->count++;
    if (packet->time_ns > by->last_ns)
        by->last_ns = packet->time_ns;
    if ((icmp->has & ICMP_HAS_MTU) != 0) {
        by->mtu = by->has_mtu && by->mtu < icmp->mtu ? by->mtu : icmp->mtu;
        by->has_mtu = true;
    }
    if ((icmp->has & ICMP_HAS_GATEWAY) != 0) {
        by->gateway = icmp->gateway;
        by->has_gateway = true;
    }
}

/* A later fragment was quoted: the ports are those of its flow. */
static void hit_take_ports(struct hit *hit, const struct verdict *verdict)
{
    const struct flow_key *key = &verdict->flow->key;
    if (key->icmp != 0 || (key->port[0] | key->port[1]) == 0)
        return;
    hit->quoted.src_port = key->port[verdict->direction];
    hit->quoted.dst_port = key->port[!verdict->direction];
    hit->quoted.has |= HAS_PORTS;
}

static void hit_begin(struct hit *hit, const struct packet *packet, const struct verdict *verdict)
{
    hit->flow_id = (verdict->has & VERDICT_HAS_FLOW) != 0 ? verdict->flow_id : 0;
    hit->quoted = *match_headers(packet, verdict);
    if (verdict->kind == VERDICT_FRAGMENT && verdict->flow != NULL)
        hit_take_ports(hit, verdict);
    hit->first_ns = hit->last_ns = packet->time_ns;
    hit->capture = packet->capture;
    hit->frame = packet->frame;
    hit->verdict = (struct hit_verdict){.frame = verdict->frame,
                                        .capture = verdict->capture,
                                        .rtt_ns = verdict->rtt_ns,
                                        .has = verdict->has,
                                        .candidates = verdict->candidates,
                                        .kind = verdict->kind,
                                        .direction = verdict->direction,
                                        .ttl_sent = verdict->ttl_sent};
    if (verdict->kind == VERDICT_NAT && (verdict->has & VERDICT_HAS_FLOW) != 0)
        hit->flow.key = verdict->sent_key;
}

/* Of a flow that goes on, and that was hit before: where it is stands in the flow. */
static struct hit *hit_of(const struct hits *hits, const struct flow *flow)
{
    return follow_of(&hits->follows, flow) != NULL ? map_value_at(&hits->map, follow_hit(flow))
                                                   : NULL;
}

static struct hit *hit_tied(struct hits *hits, const struct verdict *verdict, bool *fresh)
{
    struct flow *flow = verdict->flow;
    struct hit *hit = flow != NULL ? hit_of(hits, flow) : NULL;
    if (hit != NULL)
        return hit;
    hit = map_add(&hits->map, &verdict->flow_id, fresh);
    if (*fresh && flow != NULL && follow_begin(&hits->follows, flow) != NULL)
        follow_set_hit(flow, map_position_of(&hits->map, hit));
    return hit;
}

static struct hit *hit_untied(struct hits *hits, const struct packet *packet, bool *fresh)
{
    struct flow_key key;
    enum flow_direction direction;
    if (!match_key(packet, &key, &direction))
        return NULL;
    return map_add(&hits->untied, &key, fresh);
}

/* ---- what came after ------------------------------------------------------------------------- */

static bool is_before(uint32_t seq, uint32_t than)
{
    return (int32_t)(seq - than) < 0;
}

/* A packet that the ring still has. Of TCP what is longer than any header has data; that it was
 * sent before is only known of what the error quotes. */
static struct aftermath_packet packet_from_ring(const struct ring_entry *entry,
                                                const struct headers *headers)
{
    const struct sent *sent = &entry->sent;
    bool tcp = (sent->has & HAS_TCP_FLAGS) != 0;
    bool quoted = (headers->has & HAS_TCP_SEQ) != 0 && headers->proto == PROTO_TCP;
    bool v4 = headers->family == FAMILY_IPV4;
    return (struct aftermath_packet){
        .time_ns = entry->time_ns,
        .length = (uint32_t)entry->length + sent->header_length,
        .ip_id = v4 ? entry->ip_id : 0,
        .direction = (uint8_t)entry->direction,
        .tcp_flags = tcp ? sent->tcp_flags : 0,
        .tcp = tcp,
        .data = entry->length > (tcp ? TCP_HEADER_MAX : 0),
        .again = tcp && quoted && is_before(entry->identity, headers->tcp_seq + 1),
        .divides = v4 && !sent->df,
    };
}

static struct aftermath_packet packet_from_brief(const struct flow *flow, const struct brief *brief)
{
    const struct ring_entry *entry = &brief->entry;
    const bool tcp = brief_has_sequence(brief), v4 = flow->key.family == FAMILY_IPV4;
    return (struct aftermath_packet){
        .time_ns = entry->time_ns,
        .length = brief->total_length,
        .ip_id = v4 ? entry->ip_id : 0,
        .direction = (uint8_t)entry->direction,
        .tcp_flags = tcp ? entry->sent.tcp_flags : 0,
        .tcp = tcp,
        .data = (tcp ? brief->payload_length : entry->length) > 0,
        .again = tcp && flow_knows_seq(flow, entry->direction) &&
                 is_before(entry->identity, flow->seq_next[entry->direction]),
        .divides = v4 && !entry->sent.df,
    };
}

/* What the flow sent while the error waited to be judged, or was on its way through another queue;
 * and what it sent before, for its length. */
static void after_look_back(struct aftermath *after, const struct headers *quoted,
                            const struct ring *ring, const struct flow *flow)
{
    ring_position position = flow->newest;
    const struct ring_entry *entry = ring_get(ring, position);
    for (int i = 0; i < LOOK_BACK && entry != NULL; i++) {
        if (entry->time_ns <= after->since_ns && after->mtu == 0)
            return;
        struct aftermath_packet packet = packet_from_ring(entry, quoted);
        /* In the same tick it came before: it stands before the error. */
        packet.time_ns -= packet.time_ns == after->since_ns;
        aftermath_packet(after, &packet);
        entry = ring_get_previous(ring, &position);
    }
}

static void hit_follow(const struct hits *hits, const struct hit *hit, bool fresh,
                       const struct packet *packet, const struct verdict *verdict)
{
    struct follow *follow = follow_of(&hits->follows, verdict->flow);
    if (follow == NULL)
        return;
    struct aftermath *after = &follow->after;
    bool begins = aftermath_is_begun_by(fresh ? NULL : after, packet);
    if (begins)
        aftermath_begin(after, packet, verdict);
    aftermath_error(after, packet, verdict);
    if (begins && hits->ring != NULL)
        after_look_back(after, &hit->quoted, hits->ring, verdict->flow);
}

struct follow *hits_packet(struct hits *hits, const struct flow *flow, const struct brief *brief)
{
    struct follow *follow = follow_of(&hits->follows, flow);
    if (follow == NULL)
        return NULL;
    const struct aftermath_packet one = packet_from_brief(flow, brief);
    follow_packet(follow, &one);
    return follow;
}

/* ---- errors and ends ------------------------------------------------------------------------- */

struct hit *hits_error(struct hits *hits, const struct packet *packet,
                       const struct verdict *verdict)
{
    bool fresh = false;
    struct hit *hit = (verdict->has & VERDICT_HAS_FLOW) != 0 ? hit_tied(hits, verdict, &fresh)
                                                             : hit_untied(hits, packet, &fresh);
    if (hit == NULL)
        return NULL;
    if (fresh)
        hit_begin(hit, packet, verdict);
    hit->count++;
    hit->exact += verdict->kind == VERDICT_EXACT;
    if (packet->time_ns > hit->last_ns)
        hit->last_ns = packet->time_ns;
    hit_by_add(hit, packet);
    if (verdict->flow != NULL)
        hit_follow(hits, hit, fresh, packet, verdict);
    return hit;
}

const struct hit *hits_flow_closed(struct hits *hits, const struct flow *flow, int64_t now_ns)
{
    struct follow *follow = follow_of(&hits->follows, flow);
    if (follow == NULL)
        return NULL;
    struct hit *hit = map_value_at(&hits->map, follow_hit(flow));
    hit->flow = *flow;
    hit->flow.first_ns = follow->first_ns;
    hit->after = follow->after;
    follow_end(&hits->follows, follow);
    bool seen = flow_packets(flow, (enum flow_direction)hit->after.direction) > 0;
    aftermath_settle(&hit->after, now_ns, seen);
    return hit;
}

/* Those that leave: all that have ended, or whose last error came no later. */
struct leaving {
    bool ended;
    int64_t last_ns;
};

static bool hit_leaves(void *context, const void *key, void *value)
{
    const struct leaving *leaving = context;
    const struct hit *hit = value;
    (void)key;
    const bool leaves = leaving->ended ? hit->flow.id != 0 : hit->last_ns <= leaving->last_ns;
    if (leaves)
        free(hit->more_by);
    return leaves;
}

static size_t hits_prune(struct map *map)
{
    struct leaving leaving = {.ended = false};
    if (!room_is_short(map))
        return 0;
    leaving.last_ns = room_half(map, offsetof(struct hit, last_ns));
    return map_prune(map, hit_leaves, &leaving);
}

/* Those that stay have moved. */
static bool hit_has_left(void *context, struct flow *flow)
{
    const struct hits *hits = context;
    const uint64_t id = flow->id;
    const struct hit *hit = map_get(&hits->map, &id);
    if (hit != NULL)
        follow_set_hit(flow, map_position_of(&hits->map, hit));
    return hit == NULL;
}

void hits_make_room(struct hits *hits)
{
    struct leaving ended = {.ended = true};
    hits->left += hits_prune(&hits->untied);
    if (!room_is_short(&hits->map))
        return;
    map_prune(&hits->map, hit_leaves, &ended);
    hits->left += hits_prune(&hits->map);
    follows_prune(&hits->follows, hit_has_left, hits);
}

uint64_t hits_refused(const struct hits *hits)
{
    return hits->map.refused + hits->untied.refused + hits->left;
}
