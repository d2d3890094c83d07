/* The summary for people, word by word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "scene.h"

enum { MS = NS_PER_MS };

static void text_is(struct scene *scene, const char *expected)
{
    assert_string_equal(scene_finish(scene), expected);
    scene_drop(scene);
}

/* ---- the summary ----------------------------------------------------------------------------- */

static void refused_retries_are_told_as_a_person_would(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    scene_tftp(scene, &flow);
    text_is(
        scene,
        "icmpscope  tftp.pcap   2026-11-20 09:00:03 to 09:00:28 UTC (25 s)   14 packets, 5 ICMP "
        "(5 errors)\n"
        "\n"
        "ERRORS                                   count  flows  reporters      tied to\n"
        "  3/3  port unreachable                      5      1  192.168.1.105  5 packets\n"
        "\n"
        "FLOWS HIT\n"
        "  UDP 192.168.1.114:40113 > 192.168.1.105:8000\n"
        "    refused 5 times by 192.168.1.105, first after 0.3 ms (frame 2, about frame 1)\n"
        "\n"
        "HEALTH  all checksums good, nothing truncated, no flow evicted\n");
}

static void a_narrow_page_breaks_the_header_first(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    scene_tftp(scene, &flow);
    scene->config.width = 80;
    text_is(scene,
            "icmpscope  tftp.pcap\n"
            "  2026-11-20 09:00:03 to 09:00:28 UTC (25 s)   14 packets, 5 ICMP (5 errors)\n"
            "\n"
            "ERRORS                                   count  flows  reporters      tied to\n"
            "  3/3  port unreachable                      5      1  192.168.1.105  5 packets\n"
            "\n"
            "FLOWS HIT\n"
            "  UDP 192.168.1.114:40113 > 192.168.1.105:8000\n"
            "    refused 5 times by 192.168.1.105, first after 0.3 ms\n"
            "      (frame 2, about frame 1)\n"
            "\n"
            "HEALTH  all checksums good, nothing truncated, no flow evicted\n");
}

static void colours_mark_headings_and_problems_only(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    scene_tftp(scene, &flow);
    scene->config.color = true;
    scene->tally.health.truncated = 3;
    text_is(scene,
            "\033[1micmpscope\033[0m  tftp.pcap   2026-11-20 09:00:03 to 09:00:28 UTC (25 s)   14 "
            "packets, 5 ICMP (5 errors)\n"
            "\n"
            "\033[1mERRORS\033[0m                                   count  flows  reporters      "
            "tied to\n"
            "  3/3  port unreachable                      \033[31m5\033[0m      1  192.168.1.105  "
            "5 packets\n"
            "\n"
            "\033[1mFLOWS HIT\033[0m\n"
            "  UDP 192.168.1.114:40113 > 192.168.1.105:8000\n"
            "    refused 5 times by 192.168.1.105, first after 0.3 ms (frame 2, about frame 1)\n"
            "\n"
            "\033[1mHEALTH\033[0m\n"
            "  \033[31m3\033[0m  packets are cut off inside a header\n");
}

static void quiet_tells_only_the_findings(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    scene_tftp(scene, &flow);
    scene_message(scene, scene_nine + (int64_t)25 * NS_PER_S, "192.0.2.1", 8);
    scene->config.verbosity = -1;
    const struct finding_about about = {.src = scene_addr("192.168.1.114"),
                                        .dst = scene_addr("192.168.1.105"),
                                        .reporter = scene_addr("192.168.1.105"),
                                        .family = FAMILY_IPV4};
    findings_add(&scene->stories.findings, FINDING_KEPT_SENDING, &about,
                 &(struct packet){.frame = 7})
        ->value = 9;
    findings_settle(&scene->stories.findings);
    text_is(
        scene,
        "FINDINGS\n"
        "  low: 192.168.1.114 sent 9 more packets to 192.168.1.105 after 192.168.1.105 told it "
        "that nobody is\n"
        "    there (kept_sending, frame 7)\n"
        "    -> The program at 192.168.1.114 does not hear of errors: it should use a connected "
        "socket.\n");

    scene = scene_make();
    scene_message(scene, scene_nine, "192.0.2.1", 8);
    scene->config.verbosity = -1;
    text_is(scene, "");
}

static void a_capture_without_icmp_says_so(void **state)
{
    (void)state;
    static const char *const names[] = {"a.pcap", "-", "c.pcap"};
    struct scene *scene = scene_make();
    scene_plain(scene, scene_nine);
    text_is(scene, "icmpscope  trace.pcap   2026-11-20 09:00:03 UTC   1 packet, 0 ICMP\n"
                   "\n"
                   "No ICMP in this capture.\n"
                   "\n"
                   "HEALTH  nothing truncated, no flow evicted\n");

    scene = scene_make();
    scene_captures(scene, 3, names);
    text_is(scene, "icmpscope  a.pcap, standard input, c.pcap   0 packets, 0 ICMP\n"
                   "\n"
                   "No packets in these captures.\n"
                   "\n"
                   "HEALTH  nothing truncated, no flow evicted\n");

    scene = scene_make();
    scene->config.filter = "icmp";
    text_is(scene, "icmpscope  trace.pcap   0 packets, 0 ICMP\n"
                   "\n"
                   "No packet passed the filter.\n"
                   "\n"
                   "HEALTH  nothing truncated, no flow evicted\n");
}

