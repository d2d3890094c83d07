/* The names of the Elastic Common Schema: the map, what is made of values, and a line. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/ecs_map.h"
#include "report/ecs_value.h"
#include "report/field.h"
#include "report/json_stream.h"
#include "scene.h"

/* ---- the map --------------------------------------------------------------------------------- */

/* Whether a row before it has a path in the object that the first `length` bytes of `path` name. */
static bool opened_before(size_t row, const char *path, size_t length)
{
    for (size_t i = 0; i < row; i++)
        if (strncmp(ecs_rows[i].path, path, length) == 0 && ecs_rows[i].path[length] == '.')
            return true;
    return false;
}

static void objects_are_opened_once(void **state)
{
    (void)state;
    for (size_t i = 1; i < ecs_row_count; i++) {
        const char *path = ecs_rows[i].path, *before = ecs_rows[i - 1].path;
        for (size_t length = 1; path[length] != '\0'; length++)
            if (path[length] == '.' &&
                (strncmp(before, path, length) != 0 || before[length] != '.') &&
                opened_before(i, path, length))
                fail_msg("%s: its object is opened again", path);
    }
}

static void rows_of_a_path_stand_together(void **state)
{
    (void)state;
    for (size_t i = 1; i < ecs_row_count; i++)
        for (size_t j = 0; j + 1 < i; j++)
            if (strcmp(ecs_rows[i].path, ecs_rows[j].path) == 0)
                assert_string_equal(ecs_rows[i].path, ecs_rows[i - 1].path);
}

static void keys_fit_a_writer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ecs_row_count; i++)
        for (const char *p = ecs_rows[i].path; *p != '\0';) {
            size_t length = strcspn(p, ".");
            assert_in_range(length, 1, WRITER_KEY_MAX);
            p += length + (p[length] == '.');
        }
    assert_true(ecs_row_count > 60);
}

static bool record_has(const struct field_record *record, const struct ecs_row *row)
{
    for (size_t i = 0; i < FIELD_TABLES && record->tables[i] != NULL; i++)
        for (size_t j = 0; j < record->tables[i]->count; j++) {
            const struct field *field = &record->tables[i]->fields[j];
            bool same = field->group == NULL ? row->group == NULL
                                             : row->group && strcmp(field->group, row->group) == 0;
            if (same && strcmp(field->key, row->key) == 0)
                return true;
        }
    return false;
}

