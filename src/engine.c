/* The way of a packet, station by station; engine_batch() is the whole of it. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "budget.h"
#include "decode/decode.h"
#include "decode/fragments.h"
#include "flow/fragment_table.h"
#include "flow/key.h"
#include "flow/packet_index.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "flow/tcp_state.h"
#include "icmpscope.h"
#include "intake.h"
#include "match/held.h"
#include "match/match.h"
#include "match/record.h"
#include "report/evidence.h"
#include "report/out.h"
#include "report/report.h"
#include "track/event.h"
#include "track/hits.h"
#include "track/rewriting.h"
#include "track/tally.h"

/* Packets that go through the stations together, so that what finding their flows reads is
 * fetched while others are decoded. */
enum { BATCH = 64 };

/* The flow that a packet belongs to, or that an error is about. */
struct lookup {
    struct flow_key key;
    uint64_t hash;
    enum flow_direction direction;
    bool keyed;
    uint32_t evidence; /* where the packet's bytes are kept, with -w; else 0 */
};

struct batch {
    size_t count;
    const struct record *records[BATCH];
    struct packet packets[BATCH];
    struct decode_room rooms[BATCH];
    struct lookup lookups[BATCH];
};

struct engine {
    const struct icmpscope_config *config;
    struct intake intake;
    struct flow_table *table;
    struct fragments fragments;
    struct fragment_table fragment_table;
    struct ring ring;
    struct matcher matcher;
    struct held held;
    struct evidence *evidence; /* or NULL */
    struct tally tally;
    struct hits hits;
    struct rewritings rewritings;
    struct out out;
    struct report report;
    uint64_t packets;   /* that passed the filter */
    int64_t first_ns;   /* time of the first of them */
    bool over;          /* a limit was reached */
    size_t short_reads; /* since progress was told */
    struct record records[BATCH];
    struct batch batch;
};

static void engine_emit(struct engine *engine, struct event event)
{
    report_event(&engine->report, &event);
}

static void engine_flow_closed(void *context, const struct flow *flow, enum flow_end end)
{
    struct engine *engine = context;
    const struct hit *hit =
        flow->hit ? hits_flow_closed(&engine->hits, flow, engine->tally.last_ns) : NULL;
    if (hit == NULL && !engine->config->all_flows)
        return;
    engine_emit(engine, (struct event){.type = EVENT_FLOW,
                                       .flow_end = (uint8_t)end,
                                       .capture = hit != NULL ? hit->capture : 0,
                                       .time_ns = flow->last_ns,
                                       .flow = flow,
                                       .hit = hit});
}

static bool engine_wants(struct engine *engine, const struct record *record)
{
    const struct icmpscope_config *config = engine->config;
    if (engine->intake.filter != NULL && !filter_match(engine->intake.filter, record))
        return false;
    engine->over = config->max_duration_ns > 0 && engine->packets > 0 &&
                   record->time_ns - engine->first_ns >= config->max_duration_ns;
    return !engine->over;
}

/* A packet that is taken. The last of -c ends the reading: the next may never come. */
static void engine_count(struct engine *engine, const struct packet *packet)
{
    if (engine->packets == 0)
        engine->first_ns = packet->time_ns;
    engine->packets++;
    engine->over = engine->packets == engine->config->max_packets;
}

static struct decode_config engine_decode_config(struct engine *engine)
{
    return (struct decode_config){.guess_tunnels = engine->config->guess_tunnels,
                                  .fragments = &engine->fragments};
}

/* Decodes the records that pass, and starts fetching the index of the flow table. */
static void engine_decode(struct engine *engine, size_t count)
{
    const struct decode_config decode = engine_decode_config(engine);
    struct batch *batch = &engine->batch;
    batch->count = 0;
    for (size_t i = 0; i < count && !engine->over; i++) {
        if (!engine_wants(engine, &engine->records[i]))
            continue;
        struct packet *packet = &batch->packets[batch->count];
        struct lookup *lookup = &batch->lookups[batch->count];
        decode_packet(&engine->records[i], &decode, packet, &batch->rooms[batch->count]);
        batch->records[batch->count] = &engine->records[i];
        batch->count++;
        tally_packet(&engine->tally, packet);
        engine_count(engine, packet);

        lookup->keyed =
            packet_is_about_another(packet)
                ? match_key(packet, &lookup->key, &lookup->direction)
                : flow_key_from(&lookup->key, &lookup->direction, &packet->ip, packet->context);
        if (!lookup->keyed)
            continue;
        lookup->hash = flow_table_hash(engine->table, &lookup->key);
        flow_table_prefetch_index(engine->table, lookup->hash);
    }
}

