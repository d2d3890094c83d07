/* Metrics in the text format of Prometheus, of what was counted by hand. */
#include "report/metrics.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "report/metrics_text.h"
#include "scene.h"

/* ---- what is written ------------------------------------------------------------------------- */

struct sheet {
    char *text; /* with a NUL */
    size_t size;
    int failure; /* errno that its writes fail with, or 0 */
};

static int sheet_write(void *context, const char *bytes, size_t size)
{
    struct sheet *sheet = context;
    if (sheet->failure != 0) {
        errno = sheet->failure;
        return -1;
    }
    sheet->text = realloc(sheet->text, sheet->size + size + 1);
    assert_non_null(sheet->text);
    memcpy(sheet->text + sheet->size, bytes, size);
    sheet->size += size;
    sheet->text[sheet->size] = '\0';
    return 0;
}

/* The caller frees its text. */
static struct sheet metrics_of(struct scene *scene, uint64_t flows, int64_t begun_ns)
{
    struct sheet sheet = {NULL, 0, 0};
    const struct metrics metrics = {&scene->report, flows, begun_ns};
    out_init(&scene->out, (struct out_sink){sheet_write, &sheet});
    metrics_write(&metrics, &scene->out);
    assert_int_equal(out_flush(&scene->out), 0);
    return sheet;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part))
        count++;
    return count;
}

/* Once, as a line of its own. */
static void has_line(const char *text, const char *line)
{
    char whole[512];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (count_of(text, whole) != 1)
        fail_msg("not there, or not once: %s", line);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("should not be there: %s", part);
}

/* ---- the format ------------------------------------------------------------------------------ */

static void labels_and_help_are_escaped(void **state)
{
    (void)state;
    struct sheet sheet = {NULL, 0, 0};
    struct out *out = malloc(sizeof *out);
    const struct metric_label labels[] = {{"a", "back\\slash"}, {"b", "a \"quote\"\nand more"}};
    assert_non_null(out);
    out_init(out, (struct out_sink){sheet_write, &sheet});
    metric_begin(out, "m_total", METRIC_COUNTER, "a \\ \"b\"\nc");
    metric_number(out, &(struct metric_sample){"m_total", labels, 2}, UINT64_MAX);
    out_flush(out);
    assert_string_equal(sheet.text, "# HELP m_total a \\\\ \"b\"\\nc\n"
                                    "# TYPE m_total counter\n"
                                    "m_total{a=\"back\\\\slash\",b=\"a \\\"quote\\\"\\nand more\"} "
                                    "18446744073709551615\n");
    free(sheet.text);
    free(out);
}

static void seconds_are_exact(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "0"},
        {1, "0.000000001"},
        {500000, "0.0005"},
        {10 * (int64_t)NS_PER_S, "10"},
        {1795287579415978000, "1795287579.415978"},
        {-1500000000, "-1.5"},
        {INT64_MIN, "-9223372036.854775808"},
        {INT64_MAX, "9223372036.854775807"},
    };
    char text[METRIC_SECONDS_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(metric_format_seconds(rows[i].ns, text, sizeof text), rows[i].text);
}

