/* The field table, and the records that are made from it. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/field.h"
#include "report/json_build.h"
#include "report/json_stream.h"
#include "report/names.h"
#include "scene.h"

/* The struct of each record that begins with struct story. */
union any_story {
    struct story story;
    struct echo echo;
    struct clock clock;
    struct query query;
    struct pmtu pmtu;
    struct path path;
    struct redirect redirect;
    struct router router;
    struct finding finding;
};

/* ---- the tables ------------------------------------------------------------------------------ */

/* Calls `check` with each row of each record, and what came before it. */
struct place {
    const struct field_record *record;
    const struct field *rows[256]; /* of the record, those before this one */
    size_t count;
};

static void rows_each(void (*check)(const struct place *place, const struct field *row))
{
    for (size_t type = 0; type < EVENT_TYPES; type++) {
        struct place place = {.record = &field_records[type]};
        for (size_t i = 0; i < FIELD_TABLES && place.record->tables[i] != NULL; i++) {
            const struct field_table *table = place.record->tables[i];
            for (size_t j = 0; j < table->count; j++) {
                check(&place, &table->fields[j]);
                assert_true(place.count < 256);
                place.rows[place.count++] = &table->fields[j];
            }
        }
        assert_true(place.count > 3);
    }
}

static const char *group_name(const struct field *row)
{
    return row->group != NULL ? row->group : "";
}

/* A message is of one family: the rows of the other one never apply. A key has one type. */
static bool may_share_key(const struct field *a, const struct field *b)
{
    return ((a->part == PART_ICMP_V4 && b->part == PART_ICMP_V6) ||
            (a->part == PART_ICMP_V6 && b->part == PART_ICMP_V4)) &&
           strcmp(field_json_type(a), field_json_type(b)) == 0;
}

static void check_unique(const struct place *place, const struct field *row)
{
    for (size_t i = 0; i < place->count; i++)
        if (strcmp(place->rows[i]->key, row->key) == 0 &&
            strcmp(group_name(place->rows[i]), group_name(row)) == 0 &&
            !may_share_key(place->rows[i], row))
            fail_msg("%s: %s.%s twice", place->record->name, group_name(row), row->key);
}

static void keys_are_unique(void **state)
{
    (void)state;
    rows_each(check_unique);
}

static void check_together(const struct place *place, const struct field *row)
{
    if (place->count == 0 ||
        strcmp(group_name(place->rows[place->count - 1]), group_name(row)) == 0)
        return;
    for (size_t i = 0; i < place->count; i++)
        if (row->group != NULL && strcmp(group_name(place->rows[i]), row->group) == 0)
            fail_msg("%s: %s is opened again", place->record->name, row->group);
}

static void rows_of_a_group_stand_together(void **state)
{
    (void)state;
    rows_each(check_together);
}

static void check_described(const struct place *place, const struct field *row)
{
    (void)place;
    assert_true(strlen(row->key) > 0 && strlen(row->key) <= WRITER_KEY_MAX);
    assert_non_null(row->doc);
    assert_true(strlen(row->doc) > 0);
    assert_null(strchr(row->doc, '\n'));
    assert_non_null(field_json_type(row));
    assert_int_equal(strncmp(field_json_type(row), "object", 6) == 0, row->shape != NULL);
}

static void rows_say_what_they_mean(void **state)
{
    (void)state;
    rows_each(check_described);
}

static void check_inside(const struct place *place, const struct field *row)
{
    static const size_t parts[PARTS] = {
        [PART_EVENT] = sizeof(struct event),     [PART_PACKET] = sizeof(struct packet),
        [PART_HEADERS] = sizeof(struct headers), [PART_ICMP] = sizeof(struct icmp),
        [PART_QUOTE] = sizeof(struct quote),     [PART_QUOTED] = sizeof(struct headers),
        [PART_ICMP_V4] = sizeof(struct icmp_v4), [PART_ICMP_V6] = sizeof(struct icmp_v6),
        [PART_VERDICT] = sizeof(struct verdict), [PART_FLOW] = sizeof(struct flow),
        [PART_HIT] = sizeof(struct hit),         [PART_TALLY] = sizeof(struct tally),
        [PART_TCP] = sizeof(struct tcp_options), [PART_INNER] = sizeof(struct headers),
        [PART_TCP_FLOW] = sizeof(struct flow),   [PART_AFTERMATH] = sizeof(struct aftermath),
        [PART_STORY] = sizeof(union any_story),
    };
    static const size_t sizes[FIELD_TYPES] = {
        [FIELD_U8] = 1,    [FIELD_U16] = 2,  [FIELD_U32] = 4,    [FIELD_I32] = 4,
        [FIELD_I64] = 8,   [FIELD_REAL] = 8, [FIELD_U64] = 8,    [FIELD_BOOL] = 1,
        [FIELD_NAME8] = 1, [FIELD_IP] = 16,  [FIELD_NS_ISO] = 8, [FIELD_NS_AS_US] = 8,
    };
    static const uint32_t with_has = 1u << PART_HEADERS | 1u << PART_ICMP | 1u << PART_ICMP_V4 |
                                     1u << PART_ICMP_V6 | 1u << PART_QUOTED | 1u << PART_VERDICT |
                                     1u << PART_QUOTE | 1u << PART_TCP | 1u << PART_STORY |
                                     1u << PART_EVENT | 1u << PART_PACKET;
    (void)place;
    assert_true(row->part < PARTS && row->type < FIELD_TYPES);
    assert_true(row->offset + sizes[row->type] <= parts[row->part]);
    if (sizes[row->type] > 1)
        assert_int_equal(row->offset % (row->type == FIELD_IP ? 1 : sizes[row->type]), 0);
    assert_int_equal(row->type == FIELD_CALL, row->call != NULL);
    assert_int_equal(row->type == FIELD_SHORT, row->text != NULL);
    assert_true(row->type == FIELD_NAME8 || row->type == FIELD_CALL || row->names == NULL);
    assert_true(row->type != FIELD_NAME8 || row->names != NULL);
    assert_int_equal(row->names != NULL, row->name_count > 0);
    assert_true(row->has == 0 || (with_has >> row->part & 1) != 0);
}