static void engine_prefetch_flows(const struct engine *engine)
{
    const struct batch *batch = &engine->batch;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->lookups[i].keyed)
            flow_table_prefetch_flow(engine->table, batch->lookups[i].hash);
}

static void engine_keep_evidence(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    for (size_t i = 0; i < batch->count; i++) {
        const struct packet *packet = &batch->packets[i];
        batch->lookups[i].evidence = evidence_add(engine->evidence, batch->records[i], packet);
        if (packet_is_about_another(packet))
            evidence_want(engine->evidence, batch->lookups[i].evidence);
    }
}

/* A message in fragments was counted in its flow with the first of them. */
static bool packet_is_of_flow(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp == NULL || !(icmp->has & ICMP_HAS_FRAGMENTS) || !icmp->begun_before;
}

/* A packet of a flow: counted there, and remembered, so that errors can find it. */
static void engine_flow_packet(struct engine *engine, size_t i)
{
    const struct packet *packet = &engine->batch.packets[i];
    const struct lookup *lookup = &engine->batch.lookups[i];
    struct flow_touch touch =
        flow_table_touch(engine->table, &lookup->key, lookup->hash, packet->time_ns);
    if (tcp_state_is_reuse(touch.flow, &packet->ip, lookup->direction))
        tcp_state_renew(engine->table, &touch, packet->time_ns);
    if (touch.flow->hit)
        hits_packet(&engine->hits, touch.flow, packet, lookup->direction);
    struct ring_entry *entry = match_record(&engine->matcher, touch, packet, lookup->direction);
    entry->evidence = lookup->evidence;
    if (touch.flow->hit && engine->evidence != NULL)
        evidence_want(engine->evidence, entry->evidence);
}

/* A fragment of whatever protocol, so that errors that quote a later one find its flow. */
static void engine_fragment(struct engine *engine, const struct packet *packet,
                            const struct lookup *lookup)
{
    bool begins = lookup->keyed && !packet_is_about_another(packet);
    fragment_table_add(&engine->fragment_table, packet, begins ? &lookup->key : NULL,
                       lookup->direction);
}

/* `verdict` is NULL for a message that is about no other packet. */
static void engine_tell(struct engine *engine, const struct packet *packet,
                        const struct verdict *verdict)
{
    tally_message(&engine->tally, packet, verdict);
    engine_emit(engine, (struct event){.type = EVENT_ICMP,
                                       .capture = packet->capture,
                                       .frame = packet->frame,
                                       .time_ns = packet->time_ns,
                                       .packet = packet,
                                       .verdict = verdict});
}

static void engine_judged(struct engine *engine, const struct packet *packet,
                          const struct verdict *verdict, uint32_t evidence)
{
    if (engine->evidence != NULL)
        evidence_error(engine->evidence, evidence, packet, verdict);
    hits_error(&engine->hits, packet, verdict);
    rewritings_error(&engine->rewritings, packet, verdict);
    engine_tell(engine, packet, verdict);
}

/* An error that waited: its packets have come, or will not. */
static void engine_release(struct engine *engine, const struct held_error *held)
{
    struct verdict verdict;
    held_judge(held, &engine->matcher, &verdict);
    engine_judged(engine, &held->packet, &verdict, held->evidence);
}

static void engine_release_due(struct engine *engine, int64_t now_ns)
{
    const struct held_error *held;
    while ((held = held_take_due(&engine->held, now_ns, engine->config->reorder_ns)) != NULL)
        engine_release(engine, held);
}

static void engine_release_all(struct engine *engine)
{
    const struct held_error *held;
    while ((held = held_take(&engine->held)) != NULL)
        engine_release(engine, held);
}

/* Whether an error of which no packet is there waits for it. */
static bool engine_hold(struct engine *engine, const struct packet *packet,
                        const struct verdict *verdict, uint32_t evidence)
{
    if (engine->config->reorder_ns <= 0 || !match_may_come(verdict))
        return false;
    if (held_is_full(&engine->held))
        engine_release(engine, held_hurry(&engine->held));
    return held_add(&engine->held, packet, verdict, evidence);
}

