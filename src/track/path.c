#include "track/path.h"

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/path_store.h"
#include "track/stories.h"

enum {
    TTL_NEAR = 8,    /* what leaves with less is a probe, as far as anything is */
    LOOP_PASSES = 6, /* of one packet at one place */
};

/* ---- packets that circle --------------------------------------------------------------------- */

static struct trace_key key_of_loop(const struct trace_key *probed)
{
    struct trace_key key = *probed;
    key.id = 0;
    key.ordinary = 1;
    return key;
}

/* A single packet may have met routers that were about to change their routes. */
static void loop_found(struct paths *paths, const struct trace_key *key,
                       const struct packet *packet, bool proven)
{
    const struct finding_about about = {.src = key->src, .dst = key->dst, .family = key->family};
    struct finding *finding =
        findings_add(paths->track->findings, FINDING_ROUTING_LOOP, &about, packet);
    if (finding != NULL && finding->seen.count == 1 && !proven)
        finding->severity = SEVERITY_LOW;
    else if (finding != NULL)
        finding->severity = SEVERITY_MEDIUM;
}

/* One packet has come by again, for the `passes`th time; `news`: that it circles was not known. */
static void packet_passes(struct paths *paths, const struct trace_key *probed,
                          const struct packet *packet, uint8_t passes, bool news)
{
    const struct trace_key key = key_of_loop(probed);
    struct trace *trace = paths_open(paths, &key, packet->time_ns);
    if (news)
        loop_found(paths, &key, packet, true);
    if (trace == NULL)
        return;
    trace_seen(trace, (struct sighting){packet->frame, packet->capture}, packet->time_ns);
    if (passes > trace->path.passes)
        trace->path.passes = passes;
}

/* ---- probes ---------------------------------------------------------------------------------- */

static bool is_echo(const struct headers *ip, uint8_t type4, uint8_t type6)
{
    uint8_t type = ip->proto == PROTO_ICMP ? type4 : type6;
    return (ip->has & HAS_ICMP_ID) != 0 && ip->icmp_type == type;
}

static bool is_probe(const struct headers *ip)
{
    bool may = ip->proto == PROTO_UDP || ip->proto == PROTO_TCP || is_echo(ip, 8, 128);
    return may && ip->ttl > 0 && !addr_is_multicast(&ip->dst, (enum family)ip->family);
}

static struct trace_key key_of_packet(const struct headers *ip)
{
    struct trace_key key = {
        .src = ip->src, .dst = ip->dst, .family = ip->family, .proto = ip->proto};
    if ((ip->has & HAS_ICMP_ID) != 0)
        key.id = ip->icmp_id;
    return key;
}

/* How often a packet came by before its TTL was so low that its flow is watched. */
static uint8_t passes_before(const struct paths *paths, const struct sight *sight,
                             const struct probe *probe)
{
    enum { STEPS = 64 };
    uint8_t passes = 0, ttl = probe->ttl;
    if (paths->track->ring == NULL)
        return 0;
    ring_position position = sight->flow->newest;
    const struct ring_entry *entry = ring_get(paths->track->ring, position);
    for (int i = 0; i < STEPS && entry != NULL; i++) {
        if (entry->direction == sight->direction && entry->capture == probe->capture &&
            entry->identity == probe->identity && entry->ip_id == probe->ip_id &&
            entry->length == probe->length && entry->sent.ttl > ttl) {
            ttl = entry->sent.ttl;
            passes++;
        }
        entry = ring_get_previous(paths->track->ring, &position);
    }
    return passes;
}

/* What comes near its end for the first time in its flow may have circled. */
static void flow_watch(struct paths *paths, const struct sight *sight, const struct probe *probe,
                       const struct trace_key *key)
{
    if (probe->ttl >= TTL_NEAR || sight->flow->watched)
        return;
    sight->flow->watched = 1;
    uint8_t passes = (uint8_t)(passes_before(paths, sight, probe) + 1);
    if (passes >= LOOP_PASSES && cache_get(&paths->traces, key) == NULL)
        packet_passes(paths, key, sight->packet, passes, true);
}

static void probe_seen(struct paths *paths, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct trace_key key = key_of_packet(&packet->ip);
    struct probe probe;
    probe_from(&probe, packet);
    flow_watch(paths, sight, &probe, &key);
    struct trace *trace = paths_get(paths, &key, packet->time_ns);
    if (trace == NULL && paths_suspect(paths, &key, &probe))
        return;
    if (trace == NULL)
        trace = paths_open(paths, &key, packet->time_ns);
    if (trace == NULL)
        return;
    sight->flow->watched = 1;
    uint8_t passes = trace_probe(trace, &probe);
    if (passes >= LOOP_PASSES)
        packet_passes(paths, &key, packet, passes, passes == LOOP_PASSES);
}

