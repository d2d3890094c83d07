/* The ring of recent packets: what can still be found, also once positions have wrapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/ring.h"

/* Pushes a packet of `flow`, chained to the one at `previous`. Returns its position. */
static ring_position push(struct ring *ring, uint32_t flow, ring_position previous, uint64_t frame)
{
    struct ring_entry *entry = ring_push(ring, previous);
    *entry = (struct ring_entry){.flow = flow, .frame = frame};
    return ring->newest;
}

static void capacity_is_the_next_power_of_two(void **state)
{
    (void)state;
    static const struct {
        size_t asked;
        uint32_t mask;
    } rows[] = {{0, 1}, {1, 1}, {2, 1}, {3, 3}, {4, 3}, {5, 7}, {1000, 1023}, {1 << 20, 0xfffff}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ring ring;
        assert_int_equal(ring_init(&ring, rows[i].asked, NULL), 0);
        assert_int_equal(ring.mask, rows[i].mask);
        assert_int_equal(ring.newest, 0);
        ring_fini(&ring);
    }
}

static void freeing_twice_is_harmless(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 4, NULL), 0);
    ring_fini(&ring);
    ring_fini(&ring);
    assert_null(ring.entries);
}

static void positions_count_from_one_and_none_is_found_at_zero(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 8, NULL), 0);
    assert_null(ring_get(&ring, 0));
    assert_int_equal(push(&ring, 1, 0, 11), 1);
    assert_int_equal(push(&ring, 1, 1, 12), 2);
    assert_null(ring_get(&ring, 0));
    assert_int_equal(ring_get(&ring, 1)->frame, 11);
    assert_int_equal(ring_get(&ring, 2)->frame, 12);
    ring_fini(&ring);
}

/* Packets 1, 3 and 6 are of one flow, 2 to 5 of others. A ring of 4 then has 3 to 6. */
static void packets_are_fetched_as_far_back_as_they_are_there(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 4, NULL), 0);
    ring_prefetch_first(&ring, 0);
    assert_int_equal(ring_prefetch_step(&ring, 0), 0);
    const ring_position first = push(&ring, 1, 0, 11);
    push(&ring, 2, 0, 12);
    const ring_position second = push(&ring, 1, first, 13);
    assert_int_equal(ring_prefetch_step(&ring, second), first);
    assert_int_equal(ring_prefetch_step(&ring, first), 0);
    push(&ring, 3, 0, 14);
    push(&ring, 4, 0, 15);
    const ring_position last = push(&ring, 1, second, 16);
    ring_prefetch_first(&ring, last);
    assert_int_equal(ring_prefetch_step(&ring, last), second);
    assert_int_equal(ring_prefetch_step(&ring, second), 0);
    ring_fini(&ring);
}

static void the_newest_are_found_and_older_ones_are_not(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 8, NULL), 0);
    for (uint32_t i = 1; i <= 1000; i++) {
        push(&ring, 1, 0, i);
        for (uint32_t back = 0; back < 20 && back < i; back++) {
            const struct ring_entry *entry = ring_get(&ring, i - back);
            if (back < 8)
                assert_int_equal(entry->frame, i - back);
            else
                assert_null(entry);
        }
    }
    ring_fini(&ring);
}

/* Most of 2^32 pushes are spared by setting the counter. The entry whose position would be zero is
 * left out, so for a while one less is found. */
static void positions_wrap_past_zero_which_is_never_given(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 4, NULL), 0);
    ring.newest = UINT32_MAX - 3;
    static const ring_position given[] = {UINT32_MAX - 2, UINT32_MAX - 1, UINT32_MAX, 1, 2};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        assert_int_equal(push(&ring, 1, 0, 100 + i), given[i]);
    assert_null(ring_get(&ring, UINT32_MAX - 2));
    assert_null(ring_get(&ring, UINT32_MAX - 1));
    assert_null(ring_get(&ring, 0));
    assert_int_equal(ring_get(&ring, UINT32_MAX)->frame, 102);
    assert_int_equal(ring_get(&ring, 1)->frame, 103);
    assert_int_equal(ring_get(&ring, 2)->frame, 104);

    assert_int_equal(push(&ring, 1, 0, 105), 3);
    assert_null(ring_get(&ring, UINT32_MAX));
    assert_int_equal(ring_get(&ring, 1)->frame, 103);
    assert_int_equal(push(&ring, 1, 0, 106), 4);
    assert_int_equal(ring_get(&ring, 1)->frame, 103);
    assert_int_equal(ring_get(&ring, 4)->frame, 106);
    ring_fini(&ring);
}

