/* The index of the flow table against a plain list, where everything collides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/index.h"

/* A pseudo-random sequence (xorshift64), the same in every run. */
static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Room for whatever is added here, all of it in one segment. */
enum { ROOMY = 1 << 20 };

/* Whether a search for `part` comes across `number`, before it ends. */
static bool finds(const struct flow_index *index, uint32_t part, uint32_t number)
{
    struct index_probe probe = flow_index_search(index, part);
    uint32_t found;
    while ((found = flow_index_next(&probe)) != 0)
        if (found == number)
            return true;
    return false;
}

static void add(struct flow_index *index, uint32_t part, uint32_t number)
{
    assert_true(flow_index_reserve(index, part));
    flow_index_add(index, part, number);
}

static uint32_t count_of(const struct flow_index *index)
{
    uint32_t count = 0;
    for (size_t i = 0; i < INDEX_SEGMENTS; i++)
        count += index->segments[i].count;
    return count;
}

static void a_line_tells_each_slot_that_matches(void **state)
{
    (void)state;
    static const uint32_t parts[] = {0, 1, 0x7fffffff, 0x80000000, 0xffff0000, UINT32_MAX};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (uint32_t slots = 0; slots < 1u << INDEX_LINE_SLOTS; slots++) {
            struct index_line line;
            for (uint32_t slot = 0; slot < INDEX_LINE_SLOTS; slot++)
                line.part[slot] = parts[i] ^ ((slots >> slot & 1) != 0 ? 0 : 1u << 4 * slot);
            assert_int_equal(index_line_matches(&line, parts[i]), slots);
        }
}

static void an_empty_index_finds_nothing(void **state)
{
    (void)state;
    struct flow_index index;
    assert_int_equal(flow_index_init(&index, ROOMY), 0);
    for (uint64_t part = 0; part <= UINT32_MAX; part += UINT32_MAX / 1000) {
        struct index_probe probe = flow_index_search(&index, (uint32_t)part);
        assert_int_equal(flow_index_next(&probe), 0);
    }
    assert_int_equal(flow_index_longest_probe(&index), 0);
    flow_index_fini(&index);
}

/* Empty slots hold part 0. */
static void the_part_zero_is_one_like_others(void **state)
{
    (void)state;
    struct flow_index index;
    assert_int_equal(flow_index_init(&index, ROOMY), 0);
    assert_false(finds(&index, 0, 5));
    add(&index, 0, 5);
    assert_true(finds(&index, 0, 5));
    flow_index_remove(&index, 0, 5);
    assert_false(finds(&index, 0, 5));
    flow_index_fini(&index);
}

static void numbers_of_one_part_are_all_found(void **state)
{
    (void)state;
    struct flow_index index;
    assert_int_equal(flow_index_init(&index, ROOMY), 0);
    for (uint32_t number = 1; number <= 100; number++)
        add(&index, 0xfffffff0u, number);
    for (uint32_t number = 1; number <= 100; number++)
        assert_true(finds(&index, 0xfffffff0u, number));
    /* 100 that begin in one line of 8 fill 13. */
    assert_int_equal(flow_index_longest_probe(&index), 13);
    flow_index_fini(&index);
}

enum { NUMBERS = 3000 };

/* Parts that crowd into few lines: the ends of segments, where searches wrap, and the middle. */
static uint32_t crowded_part(uint64_t random)
{
    static const uint32_t bases[] = {0, 0x03ffff00u, 0x04000000u, 0x80000000u, 0xffffff00u};
    uint32_t base = bases[random % (sizeof bases / sizeof bases[0])];
    return base | (uint32_t)(random >> 32 & 0xff);
}

static uint32_t spread_part(uint64_t random)
{
    return (uint32_t)(random >> 32);
}

/* Adds and removes at random, more the one, then more the other, and looks for all in between. */
static void model(uint32_t (*part_of)(uint64_t), uint64_t seed)
{
    static uint32_t parts[NUMBERS + 1];
    static bool present[NUMBERS + 1];
    uint32_t count = 0;
    struct flow_index index;
    assert_int_equal(flow_index_init(&index, ROOMY), 0);
    for (uint32_t number = 0; number <= NUMBERS; number++)
        present[number] = false;

    for (uint32_t step = 0; step < 40000; step++) {
        uint32_t number = 1 + (uint32_t)(chance(&seed) % NUMBERS);
        bool growing = step / 10000 % 2 == 0;
        bool wanted = chance(&seed) % 4 != 0 ? growing : !growing;
        if (wanted && !present[number]) {
            parts[number] = part_of(chance(&seed));
            add(&index, parts[number], number);
            count++;
        } else if (!wanted && present[number]) {
            flow_index_remove(&index, parts[number], number);
            count--;
        }
        present[number] = wanted;
        for (uint32_t i = 1; step % 1000 == 0 && i <= NUMBERS; i++)
            assert_int_equal(finds(&index, parts[i], i), present[i]);
    }
    assert_int_equal(count_of(&index), count);
    assert_true(count > 0);
    flow_index_fini(&index);
}

