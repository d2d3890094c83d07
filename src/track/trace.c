#include "track/trace.h"

#include "base/timefmt.h"
#include "match/identity.h"
#include "track/stories.h"

enum {
    TICK_NS = 100 * NS_PER_US,
    COPY_NS = 50 * NS_PER_MS, /* one packet, captured twice … */
    PASS_NS = NS_PER_S,       /* … or come back in a loop */
    ANSWER_US = 1000000,      /* how long answers take at most, as far as is known … */
    ANSWER_TIMES = 10,        /* … and so many times that of others */
};

static size_t place_of(uint8_t ttl)
{
    return ttl <= PATH_TTLS ? ttl : 0;
}

void probe_from(struct probe *probe, const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    struct ring_entry entry = {0};
    identity_record(&entry, ip);
    *probe = (struct probe){.time_ns = packet->time_ns,
                            .frame = packet->frame,
                            .capture = packet->capture,
                            .context = packet->context,
                            .identity = entry.identity,
                            .ip_id = entry.ip_id,
                            .length = entry.length,
                            .ttl = ip->ttl,
                            .lowest = ip->ttl};
    if ((ip->has & HAS_PORTS) != 0)
        probe->ports = (uint32_t)ip->src_port << 16 | ip->dst_port;
}

static enum path_method method_of(uint8_t proto)
{
    if (proto == PROTO_UDP)
        return PATH_UDP;
    if (proto == PROTO_TCP)
        return PATH_TCP;
    return proto == PROTO_ICMP || proto == PROTO_ICMPV6 ? PATH_ICMP : PATH_OTHER;
}

void trace_begin(struct trace *trace, const struct trace_key *key, int64_t time_ns)
{
    trace->path = (struct path){.story = {.has = STORY_HAS_SRC | STORY_HAS_DST,
                                          .family = key->family,
                                          .src = key->src,
                                          .dst = key->dst},
                                .first_ns = time_ns,
                                .last_ns = time_ns,
                                .proto = key->proto,
                                .method = (uint8_t)method_of(key->proto),
                                .ordinary = key->ordinary != 0,
                                .loop = key->ordinary != 0,
                                .rounds = 1};
}

void trace_seen(struct trace *trace, struct sighting frame, int64_t time_ns)
{
    struct path *path = &trace->path;
    if (path->first.frame == 0)
        path->first = frame;
    path->last = frame;
    if (time_between(path->last_ns, time_ns) > 0)
        path->last_ns = time_ns;
}

/* ---- probes ---------------------------------------------------------------------------------- */

static size_t probes_kept(const struct trace *trace)
{
    return trace->probe_count < TRACE_PROBES ? trace->probe_count : TRACE_PROBES;
}

/* The newest for 0. */
static struct probe *probe_back(struct trace *trace, size_t steps)
{
    return &trace->probes[(trace->probe_count - 1 - steps) % TRACE_PROBES];
}

static bool probe_same(const struct probe *a, const struct probe *b)
{
    return a->identity == b->identity && a->ports == b->ports && a->ip_id == b->ip_id &&
           a->length == b->length;
}

/* Whether `probe` is the packet `before`, on its way still. */
static bool probe_is_copy(const struct probe *before, const struct probe *probe)
{
    int64_t ns = time_between(before->time_ns, probe->time_ns);
    if (!probe_same(before, probe) || probe->ttl > before->lowest)
        return false;
    return ns < (probe->ttl < before->lowest ? PASS_NS : COPY_NS);
}

static struct probe *probe_find_copy(struct trace *trace, const struct probe *probe)
{
    for (size_t i = 0; i < probes_kept(trace); i++)
        if (probe_is_copy(probe_back(trace, i), probe))
            return probe_back(trace, i);
    return NULL;
}

/* On several interfaces, or in several captures, a packet is seen once on each of its hops; what
 * comes by a place for the third time is in a loop. It was no probe where the pass before the first
 * one that was looked at would have had too high a TTL for that. */
static uint8_t trace_pass(struct trace *trace, struct probe *before, const struct probe *probe)
{
    enum { NO_PROBE = 3 };
    bool lower = probe->ttl < before->lowest;
    before->lowest = probe->ttl;
    if (!lower)
        return before->passes;
    before->time_ns = probe->time_ns;
    if (before->capture != probe->capture || before->context != probe->context ||
        before->passes == UINT8_MAX)
        return before->passes;
    before->passes++;
    int step = (before->ttl - probe->ttl) / (NO_PROBE - 1);
    if (before->passes == NO_PROBE && before->ttl + step >= STORY_LOW_TTL)
        trace_excuse(trace, before->ttl);
    return before->passes;
}

