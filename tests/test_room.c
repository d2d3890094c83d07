/* Runs that go on for months: whoever is new finds room in each table, and what is kept of the
 * others stays right. Each hour of a year has subjects of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/room.h"
#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/hits.h"
#include "track/stories.h"
#include "track/tally.h"
#include "track_lab.h"

enum { HOURS = 365 * 24, REQUEST = 8, REDIRECT = 5, ADVERTISEMENT = 9, TIMESTAMP = 13, MASK = 17 };

static int64_t hours(int64_t count)
{
    return count * 3600 * NS_PER_S;
}

/* ---- a map ----------------------------------------------------------------------------------- */

struct used {
    uint32_t number;
    int64_t last_ns;
};

static void fill(struct map *map, uint32_t max, uint32_t count)
{
    map_init(map, &(struct map_config){sizeof(uint32_t), sizeof(struct used), max, {1, 2}});
    for (uint32_t i = 0; i < count; i++) {
        struct used *used = map_add(map, &i, NULL);
        *used = (struct used){i, -(int64_t)i};
    }
}

static void the_half_that_was_not_used_for_longest_leaves(void **state)
{
    (void)state;
    struct map map;
    fill(&map, 100, 80);
    assert_int_equal(room_make(&map, offsetof(struct used, last_ns)), 40);
    for (uint32_t i = 0; i < 80; i++)
        assert_int_equal(map_get(&map, &i) != NULL, i < 40);
    map_fini(&map);
    fill(&map, 100, 80);
    assert_int_equal(room_make(&map, ROOM_BY_ORDER), 40);
    for (uint32_t i = 0; i < 80; i++)
        assert_int_equal(map_get(&map, &i) != NULL, i >= 40);
    map_fini(&map);
}

static void nothing_leaves_while_there_is_room(void **state)
{
    (void)state;
    struct map map;
    fill(&map, 100, 0);
    assert_int_equal(room_make(&map, ROOM_BY_ORDER), 0);
    map_fini(&map);
    fill(&map, 100, 74);
    assert_int_equal(room_make(&map, offsetof(struct used, last_ns)), 0);
    assert_int_equal(map.count, 74);
    map_fini(&map);
}

/* ---- what is counted of all messages --------------------------------------------------------- */

static struct addr host_of(uint32_t number)
{
    struct addr addr = {{10}};
    memcpy(addr.bytes, &number, sizeof number);
    return addr;
}

static void a_year_of_reporters_leaves_room_for_the_newest(void **state)
{
    enum { EACH = 50, UNREACHABLE = 3 };
    (void)state;
    struct lab lab;
    struct tally tally;
    struct lab_message made;
    const struct verdict verdict = {.kind = VERDICT_UNMATCHED};
    uint32_t host = 0;
    lab_init(&lab);
    tally_init(&tally, lab_seed);
    for (int64_t hour = 0; hour < HOURS; hour++) {
        for (size_t i = 0; i < EACH; i++) {
            lab_message_make(&lab, &made, UNREACHABLE, (struct lab_way){1, 2}, hours(hour));
            made.packet.ip.src = host_of(++host);
            tally_message(&tally, &made.packet, &verdict);
        }
        tally_make_room(&tally);
        const struct reporter_key key = {host_of(host), FAMILY_IPV4};
        assert_non_null(map_get(&tally.reporters, &key));
    }
    const struct message_key key = {FAMILY_IPV4, UNREACHABLE, 0, 0};
    const struct message_count *count = map_get(&tally.messages, &key);
    assert_int_equal(count->errors, (uint64_t)HOURS * EACH);
    assert_int_equal(count->reporters, (uint64_t)HOURS * EACH);
    assert_int_equal(tally.reporters.refused + tally.message_reporters.refused, 0);
    assert_int_equal(tally.health.uncounted + tally.reporters.count, (uint64_t)HOURS * EACH);
    tally_fini(&tally);
}