static void rows_point_into_their_parts(void **state)
{
    (void)state;
    rows_each(check_inside);
}

/* A line begins a member with it. */
static void check_lead(const struct place *place, const struct field *row)
{
    char lead[WRITER_KEY_MAX + 8];
    (void)place;
    snprintf(lead, sizeof lead, ",\"%s\":", row->key);
    assert_string_equal(row->lead.text, lead);
    assert_int_equal(row->lead.size, strlen(lead));
}

static void keys_have_their_leads(void **state)
{
    (void)state;
    rows_each(check_lead);
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    return true;
}

/* Names are written without a look at what they hold. */
static void check_plain(const struct place *place, const struct field *row)
{
    (void)place;
    for (size_t i = 0; i < row->name_count; i++)
        assert_true(row->names[i] == NULL || is_plain(row->names[i]));
}

static void names_need_no_escapes(void **state)
{
    (void)state;
    rows_each(check_plain);
    for (int v6 = 0; v6 < 2; v6++)
        for (unsigned type = 0; type < 256; type++) {
            const enum family family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
            assert_true(is_plain(icmp_type_get(family, (uint8_t)type)->name));
            for (unsigned code = 0; code < 256; code++) {
                const char *name = icmp_code_get(family, (uint8_t)type, (uint8_t)code)->name;
                assert_true(name == NULL || is_plain(name));
            }
        }
    for (unsigned proto = 0; proto < 256; proto++) {
        char text[PROTO_NAME_SIZE];
        assert_true(is_plain(proto_name((uint8_t)proto, text, sizeof text)));
    }
}

/* A table that is left out where its part has none of some bits has no row that needs none. */
static void tables_are_left_out_only_where_no_row_applies(void **state)
{
    (void)state;
    size_t some = 0;
    for (size_t type = 0; type < EVENT_TYPES; type++)
        for (size_t i = 0; i < FIELD_TABLES && field_records[type].tables[i] != NULL; i++) {
            const struct field_table *table = field_records[type].tables[i];
            for (size_t j = 0; j < table->count && table->any != 0; j++) {
                const struct field *row = &table->fields[j];
                if (row->part != table->part || row->has == 0 || (row->has & ~table->any) != 0)
                    fail_msg("%s.%s may apply", group_name(row), row->key);
                some++;
            }
        }
    assert_true(some > 100);
}

