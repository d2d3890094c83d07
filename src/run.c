/* One analysis, from its configuration to its end. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "budget.h"
#include "engine.h"
#include "flow/packet_index.h"
#include "icmpscope.h"
#include "jobs.h"
#include "report/json_build.h"
#include "report/metrics.h"
#include "report/plan.h"

bool engine_is_over(const struct engine *engine)
{
    return engine->over || engine->out.failure != 0 ||
           (engine->config->interface_count == 0 && wait_is_stopped(&engine->intake.wait));
}

void engine_tell_progress(struct engine *engine)
{
    const struct icmpscope_config *config = engine->config;
    struct nic_counts counts = {0};
    if (config->progress == NULL)
        return;
    if (engine->intake.inputs.live != NULL)
        live_count(engine->intake.inputs.live, &counts);
    struct icmpscope_progress progress = {
        .bytes_read = inputs_offset(&engine->intake.inputs),
        .bytes_total = inputs_size(&engine->intake.inputs),
        .packets = engine->packets,
        .icmp_messages = atomic_load_explicit(&engine->messages, memory_order_relaxed),
        .kernel_drops = counts.dropped,
    };
    engine->short_reads = 0;
    config->progress(config->context, &progress);
}

/* A read that was short ended where a block of a file does, or where a pipe has no more for now.
 * With many inputs most are, and the sum over all of them is taken less often. */