/* ---- answers of the destination -------------------------------------------------------------- */

static bool is_answer(const struct headers *ip)
{
    if (ip->proto == PROTO_TCP)
        return (ip->has & HAS_TCP_FLAGS) != 0 && (ip->tcp_flags & (TCP_SYN | TCP_RST)) != 0 &&
               (ip->tcp_flags & (TCP_ACK | TCP_RST)) != 0;
    return ip->proto == PROTO_UDP || is_echo(ip, 0, 129);
}

static struct trace_key key_of_answer(const struct headers *ip)
{
    struct trace_key key = key_of_packet(ip);
    key.src = ip->dst;
    key.dst = ip->src;
    return key;
}

static void answer_seen(struct paths *paths, const struct packet *packet)
{
    const struct trace_key key = key_of_answer(&packet->ip);
    struct trace *trace = paths_get(paths, &key, packet->time_ns);
    struct probe *probe = trace != NULL ? trace_find_answered(trace, &packet->ip) : NULL;
    if (probe == NULL)
        return;
    probe->answered = true;
    const struct hop_told told = {.from = packet->ip.src,
                                  .answer = HOP_REACHED,
                                  .timed = true,
                                  .rtt_ns = time_between(probe->time_ns, packet->time_ns)};
    trace_seen(trace, (struct sighting){packet->frame, packet->capture}, packet->time_ns);
    trace_answer(trace, &paths->hops, probe->ttl, &told);
}

