/* The bounded map. calloc() and realloc() fail when told to (the linker's --wrap). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static int allocations_left = -1; /* < 0: all succeed */

static int allocation_fails(void)
{
    if (allocations_left < 0)
        return 0;
    return allocations_left-- == 0 ? (allocations_left = 0, 1) : 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(old, size);
}

struct key {
    uint32_t a, b, c;
};

static void map_make(struct map *map, size_t max)
{
    allocations_left = -1;
    map_init(map, &(struct map_config){sizeof(struct key), sizeof(uint64_t), max, {1, 2}});
}

static struct key key_of(uint32_t i)
{
    return (struct key){i * 7919, i % 3, ~i};
}

static uint64_t *value_add(struct map *map, uint32_t i, bool *fresh)
{
    struct key key = key_of(i);
    return map_add(map, &key, fresh);
}

static uint64_t *value_get(const struct map *map, uint32_t i)
{
    struct key key = key_of(i);
    return map_get(map, &key);
}

static void what_was_added_is_found_and_nothing_else(void **state)
{
    (void)state;
    struct map map;
    map_make(&map, 10000);
    assert_null(value_get(&map, 0));
    for (uint32_t i = 0; i < 5000; i++) {
        bool fresh = false;
        uint64_t *value = value_add(&map, i, &fresh);
        assert_non_null(value);
        assert_true(fresh);
        assert_int_equal(*value, 0);
        *value = i + 1;
    }
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(*value_get(&map, i), i + 1);
    for (uint32_t i = 5000; i < 10000; i++)
        assert_null(value_get(&map, i));
    assert_int_equal(map.count, 5000);
    map_fini(&map);
}

static void adding_again_gives_the_same_value(void **state)
{
    (void)state;
    struct map map;
    bool fresh;
    map_make(&map, 100);
    *value_add(&map, 7, &fresh) = 42;
    assert_true(fresh);
    assert_int_equal(*value_add(&map, 7, &fresh), 42);
    assert_false(fresh);
    assert_int_equal(map.count, 1);
    map_fini(&map);
}