/* One that is renamed in the field table would be lost from the map in silence. */
static void rows_name_members_that_there_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < ecs_row_count; i++) {
        const struct ecs_row *row = &ecs_rows[i];
        bool found = row->how >= ECS_CONST;
        for (unsigned type = 0; type < EVENT_TYPES; type++)
            found |= ecs_row_is_of(row, type) && record_has(&field_records[type], row);
        if (!found)
            fail_msg("%s: no record has %s", row->path, row->key);
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

static size_t row_of(const char *path, const char *key)
{
    for (size_t i = 0; i < ecs_row_count; i++)
        if (strcmp(ecs_rows[i].path, path) == 0 && strcmp(ecs_rows[i].key, key) == 0)
            return i;
    fail_msg("no row of %s for %s", path, key);
    return 0;
}

static const struct event router = {.type = EVENT_ROUTER};

static void check_text(const char *path, const char *key, const char *given, const char *wanted)
{
    struct ecs_values values;
    ecs_values_init(&values, &router);
    size_t row = row_of(path, key);
    ecs_values_set_text(&values, row, given, strlen(given));
    const struct ecs_value *value = &values.list[row];
    if (wanted == NULL) {
        assert_false(value->set);
        return;
    }
    assert_true(value->set);
    assert_int_equal(value->size, strlen(wanted));
    assert_memory_equal(value->text, wanted, strlen(wanted));
}

static void texts_become_what_the_schema_asks_for(void **state)
{
    (void)state;
    check_text("source.mac", "mac", "00:00:5e:00:53:23", "00-00-5E-00-53-23");
    check_text("network.transport", "proto", "IPv6-ICMP", "ipv6-icmp");
    check_text("network.transport", "proto", "253", NULL); /* it has no name */
    check_text("network.iana_number", "proto", "IPv6-ICMP", "58");
    check_text("network.iana_number", "proto", "253", "253");
    check_text("network.iana_number", "proto", "255", "255");
    check_text("network.iana_number", "proto", "256", NULL);
    check_text("network.type", "src_ip", "192.0.2.1", "ipv4");
    check_text("network.type", "src_ip", "::ffff:192.0.2.1", "ipv6");
    check_text("event.dataset", "event_type", "pmtu", "icmpscope.pmtu");
    check_text("event.outcome", "outcome", "black_hole_suspected", "failure");
    check_text("event.outcome", "status", "answered", "success");
    check_text("event.outcome", "status", "unanswered_at_end", "unknown");
}

static int64_t number_of(const char *path, const char *key, int64_t given)
{
    struct ecs_values values;
    ecs_values_init(&values, &router);
    ecs_values_set_integer(&values, row_of(path, key), given, 0);
    return values.list[row_of(path, key)].set ? values.list[row_of(path, key)].number : -1;
}

static void numbers_do_not_overflow(void **state)
{
    (void)state;
    struct ecs_values values;
    ecs_values_init(&values, &router);
    assert_int_equal(number_of("event.duration", "rtt_us", 1500), 1500000);
    assert_int_equal(number_of("event.duration", "rtt_us", INT64_MAX), -1); /* left out */
    ecs_values_set_integer(&values, row_of("network.bytes", "bytes_toserver"), INT64_MAX - 5, 0);
    ecs_values_set_integer(&values, row_of("network.bytes", "bytes_toclient"), 7, 0);
    assert_int_equal(values.list[row_of("network.bytes", "bytes_toserver")].number, INT64_MAX);
    assert_false(values.list[row_of("network.bytes", "bytes_toclient")].set);
}

static void addresses_are_listed_once_and_bounded(void **state)
{
    (void)state;
    struct ecs_values values;
    char text[32];
    ecs_values_init(&values, &router);
    ecs_values_add_address(&values, "192.0.2.1", 9);
    ecs_values_add_address(&values, "192.0.2.1", 9);
    assert_int_equal(values.address_count, 1);
    for (int i = 0; i < 100; i++)
        ecs_values_add_address(&values, text, (size_t)snprintf(text, sizeof text, "10.0.0.%d", i));
    assert_int_equal(values.address_count, ECS_RELATED_MAX);
    assert_string_equal(values.addresses[1], "10.0.0.0");
}

static const char *values_text(const struct ecs_values *values, struct json_stream *stream)
{
    json_stream_init(stream);
    struct writer writer = json_stream_writer(stream);
    ecs_values_put(&writer, values);
    stream->line[json_stream_finish(stream) - 1] = '\0';
    return stream->line;
}

static void objects_are_nested_and_the_first_row_counts(void **state)
{
    (void)state;
    struct ecs_values values;
    struct json_stream stream;
    char wanted[1024];
    ecs_values_init(&values, &router);
    ecs_values_set_text(&values, row_of("network.type", "dest_ip"), "ff02::1", 7);
    ecs_values_set_text(&values, row_of("network.type", "src_ip"), "192.0.2.1", 9);
    ecs_values_set_integer(&values, row_of("network.vlan.id", "vlan"), 7, 0);
    ecs_values_set_integer(&values, row_of("network.vlan.id", "vlan"), 8, 1);
    ecs_values_set_integer(&values, row_of("network.inner.vlan.id", "vlan"), 7, 0);
    ecs_values_set_integer(&values, row_of("network.inner.vlan.id", "vlan"), 8, 1);
    ecs_values_set_text(&values, row_of("log.file.path", "pcap_filename"), "a\"b", 3);
    snprintf(wanted, sizeof wanted,
             "{\"ecs\":{\"version\":\"8.17.0\"},"
             "\"event\":{\"category\":[\"network\"],\"kind\":\"state\",\"module\":\"icmpscope\","
             "\"type\":[\"info\"]},\"log\":{\"file\":{\"path\":\"a\\\"b\"}},"
             "\"network\":{\"inner\":{\"vlan\":{\"id\":\"8\"}},\"type\":\"ipv4\","
             "\"vlan\":{\"id\":\"7\"}},\"observer\":{\"product\":\"icmpscope\","
             "\"type\":\"sensor\",\"version\":\"%s\"}}",
             icmpscope_version());
    assert_string_equal(values_text(&values, &stream), wanted);
}

/* ---- the line -------------------------------------------------------------------------------- */

/* A record of a capture with that name. The caller owns it. */
static json_t *record_in(enum icmpscope_format format, const char *path)
{
    struct scene *scene = scene_make();
    const struct event event = {.type = EVENT_STATS, .frame = 1, .tally = &scene->tally};
    scene_captures(scene, 1, (const char *const[]){path});
    scene->config.format = format;
    report_event(&scene->report, &event);
    json_t *record = json_loads(scene_flush(scene), 0, NULL);
    assert_non_null(record);
    assert_true(scene->size < 8192);
    scene_drop(scene);
    return record;
}

/* Longer than what is kept of one. */
static void long_names_are_cut_as_in_ndjson(void **state)
{
    (void)state;
    static char path[5000];
    const char *name = NULL;
    memset(path, 1, sizeof path - 1);
    json_t *ecs = record_in(ICMPSCOPE_ECS, path), *plain = record_in(ICMPSCOPE_NDJSON, path);
    assert_int_equal(json_unpack(ecs, "{s:{s:{s:s}}}", "log", "file", "path", &name), 0);
    assert_string_equal(name, json_string_value(json_object_get(plain, "pcap_filename")));
    assert_non_null(strstr(name, "..."));
    json_decref(ecs);
    json_decref(plain);
}

static void what_is_cut_is_said_inside(void **state)
{
    (void)state;
    struct json_stream stream;
    char text[900];
    memset(text, 'x', sizeof text);
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    writer.ops->object_begin(writer.self, "icmpscope");
    for (int i = 0; i < 20; i++)
        writer.ops->text(writer.self, "text", text, sizeof text);
    json_stream_note(&stream);
    writer.ops->object_end(writer.self);
    size_t size = json_stream_finish(&stream);
    json_t *line = json_loadb(stream.line, size, 0, NULL);
    assert_non_null(line);
    assert_true(size < 8192);
    assert_int_equal(json_object_size(line), 1);
    assert_true(json_is_true(json_object_get(json_object_get(line, "icmpscope"), "truncated")));
    json_decref(line);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_opened_once),
        cmocka_unit_test(rows_of_a_path_stand_together),
        cmocka_unit_test(keys_fit_a_writer),
        cmocka_unit_test(rows_name_members_that_there_are),
        cmocka_unit_test(texts_become_what_the_schema_asks_for),
        cmocka_unit_test(numbers_do_not_overflow),
        cmocka_unit_test(addresses_are_listed_once_and_bounded),
        cmocka_unit_test(objects_are_nested_and_the_first_row_counts),
        cmocka_unit_test(long_names_are_cut_as_in_ndjson),
        cmocka_unit_test(what_is_cut_is_said_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
