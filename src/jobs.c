#include "jobs.h"

#include <string.h>

#include "engine.h"

/* ---- the worker ------------------------------------------------------------------------------ */

/* What the batches behind the first will look for is fetched while that is judged: the index of the
 * flow table early enough to be there when it names the flows. */
enum { FLOWS_AHEAD = 2, INDEX_AHEAD = 3 };

/* For how many batches, from the first of the belt on, it was. */
struct ahead {
    size_t index, flows;
};

static void prefetch_ahead(const struct engine *engine, size_t count, struct ahead *ahead)
{
    const struct belt *belt = &engine->belt;
    for (; ahead->index < count && ahead->index < INDEX_AHEAD; ahead->index++)
        engine_prefetch_index(engine, belt_at(belt, ahead->index));
    for (; ahead->flows < count && ahead->flows < FLOWS_AHEAD; ahead->flows++)
        engine_prefetch_flows(engine, belt_at(belt, ahead->flows));
}

static void *work(void *context)
{
    struct engine *engine = context;
    struct belt *belt = &engine->belt;
    struct ahead ahead = {0, 0};
    size_t count;
    while ((count = belt_wait(belt)) > 0) {
        struct batch *batch = belt_at(belt, 0);
        prefetch_ahead(engine, count, &ahead);
        engine_prefetch_hits(engine, batch);
        engine_judge(engine, batch);
        if (batch->ticks)
            engine_tick(engine, batch->tick_ns);
        belt_done(belt);
        ahead.index--;
        ahead.flows--;
    }
    return NULL;
}

/* Interfaces and pipes are waited for, and nobody is to wait for what came of them. */
void jobs_start(struct engine *engine)
{
    struct error error = {""};
    struct inputs *inputs = &engine->intake.inputs;
    engine->belt.hurries = inputs_size(inputs) == 0;
    if (engine->belt.size > 1 && belt_run(&engine->belt, work, engine, &error) != 0)
        intake_complain(&engine->intake, error.text);
    engine->loans.any =
        belt_is_running(&engine->belt) && engine->evidence == NULL && inputs_may_keep(inputs);
}

void jobs_stop(struct engine *engine)
{
    belt_stop(&engine->belt);
}

/* ---- the caller ------------------------------------------------------------------------------ */

/* The bytes of a batch's records are lent until more are read, and the evidence wants them later.
 * False where they are too many to be copied. */
static bool batch_keep_bytes(struct batch *batch)
{
    size_t used = 0;
    for (size_t i = 0; i < batch->count; i++)
        used += batch->read[i].cap_length;
    if (used > BATCH_BYTES)
        return false;
    uint8_t *to = batch->bytes;
    for (size_t i = 0; i < batch->count; i++) {
        struct record *record = &batch->read[i];
        memcpy(to, record->bytes, record->cap_length);
        record->bytes = to;
        to += record->cap_length;
    }
    return true;
}

/* A plain packet has Ethernet, IP and UDP at least, which are more than HEAD_LEAST. In two pieces
 * that overlap, of fixed sizes: memcpy() of any other is a call, or an instruction that takes long
 * to begin. */
static void head_copy(uint8_t *to, const uint8_t *from, size_t size)
{
    enum { HEAD_LEAST = 32, HEAD_HALF = SHORTCUT_BYTES / 2 };
    if (size > SHORTCUT_BYTES)
        size = SHORTCUT_BYTES;
    if (size >= HEAD_HALF) {
        memcpy(to, from, HEAD_HALF);
        memcpy(to + size - HEAD_HALF, from + size - HEAD_HALF, HEAD_HALF);
    } else {
        memcpy(to, from, HEAD_LEAST);
        memcpy(to + size - HEAD_LEAST, from + size - HEAD_LEAST, HEAD_LEAST);
    }
}

/* Of plain packets the headers are enough. */
static void batch_keep_heads(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct record *record = &batch->read[i];
        if (!batch->briefs[i].plain)
            continue;
        head_copy(batch->heads[i], record->bytes, record->cap_length);
        record->bytes = batch->heads[i];
    }
}

/* Small packets are lent where they are, and so many of them fit there that the worker is hardly
 * ever waited for. Of larger ones the copy of the headers is little beside the rest. */
static bool batch_lends(const struct engine *engine, const struct batch *batch)
{
    enum { LENT_MOST = BATCH * 128 };
    const struct record *first = &batch->read[0], *last = &batch->read[BATCH - 1];
    return engine->loans.any && batch->count == BATCH &&
           (size_t)(last->bytes - first->bytes) + last->cap_length <= LENT_MOST;
}

static void batch_keep(struct engine *engine, struct batch *batch)
{
    struct inputs *inputs = &engine->intake.inputs;
    if (!batch_lends(engine, batch)) {
        batch_keep_heads(batch);
        return;
    }
    inputs_keep(inputs);
    engine->loans.until[inputs_turns(inputs) % INPUTS_KEPT] = engine->belt.put + 1;
}

/* The next read may take the place of what was lent longest ago. */
struct batch *jobs_next(struct engine *engine)
{
    struct batch *batch = belt_next(&engine->belt);
    const struct loans *loans = &engine->loans;
    if (loans->any)
        belt_reach(&engine->belt,
                   loans->until[(inputs_turns(&engine->intake.inputs) + 1) % INPUTS_KEPT]);
    return batch;
}

/* Where the worker is behind, this thread looks for the flows, and fetches them into the cache that
 * both share; else the worker does. So both have as much to do. */
static void jobs_hand_on(struct engine *engine, struct batch *batch, bool due)
{
    enum { SHARE = 8 };
    batch->is_peeked = engine->belt.behind * SHARE >= engine->belt.size;
    if (batch->is_peeked)
        engine_peek_index(engine, batch);
    const bool lent = batch->bytes != NULL && !batch_keep_bytes(batch);
    if (batch->bytes == NULL)
        batch_keep(engine, batch);
    if (batch->is_peeked)
        engine_peek_flows(engine, batch);
    batch->ticks = !due;
    belt_put(&engine->belt);
    if (lent || due)
        belt_settle(&engine->belt);
}

static void jobs_judge(struct engine *engine, struct batch *batch)
{
    engine_prefetch_index(engine, batch);
    engine_prefetch_flows(engine, batch);
    engine_prefetch_hits(engine, batch);
    engine_judge(engine, batch);
}

/* Where messages are given up, this thread tells them before it decodes on. */
void jobs_batch(struct engine *engine, struct batch *batch, size_t count)
{
    engine_decode(engine, batch, count);
    if (batch->count == 0)
        return;
    const int64_t now_ns = batch->tick_ns = batch->briefs[batch->count - 1].entry.time_ns;
    const bool alone = !belt_is_running(&engine->belt);
    const bool due = alone || engine_is_due(engine, now_ns);
    if (alone)
        jobs_judge(engine, batch);
    else
        jobs_hand_on(engine, batch, due);
    engine_give_up(engine, now_ns);
    if (due)
        engine_tick(engine, now_ns);
}
