/* The evidence capture: which packets are in it, in what order, and what it costs. Linked with
 * --wrap for the allocations that it makes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "decode/icmp.h"
#include "evidence_lab.h"
#include "report/backlog.h"

enum { RAW = 101 };

/* ---- allocations ----------------------------------------------------------------------------- */

static size_t allocations_left = SIZE_MAX;

static int allocation_fails(void)
{
    if (allocations_left == 0)
        return 1;
    allocations_left -= allocations_left != SIZE_MAX;
    return 0;
}

/* The linker puts these in the place of what they are named after. */
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

/* ---- tests: which packets -------------------------------------------------------------------- */

static void nothing_wanted_is_an_empty_capture(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 1 << 20);
    for (int i = 0; i < 100; i++)
        lab_packet(lab);
    lab_holds(lab, 0, NULL);
    assert_int_equal(lab_health(lab)->evidence_missed, 0);
    lab_drop(lab);
}

static void an_error_brings_its_flow_before_and_after_it(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 1 << 20);
    lab_other(lab);  /* 1 */
    lab_packet(lab); /* 2 */
    lab_other(lab);  /* 3 */
    lab_packet(lab); /* 4 */
    struct verdict verdict = lab_about_flow(lab);
    lab_error(lab, &verdict); /* 5 */
    lab_other(lab);           /* 6 */
    lab_packet(lab);          /* 7 */
    lab_error(lab, &verdict); /* 8: again, and nothing twice */
    const uint64_t frames[] = {2, 4, 5, 7, 8};
    lab_holds(lab, 5, frames);
    assert_int_equal(lab_health(lab)->evidence_missed, 0);
    lab_drop(lab);
}

static void an_error_about_nothing_known_stands_alone(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 1 << 20);
    const struct verdict unmatched = {.kind = VERDICT_UNMATCHED};
    lab_packet(lab);
    const uint64_t frame = lab_error(lab, &unmatched);
    lab_holds(lab, 1, &frame);
    lab_drop(lab);
}

/* A sixth of the packets is of the flow; what is wanted is written though it left long ago, in
 * order and with its own bytes, whatever the sizes are. */
static void packets_leave_in_order_with_their_bytes(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 64 << 10);
    uint64_t frames[COUNT];
    size_t count = 0;
    lab->flow.hit = true;
    for (unsigned i = 0; i < COUNT; i++) {
        lab->size = i * 7919 % 1500;
        if (i % 6 == 0) {
            lab_packet(lab);
            frames[count++] = lab->frame;
        } else {
            lab_other(lab);
        }
    }
    lab_holds(lab, count, frames);
    lab_drop(lab);
}

static void packets_whose_bytes_are_gone_are_counted(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 64 << 10);
    lab->size = 1000;
    for (int i = 0; i < 200; i++)
        lab_packet(lab);
    struct verdict verdict = lab_about_flow(lab);
    lab_error(lab, &verdict);
    assert_int_equal(lab_finish(lab), 0);
    /* Three quarters of the memory or a little more are for bytes. */
    assert_in_range(lab_health(lab)->evidence_packets, 49, 52);
    assert_int_equal(lab_health(lab)->evidence_packets + lab_health(lab)->evidence_missed, 201);
    size_t at = 24;
    for (uint64_t frame = 202 - lab_health(lab)->evidence_packets; frame <= 201; frame++)
        assert_int_equal(lab_pcap_packet(lab, &at), frame);
    lab_drop(lab);
}

static void what_is_larger_than_the_backlog_is_passed_over(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 64 << 10);
    const uint64_t first = lab_packet(lab)->frame;
    lab->flow.hit = true;
    evidence_want(lab->evidence, 1);
    lab->size = 64 << 10;
    assert_int_equal(lab_packet(lab)->evidence, 0);
    lab->size = 60;
    const uint64_t frames[] = {first, lab_packet(lab)->frame};
    lab_holds(lab, 2, frames);
    assert_int_equal(lab_health(lab)->evidence_missed, 1);
    lab_drop(lab);
}