static void trace_add_flow(struct trace *trace, const struct probe *probe)
{
    const uint64_t bit = (uint64_t)1 << ((probe->ttl - 1) % PATH_TTLS);
    for (size_t i = 0; i < trace->flow_count; i++) {
        if (trace->flows[i].ports != probe->ports)
            continue;
        trace->flows[i].ttls |= bit;
        return;
    }
    if (trace->flow_count == TRACE_PORTS) {
        trace->flows_more = true;
        return;
    }
    trace->flows[trace->flow_count].ports = probe->ports;
    trace->flows[trace->flow_count++].ttls = bit;
}

/* What goes from one probe to the next. */
static void trace_follow(struct trace *trace, const struct probe *probe)
{
    if (trace->probe_count == 0) {
        trace->first_ttl = probe->ttl;
    } else {
        uint16_t before = (uint16_t)probe_back(trace, 0)->ports;
        trace->rising += (uint16_t)(before + 1) == (uint16_t)probe->ports;
        trace->path.rounds += probe->ttl == trace->first_ttl && trace->previous_ttl > probe->ttl;
    }
    trace->previous_ttl = probe->ttl;
}

static uint32_t tick_of(const struct trace *trace, int64_t time_ns)
{
    int64_t ns = time_between(trace->path.first_ns, time_ns);
    return ns < 0 ? 0 : (uint32_t)(ns / TICK_NS);
}

/* Answers to what was sent before would be there. */
static void trace_settle_sent(struct trace *trace, size_t place, int64_t now_ns)
{
    struct path *path = &trace->path;
    uint64_t us = ANSWER_US;
    if (trace->longest_us > 0 && (uint64_t)trace->longest_us * ANSWER_TIMES < us)
        us = (uint64_t)trace->longest_us * ANSWER_TIMES;
    uint64_t ticks = us / (TICK_NS / NS_PER_US) + 1;
    uint32_t now = tick_of(trace, now_ns);
    if (now > trace->latest[place] && now - trace->latest[place] > ticks)
        path->settled[place] = path->sent[place];
}

uint8_t trace_probe(struct trace *trace, const struct probe *probe)
{
    const struct sighting frame = {probe->frame, probe->capture};
    struct path *path = &trace->path;
    size_t place = place_of(probe->ttl);
    struct probe *before = probe_find_copy(trace, probe);
    trace_seen(trace, frame, probe->time_ns);
    if (before != NULL)
        return trace_pass(trace, before, probe);
    trace_follow(trace, probe);
    trace_add_flow(trace, probe);
    trace->probe_count++;
    *probe_back(trace, 0) = *probe;
    probe_back(trace, 0)->passes = 1;
    trace_settle_sent(trace, place, probe->time_ns);
    trace->latest[place] = tick_of(trace, probe->time_ns);
    path->sent[place] += path->sent[place] < UINT16_MAX;
    path->probes++;
    return 1;
}

struct probe *trace_find_sent(struct trace *trace, const struct verdict *verdict, uint32_t ports)
{
    const struct ring_entry *sent = &verdict->sent;
    const struct probe wanted = {
        .identity = sent->identity, .ip_id = sent->ip_id, .length = sent->length, .ports = ports};
    for (size_t i = 0; i < probes_kept(trace); i++)
        if (probe_back(trace, i)->ttl == verdict->ttl_sent &&
            probe_same(probe_back(trace, i), &wanted))
            return probe_back(trace, i);
    return NULL;
}