static void entries_stay_in_the_order_of_their_coming(void **state)
{
    (void)state;
    struct map map;
    map_make(&map, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        *value_add(&map, 999 - i, NULL) = i;
    for (uint32_t i = 0; i < 1000; i++) {
        struct key key = key_of(999 - i);
        assert_memory_equal(map_key_at(&map, i), &key, sizeof key);
        assert_int_equal(*(uint64_t *)map_value_at(&map, i), i);
    }
    map_fini(&map);
}

static void a_full_map_refuses_and_counts(void **state)
{
    (void)state;
    struct map map;
    map_make(&map, 37); /* no power of two */
    for (uint32_t i = 0; i < 37; i++)
        assert_non_null(value_add(&map, i, NULL));
    bool fresh = true;
    assert_null(value_add(&map, 37, &fresh));
    assert_false(fresh);
    assert_null(value_add(&map, 38, NULL));
    assert_int_equal(map.refused, 2);
    assert_int_equal(map.count, 37);
    assert_non_null(value_add(&map, 36, NULL)); /* what is in stays */
    assert_null(value_get(&map, 37));
    assert_int_equal(map.refused, 2);
    map_fini(&map);
}

static void a_map_for_nothing_refuses(void **state)
{
    (void)state;
    struct map map;
    map_make(&map, 0);
    assert_null(value_add(&map, 1, NULL));
    assert_int_equal(map.refused, 1);
    map_fini(&map);
}

static void a_set_gives_the_key_itself(void **state)
{
    (void)state;
    struct map map;
    uint32_t key = 5;
    map_init(&map, &(struct map_config){sizeof key, 0, 10, {3, 4}});
    uint32_t *found = map_add(&map, &key, NULL);
    assert_non_null(found);
    assert_int_equal(*found, 5);
    assert_ptr_equal(map_get(&map, &key), found);
    assert_ptr_equal(map_value_at(&map, 0), map_key_at(&map, 0));
    map_fini(&map);
}

/* With all allocations but the nth failing or not: what is in the map stays right. */
static void short_memory_loses_nothing_that_was_in(void **state)
{
    (void)state;
    for (int n = 0; n < 12; n++) {
        struct map map;
        map_make(&map, 1000);
        allocations_left = n;
        uint32_t added = 0;
        while (added < 1000 && value_add(&map, added, NULL) != NULL)
            *value_get(&map, added) = added, added++;
        assert_int_equal(map.refused, 1);
        assert_int_equal(map.count, added);
        for (uint32_t i = 0; i < added; i++)
            assert_int_equal(*value_get(&map, i), i);

        allocations_left = -1; /* memory is back */
        assert_non_null(value_add(&map, added, NULL));
        for (uint32_t i = 0; i < added; i++)
            assert_int_equal(*value_get(&map, i), i);
        map_fini(&map);
    }
}

/* Entries of 16 KiB: from the 128th on they are more than a large page, and stand where all that
 * may come has room. */
static void large_entries_are_not_moved_again(void **state)
{
    (void)state;
    enum { SIZE = 16384, MAX = 700, LARGE = 129 };
    struct map map, copy;
    map_init(&map, &(struct map_config){sizeof(uint32_t), SIZE, MAX, {7, 8}});
    unsigned char *places[MAX];
    for (uint32_t i = 0; i < MAX; i++) {
        places[i] = map_add(&map, &i, NULL);
        assert_non_null(places[i]);
        assert_int_equal(places[i][SIZE - 1], 0);
        assert_int_equal(map_position_of(&map, places[i]), i);
        memset(places[i], (int)(i % 251), SIZE);
    }
    for (uint32_t i = 0; i < MAX; i++) {
        const unsigned char *value = map_get(&map, &i);
        assert_true(i < LARGE || value == places[i]);
        assert_int_equal(value[0], i % 251);
        assert_int_equal(value[SIZE - 1], i % 251);
    }
    const uint32_t more = MAX;
    assert_null(map_add(&map, &more, NULL));

    const uint32_t seven = 7;
    assert_int_equal(map_copy(&copy, &map), 0);
    assert_memory_equal(map_get(&copy, &seven), map_get(&map, &seven), SIZE);
    map_fini(&copy);
    map_fini(&map);
}

/* Sequential keys, as a scan makes them, must not pile up: with the index at most half full a
 * probe of dozens of slots would mean a broken hash. */
static void sequential_keys_spread(void **state)
{
    (void)state;
    struct map map;
    map_init(&map, &(struct map_config){sizeof(uint32_t), 0, 65536, {5, 6}});
    for (uint32_t i = 0; i < 65536; i++)
        assert_non_null(map_add(&map, &i, NULL));
    size_t run = 0, longest = 0;
    for (size_t i = 0; i < map.slots; i++) {
        run = map.index[i] != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_true(longest < 128);
    map_fini(&map);
}

static void an_emptied_map_is_safe(void **state)
{
    (void)state;
    struct map map;
    map_make(&map, 10);
    value_add(&map, 1, NULL);
    map_fini(&map);
    assert_null(value_get(&map, 1));
    map_fini(&map);
}

static bool is_multiple(void *context, const void *key, void *value)
{
    (void)key;
    return *(const uint32_t *)value % *(const uint32_t *)context == 0;
}

static void what_is_pruned_leaves_room_and_the_order_of_the_others(void **state)
{
    (void)state;
    enum { MAX = 1000 };
    uint32_t three = 3, one = 1;
    struct map map;
    map_make(&map, MAX);
    for (uint32_t i = 0; i < MAX; i++)
        *value_add(&map, i, NULL) = i;
    assert_int_equal(map_prune(&map, is_multiple, &three), 334); /* 0, 3, … 999 */
    assert_int_equal(map.count, MAX - 334);
    for (uint32_t i = 0, position = 0; i < MAX; i++) {
        if (i % 3 == 0) {
            assert_null(value_get(&map, i));
            continue;
        }
        assert_int_equal(*value_get(&map, i), i);
        assert_int_equal(*(const uint32_t *)map_value_at(&map, position), i);
        position++;
    }
    assert_int_equal(map_prune(&map, is_multiple, &three), 0);
    for (uint32_t i = 0; i < 334; i++)
        assert_non_null(value_add(&map, MAX + i, NULL));
    assert_null(value_add(&map, MAX + 334, NULL));
    assert_int_equal(map_prune(&map, is_multiple, &one), MAX);
    assert_int_equal(map.count, 0);
    assert_null(value_get(&map, 1));
    map_fini(&map);
}

static void a_copy_is_another_map_that_holds_the_same(void **state)
{
    (void)state;
    struct map map, copy;
    map_make(&map, 100);
    assert_int_equal(map_copy(&copy, &map), 0);
    assert_null(value_get(&copy, 1));
    for (uint32_t i = 0; i < 50; i++)
        *value_add(&map, i, NULL) = i;
    assert_int_equal(map_copy(&copy, &map), 0);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(*value_get(&copy, i), i);
    *value_add(&copy, 60, NULL) = 60;
    *value_get(&copy, 7) = 70;
    assert_null(value_get(&map, 60));
    assert_int_equal(*value_get(&map, 7), 7);
    map_fini(&copy);
    assert_int_equal(map.count, 50);
    map_fini(&map);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_added_is_found_and_nothing_else),
    cmocka_unit_test(adding_again_gives_the_same_value),
    cmocka_unit_test(entries_stay_in_the_order_of_their_coming),
    cmocka_unit_test(a_full_map_refuses_and_counts),
    cmocka_unit_test(a_map_for_nothing_refuses),
    cmocka_unit_test(a_set_gives_the_key_itself),
    cmocka_unit_test(short_memory_loses_nothing_that_was_in),
    cmocka_unit_test(large_entries_are_not_moved_again),
    cmocka_unit_test(sequential_keys_spread),
    cmocka_unit_test(an_emptied_map_is_safe),
    cmocka_unit_test(what_is_pruned_leaves_room_and_the_order_of_the_others),
    cmocka_unit_test(a_copy_is_another_map_that_holds_the_same),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