static void hardly_any_memory_is_enough_to_go_on(void **state)
{
    (void)state;
    for (size_t memory = 0; memory < 400; memory += 7) {
        struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, memory);
        for (unsigned i = 0; i < 50; i++) {
            lab->size = i;
            struct verdict verdict = lab_about_packet(lab, lab_packet(lab));
            lab_error(lab, &verdict);
        }
        assert_int_equal(lab_finish(lab), 0);
        assert_true(lab_health(lab)->evidence_packets <= 100);
        lab_drop(lab);
    }
}

/* ---- tests: fragments ------------------------------------------------------------------------ */

static struct packet fragment(uint32_t ident)
{
    return (struct packet){
        .ip = {.has = HAS_IP | HAS_FRAGMENT, .family = FAMILY_IPV4, .proto = 17, .ip_id = ident}};
}

/* Whichever of them becomes wanted first, and those that come later. */
static void fragments_of_a_datagram_come_together(void **state)
{
    (void)state;
    const struct packet mine = fragment(5), other = fragment(6);
    for (int first = 0; first < 3; first++) {
        struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 1 << 20);
        uint32_t positions[3];
        for (int i = 0; i < 3; i++) {
            lab_add(lab, &other);
            positions[i] = lab_add(lab, &mine);
        }
        evidence_want(lab->evidence, positions[first]);
        lab_add(lab, &other);
        lab_add(lab, &mine);
        const uint64_t frames[] = {2, 4, 6, 8};
        lab_holds(lab, 4, frames);
        lab_drop(lab);
    }
}

/* Later fragments are in no flow's chain. */
static void the_later_fragment_that_an_error_quotes_is_found(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, 1 << 20);
    struct packet later = fragment(0);
    struct scene_packet made;
    const struct scene_error about = {.by = "192.0.2.9",
                                      .type = 11,
                                      .code = 1,
                                      .proto = 17,
                                      .from = "192.0.2.1",
                                      .to = "192.0.2.9"};
    scene_error_packet(&made, &about);
    later.ip.src = made.icmp.quote.ip.src;
    later.ip.dst = made.icmp.quote.ip.dst;
    later.ip.ip_id = made.icmp.quote.ip.ip_id;
    lab_add(lab, &later);
    uint32_t position = lab_add(lab, &made.packet);
    made.packet.frame = lab->frame;
    const struct verdict verdict = {
        .has = VERDICT_HAS_TRIGGER, .kind = VERDICT_FRAGMENT, .frame = 1};
    evidence_want(lab->evidence, position);
    evidence_error(lab->evidence, position, &made.packet, &verdict);
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(lab_health(lab)->evidence_packets, 2);
    assert_int_equal(lab_health(lab)->evidence_missed, 0);
    assert_int_equal(lab_count(lab, "not all fragments arrived, says frame 2: 11/1"), 1);
    assert_int_equal(lab_count(lab, "about frame 1, captured later, fragment"), 1);
    lab_drop(lab);
}

/* ---- tests: what it costs, and what goes wrong ----------------------------------------------- */

/* A flow of 250,000 packets and as many errors about it: quadratic would be minutes. */
static void floods_of_errors_about_a_busy_flow_are_linear(void **state)
{
    (void)state;
    enum { COUNT = 250000 };
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 256 << 20);
    lab->size = 1;
    clock_t begun = clock();
    for (int i = 0; i < COUNT; i++)
        lab_packet(lab);
    struct verdict verdict = lab_about_flow(lab);
    for (int i = 0; i < COUNT; i++) {
        lab->flow.hit = false; /* as where the table of hits is full */
        lab_error(lab, &verdict);
    }
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(lab_health(lab)->evidence_packets, 2 * COUNT);
    assert_true((clock() - begun) / CLOCKS_PER_SEC < 10);
    lab_drop(lab);
}

