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
    TEXT_STRIDE = 32, /* so many bytes of a text are always copied */
    VALUE_MAX = 64,   /* of a value, with what is written over behind it */
    /* What a member of any kind may ask for in a line. With so much left, field_walk() has not left
     * one out. */
    MEMBER_MAX = WRITER_KEY_MAX + JSON_TEXT_SIZE + 8,
    CALLS_ROOM = 1024, /* a plan is of use only where rows with .call may write so much */
};

/* The parts that messages have are the first. */
enum { MESSAGE_PARTS = PART_VERDICT + 1, SHAPE_WORDS = 5 };

/* All that the rows which apply, and those that are `fixed`, depend on. */
struct plan_shape {
    uint64_t words[SHAPE_WORDS];
};

/* A text, and the value of a row behind it. What is asked of each row stands here together: rows
 * are several lines of the processor's cache each. */
struct plan_step {
    const struct field *field; /* NULL: none */
    uint16_t size;             /* of the text: in plan.text they stand in their order */
    uint16_t offset;           /* of the value, within its part */
    uint8_t type, part;        /* of the row: enum field_type, enum field_part … */
    uint8_t family;            /* … and that of the part */
};

struct plan {
    size_t worst; /* bytes of texts and values, but for what rows with .call write */
    size_t count;
    struct plan_step steps[PLAN_STEPS];
    char text[PLAN_TEXT + TEXT_STRIDE];
};

