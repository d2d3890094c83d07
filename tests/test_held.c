/* Errors that wait for their packets. malloc() fails when told to (the linker's --wrap). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/record.h"
#include "match/held.h"
#include "match_lab.h"

static int fail_malloc;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    return fail_malloc ? NULL : __real_malloc(size);
}

static const struct piece datagram = {.proto = PROTO_UDP, .ip_id = 9, .tell = 0x1234, .length = 30};
static const struct piece other = {.proto = PROTO_UDP, .ip_id = 8, .tell = 0x4321, .length = 31};

static const struct verdict no_verdict = {.kind = VERDICT_UNMATCHED};

/* ---- what is kept ---------------------------------------------------------------------------- */

static bool add_at(struct held *held, int64_t time_ns, uint64_t frame)
{
    struct icmp icmp = {.type = 3};
    struct packet packet = {.time_ns = time_ns, .frame = frame, .icmp = &icmp};
    return held_add(held, &packet, &no_verdict, 0);
}

static void what_is_kept_needs_nothing_of_the_original(void **state)
{
    (void)state;
    struct held held;
    held_init(&held, 0);
    struct icmp icmp = {.type = 11, .mtu = 1400};
    struct tunnels tunnels;
    memset(&tunnels, 7, sizeof tunnels);
    struct packet packet = {.frame = 5, .icmp = &icmp, .tunnels = &tunnels, .tunnel_count = 1};
    struct verdict verdict = {.kind = VERDICT_REVERSE, .flow_id = 3, .flow = (struct flow *)&icmp};
    assert_true(held_add(&held, &packet, &verdict, 42));
    memset(&icmp, 0xff, sizeof icmp);
    memset(&tunnels, 0xff, sizeof tunnels);
    memset(&packet, 0xff, sizeof packet);
    memset(&verdict, 0xff, sizeof verdict);

    const struct held_error *error = held_take(&held);
    struct tunnels wanted;
    memset(&wanted, 7, sizeof wanted);
    assert_int_equal(error->packet.frame, 5);
    assert_int_equal(error->packet.icmp->type, 11);
    assert_int_equal(error->packet.icmp->mtu, 1400);
    assert_memory_equal(error->packet.tunnels, &wanted, sizeof wanted);
    assert_int_equal(error->verdict.kind, VERDICT_REVERSE);
    assert_int_equal(error->verdict.flow_id, 3);
    assert_null(error->verdict.flow);
    assert_int_equal(error->evidence, 42);
    held_fini(&held);
}

static void the_oldest_is_taken_first_however_often_the_ring_goes_round(void **state)
{
    (void)state;
    struct held held;
    held_init(&held, 3);
    assert_null(held_take(&held));
    uint64_t added = 0, taken = 0;
    for (int round = 0; round < 10; round++) {
        while (!held_is_full(&held))
            assert_true(add_at(&held, 0, ++added));
        assert_int_equal(held.count, 3);
        assert_int_equal(held_take(&held)->packet.frame, ++taken);
        assert_int_equal(held_take(&held)->packet.frame, ++taken);
    }
    assert_int_equal(held_take(&held)->packet.frame, ++taken);
    assert_null(held_take(&held));
    assert_int_equal(held.hurried, 0);
    held_fini(&held);
}

static void without_a_number_there_is_room_for_1024(void **state)
{
    (void)state;
    struct held held;
    held_init(&held, 0);
    for (uint64_t i = 0; i < 1024; i++) {
        assert_false(held_is_full(&held));
        assert_true(add_at(&held, 0, i));
    }
    assert_true(held_is_full(&held));
    held_fini(&held);
}

static void errors_that_give_way_or_find_no_room_are_counted(void **state)
{
    (void)state;
    struct held held;
    held_init(&held, 2);
    assert_null(held_hurry(&held));
    assert_int_equal(held.hurried, 0);
    add_at(&held, 0, 1);
    add_at(&held, 0, 2);
    assert_int_equal(held_hurry(&held)->packet.frame, 1);
    assert_int_equal(held.hurried, 1);
    add_at(&held, 0, 3);
    assert_false(add_at(&held, 0, 4));
    assert_int_equal(held.hurried, 2);
    held_fini(&held);
}

