/* track/hops.h, trace.h and path.h: their bounds, and what the captures of test_cli_paths.py do not
 * hold exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "scene.h"
#include "track/path.h"
#include "track/stories.h"
#include "track/trace.h"

static const uint64_t seed[2] = {1, 2};

static struct hop_told told_by(uint32_t router, uint8_t answer, int64_t rtt_us)
{
    struct hop_told told = {.answer = answer, .timed = true, .rtt_ns = rtt_us * NS_PER_US};
    memcpy(told.from.bytes, &router, sizeof router);
    return told;
}

/* ---- hops ------------------------------------------------------------------------------------ */

static void answers_of_a_router_are_one_hop(void **state)
{
    struct hops hops;
    uint32_t first = 0;
    (void)state;
    hops_init(&hops);
    for (int i = 0; i < 10; i++) {
        const struct hop_told told = told_by(7, HOP_EXCEEDED, 500 + 10 * i);
        assert_true(hops_add(&hops, &first, 3, &told));
    }
    const struct hop *hop = hops_get(&hops, first);
    assert_int_equal(hop->ttl, 3);
    assert_int_equal(hop->answers, 10);
    assert_int_equal(hop->timed, 10);
    assert_int_equal(hop->rtt_us[0], 500);
    assert_int_equal(hop->rtt_us[HOP_TIMES - 1], 570);
    assert_int_equal(hop->min_us, 500);
    assert_int_equal(hop->max_us, 590);
    assert_int_equal(hop->sum_us, 5450);
    assert_null(hops_get(&hops, hop->next));
    hops_fini(&hops);
}

static void routers_of_a_ttl_are_bounded_and_kept_in_order(void **state)
{
    struct hops hops;
    uint32_t first = 0, number = 0;
    (void)state;
    hops_init(&hops);
    for (uint32_t router = 1; router <= HOPS_OF_TTL; router++) {
        const struct hop_told told = told_by(router, HOP_EXCEEDED, 1);
        assert_true(hops_add(&hops, &first, 1, &told));
    }
    const struct hop_told more = told_by(99, HOP_EXCEEDED, 1);
    assert_false(hops_add(&hops, &first, 1, &more));
    assert_int_equal(hops.refused, 1);
    for (const struct hop *hop = hops_get(&hops, first); hop != NULL;
         hop = hops_get(&hops, hop->next)) {
        const struct hop_told told = told_by(++number, HOP_EXCEEDED, 1);
        assert_int_equal(addr_compare(&hop->ip, &told.from), 0);
    }
    assert_int_equal(number, HOPS_OF_TTL);
    hops_fini(&hops);
}

static void hops_that_were_given_back_are_used_again(void **state)
{
    struct hops hops;
    uint32_t lists[4] = {0};
    (void)state;
    hops_init(&hops);
    hops_limit(&hops, 4.0 / HOPS_MAX);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            const struct hop_told told = told_by(i, HOP_EXCEEDED, 1);
            assert_true(hops_add(&hops, &lists[i], 1, &told));
        }
        const struct hop_told more = told_by(9, HOP_EXCEEDED, 1);
        assert_false(hops_add(&hops, &lists[0], 1, &more));
        for (uint32_t i = 0; i < 4; i++)
            hops_free(&hops, &lists[i]);
        assert_int_equal(lists[0], 0);
    }
    assert_int_equal(hops.count, 4);
    assert_int_equal(hops.refused, 3);
    hops_fini(&hops);
}

static void the_best_answer_of_a_router_stays(void **state)
{
    struct hops hops;
    uint32_t first = 0;
    (void)state;
    hops_init(&hops);
    static const uint8_t answers[] = {HOP_EXCEEDED, HOP_REACHED, HOP_UNREACHABLE};
    for (size_t i = 0; i < sizeof answers; i++) {
        const struct hop_told told = told_by(1, answers[i], 1);
        hops_add(&hops, &first, 1, &told);
    }
    assert_int_equal(hops_get(&hops, first)->answer, HOP_REACHED);
    hops_fini(&hops);
}

/* ---- probes ---------------------------------------------------------------------------------- */

/* A trace of UDP, and its hops. */
struct bench {
    struct trace trace;
    struct hops hops;
    uint64_t frame;
};

static void bench_begin(struct bench *bench)
{
    const struct trace_key key = {.family = FAMILY_IPV4, .proto = PROTO_UDP};
    memset(bench, 0, sizeof *bench);
    hops_init(&bench->hops);
    trace_begin(&bench->trace, &key, 0);
}

