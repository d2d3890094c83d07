/* The way of a packet, station by station; engine_batch() is the whole of it. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "capture/filter.h"
#include "capture/inputs.h"
#include "decode/decode.h"
#include "decode/fragments.h"
#include "flow/fragment_table.h"
#include "flow/key.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "icmpscope.h"
#include "match/match.h"
#include "match/record.h"
#include "report/out.h"
#include "report/report.h"
#include "track/event.h"
#include "track/hits.h"
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
};

struct batch {
    size_t count;
    struct packet packets[BATCH];
    struct decode_room rooms[BATCH];
    struct lookup lookups[BATCH];
};

struct engine {
    const struct icmpscope_config *config;
    struct inputs inputs;
    struct filter *filter; /* or NULL */
    struct flow_table *table;
    struct fragments fragments;
    struct fragment_table fragment_table;
    struct ring ring;
    struct matcher matcher;
    struct tally tally;
    struct hits hits;
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
    const struct hit *hit = flow->hit != 0 ? hits_flow_closed(&engine->hits, flow) : NULL;
    if (hit == NULL && !engine->config->all_flows)
        return;
    engine_emit(engine, (struct event){.type = EVENT_FLOW,
                                       .flow_end = (uint8_t)end,
                                       .capture = hit != NULL ? hit->capture : 0,
                                       .time_ns = flow->last_ns,
                                       .flow = flow,
                                       .hit = hit});
}

/* Whether a packet is about another one: an error, or a redirect. */
static bool packet_is_about_another(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp != NULL && (icmp_is_error(icmp) || (icmp->has & ICMP_HAS_QUOTE) != 0);
}

