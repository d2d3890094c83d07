#include "report/field.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"

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
    struct part {
        const void *base; /* NULL where the event has no such part */
        uint64_t has;     /* 0 then; else its bits, and PART_THERE */
        uint8_t family;
    } parts[PARTS];
};

#define PART_THERE (UINT64_C(1) << 32)

static struct part part_of(const void *base, uint32_t has, uint8_t family)
{
    return (struct part){base, base != NULL ? PART_THERE | has : 0, family};
}

static void walk_icmp(struct walk *walk, const struct icmp *icmp)
{
    const struct quote *quote = &icmp->quote;
    const struct headers *quoted = &quote->ip, *inner = &quote->inner.ip;
    const struct icmp_v4 *v4 = &icmp->body.v4;
    const struct icmp_v6 *v6 = &icmp->body.v6;
    walk->parts[PART_ICMP] = part_of(icmp, icmp->has, icmp->family);
    if (icmp->family == FAMILY_IPV4)
        walk->parts[PART_ICMP_V4] = part_of(v4, v4->has, FAMILY_IPV4);
    else
        walk->parts[PART_ICMP_V6] = part_of(v6, v6->has, FAMILY_IPV6);
    if ((icmp->has & ICMP_HAS_QUOTE) == 0)
        return;
    walk->parts[PART_QUOTE] = part_of(quote, quote->has, quoted->family);
    walk->parts[PART_QUOTED] = part_of(quoted, quoted->has, quoted->family);
    walk->parts[PART_TCP] = part_of(&quote->tcp, quote->tcp.has, FAMILY_NONE);
    if ((quote->has & QUOTE_HAS_INNER) != 0)
        walk->parts[PART_INNER] = part_of(inner, inner->has, inner->family);
}

static void walk_begin(struct walk *walk)
{
    const struct event *event = walk->from.event;
    const struct packet *packet = event->packet;
    const struct verdict *verdict = event->verdict;

    memset(walk->parts, 0, sizeof walk->parts);
    walk->parts[PART_EVENT] = part_of(event, 0, FAMILY_NONE);
    walk->parts[PART_FLOW] = part_of(event->flow, 0, FAMILY_NONE);
    walk->parts[PART_HIT] = part_of(event->hit, 0, FAMILY_NONE);
    if (event->flow != NULL && event->flow->key.proto == PROTO_TCP)
        walk->parts[PART_TCP_FLOW] = part_of(event->flow, 0, FAMILY_NONE);
    if (event->flow != NULL && event->hit != NULL)
        walk->parts[PART_AFTERMATH] = part_of(&event->hit->after, 0, FAMILY_NONE);
    walk->parts[PART_TALLY] = part_of(event->tally, 0, FAMILY_NONE);
    if (event->story != NULL)
        walk->parts[PART_STORY] = part_of(event->story, event->story->has, event->story->family);
    if (verdict != NULL)
        walk->parts[PART_VERDICT] = part_of(verdict, verdict->has, FAMILY_NONE);
    if (packet == NULL)
        return;
    walk->parts[PART_PACKET] = part_of(packet, 0, FAMILY_NONE);
    walk->parts[PART_HEADERS] = part_of(&packet->ip, packet->ip.has, packet->ip.family);
    if (packet->icmp != NULL)
        walk_icmp(walk, packet->icmp);
}

/* Asked for each row of each record. */
static inline bool field_applies(const struct field *field, const struct part *part)
{
    return (~part->has & (PART_THERE | field->has)) == 0 &&
           (field->family == FAMILY_NONE || field->family == part->family);
}

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
    enum family family = (enum family)walk->parts[field->part].family;
    size_t size = (size_t)(addr_put(text, member, family) - text);
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
    const void *member = (const char *)walk->parts[field->part].base + field->offset;
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
    case FIELD_CALL:
    case FIELD_TYPES:
        return field->call(walk->writer, field->key, &walk->from);
    }
}

static void walk_table(struct walk *walk, const struct field_table *table)
{
    struct writer_known *known = walk->writer->known;
    if (table->any != 0 && (walk->parts[table->part].has & table->any) == 0)
        return;
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (!field_applies(field, &walk->parts[field->part]))
            continue;
        if (field->group != walk->group)
            walk_group(walk, field->group);
        if (known != NULL)
            *known = (struct writer_known){field->key, &field->lead};
        put_field(walk, field);
    }
}

_Static_assert((int)WRITER_SHORT >= (int)ADDR_ROOM && (int)WRITER_SHORT >= (int)TIMEFMT_SIZE,
               "addresses and times are short texts");

/* ---- the walk -------------------------------------------------------------------------------- */

void field_walk(struct writer *writer, const struct event *event, const struct report *report)
{
    struct walk walk = {.writer = writer, .from = {event, report}};
    walk_begin(&walk);
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
    walk_begin(&walk);
    walk_table(&walk, table);
    if (walk.group != NULL)
        walk_group(&walk, NULL);
}

void field_walk_flat(struct writer *writer, const struct field_table *table,
                     const struct event *event, const struct report *report)
{
    struct walk walk = {.writer = writer, .from = {event, report}, .flat = true};
    walk_begin(&walk);
    walk_table(&walk, table);
}

const char *field_json_type(const struct field *field)
{
    static const char *const types[FIELD_TYPES] = {
        [FIELD_U8] = "int",     [FIELD_U16] = "int",       [FIELD_U32] = "int",
        [FIELD_U64] = "int",    [FIELD_I32] = "int",       [FIELD_I64] = "int",
        [FIELD_REAL] = "float", [FIELD_BOOL] = "bool",     [FIELD_NAME8] = "string",
        [FIELD_IP] = "string",  [FIELD_NS_ISO] = "string", [FIELD_NS_AS_US] = "int",
        [FIELD_CALL] = NULL,
    };
    return types[field->type] != NULL ? types[field->type] : field->json_type;
}