static void a_failed_write_is_remembered(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct sheet sheet = {NULL, 0, ENOSPC};
    const struct metrics metrics = {&scene->report, 0, 0};
    out_init(&scene->out, (struct out_sink){sheet_write, &sheet});
    metrics_write(&metrics, &scene->out);
    assert_int_equal(out_flush(&scene->out), -1);
    assert_int_equal(scene->out.failure, ENOSPC);
    scene_drop(scene);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Metrics of which all values are known have them from the start, so that the first one counts. */
static void nothing_was_counted(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct sheet sheet = metrics_of(scene, 0, 0);
    has_line(sheet.text, "icmpscope_packets_total 0");
    has_line(sheet.text, "icmpscope_errors_total{verdict=\"unmatched\"} 0");
    has_line(sheet.text, "icmpscope_errors_by_reporter_total{reporter=\"other\"} 0");
    has_line(sheet.text, "icmpscope_findings_total{name=\"ping_of_death\",severity=\"high\"} 0");
    has_line(sheet.text, "icmpscope_echo_rtt_seconds_bucket{le=\"+Inf\"} 0");
    has_line(sheet.text, "icmpscope_echo_rtt_seconds_sum 0");
    has_line(sheet.text, "icmpscope_pmtu_total{source=\"told\",outcome=\"ignored\"} 0");
    has_not(sheet.text, "\nicmpscope_last_packet_timestamp_seconds ");
    has_not(sheet.text, "\nicmpscope_start_time_seconds ");
    has_not(sheet.text, "\nicmpscope_messages_total{");
    free(sheet.text);
    scene_drop(scene);
}

static void each_metric_is_introduced_once(void **state)
{
    (void)state;
    struct scene *scene = scene_long();
    struct sheet sheet = metrics_of(scene, 0, 0);
    const char *line = sheet.text;
    size_t metrics = 0;
    for (; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        char name[80], type[100];
        if (sscanf(line, "# HELP %79s", name) != 1)
            continue;
        metrics++;
        snprintf(type, sizeof type, "\n# TYPE %s ", name);
        assert_int_equal(count_of(sheet.text, type), 1);
    }
    assert_true(metrics > 30);
    assert_int_equal(count_of(sheet.text, "# HELP "), metrics);
    assert_int_equal(count_of(sheet.text, "# TYPE "), metrics);
    free(sheet.text);
    scene_drop(scene);
}

static void counts_are_those_of_the_tally(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    const struct scene_error refused = {.by = "192.0.2.1",
                                        .type = 3,
                                        .code = 3,
                                        .proto = PROTO_UDP,
                                        .from = "198.51.100.1",
                                        .to = "192.0.2.1",
                                        .from_port = 1000,
                                        .to_port = 69,
                                        .frame = 2,
                                        .time_ns = scene_nine,
                                        .verdict = {.kind = VERDICT_UNMATCHED}};
    for (int i = 0; i < 12; i++)
        scene_error(scene, &refused);
    scene_message(scene, scene_nine + NS_PER_S / 4, "192.0.2.7", 8);
    scene->tally.health.evicted_flows = 5;
    scene->tally.flows_seen = 9;
    struct sheet sheet = metrics_of(scene, 4, 1500000000);
    has_line(sheet.text, "icmpscope_packets_total 13");
    has_line(sheet.text, "icmpscope_messages_total{family=\"ipv4\",type=\"3\",code=\"3\","
                         "name=\"destination unreachable\",code_name=\"port unreachable\"} 12");
    has_line(sheet.text, "icmpscope_messages_total{family=\"ipv4\",type=\"8\",code=\"0\","
                         "name=\"echo\",code_name=\"\"} 1");
    has_line(sheet.text, "icmpscope_errors_total{verdict=\"unmatched\"} 12");
    has_line(sheet.text, "icmpscope_errors_by_cause_total{family=\"ipv4\",type=\"3\",code=\"3\","
                         "name=\"destination unreachable\",code_name=\"port unreachable\","
                         "verdict=\"unmatched\"} 12");
    /* nine before it is told apart */
    has_line(sheet.text, "icmpscope_errors_by_reporter_total{reporter=\"192.0.2.1\"} 3");
    has_line(sheet.text, "icmpscope_errors_by_reporter_total{reporter=\"other\"} 9");
    has_line(sheet.text, "icmpscope_flows_active 4");
    has_line(sheet.text, "icmpscope_flows_seen_total 9");
    has_line(sheet.text, "icmpscope_flows_evicted_total 5");
    has_line(sheet.text, "icmpscope_start_time_seconds 1.5");
    /* 2026-11-20 09:00:03 and a quarter of a second */
    has_line(sheet.text, "icmpscope_last_packet_timestamp_seconds 1795165203.25");
    free(sheet.text);
    scene_drop(scene);
}

/* However many types and codes a stranger makes up. */
static void unassigned_types_and_codes_are_one(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    static const uint8_t types[] = {200, 201, 202};
    for (size_t i = 0; i < sizeof types; i++)
        scene_message(scene, scene_nine, "192.0.2.7", types[i]);
    for (uint8_t code = 100; code < 120; code++) {
        struct packet packet = {.time_ns = scene_nine};
        struct icmp icmp = {.family = FAMILY_IPV4, .type = 11, .code = code};
        packet.icmp = &icmp;
        tally_message(&scene->tally, &packet, NULL);
    }
    struct sheet sheet = metrics_of(scene, 0, 0);
    has_line(sheet.text, "icmpscope_messages_total{family=\"ipv4\",type=\"other\",code=\"other\","
                         "name=\"other\",code_name=\"\"} 3");
    has_line(sheet.text, "icmpscope_messages_total{family=\"ipv4\",type=\"11\",code=\"other\","
                         "name=\"time exceeded\",code_name=\"\"} 20");
    assert_int_equal(count_of(sheet.text, "\nicmpscope_messages_total{"), 2);
    free(sheet.text);
    scene_drop(scene);
}

/* A bound belongs to its bucket; buckets hold all that is below, too; the last is the count. */
static void round_trip_times_are_a_histogram(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct echo_totals *totals = &scene->stories.echoes.totals;
    static const int64_t rtts[] = {400000, 500000, 500001, 20000000, 10000000000, 10000000001, -1};
    for (size_t i = 0; i < sizeof rtts / sizeof rtts[0]; i++)
        echo_totals_rtt(totals, rtts[i]);
    struct sheet sheet = metrics_of(scene, 0, 0);
    static const char *const lines[] = {
        "icmpscope_echo_rtt_seconds_bucket{le=\"0.0005\"} 2",
        "icmpscope_echo_rtt_seconds_bucket{le=\"0.001\"} 3",
        "icmpscope_echo_rtt_seconds_bucket{le=\"0.01\"} 3",
        "icmpscope_echo_rtt_seconds_bucket{le=\"0.025\"} 4",
        "icmpscope_echo_rtt_seconds_bucket{le=\"5\"} 4",
        "icmpscope_echo_rtt_seconds_bucket{le=\"10\"} 5",
        "icmpscope_echo_rtt_seconds_bucket{le=\"+Inf\"} 6",
        "icmpscope_echo_rtt_seconds_sum 20.021400002",
        "icmpscope_echo_rtt_seconds_count 6",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        has_line(sheet.text, lines[i]);
    assert_int_equal(count_of(sheet.text, "\nicmpscope_echo_rtt_seconds_bucket{"), 15);
    free(sheet.text);
    scene_drop(scene);
}

static void findings_count_how_often_they_were_seen(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    const struct finding_about about = {.family = FAMILY_IPV4, .src = scene_addr("192.0.2.1")};
    const struct sightings seen = {.count = 3};
    struct packet packet = {.time_ns = scene_nine, .frame = 1};
    findings_add(&scene->stories.findings, FINDING_ROUTING_LOOP, &about, &packet);
    findings_add_seen(&scene->stories.findings, FINDING_ROUTING_LOOP, &about, &seen);
    struct sheet sheet = metrics_of(scene, 0, 0);
    has_line(sheet.text, "icmpscope_findings_total{name=\"routing_loop\",severity=\"medium\"} 4");
    free(sheet.text);
    scene_drop(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_and_help_are_escaped),
        cmocka_unit_test(seconds_are_exact),
        cmocka_unit_test(a_failed_write_is_remembered),
        cmocka_unit_test(nothing_was_counted),
        cmocka_unit_test(each_metric_is_introduced_once),
        cmocka_unit_test(counts_are_those_of_the_tally),
        cmocka_unit_test(unassigned_types_and_codes_are_one),
        cmocka_unit_test(round_trip_times_are_a_histogram),
        cmocka_unit_test(findings_count_how_often_they_were_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
