/* track/clock.h: times of day, and bounds; exchanges of which all is known are in
 * test_cli_clock.py. */
#include "track/clock.h"

#include "track_lab.h"

enum { DAY = 86400000 };

struct bench {
    struct lab lab;
    struct clocks clocks;
};

static struct bench bench;

static void times_of_day_differ_by_half_a_day_at_most(void **state)
{
    (void)state;
    static const struct {
        uint32_t from, to;
        int32_t difference;
    } rows[] = {
        {0, 0, 0},
        {1000, 3500, 2500},
        {3500, 1000, -2500},
        {DAY - 100, 300, 400},
        {300, DAY - 100, -400},
        {0, DAY / 2 - 1, DAY / 2 - 1},
        {0, DAY / 2, -DAY / 2},
        {DAY / 2, 0, -DAY / 2},
        {DAY - 1, 0, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(clock_difference(rows[i].from, rows[i].to), rows[i].difference);
    for (uint32_t any = 0; any < UINT32_MAX - 65537; any += 65537) {
        int32_t difference = clock_difference(any, any * 40503u);
        assert_true(difference >= -DAY / 2 && difference < DAY / 2);
    }
}

static void begin(void)
{
    lab_init(&bench.lab);
    tracker_clock.init(&bench.clocks, &bench.lab.track);
}

static void drop(void)
{
    tracker_clock.fini(&bench.clocks);
    findings_fini(&bench.lab.findings);
}

static void tell(uint8_t type, uint16_t seq, int64_t time_ns, uint32_t ms)
{
    struct lab_message made;
    const struct lab_way there = {1, 2}, back = {2, 1};
    lab_message_make(&bench.lab, &made, type, type == 14 ? back : there, time_ns);
    made.icmp.seq = seq;
    made.icmp.has |= ICMP_HAS_TIMES;
    made.icmp.originate_ms = made.icmp.receive_ms = made.icmp.transmit_ms = ms;
    tracker_clock.message(&bench.clocks, &(struct sight){.packet = &made.packet});
}

static void requests_that_wait_are_bounded(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < REQUESTS_MAX + 50; i++)
        tell(13, (uint16_t)i, 1, 1);
    assert_int_equal(bench.clocks.requests.cache.count, REQUESTS_MAX);
    assert_int_equal(tracker_clock.lost(&bench.clocks), 50);
    tracker_clock.tick(&bench.clocks, request_wait_ns);
    assert_int_equal(bench.clocks.requests.cache.count, REQUESTS_MAX);
    tracker_clock.tick(&bench.clocks, request_wait_ns + 1);
    assert_int_equal(bench.clocks.requests.cache.count, 0);
    const struct clock_pair *pair = map_value_at(&bench.clocks.pairs, 0);
    assert_int_equal(pair->unanswered, REQUESTS_MAX);
    assert_int_equal(pair->requests, REQUESTS_MAX + 50);
    assert_int_equal(bench.lab.events, 0);
    drop();
}

static void a_reply_is_taken_once(void **state)
{
    (void)state;
    begin();
    tell(13, 1, NS_PER_S, 1000);
    for (int i = 0; i < 3; i++)
        tell(14, 1, NS_PER_S + NS_PER_MS, 1000);
    assert_int_equal(bench.lab.events, 1);
    const struct clock_pair *pair = map_value_at(&bench.clocks.pairs, 0);
    assert_int_equal(pair->replies, 1);
    tell(13, 1, 3 * (int64_t)NS_PER_S, 3000); /* asked again */
    tell(14, 1, 3 * (int64_t)NS_PER_S + NS_PER_MS, 3000);
    assert_int_equal(bench.lab.events, 2);
    drop();
}

static void times_that_leap_are_borne(void **state)
{
    (void)state;
    static const int64_t times[] = {0, INT64_MAX, INT64_MIN, -1, 1};
    enum { TIMES = sizeof times / sizeof times[0] };
    begin();
    for (uint16_t i = 0; i < TIMES * TIMES; i++) {
        tell(13, i, times[i % TIMES], UINT32_MAX - i);
        tell(14, i, times[i / TIMES], i * 178956970u);
        tracker_clock.tick(&bench.clocks, times[i / TIMES]);
    }
    tracker_clock.finish(&bench.clocks, INT64_MIN);
    assert_int_equal(bench.clocks.requests.cache.count, 0);
    drop();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_day_differ_by_half_a_day_at_most),
        cmocka_unit_test(requests_that_wait_are_bounded),
        cmocka_unit_test(a_reply_is_taken_once),
        cmocka_unit_test(times_that_leap_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
