/* The flows that errors were about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

static const uint64_t seed[2] = {5, 6};

static const struct scene_error refused = {.by = "192.0.2.1",
                                           .type = 3,
                                           .code = 3,
                                           .proto = PROTO_UDP,
                                           .from = "10.0.0.1",
                                           .to = "192.0.2.1",
                                           .from_port = 1000,
                                           .to_port = 53,
                                           .frame = 7,
                                           .time_ns = 1000};

/* The error as one about `flow` (NULL: about none that was captured). */
static struct hit *hit_add(struct hits *hits, struct scene_error error, struct flow *flow)
{
    struct scene_packet made;
    error.verdict.kind = flow != NULL ? VERDICT_EXACT : VERDICT_UNMATCHED;
    if (flow != NULL) {
        error.verdict.has = VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER | VERDICT_HAS_RTT;
        error.verdict.flow_id = flow->id;
        error.verdict.flow = flow;
        error.verdict.frame = error.frame - 1;
    }
    scene_error_packet(&made, &error);
    return hits_error(hits, &made.packet, &error.verdict);
}

static void the_first_error_is_kept_whole(void **state)
{
    (void)state;
    struct hits hits;
    struct flow flow = {.id = 42};
    struct scene_error later = refused;
    later.time_ns = 5000;
    later.frame = 9;
    hits_init(&hits, seed);
    hit_add(&hits, refused, &flow);
    const struct hit *hit = hit_add(&hits, later, &flow);

    assert_non_null(hit);
    assert_int_equal(flow.hit, 1);
    assert_int_equal(hit->flow_id, 42);
    assert_int_equal(hit->count, 2);
    assert_int_equal(hit->exact, 2);
    assert_int_equal(hit->first_ns, 1000);
    assert_int_equal(hit->last_ns, 5000);
    assert_int_equal(hit->frame, 7);
    assert_int_equal(hit->verdict.frame, 6);
    assert_int_equal(hit->quoted.dst_port, 53);
    assert_int_equal(hit->by_count, 1);
    assert_int_equal(hit_by_at(hit, 0)->count, 2);
    assert_int_equal(hit_by_at(hit, 0)->frame, 7);
    assert_int_equal(hit_by_at(hit, 0)->first_ns, 1000);
    assert_int_equal(hit_by_at(hit, 0)->last_ns, 5000);
    hits_fini(&hits);
}

static void reporters_and_kinds_have_a_row_each(void **state)
{
    (void)state;
    struct hits hits;
    struct flow flow = {.id = 1};
    struct scene_error blocked = refused, router = refused;
    blocked.code = 13;
    router.by = "192.0.2.254";
    hits_init(&hits, seed);
    hit_add(&hits, refused, &flow);
    hit_add(&hits, blocked, &flow);
    hit_add(&hits, router, &flow);
    const struct hit *hit = hit_add(&hits, blocked, &flow);
    assert_int_equal(hit->by_count, 3);
    assert_int_equal(hit_by_at(hit, 1)->code, 13);
    assert_int_equal(hit_by_at(hit, 1)->count, 2);
    assert_int_equal(hit_by_at(hit, 2)->reporter.bytes[3], 254);
    hits_fini(&hits);
}

static void the_lowest_mtu_and_the_last_gateway_are_kept(void **state)
{
    (void)state;
    static const uint32_t told[] = {1400, 1280, 1500};
    struct hits hits;
    struct flow flow = {.id = 1};
    struct scene_error big = refused, redirect = refused;
    const struct hit *hit = NULL;
    big.code = 4;
    hits_init(&hits, seed);
    for (size_t i = 0; i < 3; i++) {
        big.mtu = told[i];
        hit = hit_add(&hits, big, &flow);
    }
    assert_true(hit_by_at(hit, 0)->has_mtu);
    assert_int_equal(hit_by_at(hit, 0)->mtu, 1280);
    assert_false(hit_by_at(hit, 0)->has_gateway);

    redirect.type = 5;
    redirect.gateway = "10.0.0.253";
    hit_add(&hits, redirect, &flow);
    redirect.gateway = "10.0.0.254";
    hit = hit_add(&hits, redirect, &flow);
    assert_true(hit_by_at(hit, 1)->has_gateway);
    assert_int_equal(hit_by_at(hit, 1)->gateway.bytes[3], 254);
    hits_fini(&hits);
}

static void more_reporters_than_rows_are_counted(void **state)
{
    (void)state;
    static const char *const routers[] = {"10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4",
                                          "10.9.0.5", "10.9.0.6", "10.9.0.7", "10.9.0.8",
                                          "10.9.0.9", "10.9.0.10"};
    struct hits hits;
    struct flow flow = {.id = 1};
    const struct hit *hit = NULL;
    hits_init(&hits, seed);
    for (size_t i = 0; i < 10; i++) {
        struct scene_error error = refused;
        error.by = routers[i];
        hit = hit_add(&hits, error, &flow);
    }
    assert_int_equal(hit->by_count, HIT_REPORTERS);
    assert_int_equal(hit->by_more, 2);
    assert_int_equal(hit->count, 10);
    hits_fini(&hits);
}

