#include "track/pmtu.h"

#include <stddef.h>
#include <string.h>

#include "base/room.h"
#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/pmtu_fault.h"

const char *const pmtu_source_names[PMTU_SOURCES] = {
    [PMTU_TOLD] = "told", [PMTU_SWEPT] = "swept", [PMTU_SUSPECTED] = "suspected"};

/* ---- records --------------------------------------------------------------------------------- */

/* A record about a path, of which the flow is added. */
static struct pmtu record_of(enum pmtu_source source, const struct pmtu_path_key *path)
{
    return (struct pmtu){.story = {.has = STORY_HAS_SRC | STORY_HAS_DST,
                                   .family = (uint8_t)path->family,
                                   .src = path->src,
                                   .dst = path->dst},
                         .source = (uint8_t)source,
                         .outcome = PMTU_UNKNOWN};
}

static void record_set_flow(struct pmtu *pmtu, const struct flow_key *key,
                            enum flow_direction direction, uint64_t flow_id)
{
    pmtu->key = *key;
    pmtu->direction = (uint8_t)direction;
    pmtu->flow_id = flow_id;
    pmtu->story.has |= PMTU_HAS_KEY | (flow_id != 0 ? (uint32_t)PMTU_HAS_FLOW : 0);
}

static void record_set_now(struct pmtu *pmtu, const struct pmtu_history *history)
{
    const struct pmtu_change *now = pmtu_history_now(history);
    pmtu->history = *history;
    if (now == NULL || now->mtu == 0)
        return;
    pmtu->mtu = now->mtu;
    pmtu->reporter = now->reporter;
    pmtu->story.has |= PMTU_HAS_MTU | PMTU_HAS_CHANGES;
    pmtu->story.has |= now->told ? (uint32_t)PMTU_HAS_REPORTER : 0;
}

static void record_set_bounds(struct pmtu *pmtu, uint32_t passed, uint32_t refused)
{
    pmtu->passed = passed;
    pmtu->refused = refused;
    pmtu->story.has |= passed != 0 ? (uint32_t)PMTU_HAS_PASSED : 0;
    pmtu->story.has |= refused != 0 ? (uint32_t)PMTU_HAS_REFUSED : 0;
}

static void record_set_errors(struct pmtu *pmtu, uint64_t errors, bool plateau)
{
    pmtu->errors = errors;
    pmtu->plateau = plateau;
    pmtu->story.has |= errors > 0 ? (uint32_t)PMTU_HAS_ERRORS : 0;
}

static void record_emit(struct pmtus *pmtus, const struct pmtu *pmtu, const struct sighting *first,
                        int64_t time_ns)
{
    const struct track *track = pmtus->track;
    pmtus->told[pmtu->source][pmtu->outcome]++;
    track->emit(track->context, &(struct event){.type = EVENT_PMTU,
                                                .capture = (uint16_t)first->capture,
                                                .frame = first->frame,
                                                .time_ns = time_ns,
                                                .story = &pmtu->story});
}

/* ---- flows that were told -------------------------------------------------------------------- */

/* Whether its host is looking for the MTU, and so not bound to obey. */
static bool is_swept(const struct pmtus *pmtus, const struct pmtu_flow *flow)
{
    const struct pmtu_path_key key =
        pmtu_path_key_of(&flow->key, (enum flow_direction)flow->direction);
    const struct sweep *sweep = flow->key.icmp != 0 ? cache_get(&pmtus->sweeps, &key) : NULL;
    struct sweep_result result;
    return sweep != NULL && sweep_judge(sweep, pmtus->now_ns, &result);
}

static void record_set_outcome(struct pmtu *pmtu, const struct pmtu_flow *flow,
                               const struct aftermath *after)
{
    if (after->mtu == 0 || flow->lowest != after->mtu)
        return;
    if (after->verdict == AFTERMATH_ADAPTED) {
        pmtu->outcome = PMTU_ADAPTED;
        pmtu->adapted_ns = time_between(after->told_ns, after->within_ns);
        if (pmtu->adapted_ns < 0) /* captured in another order */
            pmtu->adapted_ns = 0;
        pmtu->story.has |= PMTU_HAS_ADAPTED;
    } else if (after->verdict == AFTERMATH_IGNORED) {
        pmtu->outcome = PMTU_IGNORED;
        pmtu->ignored = aftermath_ignored_packets(after);
        pmtu->story.has |= PMTU_HAS_IGNORED;
    }
}