static uint8_t send_at(struct bench *bench, int64_t us, uint8_t ttl, uint32_t identity)
{
    const struct probe probe = {.time_ns = us * NS_PER_US,
                                .frame = ++bench->frame & 0xffffffff,
                                .identity = identity,
                                .ports = 40000u << 16 | (33434 + identity),
                                .ttl = ttl,
                                .lowest = ttl};
    return trace_probe(&bench->trace, &probe);
}

static void answer(struct bench *bench, uint8_t ttl, uint32_t router, uint8_t what, int64_t us)
{
    const struct hop_told told = told_by(router, what, us);
    trace_answer(&bench->trace, &bench->hops, ttl, &told);
}

static bool settle(struct bench *bench, int64_t us)
{
    return trace_settle(&bench->trace, &bench->hops, us * NS_PER_US, true);
}

static void a_packet_seen_again_is_one_probe(void **state)
{
    struct bench bench;
    (void)state;
    bench_begin(&bench);
    assert_int_equal(send_at(&bench, 0, 9, 1), 1);
    assert_int_equal(send_at(&bench, 100, 9, 1), 1);    /* twice on one link */
    assert_int_equal(send_at(&bench, 200, 8, 1), 2);    /* behind a router */
    assert_int_equal(send_at(&bench, 300, 10, 1), 1);   /* it does not rise */
    assert_int_equal(send_at(&bench, 60000, 10, 1), 1); /* a copy is not so late */
    assert_int_equal(bench.trace.path.probes, 3);
    assert_int_equal(bench.trace.path.sent[9], 1);
    assert_int_equal(bench.trace.path.sent[8], 0);
    assert_int_equal(bench.trace.path.sent[10], 2);
    hops_fini(&bench.hops);
}

/* Of a packet that was sent with 64 the first that is looked at has 31, and is no probe. */
static void what_circles_from_above_is_no_probe(void **state)
{
    struct bench bench;
    (void)state;
    bench_begin(&bench);
    for (uint8_t ttl = 31; ttl > 1; ttl = (uint8_t)(ttl - 2))
        assert_int_equal(send_at(&bench, 100 * (32 - ttl), ttl, 1), (31 - ttl) / 2 + 1);
    assert_int_equal(bench.trace.path.probes, 0);
    for (uint8_t ttl = 20; ttl > 14; ttl--)
        send_at(&bench, 100000 + 100 * (32 - ttl), ttl, 2);
    assert_int_equal(bench.trace.path.probes, 1);
    assert_int_equal(bench.trace.path.sent[20], 1);
    hops_fini(&bench.hops);
}

static void a_probe_is_lost_when_its_answer_would_have_come(void **state)
{
    struct bench bench;
    (void)state;
    bench_begin(&bench);
    send_at(&bench, 0, 1, 1);
    send_at(&bench, 900000, 2, 2);
    settle(&bench, 1500000); /* without any answer it is a second that is waited */
    assert_int_equal(path_lost(&bench.trace.path, 1), 1);
    assert_int_equal(path_lost(&bench.trace.path, 2), 0);

    send_at(&bench, 1500000, 3, 3);
    answer(&bench, 3, 3, HOP_EXCEEDED, 20000);
    settle(&bench, 1500000); /* else ten times the longest: 0.2 s */
    assert_int_equal(path_lost(&bench.trace.path, 2), 1);
    assert_int_equal(path_lost(&bench.trace.path, 3), 0);
    hops_fini(&bench.hops);
}

