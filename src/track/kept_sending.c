#include "track/kept_sending.h"

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/near.h"

/* A flow of which an error said that the host or the port cannot be reached. */
struct told_flow {
    struct finding_about about;
    struct sightings seen; /* the error, and what was sent after it */
    int64_t last_ns;
    bool near;
};

/* Port or host unreachable. The others may be told of a network for a while. */
static bool says_nobody(const struct icmp *icmp)
{
    static const struct {
        uint8_t family, type, code;
    } known[] = {
        {FAMILY_IPV4, 3, 1}, {FAMILY_IPV4, 3, 3}, {FAMILY_IPV6, 1, 3}, {FAMILY_IPV6, 1, 4}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].family == icmp->family && known[i].type == icmp->type &&
            known[i].code == icmp->code)
            return true;
    return false;
}

/* TCP must go on after such errors (RFC 1122 4.2.3.9) or ends by itself, and a ping is to go on. */
static bool should_stop(const struct flow_key *key)
{
    return key->proto != PROTO_TCP && key->proto != PROTO_ICMP && key->proto != PROTO_ICMPV6;
}

/* An error that its receiver would not take for one is none that it should hear. */
static bool is_heard(const struct sight *sight)
{
    return sight->packet->icmp->checksum != CHECKSUM_BAD && sight->verdict->flow != NULL &&
           sight->verdict->kind != VERDICT_REVERSE;
}

static void sendings_message(void *self, const struct sight *sight)
{
    struct kept_sendings *sendings = self;
    const struct verdict *verdict = sight->verdict;
    bool fresh;
    if (verdict == NULL || !says_nobody(sight->packet->icmp) || !is_heard(sight) ||
        !should_stop(&verdict->flow->key))
        return;
    const uint64_t id = verdict->flow_id;
    struct told_flow *told = cache_add(&sendings->flows, &id, &fresh);
    if (told == NULL || !fresh)
        return;
    const struct sighting frame = {sight->packet->frame, sight->packet->capture};
    told->about = finding_about_error(sight->packet);
    told->about.proto = verdict->flow->key.proto;
    told->last_ns = sight->packet->time_ns;
    told->near = (verdict->has & VERDICT_HAS_SENT) != 0 && near_ttl(verdict->ttl_sent);
    sightings_add_witness(&told->seen, frame);
    if (sight->follow != NULL)
        sight->follow->watched = true;
}

static void sendings_packet(void *self, const struct sight *sight)
{
    struct kept_sendings *sendings = self;
    if (sight->follow == NULL || !sight->follow->watched || !should_stop(&sight->flow->key) ||
        sight->direction != sight->follow->after.direction)
        return;
    const uint64_t id = sight->flow->id;
    struct told_flow *told = cache_get(&sendings->flows, &id);
    if (told == NULL)
        return;
    int64_t later = time_between(told->last_ns, sight->packet->time_ns);
    told->near = told->near || near_ttl(sight->packet->ip.ttl);
    told->last_ns = sight->packet->time_ns;
    if (later >= KEPT_SENDING_APART_NS)
        sightings_add(&told->seen, sight->packet);
}

/* The TTL runs out of what traces a path: it wants such errors. */
static bool is_trace(const struct hit *hit)
{
    for (size_t i = 0; i < hit->by_count; i++) {
        const struct hit_by *by = hit_by_at(hit, i);
        if (by->type == (by->family == FAMILY_IPV4 ? 11 : 3))
            return true;
    }
    return false;
}

static void sendings_flow_closed(void *self, const struct flow *flow, const struct hit *hit)
{
    struct kept_sendings *sendings = self;
    const uint64_t id = flow->id;
    const struct told_flow *told =
        should_stop(&flow->key) ? cache_get(&sendings->flows, &id) : NULL;
    if (told == NULL)
        return;
    if (hit != NULL && hit->after.verdict == AFTERMATH_CONTINUED && told->near &&
        told->seen.count >= KEPT_SENDING_ATTEMPTS && !is_trace(hit)) {
        struct finding *finding = findings_add_seen(sendings->track->findings, FINDING_KEPT_SENDING,
                                                    &told->about, &told->seen);
        if (finding != NULL)
            finding->value += hit->after.packets;
    }
    cache_remove(&sendings->flows, &id);
}

static struct cache_config flows_config(const struct track *track)
{
    return (struct cache_config){.key_size = sizeof(uint64_t),
                                 .value_size = sizeof(struct told_flow),
                                 .max = KEPT_SENDING_FLOWS,
                                 .seed = {track->seed[0], track->seed[1]}};
}

static void sendings_init(void *self, const struct track *track)
{
    struct kept_sendings *sendings = self;
    const struct cache_config config = flows_config(track);
    *sendings = (struct kept_sendings){.track = track};
    cache_init(&sendings->flows, &config);
}

static void sendings_fini(void *self)
{
    struct kept_sendings *sendings = self;
    cache_fini(&sendings->flows);
}

static size_t sendings_limit(void *self, double part)
{
    struct kept_sendings *sendings = self;
    cache_limit(&sendings->flows, (size_t)(part * KEPT_SENDING_FLOWS));
    return cache_memory(&sendings->flows.config);
}

static uint64_t sendings_lost(const void *self)
{
    return ((const struct kept_sendings *)self)->flows.evicted;
}

const struct tracker tracker_kept_sending = {.init = sendings_init,
                                             .fini = sendings_fini,
                                             .limit = sendings_limit,
                                             .messages = TRACKER_TIED,
                                             .message = sendings_message,
                                             .packet = sendings_packet,
                                             .flow_closed = sendings_flow_closed,
                                             .lost = sendings_lost};
