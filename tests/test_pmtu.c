/* track/pmtu_history.h, pmtu_sweep.h and what other trackers tell pmtu.h. The whole of it is held
 * to captures by tests/test_cli_pmtu.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/near.h"
#include "track/pmtu.h"

static const uint64_t seed[2] = {3, 14};

static struct addr host(uint8_t last)
{
    return addr_from_ipv4((const uint8_t[]){192, 0, 2, last});
}

/* ---- advice ---------------------------------------------------------------------------------- */

/* IP header of 20 or 40 bytes, TCP of 20, ICMP echo of 8. */
static void test_advice_leaves_room_for_headers(void **state)
{
    static const struct {
        enum family family;
        uint32_t mtu, use, mss, ping;
    } rows[] = {{FAMILY_IPV4, 1492, 1492, 1452, 1464}, {FAMILY_IPV4, 68, 68, 28, 40},
                {FAMILY_IPV4, 9000, 9000, 8960, 8972}, {FAMILY_IPV6, 1500, 1500, 1440, 1452},
                {FAMILY_IPV6, 1280, 1280, 1220, 1232}, {FAMILY_IPV6, 1000, 1280, 1220, 1232}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pmtu_advice advice;
        assert_true(pmtu_advise(&advice, rows[i].mtu, rows[i].family));
        assert_int_equal(advice.mtu, rows[i].use);
        assert_int_equal(advice.tcp_mss, rows[i].mss);
        assert_int_equal(advice.ping_payload, rows[i].ping);
    }
}

static void test_no_advice_below_the_least_mtu(void **state)
{
    struct pmtu_advice advice;
    (void)state;
    assert_false(pmtu_advise(&advice, 67, FAMILY_IPV4));
    assert_false(pmtu_advise(&advice, 0, FAMILY_IPV4));
    assert_false(pmtu_advise(&advice, 0, FAMILY_IPV6));
}

/* What passed may have been small for other reasons than the path. */
static void test_advice_between_bounds_is_no_smaller_than_paths_are(void **state)
{
    static const struct {
        enum family family;
        uint32_t passed, refused, use;
    } rows[] = {{FAMILY_IPV4, 1400, 1500, 1400}, {FAMILY_IPV4, 60, 1500, 1280},
                {FAMILY_IPV4, 60, 1000, 576},    {FAMILY_IPV4, 800, 1000, 800},
                {FAMILY_IPV6, 0, 1500, 1280},    {FAMILY_IPV6, 1300, 1500, 1300},
                {FAMILY_IPV4, 1500, 0, 1500}};
    struct pmtu_advice advice;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(pmtu_advise_between(&advice, rows[i].passed, rows[i].refused, rows[i].family));
        assert_int_equal(advice.mtu, rows[i].use);
    }
    assert_false(pmtu_advise_between(&advice, 1000, 1280, FAMILY_IPV6));
    assert_false(pmtu_advise_between(&advice, 0, 500, FAMILY_IPV4));
}

/* ---- history --------------------------------------------------------------------------------- */

static bool tell(struct pmtu_history *history, int64_t seconds, uint8_t reporter, uint32_t mtu)
{
    const struct pmtu_change change = {
        .time_ns = seconds * NS_PER_S, .reporter = host(reporter), .mtu = mtu, .told = true};
    return pmtu_history_told(history, &change, true);
}

static void test_only_who_lowered_it_raises_it_soon(void **state)
{
    struct pmtu_history history = {0};
    (void)state;
    assert_true(tell(&history, 1, 1, 1400));
    assert_false(tell(&history, 1, 1, 1400));
    assert_true(tell(&history, 2, 2, 1300));
    assert_false(tell(&history, 3, 1, 1400));
    assert_true(tell(&history, 4, 2, 1350));
    assert_int_equal(pmtu_history_now(&history)->mtu, 1350);
    assert_int_equal(history.count, 3);
}

/* RFC 1191 6.3: five minutes after the last time that it was told. */
static void test_any_router_raises_it_after_minutes(void **state)
{
    struct pmtu_history history = {0};
    (void)state;
    tell(&history, 0, 1, 1300);
    assert_false(tell(&history, 299, 2, 1400));
    tell(&history, 200, 1, 1300);
    assert_false(tell(&history, 499, 2, 1400));
    assert_true(tell(&history, 500, 2, 1400));
}

static void test_a_longer_packet_that_arrives_raises_it(void **state)
{
    struct pmtu_history history = {0};
    (void)state;
    pmtu_history_passed(&history, 1500, 0);
    assert_null(pmtu_history_now(&history));
    tell(&history, 1, 1, 1400);
    pmtu_history_passed(&history, 1400, 2 * (int64_t)NS_PER_S);
    assert_true(pmtu_history_now(&history)->told);
    pmtu_history_passed(&history, 1401, 3 * (int64_t)NS_PER_S);
    assert_false(pmtu_history_now(&history)->told);
    assert_int_equal(pmtu_history_now(&history)->mtu, 1401);
}