static void nothing_is_lost_where_answers_may_be_hidden(void **state)
{
    struct bench bench;
    (void)state;
    bench_begin(&bench);
    for (uint8_t ttl = 1; ttl < 9; ttl++)
        send_at(&bench, ttl * 1000, ttl, ttl);
    assert_true(settle(&bench, 60000000));
    assert_int_equal(path_lost(&bench.trace.path, 1), 1);
    assert_false(trace_settle(&bench.trace, &bench.hops, 60 * (int64_t)NS_PER_S, false));
    assert_int_equal(path_lost(&bench.trace.path, 1), 0);
    hops_fini(&bench.hops);
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* `routers` has one letter a TTL, '.' for silence and '!' for the destination. */
static bool circles(const char *routers)
{
    struct bench bench;
    bench_begin(&bench);
    for (uint8_t i = 0; routers[i] != '\0'; i++) {
        const uint8_t ttl = (uint8_t)(i + 1);
        send_at(&bench, ttl * 100000, ttl, ttl);
        if (routers[i] != '.')
            answer(&bench, ttl, (uint32_t)routers[i],
                   routers[i] == '!' ? HOP_REACHED : HOP_EXCEEDED, 100);
    }
    assert_true(settle(&bench, 60000000));
    hops_fini(&bench.hops);
    return bench.trace.path.loop;
}

static void routers_in_turn_are_a_loop(void **state)
{
    (void)state;
    assert_true(circles("abcdcdc"));
    assert_true(circles("abc.c.c"));
    assert_true(circles("abcdebcdebcde"));
    assert_true(circles("abcccdc"));
}

static void routers_that_answer_more_than_once_need_not_be(void **state)
{
    (void)state;
    assert_false(circles("abcdef"));
    assert_false(circles("abccde"));   /* sends on what has a TTL of 0 */
    assert_false(circles("abcdcef"));  /* paths of different length */
    assert_false(circles("abccccc"));  /* answers for all behind it */
    assert_false(circles("abcdcdc!")); /* they came out of it */
}

/* ---- the tracker ----------------------------------------------------------------------------- */

struct listener {
    size_t told;
};

static void listen(void *context, const struct event *event)
{
    struct listener *listener = context;
    assert_int_equal(event->type, EVENT_PATH);
    listener->told++;
}

/* Three probes with rising TTLs, none of which is answered, of each of many sources. */
static void floods_of_probes_are_bounded_and_counted(void **state)
{
    enum { SOURCES = 3 * PATH_SUSPECTS_MAX };
    struct listener listener = {0};
    struct findings findings;
    (void)state;
    findings_init(&findings, seed);
    const struct track track = {
        .seed = seed, .findings = &findings, .emit = listen, .context = &listener};
    struct paths *paths = calloc(1, sizeof *paths);
    assert_non_null(paths);
    tracker_path.init(paths, &track);
    for (uint32_t i = 0; i < SOURCES; i++) {
        struct flow flow = {0};
        struct packet packet = {.time_ns = (int64_t)i * NS_PER_US, .frame = i + 1};
        packet.ip = (struct headers){.has = HAS_IP | HAS_PROTO | HAS_PORTS | HAS_UDP_LENGTH,
                                     .family = FAMILY_IPV4,
                                     .proto = PROTO_UDP,
                                     .dst_port = 33434};
        memcpy(packet.ip.src.bytes, &i, sizeof i);
        const struct sight sight = {.packet = &packet, .flow = &flow};
        for (uint8_t ttl = 1; ttl <= 4; ttl++) {
            packet.ip.ttl = ttl;
            packet.ip.udp_checksum = ttl;
            tracker_path.packet(paths, &sight);
        }
    }
    assert_int_equal(paths->traces.count, PATH_TRACES_MAX);
    assert_true(paths->suspects.count <= PATH_SUSPECTS_MAX);
    assert_true(tracker_path.lost(paths) >= SOURCES - PATH_TRACES_MAX);
    tracker_path.finish(paths, (int64_t)NS_PER_S * 3600);
    assert_int_equal(paths->traces.count, 0);
    assert_true(paths->kept.count <= PATHS_MAX);
    assert_int_equal(listener.told, paths->kept.count + paths->more);
    tracker_path.fini(paths);
    findings_fini(&findings);
    free(paths);
}

/* ---- the record ------------------------------------------------------------------------------ */

static void fill_extensions(struct icmp_extensions *extensions)
{
    *extensions = (struct icmp_extensions){.count = 2};
    extensions->objects[0] =
        (struct extension_object){.kind = EXTENSION_MPLS, .label_count = EXTENSION_LABELS};
    for (size_t i = 0; i < EXTENSION_LABELS; i++)
        extensions->objects[0].labels[i] = (struct extension_label){1048575, 7, 1, 255};
    extensions->objects[1] = (struct extension_object){
        .kind = EXTENSION_INTERFACE,
        .has = OBJECT_HAS_ROLE | OBJECT_HAS_INDEX | OBJECT_HAS_IP | OBJECT_HAS_NAME,
        .role = EXTENSION_INCOMING_SUB_IP,
        .family = FAMILY_IPV6,
        .index = UINT32_MAX,
        .ip = scene_addr("2001:db8:1111:2222:3333:4444:5555:6666"),
        .name_size = EXTENSION_NAME};
    memset(extensions->objects[1].name, 1, EXTENSION_NAME); /* each byte takes six as \u0001 */
}

/* All that a path can hold, in numbers as long as they can be. */
static void fill_path(struct path *path, struct hops *hops)
{
    struct icmp_extensions extensions;
    fill_extensions(&extensions);
    *path = (struct path){.story = {.has = UINT32_MAX, .family = FAMILY_IPV6},
                          .first = {(1ull << 48) - 1, 0},
                          .last = {(1ull << 48) - 1, 0},
                          .proto = 253,
                          .style = PATH_STYLE_MULTIPATH,
                          .destination_ttl = PATH_TTLS,
                          .end = PATH_TTLS,
                          .rounds = UINT32_MAX,
                          .probes = UINT32_MAX,
                          .answers = UINT32_MAX,
                          .passes = UINT32_MAX};
    path->story.src = path->story.dst = extensions.objects[1].ip;
    for (uint8_t ttl = 1; ttl <= PATH_TTLS; ttl++) {
        path->sent[ttl] = path->settled[ttl] = UINT16_MAX;
        for (uint8_t router = 0; router < HOPS_OF_TTL; router++) {
            struct hop_told told = {.from = extensions.objects[1].ip,
                                    .answer = HOP_UNREACHABLE,
                                    .type = 255,
                                    .code = 255,
                                    .nat = true,
                                    .timed = true,
                                    .rtt_ns = (int64_t)UINT32_MAX * NS_PER_US,
                                    .rewritten = (1u << 24) - 1,
                                    .extensions = &extensions};
            told.from.bytes[15] = router;
            for (int i = 0; i < HOP_TIMES; i++)
                assert_true(hops_add(hops, &path->hops[ttl], ttl, &told));
        }
    }
}

static void the_longest_record_is_below_8_kib(void **state)
{
    struct scene *scene = scene_make();
    struct path path;
    (void)state;
    fill_path(&path, &scene->stories.paths.hops);
    const struct event event = {.type = EVENT_PATH, .time_ns = scene_nine, .story = &path.story};
    json_t *record = scene_record(scene, &event);
    size_t bytes = json_dumpb(record, NULL, 0, JSON_COMPACT);
    const json_t *told = json_object_get(record, "path");
    size_t entries = json_array_size(json_object_get(told, "hops"));
    assert_true(bytes < 8192);
    assert_true(entries >= 30);
    assert_int_equal(entries + (size_t)json_integer_value(json_object_get(told, "hops_more")),
                     PATH_TTLS * HOPS_OF_TTL);
    json_decref(record);
    scene_drop(scene);
}

static void the_longest_silence_is_told_whole(void **state)
{
    struct scene *scene = scene_make();
    struct path path = {.story = {.has = PATH_HAS_PROBES, .family = FAMILY_IPV4}, .end = PATH_TTLS};
    (void)state;
    for (size_t ttl = 1; ttl <= PATH_TTLS; ttl++)
        path.sent[ttl] = path.settled[ttl] = 3;
    const struct event event = {.type = EVENT_PATH, .time_ns = scene_nine, .story = &path.story};
    json_t *record = scene_record(scene, &event);
    const json_t *hops = json_object_get(json_object_get(record, "path"), "hops");
    assert_int_equal(json_array_size(hops), PATH_TTLS);
    const json_t *last = json_array_get(hops, PATH_TTLS - 1);
    assert_null(json_object_get(last, "ip"));
    assert_int_equal(json_integer_value(json_object_get(last, "lost")), 3);
    json_decref(record);
    scene_drop(scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_a_router_are_one_hop),
        cmocka_unit_test(routers_of_a_ttl_are_bounded_and_kept_in_order),
        cmocka_unit_test(hops_that_were_given_back_are_used_again),
        cmocka_unit_test(the_best_answer_of_a_router_stays),
        cmocka_unit_test(a_packet_seen_again_is_one_probe),
        cmocka_unit_test(what_circles_from_above_is_no_probe),
        cmocka_unit_test(a_probe_is_lost_when_its_answer_would_have_come),
        cmocka_unit_test(nothing_is_lost_where_answers_may_be_hidden),
        cmocka_unit_test(routers_in_turn_are_a_loop),
        cmocka_unit_test(routers_that_answer_more_than_once_need_not_be),
        cmocka_unit_test(floods_of_probes_are_bounded_and_counted),
        cmocka_unit_test(the_longest_record_is_below_8_kib),
        cmocka_unit_test(the_longest_silence_is_told_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
