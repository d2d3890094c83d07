/* The flow table where memory runs out. Linked with --wrap for the allocations that it makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/index.h"
#include "flow/table.h"

static size_t allocations_left = SIZE_MAX;
static size_t largest = SIZE_MAX; /* that an aligned one may be */

static int allocation_fails(void)
{
    if (allocations_left == 0)
        return 1;
    allocations_left -= allocations_left != SIZE_MAX;
    return 0;
}

/* The linker puts these in the place of what they are named after. */
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return size > largest || allocation_fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static const uint64_t seed[2] = {3, 4};

static struct flow_key key_of(uint32_t name)
{
    struct flow_key key;
    memset(&key, 0, sizeof key);
    memcpy(key.addr[0].bytes, &name, sizeof name);
    key.proto = PROTO_UDP;
    key.family = FAMILY_IPV4;
    return key;
}

static void count_closed(void *context, const struct flow *flow, enum flow_end end)
{
    assert_true(flow->id != 0);
    assert_int_not_equal(end, FLOW_END_UNKNOWN);
    ++*(uint64_t *)context;
}

static struct flow *touch(struct flow_table *table, uint32_t name, bool *fresh)
{
    struct flow_key key = key_of(name);
    struct flow_touch touched = flow_table_touch(table, &key, flow_table_hash(table, &key), 0);
    *fresh = touched.fresh;
    return touched.flow;
}

static bool holds(struct flow_table *table, uint32_t name)
{
    struct flow_key key = key_of(name);
    return flow_table_find(table, &key, flow_table_hash(table, &key)) != NULL;
}

static void a_table_that_cannot_be_made_says_so_and_leaks_nothing(void **state)
{
    (void)state;
    const struct flow_table_config config = {.max_flows = 100, .seed = seed};
    size_t enough = 0;
    for (struct flow_table *table = NULL; table == NULL; enough++) {
        struct error error = {""};
        allocations_left = enough;
        table = flow_table_new(&config, &error);
        allocations_left = SIZE_MAX;
        assert_int_equal(table == NULL, error_is_set(&error));
        flow_table_free(table);
        if (table != NULL)
            break;
    }
    assert_int_equal(enough, 4); /* table, chunks, index, a first chunk */
}

/* Wherever memory ends, each flow of 20,000 is taken, and one goes for each that does not fit: five
 * chunks hold 4,096 each, one of which is there from the beginning. */
static void flows_give_way_where_there_is_no_memory_for_more(void **state)
{
    (void)state;
    enum { FLOWS = 20000 };
    for (size_t more = 0; more < 4; more++) {
        uint64_t closed = 0;
        const struct flow_table_config config = {
            .max_flows = FLOWS, .seed = seed, .closed = count_closed, .context = &closed};
        struct flow_table *table = flow_table_new(&config, NULL);
        assert_non_null(table);
        allocations_left = more;
        for (uint32_t name = 1; name <= FLOWS; name++) {
            bool fresh;
            assert_non_null(touch(table, name, &fresh));
            assert_true(fresh);
            assert_true(holds(table, name));
        }
        allocations_left = SIZE_MAX;

        assert_int_equal(flow_table_seen(table), FLOWS);
        assert_true(flow_table_evicted(table) > 0);
        assert_int_equal(flow_table_count(table) + flow_table_evicted(table), FLOWS);
        assert_int_equal(closed, flow_table_evicted(table));
        size_t held = 0;
        for (uint32_t name = 1; name <= FLOWS; name++)
            held += holds(table, name);
        assert_int_equal(held, flow_table_count(table));
        flow_table_free(table);
        assert_int_equal(closed, FLOWS);
    }
}

/* 1,000 flows are 15 a segment: for twice as many and 64 there are 11 lines of eight slots. */
static void a_segment_that_cannot_grow_is_filled_to_its_last_slot_but_one(void **state)
{
    (void)state;
    enum { SLOTS = 88 };
    const struct flow_table_config config = {.max_flows = 1000, .seed = seed};
    struct flow_table *table = flow_table_new(&config, NULL);
    uint32_t added = 0;
    for (uint32_t name = 1; added < 120; name++) {
        struct flow_key key = key_of(name);
        uint64_t hash = flow_table_hash(table, &key);
        if (hash >> (64 - INDEX_SEGMENT_BITS) != 0)
            continue;
        added++;
        flow_table_touch(table, &key, hash, 0);
        assert_true(holds(table, name));
        assert_int_equal(flow_table_count(table), added < SLOTS ? added : SLOTS - 1);
    }
    flow_table_free(table);
}

/* For a million flows 17 MiB are reserved; where that fails half, and so on. Half a MiB has 65,536
 * slots. */
static void an_index_that_gets_less_memory_holds_what_fits(void **state)
{
    (void)state;
    enum { FLOWS = 100000, HALF_A_MIB = 1 << 19 };
    const struct flow_table_config config = {.max_flows = 1 << 20, .seed = seed};
    largest = HALF_A_MIB;
    struct flow_table *table = flow_table_new(&config, NULL);
    assert_non_null(table);
    for (uint32_t name = 1; name <= FLOWS; name++) {
        bool fresh;
        touch(table, name, &fresh);
        assert_true(fresh);
        assert_true(holds(table, name));
    }
    largest = SIZE_MAX;
    assert_true(flow_table_count(table) <= HALF_A_MIB / 8);
    assert_true(flow_table_count(table) > HALF_A_MIB / 8 / 4);
    assert_int_equal(flow_table_count(table) + flow_table_evicted(table), FLOWS);
    flow_table_free(table);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_that_cannot_be_made_says_so_and_leaks_nothing),
        cmocka_unit_test(flows_give_way_where_there_is_no_memory_for_more),
        cmocka_unit_test(an_index_that_gets_less_memory_holds_what_fits),
        cmocka_unit_test(a_segment_that_cannot_grow_is_filled_to_its_last_slot_but_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