static void test_the_first_changes_and_the_last_are_kept(void **state)
{
    struct pmtu_history history = {0};
    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        tell(&history, i, 1, 1500 - i);
    assert_int_equal(history.count, 100);
    assert_int_equal(history.kept, PMTU_CHANGES);
    for (uint32_t i = 0; i + 1 < PMTU_CHANGES; i++)
        assert_int_equal(history.list[i].mtu, 1500 - i);
    assert_int_equal(pmtu_history_now(&history)->mtu, 1401);
}

/* ---- sweeps ---------------------------------------------------------------------------------- */

struct pinging {
    struct cache sweeps;
    struct packet packet;
    struct icmp icmp;
};

static void pinging_init(struct pinging *pinging, size_t max)
{
    struct cache_config config = sweeps_config(seed);
    memset(pinging, 0, sizeof *pinging);
    config.max = max;
    cache_init(&pinging->sweeps, &config);
    pinging->packet.icmp = &pinging->icmp;
}

/* An echo of so many bytes, at a time in milliseconds. */
static uint32_t echo(struct pinging *pinging, bool reply, uint32_t length, int64_t ms)
{
    struct headers *ip = &pinging->packet.ip;
    ip->has = HAS_IP;
    ip->family = pinging->icmp.family = FAMILY_IPV4;
    ip->src = host(reply ? 2 : 1);
    ip->dst = host(reply ? 1 : 2);
    ip->df = true;
    ip->total_length = length;
    pinging->icmp.type = reply ? 0 : 8;
    pinging->icmp.length = length - 20;
    pinging->packet.time_ns = ms * NS_PER_MS;
    return sweeps_echo(&pinging->sweeps, &pinging->packet);
}

static bool judge(struct pinging *pinging, int64_t ms, struct sweep_result *result)
{
    const void *key;
    const struct sweep *sweep = cache_oldest(&pinging->sweeps, &key);
    assert_non_null(sweep);
    return sweep_judge(sweep, ms * NS_PER_MS, result);
}

static void test_a_reply_answers_a_request_of_its_size_once(void **state)
{
    struct pinging pinging;
    (void)state;
    pinging_init(&pinging, 8);
    assert_int_equal(echo(&pinging, true, 1400, 0), 0);
    echo(&pinging, false, 1400, 1);
    assert_int_equal(echo(&pinging, true, 1399, 2), 0);
    assert_int_equal(echo(&pinging, true, 1400, 3), 1400);
    assert_int_equal(echo(&pinging, true, 1400, 4), 0);
    cache_fini(&pinging.sweeps);
}

/* Requests at the end of a capture may still be answered. */
static void test_silence_takes_time(void **state)
{
    struct pinging pinging;
    struct sweep_result result;
    (void)state;
    pinging_init(&pinging, 8);
    for (uint32_t i = 0; i < 4; i++) {
        echo(&pinging, false, 1397 + i, i * 300);
        echo(&pinging, true, 1397 + i, i * 300 + 100); /* slow: waited for 1 s */
    }
    echo(&pinging, false, 1450, 1300);
    echo(&pinging, false, 1500, 1400);
    assert_true(judge(&pinging, 2399, &result)); /* of 1450 alone it is known */
    assert_false(result.silent);
    assert_true(judge(&pinging, 2400, &result));
    assert_true(result.silent);
    assert_int_equal(result.passed, 1400);
    assert_int_equal(result.refused, 1450);
    cache_fini(&pinging.sweeps);
}

static void test_a_host_that_answers_nothing_is_no_path(void **state)
{
    struct pinging pinging;
    struct sweep_result result;
    (void)state;
    pinging_init(&pinging, 8);
    for (uint32_t i = 0; i < 40; i++)
        echo(&pinging, false, 1300 + i, i * 300);
    assert_false(judge(&pinging, 60000, &result));
    cache_fini(&pinging.sweeps);
}

/* As "any" shows them: a request that is lost counts once. */
static void test_copies_of_a_request_are_one(void **state)
{
    struct pinging pinging;
    struct sweep_result result;
    (void)state;
    pinging_init(&pinging, 8);
    for (uint32_t i = 0; i < 5; i++) {
        echo(&pinging, false, 1300 + i, i * 300);
        echo(&pinging, false, 1300 + i, i * 300 + 1);
        if (i == 4)
            break;
        echo(&pinging, true, 1300 + i, i * 300 + 3);
        echo(&pinging, true, 1300 + i, i * 300 + 4);
    }
    assert_true(judge(&pinging, 60000, &result));
    assert_int_equal(result.passed, 1303);
    assert_int_equal(result.refused, 0);
    cache_fini(&pinging.sweeps);
}

static void test_small_packets_are_not_lost_for_their_size(void **state)
{
    struct pinging pinging;
    struct sweep_result result;
    (void)state;
    pinging_init(&pinging, 8);
    for (uint32_t i = 0; i < 10; i++) {
        echo(&pinging, false, 84 + i, i * 300);
        if (i < 5)
            echo(&pinging, true, 84 + i, i * 300 + 1);
    }
    assert_false(judge(&pinging, 60000, &result));
    cache_fini(&pinging.sweeps);
}