static void engine_error(struct engine *engine, const struct packet *packet, uint32_t evidence)
{
    struct verdict verdict;
    match_error(&engine->matcher, packet, &verdict);
    if (!engine_hold(engine, packet, &verdict, evidence))
        engine_judged(engine, packet, &verdict, evidence);
}

static void engine_message(struct engine *engine, size_t i)
{
    const struct packet *packet = &engine->batch.packets[i];
    if (packet_is_about_another(packet))
        engine_error(engine, packet, engine->batch.lookups[i].evidence);
    else
        engine_tell(engine, packet, NULL);
}

/* Messages of which not all fragments came in time: their first ones say what there is. */
static void engine_give_up(struct engine *engine, int64_t now_ns)
{
    const struct decode_config decode = engine_decode_config(engine);
    struct decode_room *room = &engine->batch.rooms[0];
    struct packet packet;
    while (fragments_give_up(&decode, now_ns, &packet, room)) {
        if (packet_is_about_another(&packet))
            engine_error(engine, &packet, 0);
        else
            engine_tell(engine, &packet, NULL);
    }
}

/* decode → flow → match → track → report */
static void engine_batch(struct engine *engine, size_t count)
{
    engine_decode(engine, count);
    engine_prefetch_flows(engine);
    if (engine->evidence != NULL)
        engine_keep_evidence(engine);
    for (size_t i = 0; i < engine->batch.count; i++) {
        const struct packet *packet = &engine->batch.packets[i];
        const struct lookup *lookup = &engine->batch.lookups[i];
        if (engine->held.count > 0)
            engine_release_due(engine, packet->time_ns);
        if (lookup->keyed && !packet_is_about_another(packet) && packet_is_of_flow(packet))
            engine_flow_packet(engine, i);
        if ((packet->ip.has & HAS_FRAGMENT) != 0)
            engine_fragment(engine, packet, lookup);
        if (packet->icmp != NULL)
            engine_message(engine, i);
    }
    if (engine->batch.count > 0)
        engine_give_up(engine, engine->batch.packets[engine->batch.count - 1].time_ns);
}

static bool engine_stopped(const struct engine *engine)
{
    const volatile sig_atomic_t *stop = engine->config->stop;
    return engine->over || engine->out.failure != 0 || (stop != NULL && *stop != 0);
}

/* A read that was short ended where a block of a file does, or where a pipe has no more for now.
 * With many inputs most are, and the sum over all of them is taken less often. */