static void without_memory_an_error_does_not_wait(void **state)
{
    (void)state;
    struct held held;
    held_init(&held, 0);
    fail_malloc = 1;
    bool added = add_at(&held, 0, 1);
    fail_malloc = 0;
    assert_false(added);
    assert_int_equal(held.hurried, 1);
    assert_null(held_take(&held));
    assert_true(add_at(&held, 0, 2));
    assert_int_equal(held_take(&held)->packet.frame, 2);
    held_fini(&held);
}

static void an_error_is_due_when_more_than_its_time_has_passed(void **state)
{
    (void)state;
    static const struct {
        int64_t at, now, wait;
        bool due;
    } rows[] = {
        {100, 100, 50, false},
        {100, 150, 50, false},
        {100, 151, 50, true},
        {100, 50, 50, false}, /* time that goes back a little is waited for */
        {100, 49, 50, true},  /* a clock that was set tells nothing */
        {-RECORD_TIME_MOST, RECORD_TIME_MOST, INT64_MAX - 1, false},
        {-RECORD_TIME_MOST, RECORD_TIME_MOST, INT64_MAX - 2, true},
        {-RECORD_TIME_MOST, RECORD_TIME_MOST, 1, true},
        {RECORD_TIME_MOST, -RECORD_TIME_MOST, INT64_MAX, false},
        {RECORD_TIME_MOST, -RECORD_TIME_MOST, 1, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct held held;
        held_init(&held, 0);
        assert_null(held_take_due(&held, rows[i].now, rows[i].wait));
        add_at(&held, rows[i].at, 1);
        assert_int_equal(held_take_due(&held, rows[i].now, rows[i].wait) != NULL, rows[i].due);
        assert_int_equal(held.count, !rows[i].due);
        held_fini(&held);
    }
}

/* ---- what is said of it ---------------------------------------------------------------------- */

/* Judged when it comes, at 100 ms, and held. */
static void error_waits(struct lab *lab, struct held *held, const struct piece *quoted)
{
    struct icmp icmp;
    struct verdict verdict;
    const struct headers headers = piece_headers(quoted);
    struct packet packet = lab_error(lab, &icmp, &headers, 100);
    lab->matcher.reorder_ns = 50 * NS_PER_MS;
    match_error(&lab->matcher, &packet, &verdict);
    assert_true(match_may_come(&verdict));
    held_init(held, 0);
    assert_true(held_add(held, &packet, &verdict, 0));
}

static struct verdict error_told(struct lab *lab, struct held *held)
{
    struct verdict verdict;
    held_judge(held_take(held), &lab->matcher, &verdict);
    held_fini(held);
    return verdict;
}

static struct flow *send_piece(struct lab *lab, const struct piece *piece, int64_t ms)
{
    const struct headers headers = piece_headers(piece);
    return lab_send(lab, &headers, ms);
}

static void its_packet_counts_up_to_the_end_of_its_time(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        uint8_t kind;
    } rows[] = {{101, VERDICT_EXACT}, {150, VERDICT_EXACT}, {151, VERDICT_FLOW}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab lab;
        struct held held;
        lab_init(&lab, 8, 16);
        error_waits(&lab, &held, &datagram);
        struct flow *flow = send_piece(&lab, &datagram, rows[i].ms);
        struct verdict verdict = error_told(&lab, &held);
        assert_int_equal(verdict.kind, rows[i].kind);
        assert_ptr_equal(verdict.flow, flow);
        assert_int_equal((verdict.has & VERDICT_HAS_TRIGGER) != 0, rows[i].kind == VERDICT_EXACT);
        lab_fini(&lab);
    }
}

