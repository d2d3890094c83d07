/* The document, which records go out, and failures of either. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

/* ---- the document ---------------------------------------------------------------------------- */

static json_t *document_of(struct scene *scene)
{
    json_error_t error;
    scene->config.format = ICMPSCOPE_JSON;
    const char *text = scene_finish(scene);
    assert_int_equal(strcspn(text, "\n") + 1, strlen(text)); /* one line */
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        fail_msg("%s in %s", error.text, text);
    return document;
}

static json_int_t number_at(const json_t *value, const char *object, const char *key)
{
    const json_t *number = json_object_get(json_object_get(value, object), key);
    assert_true(json_is_integer(number));
    return json_integer_value(number);
}

static void the_document_counts_as_the_summary_does(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct flow flow = {
        .id = 1, .key = {.proto = PROTO_UDP, .family = FAMILY_IPV4}, .packets_low = {5, 0}};
    scene_tftp(scene, &flow);
    hits_flow_closed(&scene->hits, &flow, flow.last_ns);
    scene->tally.flows_seen = 2;
    scene->config.sensor = "edge";
    json_t *document = document_of(scene);
    assert_int_equal(json_integer_value(json_object_get(document, "schema_version")), 1);
    assert_string_equal(json_string_value(json_object_get(document, "sensor")), "edge");
    assert_int_equal(json_integer_value(json_object_get(document, "packets")), 14);
    assert_int_equal(number_at(document, "icmp", "messages"), 5);
    assert_int_equal(number_at(document, "errors", "total"), 5);
    assert_int_equal(number_at(document, "flows", "seen"), 2);
    assert_int_equal(number_at(document, "flows", "affected"), 1);
    assert_int_equal(number_at(document, "health", "bad_checksum"), 0);

    const json_t *errors = json_object_get(document, "errors");
    assert_int_equal(number_at(errors, "by_verdict", "exact"), 5);
    assert_int_equal(number_at(errors, "by_verdict", "unkeyed"), 0);
    const json_t *cause = json_array_get(json_object_get(errors, "by_cause"), 0);
    json_t *wanted =
        json_pack("{s:s,s:i,s:i,s:s,s:s,s:s,s:i,s:i,s:i,s:O}", "proto", "ICMP", "icmp_type", 3,
                  "icmp_code", 3, "name", "destination unreachable", "code_name",
                  "port unreachable", "class", "error", "count", 5, "flows", 1, "reporters", 1,
                  "by_verdict", json_object_get(errors, "by_verdict"));
    assert_true(json_equal(cause, wanted));
    json_decref(wanted);

    const json_t *list = json_object_get(json_object_get(document, "flows"), "list");
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(number_at(json_array_get(list, 0), "icmp_errors", "count"), 5);
    assert_int_equal(number_at(json_array_get(list, 0), "flow", "pkts_toserver"), 5);
    json_decref(document);
    scene_drop(scene);
}

static void documents_are_safe_to_print_and_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"a\033[2J\x7f\xc2\x9b\u202e\"\\\u4e2d.pcap", "b\xff.pcap"};
    struct scene *scene = scene_long();
    scene_captures(scene, 2, names);
    json_t *document = document_of(scene);
    const json_t *captures = json_object_get(document, "captures");
    for (size_t i = 0; i < 2; i++) {
        const json_t *name = json_object_get(json_array_get(captures, i), "pcap_filename");
        assert_string_equal(json_string_value(name), i == 0 ? names[0] : "b\\xff.pcap");
    }
    assert_int_equal(number_at(document, "errors", "total"), 3000);
    json_decref(document);
    scene_is_tidy(scene->written, SIZE_MAX);
    scene_drop(scene);
}

/* ---- records --------------------------------------------------------------------------------- */

static size_t lines_of(struct scene *scene)
{
    size_t lines = 0;
    for (const char *at = scene_flush(scene); *at != '\0'; at++)
        lines += *at == '\n';
    return lines;
}

