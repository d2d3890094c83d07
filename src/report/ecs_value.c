#include "report/ecs_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "icmpscope.h"
#include "report/json_stream.h"
#include "report/names.h"
#include "track/findings.h"

void ecs_values_init(struct ecs_values *values, const struct event *event)
{
    memset(values->list, 0, sizeof values->list);
    values->event = event;
    values->address_count = 0;
    values->used = 0;
}

/* ---- what is made of a member ---------------------------------------------------------------- */

/* A longer text is cut when it is written, so what is kept of it is enough to be cut again. */
static char *text_keep(struct ecs_values *values, struct ecs_value *value, const char *bytes,
                       size_t size)
{
    size_t kept = size < JSON_TEXT_SIZE + 1 ? size : JSON_TEXT_SIZE + 1;
    if (kept > sizeof values->texts - values->used)
        kept = sizeof values->texts - values->used;
    char *to = values->texts + values->used;
    memcpy(to, bytes, kept);
    values->used += kept;
    *value = (struct ecs_value){.set = kept > 0, .text = to, .size = kept};
    return to;
}

static void constant_keep(struct ecs_value *value, const char *text)
{
    *value = (struct ecs_value){.set = true, .text = text, .size = strlen(text)};
}

static void number_keep(struct ecs_value *value, int64_t number)
{
    *value = (struct ecs_value){.set = true, .number = number};
}

static bool text_is(const char *bytes, size_t size, const char *text)
{
    return strlen(text) == size && memcmp(bytes, text, size) == 0;
}

/* A protocol without a name, of which there is the number only, has none here either. */
static void keep_lower(struct ecs_values *values, struct ecs_value *value, const char *bytes,
                       size_t size)
{
    if (size == 0 || !isalpha((unsigned char)bytes[0]))
        return;
    char *text = text_keep(values, value, bytes, size);
    for (size_t i = 0; i < value->size; i++)
        text[i] = (char)tolower((unsigned char)text[i]);
}

static void keep_dataset(struct ecs_values *values, struct ecs_value *value, const char *bytes,
                         size_t size)
{
    char text[64];
    int length = snprintf(text, sizeof text, "icmpscope.%.*s", (int)size, bytes);
    text_keep(values, value, text, (size_t)length);
}

static void keep_proto(struct ecs_values *values, struct ecs_value *value, const char *bytes,
                       size_t size)
{
    for (unsigned number = 0; number <= UINT8_MAX; number++) {
        char name[PROTO_NAME_SIZE], text[4];
        if (!text_is(bytes, size, proto_name((uint8_t)number, name, sizeof name)))
            continue;
        int length = snprintf(text, sizeof text, "%u", number & UINT8_MAX);
        text_keep(values, value, text, (size_t)length);
        return;
    }
}

static void keep_network(struct ecs_value *value, const char *bytes, size_t size)
{
    constant_keep(value, memchr(bytes, ':', size) != NULL ? "ipv6" : "ipv4");
}

static void keep_mac(struct ecs_values *values, struct ecs_value *value, const char *bytes,
                     size_t size)
{
    char *text = text_keep(values, value, bytes, size);
    for (size_t i = 0; i < value->size; i++)
        text[i] = (char)(text[i] == ':' ? '-' : toupper((unsigned char)text[i]));
}

static void keep_severity(struct ecs_value *value, const char *bytes, size_t size)
{
    for (size_t i = 0; i < SEVERITIES; i++)
        if (text_is(bytes, size, severity_names[i]))
            number_keep(value, (int64_t)i + 1);
}

static void keep_outcome(struct ecs_value *value, const char *bytes, size_t size)
{
    static const char *const outcomes[][2] = {
        {"answered", "success"},   {"adapted", "success"}, {"lost", "failure"},
        {"unanswered", "failure"}, {"ignored", "failure"}, {"black_hole_suspected", "failure"},
    };
    constant_keep(value, "unknown");
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (text_is(bytes, size, outcomes[i][0]))
            constant_keep(value, outcomes[i][1]);
}

void ecs_values_set_text(struct ecs_values *values, size_t row, const char *bytes, size_t size)
{
    struct ecs_value *value = &values->list[row];
    switch (ecs_rows[row].how) {
    case ECS_LOWER:
        return keep_lower(values, value, bytes, size);
    case ECS_DATASET:
        return keep_dataset(values, value, bytes, size);
    case ECS_PROTO:
        return keep_proto(values, value, bytes, size);
    case ECS_NETWORK:
        return keep_network(value, bytes, size);
    case ECS_MAC:
        return keep_mac(values, value, bytes, size);
    case ECS_SEVERITY:
        return keep_severity(value, bytes, size);
    case ECS_OUTCOME:
        return keep_outcome(value, bytes, size);
    default:
        text_keep(values, value, bytes, size);
    }
}

static void keep_digits(struct ecs_values *values, struct ecs_value *value, int64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    text_keep(values, value, text, (size_t)length);
}

