/* The comments of an evidence capture: what is said of an error, and of the packet it is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evidence_lab.h"

static void comments_say_which_packet_and_which_error(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, 1 << 20);
    struct verdict verdict = lab_about_packet(lab, lab_packet(lab));
    lab_error(lab, &verdict);
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(
        lab_count(lab, "frame 1 of trace.pcap\nrefused by frame 2: 3/3 port unreachable"), 1);
    assert_int_equal(lab_count(lab, "frame 2 of trace.pcap\nabout frame 1, 3.1 ms earlier, exact"),
                     1);
    lab_drop(lab);
}

static void many_errors_about_a_packet_are_listed_in_part(void **state)
{
    (void)state;
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, 1 << 20);
    struct verdict verdict = lab_about_packet(lab, lab_packet(lab));
    for (int i = 0; i < 10; i++)
        lab_error(lab, &verdict);
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(lab_count(lab, "refused by frame "), 3);
    assert_int_equal(lab_count(lab, "refused by frame 4: 3/3 port unreachable\nand by 7 more"), 1);
    assert_int_equal(lab_count(lab, "about frame 1, "), 10);
    lab_drop(lab);
}

static void each_verdict_has_its_words(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        uint32_t has;
        const char *words;
    } rows[] = {
        {VERDICT_FLOW, VERDICT_HAS_FLOW | VERDICT_HAS_CANDIDATES,
         "about flow 7 (UDP 192.0.2.1:40000 > 192.0.2.9:69), packet not identified, one of 3, "
         "flow"},
        {VERDICT_REVERSE, VERDICT_HAS_FLOW,
         "about flow 7 (UDP 192.0.2.1:40000 > 192.0.2.9:69), of which only the other direction is "
         "in the capture, reverse"},
        {VERDICT_NAT, VERDICT_HAS_FLOW,
         "about flow 7 (UDP 192.0.2.1:40000 > 192.0.2.9:69) after translation, packet not "
         "identified, nat"},
        {VERDICT_UNMATCHED, 0,
         "about UDP 192.0.2.1:40000 > 192.0.2.9:69: no such flow in the capture, unmatched"},
        {VERDICT_UNKEYED, VERDICT_HAS_ANOMALIES,
         "the quoted packet is too short to name a flow, unkeyed\ndoubtful: "
         "outer_dest_not_quoted_source, bad_checksum"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, 1 << 20);
        const struct verdict verdict = {.kind = rows[i].kind,
                                        .has = rows[i].has,
                                        .flow_id = 7,
                                        .candidates = 3,
                                        .anomalies = 1u << ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE |
                                                     1u << ANOMALY_BAD_CHECKSUM};
        lab_error(lab, &verdict);
        assert_int_equal(lab_finish(lab), 0);
        assert_int_equal(lab_count(lab, rows[i].words), 1);
        lab_drop(lab);
    }
}

/* More errors than notes: the older packets leave early, and none loses its comment. */
static void comments_are_whole_when_notes_run_out(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, 64 << 10);
    lab->size = 4;
    for (int i = 0; i < COUNT; i++) {
        struct verdict verdict = lab_about_packet(lab, lab_packet(lab));
        lab_error(lab, &verdict);
    }
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(lab_health(lab)->evidence_packets, 2 * COUNT);
    assert_int_equal(lab_count(lab, ", 3.1 ms earlier, exact"), COUNT);
    assert_int_equal(lab_count(lab, "refused by frame "), COUNT);
    lab_drop(lab);
}

static void hostile_names_are_escaped(void **state)
{
    (void)state;
    static const char *const name = "a\x1b[31m\n\xff.pcap";
    struct lab *lab = lab_make(ICMPSCOPE_EVIDENCE_PCAPNG, 1 << 20);
    const struct verdict unmatched = {.kind = VERDICT_UNMATCHED};
    scene_captures(lab->scene, 1, &name);
    lab_error(lab, &unmatched);
    assert_int_equal(lab_finish(lab), 0);
    assert_int_equal(lab_count(lab, "\x1b[31m"), 0);
    assert_int_equal(lab_count(lab, "\\xff.pcap"), 2); /* comment and name of the interface */
    lab_drop(lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_say_which_packet_and_which_error),
        cmocka_unit_test(many_errors_about_a_packet_are_listed_in_part),
        cmocka_unit_test(each_verdict_has_its_words),
        cmocka_unit_test(comments_are_whole_when_notes_run_out),
        cmocka_unit_test(hostile_names_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
