#include "track/hits.h"

#include <string.h>

#include "decode/icmp.h"
#include "match/match.h"

void hits_init(struct hits *hits, const uint64_t seed[2])
{
    map_init(&hits->map,
             &(struct map_config){
                 sizeof(uint64_t), sizeof(struct hit), HITS_MAX, {seed[0], seed[1] ^ 1}});
    map_init(&hits->untied, &(struct map_config){sizeof(struct flow_key),
                                                 sizeof(struct hit),
                                                 HITS_UNTIED_MAX,
                                                 {seed[0], seed[1] ^ 2}});
}

size_t hits_limit(struct hits *hits, size_t flows, size_t untied)
{
    map_limit(&hits->map, flows);
    map_limit(&hits->untied, untied);
    return map_memory(&hits->map.config) + map_memory(&hits->untied.config);
}

void hits_fini(struct hits *hits)
{
    map_fini(&hits->map);
    map_fini(&hits->untied);
}

/* The row for the sender and kind of this error; NULL where the rows are taken. */
static struct hit_by *hit_by_get(struct hit *hit, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    for (size_t i = 0; i < hit->by_count; i++) {
        struct hit_by *by = &hit->by[i];
        if (by->type == icmp->type && by->code == icmp->code && by->family == icmp->family &&
            addr_compare(&by->reporter, &packet->ip.src) == 0)
            return by;
    }
    if (hit->by_count == HIT_REPORTERS)
        return NULL;

    struct hit_by *by = &hit->by[hit->by_count++];
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
    hit->verdict = *verdict;
    hit->verdict.flow = NULL; /* it may be gone when this is read */
}

static struct hit *hit_tied(struct hits *hits, const struct verdict *verdict, bool *fresh)
{
    struct hit *hit = map_add(&hits->map, &verdict->flow_id, fresh);
    if (*fresh && verdict->flow != NULL)
        verdict->flow->hit = true;
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
    return hit;
}

const struct hit *hits_flow_closed(struct hits *hits, const struct flow *flow)
{
    const uint64_t id = flow->id;
    struct hit *hit = flow->hit ? map_get(&hits->map, &id) : NULL;
    if (hit != NULL)
        hit->flow = *flow;
    return hit;
}

uint64_t hits_refused(const struct hits *hits)
{
    return hits->map.refused + hits->untied.refused;
}