/* Into the first of the rows with its name. */
static void add_to_sum(struct ecs_values *values, size_t row, int64_t number)
{
    while (row > 0 && strcmp(ecs_rows[row - 1].path, ecs_rows[row].path) == 0)
        row--;
    struct ecs_value *value = &values->list[row];
    int64_t sum;
    if (__builtin_add_overflow(value->number, number, &sum))
        sum = INT64_MAX;
    number_keep(value, sum);
}

static void keep_ns(struct ecs_value *value, int64_t us)
{
    int64_t ns;
    if (!__builtin_mul_overflow(us, (int64_t)1000, &ns))
        number_keep(value, ns);
}

void ecs_values_set_integer(struct ecs_values *values, size_t row, int64_t number, size_t before)
{
    struct ecs_value *value = &values->list[row];
    switch (ecs_rows[row].how) {
    case ECS_NS:
        return keep_ns(value, number);
    case ECS_SUM:
        return add_to_sum(values, row, number);
    case ECS_FIRST:
        if (before == 0)
            keep_digits(values, value, number);
        return;
    case ECS_LAST:
        if (before > 0)
            keep_digits(values, value, number);
        return;
    default:
        number_keep(value, number);
    }
}

void ecs_values_add_address(struct ecs_values *values, const char *bytes, size_t size)
{
    if (size >= ADDR_TEXT_SIZE || values->address_count == ECS_RELATED_MAX)
        return;
    for (size_t i = 0; i < values->address_count; i++)
        if (text_is(bytes, size, values->addresses[i]))
            return;
    char *to = values->addresses[values->address_count++];
    memcpy(to, bytes, size);
    to[size] = '\0';
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The objects that are open: those of the path that was written last. */
struct trail {
    struct writer *writer;
    const char *path;
};

static size_t dirs_shared(const char *a, const char *b)
{
    size_t shared = 0;
    for (; *a != '\0' && *a == *b; a++, b++)
        shared += *a == '.';
    return shared;
}

static size_t dirs_count(const char *path)
{
    return dirs_shared(path, path);
}

/* Closes and opens objects; returns the key that `path` has in the innermost one. */
static const char *trail_move(struct trail *trail, const char *path)
{
    size_t shared = dirs_shared(trail->path, path);
    for (size_t depth = dirs_count(trail->path); depth > shared; depth--)
        trail->writer->ops->object_end(trail->writer->self);
    const char *key = path, *dot;
    for (size_t depth = 0; (dot = strchr(key, '.')) != NULL; depth++, key = dot + 1) {
        char name[WRITER_KEY_MAX + 1];
        snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
        if (depth >= shared)
            trail->writer->ops->object_begin(trail->writer->self, name);
    }
    trail->path = path;
    return key;
}

static void put_list(struct writer *writer, const char *key, const char *list)
{
    writer->ops->array_begin(writer->self, key);
    for (const char *p = list; *p != '\0';) {
        size_t length = strcspn(p, ",");
        writer->ops->text(writer->self, NULL, p, length);
        p += length + (p[length] == ',');
    }
    writer->ops->array_end(writer->self);
}

static void put_addresses(struct writer *writer, const char *key, const struct ecs_values *values)
{
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < values->address_count; i++)
        writer_string(writer, NULL, values->addresses[i]);
    writer->ops->array_end(writer->self);
}

static bool row_has_value(const struct ecs_row *row, const struct ecs_values *values)
{
    if (row->how == ECS_SPAN)
        return values->event->flow != NULL;
    if (row->how == ECS_ADDRESSES)
        return values->address_count > 0;
    return row->how >= ECS_CONST || values->list[row - ecs_rows].set;
}

static void put_row(struct writer *writer, const char *key, const struct ecs_row *row,
                    const struct ecs_values *values)
{
    const struct ecs_value *value = &values->list[row - ecs_rows];
    const struct flow *flow = values->event->flow;
    if (row->how == ECS_CONST)
        writer_string(writer, key, row->key);
    else if (row->how == ECS_LIST)
        put_list(writer, key, row->key);
    else if (row->how == ECS_VERSION)
        writer_string(writer, key, icmpscope_version());
    else if (row->how == ECS_SPAN)
        writer->ops->integer(writer->self, key, time_between(flow->first_ns, flow->last_ns));
    else if (row->how == ECS_ADDRESSES)
        put_addresses(writer, key, values);
    else if (value->text != NULL)
        writer->ops->text(writer->self, key, value->text, value->size);
    else
        writer->ops->integer(writer->self, key, value->number);
}

void ecs_values_put(struct writer *writer, const struct ecs_values *values)
{
    struct trail trail = {writer, ""};
    for (size_t i = 0; i < ecs_row_count; i++) {
        const struct ecs_row *row = &ecs_rows[i];
        if (!ecs_row_is_of(row, values->event->type) || !row_has_value(row, values) ||
            strcmp(row->path, trail.path) == 0)
            continue;
        put_row(writer, trail_move(&trail, row->path), row, values);
    }
    trail_move(&trail, "");
}
