#include "report/ecs.h"

#include <string.h>

#include "report/ecs_map.h"
#include "report/ecs_value.h"
#include "report/field.h"
#include "report/json_stream.h"

/* ---- where a member stands ------------------------------------------------------------------- */

/* Of the walk over a record. */
struct place {
    const char *group; /* the object that its members are in, or NULL */
    const char *list;  /* the array that was opened last */
    size_t count;      /* elements of it so far */
    unsigned depth;    /* objects and arrays that are open */
};

static void place_enter_object(struct place *place, const char *key)
{
    if (place->depth++ == 0)
        place->group = key;
}

static void place_enter_array(struct place *place, const char *key)
{
    place->depth++;
    place->list = key;
    place->count = 0;
}

static void place_leave(struct place *place)
{
    if (--place->depth == 0)
        place->group = NULL;
}

/* The map names members of records, of their groups, and elements of the records' own lists. */
static bool place_is_mapped(const struct place *place)
{
    return place->depth <= 1;
}

static bool row_is_about(const struct ecs_row *row, const struct place *place, const char *key)
{
    bool grouped = place->group != NULL && row->group != NULL;
    return row->how < ECS_CONST && strcmp(row->key, key) == 0 &&
           (grouped ? strcmp(row->group, place->group) == 0 : place->group == row->group);
}

/* ---- the first walk: what has a name --------------------------------------------------------- */

struct gathering {
    struct place place;
    unsigned type; /* enum event_type */
    struct ecs_values values;
};

static void gather_object_begin(void *self, const char *key)
{
    place_enter_object(&((struct gathering *)self)->place, key);
}

static void gather_array_begin(void *self, const char *key)
{
    place_enter_array(&((struct gathering *)self)->place, key);
}

static void gather_end(void *self)
{
    place_leave(&((struct gathering *)self)->place);
}

static void gather_text(void *self, const char *key, const char *bytes, size_t size)
{
    struct gathering *gathering = self;
    const struct place *place = &gathering->place;
    const char *name = key != NULL ? key : place->list;
    if (ecs_key_is_address(name))
        ecs_values_add_address(&gathering->values, bytes, size);
    if (key == NULL || !place_is_mapped(place))
        return;
    for (size_t i = 0; i < ecs_row_count; i++)
        if (ecs_row_is_of(&ecs_rows[i], gathering->type) && row_is_about(&ecs_rows[i], place, key))
            ecs_values_set_text(&gathering->values, i, bytes, size);
}

static void gather_integer(void *self, const char *key, int64_t value)
{
    struct gathering *gathering = self;
    struct place *place = &gathering->place;
    const char *name = key != NULL ? key : place->list;
    if (!place_is_mapped(place))
        return;
    size_t before = key != NULL ? 0 : place->count++;
    for (size_t i = 0; i < ecs_row_count; i++)
        if (ecs_row_is_of(&ecs_rows[i], gathering->type) && row_is_about(&ecs_rows[i], place, name))
            ecs_values_set_integer(&gathering->values, i, value, before);
}

static void gather_real(void *self, const char *key, double value)
{
    (void)self, (void)key, (void)value;
}

static void gather_boolean(void *self, const char *key, bool value)
{
    (void)self, (void)key, (void)value;
}

static const struct writer_ops gather_ops = {
    .object_begin = gather_object_begin,
    .object_end = gather_end,
    .array_begin = gather_array_begin,
    .array_end = gather_end,
    .text = gather_text,
    .integer = gather_integer,
    .real = gather_real,
    .boolean = gather_boolean,
};

/* ---- the second walk: what has none ---------------------------------------------------------- */

struct rest {
    struct place place;
    unsigned type;
    struct writer writer; /* what is left goes there */
};

/* It was written under its other name. */
static bool rest_lacks(const struct rest *rest, const char *key)
{
    if (key == NULL || !place_is_mapped(&rest->place))
        return false;
    for (size_t i = 0; i < ecs_row_count; i++) {
        const struct ecs_row *row = &ecs_rows[i];
        if (!row->keep && ecs_row_is_of(row, rest->type) && row_is_about(row, &rest->place, key))
            return true;
    }
    return false;
}

static void rest_object_begin(void *self, const char *key)
{
    struct rest *rest = self;
    place_enter_object(&rest->place, key);
    rest->writer.ops->object_begin(rest->writer.self, key);
}

static void rest_object_end(void *self)
{
    struct rest *rest = self;
    place_leave(&rest->place);
    rest->writer.ops->object_end(rest->writer.self);
}

static void rest_array_begin(void *self, const char *key)
{
    struct rest *rest = self;
    place_enter_array(&rest->place, key);
    rest->writer.ops->array_begin(rest->writer.self, key);
}

static void rest_array_end(void *self)
{
    struct rest *rest = self;
    place_leave(&rest->place);
    rest->writer.ops->array_end(rest->writer.self);
}

static void rest_text(void *self, const char *key, const char *bytes, size_t size)
{
    struct rest *rest = self;
    if (!rest_lacks(rest, key))
        rest->writer.ops->text(rest->writer.self, key, bytes, size);
}

static void rest_integer(void *self, const char *key, int64_t value)
{
    struct rest *rest = self;
    if (!rest_lacks(rest, key))
        rest->writer.ops->integer(rest->writer.self, key, value);
}

static void rest_real(void *self, const char *key, double value)
{
    struct rest *rest = self;
    rest->writer.ops->real(rest->writer.self, key, value);
}

static void rest_boolean(void *self, const char *key, bool value)
{
    struct rest *rest = self;
    rest->writer.ops->boolean(rest->writer.self, key, value);
}

static const struct writer_ops rest_ops = {
    .object_begin = rest_object_begin,
    .object_end = rest_object_end,
    .array_begin = rest_array_begin,
    .array_end = rest_array_end,
    .text = rest_text,
    .integer = rest_integer,
    .real = rest_real,
    .boolean = rest_boolean,
};

/* ---- the line -------------------------------------------------------------------------------- */

void ecs_event(const struct report *report, const struct event *event)
{
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer line = json_stream_writer(&stream);

    struct gathering gathering = {.type = event->type};
    ecs_values_init(&gathering.values, event);
    field_walk(&(struct writer){.ops = &gather_ops, .self = &gathering}, event, report);
    ecs_values_put(&line, &gathering.values);

    struct rest rest = {.type = event->type, .writer = line};
    line.ops->object_begin(line.self, "icmpscope");
    field_walk(&(struct writer){.ops = &rest_ops, .self = &rest}, event, report);
    json_stream_note(&stream);
    line.ops->object_end(line.self);
    out_bytes(report->out, stream.line, json_stream_finish(&stream));
    if (report->config->flush_lines)
        out_flush(report->out);
}