static void packets_of_another_link_type_need_pcapng(void **state)
{
    (void)state;
    static const int failures[] = {
        [ICMPSCOPE_EVIDENCE_PCAP] = ENOTSUP, [ICMPSCOPE_EVIDENCE_PCAPNG] = 0};
    for (int format = ICMPSCOPE_EVIDENCE_PCAP; format <= ICMPSCOPE_EVIDENCE_PCAPNG; format++) {
        struct lab *lab = lab_make((enum icmpscope_evidence)format, 1 << 20);
        lab->flow.hit = true;
        lab_packet(lab);
        lab->link_type = RAW;
        lab_packet(lab);
        lab_packet(lab);
        assert_int_equal(lab_finish(lab), failures[format]);
        bool whole = failures[format] == 0;
        assert_int_equal(lab_health(lab)->evidence_packets, whole ? 3 : 1);
        assert_int_equal(strstr(lab->complaint, "lacks 2 packets") == NULL, whole);
        assert_int_equal(strstr(lab->complaint, ".pcapng") == NULL, whole);
        lab_drop(lab);
    }
}

static void a_failed_write_is_told_at_the_end(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 64 << 10);
    lab->flow.hit = true;
    lab->failure = ENOSPC;
    for (int i = 0; i < 5000; i++)
        lab_packet(lab);
    assert_int_equal(lab_finish(lab), ENOSPC);
    lab_drop(lab);
}

static void where_memory_runs_out_there_is_no_evidence(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAP, 64 << 10);
    const struct evidence_config config = lab_config(lab, ICMPSCOPE_EVIDENCE_PCAPNG, 64 << 10);
    struct evidence *made = NULL;
    for (size_t i = 0; made == NULL; i++) {
        struct error error = {""};
        allocations_left = i;
        made = evidence_new(&config, &error);
        allocations_left = SIZE_MAX;
        assert_int_equal(made == NULL, error_is_set(&error));
        assert_true(i <= 5); /* evidence, slots, bytes, groups, notes */
    }
    evidence_free(made);
    lab_drop(lab);
}

/* ---- tests: the backlog ---------------------------------------------------------------------- */

static void positions_wrap(void **state)
{
    (void)state;
    static const uint8_t bytes[4] = {1, 2, 3, 4};
    struct backlog backlog;
    assert_int_equal(backlog_init(&backlog, 4096), 0);
    backlog.newest = UINT32_MAX - 5;
    for (uint64_t frame = 1; frame <= 20; frame++) {
        const struct record record = {.frame = frame, .bytes = bytes, .cap_length = sizeof bytes};
        while (!backlog_has_room(&backlog, sizeof bytes))
            backlog_drop_oldest(&backlog);
        uint32_t position = backlog_push(&backlog, &record);
        struct backlog_slot *slot = backlog_get(&backlog, position);
        assert_int_equal(slot == NULL, position == 0);
        assert_true(slot == NULL || slot->frame == frame);
        assert_null(backlog_get(&backlog, position + 1));
        assert_null(backlog_get(&backlog, position - backlog.count));
    }
    backlog_fini(&backlog);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_wanted_is_an_empty_capture),
        cmocka_unit_test(an_error_brings_its_flow_before_and_after_it),
        cmocka_unit_test(an_error_about_nothing_known_stands_alone),
        cmocka_unit_test(packets_leave_in_order_with_their_bytes),
        cmocka_unit_test(packets_whose_bytes_are_gone_are_counted),
        cmocka_unit_test(what_is_larger_than_the_backlog_is_passed_over),
        cmocka_unit_test(hardly_any_memory_is_enough_to_go_on),
        cmocka_unit_test(fragments_of_a_datagram_come_together),
        cmocka_unit_test(the_later_fragment_that_an_error_quotes_is_found),
        cmocka_unit_test(floods_of_errors_about_a_busy_flow_are_linear),
        cmocka_unit_test(packets_of_another_link_type_need_pcapng),
        cmocka_unit_test(a_failed_write_is_told_at_the_end),
        cmocka_unit_test(where_memory_runs_out_there_is_no_evidence),
        cmocka_unit_test(positions_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