static void it_holds_what_was_added_and_not_removed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        model(spread_part, seed);
}

static void it_holds_that_also_where_all_crowds_into_few_lines(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        model(crowded_part, seed);
}

static void removing_all_leaves_nothing_behind(void **state)
{
    (void)state;
    struct flow_index index;
    uint64_t seed = 9;
    uint32_t parts[500];
    assert_int_equal(flow_index_init(&index, ROOMY), 0);
    for (uint32_t i = 0; i < 500; i++)
        add(&index, parts[i] = crowded_part(chance(&seed)), i + 1);
    for (uint32_t i = 0; i < 500; i++)
        flow_index_remove(&index, parts[i], i + 1);
    assert_int_equal(count_of(&index), 0);
    assert_int_equal(flow_index_longest_probe(&index), 0);
    for (size_t s = 0; s < INDEX_SEGMENTS; s++)
        for (uint32_t i = 0; i < index.segments[s].line_count; i++)
            for (size_t slot = 0; slot < INDEX_LINE_SLOTS; slot++)
                assert_int_equal(index.segments[s].lines[i].number[slot], 0);
    flow_index_fini(&index);
}

static void any_number_comes_from_the_segment_that_was_asked(void **state)
{
    (void)state;
    struct flow_index index;
    assert_int_equal(flow_index_init(&index, ROOMY), 0);
    add(&index, 0x10000000u, 7); /* segments are told by 6 bits */
    add(&index, 0x20000000u, 8);
    assert_int_equal(flow_index_any(&index, 0x10000000u), 7);
    assert_int_equal(flow_index_any(&index, 0x13ffffffu), 7);
    assert_int_equal(flow_index_any(&index, 0x23ffffffu), 8);
    flow_index_fini(&index);
}

/* Segments that have moved so far, of all growth. */
static uint64_t moves_of(const struct flow_index *index, uint32_t growths)
{
    return (uint64_t)growths * INDEX_SEGMENTS - index->unmoved;
}

/* 300,000 numbers are more than one large page of 2 MiB. What an index takes is told by its lines:
 * eight numbers each in 64 bytes, four fifths of that in the fullest segment before it grows, and
 * three eighths more lines right after that: 13.75 bytes a number. At random the fullest of 64
 * segments has a few hundredths more than the others. */
static void growth_is_in_small_steps_and_takes_little(void **state)
{
    (void)state;
    enum { ALL = 300000, SMALL = 50000 };
    static uint32_t parts[ALL + 1];
    struct flow_index index;
    uint64_t seed = 5;
    uint32_t growths = 0;
    assert_int_equal(flow_index_init(&index, ALL), 0);
    for (uint32_t number = 1; number <= ALL; number++) {
        uint32_t line_count = index.line_count;
        uint64_t moves = moves_of(&index, growths);
        parts[number] = spread_part(chance(&seed));
        add(&index, parts[number], number);
        growths += index.line_count > line_count;
        if (number < SMALL)
            continue;
        assert_true(moves_of(&index, growths) - moves <= 1);
        assert_true((size_t)index.line_count * INDEX_SEGMENTS * 64 <= (size_t)number * 15);
    }
    assert_true(growths > 10);
    for (uint32_t number = 1; number <= ALL; number++)
        assert_true(finds(&index, parts[number], number));
    assert_true(flow_index_longest_probe(&index) < 64);
    flow_index_fini(&index);
}

/* For no numbers at all 64 slots a segment are reserved. */
static void what_has_no_room_to_grow_is_filled_to_its_last_slot_but_one(void **state)
{
    (void)state;
    struct flow_index index;
    assert_int_equal(flow_index_init(&index, 1), 0);
    for (uint32_t number = 1; number < 64; number++)
        add(&index, number << 20, number);
    assert_false(flow_index_reserve(&index, 0));
    assert_true(flow_index_reserve(&index, 0x04000000u)); /* of the next segment */
    flow_index_remove(&index, 1 << 20, 1);
    add(&index, 64 << 19, 64);
    assert_false(flow_index_reserve(&index, 0));
    for (uint32_t number = 2; number < 64; number++)
        assert_true(finds(&index, number << 20, number));
    assert_true(finds(&index, 64 << 19, 64));
    flow_index_fini(&index);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_each_slot_that_matches),
        cmocka_unit_test(an_empty_index_finds_nothing),
        cmocka_unit_test(the_part_zero_is_one_like_others),
        cmocka_unit_test(numbers_of_one_part_are_all_found),
        cmocka_unit_test(it_holds_what_was_added_and_not_removed),
        cmocka_unit_test(it_holds_that_also_where_all_crowds_into_few_lines),
        cmocka_unit_test(removing_all_leaves_nothing_behind),
        cmocka_unit_test(growth_is_in_small_steps_and_takes_little),
        cmocka_unit_test(what_has_no_room_to_grow_is_filled_to_its_last_slot_but_one),
        cmocka_unit_test(any_number_comes_from_the_segment_that_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