/* ---- what other trackers tell ---------------------------------------------------------------- */

struct told {
    unsigned records;
    struct pmtu last;
};

static void keep_record(void *context, const struct event *event)
{
    struct told *told = context;
    assert_int_equal(event->type, EVENT_PMTU);
    told->records++;
    told->last = *(const struct pmtu *)(const void *)event->story;
}

static struct flow_key key_of(uint16_t port)
{
    struct flow_key key;
    memset(&key, 0, sizeof key);
    key.addr[0] = host(1);
    key.addr[1] = host(2);
    key.port[0] = port;
    key.port[1] = 80;
    key.proto = PROTO_TCP;
    key.family = FAMILY_IPV4;
    return key;
}

static void test_a_suspicion_is_a_record_and_part_of_its_path(void **state)
{
    struct told told = {0};
    struct pmtus pmtus;
    const struct track track = {.seed = seed, .emit = keep_record, .context = &told};
    (void)state;
    tracker_pmtu.init(&pmtus, &track);
    for (uint16_t i = 0; i < 3; i++) {
        const struct flow_key key = key_of(i);
        struct pmtu_suspicion suspicion = {.key = &key,
                                           .flow_id = 7,
                                           .direction = FLOW_BACKWARD,
                                           .passed = 1300 + i,
                                           .refused = 1500 - i};
        sightings_add_frame(&suspicion.seen, (struct sighting){9, 0}, 5);
        pmtus_suspect(&pmtus, &suspicion);
    }
    assert_int_equal(told.records, 3);
    assert_int_equal(told.last.source, PMTU_SUSPECTED);
    assert_int_equal(told.last.outcome, PMTU_BLACK_HOLE);
    assert_int_equal(told.last.flow_id, 7);
    assert_int_equal(told.last.story.src.bytes[3], 2);
    assert_int_equal(told.last.advice.mtu, 1302);
    assert_int_equal(pmtus.paths.count, 1);
    const struct pmtu_path *path = map_value_at(&pmtus.paths, 0);
    assert_int_equal(path->flows[PMTU_BLACK_HOLE], 3);
    assert_int_equal(path->passed, 1302);
    assert_int_equal(path->refused, 1498);
    tracker_pmtu.fini(&pmtus);
}

static void test_paths_are_bounded(void **state)
{
    struct told told = {0};
    struct pmtus pmtus;
    const struct track track = {.seed = seed, .emit = keep_record, .context = &told};
    const struct addr hop = host(9);
    (void)state;
    tracker_pmtu.init(&pmtus, &track);
    assert_true(tracker_pmtu.limit(&pmtus, 0.001) < 100000);
    for (uint32_t i = 0; i < 100; i++) {
        struct flow_key key = key_of(1);
        key.context = i;
        pmtus_clamped(
            &pmtus,
            &(struct pmtu_clamp){
                .key = &key, .direction = FLOW_FORWARD, .sent = 1460, .seen = 1360, .where = &hop});
    }
    assert_int_equal(pmtus.paths.count, 8);
    assert_int_equal(tracker_pmtu.lost(&pmtus), 92);
    const struct pmtu_path *path = map_value_at(&pmtus.paths, 7);
    assert_int_equal(path->mss_sent, 1460);
    assert_int_equal(path->mss_seen, 1360);
    assert_true(path->mss_has_hop);
    tracker_pmtu.fini(&pmtus);
}

static void test_a_ttl_that_no_router_lowered_is_near(void **state)
{
    (void)state;
    assert_true(near_ttl(64) && near_ttl(128) && near_ttl(255) && near_ttl(32));
    assert_false(near_ttl(63) || near_ttl(0) || near_ttl(254) || near_ttl(1));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_advice_leaves_room_for_headers),
        cmocka_unit_test(test_no_advice_below_the_least_mtu),
        cmocka_unit_test(test_advice_between_bounds_is_no_smaller_than_paths_are),
        cmocka_unit_test(test_only_who_lowered_it_raises_it_soon),
        cmocka_unit_test(test_any_router_raises_it_after_minutes),
        cmocka_unit_test(test_a_longer_packet_that_arrives_raises_it),
        cmocka_unit_test(test_the_first_changes_and_the_last_are_kept),
        cmocka_unit_test(test_a_reply_answers_a_request_of_its_size_once),
        cmocka_unit_test(test_silence_takes_time),
        cmocka_unit_test(test_a_host_that_answers_nothing_is_no_path),
        cmocka_unit_test(test_copies_of_a_request_are_one),
        cmocka_unit_test(test_small_packets_are_not_lost_for_their_size),
        cmocka_unit_test(test_a_suspicion_is_a_record_and_part_of_its_path),
        cmocka_unit_test(test_paths_are_bounded),
        cmocka_unit_test(test_a_ttl_that_no_router_lowered_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