/* A flow that has ended was told, and leaves first. */
static void a_year_of_flows_that_were_hit_leaves_room_for_the_newest(void **state)
{
    enum { EACH = 20 };
    (void)state;
    struct lab lab;
    struct hits hits;
    struct lab_message made;
    lab_init(&lab);
    hits_init(&hits, lab_seed);
    assert_true(hits_limit(&hits, 1000, 1000) > 0);
    struct flow lasting, ending;
    struct verdict verdict = {.kind = VERDICT_FLOW, .has = VERDICT_HAS_FLOW, .flow_id = 1};
    for (uint64_t id = 1; id < (uint64_t)HOURS * EACH; id++) {
        struct flow *flow = id == 1 ? &lasting : &ending;
        *flow = (struct flow){.id = id};
        lab_message_make(&lab, &made, 3, (struct lab_way){1, 2}, hours((int64_t)(id / EACH)));
        verdict.flow_id = id;
        verdict.flow = flow;
        assert_non_null(hits_error(&hits, &made.packet, &verdict));
        if (id > 1)
            assert_non_null(hits_flow_closed(&hits, flow, made.packet.time_ns));
        hits_make_room(&hits);
    }
    assert_non_null(hits_flow_closed(&hits, &lasting, hours(HOURS)));
    assert_int_equal(hits_refused(&hits), 0);
    hits_fini(&hits);
}

/* ---- trackers -------------------------------------------------------------------------------- */

struct bench {
    struct lab lab;
    struct stories stories;
    size_t told[EVENT_TYPES];
};

static void note(void *context, const struct event *event)
{
    struct bench *bench = context;
    bench->told[event->type]++;
}

static int bench_begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    stories_init(&bench->stories,
                 &(struct track){
                     .seed = lab_seed, .homes = &bench->lab.homes, .emit = note, .context = bench});
    *state = bench;
    return 0;
}

static int bench_end(void **state)
{
    struct bench *bench = *state;
    stories_fini(&bench->stories);
    free(bench);
    return 0;
}

static void send(struct bench *bench, struct lab_message *made)
{
    stories_message(&bench->stories, &(struct sight){.packet = &made->packet});
}

/* Each of so many hosts an hour sends one message of a type. */
static void year(struct bench *bench, uint8_t type, uint32_t each)
{
    struct lab_message made;
    uint32_t host = 0;
    for (int64_t hour = 0; hour < HOURS; hour++) {
        for (uint32_t i = 0; i < each; i++) {
            lab_message_make(&bench->lab, &made, type, (struct lab_way){1, 2}, hours(hour));
            made.icmp.has |= ICMP_HAS_PAYLOAD;
            if (type == REDIRECT) {
                made.icmp.has |= ICMP_HAS_GATEWAY;
                made.packet.ip.dst = host_of(++host);
            } else {
                made.packet.ip.src = host_of(++host);
            }
            send(bench, &made);
        }
        stories_tick(&bench->stories, hours(hour) + 30 * (int64_t)NS_PER_S);
        stories_make_room(&bench->stories, hours(hour) + 30 * (int64_t)NS_PER_S);
    }
}

static void a_year_of_pings_leaves_room_for_the_newest(void **state)
{
    enum { EACH = 100 };
    struct bench *bench = *state;
    struct echoes *echoes = &bench->stories.echoes;
    year(bench, REQUEST, EACH);
    const struct echo_pairs *pairs = &echoes->pairs;
    const struct echo_pair_key newest = {host_of(HOURS * EACH), {{10, 0, 0, 2}}, FAMILY_IPV4, 0};
    assert_non_null(map_get(&pairs->map, &newest));
    assert_int_equal(pairs->map.refused + pairs->rtts.refused + echoes->speakers.refused, 0);
    assert_int_equal(pairs->left + pairs->map.count, (uint64_t)HOURS * EACH);
    assert_int_equal(bench->told[EVENT_ECHO], (uint64_t)HOURS * EACH);
    for (uint32_t i = 0; i < pairs->map.count; i++) {
        const struct echo_pair *pair = echo_pair_at(pairs, i + 1);
        assert_int_equal(pair->position, i + 1);
        assert_int_equal(pair->sent, 1);
        assert_int_equal(pair->lost, 1);
        assert_true(echo_pair_stays(pairs, pair->id));
    }
}

