/* Packets as they are remembered: what a flow counts, and how long its packets can be found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "match_lab.h"

static struct headers udp_of(uint16_t ip_id, bool back)
{
    return piece_headers(
        &(struct piece){.proto = PROTO_UDP, .back = back, .ip_id = ip_id, .tell = 7, .length = 60});
}

static void packets_and_bytes_are_counted_by_direction(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct headers out = udp_of(1, false), back = udp_of(2, true);
    lab_send(&lab, &out, 0);
    lab_send(&lab, &out, 1);
    const struct flow *flow = lab_send(&lab, &back, 2);
    /* 192.0.2.5 is the lower end, so its packets are the forward ones. */
    assert_int_equal(flow_packets(flow, FLOW_FORWARD), 1);
    assert_int_equal(flow_bytes(flow, FLOW_FORWARD), 80);
    assert_int_equal(flow_packets(flow, FLOW_BACKWARD), 2);
    assert_int_equal(flow_bytes(flow, FLOW_BACKWARD), 160);
    assert_int_equal(flow->initiator, FLOW_BACKWARD);
    lab_fini(&lab);
}

static void the_first_packet_makes_the_initiator(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct headers out = udp_of(1, false), back = udp_of(2, true);
    lab_send(&lab, &back, 0);
    const struct flow *flow = lab_send(&lab, &out, 1);
    assert_int_equal(flow->initiator, FLOW_FORWARD);
    lab_fini(&lab);
}

static void tcp_flags_are_collected_by_direction(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct headers out = piece_headers(&(struct piece){.proto = PROTO_TCP, .length = 20});
    struct headers back = piece_headers(&(struct piece){.proto = PROTO_TCP, .back = true});
    out.tcp_flags = 0x02;
    lab_send(&lab, &out, 0);
    back.tcp_flags = 0x12;
    lab_send(&lab, &back, 1);
    out.tcp_flags = 0x18;
    const struct flow *flow = lab_send(&lab, &out, 2);
    assert_int_equal(flow->tcp_flags[FLOW_BACKWARD], 0x1a);
    assert_int_equal(flow->tcp_flags[FLOW_FORWARD], 0x12);

    /* Cut off by the snaplen: of no meaning. */
    back.has &= ~(uint32_t)HAS_TCP_FLAGS;
    back.tcp_flags = 0xff;
    lab_send(&lab, &back, 3);
    assert_int_equal(flow->tcp_flags[FLOW_FORWARD], 0x12);
    lab_fini(&lab);
}

static void an_entry_holds_the_packet(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    lab.frame = ((uint64_t)1 << 40) - 1;
    struct headers out = udp_of(0x1234, false);
    const struct flow *flow = lab_send(&lab, &out, 77);
    const struct ring_entry *entry = ring_get(&lab.ring, flow->newest);
    assert_non_null(entry);
    assert_int_equal(entry->time_ns, 77 * NS_PER_MS);
    assert_true(entry->frame == (uint64_t)1 << 40);
    assert_int_equal(entry->capture, LAB_CAPTURE);
    assert_ptr_equal(flow_table_at(lab.matcher.table, entry->flow), flow);
    assert_int_equal(lab.ring.before[flow->newest & lab.ring.mask], 0);
    assert_int_equal(entry->direction, FLOW_BACKWARD);
    assert_int_equal(entry->identified, 1);
    assert_int_equal(entry->identity, 60 << 16 | 7);
    assert_int_equal(entry->ip_id, 0x1234);
    assert_int_equal(entry->length, 60);
    lab_fini(&lab);
}

/* ---- how long a packet can be found ---------------------------------------------------------- */

/* Sends packets with the identifications 1 to `count`. */
static void send_many(struct lab *lab, uint16_t count)
{
    for (uint32_t id = 1; id <= count; id++) {
        struct headers sent = udp_of((uint16_t)id, false);
        lab_send(lab, &sent, id);
    }
}

static struct verdict judge(struct lab *lab, uint16_t ip_id)
{
    struct headers quoted = udp_of(ip_id, false);
    return lab_judge(lab, &quoted, 100000);
}

static void a_packet_that_was_overwritten_leaves_its_flow(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 16);
    send_many(&lab, 40);
    for (uint16_t id = 1; id <= 40; id++) {
        struct verdict verdict = judge(&lab, id);
        assert_int_equal(verdict.kind, id <= 24 ? VERDICT_FLOW : VERDICT_EXACT);
        assert_int_equal(verdict.frame, id <= 24 ? 0 : id);
    }

    /* Packets of others overwrite them as well. */
    for (int i = 0; i < 16; i++) {
        struct headers other = ports_of(PROTO_UDP, "192.0.2.12", 1, "192.0.2.5", 2);
        lab_send(&lab, &other, 50);
    }
    struct verdict verdict = judge(&lab, 40);
    assert_int_equal(verdict.kind, VERDICT_FLOW);
    assert_int_equal(verdict.has, VERDICT_HAS_FLOW);
    lab_fini(&lab);
}

/* It bounds what an error costs: the packet at the limit is still visited, the one behind is not,
 * whichever way the packets between go. */