static void a_flow_that_ends_leaves_its_counters(void **state)
{
    (void)state;
    struct hits hits;
    struct flow flow = {.id = 3, .first_ns = 12, .packets_low = {5, 1}};
    struct flow other = {.id = 4}, stale = {.id = 5, .hit = true};
    hits_init(&hits, seed);
    hit_add(&hits, refused, &flow);
    flow.packets_low[0] = 6;
    const struct hit *hit = hits_flow_closed(&hits, &flow, 0);
    assert_non_null(hit);
    assert_int_equal(hit->flow.id, 3);
    assert_int_equal(hit->flow.packets_low[0], 6);
    assert_int_equal(hit->flow.first_ns, 12);
    assert_null(hits_flow_closed(&hits, &other, 0));
    assert_null(hits_flow_closed(&hits, &stale, 0)); /* the hit is another flow's */
    hits_fini(&hits);
}

/* The error of `refused` was at 1000 ns; `later` ns after it the flow sends 40 bytes. */
static void hit_send(struct hits *hits, const struct flow *flow, int64_t later,
                     enum flow_direction direction)
{
    const struct packet packet = {.time_ns = 1000 + later,
                                  .ip = {.has = HAS_IP | HAS_PROTO,
                                         .family = FAMILY_IPV4,
                                         .proto = PROTO_UDP,
                                         .total_length = 40,
                                         .header_length = 20}};
    struct brief brief;
    brief_set(&brief, &packet, direction);
    hits_packet(hits, flow, &brief);
}

static void packets_since_the_error_are_the_aftermath(void **state)
{
    (void)state;
    struct hits hits;
    struct flow flow = {.id = 7, .packets_low = {3, 0}}, other = {.id = 8};
    hits_init(&hits, seed);
    const struct hit *hit = hit_add(&hits, refused, &flow);
    hit_send(&hits, &flow, -1, FLOW_FORWARD);
    hit_send(&hits, &flow, 0, FLOW_FORWARD); /* behind it in the capture */
    hit_send(&hits, &flow, 5000, FLOW_FORWARD);
    hit_send(&hits, &other, 1, FLOW_FORWARD);
    hits_flow_closed(&hits, &flow, 9000);
    assert_int_equal(hit->after.packets, 2);
    assert_int_equal(hit->after.bytes, 80);
    assert_int_equal(hit->after.verdict, AFTERMATH_CONTINUED);
    hits_fini(&hits);
}

static void the_end_of_the_capture_tells_whether_it_stopped(void **state)
{
    (void)state;
    static const struct {
        int64_t end_ns;
        uint32_t sent, received;
        uint8_t verdict;
    } rows[] = {
        {1000 + INT64_C(2999999999), 1, 0, AFTERMATH_UNKNOWN},
        {1000 + INT64_C(3000000000), 1, 0, AFTERMATH_STOPPED},
        {1000 + INT64_C(3000000000), 0, 1,
         AFTERMATH_UNKNOWN}, /* only the other direction is there */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hits hits;
        struct flow flow = {.id = 7, .packets_low = {rows[i].sent, rows[i].received}};
        hits_init(&hits, seed);
        hit_add(&hits, refused, &flow);
        const struct hit *hit = hits_flow_closed(&hits, &flow, rows[i].end_ns);
        assert_non_null(hit);
        assert_int_equal(hit->after.verdict, rows[i].verdict);
        hits_fini(&hits);
    }
}

/* In the ring: a packet of 40 bytes, `later` ns than the error. */
static void ring_send(struct ring *ring, struct flow *flow, int64_t later)
{
    struct ring_entry *entry = ring_push(ring, flow->newest);
    *entry = (struct ring_entry){.time_ns = 1000 + later,
                                 .direction = FLOW_FORWARD,
                                 .flow = 1,
                                 .length = 20,
                                 .sent = {.header_length = 20}};
    flow->newest = ring->newest;
}

static void packets_that_came_while_the_error_waited_count(void **state)
{
    (void)state;
    struct hits hits;
    struct ring ring;
    struct flow flow = {.id = 7, .packets_low = {4, 0}};
    hits_init(&hits, seed);
    assert_int_equal(ring_init(&ring, 16, NULL), 0);
    hits.ring = &ring;
    ring_send(&ring, &flow, -10);
    ring_send(&ring, &flow, 0); /* the refused packet, in the same tick */
    ring_send(&ring, &flow, 10);
    ring_send(&ring, &flow, 20);
    const struct hit *hit = hit_add(&hits, refused, &flow);
    assert_non_null(hit);
    const struct aftermath *after = &follow_of(&hits.follows, &flow)->after;
    assert_int_equal(after->packets, 2);
    assert_int_equal(after->bytes, 80);
    assert_int_equal(after->last_ns, 1020);
    hit_add(&hits, refused, &flow); /* not once more */
    assert_int_equal(after->packets, 2);
    ring_fini(&ring);
    hits_fini(&hits);
}