struct plans {
    struct timefmt_kept time;
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

/* 2 bits. */
static uint64_t family_bits(uint8_t family)
{
    return family >> 1 & 3;
}

/* What the parts have that is not in bits of their own, as field_parts_find() says. */
static uint64_t shape_parts(const struct event *event)
{
    const struct packet *packet = event->packet;
    const struct icmp *icmp = packet->icmp;
    const struct quote *quote = &icmp->quote;
    uint64_t parts = (event->frame != 0) | (uint64_t)(packet->vlan_count > 0) << 1 |
                     (uint64_t)(packet->tunnel_count > 0) << 2 |
                     (uint64_t)(event->verdict != NULL) << 3 | family_bits(packet->ip.family) << 4 |
                     family_bits(icmp->family) << 6;
    if ((icmp->has & ICMP_HAS_QUOTE) != 0)
        parts |= family_bits(quote->ip.family) << 8 | (uint64_t)quote->has << 16;
    if ((icmp->has & ICMP_HAS_QUOTE) != 0 && (quote->has & QUOTE_HAS_INNER) != 0)
        parts |= family_bits(quote->inner.ip.family) << 10;
    return parts;
}

/* Values of rows that are `fixed`, and what else tells whether a text is left out. */
static uint64_t shape_values(const struct event *event)
{
    const struct icmp *icmp = event->packet->icmp;
    const struct verdict *verdict = event->verdict;
    const struct quote *quote = &icmp->quote;
    uint64_t values = (uint64_t)event->capture << 24 | (uint64_t)icmp->type << 16 |
                      (uint64_t)icmp->code << 8 | icmp->checksum;
    if (verdict != NULL)
        values |= (uint64_t)verdict->kind << 50 | (uint64_t)verdict->inner << 49;
    if ((icmp->has & ICMP_HAS_QUOTE) == 0)
        return values;
    values |= (uint64_t)quote->ip.proto << 40 | (uint64_t)quote->ip.df << 48;
    if ((quote->has & QUOTE_HAS_INNER) != 0)
        values |= (uint64_t)quote->inner.ip.proto << 56;
    return values;
}

/* Of a quote that is not there nothing may be looked at. */
static void shape_quote(struct plan_shape *shape, const struct quote *quote)
{
    const bool inner = (quote->has & QUOTE_HAS_INNER) != 0;
    shape->words[2] = quote->ip.has | (uint64_t)quote->tcp.has << 32;
    shape->words[3] |= inner ? (uint64_t)quote->inner.ip.has << 32 : 0;
}

static void shape_make(struct plan_shape *shape, const struct event *event)
{
    const struct packet *packet = event->packet;
    const struct icmp *icmp = packet->icmp;
    const bool v4 = icmp->family == FAMILY_IPV4;
    const uint64_t body = v4 ? icmp->body.v4.has : icmp->body.v6.has;
    const uint64_t verdict = event->verdict != NULL ? event->verdict->has : 0;
    shape->words[0] = packet->ip.has | (uint64_t)icmp->has << 32;
    shape->words[1] = body | verdict << 32;
    shape->words[2] = 0;
    shape->words[3] = shape_parts(event);
    shape->words[4] = shape_values(event);
    if ((icmp->has & ICMP_HAS_QUOTE) != 0)
        shape_quote(shape, &icmp->quote);
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

/* ---- values ---------------------------------------------------------------------------------- */

/* What a record is written from. */
struct writing {
    struct plans *plans;
    struct field_source from;
    const void *parts[MESSAGE_PARTS]; /* of those that it has not, whatever is there */
};

static void writing_begin(struct writing *writing, struct plans *plans, const struct event *event,
                          const struct report *report)
{
    const struct packet *packet = event->packet;
    const struct icmp *icmp = packet->icmp;
    *writing = (struct writing){.plans = plans,
                                .from = {event, report},
                                .parts = {[PART_EVENT] = event,
                                          [PART_PACKET] = packet,
                                          [PART_HEADERS] = &packet->ip,
                                          [PART_ICMP] = icmp,
                                          [PART_ICMP_V4] = &icmp->body.v4,
                                          [PART_ICMP_V6] = &icmp->body.v6,
                                          [PART_QUOTE] = &icmp->quote,
                                          [PART_QUOTED] = &icmp->quote.ip,
                                          [PART_TCP] = &icmp->quote.tcp,
                                          [PART_INNER] = &icmp->quote.inner.ip,
                                          [PART_VERDICT] = event->verdict}};
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

/* NULL where there is none. */
static char *short_put(char *to, const struct field *field, const struct field_source *from)
{
    char *end = field->text(to, from);
    return end != to ? end : NULL;
}

/* The value of a member without its quotes. NULL where it is not written. */
static char *value_put(char *to, const struct plan_step *step, const struct writing *writing)
{
    const void *member = (const char *)writing->parts[step->part] + step->offset;
    switch ((enum field_type)step->type) {
    case FIELD_U8:
        return digits_put_short(to, *(const uint8_t *)member);
    case FIELD_U16:
        return digits_put_short(to, *(const uint16_t *)member);
    case FIELD_U32:
        return digits_put(to, *(const uint32_t *)member);
    case FIELD_U64:
        return unsigned_put(to, *(const uint64_t *)member);
    case FIELD_I32:
        return digits_put_signed(to, *(const int32_t *)member);
    case FIELD_I64:
        return digits_put_signed(to, *(const int64_t *)member);
    case FIELD_BOOL:
        return bool_put(to, *(const bool *)member);
    case FIELD_NAME8:
        return name_put(to, step->field->names[*(const uint8_t *)member]);
    case FIELD_IP:
        return addr_put(to, member, (enum family)step->family);
    case FIELD_NS_ISO:
        return timefmt_put_kept(&writing->plans->time, to, *(const int64_t *)member);
    case FIELD_NS_AS_US:
        return digits_put_signed(to, timefmt_us(*(const int64_t *)member));
    case FIELD_SHORT:
        return short_put(to, step->field, &writing->from);
    default:
        return NULL;
    }
}

/* ---- making a plan --------------------------------------------------------------------------- */

struct planner {
    struct plan *plan;
    struct field_source from; /* the record that it is made for … */
    struct field_parts parts; /* … and its parts */
    const char *group;        /* the object that is open, or NULL */
    bool first;               /* in what is open */
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
    struct plan_step *step = &plan->steps[plan->count++];
    *step = (struct plan_step){.field = field, .size = (uint16_t)(planner->used - planner->begin)};
    plan->worst += (size_t)step->size + VALUE_MAX;
    planner->begin = planner->used;
    if (field == NULL)
        return;
    step->offset = (uint16_t)field->offset;
    step->type = (uint8_t)field->type;
    step->part = (uint8_t)field->part;
    step->family = planner->parts.of[field->part].family;
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
    const struct field_table row = {.fields = field, .count = 1};
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    field_walk_flat(&writer, &row, planner->from.event, planner->from.report);
    planner->failed = planner->failed || stream.truncated;
    if (stream.used == 1)
        return;
    plan_comma(planner);
    plan_text(planner, stream.line + 1, stream.used - 1);
}

static bool is_text(const struct field *field)
{
    return field->type == FIELD_IP || field->type == FIELD_NS_ISO || field->type == FIELD_NAME8 ||
           field->type == FIELD_SHORT;
}

/* Whether an address or a text is left out in all of the shape. */
static bool is_left_out(const struct planner *planner, const struct field *field)
{
    const uint8_t family = planner->parts.of[field->part].family;
    char text[WRITER_SHORT];
    if (field->type == FIELD_IP)
        return family != FAMILY_IPV4 && family != FAMILY_IPV6;
    return field->type == FIELD_SHORT && field->text(text, &planner->from) == text;
}

static void plan_value(struct planner *planner, const struct field *field)
{
    if (is_left_out(planner, field))
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
    if (field->fixed)
        plan_fixed(planner, field);
    else if (field->type == FIELD_REAL || (field->type == FIELD_CALL && planner->first))
        planner->failed = true;
    else if (field->type != FIELD_CALL)
        plan_value(planner, field);
    else
        plan_step(planner, field);
}

static bool plan_make(struct plan *plan, const struct field_source *from)
{
    struct planner planner = {.plan = plan, .from = *from, .first = true};
    const struct field_table *const *tables = field_records[from->event->type].tables;
    field_parts_find(&planner.parts, from->event);
    plan->count = 0;
    plan->worst = TEXT_STRIDE;
    for (size_t i = 0; i < FIELD_TABLES && tables[i] != NULL; i++)
        for (size_t j = 0; j < tables[i]->count; j++)
            if (field_applies(&tables[i]->fields[j], &planner.parts))
                plan_row(&planner, &tables[i]->fields[j]);
    plan_group(&planner, NULL);
    plan_step(&planner, NULL);
    return !planner.failed && plan->worst + MEMBER_MAX + CALLS_ROOM <= JSON_LINE_LIMIT;
}

/* ---- following it ---------------------------------------------------------------------------- */

/* Most are short: a copy of known size is a few moves. */
static char *text_put(char *to, const char *text, size_t size)
{
    memcpy(to, text, TEXT_STRIDE);
    if (size > TEXT_STRIDE)
        memcpy(to + TEXT_STRIDE, text + TEXT_STRIDE, size - TEXT_STRIDE);
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
                        const struct writing *writing)
{
    const char *text = plan->text;
    char *to = stream->line + stream->used;
    for (const struct plan_step *step = plan->steps;; step++) {
        to = text_put(to, text, step->size);
        text += step->size;
        if (step->field == NULL)
            break;
        if (step->type != FIELD_CALL) {
            to = value_put(to, step, writing);
            if (to == NULL)
                return false;
            continue;
        }
        stream->used = (size_t)(to - stream->line);
        row_call(stream, step->field, &writing->from);
        if (!has_room(stream, plan))
            return false;
        to = stream->line + stream->used;
    }
    stream->used = (size_t)(to - stream->line);
    return true;
}

/* Only a shape that comes again is worth a plan. */
static const struct plan *plan_get(struct plan_place *place, const struct plan_shape *shape,
                                   const struct field_source *from)
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
        place->fit = place->plan != NULL && plan_make(place->plan, from);
    }
    return place->fit ? place->plan : NULL;
}

bool plans_write(struct plans *plans, struct json_stream *stream, const struct event *event,
                 const struct report *report)
{
    struct plan_shape shape;
    struct writing writing;
    if (event->type != EVENT_ICMP || event->packet == NULL || event->packet->icmp == NULL)
        return false;
    shape_make(&shape, event);
    writing_begin(&writing, plans, event, report);
    const struct plan *plan = plan_get(&plans->places[shape_place(&shape)], &shape, &writing.from);
    return plan != NULL && plan_follow(plan, stream, &writing);
}