/* Of a first hop's own address nothing is known but the suspect: `traceroute` to a gateway. */
static void paths_packet(void *self, const struct sight *sight)
{
    struct paths *paths = self;
    const struct headers *ip = &sight->packet->ip;
    paths->now_ns = sight->packet->time_ns;
    if (ip->ttl < STORY_LOW_TTL && is_probe(ip))
        probe_seen(paths, sight);
    if (sight->flow->watched && paths->traces.count > 0 && is_answer(ip))
        answer_seen(paths, sight->packet);
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* What an error says of the path. */
enum telling { TELLS_NOTHING, TELLS_EXCEEDED, TELLS_UNREACHABLE, TELLS_REFUSED, TELLS_TOO_BIG };

/* Codes without a row are `other`. */
static const struct telling_type {
    uint8_t family, type, other;
    int16_t code; /* … that is told by itself */
    uint8_t telling;
} telling_types[] = {
    {FAMILY_IPV4, 11, TELLS_NOTHING, 0, TELLS_EXCEEDED},
    {FAMILY_IPV4, 3, TELLS_UNREACHABLE, 4, TELLS_TOO_BIG},
    {FAMILY_IPV4, 3, TELLS_UNREACHABLE, 3, TELLS_REFUSED},
    {FAMILY_IPV4, 3, TELLS_UNREACHABLE, 2, TELLS_REFUSED},
    {FAMILY_IPV6, 3, TELLS_NOTHING, 0, TELLS_EXCEEDED},
    {FAMILY_IPV6, 1, TELLS_UNREACHABLE, 4, TELLS_REFUSED},
    {FAMILY_IPV6, 2, TELLS_TOO_BIG, 0, TELLS_TOO_BIG},
};

static enum telling telling_of(const struct icmp *icmp)
{
    enum telling telling = TELLS_NOTHING;
    for (size_t i = 0; i < sizeof telling_types / sizeof telling_types[0]; i++) {
        const struct telling_type *row = &telling_types[i];
        if (row->family != icmp->family || row->type != icmp->type)
            continue;
        if (row->code == icmp->code)
            return (enum telling)row->telling;
        telling = (enum telling)row->other;
    }
    return telling;
}

/* The packet as it was sent, which NAT makes another than the quoted one. */
struct origin {
    struct trace_key key;
    uint32_t ports;
};

static struct origin origin_of(const struct verdict *verdict)
{
    const struct flow_key *flow = &verdict->sent_key;
    unsigned from = verdict->sent.direction == FLOW_FORWARD ? 0 : 1;
    struct origin origin = {.key = {.src = flow->addr[from],
                                    .dst = flow->addr[1 - from],
                                    .family = flow->family,
                                    .proto = flow->proto}};
    if (flow->proto == PROTO_ICMP || flow->proto == PROTO_ICMPV6)
        origin.key.id = flow->port[0];
    else
        origin.ports = (uint32_t)flow->port[from] << 16 | flow->port[1 - from];
    return origin;
}

static bool origin_is_probe(const struct origin *origin, const struct verdict *verdict)
{
    const struct trace_key *key = &origin->key;
    bool icmp = key->proto == PROTO_ICMP || key->proto == PROTO_ICMPV6;
    bool echo = icmp && verdict->sent_key.icmp == (key->family == FAMILY_IPV4 ? 8 : 128);
    return verdict->ttl_sent > 0 && (echo || key->proto == PROTO_UDP || key->proto == PROTO_TCP) &&
           !addr_is_multicast(&key->dst, (enum family)key->family);
}

static const struct icmp_extensions *extensions_of(const struct icmp *icmp)
{
    return (icmp->has & ICMP_HAS_EXTENSION) != 0 ? &icmp->extensions : NULL;
}

static struct hop_told told_of(const struct sight *sight, enum telling telling,
                               const struct addr *dst)
{
    const struct packet *packet = sight->packet;
    const struct verdict *verdict = sight->verdict;
    bool at_end = telling == TELLS_REFUSED ||
                  (telling == TELLS_UNREACHABLE && addr_equal(&packet->ip.src, dst));
    enum hop_answer answer = at_end                      ? HOP_REACHED
                             : telling == TELLS_EXCEEDED ? HOP_EXCEEDED
                                                         : HOP_UNREACHABLE;
    return (struct hop_told){.from = packet->ip.src,
                             .answer = (uint8_t)answer,
                             .type = packet->icmp->type,
                             .code = packet->icmp->code,
                             .nat = verdict->kind == VERDICT_NAT,
                             .timed = (verdict->has & VERDICT_HAS_RTT) != 0,
                             .rtt_ns = verdict->rtt_ns,
                             .rewritten = verdict->rewritten,
                             .extensions = extensions_of(packet->icmp)};
}

/* Of an error that a router sent twice, or that was captured twice, once. */
static void error_add(struct paths *paths, struct trace *trace, const struct sight *sight,
                      const struct origin *origin, enum telling telling)
{
    const struct packet *packet = sight->packet;
    const struct verdict *verdict = sight->verdict;
    struct probe *probe = trace_find_sent(trace, verdict, origin->ports);
    trace_seen(trace, (struct sighting){packet->frame, packet->capture}, packet->time_ns);
    if (probe != NULL && probe->answered)
        return;
    if (probe != NULL)
        probe->answered = true;
    if (telling == TELLS_TOO_BIG) {
        trace_excuse(trace, verdict->ttl_sent);
        return;
    }
    const struct hop_told told = told_of(sight, telling, &origin->key.dst);
    trace_answer(trace, &paths->hops, verdict->ttl_sent, &told);
}

/* Reasons to doubt an error so much that it proves no loop. */
static bool is_doubtful(const struct verdict *verdict)
{
    const uint32_t doubts = 1u << ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE |
                            1u << ANOMALY_BAD_CHECKSUM | 1u << ANOMALY_SEQ_OUT_OF_WINDOW |
                            1u << ANOMALY_QUOTED_TTL_ABOVE_SENT | 1u << ANOMALY_ABOUT_MULTICAST |
                            1u << ANOMALY_FASTER_THAN_POSSIBLE;
    return (verdict->anomalies & doubts) != 0 && (verdict->has & VERDICT_HAS_ANOMALIES) != 0;
}

/* Whether the error before was about the same packet, too. */
static bool is_repeated(struct trace *trace, const struct verdict *verdict)
{
    const struct sighting trigger = {verdict->sent.frame, verdict->sent.capture};
    bool same = trace->trigger.frame == trigger.frame && trace->trigger.capture == trigger.capture;
    trace->trigger = trigger;
    return same;
}

/* A TTL that takes a packet all over the world was not enough. */
static void error_of_loop(struct paths *paths, const struct sight *sight,
                          const struct origin *origin)
{
    const struct packet *packet = sight->packet;
    const struct trace_key key = key_of_loop(&origin->key);
    if (is_doubtful(sight->verdict))
        return;
    struct trace *trace = paths_open(paths, &key, packet->time_ns);
    if (trace == NULL || is_repeated(trace, sight->verdict))
        return;
    loop_found(paths, &key, packet, false);
    error_add(paths, trace, sight, origin, TELLS_EXCEEDED);
}

static void error_of_probe(struct paths *paths, const struct sight *sight,
                           const struct origin *origin, enum telling telling)
{
    const int64_t now_ns = sight->packet->time_ns;
    struct trace *trace = paths_get(paths, &origin->key, now_ns);
    bool begins = telling == TELLS_EXCEEDED || telling == TELLS_REFUSED;
    if (trace == NULL && begins && sight->verdict->ttl_sent < STORY_LOW_TTL)
        trace = paths_open(paths, &origin->key, now_ns);
    if (trace != NULL)
        error_add(paths, trace, sight, origin, telling);
}

static bool is_of_trace(const struct paths *paths, const struct origin *origin, uint8_t ttl)
{
    const struct trace *trace = cache_get(&paths->traces, &origin->key);
    return ttl < STORY_LOW_TTL || (trace != NULL && trace_goes_on(trace, ttl));
}

/* Of an error about one of several equal packets, which differ in their TTL only: whether it must
 * be about the only probe that has no answer. */
static bool verdict_exclude(struct paths *paths, const struct sight *sight, struct verdict *likely)
{
    const struct verdict *verdict = sight->verdict;
    if (verdict->kind != VERDICT_FLOW || verdict->flow == NULL)
        return false;
    *likely = *verdict;
    likely->sent_key = verdict->flow->key;
    likely->sent = (struct ring_entry){.direction = verdict->direction & 1};
    const struct origin origin = origin_of(likely);
    struct trace *trace = paths_get(paths, &origin.key, sight->packet->time_ns);
    const struct probe *probe = trace != NULL ? trace_find_only(trace, origin.ports) : NULL;
    if (probe == NULL)
        return false;
    likely->has |= VERDICT_HAS_SENT | VERDICT_HAS_RTT;
    likely->ttl_sent = probe->ttl;
    likely->rtt_ns = time_between(probe->time_ns, sight->packet->time_ns);
    likely->sent.identity = probe->identity;
    likely->sent.ip_id = probe->ip_id;
    likely->sent.length = probe->length;
    return true;
}

/* Of an error that cannot tell which packet of its flow it is about: whether that does not matter,
 * as all of the newest had a TTL that is no probe's. Then the newest stands for it in `likely`. */
static bool verdict_guess(const struct paths *paths, const struct verdict *verdict,
                          struct verdict *likely)
{
    enum { STEPS = 16 };
    const struct ring_entry *entry = NULL;
    if (verdict->kind != VERDICT_FLOW || verdict->flow == NULL || paths->track->ring == NULL)
        return false;
    *likely = *verdict;
    ring_position position = verdict->flow->newest;
    entry = ring_get(paths->track->ring, position);
    for (int i = 0; i < STEPS && entry != NULL; i++) {
        if (entry->direction == verdict->direction && entry->sent.ttl < STORY_LOW_TTL)
            return false;
        if (entry->direction == verdict->direction && (likely->has & VERDICT_HAS_SENT) == 0) {
            likely->has |= VERDICT_HAS_SENT;
            likely->sent = *entry;
            likely->sent_key = verdict->flow->key;
            likely->ttl_sent = entry->sent.ttl;
        }
        entry = ring_get_previous(paths->track->ring, &position);
    }
    return (likely->has & VERDICT_HAS_SENT) != 0;
}

static void error_seen(struct paths *paths, const struct sight *sight, enum telling telling)
{
    const struct verdict *verdict = sight->verdict;
    const struct origin origin = origin_of(verdict);
    if (telling == TELLS_EXCEEDED && !is_of_trace(paths, &origin, verdict->ttl_sent))
        error_of_loop(paths, sight, &origin);
    else if (origin_is_probe(&origin, verdict) && is_of_trace(paths, &origin, verdict->ttl_sent))
        error_of_probe(paths, sight, &origin, telling);
}

static void paths_message(void *self, const struct sight *sight)
{
    struct paths *paths = self;
    const struct verdict *verdict = sight->verdict;
    struct verdict likely;
    paths->now_ns = sight->packet->time_ns;
    const enum telling telling = verdict != NULL ? telling_of(sight->packet->icmp) : TELLS_NOTHING;
    if (telling == TELLS_NOTHING || verdict->inner)
        return;
    if ((verdict->has & VERDICT_HAS_SENT) != 0) {
        error_seen(paths, sight, telling);
    } else if (verdict_exclude(paths, sight, &likely) ||
               (telling == TELLS_EXCEEDED && verdict_guess(paths, verdict, &likely))) {
        struct sight as_likely = *sight;
        as_likely.verdict = &likely;
        error_seen(paths, &as_likely, telling);
    } else if (verdict->kind == VERDICT_UNKEYED || verdict->kind == VERDICT_FLOW) {
        paths_unplaced(paths, &sight->packet->ip.dst, paths->now_ns);
    }
}

/* ---- the tracker ----------------------------------------------------------------------------- */

const struct tracker tracker_path = {.init = paths_init,
                                     .fini = paths_fini,
                                     .limit = paths_limit,
                                     .messages = TRACKER_ALL,
                                     .message = paths_message,
                                     .packet = paths_packet,
                                     .tick = paths_tick,
                                     .make_room = paths_make_room,
                                     .finish = paths_finish,
                                     .lost = paths_lost};
