#include "track/path_store.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "base/room.h"
#include "base/timefmt.h"

enum { SUSPECT_PROBES = 3 };

static const int64_t idle_ns = 20 * (int64_t)NS_PER_S;  /* then it is over … */
static const int64_t long_ns = 600 * (int64_t)NS_PER_S; /* … or is told, and goes on as another */

const char *const path_method_names[PATH_METHODS] = {
    [PATH_UDP] = "udp", [PATH_TCP] = "tcp", [PATH_ICMP] = "icmp", [PATH_OTHER] = "other"};

const char *const path_style_names[PATH_STYLES] = {[PATH_STYLE_CLASSIC] = "classic",
                                                   [PATH_STYLE_PARIS] = "paris",
                                                   [PATH_STYLE_MULTIPATH] = "multipath"};

/* Packets of one TTL, so far. */
struct suspect {
    struct probe probes[SUSPECT_PROBES]; /* the newest, in a ring */
    uint32_t count;
};

uint64_t path_weight(const void *value)
{
    const struct path *path = value;
    return path->loop ? 2 : 1;
}

/* ---- the end of a trace ---------------------------------------------------------------------- */

static void path_free(struct paths *paths, struct path *path)
{
    for (size_t i = 0; i <= PATH_TTLS; i++)
        hops_free(&paths->hops, &path->hops[i]);
}

static void path_keep(struct paths *paths, struct path *path)
{
    uint32_t number = paths->number;
    struct path *kept = NULL;
    if (paths->kept.count < paths->kept.config.max)
        kept = map_add(&paths->kept, &number, NULL);
    if (kept != NULL) {
        paths->number++;
        *kept = *path;
        return;
    }
    paths->more++;
    path_free(paths, path);
}

/* Probes that come by a router again and again prove a loop, as packets without a way out do. */
static void path_find_loop(struct paths *paths, const struct path *path)
{
    const struct finding_about about = {
        .src = path->story.src, .dst = path->story.dst, .family = path->story.family};
    struct sightings seen = {0};
    if (!path->loop || path->ordinary ||
        findings_get(paths->track->findings, FINDING_ROUTING_LOOP, &about) != NULL)
        return;
    sightings_add_frame(&seen, path->first, path->first_ns);
    sightings_add_witness(&seen, path->last);
    findings_add_seen(paths->track->findings, FINDING_ROUTING_LOOP, &about, &seen);
}

static struct path_unplaced *unplaced_of(struct paths *paths, const struct addr *to)
{
    uint64_t words[2];
    memcpy(words, to->bytes, sizeof words);
    return &paths->unplaced[hash_mix(words[0] ^ hash_mix(words[1])) % PATH_UNPLACED];
}

void paths_unplaced(struct paths *paths, const struct addr *to, int64_t now_ns)
{
    *unplaced_of(paths, to) = (struct path_unplaced){*to, now_ns};
}

static bool answers_are_known(struct paths *paths, const struct path *path)
{
    const struct path_unplaced *unplaced = unplaced_of(paths, &path->story.src);
    return !addr_equal(&unplaced->to, &path->story.src) ||
           time_between(path->first_ns, unplaced->last_ns) < 0;
}

static void trace_end(struct paths *paths, struct trace *trace, int64_t now_ns)
{
    struct path *path = &trace->path;
    if (!trace_settle(trace, &paths->hops, now_ns, answers_are_known(paths, path))) {
        path_free(paths, path);
        return;
    }
    path_find_loop(paths, path);
    paths->track->emit(paths->track->context, &(struct event){.type = EVENT_PATH,
                                                              .capture = path->first.capture,
                                                              .time_ns = path->last_ns,
                                                              .story = &path->story});
    path_keep(paths, path);
}

/* In a capture the clock may be set back. */
static bool trace_is_over(const struct trace *trace, int64_t now_ns)
{
    return time_between(trace->path.last_ns, now_ns) > idle_ns ||
           time_between(trace->path.first_ns, now_ns) > long_ns;
}

/* ---- where traces begin ---------------------------------------------------------------------- */

/* From what its suspect knows, if there is one. */
static void trace_adopt(struct paths *paths, struct trace *trace, const struct trace_key *key)
{
    const struct suspect *suspect = cache_get(&paths->suspects, key);
    if (suspect == NULL)
        return;
    uint32_t kept = suspect->count < SUSPECT_PROBES ? suspect->count : SUSPECT_PROBES;
    trace->path.first_ns = suspect->probes[(suspect->count - kept) % SUSPECT_PROBES].time_ns;
    trace->path.last_ns = trace->path.first_ns;
    for (uint32_t i = suspect->count - kept; i < suspect->count; i++)
        trace_probe(trace, &suspect->probes[i % SUSPECT_PROBES]);
    cache_remove(&paths->suspects, key);
}

struct trace *paths_get(struct paths *paths, const struct trace_key *key, int64_t now_ns)
{
    struct trace *trace = cache_get(&paths->traces, key);
    if (trace == NULL)
        return NULL;
    if (!trace_is_over(trace, now_ns))
        return cache_add(&paths->traces, key, NULL);
    trace_end(paths, trace, now_ns);
    cache_remove(&paths->traces, key);
    return NULL;
}

