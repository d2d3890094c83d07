#include "report/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/hash.h"
#include "base/timefmt.h"
#include "decode/icmp.h"
#include "report/field_parts.h"

enum {
    PLAN_STEPS = 64,
    PLAN_TEXT = 2048,
    TEXT_STRIDE = 32, /* texts are copied by so many bytes, which may go beyond their end */
    VALUE_MAX = 64,   /* of a value, with what is written over behind it */
    /* What a member of any kind may ask for in a line. With so much left, field_walk() has not left
     * one out. */
    MEMBER_MAX = WRITER_KEY_MAX + JSON_TEXT_SIZE + 8,
    CALLS_ROOM = 1024, /* a plan is of use only where rows with .call may write so much */
};

/* The parts that messages have are the first. */
enum { SHAPE_PARTS = PART_VERDICT + 1, SHAPE_WORDS = SHAPE_PARTS + 1 };

/* All that the rows which apply, and those that are `fixed`, depend on. */
struct plan_shape {
    uint64_t words[SHAPE_WORDS];
};

/* A text, and the value of a row behind it; NULL: none. */
struct plan_step {
    const struct field *field;
    uint16_t text, size; /* within plan.text */
};

struct plan {
    size_t worst; /* bytes of texts and values, but for what rows with .call write */
    size_t count;
    struct plan_step steps[PLAN_STEPS];
    char text[PLAN_TEXT + TEXT_STRIDE];
};

struct plans {
    struct plan_place {
        struct plan_shape shape; /* that came last */
        bool tried;              /* it has its plan, where it can have one: */
        bool fit;
        struct plan *plan; /* or that of another one, or NULL */
    } places[PLANS];
};

struct plans *plans_new(void)
{
    return calloc(1, sizeof(struct plans));
}

void plans_free(struct plans *plans)
{
    for (size_t i = 0; plans != NULL && i < PLANS; i++)
        free(plans->places[i].plan);
    free(plans);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static void shape_make(struct plan_shape *shape, const struct event *event,
                       const struct field_parts *parts)
{
    const struct icmp *icmp = event->packet->icmp;
    const uint8_t proto = (icmp->has & ICMP_HAS_QUOTE) != 0 ? icmp->quote.ip.proto : 0;
    for (size_t i = 0; i < SHAPE_PARTS; i++)
        shape->words[i] = parts->of[i].has | (uint64_t)parts->of[i].family << 40;
    shape->words[SHAPE_PARTS] = (uint64_t)icmp->type << 24 | (uint64_t)icmp->code << 16 |
                                (uint64_t)proto << 8 | (uint64_t)event->capture << 32;
}

static bool shape_equal(const struct plan_shape *a, const struct plan_shape *b)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < SHAPE_WORDS; i++)
        differ |= a->words[i] ^ b->words[i];
    return differ == 0;
}