static void a_chain_leads_through_the_packets_of_its_flow(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 16, NULL), 0);
    ring_position last[3] = {0};
    for (uint64_t frame = 1; frame <= 12; frame++)
        last[frame % 3] = push(&ring, (uint32_t)(frame % 3), last[frame % 3], frame);

    ring_position position = last[2]; /* frames 11, 8, 5, 2 */
    assert_int_equal(ring_get(&ring, position)->frame, 11);
    assert_int_equal(ring_get_previous(&ring, &position)->frame, 8);
    assert_int_equal(ring_get_previous(&ring, &position)->frame, 5);
    assert_int_equal(ring_get_previous(&ring, &position)->frame, 2);
    assert_null(ring_get_previous(&ring, &position));
    ring_fini(&ring);
}

static void a_chain_crosses_the_wrap(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 8, NULL), 0);
    ring.newest = UINT32_MAX - 2;
    ring_position last = 0;
    for (uint64_t frame = 1; frame <= 5; frame++)
        last = push(&ring, 9, last, frame);
    for (uint64_t frame = 4; frame >= 1; frame--)
        assert_int_equal(ring_get_previous(&ring, &last)->frame, frame);
    assert_null(ring_get_previous(&ring, &last));
    ring_fini(&ring);
}

static void a_chain_ends_where_it_was_overwritten(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 4, NULL), 0);
    ring_position a = push(&ring, 1, 0, 1);
    push(&ring, 2, 0, 2);
    push(&ring, 3, 0, 3);
    a = push(&ring, 1, a, 4);
    ring_position position = a;
    assert_int_equal(ring_get_previous(&ring, &position)->frame, 1);
    push(&ring, 2, 0, 5);
    position = a;
    assert_null(ring_get_previous(&ring, &position));
    assert_int_equal(position, a);
    for (int i = 0; i < 3; i++)
        push(&ring, 2, 0, 6);
    assert_null(ring_get_previous(&ring, &position));
    ring_fini(&ring);
}

/* A position from 2^32 pushes ago that names some entry of today. */
static void a_chain_ends_where_its_position_means_something_else_by_now(void **state)
{
    (void)state;
    struct ring ring;
    assert_int_equal(ring_init(&ring, 16, NULL), 0);
    push(&ring, 7, 0, 1);
    ring_position stale = push(&ring, 8, 0, 2);
    ring_position other = push(&ring, 7, stale, 3);
    assert_null(ring_get_previous(&ring, &other)); /* of another flow */

    ring_position early = push(&ring, 7, 0, 4);
    ring_position late = push(&ring, 7, early, 5);
    ring.before[early & ring.mask] = late; /* newer than itself */
    assert_int_equal(ring_get_previous(&ring, &late)->frame, 4);
    assert_null(ring_get_previous(&ring, &late));
    ring.before[early & ring.mask] = early; /* itself */
    assert_null(ring_get_previous(&ring, &early));
    ring_fini(&ring);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_the_next_power_of_two),
        cmocka_unit_test(freeing_twice_is_harmless),
        cmocka_unit_test(positions_count_from_one_and_none_is_found_at_zero),
        cmocka_unit_test(packets_are_fetched_as_far_back_as_they_are_there),
        cmocka_unit_test(the_newest_are_found_and_older_ones_are_not),
        cmocka_unit_test(positions_wrap_past_zero_which_is_never_given),
        cmocka_unit_test(a_chain_leads_through_the_packets_of_its_flow),
        cmocka_unit_test(a_chain_crosses_the_wrap),
        cmocka_unit_test(a_chain_ends_where_it_was_overwritten),
        cmocka_unit_test(a_chain_ends_where_its_position_means_something_else_by_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