static void flow_settle_path(struct pmtus *pmtus, const struct pmtu *pmtu,
                             const struct pmtu_path_key *key, int64_t time_ns)
{
    struct pmtu_path *path = pmtu_path_get(&pmtus->paths, key, time_ns);
    if (path == NULL)
        return;
    path->flows[pmtu->outcome]++;
    if (pmtu->outcome == PMTU_ADAPTED && pmtu->adapted_ns > path->adapted_ns)
        path->adapted_ns = pmtu->adapted_ns;
    const struct pmtu_change *now = pmtu_history_now(&pmtu->history);
    if (now != NULL && !now->told)
        pmtu_history_passed(&path->history, now->mtu, now->time_ns);
}

/* `hit` is NULL where what it did next is not known. */
static void flow_tell(struct pmtus *pmtus, const struct pmtu_flow *flow, const struct hit *hit)
{
    const enum flow_direction direction = (enum flow_direction)flow->direction;
    const struct pmtu_path_key path = pmtu_path_key_of(&flow->key, direction);
    struct pmtu pmtu = record_of(PMTU_TOLD, &path);
    if (flow->told.frame_count == 0)
        return;
    record_set_flow(&pmtu, &flow->key, direction, flow->flow_id);
    record_set_now(&pmtu, &flow->history);
    record_set_bounds(&pmtu, flow->passed, flow->refused);
    record_set_errors(&pmtu, flow->errors, flow->plateau);
    if (hit != NULL && !is_swept(pmtus, flow))
        record_set_outcome(&pmtu, flow, &hit->after);
    if (pmtu_history_advise(&pmtu.advice, &flow->history, (enum family)flow->key.family))
        pmtu.story.has |= PMTU_HAS_ADVICE;
    flow_settle_path(pmtus, &pmtu, &path, flow->told.last_ns);
    record_emit(pmtus, &pmtu, &flow->told.frames[0], flow->told.last_ns);
}

static void flow_gone(void *self, const void *key, void *value)
{
    (void)key;
    flow_tell(self, value, NULL);
}

static void path_told(struct pmtus *pmtus, const struct pmtu_path_key *key,
                      const struct pmtu_told *told, const struct packet *packet)
{
    struct pmtu_path *path = pmtu_path_get(&pmtus->paths, key, told->change.time_ns);
    if (path == NULL)
        return;
    path->errors++;
    sightings_add(&path->seen, packet);
    if (pmtu_history_told(&path->history, &told->change, told->valid))
        path->plateau = told->plateau;
}

static void pmtus_told(struct pmtus *pmtus, const struct sight *sight)
{
    const struct headers *quoted = &sight->packet->icmp->quote.ip;
    struct flow_key key;
    enum flow_direction direction;
    struct pmtu_told told;
    if (!pmtu_told_from(&told, sight))
        return;
    struct pmtu_path_key path = {quoted->src, quoted->dst, quoted->family, sight->packet->context};
    if (pmtu_flow_key_from(&key, &direction, sight)) {
        path = pmtu_path_key_of(&key, direction);
        pmtu_flows_told(&pmtus->flows, sight, &told);
    }
    path_told(pmtus, &path, &told, sight->packet);
    if (!told.valid)
        told.change.mtu = 0;
    sweeps_error(&pmtus->sweeps, &path, told.length, &told.change);
}

/* ---- sweeps ---------------------------------------------------------------------------------- */

static void sweep_settle_path(struct pmtus *pmtus, const struct pmtu_path_key *key,
                              const struct sweep *sweep, const struct sweep_result *result)
{
    struct pmtu_path *path = pmtu_path_get(&pmtus->paths, key, sweep->last_ns);
    if (path == NULL)
        return;
    path->swept = true;
    sightings_add_witness(&path->seen, sweep->first);
    path->passed = result->passed;
    path->refused = result->refused;
    path->flows[PMTU_BLACK_HOLE] += result->silent;
}