/* Needs no secret: a shape without a place is written by field_walk(). */
static size_t shape_place(const struct plan_shape *shape)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < SHAPE_WORDS; i++)
        sum = (sum ^ shape->words[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return hash_mix(sum) % PLANS;
}

/* ---- making a plan --------------------------------------------------------------------------- */

struct planner {
    struct plan *plan;
    const struct field_parts *parts;
    struct field_source from;
    const char *group; /* the object that is open, or NULL */
    bool first;        /* in what is open */
    bool failed;
    uint16_t begin, used; /* of the text of the next step, within the plan's */
};

static void plan_text(struct planner *planner, const char *bytes, size_t size)
{
    if (size > (size_t)PLAN_TEXT - planner->used) {
        planner->failed = true;
        return;
    }
    memcpy(planner->plan->text + planner->used, bytes, size);
    planner->used = (uint16_t)(planner->used + size);
}

static void plan_step(struct planner *planner, const struct field *field)
{
    struct plan *plan = planner->plan;
    if (plan->count == PLAN_STEPS) {
        planner->failed = true;
        return;
    }
    plan->steps[plan->count++] =
        (struct plan_step){field, planner->begin, (uint16_t)(planner->used - planner->begin)};
    plan->worst += (size_t)(planner->used - planner->begin) + VALUE_MAX;
    planner->begin = planner->used;
}

static void plan_comma(struct planner *planner)
{
    if (!planner->first)
        plan_text(planner, ",", 1);
    planner->first = false;
}

static void plan_group(struct planner *planner, const char *group)
{
    if (group == planner->group ||
        (group != NULL && planner->group != NULL && strcmp(group, planner->group) == 0))
        return;
    if (planner->group != NULL)
        plan_text(planner, "}", 1);
    if (group != NULL) {
        plan_comma(planner);
        plan_text(planner, "\"", 1);
        plan_text(planner, group, strlen(group));
        plan_text(planner, "\":{", 3);
    }
    planner->first = group != NULL;
    planner->group = group;
}

/* What a fixed row writes, if anything, as it stands behind the bracket of a line of its own. */
static void plan_fixed(struct planner *planner, const struct field *field)
{
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    field->call(&writer, field->key, &planner->from);
    planner->failed = planner->failed || stream.truncated;
    if (stream.used == 1)
        return;
    plan_comma(planner);
    plan_text(planner, stream.line + 1, stream.used - 1);
}

static bool is_text(const struct field *field)
{
    return field->type == FIELD_IP || field->type == FIELD_NS_ISO || field->type == FIELD_NAME8;
}

static void plan_value(struct planner *planner, const struct field *field)
{
    const uint8_t family = planner->parts->of[field->part].family;
    if (field->type == FIELD_IP && family != FAMILY_IPV4 && family != FAMILY_IPV6)
        return;
    plan_text(planner, field->lead.text + planner->first, field->lead.size - planner->first);
    planner->first = false;
    if (is_text(field))
        plan_text(planner, "\"", 1);
    plan_step(planner, field);
    if (is_text(field))
        plan_text(planner, "\"", 1);
}

/* A row that may write nothing must not decide whether the next one needs a comma. */
static void plan_row(struct planner *planner, const struct field *field)
{
    plan_group(planner, field->group);
    if (field->type == FIELD_REAL || (field->type == FIELD_CALL && planner->first && !field->fixed))
        planner->failed = true;
    else if (field->type != FIELD_CALL)
        plan_value(planner, field);
    else if (field->fixed)
        plan_fixed(planner, field);
    else
        plan_step(planner, field);
}

static bool plan_make(struct plan *plan, const struct field_parts *parts, const struct event *event,
                      const struct report *report)
{
    struct planner planner = {.plan = plan, .parts = parts, .from = {event, report}, .first = true};
    const struct field_table *const *tables = field_records[event->type].tables;
    plan->count = 0;
    plan->worst = TEXT_STRIDE;
    for (size_t i = 0; i < FIELD_TABLES && tables[i] != NULL; i++)
        for (size_t j = 0; j < tables[i]->count; j++)
            if (field_applies(&tables[i]->fields[j], parts))
                plan_row(&planner, &tables[i]->fields[j]);
    plan_group(&planner, NULL);
    plan_step(&planner, NULL);
    return !planner.failed && plan->worst + MEMBER_MAX + CALLS_ROOM <= JSON_LINE_LIMIT;
}

/* ---- following it ---------------------------------------------------------------------------- */

static char *signed_put(char *to, int64_t value)
{
    *to = '-';
    return digits_put(to + (value < 0), value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static char *unsigned_put(char *to, uint64_t value)
{
    return digits_put(to, value <= INT64_MAX ? value : INT64_MAX);
}

static char *bool_put(char *to, bool value)
{
    memcpy(to, value ? "true " : "false", 5);
    return to + (value ? 4 : 5);
}

/* NULL where it has none. */
static char *name_put(char *to, const char *name)
{
    size_t size = name != NULL ? strlen(name) : 0;
    if (size == 0 || size > VALUE_MAX)
        return NULL;
    memcpy(to, name, size);
    return to + size;
}

/* The value of a member without its quotes. NULL where it is not written. */
static char *value_put(char *to, const struct field *field, const struct field_parts *parts)
{
    const void *member = field_member(field, parts);
    switch (field->type) {
    case FIELD_U8:
        return digits_put(to, *(const uint8_t *)member);
    case FIELD_U16:
        return digits_put(to, *(const uint16_t *)member);
    case FIELD_U32:
        return digits_put(to, *(const uint32_t *)member);
    case FIELD_U64:
        return unsigned_put(to, *(const uint64_t *)member);
    case FIELD_I32:
        return signed_put(to, *(const int32_t *)member);
    case FIELD_I64:
        return signed_put(to, *(const int64_t *)member);
    case FIELD_BOOL:
        return bool_put(to, *(const bool *)member);
    case FIELD_NAME8:
        return name_put(to, field->names[*(const uint8_t *)member]);
    case FIELD_IP:
        return addr_put(to, member, (enum family)parts->of[field->part].family);
    case FIELD_NS_ISO:
        return timefmt_put_iso(to, *(const int64_t *)member);
    case FIELD_NS_AS_US:
        return signed_put(to, timefmt_us(*(const int64_t *)member));
    default:
        return NULL;
    }
}

static char *text_put(char *to, const char *text, size_t size)
{
    for (size_t at = 0; at < size; at += TEXT_STRIDE)
        memcpy(to + at, text + at, TEXT_STRIDE);
    return to + size;
}

static bool has_room(const struct json_stream *stream, const struct plan *plan)
{
    return !stream->truncated && stream->used + plan->worst + MEMBER_MAX <= JSON_LINE_LIMIT;
}

/* A row that writes by itself may write much. */
static void row_call(struct json_stream *stream, const struct field *field,
                     const struct field_source *from)
{
    struct writer writer = json_stream_writer(stream);
    stream->known = (struct writer_known){field->key, &field->lead};
    field->call(&writer, field->key, from);
}

static bool plan_follow(const struct plan *plan, struct json_stream *stream,
                        const struct field_parts *parts, const struct field_source *from)
{
    char *to = stream->line + stream->used;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_step *step = &plan->steps[i];
        to = text_put(to, plan->text + step->text, step->size);
        if (step->field == NULL)
            break;
        if (step->field->type == FIELD_CALL) {
            stream->used = (size_t)(to - stream->line);
            row_call(stream, step->field, from);
            if (!has_room(stream, plan))
                return false;
            to = stream->line + stream->used;
        } else {
            to = value_put(to, step->field, parts);
        }
        if (to == NULL)
            return false;
    }
    stream->used = (size_t)(to - stream->line);
    return true;
}

/* Only a shape that comes again is worth a plan. */
static const struct plan *plan_get(struct plan_place *place, const struct plan_shape *shape,
                                   const struct field_parts *parts, const struct field_source *from)
{
    if (!shape_equal(&place->shape, shape)) {
        place->shape = *shape;
        place->tried = false;
        return NULL;
    }
    if (!place->tried) {
        place->tried = true;
        if (place->plan == NULL)
            place->plan = malloc(sizeof *place->plan);
        place->fit =
            place->plan != NULL && plan_make(place->plan, parts, from->event, from->report);
    }
    return place->fit ? place->plan : NULL;
}

bool plans_write(struct plans *plans, struct json_stream *stream, const struct event *event,
                 const struct report *report)
{
    struct field_parts parts;
    struct plan_shape shape;
    if (event->type != EVENT_ICMP || event->packet == NULL || event->packet->icmp == NULL)
        return false;
    field_parts_find(&parts, event);
    shape_make(&shape, event, &parts);
    const struct field_source from = {event, report};
    const struct plan *plan = plan_get(&plans->places[shape_place(&shape)], &shape, &parts, &from);
    return plan != NULL && plan_follow(plan, stream, &parts, &from);
}
