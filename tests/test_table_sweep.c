/* The flow table: how it ends flows of which no packet comes any more, and guesses where they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table_lab.h"

/* ---- idle flows without packets -------------------------------------------------------------- */

enum { UDP_S = 5 * 60, AFTER_S = UDP_S + FLOW_GRACE_S };

static int64_t seconds(int64_t count)
{
    return count * NS_PER_S;
}

static struct flow *touch_tcp(struct flow_table *table, uint32_t name)
{
    struct flow_key key = key_of(name, PROTO_TCP);
    return flow_table_touch(table, &key, flow_table_hash(table, &key), 0).flow;
}

static void an_idle_flow_ends_without_a_packet_when_a_late_error_would_have_come(void **state)
{
    (void)state;
    struct closed closed = {0};
    struct flow_table *table = table_of(100, &closed);
    touch(table, 'a', seconds(1));
    touch(table, 'b', seconds(2));
    assert_true(flow_table_sweep(table, seconds(AFTER_S + 1), 100));
    assert_int_equal(closed.count, 0);
    assert_true(flow_table_sweep(table, seconds(AFTER_S + 1) + 1, 100));
    closed_are(&closed, "a", FLOW_END_TIMEOUT);
    assert_null(find(table, 'a'));
    assert_non_null(find(table, 'b'));
    assert_int_equal(flow_table_count(table), 1);
    assert_int_equal(flow_table_timed_out(table), 1);
    assert_int_equal(flow_table_evicted(table), 0);
    const struct flow_key gone = key_of('a', PROTO_UDP);
    assert_false(flow_table_was_evicted(table, flow_table_hash(table, &gone)));
    flow_table_free(table);
    assert_int_equal(closed.count, 2);
    assert_int_equal(closed.names[1], 'b');
    assert_int_equal(closed.ends[1], FLOW_END_SHUTDOWN);
}

static void a_connection_that_is_over_ends_sooner_than_one_that_is_idle(void **state)
{
    (void)state;
    struct closed closed = {0};
    struct flow_table *table = table_of(100, &closed);
    touch_tcp(table, 'i')->tcp_flags[0] = TCP_SYN | TCP_FIN;
    touch_tcp(table, 'r')->tcp_flags[1] = TCP_RST;
    struct flow *both = touch_tcp(table, 'f');
    both->tcp_flags[0] = both->tcp_flags[1] = TCP_FIN | TCP_ACK;
    flow_table_sweep(table, seconds(AFTER_S), 100);
    assert_int_equal(closed.count, 0);
    flow_table_sweep(table, seconds(AFTER_S) + 1, 100);
    closed_are(&closed, "rf", FLOW_END_TIMEOUT);
    flow_table_sweep(table, seconds(60 * 60 + FLOW_GRACE_S), 100);
    closed_are(&closed, "rf", FLOW_END_TIMEOUT);
    flow_table_sweep(table, seconds(60 * 60 + FLOW_GRACE_S) + 1, 100);
    closed_are(&closed, "rfi", FLOW_END_TIMEOUT);
    flow_table_free(table);
}

static void a_sweep_takes_so_many_steps_and_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct closed closed = {0};
    struct flow_table *table = table_of(100, &closed);
    touch_all(table, "abcde");
    assert_int_equal(flow_table_places(table), 5);
    assert_false(flow_table_sweep(table, seconds(1000), 2));
    closed_are(&closed, "ab", FLOW_END_TIMEOUT);
    assert_false(flow_table_sweep(table, seconds(1000), 2));
    closed_are(&closed, "abcd", FLOW_END_TIMEOUT);
    assert_true(flow_table_sweep(table, seconds(1000), 2));
    closed_are(&closed, "abcde", FLOW_END_TIMEOUT);
    assert_int_equal(flow_table_count(table), 0);
    assert_true(flow_table_sweep(table, seconds(1000), 100));
    assert_int_equal(closed.count, 5);
    flow_table_free(table);
}