static void engine_read_ended(struct engine *engine, size_t count)
{
    if (engine->config->interface_count == 0 && count < BATCH &&
        ++engine->short_reads >= engine->intake.inputs.count)
        engine_tell_progress(engine);
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
    const struct trackers trackers = {&engine->tally, &engine->hits, &engine->rewritings,
                                      &engine->stories};
    if (homes_init(&engine->homes, config->home, config->home_count, error) != 0 ||
        budget_share(&budget, config, &trackers, error) != 0)
        return ICMPSCOPE_USAGE;
    budget.fragments.seed = config->seed;
    fragments_init(&engine->fragments, &budget.fragments);
    budget.compared.seed = config->seed;
    fragments_init(&engine->compared, &budget.compared);
    held_init(&engine->held, budget.held);
    struct flow_table_config table = {.max_flows = budget.max_flows,
                                      .idle_s = config->idle_s,
                                      .seed = config->seed,
                                      .closed = engine_flow_closed,
                                      .alive = engine_flow_alive,
                                      .context = engine};
    engine->intake.wait = (struct wait){.stop = config->stop,
                                        .watched = config->watched,
                                        .watched_count = config->watched_count,
                                        .pause = config->clock != NULL ? pace_pause : NULL,
                                        .context = engine};
    enum icmpscope_status status = intake_open(&engine->intake, config, budget.input, error);
    if (status != ICMPSCOPE_OK)
        return status;
    if (belt_init(&engine->belt, budget.batches, config->evidence != ICMPSCOPE_EVIDENCE_NONE,
                  error) != 0 ||
        ring_init(&engine->ring, budget.recent_packets, error) != 0)
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

/* Gathers what others count. */
static void engine_sum(struct engine *engine)
{
    struct tally *tally = &engine->tally;
    tally->health.fragments = engine->fragments.counts;
    engine->stories.fragment_faults.unseen = engine->compared.counts.evicted;
    tally->health.hurried_errors = engine->held.hurried;
    tally->health.forgotten_fragments = engine->fragment_table.evicted;
    tally->flows_seen = flow_table_seen(engine->table);
    tally->health.evicted_flows = flow_table_evicted(engine->table);
    tally->health.timed_out_flows = flow_table_timed_out(engine->table);
    if (engine->intake.inputs.live != NULL)
        live_count(engine->intake.inputs.live, &tally->health.kernel);
    tally->health.unfiltered =
        engine->intake.filter != NULL ? filter_refused(engine->intake.filter) : 0;
}

static void engine_tell_stats(struct engine *engine, int64_t now_ns)
{
    engine_emit(engine,
                &(struct event){.type = EVENT_STATS, .time_ns = now_ns, .tally = &engine->tally});
}

void engine_interval(struct engine *engine, int64_t now_ns)
{
    if (stories_review(&engine->stories, now_ns) != 0)
        out_fail(&engine->out, ENOMEM);
    engine_sum(engine);
    engine_tell_stats(engine, now_ns);
    out_flush(&engine->out);
}

/* Ends the flows that are left, then says what all came to. */
static enum icmpscope_status engine_finish(struct engine *engine)
{
    const struct icmpscope_config *config = engine->config;
    struct tally *tally = &engine->tally;
    engine_drain(engine);
    engine_sum(engine);
    flow_table_free(engine->table);
    engine->table = NULL;
    if (stories_finish(&engine->stories, tally->last_ns) != 0)
        out_fail(&engine->out, ENOMEM);

    enum icmpscope_status status = intake_status(&engine->intake);
    bool lost = evidence_finish(engine->evidence, &tally->health) != 0;
    engine_tell_stats(engine, config->interface_count > 0 ? pace_now(engine) : tally->last_ns);
    report_finish(&engine->report);
    if (config->finished != NULL)
        config->finished(config->context, (struct icmpscope *)engine);
    if (out_flush(&engine->out) == 0 && !lost)
        return status;
    if (engine->out.failure == ENOMEM) /* ours; the caller knows of what its own sink refused */
        intake_complain(&engine->intake, "out of memory: the output is not complete");
    return ICMPSCOPE_FAILED;
}

static enum icmpscope_status engine_run(struct engine *engine)
{
    const struct icmpscope_config *config = engine->config;
    if (!intake_is_usable(&engine->intake) ||
        (config->ready != NULL && config->ready(config->context) != 0))
        return ICMPSCOPE_FAILED;
    pace_begin(engine);
    intake_begin(&engine->intake);
    if (!intake_is_usable(&engine->intake))
        return ICMPSCOPE_FAILED;
    jobs_start(engine);
    while (!engine_is_over(engine)) {
        struct batch *batch = jobs_next(engine);
        size_t count = inputs_read(&engine->intake.inputs, batch->read, BATCH);
        if (count == 0)
            break;
        jobs_batch(engine, batch, count);
        pace_batch(engine);
        engine_read_ended(engine, count);
    }
    jobs_stop(engine);
    return engine_finish(engine);
}

static void engine_free(struct engine *engine)
{
    jobs_stop(engine);
    belt_fini(&engine->belt);
    flow_table_free(engine->table);
    packet_index_free(engine->matcher.packets);
    ring_fini(&engine->ring);
    fragments_fini(&engine->fragments);
    fragments_fini(&engine->compared);
    fragment_table_fini(&engine->fragment_table);
    hits_fini(&engine->hits);
    rewritings_fini(&engine->rewritings);
    stories_fini(&engine->stories);
    homes_fini(&engine->homes);
    tally_fini(&engine->tally);
    held_fini(&engine->held);
    evidence_free(engine->evidence);
    plans_free(engine->report.plans);
    intake_close(&engine->intake);
    free(engine);
}

static struct engine *engine_new(const struct icmpscope_config *config)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return NULL;
    engine->config = config;
    engine->report =
        (struct report){.config = config,
                        .inputs = &engine->intake.inputs,
                        .tally = &engine->tally,
                        .hits = &engine->hits,
                        .rewritings = &engine->rewritings,
                        .stories = &engine->stories,
                        .out = &engine->out,
                        .plans = config->format == ICMPSCOPE_NDJSON ? plans_new() : NULL};
    out_init(&engine->out, (struct out_sink){config->write, config->context});
    engine->intake.config = config;
    fragment_table_init(&engine->fragment_table, config->seed);
    json_build_seed(config->seed[0] ^ config->seed[1]);
    tally_init(&engine->tally, config->seed);
    engine->passed = passed_none();
    hits_init(&engine->hits, config->seed);
    engine->hits.ring = &engine->ring;
    rewritings_init(&engine->rewritings, config->seed);
    stories_init(&engine->stories, &(struct track){.seed = config->seed,
                                                   .ring = &engine->ring,
                                                   .homes = &engine->homes,
                                                   .emit = engine_emit,
                                                   .context = engine});
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

int icmpscope_flush(struct icmpscope *run)
{
    return out_flush(&((struct engine *)run)->out);
}

int icmpscope_write_metrics(struct icmpscope *run,
                            int (*write)(void *context, const char *bytes, size_t size),
                            void *context)
{
    struct engine *engine = (struct engine *)run;
    struct out *out = malloc(sizeof *out);
    if (out == NULL)
        return -1;
    if (engine->table != NULL)
        engine_sum(engine);
    const struct metrics metrics = {
        .report = &engine->report,
        .flows_active = engine->table != NULL ? flow_table_count(engine->table) : 0,
        .begun_ns = engine->pace.begun_ns,
    };
    out_init(out, (struct out_sink){write, context});
    metrics_write(&metrics, out);
    out_flush(out);
    const int failure = out->failure;
    free(out);
    errno = failure;
    return failure != 0 ? -1 : 0;
}

const char *icmpscope_version(void)
{
    return PACKAGE_VERSION;
}
