/* track/rate.h: where the limits are, to the message; and what does not count. */
#include "track/rate.h"

#include <stdbool.h>

#include "track_lab.h"

struct bench {
    struct lab lab;
    struct rates rates;
};

static struct bench bench;

static void begin(void)
{
    lab_init(&bench.lab);
    tracker_rate.init(&bench.rates, &bench.lab.track);
}

/* All is told; how many floods there were. */
static size_t end(void)
{
    tracker_rate.finish(&bench.rates, 0);
    return findings_count(&bench.lab.findings, FINDING_ICMP_FLOOD);
}

static void drop(void)
{
    tracker_rate.fini(&bench.rates);
    findings_fini(&bench.lab.findings);
}

static void send(uint8_t type, uint8_t from, uint8_t to, int64_t time_ns)
{
    struct lab_message made;
    lab_message_make(&bench.lab, &made, type, (struct lab_way){from, to}, time_ns);
    tracker_rate.message(&bench.rates, &(struct sight){.packet = &made.packet});
}

/* `count` requests to host 2, evenly `a_second`, from `hosts` in turn. */
static void flood(unsigned count, unsigned a_second, unsigned hosts)
{
    for (unsigned i = 0; i < count; i++)
        send(8, (uint8_t)(10 + i % hosts), 2, NS_PER_S + (int64_t)i * NS_PER_S / a_second);
}

static const struct finding *the_flood(void)
{
    assert_int_equal(findings_count(&bench.lab.findings, FINDING_ICMP_FLOOD), 1);
    return map_value_at(&bench.lab.findings.map, 0);
}

static void more_than_a_hundred_a_second_for_three_seconds_is_a_flood(void **state)
{
    (void)state;
    static const struct {
        unsigned count, a_second;
        size_t found;
    } rows[] = {
        {10000, 100, 0}, /* not more than a hundred */
        {304, 101, 1},   /* the last is 3 s after the first */
        {303, 101, 0},   /* just before */
        {1500, 500, 0},  /* the last after 2.998 s */
        {1501, 500, 1},  /* … and after 3 s */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        flood(rows[i].count, rows[i].a_second, 1);
        if (end() != rows[i].found)
            fail_msg("%u, %u a second", rows[i].count, rows[i].a_second);
        drop();
    }
}

static void a_flood_has_its_most_in_a_second_its_count_and_its_sender(void **state)
{
    (void)state;
    begin();
    flood(1000, 200, 1);
    end();
    const struct finding *finding = the_flood();
    assert_int_equal(finding->value, 200);
    assert_int_equal(finding->seen.count, 1000);
    assert_int_equal(finding->port, 8);
    findings_settle(&bench.lab.findings);
    assert_int_equal(finding->story.src.bytes[3], 10);
    assert_int_equal(finding->story.dst.bytes[3], 2);
    drop();
    begin();
    flood(1000, 200, 5);
    end();
    findings_settle(&bench.lab.findings);
    assert_int_equal(the_flood()->story.has & STORY_HAS_SRC, 0);
    drop();
}

static void a_second_without_any_begins_anew(void **state)
{
    (void)state;
    begin();
    for (int64_t burst = 0; burst < 10; burst++)
        for (int64_t i = 0; i < 200; i++)
            send(8, 1, 2, (burst * 2 * 1000 + i * 2) * NS_PER_MS);
    assert_int_equal(end(), 0);
    drop();
}

static void replies_that_were_asked_for_are_no_flood(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        begin();
        for (int64_t i = 0; i < 2000; i++) {
            if (asked)
                send(8, 2, (uint8_t)(10 + i % 100), i * 5 * NS_PER_MS);
            send(0, (uint8_t)(10 + i % 100), 2, i * 5 * NS_PER_MS + NS_PER_MS);
        }
        assert_int_equal(end(), !asked);
        drop();
    }
}

static void copies_do_not_count(void **state)
{
    (void)state;
    begin();
    struct lab_message made;
    for (int64_t i = 0; i < 600; i++) {
        lab_message_make(&bench.lab, &made, 8, (struct lab_way){1, 2}, i * NS_PER_S / 90);
        tracker_rate.message(&bench.rates, &(struct sight){.packet = &made.packet});
        made.packet.time_ns += NS_PER_MS;
        made.packet.frame++;
        tracker_rate.message(&bench.rates, &(struct sight){.packet = &made.packet});
    }
    assert_int_equal(end(), 0);
    drop();
}

static void is_bounded(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 3 * RATES_MAX; i++) {
        struct lab_message made;
        lab_message_make(&bench.lab, &made, 8, (struct lab_way){1, 2}, i * (int64_t)NS_PER_MS);
        memcpy(made.packet.ip.dst.bytes, &i, sizeof i);
        tracker_rate.message(&bench.rates, &(struct sight){.packet = &made.packet});
    }
    assert_int_equal(bench.rates.cache.count, RATES_MAX);
    assert_int_equal(tracker_rate.lost(&bench.rates), 0); /* none of them was busy */
    assert_int_equal(end(), 0);
    drop();
}

static void times_that_go_back_or_leap_are_borne(void **state)
{
    (void)state;
    static const int64_t times[] = {0, INT64_MAX, INT64_MIN, -1, 1, INT64_MAX, 0};
    begin();
    for (size_t i = 0; i < 300 * sizeof times / sizeof times[0]; i++)
        send(8, 1, 2, times[i % (sizeof times / sizeof times[0])]);
    end();
    drop();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_a_hundred_a_second_for_three_seconds_is_a_flood),
        cmocka_unit_test(a_flood_has_its_most_in_a_second_its_count_and_its_sender),
        cmocka_unit_test(a_second_without_any_begins_anew),
        cmocka_unit_test(replies_that_were_asked_for_are_no_flood),
        cmocka_unit_test(copies_do_not_count),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(times_that_go_back_or_leap_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