static bool engine_wants(struct engine *engine, const struct record *record)
{
    const struct icmpscope_config *config = engine->config;
    if (engine->filter != NULL && !filter_match(engine->filter, record))
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

/* A message in fragments was counted in its flow with the first of them. */
static bool packet_is_of_flow(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp == NULL || !(icmp->has & ICMP_HAS_FRAGMENTS) || !icmp->begun_before;
}

/* A packet of a flow: counted there, and remembered, so that errors can find it. */
static void engine_flow_packet(struct engine *engine, const struct packet *packet,
                               const struct lookup *lookup)
{
    bool fresh;
    struct flow *flow =
        flow_table_touch(engine->table, &lookup->key, lookup->hash, packet->time_ns, &fresh);
    match_record(&engine->matcher, flow, packet, lookup->direction);
}

/* A fragment of whatever protocol, so that errors that quote a later one find its flow. */
static void engine_fragment(struct engine *engine, const struct packet *packet,
                            const struct lookup *lookup)
{
    bool begins = lookup->keyed && !packet_is_about_another(packet);
    fragment_table_add(&engine->fragment_table, packet, begins ? &lookup->key : NULL,
                       lookup->direction);
}

static void engine_message(struct engine *engine, const struct packet *packet)
{
    struct verdict verdict;
    const struct verdict *judged = NULL;
    if (packet_is_about_another(packet)) {
        match_error(&engine->matcher, packet, &verdict);
        hits_error(&engine->hits, packet, &verdict);
        judged = &verdict;
    }
    tally_message(&engine->tally, packet, judged);
    engine_emit(engine, (struct event){.type = EVENT_ICMP,
                                       .capture = packet->capture,
                                       .frame = packet->frame,
                                       .time_ns = packet->time_ns,
                                       .packet = packet,
                                       .verdict = judged});
}

/* Messages of which not all fragments came in time: their first ones say what there is. */
static void engine_give_up(struct engine *engine, int64_t now_ns)
{
    const struct decode_config decode = engine_decode_config(engine);
    struct decode_room *room = &engine->batch.rooms[0];
    struct packet packet;
    while (fragments_give_up(&decode, now_ns, &packet, room))
        engine_message(engine, &packet);
}

/* decode → flow → match → track → report */
static void engine_batch(struct engine *engine, size_t count)
{
    engine_decode(engine, count);
    engine_prefetch_flows(engine);
    for (size_t i = 0; i < engine->batch.count; i++) {
        const struct packet *packet = &engine->batch.packets[i];
        const struct lookup *lookup = &engine->batch.lookups[i];
        if (lookup->keyed && !packet_is_about_another(packet) && packet_is_of_flow(packet))
            engine_flow_packet(engine, packet, lookup);
        if ((packet->ip.has & HAS_FRAGMENT) != 0)
            engine_fragment(engine, packet, lookup);
        if (packet->icmp != NULL)
            engine_message(engine, packet);
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
    if (config->progress == NULL || count == BATCH || ++engine->short_reads < engine->inputs.count)
        return;
    struct icmpscope_progress progress = {
        .bytes_read = inputs_offset(&engine->inputs),
        .bytes_total = inputs_size(&engine->inputs),
        .packets = engine->packets,
        .icmp_messages = engine->tally.icmp_messages,
    };
    engine->short_reads = 0;
    config->progress(config->context, &progress);
}

/* ---- the inputs, and what a user is told of them --------------------------------------------- */

static void engine_complain(const struct engine *engine, const char *line)
{
    if (engine->config->complain != NULL)
        engine->config->complain(engine->config->context, line);
}

static void engine_complain_input(const struct engine *engine, const struct input *input)
{
    const char *name = strcmp(input->path, "-") == 0 ? "standard input" : input->path;
    struct error line = {""};
    error_set(&line, "%s: %s", name, input->error.text);
    engine_complain(engine, line.text);
}

/* A user of tcpdump gives the filter as bare words, which are file names here: those from `first`
 * on that are no files. Returns how many were taken for a filter, and told so. */
static size_t engine_hint_filter(const struct engine *engine, size_t first)
{
    const struct icmpscope_config *config = engine->config;
    char words[ERROR_TEXT_SIZE / 4] = "";
    size_t used = 0, next = first;
    while (next < config->file_count && access(config->files[next], F_OK) != 0 &&
           used + strlen(config->files[next]) + 2 < sizeof words) {
        const char *space = used > 0 ? " " : "";
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", space,
                                 config->files[next++]);
    }
    struct filter *filter = used > 0 ? filter_new(words, NULL) : NULL;
    if (filter == NULL)
        return 0;
    filter_free(filter);

    struct error line = {""};
    error_set(&line, "no such capture: %s; to filter, use -f '%s'", words, words);
    engine_complain(engine, line.text);
    return next - first;
}

/* Every input that can be read is, whatever the others are. */
static int engine_open_inputs(struct engine *engine, struct error *error)
{
    size_t hinted = 0;
    for (size_t i = 0; i < engine->config->file_count; i++) {
        if (inputs_add(&engine->inputs, engine->config->files[i], error) != 0)
            return -1;
        const struct input *input = &engine->inputs.list[i];
        if (input->state != INPUT_UNREADABLE)
            continue;
        if (i >= hinted)
            hinted = i + engine_hint_filter(engine, i);
        if (i >= hinted)
            engine_complain_input(engine, input);
    }
    return 0;
}

/* The worst of what happened to the inputs. */
static enum icmpscope_status engine_inputs_status(const struct engine *engine)
{
    bool unreadable = false, damaged = false;
    for (size_t i = 0; i < engine->inputs.count; i++) {
        const struct input *input = &engine->inputs.list[i];
        unreadable = unreadable || input->state == INPUT_UNREADABLE;
        damaged = damaged || input->state == INPUT_DAMAGED;
        if (input->state == INPUT_DAMAGED)
            engine_complain_input(engine, input);
    }
    return unreadable ? ICMPSCOPE_FAILED : damaged ? ICMPSCOPE_DAMAGED : ICMPSCOPE_OK;
}

static bool engine_has_input(const struct engine *engine)
{
    for (size_t i = 0; i < engine->inputs.count; i++)
        if (engine->inputs.list[i].state != INPUT_UNREADABLE)
            return true;
    return false;
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static enum icmpscope_status engine_open(struct engine *engine, struct error *error)
{
    const struct icmpscope_config *config = engine->config;
    struct flow_table_config table = {.max_flows = config->max_flows,
                                      .seed = config->seed,
                                      .closed = engine_flow_closed,
                                      .context = engine};
    if (config->filter != NULL) {
        engine->filter = filter_new(config->filter, error);
        if (engine->filter == NULL)
            return ICMPSCOPE_USAGE;
    }
    if (ring_init(&engine->ring, config->recent_packets, error) != 0)
        return ICMPSCOPE_FAILED;
    engine->table = flow_table_new(&table, error);
    if (engine->table == NULL || engine_open_inputs(engine, error) != 0)
        return ICMPSCOPE_FAILED;
    engine->matcher = (struct matcher){
        .table = engine->table, .ring = &engine->ring, .fragments = &engine->fragment_table};
    return ICMPSCOPE_OK;
}

/* Ends the flows that are left, then says what all came to. */
static enum icmpscope_status engine_finish(struct engine *engine)
{
    struct tally *tally = &engine->tally;
    engine_give_up(engine, INT64_MAX);
    tally->health.fragments = engine->fragments.counts;
    tally->health.forgotten_fragments = engine->fragment_table.evicted;
    tally->flows_seen = flow_table_seen(engine->table);
    tally->health.evicted_flows = flow_table_evicted(engine->table);
    tally->health.timed_out_flows = flow_table_timed_out(engine->table);
    tally->health.unfiltered = engine->filter != NULL ? filter_refused(engine->filter) : 0;
    flow_table_free(engine->table);
    engine->table = NULL;

    enum icmpscope_status status = engine_inputs_status(engine);
    engine_emit(engine,
                (struct event){.type = EVENT_STATS, .time_ns = tally->last_ns, .tally = tally});
    report_finish(&engine->report);
    if (out_flush(&engine->out) == 0)
        return status;
    if (engine->out.failure == ENOMEM) /* ours; the caller knows of what its own sink refused */
        engine_complain(engine, "out of memory: the output is not complete");
    return ICMPSCOPE_FAILED;
}

static enum icmpscope_status engine_run(struct engine *engine)
{
    if (!engine_has_input(engine))
        return ICMPSCOPE_FAILED;
    while (!engine_stopped(engine)) {
        size_t count = inputs_read(&engine->inputs, engine->records, BATCH);
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
    ring_fini(&engine->ring);
    fragments_fini(&engine->fragments);
    fragment_table_fini(&engine->fragment_table);
    hits_fini(&engine->hits);
    tally_fini(&engine->tally);
    filter_free(engine->filter);
    inputs_fini(&engine->inputs);
    free(engine);
}

static struct engine *engine_new(const struct icmpscope_config *config)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->config = config;
    engine->report = (struct report){.config = config,
                                     .inputs = &engine->inputs,
                                     .tally = &engine->tally,
                                     .hits = &engine->hits,
                                     .out = &engine->out};
    out_init(&engine->out, (struct out_sink){config->write, config->context});
    inputs_init(&engine->inputs);
    engine->inputs.stop = config->stop;
    fragments_init(&engine->fragments, &(struct fragments_config){.seed = config->seed});
    fragment_table_init(&engine->fragment_table, config->seed);
    tally_init(&engine->tally, config->seed);
    hits_init(&engine->hits, config->seed);
    return engine;
}

void icmpscope_config_init(struct icmpscope_config *config)
{
    *config = (struct icmpscope_config){
        .guess_tunnels = true,
        .max_flows = (size_t)4 << 20,
        .recent_packets = (size_t)1 << 20,
        .format = ICMPSCOPE_TEXT,
        .events = ICMPSCOPE_EVENT_ICMP | ICMPSCOPE_EVENT_FLOW | ICMPSCOPE_EVENT_STATS,
        .width = 100,
    };
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
        engine_complain(engine, error.text);
    engine_free(engine);
    return status;
}

const char *icmpscope_version(void)
{
    return PACKAGE_VERSION;
}