static void engine_tell_progress(struct engine *engine, size_t count)
{
    const struct icmpscope_config *config = engine->config;
    if (config->progress == NULL || count == BATCH ||
        ++engine->short_reads < engine->intake.inputs.count)
        return;
    struct icmpscope_progress progress = {
        .bytes_read = inputs_offset(&engine->intake.inputs),
        .bytes_total = inputs_size(&engine->intake.inputs),
        .packets = engine->packets,
        .icmp_messages = engine->tally.icmp_messages + engine->held.count,
    };
    engine->short_reads = 0;
    config->progress(config->context, &progress);
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static int engine_open_evidence(struct engine *engine, size_t memory, struct error *error)
{
    const struct icmpscope_config *config = engine->config;
    const struct out_sink sink = {config->write_evidence, config->context};
    engine->evidence = evidence_new(
        &(struct evidence_config){config->evidence, sink, memory, &engine->report, &engine->ring},
        error);
    return engine->evidence != NULL ? 0 : -1;
}

static enum icmpscope_status engine_open(struct engine *engine, struct error *error)
{
    const struct icmpscope_config *config = engine->config;
    struct budget budget;
    const struct trackers trackers = {&engine->tally, &engine->hits, &engine->rewritings};
    if (budget_share(&budget, config, &trackers, error) != 0)
        return ICMPSCOPE_USAGE;
    budget.fragments.seed = config->seed;
    fragments_init(&engine->fragments, &budget.fragments);
    held_init(&engine->held, budget.held);
    struct flow_table_config table = {.max_flows = budget.max_flows,
                                      .idle_s = config->idle_s,
                                      .seed = config->seed,
                                      .closed = engine_flow_closed,
                                      .context = engine};
    enum icmpscope_status status = intake_open(&engine->intake, config, budget.input, error);
    if (status != ICMPSCOPE_OK)
        return status;
    if (ring_init(&engine->ring, budget.recent_packets, error) != 0)
        return ICMPSCOPE_FAILED;
    engine->table = flow_table_new(&table, error);
    if (engine->table == NULL || (config->evidence != ICMPSCOPE_EVIDENCE_NONE &&
                                  engine_open_evidence(engine, budget.evidence, error) != 0))
        return ICMPSCOPE_FAILED;
    engine->matcher = (struct matcher){.table = engine->table,
                                       .ring = &engine->ring,
                                       .fragments = &engine->fragment_table,
                                       .reorder_ns = config->reorder_ns};
    engine->matcher.packets = packet_index_new(&engine->ring, engine->table, config->seed);
    return ICMPSCOPE_OK;
}

/* Ends the flows that are left, then says what all came to. */
static enum icmpscope_status engine_finish(struct engine *engine)
{
    struct tally *tally = &engine->tally;
    engine_give_up(engine, INT64_MAX);
    engine_release_all(engine);
    tally->health.fragments = engine->fragments.counts;
    tally->health.hurried_errors = engine->held.hurried;
    tally->health.forgotten_fragments = engine->fragment_table.evicted;
    tally->flows_seen = flow_table_seen(engine->table);
    tally->health.evicted_flows = flow_table_evicted(engine->table);
    tally->health.timed_out_flows = flow_table_timed_out(engine->table);
    tally->health.unfiltered =
        engine->intake.filter != NULL ? filter_refused(engine->intake.filter) : 0;
    flow_table_free(engine->table);
    engine->table = NULL;

    enum icmpscope_status status = intake_status(&engine->intake);
    bool lost = evidence_finish(engine->evidence, &tally->health) != 0;
    engine_emit(engine,
                (struct event){.type = EVENT_STATS, .time_ns = tally->last_ns, .tally = tally});
    report_finish(&engine->report);
    if (out_flush(&engine->out) == 0 && !lost)
        return status;
    if (engine->out.failure == ENOMEM) /* ours; the caller knows of what its own sink refused */
        intake_complain(&engine->intake, "out of memory: the output is not complete");
    return ICMPSCOPE_FAILED;
}

static enum icmpscope_status engine_run(struct engine *engine)
{
    if (!intake_is_usable(&engine->intake))
        return ICMPSCOPE_FAILED;
    while (!engine_stopped(engine)) {
        size_t count = inputs_read(&engine->intake.inputs, engine->records, BATCH);
        if (count == 0)
            break;
        engine_batch(engine, count);
        engine_tell_progress(engine, count);
    }
    return engine_finish(engine);
}

static void engine_free(struct engine *engine)
{
    flow_table_free(engine->table);
    packet_index_free(engine->matcher.packets);
    ring_fini(&engine->ring);
    fragments_fini(&engine->fragments);
    fragment_table_fini(&engine->fragment_table);
    hits_fini(&engine->hits);
    rewritings_fini(&engine->rewritings);
    tally_fini(&engine->tally);
    held_fini(&engine->held);
    evidence_free(engine->evidence);
    intake_close(&engine->intake);
    free(engine);
}

static struct engine *engine_new(const struct icmpscope_config *config)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->config = config;
    engine->report = (struct report){.config = config,
                                     .inputs = &engine->intake.inputs,
                                     .tally = &engine->tally,
                                     .hits = &engine->hits,
                                     .rewritings = &engine->rewritings,
                                     .out = &engine->out};
    out_init(&engine->out, (struct out_sink){config->write, config->context});
    engine->intake.config = config;
    fragment_table_init(&engine->fragment_table, config->seed);
    tally_init(&engine->tally, config->seed);
    hits_init(&engine->hits, config->seed);
    engine->hits.ring = &engine->ring;
    rewritings_init(&engine->rewritings, config->seed);
    return engine;
}

enum icmpscope_status icmpscope_run(const struct icmpscope_config *config)
{
    struct engine *engine = engine_new(config);
    if (engine == NULL)
        return ICMPSCOPE_FAILED;
    struct error error = {""};
    enum icmpscope_status status = engine_open(engine, &error);
    if (status == ICMPSCOPE_OK)
        status = engine_run(engine);
    if (error_is_set(&error))
        intake_complain(&engine->intake, error.text);
    engine_free(engine);
    return status;
}

const char *icmpscope_version(void)
{
    return PACKAGE_VERSION;
}