/* ---- any event ------------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 20;
}

static void random_fill(void *bytes, size_t size, uint64_t *state)
{
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)random_next(state);
}

struct anything {
    struct scene_packet made;
    struct verdict verdict;
    struct flow flow;
    struct hit hit;
    struct hit_by more_by[HIT_REPORTERS - 1];
    union any_story story;
    struct event event;
};

/* Any bytes in any member; enums and bools, which others set from their own tables, in range. */
static void anything_make(struct anything *any, uint64_t *state)
{
    struct scene_packet *made = &any->made;
    random_fill(any, sizeof *any, state);
    made->packet.icmp = random_next(state) % 8 != 0 ? &made->icmp : NULL;
    made->packet.tunnels = &made->tunnels;
    made->packet.vlan_count %= VLAN_MAX + 1;
    made->packet.tunnel_count %= TUNNEL_MAX + 1;
    made->packet.snapped = false;
    for (size_t i = 0; i < TUNNEL_MAX; i++) {
        made->tunnels.list[i].type %= TUNNEL_TYPES;
        made->tunnels.list[i].family = i % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
        made->tunnels.list[i].has_id = i % 3 == 0;
    }
    made->packet.ip.family = random_next(state) % 2 != 0 ? FAMILY_IPV4 : FAMILY_IPV6;
    made->icmp.family = random_next(state) % 2 != 0 ? FAMILY_IPV4 : FAMILY_IPV6;
    made->icmp.quote.ip.family = random_next(state) % 2 != 0 ? FAMILY_IPV4 : FAMILY_IPV6;
    made->icmp.quote.ip.df = random_next(state) % 2;
    made->icmp.quote.length_swapped = random_next(state) % 2;
    made->icmp.checksum %= CHECKSUM_STATES;
    made->icmp.complete = random_next(state) % 2;
    struct quote *quote = &made->icmp.quote;
    quote->tcp.sack_permitted = random_next(state) % 2;
    quote->tcp.sack_count = 1 + random_next(state) % TCP_SACK_MAX;
    quote->inner.ip.family = random_next(state) % 2 != 0 ? FAMILY_IPV4 : FAMILY_IPV6;
    quote->inner.ip.df = random_next(state) % 2;
    quote->inner.tunnel_count = 1 + random_next(state) % QUOTE_TUNNELS;
    memcpy(quote->inner.tunnels, made->tunnels.list, sizeof quote->inner.tunnels);
    /* What follows the quote is lists, whose counts decoding bounds: their tests are elsewhere. */
    made->icmp.probe = (struct icmp_probe){0};
    const size_t lists = offsetof(struct icmp, quote) + sizeof made->icmp.quote;
    memset((char *)&made->icmp + lists, 0, sizeof made->icmp - lists);
    any->verdict.kind %= VERDICTS;
    any->verdict.seq_check %= SEQ_CHECKS;
    any->verdict.inner = random_next(state) % 2;
    any->verdict.sent.sent.df = random_next(state) % 2;
    any->flow.initiator %= 2;
    any->flow.key.family = FAMILY_IPV6;
    any->flow.key.proto = random_next(state) % 2 != 0 ? PROTO_TCP : any->flow.key.proto;
    any->hit.after.verdict %= AFTERMATHS;
    any->hit.by_count %= HIT_REPORTERS + 1;
    any->hit.more_by = any->more_by;
    for (size_t i = 0; i < HIT_REPORTERS; i++) {
        struct hit_by *by = i == 0 ? &any->hit.first_by : &any->more_by[i - 1];
        by->family = FAMILY_IPV6;
        by->has_mtu = i % 2;
        by->has_gateway = false;
    }
    any->event = (struct event){.type = (enum event_type)(random_next(state) % EVENT_TYPES),
                                .flow_end = (uint8_t)(random_next(state) % FLOW_ENDS),
                                .frame = random_next(state),
                                .time_ns = (int64_t)random_next(state)};
}

static void anything_parts(struct anything *any, const struct tally *tally, uint64_t *state)
{
    struct event *event = &any->event;
    uint64_t parts = random_next(state);
    event->packet = event->type == EVENT_ICMP ? &any->made.packet : NULL;
    event->verdict = event->type == EVENT_ICMP && parts & 1 ? &any->verdict : NULL;
    event->flow = event->type == EVENT_FLOW && parts & 2 ? &any->flow : NULL;
    event->hit = event->type == EVENT_FLOW && parts & 4 ? &any->hit : NULL;
    event->tally = event->type == EVENT_STATS ? tally : NULL;
    /* Lists and names are those of nothing: the tests of each record are elsewhere. */
    memset(&any->story, 0, sizeof any->story);
    any->story.story.has = (uint32_t)random_next(state);
    any->story.story.family = parts & 8 ? FAMILY_IPV4 : FAMILY_IPV6;
    event->story = event->type >= EVENT_ECHO ? &any->story.story : NULL;
}

/* The JSON type of each key, by its path, must be the same in all records. */
static void types_note(json_t *types, const char *path, json_t *record)
{
    const char *key;
    json_t *value;
    json_object_foreach(record, key, value)
    {
        char name[128];
        snprintf(name, sizeof name, "%s.%s", path, key);
        int type = json_is_boolean(value) ? JSON_TRUE : json_typeof(value);
        json_t *before = json_object_get(types, name);
        if (before != NULL && json_integer_value(before) != type)
            fail_msg("%s changes its type", name);
        json_object_set_new(types, name, json_integer(type));
        if (json_is_object(value))
            types_note(types, name, value);
    }
}

static void both_writers_agree_on_any_event_and_types_are_constant(void **state)
{
    (void)state;
    struct scene *scene = scene_make();
    struct anything *any = malloc(sizeof *any);
    json_t *types = json_object();
    uint64_t random = 7;
    assert_non_null(any);
    for (int i = 0; i < 5000; i++) {
        anything_make(any, &random);
        anything_parts(any, &scene->tally, &random);
        json_t *record = scene_record(scene, &any->event);
        types_note(types, "", record);
        assert_null(json_object_get(record, "truncated"));
        json_decref(record);
    }
    assert_true(json_object_size(types) > 90); /* nearly all there are */
    json_decref(types);
    free(any);
    scene_drop(scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_unique),
        cmocka_unit_test(rows_of_a_group_stand_together),
        cmocka_unit_test(rows_say_what_they_mean),
        cmocka_unit_test(rows_point_into_their_parts),
        cmocka_unit_test(keys_have_their_leads),
        cmocka_unit_test(names_need_no_escapes),
        cmocka_unit_test(tables_are_left_out_only_where_no_row_applies),
        cmocka_unit_test(both_writers_agree_on_any_event_and_types_are_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
