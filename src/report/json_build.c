#include "report/json_build.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "report/escape.h"

/* Takes `value`, which is NULL where memory ran out. */
static void build_add(struct json_build *build, const char *key, json_t *value)
{
    bool deep = build->depth > JSON_BUILD_DEPTH;
    json_t *into = deep ? NULL : build->open[build->depth - 1];
    int result =
        key != NULL ? json_object_set_new(into, key, value) : json_array_append_new(into, value);
    build->failed = build->failed || result != 0;
}

/* A container that cannot be had fails the whole: its members go nowhere. */
static void container_begin(struct json_build *build, const char *key, json_t *value)
{
    if (build->depth == JSON_BUILD_DEPTH || value == NULL) {
        build->failed = true;
        json_decref(value);
        value = NULL;
    } else {
        build_add(build, key, value);
    }
    if (build->depth < JSON_BUILD_DEPTH)
        build->open[build->depth] = build->failed ? NULL : value;
    build->depth++;
}

static void container_end(void *self)
{
    struct json_build *build = self;
    build->depth--;
}

static void build_object_begin(void *self, const char *key)
{
    container_begin(self, key, json_object());
}

static void build_array_begin(void *self, const char *key)
{
    container_begin(self, key, json_array());
}

static void build_text(void *self, const char *key, const char *bytes, size_t size)
{
    bool whole;
    char small[512], *text = small;
    size_t room = size * ESCAPE_MAX;
    if (room > sizeof small)
        text = malloc(room);
    json_t *value = NULL;
    if (text != NULL)
        value = json_stringn(text, escape_utf8(text, room, bytes, size, &whole));
    build_add(self, key, value);
    if (text != small)
        free(text);
}

static void build_integer(void *self, const char *key, int64_t value)
{
    build_add(self, key, json_integer(value));
}

static void build_real(void *self, const char *key, double value)
{
    if (isfinite(value))
        build_add(self, key, json_real(value));
}

static void build_boolean(void *self, const char *key, bool value)
{
    build_add(self, key, json_boolean(value));
}

static const struct writer_ops build_ops = {
    .object_begin = build_object_begin,
    .object_end = container_end,
    .array_begin = build_array_begin,
    .array_end = container_end,
    .text = build_text,
    .integer = build_integer,
    .real = build_real,
    .boolean = build_boolean,
};

void json_build_seed(uint64_t seed)
{
    json_object_seed((size_t)seed | 1); /* 0 would mean: find one */
}

void json_build_init(struct json_build *build)
{
    build->open[0] = json_object();
    build->depth = 1;
    build->failed = build->open[0] == NULL;
}

struct writer json_build_writer(struct json_build *build)
{
    return (struct writer){.ops = &build_ops, .self = build};
}

json_t *json_build_finish(struct json_build *build)
{
    if (!build->failed)
        return build->open[0];
    json_decref(build->open[0]);
    return NULL;
}