struct trace *paths_open(struct paths *paths, const struct trace_key *key, int64_t now_ns)
{
    struct trace *trace = paths_get(paths, key, now_ns);
    if (trace != NULL)
        return trace;
    trace = cache_add(&paths->traces, key, NULL);
    if (trace == NULL)
        return NULL;
    trace_begin(trace, key, now_ns);
    trace_adopt(paths, trace, key);
    return trace;
}

bool paths_suspect(struct paths *paths, const struct trace_key *key, const struct probe *probe)
{
    struct suspect *suspect = cache_add(&paths->suspects, key, NULL);
    if (suspect == NULL)
        return true;
    if (suspect->count > 0) {
        const struct probe *last = &suspect->probes[(suspect->count - 1) % SUSPECT_PROBES];
        if (time_between(last->time_ns, probe->time_ns) > idle_ns)
            suspect->count = 0;
        else if (last->ttl != probe->ttl)
            return false;
    }
    suspect->probes[suspect->count % SUSPECT_PROBES] = *probe;
    suspect->count++;
    return true;
}

/* ---- the tables ------------------------------------------------------------------------------ */

static void trace_gone(void *context, const void *key, void *value)
{
    struct paths *paths = context;
    (void)key;
    trace_end(paths, value, paths->now_ns);
}

static void suspect_gone(void *context, const void *key, void *value)
{
    struct paths *paths = context;
    const struct suspect *suspect = value;
    (void)key;
    /* One that was waited for in vain is no loss. */
    if (time_between(suspect->probes[0].time_ns, paths->now_ns) > idle_ns)
        paths->suspects.evicted--;
}

static struct map_config kept_config(const uint64_t seed[2])
{
    return (struct map_config){.key_size = sizeof(uint32_t),
                               .value_size = sizeof(struct path),
                               .max = PATHS_MAX,
                               .seed = {seed[0], seed[1]}};
}

void paths_init(void *self, const struct track *track)
{
    struct paths *paths = self;
    const struct map_config kept = kept_config(track->seed);
    *paths = (struct paths){.track = track};
    hops_init(&paths->hops);
    map_init(&paths->kept, &kept);
    cache_init(&paths->suspects, &(struct cache_config){.key_size = sizeof(struct trace_key),
                                                        .value_size = sizeof(struct suspect),
                                                        .max = PATH_SUSPECTS_MAX,
                                                        .seed = {track->seed[0], track->seed[1]},
                                                        .gone = suspect_gone,
                                                        .context = paths});
    cache_init(&paths->traces, &(struct cache_config){.key_size = sizeof(struct trace_key),
                                                      .value_size = sizeof(struct trace),
                                                      .max = PATH_TRACES_MAX,
                                                      .seed = {track->seed[0], track->seed[1]},
                                                      .gone = trace_gone,
                                                      .context = paths});
}

void paths_fini(void *self)
{
    struct paths *paths = self;
    cache_fini(&paths->suspects);
    cache_fini(&paths->traces);
    map_fini(&paths->kept);
    hops_fini(&paths->hops);
}

size_t paths_limit(void *self, double part)
{
    struct paths *paths = self;
    cache_limit(&paths->suspects, (size_t)(part * PATH_SUSPECTS_MAX));
    cache_limit(&paths->traces, (size_t)(part * PATH_TRACES_MAX));
    map_limit(&paths->kept, (size_t)(part * PATHS_MAX));
    return cache_memory(&paths->suspects.config) + cache_memory(&paths->traces.config) +
           map_memory(&paths->kept.config) + hops_limit(&paths->hops, part);
}

void paths_tick(void *self, int64_t now_ns)
{
    struct paths *paths = self;
    const void *key;
    struct trace *trace;
    while ((trace = cache_oldest(&paths->traces, &key)) != NULL && trace_is_over(trace, now_ns)) {
        trace_end(paths, trace, now_ns);
        cache_remove(&paths->traces, key);
    }
}

struct path_leaving {
    struct paths *paths;
    uint32_t before; /* those of a lower number leave */
};

static bool path_leaves(void *context, const void *key, void *value)
{
    const struct path_leaving *leaving = context;
    struct path *path = value;
    uint32_t number;
    memcpy(&number, key, sizeof number);
    if (number >= leaving->before)
        return false;
    for (size_t ttl = 0; ttl <= PATH_TTLS; ttl++)
        hops_free(&leaving->paths->hops, &path->hops[ttl]);
    return true;
}

/* Each was told when it was over: they are kept for the summaries. */
void paths_make_room(void *self, int64_t now_ns)
{
    struct paths *paths = self;
    struct path_leaving leaving = {.paths = paths};
    (void)now_ns;
    const struct map *kept = &paths->kept;
    if (!room_is_short(kept))
        return;
    memcpy(&leaving.before, map_key_at(kept, kept->count / 2), sizeof leaving.before);
    paths->more += map_prune(&paths->kept, path_leaves, &leaving);
}

void paths_finish(void *self, int64_t now_ns)
{
    struct paths *paths = self;
    const void *key;
    struct trace *trace;
    while ((trace = cache_oldest(&paths->traces, &key)) != NULL) {
        trace_end(paths, trace, now_ns);
        cache_remove(&paths->traces, key);
    }
}

uint64_t paths_lost(const void *self)
{
    const struct paths *paths = self;
    return paths->suspects.evicted + paths->traces.evicted + paths->hops.refused + paths->more;
}