static void places_that_are_free_are_taken_before_any_flow_gives_way(void **state)
{
    (void)state;
    struct closed closed = {0};
    struct flow_table *table = table_of(4, &closed);
    touch_all(table, "abcd");
    touch(table, 'b', seconds(1000)); /* ends the first flow of that name */
    flow_table_sweep(table, seconds(1000), 4);
    closed_are(&closed, "bacd", FLOW_END_TIMEOUT);
    for (uint32_t number = 1, found = 0; number <= 4; number++) {
        found += flow_table_at(table, number) != NULL;
        assert_true(number < 4 || found == 1);
    }
    for (const char *name = "xyz"; *name != '\0'; name++)
        touch(table, (uint32_t)*name, seconds(1000));
    closed_are(&closed, "bacd", FLOW_END_TIMEOUT);
    assert_int_equal(flow_table_count(table), 4);
    for (const char *name = "bxyz"; *name != '\0'; name++)
        assert_int_equal(name_of(find(table, (uint32_t)*name)), *name);
    assert_int_equal(flow_table_evicted(table), 0);
    touch(table, 'w', seconds(1000));
    assert_int_equal(flow_table_evicted(table), 1);
    assert_int_equal(flow_table_places(table), 4);
    flow_table_free(table);
    assert_int_equal(closed.count, 4 + 1 + 4);
}

static void count_alive(void *context, const struct flow *flow)
{
    assert_true(flow->id > 0);
    ++*(size_t *)context;
}

static void flows_that_go_on_are_shown_once_a_round(void **state)
{
    (void)state;
    size_t alive = 0;
    struct flow_table *table =
        flow_table_new(&(struct flow_table_config){.max_flows = 10,
                                                   .seed = (const uint64_t[]){1, 2},
                                                   .alive = count_alive,
                                                   .context = &alive},
                       NULL);
    assert_non_null(table);
    touch_all(table, "abcde");
    touch(table, 'c', seconds(900));
    touch(table, 'e', seconds(900));
    while (!flow_table_sweep(table, seconds(1000), 1))
        ;
    assert_int_equal(alive, 2);
    flow_table_free(table);
}

/* A year, an hour at a time, each with flows of its own: memory is that of one hour. */
static void a_year_of_fresh_flows_takes_the_places_of_an_hour(void **state)
{
    (void)state;
    enum { HOURS = 365 * 24, EACH = 100 };
    struct flow_table *table = table_of(1000, NULL);
    uint32_t name = 0;
    for (int64_t hour = 0; hour < HOURS; hour++) {
        const int64_t now_ns = seconds(hour * 3600);
        while (!flow_table_sweep(table, now_ns, 64))
            ;
        assert_int_equal(flow_table_count(table), 0);
        for (size_t i = 0; i < EACH; i++)
            assert_int_equal(touch(table, ++name, now_ns)->first_ns, now_ns);
        assert_int_equal(flow_table_places(table), EACH);
    }
    assert_int_equal(flow_table_seen(table), (uint64_t)HOURS * EACH);
    assert_int_equal(flow_table_evicted(table), 0);
    assert_true(flow_table_longest_probe(table) <= 2);
    flow_table_free(table);
}

static void a_clock_that_was_set_ends_no_flow_of_the_future(void **state)
{
    (void)state;
    struct closed closed = {0};
    struct flow_table *table = table_of(10, &closed);
    touch(table, 'a', INT64_MAX);
    touch(table, 'b', INT64_MIN);
    flow_table_sweep(table, INT64_MIN, 10);
    assert_int_equal(closed.count, 0);
    flow_table_sweep(table, INT64_MAX, 10);
    closed_are(&closed, "b", FLOW_END_TIMEOUT);
    flow_table_free(table);
}

/* ---- guesses --------------------------------------------------------------------------------- */

static struct flow_touch touch_guess(struct flow_table *table, uint32_t name,
                                     struct flow_guess guess)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    return flow_table_touch_guess(table, &key, flow_table_hash(table, &key), guess, 1);
}

static void a_guess_is_the_flow_and_one_that_is_wrong_does_no_harm(void **state)
{
    (void)state;
    struct flow_table *table = table_of(2, NULL);
    struct flow *first = touch(table, 'a', 1), *second = touch(table, 'b', 1);
    struct flow_guess a = guess_of(table, 'a'), b = guess_of(table, 'b'), none = {NULL, 0};
    assert_int_equal(guess_of(table, 'c').number, 0);
    assert_null(guess_of(table, 'c').flow);
    assert_int_not_equal(a.number, b.number);
    assert_ptr_equal(a.flow, first);
    assert_ptr_equal(flow_table_at(table, a.number), first);
    assert_ptr_equal(touch_guess(table, 'a', a).flow, first);
    assert_ptr_equal(touch_guess(table, 'a', b).flow, first);
    assert_ptr_equal(touch_guess(table, 'a', none).flow, first);
    assert_ptr_equal(touch_guess(table, 'b', b).flow, second);
    assert_int_equal(flow_table_seen(table), 2);

    touch(table, 'c', 1); /* takes the place of one of them, which is new when it comes back */
    bool gone = find(table, 'a') == NULL;
    assert_true(touch_guess(table, gone ? 'a' : 'b', gone ? a : b).fresh);
    flow_table_free(table);
}