static void the_walk_back_ends_after_its_limit(void **state)
{
    (void)state;
    for (int back = 0; back <= 1; back++) {
        struct lab lab;
        lab_init(&lab, 10, 1 << 16);
        send_many(&lab, 10);
        for (unsigned i = 0; i < MATCH_WALK_MAX - 5; i++) {
            struct headers other = udp_of(60000, back != 0);
            lab_send(&lab, &other, 20);
        }
        for (uint16_t id = 1; id <= 10; id++) {
            struct verdict verdict = judge(&lab, id);
            assert_int_equal(verdict.kind, id <= 5 ? VERDICT_FLOW : VERDICT_EXACT);
            assert_int_equal(verdict.frame, id <= 5 ? 0 : id);
        }
        lab_fini(&lab);
    }
}

/* Errors that cost more than packets have paid for get short walks, until they have. */
static void a_flood_of_errors_shortens_the_walk(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 1 << 12);
    send_many(&lab, MATCH_WALK_SHORT + 2);
    while (lab.matcher.owed < MATCH_WALK_CREDIT) {
        uint32_t owed = lab.matcher.owed;
        assert_int_equal(judge(&lab, 2).kind, VERDICT_EXACT);
        assert_int_equal(lab.matcher.owed - owed, MATCH_WALK_SHORT + 2);
    }
    assert_int_equal(judge(&lab, 2).kind, VERDICT_FLOW);
    assert_int_equal(judge(&lab, 3).kind, VERDICT_EXACT);

    uint32_t over = lab.matcher.owed - MATCH_WALK_CREDIT;
    for (uint32_t paid = 0; paid <= over; paid += MATCH_WALK_PAID) {
        struct headers other = ports_of(PROTO_UDP, "192.0.2.12", 1, "192.0.2.5", 2);
        assert_int_equal(judge(&lab, 2).kind, VERDICT_FLOW);
        lab_send(&lab, &other, 50);
    }
    assert_int_equal(judge(&lab, 2).kind, VERDICT_EXACT);
    lab_fini(&lab);
}

static void packets_pay_for_no_more_than_is_owed(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 64);
    send_many(&lab, 10);
    assert_int_equal(lab.matcher.owed, 0);
    judge(&lab, 2);
    assert_int_equal(lab.matcher.owed, 10);
    send_many(&lab, 1);
    assert_int_equal(lab.matcher.owed, 10 - MATCH_WALK_PAID);
    send_many(&lab, 1);
    assert_int_equal(lab.matcher.owed, 0);
    lab_fini(&lab);
}

/* The flow that has the place of another now does not inherit its packets. */
static void a_flow_that_was_evicted_takes_its_packets_along(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 1, 64);
    send_many(&lab, 3);
    struct headers other = ports_of(PROTO_UDP, "192.0.2.12", 1, "192.0.2.5", 2);
    lab_send(&lab, &other, 50);
    assert_int_equal(judge(&lab, 2).kind, VERDICT_UNMATCHED);

    /* Nor does the same flow when it comes back. */
    struct headers again = udp_of(9, false);
    lab_send(&lab, &again, 60);
    assert_int_equal(judge(&lab, 2).kind, VERDICT_FLOW);
    assert_int_equal(judge(&lab, 9).kind, VERDICT_EXACT);
    lab_fini(&lab);
}

static void a_flow_that_timed_out_leaves_its_packets_behind(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 64);
    send_many(&lab, 3);
    struct headers again = udp_of(9, false);
    const struct flow *flow = lab_send(&lab, &again, 400 * 1000);
    assert_int_equal(flow->id, 2);
    assert_int_equal(judge(&lab, 2).kind, VERDICT_FLOW);
    assert_int_equal(judge(&lab, 9).kind, VERDICT_EXACT);
    lab_fini(&lab);
}

/* 2^32 packets later a position names another packet. */
static void positions_that_wrap_mislead_nobody(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 16);
    lab.ring.newest = UINT32_MAX - 5;
    send_many(&lab, 12);
    for (uint16_t id = 1; id <= 12; id++)
        assert_int_equal(judge(&lab, id).frame, id);

    /* The same again, at the same times: what is left of the first round are copies. */
    send_many(&lab, 12);
    assert_int_equal(judge(&lab, 12).frame, 24);
    assert_int_equal(judge(&lab, 3).frame, 15);
    lab_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_and_bytes_are_counted_by_direction),
        cmocka_unit_test(the_first_packet_makes_the_initiator),
        cmocka_unit_test(tcp_flags_are_collected_by_direction),
        cmocka_unit_test(an_entry_holds_the_packet),
        cmocka_unit_test(a_packet_that_was_overwritten_leaves_its_flow),
        cmocka_unit_test(the_walk_back_ends_after_its_limit),
        cmocka_unit_test(a_flood_of_errors_shortens_the_walk),
        cmocka_unit_test(packets_pay_for_no_more_than_is_owed),
        cmocka_unit_test(a_flow_that_was_evicted_takes_its_packets_along),
        cmocka_unit_test(a_flow_that_timed_out_leaves_its_packets_behind),
        cmocka_unit_test(positions_that_wrap_mislead_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