static void nothing_came_and_nothing_is_said(void **state)
{
    (void)state;
    struct lab lab;
    struct held held;
    lab_init(&lab, 8, 16);
    error_waits(&lab, &held, &datagram);
    struct verdict verdict = error_told(&lab, &held);
    assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
    assert_int_equal(verdict.has & (VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER), 0);
    assert_null(verdict.flow);
    lab_fini(&lab);
}

/* RFC 5927's check must not see numbers that were sent after the error. */
static void what_its_flow_did_meanwhile_changes_nothing(void **state)
{
    (void)state;
    struct piece first = {.proto = PROTO_TCP, .ip_id = 1, .tell = 1000, .length = 120};
    struct piece quoted = {.proto = PROTO_TCP, .ip_id = 2, .tell = 900, .length = 120};
    struct lab lab;
    struct held held;
    lab_init(&lab, 8, 16);
    struct flow *flow = send_piece(&lab, &first, 50);
    error_waits(&lab, &held, &quoted);
    held.errors[0].verdict.seq_check = SEQ_IN_WINDOW; /* as it was then, whatever it is now */
    held.errors[0].verdict.anomalies = 0;
    for (uint32_t i = 0; i < 4; i++) {
        first.ip_id++;
        first.tell += 100000;
        send_piece(&lab, &first, 110 + i);
    }
    uint64_t id = flow->id;
    struct verdict verdict = error_told(&lab, &held);
    assert_int_equal(verdict.kind, VERDICT_FLOW);
    assert_int_equal(verdict.flow_id, id);
    assert_ptr_equal(verdict.flow, flow);
    assert_int_equal(verdict.seq_check, SEQ_IN_WINDOW);
    assert_int_equal(verdict.anomalies, 0);
    lab_fini(&lab);
}

/* Its flow ended, and one of the same ports began: the error is not about that. */
static void it_stays_with_its_flow_when_another_takes_the_ports(void **state)
{
    (void)state;
    struct lab lab;
    struct held held;
    lab_init(&lab, 8, 16);
    struct flow *flow = send_piece(&lab, &other, 50);
    uint64_t id = flow->id;
    error_waits(&lab, &held, &datagram);
    flow_table_renew(lab.matcher.table, flow, FLOW_END_TCP_REUSE, 110 * NS_PER_MS);
    send_piece(&lab, &other, 111);
    assert_true(flow->id != id);
    struct verdict verdict = error_told(&lab, &held);
    assert_int_equal(verdict.kind, VERDICT_FLOW);
    assert_int_equal(verdict.flow_id, id);
    assert_null(verdict.flow);
    lab_fini(&lab);
}

static void it_keeps_the_name_of_a_flow_that_was_evicted(void **state)
{
    (void)state;
    struct lab lab;
    struct held held;
    lab_init(&lab, 1, 16);
    uint64_t id = send_piece(&lab, &other, 50)->id;
    error_waits(&lab, &held, &datagram);
    send_piece(&lab, &(struct piece){.proto = PROTO_TCP, .tell = 1, .length = 20}, 110);
    struct verdict verdict = error_told(&lab, &held);
    assert_int_equal(verdict.kind, VERDICT_FLOW);
    assert_int_equal(verdict.flow_id, id);
    assert_null(verdict.flow);
    lab_fini(&lab);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_kept_needs_nothing_of_the_original),
    cmocka_unit_test(the_oldest_is_taken_first_however_often_the_ring_goes_round),
    cmocka_unit_test(without_a_number_there_is_room_for_1024),
    cmocka_unit_test(errors_that_give_way_or_find_no_room_are_counted),
    cmocka_unit_test(without_memory_an_error_does_not_wait),
    cmocka_unit_test(an_error_is_due_when_more_than_its_time_has_passed),
    cmocka_unit_test(its_packet_counts_up_to_the_end_of_its_time),
    cmocka_unit_test(nothing_came_and_nothing_is_said),
    cmocka_unit_test(what_its_flow_did_meanwhile_changes_nothing),
    cmocka_unit_test(it_stays_with_its_flow_when_another_takes_the_ports),
    cmocka_unit_test(it_keeps_the_name_of_a_flow_that_was_evicted),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