const struct probe *trace_find_only(struct trace *trace, uint32_t ports)
{
    const struct probe *only = NULL;
    for (size_t i = 0; i < probes_kept(trace); i++) {
        const struct probe *probe = probe_back(trace, i);
        if (probe->answered || probe->ports != ports)
            continue;
        if (only != NULL)
            return NULL;
        only = probe;
    }
    return only;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* `wanted` is made of the answer. */
static bool probe_is_answered(const struct probe *probe, const struct probe *wanted,
                              const struct headers *answer)
{
    if (probe->answered || probe->ports != wanted->ports)
        return false;
    if (answer->proto == PROTO_TCP)
        return (answer->has & HAS_TCP_FLAGS) != 0 &&
               ((answer->tcp_flags & TCP_ACK) == 0 || answer->tcp_ack == probe->identity + 1 ||
                (answer->tcp_flags & TCP_RST) != 0);
    return answer->proto == PROTO_UDP || probe->identity == wanted->identity;
}

struct probe *trace_find_answered(struct trace *trace, const struct headers *answer)
{
    struct ring_entry entry = {0};
    identity_record(&entry, answer);
    struct probe wanted = {.identity = entry.identity};
    if ((answer->has & HAS_PORTS) != 0)
        wanted.ports = (uint32_t)answer->dst_port << 16 | answer->src_port;
    for (size_t i = 0; i < probes_kept(trace); i++)
        if (probe_is_answered(probe_back(trace, i), &wanted, answer))
            return probe_back(trace, i);
    return NULL;
}

void trace_answer(struct trace *trace, struct hops *hops, uint8_t ttl, const struct hop_told *told)
{
    struct path *path = &trace->path;
    size_t place = place_of(ttl);
    path->answers++;
    path->nat |= told->nat;
    if (!hops_add(hops, &path->hops[place], ttl, told))
        path->beyond++;
    path->answered[place] += path->answered[place] < UINT16_MAX;
    if (path->sent[place] < path->answered[place])
        path->sent[place] = path->answered[place];
    if (told->timed && told->rtt_ns / NS_PER_US > trace->longest_us)
        trace->longest_us = (uint32_t)(told->rtt_ns / NS_PER_US % UINT32_MAX);
}

void trace_excuse(struct trace *trace, uint8_t ttl)
{
    size_t place = place_of(ttl);
    trace->path.probes -= trace->path.probes > 0;
    trace->path.sent[place] -= trace->path.sent[place] > 0;
    if (trace->path.settled[place] > trace->path.sent[place])
        trace->path.settled[place] = trace->path.sent[place];
}

/* ---- the end --------------------------------------------------------------------------------- */

/* What the TTLs of the probes look like. */
struct shape {
    size_t ttls, lowest, highest;
    size_t run; /* longest sequence of TTLs without a gap */
};

static struct shape shape_of(const struct path *path)
{
    struct shape shape = {0};
    size_t run = 0;
    for (size_t ttl = 1; ttl <= PATH_TTLS; ttl++) {
        run = path->sent[ttl] > 0 ? run + 1 : 0;
        if (run == 0)
            continue;
        shape.ttls++;
        shape.lowest = shape.lowest == 0 ? ttl : shape.lowest;
        shape.highest = ttl;
        shape.run = run > shape.run ? run : shape.run;
    }
    return shape;
}

bool trace_goes_on(const struct trace *trace, uint8_t ttl)
{
    enum { TTLS_LEAST = 8, GAP_MOST = 4 };
    const struct shape shape = shape_of(&trace->path);
    return shape.run >= TTLS_LEAST && ttl <= shape.highest + GAP_MOST;
}

/* The best answer to probes of a TTL, or -1. */
static int best_answer(const struct path *path, const struct hops *hops, size_t ttl)
{
    int best = -1;
    for (const struct hop *hop = hops_get(hops, path->hops[ttl]); hop != NULL;
         hop = hops_get(hops, hop->next))
        best = hop->answer > best ? hop->answer : best;
    return best;
}

static bool path_has_answer(const struct path *path, const struct hops *hops, int answer)
{
    for (size_t ttl = 1; ttl <= PATH_TTLS; ttl++)
        if (best_answer(path, hops, ttl) == answer)
            return true;
    return false;
}

/* Ports that programs for tracing paths begin with, and those that they come to. */
static bool trace_has_usual_port(const struct trace *trace)
{
    enum { PORT_FIRST = 33434, PORT_LAST = 33534 };
    uint32_t port = trace->flows[0].ports & UINT16_MAX;
    return trace->path.method == PATH_UDP && trace->flow_count > 0 && port >= PORT_FIRST &&
           port <= PORT_LAST;
}

/* Packets of hosts with a low TTL are no probes: theirs does not rise from 1. */
static bool trace_is_path(const struct trace *trace, const struct hops *hops)
{
    enum { LOW = 3, RUN = 3, SILENT_RUN = 4 };
    const struct path *path = &trace->path;
    const struct shape shape = shape_of(path);
    if (path_has_answer(path, hops, HOP_EXCEEDED))
        return shape.ttls >= 2;
    if (path->reached && shape.lowest == 1 && shape.ttls == 1)
        return trace_has_usual_port(trace);
    return shape.lowest <= LOW && shape.run >= (path->answers > 0 ? RUN : SILENT_RUN);
}

/* A path that is refused ends where it is first, if nothing beyond that says otherwise. */
static void path_cut_refused(struct path *path, const struct hops *hops)
{
    for (uint8_t ttl = path->end; ttl > 0; ttl--) {
        int best = best_answer(path, hops, ttl);
        if (best == HOP_EXCEEDED)
            return;
        if (best == HOP_UNREACHABLE)
            path->end = ttl;
    }
}

/* Where the path ends: at its destination, at a router that refuses, else where probes do. */
static void path_find_end(struct path *path, const struct hops *hops)
{
    for (uint8_t ttl = 1; ttl <= PATH_TTLS; ttl++) {
        int best = best_answer(path, hops, ttl);
        if (path->sent[ttl] > 0 || best >= 0)
            path->end = ttl;
        if (best != HOP_REACHED)
            continue;
        path->reached = true;
        path->destination_ttl = ttl;
        return;
    }
    path_cut_refused(path, hops);
}

static bool answers_at(const struct path *path, const struct hops *hops, size_t ttl,
                       const struct addr *ip)
{
    for (const struct hop *hop = hops_get(hops, path->hops[ttl]); hop != NULL;
         hop = hops_get(hops, hop->next))
        if (addr_equal(&hop->ip, ip))
            return true;
    return false;
}

/* Whether a router is passed again and again: at three TTLs or more, four or more apart, with
 * others, or silence, between them. Less may come of paths of different length. */
static bool circles_at(const struct path *path, const struct hops *hops, const struct hop *hop)
{
    enum { TIMES = 3, SPAN = 4 };
    size_t times = 0, last = 0;
    for (size_t ttl = hop->ttl; ttl <= path->end; ttl++) {
        if (!answers_at(path, hops, ttl, &hop->ip))
            continue;
        times++;
        last = ttl;
    }
    size_t span = last - hop->ttl;
    return times >= TIMES && span >= SPAN && times <= span;
}

static bool path_circles(const struct path *path, const struct hops *hops)
{
    if (path->reached)
        return false;
    for (size_t ttl = 1; ttl <= path->end; ttl++)
        for (const struct hop *hop = hops_get(hops, path->hops[ttl]); hop != NULL;
             hop = hops_get(hops, hop->next))
            if (hop->answer == HOP_EXCEEDED && circles_at(path, hops, hop))
                return true;
    return false;
}

static bool is_one_bit(uint64_t bits)
{
    return (bits & (bits - 1)) == 0;
}

static enum path_style style_of(const struct trace *trace)
{
    enum { PROBES_LEAST = 3 };
    if (trace->path.method == PATH_ICMP || trace->path.ordinary ||
        trace->probe_count < PROBES_LEAST)
        return PATH_STYLE_NONE;
    if (trace->rising + 1 == trace->probe_count)
        return PATH_STYLE_CLASSIC;
    for (size_t i = 0; i < trace->flow_count; i++)
        if (trace->flows_more || is_one_bit(trace->flows[i].ttls))
            return PATH_STYLE_NONE;
    return trace->flow_count == 1 ? PATH_STYLE_PARIS : PATH_STYLE_MULTIPATH;
}

bool trace_settle(struct trace *trace, const struct hops *hops, int64_t now_ns, bool sure)
{
    struct path *path = &trace->path;
    for (size_t i = 0; i <= PATH_TTLS; i++) {
        trace_settle_sent(trace, i, now_ns);
        path->settled[i] = sure ? path->settled[i] : 0;
    }
    path->style = (uint8_t)style_of(trace);
    if (path->style == PATH_STYLE_MULTIPATH)
        path->rounds = 1; /* a round a flow: they are no repetition */
    if (path->ordinary) {
        path->end = PATH_TTLS;
    } else {
        path_find_end(path, hops);
        path->loop = path_circles(path, hops);
    }
    path->story.has |= (path->ordinary ? 0 : PATH_HAS_PROBES | PATH_HAS_ROUNDS) |
                       (path->reached ? PATH_HAS_DESTINATION : 0) |
                       (path->style != PATH_STYLE_NONE ? PATH_HAS_STYLE : 0) |
                       (path->method != PATH_OTHER ? PATH_HAS_METHOD : 0) |
                       (path->passes > 1 ? PATH_HAS_PASSES : 0) | (path->nat ? PATH_HAS_NAT : 0);
    return path->ordinary || ((sure || path->answers > 0) && trace_is_path(trace, hops));
}