/* It is over, if it was one. */
static void sweep_tell(struct pmtus *pmtus, const struct pmtu_path_key *key,
                       const struct sweep *sweep, int64_t now_ns)
{
    struct sweep_result result;
    const enum family family = (enum family)key->family;
    if (!sweep_judge(sweep, now_ns, &result))
        return;
    struct pmtu pmtu = record_of(PMTU_SWEPT, key);
    if (sweep->told.mtu != 0) {
        pmtu.mtu = sweep->told.mtu;
        pmtu.reporter = sweep->told.reporter;
        pmtu.story.has |= PMTU_HAS_MTU | PMTU_HAS_REPORTER;
    } else if (result.passed != 0 && result.refused == result.passed + 1) {
        pmtu.mtu = result.passed;
        pmtu.story.has |= PMTU_HAS_MTU;
    }
    pmtu.outcome = result.silent ? PMTU_BLACK_HOLE : PMTU_UNKNOWN;
    record_set_bounds(&pmtu, result.passed, result.refused);
    record_set_errors(&pmtu, sweep->errors, false);
    bool advised = pmtu.mtu != 0
                       ? pmtu_advise(&pmtu.advice, pmtu.mtu, family)
                       : pmtu_advise_between(&pmtu.advice, result.passed, result.refused, family);
    pmtu.story.has |= advised ? (uint32_t)PMTU_HAS_ADVICE : 0;
    sweep_settle_path(pmtus, key, sweep, &result);
    record_emit(pmtus, &pmtu, &sweep->first, sweep->last_ns);
}

static void sweep_gone(void *self, const void *key, void *value)
{
    struct pmtus *pmtus = self;
    sweep_tell(pmtus, key, value, pmtus->now_ns);
}

/* A reply to what is longer than the MTU that was told says that the path has changed. */
static void pmtus_echo(struct pmtus *pmtus, const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    const struct pmtu_path_key key = {ip->dst, ip->src, ip->family, packet->context};
    uint32_t length = sweeps_echo(&pmtus->sweeps, packet);
    if (length == 0 || pmtus->paths.count == 0)
        return;
    struct pmtu_path *path = map_get(&pmtus->paths, &key);
    if (path != NULL && time_between(path->last_ns, packet->time_ns) > AFTERMATH_GRACE_NS)
        pmtu_history_passed(&path->history, length, packet->time_ns);
}

/* ---- what other trackers know ---------------------------------------------------------------- */

void pmtus_suspect(struct pmtus *pmtus, const struct pmtu_suspicion *suspicion)
{
    const struct pmtu_path_key key = pmtu_path_key_of(suspicion->key, suspicion->direction);
    const enum family family = (enum family)key.family;
    struct pmtu pmtu = record_of(PMTU_SUSPECTED, &key);
    pmtu.outcome = PMTU_BLACK_HOLE;
    record_set_flow(&pmtu, suspicion->key, suspicion->direction, suspicion->flow_id);
    record_set_bounds(&pmtu, suspicion->passed, suspicion->refused);
    if (pmtu_advise_between(&pmtu.advice, suspicion->passed, suspicion->refused, family))
        pmtu.story.has |= PMTU_HAS_ADVICE;
    record_emit(pmtus, &pmtu, &suspicion->seen.frames[0], suspicion->seen.last_ns);

    struct pmtu_path *path = pmtu_path_get(&pmtus->paths, &key, suspicion->seen.last_ns);
    if (path == NULL)
        return;
    path->flows[PMTU_BLACK_HOLE]++;
    sightings_merge(&path->seen, &suspicion->seen);
    if (suspicion->passed > path->passed)
        path->passed = suspicion->passed;
    if (path->refused == 0 || suspicion->refused < path->refused)
        path->refused = suspicion->refused;
}