static void only_records_that_are_asked_for_go_out(void **state)
{
    (void)state;
    static const struct {
        unsigned events;
        bool all_flows;
        size_t lines;
    } rows[] = {
        {ICMPSCOPE_EVENT_ICMP | ICMPSCOPE_EVENT_FLOW | ICMPSCOPE_EVENT_STATS, false, 3},
        {ICMPSCOPE_EVENT_ICMP | ICMPSCOPE_EVENT_FLOW | ICMPSCOPE_EVENT_STATS, true, 4},
        {ICMPSCOPE_EVENT_ICMP, true, 1},
        {ICMPSCOPE_EVENT_FLOW, false, 1},
        {ICMPSCOPE_EVENT_FLOW, true, 2},
        {ICMPSCOPE_EVENT_STATS, false, 1},
        {0, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene *scene = scene_make();
        const struct icmp icmp = {.family = FAMILY_IPV4, .type = 8};
        const struct packet packet = {.icmp = (struct icmp *)&icmp};
        const struct flow flow = {.id = 1};
        const struct hit hit = {.flow_id = 1};
        const struct event events[] = {{.type = EVENT_ICMP, .packet = &packet},
                                       {.type = EVENT_FLOW, .flow = &flow, .hit = &hit},
                                       {.type = EVENT_FLOW, .flow = &flow},
                                       {.type = EVENT_STATS, .tally = &scene->tally}};
        scene->config.format = ICMPSCOPE_NDJSON;
        scene->config.events = rows[i].events;
        scene->config.all_flows = rows[i].all_flows;
        for (size_t n = 0; n < sizeof events / sizeof events[0]; n++)
            report_event(&scene->report, &events[n]);
        report_finish(&scene->report);
        assert_int_equal(lines_of(scene), rows[i].lines);
        scene_drop(scene);
    }
}

static void live_lines_go_out_at_once(void **state)
{
    (void)state;
    for (int flush = 0; flush <= 1; flush++) {
        struct scene *scene = scene_make();
        const struct event event = {.type = EVENT_STATS, .tally = &scene->tally};
        scene->config.format = ICMPSCOPE_NDJSON;
        scene->config.flush_lines = flush;
        report_event(&scene->report, &event);
        assert_int_equal(scene->size > 0, flush);
        scene_drop(scene);
    }
}

static void summaries_ignore_single_events(void **state)
{
    (void)state;
    for (int format = ICMPSCOPE_TEXT; format <= ICMPSCOPE_JSON; format++) {
        struct scene *scene = scene_make();
        const struct event event = {.type = EVENT_STATS, .tally = &scene->tally};
        scene->config.format = (enum icmpscope_format)format;
        report_event(&scene->report, &event);
        assert_string_equal(scene_flush(scene), "");
        scene_drop(scene);
    }
}

/* ---- failures -------------------------------------------------------------------------------- */

static int allocations_left;

static void *allocate(size_t size)
{
    return allocations_left-- == 0 ? NULL : malloc(size);
}

/* Whichever allocation fails: it is a failure of the output, and nothing half is written. */
static void a_document_that_memory_is_short_for_is_a_failure(void **state)
{
    (void)state;
    bool done = false;
    json_set_alloc_funcs(allocate, free);
    for (int nth = 0; !done && nth < 5000; nth++) {
        struct scene *scene = scene_make();
        struct flow flow = {.id = 1};
        scene_tftp(scene, &flow);
        scene->config.format = ICMPSCOPE_JSON;
        allocations_left = nth;
        report_finish(&scene->report);
        done = allocations_left >= 0;
        assert_int_equal(out_flush(&scene->out), done ? 0 : -1);
        if (!done) {
            assert_int_equal(scene->out.failure, ENOMEM);
            assert_int_equal(scene->size, 0);
        }
        scene_drop(scene);
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(done);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_counts_as_the_summary_does),
        cmocka_unit_test(documents_are_safe_to_print_and_whole),
        cmocka_unit_test(only_records_that_are_asked_for_go_out),
        cmocka_unit_test(live_lines_go_out_at_once),
        cmocka_unit_test(summaries_ignore_single_events),
        cmocka_unit_test(a_document_that_memory_is_short_for_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
