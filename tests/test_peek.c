/* The flow table, looked at by a thread that it does not belong to. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table_lab.h"

static uint64_t hash_of(const struct flow_table *table, uint32_t name)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    return flow_table_hash(table, &key);
}

static uint32_t peek(const struct flow_table *table, uint32_t name)
{
    const uint64_t hash = hash_of(table, name);
    uint32_t number;
    flow_table_peek_index(table, &hash, 1);
    flow_table_peek(table, &hash, &number, 1);
    return number;
}

static struct flow_guess guess_from(const struct flow_table *table, uint32_t name, uint32_t number)
{
    const uint64_t hash = hash_of(table, name);
    struct flow_guess guess;
    flow_table_prefetch_peeked(table, &hash, &number, &guess, 1);
    return guess;
}

static void a_peek_names_what_is_there(void **state)
{
    (void)state;
    struct flow_table *table = table_of(100, NULL);
    assert_int_equal(peek(table, 'a'), 0);
    struct flow *a = touch(table, 'a', 1), *b = touch(table, 'b', 1);
    assert_ptr_equal(flow_table_at(table, peek(table, 'a')), a);
    assert_ptr_equal(flow_table_at(table, peek(table, 'b')), b);
    assert_int_equal(peek(table, 'c'), 0);
    assert_ptr_equal(guess_from(table, 'a', peek(table, 'a')).flow, a);
    assert_int_equal(guess_from(table, 'a', peek(table, 'a')).number, peek(table, 'a'));
    flow_table_free(table);
}

/* A peeker is no more than believed: the table may have been another when it looked. */
static void a_number_that_is_not_there_is_no_guess(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0, 2, 100, 101, UINT32_MAX - 1, UINT32_MAX};
    struct flow_table *table = table_of(100, NULL), *empty = table_of(100, NULL);
    touch(table, 'a', 1);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_null(guess_from(table, 'a', numbers[i]).flow);
        assert_int_equal(guess_from(table, 'a', numbers[i]).number, 0);
        assert_null(guess_from(empty, 'a', numbers[i]).flow);
    }
    flow_table_free(table);
    flow_table_free(empty);
}

/* Of those that crowd into a line some are in the next ones. */
static void nearly_all_of_many_are_named(void **state)
{
    (void)state;
    enum { FLOWS = 300000 };
    struct flow_table *table = table_of(FLOWS, NULL);
    uint32_t named = 0;
    for (uint32_t name = 1; name <= FLOWS; name++)
        touch(table, name, 0);
    for (uint32_t name = 1; name <= FLOWS; name++)
        named += peek(table, name) == name; /* numbers are given in the order of coming */
    assert_in_range(named, FLOWS - FLOWS / 1000, FLOWS);
    flow_table_free(table);
}

/* ---- while it changes ------------------------------------------------------------------------ */

enum { NAMES = 60000, MAX_FLOWS = 20000, ROUNDS = 3 };

struct peeker {
    const struct flow_table *table;
    atomic_bool over;
    uint32_t highest; /* of the numbers that it saw */
};

static void *peek_on(void *context)
{
    struct peeker *peeker = context;
    for (uint32_t name = 1; !atomic_load(&peeker->over); name = name % NAMES + 1) {
        const uint32_t number = peek(peeker->table, name);
        peeker->highest = number > peeker->highest ? number : peeker->highest;
    }
    return NULL;
}

/* It grows, evicts and sweeps meanwhile. With the sanitizer of threads this finds what is not
 * atomic. */
static void whatever_the_table_does_a_peek_names_numbers_of_flows(void **state)
{
    (void)state;
    struct flow_table *table = table_of(MAX_FLOWS, NULL);
    struct peeker peeker = {.table = table};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, peek_on, &peeker), 0);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t name = 1; name <= NAMES; name++)
            touch(table, name, round);
        while (!flow_table_sweep(table, INT64_C(1) << 60, 1000))
            ;
    }
    touch(table, 1, 0);
    atomic_store(&peeker.over, true);
    pthread_join(thread, NULL);
    assert_in_range(peeker.highest, 0, MAX_FLOWS);
    assert_int_equal(flow_table_seen(table), ROUNDS * NAMES + 1);
    assert_ptr_equal(flow_table_at(table, peek(table, 1)), find(table, 1));
    assert_int_equal(peek(table, 2), 0);
    flow_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peek_names_what_is_there),
        cmocka_unit_test(a_number_that_is_not_there_is_no_guess),
        cmocka_unit_test(nearly_all_of_many_are_named),
        cmocka_unit_test(whatever_the_table_does_a_peek_names_numbers_of_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