void pmtus_clamped(struct pmtus *pmtus, const struct pmtu_clamp *clamp)
{
    const struct pmtu_path_key key = pmtu_path_key_of(clamp->key, clamp->direction);
    struct pmtu_path *path = pmtu_path_get(&pmtus->paths, &key, clamp->time_ns);
    if (path == NULL)
        return;
    sightings_add_witness(&path->seen, clamp->frame);
    path->mss_sent = clamp->sent;
    path->mss_seen = clamp->seen;
    path->mss_has_hop = clamp->where != NULL;
    if (clamp->where != NULL)
        path->mss_hop = *clamp->where;
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void pmtus_init(void *self, const struct track *track)
{
    struct pmtus *pmtus = self;
    struct cache_config flows = pmtu_flows_config(track->seed);
    struct cache_config sweeps = sweeps_config(track->seed);
    const struct map_config paths = pmtu_paths_config(track->seed);
    *pmtus = (struct pmtus){.track = track};
    flows.gone = flow_gone;
    sweeps.gone = sweep_gone;
    flows.context = sweeps.context = pmtus;
    cache_init(&pmtus->flows, &flows);
    cache_init(&pmtus->sweeps, &sweeps);
    map_init(&pmtus->paths, &paths);
}

static void pmtus_fini(void *self)
{
    struct pmtus *pmtus = self;
    cache_fini(&pmtus->flows);
    cache_fini(&pmtus->sweeps);
    map_fini(&pmtus->paths);
}

static size_t pmtus_limit(void *self, double part)
{
    struct pmtus *pmtus = self;
    cache_limit(&pmtus->flows, (size_t)(part * PMTU_FLOWS_MAX));
    cache_limit(&pmtus->sweeps, (size_t)(part * PMTU_SWEEPS_MAX));
    map_limit(&pmtus->paths, (size_t)(part * PMTU_PATHS_MAX));
    return cache_memory(&pmtus->flows.config) + cache_memory(&pmtus->sweeps.config) +
           map_memory(&pmtus->paths.config);
}

static void pmtus_message(void *self, const struct sight *sight)
{
    struct pmtus *pmtus = self;
    pmtus->now_ns = sight->packet->time_ns;
    if (sight->verdict == NULL) {
        pmtus_echo(pmtus, sight->packet);
        return;
    }
    pmtu_faults_message(pmtus->track->findings, sight);
    pmtus_told(pmtus, sight);
}

static void pmtus_packet(void *self, const struct sight *sight)
{
    struct pmtus *pmtus = self;
    struct pmtu_flow *flow = sight->follow != NULL && sight->flow->watched
                                 ? pmtu_flows_get(&pmtus->flows, sight->flow->id)
                                 : NULL;
    if (flow != NULL)
        pmtu_flow_packet(flow, sight);
}

static void pmtus_flow_closed(void *self, const struct flow *flow, const struct hit *hit)
{
    struct pmtus *pmtus = self;
    const struct pmtu_flow *told =
        hit != NULL && flow->watched ? pmtu_flows_get(&pmtus->flows, flow->id) : NULL;
    if (told == NULL)
        return;
    flow_tell(pmtus, told, hit);
    pmtu_flow_find(told, hit, pmtus->track->findings);
    pmtu_flows_remove(&pmtus->flows, flow->id);
}

static void pmtus_tick(void *self, int64_t now_ns)
{
    struct pmtus *pmtus = self;
    const void *key;
    const struct sweep *sweep;
    pmtus->now_ns = now_ns;
    while ((sweep = cache_oldest(&pmtus->sweeps, &key)) != NULL &&
           time_between(sweep->last_ns, now_ns) > PMTU_SWEEP_IDLE_NS) {
        sweep_tell(pmtus, key, sweep, now_ns);
        cache_remove(&pmtus->sweeps, key);
    }
}

/* What is left: flows that were named and not captured, or gone when they were told. */
static void pmtus_make_room(void *self, int64_t now_ns)
{
    struct pmtus *pmtus = self;
    (void)now_ns;
    pmtus->left += room_make(&pmtus->paths, offsetof(struct pmtu_path, last_ns));
}

static void pmtus_finish(void *self, int64_t now_ns)
{
    struct pmtus *pmtus = self;
    const void *key;
    const struct pmtu_flow *flow;
    const struct sweep *sweep;
    pmtus->now_ns = now_ns;
    while ((flow = cache_oldest(&pmtus->flows, &key)) != NULL) {
        flow_tell(pmtus, flow, NULL);
        cache_remove(&pmtus->flows, key);
    }
    while ((sweep = cache_oldest(&pmtus->sweeps, &key)) != NULL) {
        sweep_tell(pmtus, key, sweep, now_ns);
        cache_remove(&pmtus->sweeps, key);
    }
}

/* Sweeps that give way are mostly single pings: those that are some are told. */
static uint64_t pmtus_lost(const void *self)
{
    const struct pmtus *pmtus = self;
    return pmtus->flows.evicted + pmtus->paths.refused + pmtus->left;
}

const struct tracker tracker_pmtu = {.init = pmtus_init,
                                     .fini = pmtus_fini,
                                     .limit = pmtus_limit,
                                     .messages = TRACKER_ALL,
                                     .message = pmtus_message,
                                     .packet = pmtus_packet,
                                     .flow_closed = pmtus_flow_closed,
                                     .tick = pmtus_tick,
                                     .make_room = pmtus_make_room,
                                     .finish = pmtus_finish,
                                     .lost = pmtus_lost};