static void flows_that_were_not_captured_are_known_by_their_quote(void **state)
{
    (void)state;
    struct hits hits;
    struct scene_error other = refused;
    other.from_port = 1001;
    hits_init(&hits, seed);
    hit_add(&hits, refused, NULL);
    hit_add(&hits, refused, NULL);
    hit_add(&hits, other, NULL);
    assert_int_equal(hits.map.count, 0);
    assert_int_equal(hits.untied.count, 2);
    const struct hit *hit = map_value_at(&hits.untied, 0);
    assert_int_equal(hit->flow_id, 0);
    assert_int_equal(hit->count, 2);
    assert_int_equal(hit->exact, 0);
    assert_int_equal(hit->quoted.src_port, 1000);
    hits_fini(&hits);
}

static void a_quote_that_names_no_flow_is_no_hit(void **state)
{
    (void)state;
    struct hits hits;
    struct scene_error short_quote = refused;
    short_quote.from_port = 0; /* UDP without its ports */
    hits_init(&hits, seed);
    assert_null(hit_add(&hits, short_quote, NULL));
    assert_int_equal(hits.untied.count, 0);
    assert_int_equal(hits_refused(&hits), 0);
    hits_fini(&hits);
}

/* Room for 8 flows, of which 6 are hit in turn, with two kinds of error each. Those of odd ids have
 * ended, and leave, so that the others move: their further errors count where the first ones did.
 */
static void a_flow_that_stays_keeps_its_hit(void **state)
{
    (void)state;
    enum { FLOWS = 6 };
    struct hits hits;
    struct flow flows[FLOWS];
    struct scene_error later = refused, blocked = refused;
    hits_init(&hits, seed);
    hits_limit(&hits, 8, 8);
    for (unsigned i = 0; i < FLOWS; i++) {
        flows[i] = (struct flow){.id = i + 1};
        blocked.code = 13;
        later.time_ns = blocked.time_ns = 1000 + i;
        hit_add(&hits, later, &flows[i]);
        hit_add(&hits, blocked, &flows[i]);
    }
    for (unsigned i = 0; i < FLOWS; i += 2)
        assert_non_null(hits_flow_closed(&hits, &flows[i], 2000));
    hits_make_room(&hits);
    assert_int_equal(hits.map.count, 3);

    for (unsigned i = 1; i < FLOWS; i += 2) {
        const struct hit *hit = hit_add(&hits, later, &flows[i]);
        assert_int_equal(hit->flow_id, i + 1);
        assert_int_equal(hit->count, 3);
        assert_int_equal(hit->by_count, 2);
    }
    assert_int_equal(hits.map.count, 3);
    const struct hit *last = hits_flow_closed(&hits, &flows[FLOWS - 1], 3000);
    assert_int_equal(last->flow_id, FLOWS);
    hits_fini(&hits);
}

static void full_tables_refuse_and_count(void **state)
{
    (void)state;
    struct hits hits;
    hits_init(&hits, seed);
    for (uint64_t id = 1; id <= HITS_MAX + 2; id++) {
        struct flow flow = {.id = id};
        hit_add(&hits, refused, &flow);
        assert_int_equal(flow.hit, id <= HITS_MAX);
    }
    assert_int_equal(hits.map.count, HITS_MAX);
    assert_int_equal(hits_refused(&hits), 2);
    for (uint32_t i = 0; i < HITS_UNTIED_MAX + 3; i++) {
        struct scene_error error = refused;
        error.from_port = (uint16_t)(i + 1);
        hit_add(&hits, error, NULL);
    }
    assert_int_equal(hits.untied.count, HITS_UNTIED_MAX);
    assert_int_equal(hits_refused(&hits), 5);
    hits_fini(&hits);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_is_kept_whole),
        cmocka_unit_test(reporters_and_kinds_have_a_row_each),
        cmocka_unit_test(the_lowest_mtu_and_the_last_gateway_are_kept),
        cmocka_unit_test(more_reporters_than_rows_are_counted),
        cmocka_unit_test(a_flow_that_ends_leaves_its_counters),
        cmocka_unit_test(packets_since_the_error_are_the_aftermath),
        cmocka_unit_test(the_end_of_the_capture_tells_whether_it_stopped),
        cmocka_unit_test(packets_that_came_while_the_error_waited_count),
        cmocka_unit_test(flows_that_were_not_captured_are_known_by_their_quote),
        cmocka_unit_test(a_quote_that_names_no_flow_is_no_hit),
        cmocka_unit_test(a_flow_that_stays_keeps_its_hit),
        cmocka_unit_test(full_tables_refuse_and_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
