#include "report/field.h"

#include <string.h>

#include "base/timefmt.h"
#include "flow/community_id.h"
#include "report/field_parts.h"

const struct field_record field_records[EVENT_TYPES] = {
    [EVENT_ICMP] = {"icmp",
                    {&fields_common, &fields_icmp, &fields_icmp_some, &fields_icmp_v4,
                     &fields_icmp_v6, &fields_icmp_v6_fault, &fields_extension, &fields_quoted,
                     &fields_quoted_options, &fields_quoted_other, &fields_quote, &fields_match}},
    [EVENT_FLOW] = {"flow", {&fields_common, &fields_flow}},
    [EVENT_STATS] = {"stats", {&fields_common, &fields_stats, &fields_health}},
    [EVENT_ECHO] = {"echo", {&fields_common, &fields_echo}},
    [EVENT_CLOCK] = {"clock", {&fields_common, &fields_clock}},
    [EVENT_QUERY] = {"query", {&fields_common, &fields_query, &fields_query_answer}},
    [EVENT_PMTU] = {"pmtu", {&fields_common, &fields_pmtu}},
    [EVENT_PATH] = {"path", {&fields_common, &fields_path}},
    [EVENT_REDIRECT] = {"redirect", {&fields_common, &fields_redirect}},
    [EVENT_ROUTER] = {"router", {&fields_common, &fields_router}},
    [EVENT_FINDING] = {"finding", {&fields_common, &fields_finding}},
};

/* One walk over one event. */
struct walk {
    struct writer *writer;
    struct field_source from;
    bool flat;         /* no objects */
    const char *group; /* the object that is open, or NULL */
    struct field_parts parts;
};

static bool group_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Closes the object that is open and opens that of the next row, where it is another one: the
 * names of one may stand at several places. */
static void walk_group(struct walk *walk, const char *group)
{
    if (!group_same(walk->group, group) && !walk->flat) {
        if (walk->group != NULL)
            walk->writer->ops->object_end(walk->writer->self);
        if (group != NULL)
            walk->writer->ops->object_begin(walk->writer->self, group);
    }
    walk->group = group;
}

/* ---- values ---------------------------------------------------------------------------------- */

static void put_integer(const struct walk *walk, const struct field *field, int64_t value)
{
    walk->writer->ops->integer(walk->writer->self, field->key, value);
}

static void put_bool(const struct walk *walk, const struct field *field, const void *member)
{
    walk->writer->ops->boolean(walk->writer->self, field->key, *(const bool *)member);
}

static void put_ip(const struct walk *walk, const struct field *field, const void *member)
{
    char text[WRITER_SHORT];
    enum family family = (enum family)walk->parts.of[field->part].family;
    size_t size = (size_t)(addr_put(text, member, family) - text);
    if (size > 0)
        writer_short(walk->writer, field->key, text, size);
}

static void put_short(const struct walk *walk, const struct field *field)
{
    char text[WRITER_SHORT];
    size_t size = (size_t)(field->text(text, &walk->from) - text);
    if (size > 0)
        writer_short(walk->writer, field->key, text, size);
}

static void put_time(const struct walk *walk, const struct field *field, int64_t ns)
{
    char text[WRITER_SHORT];
    writer_short(walk->writer, field->key, text, (size_t)(timefmt_put_iso(text, ns) - text));
}

static void put_field(const struct walk *walk, const struct field *field)
{
    const void *member = field_member(field, &walk->parts);
    switch (field->type) {
    case FIELD_U8:
        return put_integer(walk, field, *(const uint8_t *)member);
    case FIELD_U16:
        return put_integer(walk, field, *(const uint16_t *)member);
    case FIELD_U32:
        return put_integer(walk, field, *(const uint32_t *)member);
    case FIELD_U64:
        return writer_unsigned(walk->writer, field->key, *(const uint64_t *)member);
    case FIELD_I32:
        return put_integer(walk, field, *(const int32_t *)member);
    case FIELD_I64:
        return put_integer(walk, field, *(const int64_t *)member);
    case FIELD_REAL:
        return walk->writer->ops->real(walk->writer->self, field->key, *(const double *)member);
    case FIELD_BOOL:
        return put_bool(walk, field, member);
    case FIELD_NAME8:
        return writer_name(walk->writer, field->key, field->names[*(const uint8_t *)member]);
    case FIELD_IP:
        return put_ip(walk, field, member);
    case FIELD_NS_ISO:
        return put_time(walk, field, *(const int64_t *)member);
    case FIELD_NS_AS_US:
        return put_integer(walk, field, timefmt_us(*(const int64_t *)member));
    case FIELD_SHORT:
        return put_short(walk, field);
    case FIELD_CALL:
    case FIELD_TYPES:
        return field->call(walk->writer, field->key, &walk->from);
    }
}

static void walk_table(struct walk *walk, const struct field_table *table)
{
    struct writer_known *known = walk->writer->known;
    if (!field_table_applies(table, &walk->parts))
        return;
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (!field_applies(field, &walk->parts))
            continue;
        if (field->group != walk->group)
            walk_group(walk, field->group);
        if (known != NULL)
            *known = (struct writer_known){field->key, &field->lead};
        put_field(walk, field);
    }
}

_Static_assert((int)WRITER_SHORT >= (int)ADDR_ROOM && (int)WRITER_SHORT >= (int)TIMEFMT_SIZE &&
                   (int)WRITER_SHORT >= (int)COMMUNITY_ID_SIZE,
               "addresses, times and Community IDs are short texts");

/* ---- the walk -------------------------------------------------------------------------------- */

void field_walk(struct writer *writer, const struct event *event, const struct report *report)
{
    struct walk walk = {.writer = writer, .from = {event, report}};
    field_parts_find(&walk.parts, event);
    const struct field_table *const *tables = field_records[event->type].tables;
    for (size_t i = 0; i < FIELD_TABLES && tables[i] != NULL; i++)
        walk_table(&walk, tables[i]);
    if (walk.group != NULL)
        walk_group(&walk, NULL);
}

void field_walk_table(struct writer *writer, const struct field_table *table,
                      const struct event *event, const struct report *report)
{
    struct walk walk = {.writer = writer, .from = {event, report}};
    field_parts_find(&walk.parts, event);
    walk_table(&walk, table);
    if (walk.group != NULL)
        walk_group(&walk, NULL);
}

void field_walk_flat(struct writer *writer, const struct field_table *table,
                     const struct event *event, const struct report *report)
{
    struct walk walk = {.writer = writer, .from = {event, report}, .flat = true};
    field_parts_find(&walk.parts, event);
    walk_table(&walk, table);
}

const char *field_json_type(const struct field *field)
{
    static const char *const types[FIELD_TYPES] = {
        [FIELD_U8] = "int",     [FIELD_U16] = "int",       [FIELD_U32] = "int",
        [FIELD_U64] = "int",    [FIELD_I32] = "int",       [FIELD_I64] = "int",
        [FIELD_REAL] = "float", [FIELD_BOOL] = "bool",     [FIELD_NAME8] = "string",
        [FIELD_IP] = "string",  [FIELD_NS_ISO] = "string", [FIELD_NS_AS_US] = "int",
        [FIELD_SHORT] = NULL,   [FIELD_CALL] = NULL,
    };
    return types[field->type] != NULL ? types[field->type] : field->json_type;
}