/* Requests that wait while room is made, and one that comes late, are counted where they belong. */
static void what_waits_finds_its_pair_when_that_has_moved(void **state)
{
    enum { PAIRS = ECHO_PAIRS_MAX / 4 * 3, OLD = PAIRS / 2 };
    struct bench *bench = *state;
    struct echo_pairs *pairs = &bench->stories.echoes.pairs;
    struct lab_message made;
    for (uint32_t i = 1; i <= PAIRS; i++) {
        const int64_t time_ns = i <= OLD ? 0 : hours(1) + (i > OLD + 1) * NS_PER_S;
        lab_message_make(&bench->lab, &made, REQUEST, (struct lab_way){1, 2}, time_ns);
        made.icmp.has |= ICMP_HAS_PAYLOAD;
        made.packet.ip.src = host_of(i);
        send(bench, &made);
    }
    stories_make_room(&bench->stories, hours(1) + NS_PER_S);
    assert_int_equal(pairs->map.count, PAIRS - OLD);
    stories_tick(&bench->stories, hours(1) + 60 * (int64_t)NS_PER_S);
    for (uint32_t i = OLD + 1; i <= PAIRS; i++) {
        const struct echo_pair_key key = {host_of(i), {{10, 0, 0, 2}}, FAMILY_IPV4, 0};
        const struct echo_pair *pair = map_get(&pairs->map, &key);
        assert_non_null(pair);
        assert_int_equal(pair->lost, 1);
    }
}

static void a_year_of_redirects_is_told_and_leaves_room(void **state)
{
    enum { EACH = 10 };
    struct bench *bench = *state;
    struct redirects *redirects = &bench->stories.redirects;
    year(bench, REDIRECT, EACH);
    assert_int_equal(redirects->map.refused + redirects->current.refused, 0);
    assert_int_equal(redirects->left + redirects->map.count, (uint64_t)HOURS * EACH);
    for (size_t i = 0; i < redirects->map.count; i++) {
        const struct redirect *redirect = map_value_at(&redirects->map, i);
        assert_int_equal(redirect->position, i);
        assert_int_equal(redirect->seen.count, 1);
    }
    for (size_t i = 0; i < redirects->current.count; i++)
        assert_true(*(uint32_t *)map_value_at(&redirects->current, i) < redirects->map.count);
    assert_int_equal(stories_finish(&bench->stories, hours(HOURS)), 0);
    assert_int_equal(bench->told[EVENT_REDIRECT], (uint64_t)HOURS * EACH);
}

static void a_year_of_questions_leaves_room(void **state)
{
    enum { EACH = 2 };
    struct bench *bench = *state;
    year(bench, TIMESTAMP, EACH);
    year(bench, MASK, EACH);
    const struct clocks *clocks = &bench->stories.clocks;
    const struct queries *queries = &bench->stories.queries;
    assert_int_equal(clocks->pairs.refused + queries->pairs.refused, 0);
    assert_int_equal(clocks->left + clocks->pairs.count, (uint64_t)HOURS * EACH);
    assert_int_equal(queries->left + queries->pairs.count, (uint64_t)HOURS * EACH);
}

/* Two routers that stay, and one that comes for an hour, each hour another. */
static void a_router_leaves_when_it_was_silent_for_a_day(void **state)
{
    struct bench *bench = *state;
    const struct routers *routers = &bench->stories.routers;
    struct lab_message made;
    for (int64_t hour = 0; hour < HOURS; hour++) {
        for (uint32_t i = 0; i < 3; i++) {
            lab_message_make(&bench->lab, &made, ADVERTISEMENT, (struct lab_way){1, 2},
                             hours(hour));
            made.icmp.body.v4.has = ICMP_V4_HAS_ROUTERS;
            made.packet.ip.src = host_of(i < 2 ? i : (uint32_t)hour + 2);
            send(bench, &made);
        }
        stories_make_room(&bench->stories, hours(hour));
        assert_true(routers->map.count <= 2 + 24);
    }
    assert_int_equal(routers->map.refused, 0);
    const struct router *first = map_value_at(&routers->map, 0);
    assert_int_equal(first->seen.count, HOURS);
    assert_int_equal(stories_finish(&bench->stories, hours(HOURS)), 0);
    assert_true(bench->told[EVENT_ROUTER] >= HOURS + 2);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_begin, bench_end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_half_that_was_not_used_for_longest_leaves),
        cmocka_unit_test(nothing_leaves_while_there_is_room),
        cmocka_unit_test(a_year_of_reporters_leaves_room_for_the_newest),
        cmocka_unit_test(a_year_of_flows_that_were_hit_leaves_room_for_the_newest),
        ON_BENCH(a_year_of_pings_leaves_room_for_the_newest),
        ON_BENCH(what_waits_finds_its_pair_when_that_has_moved),
        ON_BENCH(a_year_of_redirects_is_told_and_leaves_room),
        ON_BENCH(a_year_of_questions_leaves_room),
        ON_BENCH(a_router_leaves_when_it_was_silent_for_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