static void a_guess_of_a_place_that_was_swept_is_wrong(void **state)
{
    (void)state;
    struct flow_table *table = table_of(2, NULL);
    touch(table, 'a', 1);
    struct flow_guess a = guess_of(table, 'a');
    assert_true(flow_table_sweep(table, INT64_C(1) << 60, 2));
    assert_int_equal(flow_table_count(table), 0);
    assert_true(touch_guess(table, 'a', a).fresh);
    assert_int_equal(flow_table_count(table), 1);
    flow_table_free(table);
}

static bool use(struct flow_table *table, uint32_t name, struct flow_guess guess, int64_t time_ns)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    return flow_use(guess.flow, &key, time_ns, flow_table_idle(table)[PROTO_UDP]);
}

/* UDP may be idle for 5 minutes. */
static void a_flow_is_used_where_it_is_the_one_and_not_idle(void **state)
{
    (void)state;
    const int64_t most = 5 * 60 * (int64_t)NS_PER_S;
    struct flow_table *table = table_of(2, NULL);
    touch(table, 'a', 100);
    touch(table, 'b', 100);
    struct flow_guess a = guess_of(table, 'a');
    a.flow->referenced = false;
    assert_false(use(table, 'b', a, 150));
    assert_false(use(table, 'a', a, 100 + most + 1));
    assert_false(a.flow->referenced);
    assert_true(a.flow->last_ns == 100);

    assert_true(use(table, 'a', a, 100 + most));
    assert_true(a.flow->last_ns == 100 + most && a.flow->first_ns == 100);
    assert_true(a.flow->referenced);
    assert_true(use(table, 'a', a, 50)); /* late: nothing is younger for it */
    assert_true(a.flow->last_ns == 100 + most);

    assert_true(flow_table_sweep(table, INT64_C(1) << 60, 2));
    assert_false(use(table, 'a', a, 200 + most));
    flow_table_free(table);
}

static void each_protocol_may_be_idle_for_its_time(void **state)
{
    (void)state;
    const int64_t minute = 60 * (int64_t)NS_PER_S;
    struct flow_table *table = table_of(2, NULL);
    const int64_t *idle_ns = flow_table_idle(table);
    assert_true(idle_ns[PROTO_TCP] == 60 * minute && idle_ns[PROTO_SCTP] == 60 * minute);
    assert_true(idle_ns[PROTO_UDP] == 5 * minute && idle_ns[PROTO_UDPLITE] == 5 * minute);
    assert_true(idle_ns[PROTO_ICMP] == minute && idle_ns[PROTO_ICMPV6] == minute);
    assert_true(idle_ns[0] == 5 * minute && idle_ns[255] == 5 * minute);
    flow_table_free(table);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_flow_ends_without_a_packet_when_a_late_error_would_have_come),
        cmocka_unit_test(a_connection_that_is_over_ends_sooner_than_one_that_is_idle),
        cmocka_unit_test(a_sweep_takes_so_many_steps_and_goes_on_where_it_stopped),
        cmocka_unit_test(places_that_are_free_are_taken_before_any_flow_gives_way),
        cmocka_unit_test(flows_that_go_on_are_shown_once_a_round),
        cmocka_unit_test(a_year_of_fresh_flows_takes_the_places_of_an_hour),
        cmocka_unit_test(a_clock_that_was_set_ends_no_flow_of_the_future),
        cmocka_unit_test(a_guess_is_the_flow_and_one_that_is_wrong_does_no_harm),
        cmocka_unit_test(a_guess_of_a_place_that_was_swept_is_wrong),
        cmocka_unit_test(a_flow_is_used_where_it_is_the_one_and_not_idle),
        cmocka_unit_test(each_protocol_may_be_idle_for_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