static void messages_are_listed_by_count_and_then_as_they_came(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    scene_message(scene, scene_nine, "192.0.2.1", 0);
    scene_message(scene, scene_nine, "2001:db8::1", 135);
    for (int i = 0; i < 1234; i++)
        scene_message(scene, scene_nine + 12 * MS, "192.0.2.1", 8);
    text_is(scene,
            "icmpscope  trace.pcap   2026-11-20 09:00:03 UTC (12 ms)   1,236 packets, 1,236 ICMP "
            "(no errors)\n"
            "\n"
            "No ICMP errors in this capture.\n"
            "\n"
            "MESSAGES                                      count\n"
            "  8/0       echo request                      1,234\n"
            "  0/0       echo reply                            1\n"
            "  v6 135/0  neighbor solicitation                 1\n"
            "\n"
            "HEALTH  all checksums good, nothing truncated, no flow evicted\n");
}

/* ---- health ---------------------------------------------------------------------------------- */

static void what_ails_the_capture_is_told_with_its_count(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    scene_message(scene, scene_nine, "192.0.2.1", 8);
    scene->tally.health = (struct health){.truncated = 1,
                                          .snapped = 12345,
                                          .bad_checksum = 2,
                                          .evicted_flows = 3,
                                          .timed_out_flows = 99}; /* nothing wrong with that */
    scene->hits.map.refused = 4;
    text_is(scene,
            "icmpscope  trace.pcap   2026-11-20 09:00:03 UTC   1 packet, 1 ICMP (no errors)\n"
            "\n"
            "No ICMP errors in this capture.\n"
            "\n"
            "MESSAGES                                 count\n"
            "  8/0  echo request                          1\n"
            "\n"
            "HEALTH\n"
            "       2  ICMP messages have a bad checksum\n"
            "       1  packet is cut off inside a header\n"
            "  12,345  packets were captured in part\n"
            "       3  flows gave way to newer ones: errors about them find nothing (--max-flows)\n"
            "       4  additions found a table full: some counts are too low\n");
}

static void damaged_inputs_are_named(void **state)
{
    (void)state;
    static const char *const names[] = {"good.pcap", "bad.pcap", "none\033[2J.pcap"};
    struct scene *scene = scene_make();
    scene_captures(scene, 3, names);
    scene->list[1].state = INPUT_DAMAGED;
    error_set(&scene->list[1].error, "truncated at offset 1234");
    scene->list[2].state = INPUT_UNREADABLE;
    error_set(&scene->list[2].error, "No such file or directory");
    scene->only_wrong = true;
    text_is(scene, "HEALTH\n"
                   "  bad.pcap: truncated at offset 1234; what stands before that was read\n"
                   "  none\\x1b[2J.pcap: No such file or directory\n");
}

/* ---- widths ---------------------------------------------------------------------------------- */

static void no_line_is_too_wide_whatever_is_in_it(void **state)
{
    (void)state;
    for (unsigned width = 60; width <= 200; width++) {
        struct scene *scene = scene_long();
        scene->config.width = width;
        scene->config.verbosity = 1;
        scene_is_tidy(scene_finish(scene), width);
        scene_drop(scene);
    }
}

static void a_page_has_a_least_width(void **state)
{
    (void)state;
    struct scene *scene = scene_long();
    scene->config.width = 0;
    scene_is_tidy(scene_finish(scene), 60);
    scene_drop(scene);
}

/* Addresses are what a person copies: they are never cut. One that outgrows its column sends what
 * follows it to the next line, into its own column. */
static void long_addresses_stay_whole_and_columns_straight(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = {.id = 1};
    struct scene_error error = {.by = "2001:db8:1111:2222:3333:4444:5555:6666",
                                .type = 1,
                                .code = 6,
                                .proto = PROTO_UDP,
                                .from = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff1",
                                .to = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff2",
                                .from_port = 50000,
                                .to_port = 53,
                                .frame = 2,
                                .time_ns = scene_nine};
    error.verdict = scene_exact(1, MS, &flow);
    scene_error(scene, &error);
    error.by = "2001:db8::1";
    error.code = 0;
    scene_error(scene, &error);
    scene->only_wrong = true;
    text_is(
        scene,
        "ERRORS                                      count  flows  reporters                 tied "
        "to\n"
        "  v6 1/6  reject route to destination           1      1  "
        "2001:db8:1111:2222:3333:4444:5555:6666\n"
        "                                                                                    1 "
        "packet\n"
        "  v6 1/0  no route to destination               1      1  2001:db8::1               1 "
        "packet\n"
        "\n"
        "FLOWS HIT\n"
        "  UDP [2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff1]:50000 > "
        "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff2]:53\n"
        "    route rejected by 2001:db8:1111:2222:3333:4444:5555:6666 after 1 ms "
        "(frame 2, about frame 1)\n"
        "    no route, says 2001:db8::1 (frame 2)\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_retries_are_told_as_a_person_would),
        cmocka_unit_test(a_narrow_page_breaks_the_header_first),
        cmocka_unit_test(colours_mark_headings_and_problems_only),
        cmocka_unit_test(quiet_tells_only_the_findings),
        cmocka_unit_test(a_capture_without_icmp_says_so),
        cmocka_unit_test(messages_are_listed_by_count_and_then_as_they_came),
        cmocka_unit_test(what_ails_the_capture_is_told_with_its_count),
        cmocka_unit_test(damaged_inputs_are_named),
        cmocka_unit_test(no_line_is_too_wide_whatever_is_in_it),
        cmocka_unit_test(a_page_has_a_least_width),
        cmocka_unit_test(long_addresses_stay_whole_and_columns_straight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
