/* The flow table against a plain array that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "flow/table.h"

enum { MODEL_MAX = 1000, TIMEOUT_S = 300 };

struct model_flow {
    uint32_t name;
    bool used; /* since the hand passed */
    int64_t last_ns;
    uint64_t id;
};

/* What the table should do, in the simplest way. */
struct model {
    struct model_flow flows[MODEL_MAX];
    size_t count, max, hand;
    uint64_t seen, evicted, timed_out;
    uint64_t closed_sum; /* of the ids of flows that ended, each times its turn */
    uint64_t closed;
};

static struct model_flow *model_find(struct model *model, uint32_t name)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->flows[i].name == name)
            return &model->flows[i];
    return NULL;
}

static void model_close(struct model *model, const struct model_flow *flow)
{
    model->closed_sum += flow->id * ++model->closed;
}

static struct model_flow *model_victim(struct model *model)
{
    for (;;) {
        struct model_flow *flow = &model->flows[model->hand];
        model->hand = (model->hand + 1) % model->max;
        if (!flow->used)
            return flow;
        flow->used = false;
    }
}

static void model_touch(struct model *model, uint32_t name, int64_t time_ns)
{
    struct model_flow *flow = model_find(model, name);
    if (flow != NULL && time_ns - flow->last_ns <= TIMEOUT_S * (int64_t)NS_PER_S) {
        flow->used = true;
        flow->last_ns = time_ns > flow->last_ns ? time_ns : flow->last_ns;
        return;
    }
    if (flow != NULL) {
        model->timed_out++;
        model_close(model, flow);
    } else if (model->count < model->max) {
        flow = &model->flows[model->count++];
    } else {
        flow = model_victim(model);
        model->evicted++;
        model_close(model, flow);
    }
    *flow = (struct model_flow){.name = name, .last_ns = time_ns, .id = ++model->seen};
}

/* The same sum of what the table closes. */
struct closed {
    uint64_t count, sum;
};

static void note_closed(void *context, const struct flow *flow, enum flow_end end)
{
    struct closed *closed = context;
    assert_int_not_equal(end, FLOW_END_UNKNOWN);
    closed->sum += flow->id * ++closed->count;
}

static struct flow_key key_of(uint32_t name)
{
    struct flow_key key;
    memset(&key, 0, sizeof key);
    memcpy(key.addr[1].bytes, &name, sizeof name);
    key.proto = PROTO_UDP;
    key.family = FAMILY_IPV4;
    return key;
}

static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void table_equals_model(struct flow_table *table, struct model *model, uint32_t names)
{
    assert_int_equal(flow_table_count(table), model->count);
    assert_int_equal(flow_table_seen(table), model->seen);
    assert_int_equal(flow_table_evicted(table), model->evicted);
    assert_int_equal(flow_table_timed_out(table), model->timed_out);
    for (uint32_t name = 0; name < names; name++) {
        struct flow_key key = key_of(name);
        const struct flow *flow = flow_table_find(table, &key, flow_table_hash(table, &key));
        const struct model_flow *expected = model_find(model, name);
        assert_int_equal(flow != NULL, expected != NULL);
        if (flow == NULL)
            continue;
        assert_int_equal(flow->id, expected->id);
        assert_int_equal(flow->last_ns, expected->last_ns);
        assert_int_equal(flow->referenced, expected->used);
    }
}

/* Names are drawn with a leaning to the low ones, from three times as many as there is room for;
 * time goes on by some seconds, at times by minutes, at times back. */
static void run(size_t max, uint64_t seed)
{
    static struct model model;
    struct closed closed = {0};
    struct flow_table_config config = {.max_flows = max,
                                       .seed = (const uint64_t[]){seed, seed},
                                       .closed = note_closed,
                                       .context = &closed};
    struct flow_table *table = flow_table_new(&config, NULL);
    assert_non_null(table);
    model = (struct model){.max = max};
    uint32_t names = (uint32_t)max * 3;
    int64_t time_ns = 0;

    for (uint32_t step = 0; step < 6000; step++) {
        uint32_t a = (uint32_t)(chance(&seed) % names), b = (uint32_t)(chance(&seed) % names);
        uint32_t name = a < b ? a : b;
        static const int64_t seconds[] = {0, 0, 0, 0, 0, 0, 1, 7, -5, 400};
        time_ns += seconds[chance(&seed) % 10] * NS_PER_S / (int64_t)max;
        time_ns += chance(&seed) % 200 == 0 ? 400 * (int64_t)NS_PER_S : 0;

        struct flow_key key = key_of(name);
        uint64_t before = model.seen;
        model_touch(&model, name, time_ns);
        bool fresh = flow_table_touch(table, &key, flow_table_hash(table, &key), time_ns).fresh;
        assert_int_equal(fresh, model.seen != before);
        assert_int_equal(closed.sum, model.closed_sum);
        if (step % 97 == 0)
            table_equals_model(table, &model, names);
    }
    assert_true(model.evicted > 0);
    assert_true(model.timed_out > 0);

    for (size_t i = 0; i < model.count; i++)
        model_close(&model, &model.flows[i]);
    flow_table_free(table);
    assert_int_equal(closed.count, model.seen);
    assert_int_equal(closed.sum, model.closed_sum);
}

static void it_does_as_the_model_at_any_size(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 8, 61, 300, MODEL_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            run(sizes[i], seed * 0x9e3779b97f4a7c15u);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_as_the_model_at_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
