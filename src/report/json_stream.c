#include "report/json_stream.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "report/escape.h"

/* Kept free for what must always fit: a closing bracket for each open container, the note that
 * something was left out, the newline. */
enum { RESERVE = 64, LIMIT = JSON_LINE_SIZE - RESERVE };

_Static_assert((int)RESERVE > (int)DIGITS_ROOM, "room for what digits_put() writes over");

static const char cut_mark[] = "...";

/* Room for `size` bytes more. */
static bool stream_fits(const struct json_stream *stream, size_t size)
{
    return size <= LIMIT - stream->used;
}

static void stream_put(struct json_stream *stream, const char *bytes, size_t size)
{
    memcpy(stream->line + stream->used, bytes, size);
    stream->used += size;
}

/* The lead is copied whole, and then some: a copy of known size is two moves. */
static char *lead_put(char *to, const struct writer_lead *lead, bool first)
{
    memcpy(to, lead->text + first, WRITER_KEY_MAX + 4);
    return to + lead->size - first;
}

static char *key_put(char *to, const char *key, bool first)
{
    if (!first)
        *to++ = ',';
    if (key == NULL)
        return to;
    *to++ = '"';
    to = stpcpy(to, key);
    *to++ = '"';
    *to++ = ':';
    return to;
}

/* Begins a member of at most `size` bytes behind its key; false where it is to be left out. */
static bool member_begin(struct json_stream *stream, const char *key, size_t size)
{
    if (stream->skipped > 0)
        return false;
    if (!stream_fits(stream, WRITER_KEY_MAX + 4 + size)) {
        stream->truncated = true;
        return false;
    }

    char *to = stream->line + stream->used;
    bool first = to[-1] == '{' || to[-1] == '[';
    bool known = key != NULL && key == stream->known.key;
    to = known ? lead_put(to, stream->known.lead, first) : key_put(to, key, first);
    stream->used = (size_t)(to - stream->line);
    return true;
}

static void container_begin(struct json_stream *stream, const char *key, const char *bracket)
{
    /* One that is opened is worth it only where a member or two fit. */
    if (member_begin(stream, key, 32))
        stream_put(stream, bracket, 1);
    else
        stream->skipped++;
}

static void container_end(struct json_stream *stream, const char *bracket)
{
    if (stream->skipped > 0)
        stream->skipped--;
    else
        stream_put(stream, bracket, 1);
}

static void stream_object_begin(void *self, const char *key)
{
    container_begin(self, key, "{");
}

static void stream_object_end(void *self)
{
    container_end(self, "}");
}

static void stream_array_begin(void *self, const char *key)
{
    container_begin(self, key, "[");
}

static void stream_array_end(void *self)
{
    container_end(self, "]");
}

/* The text as far as `room` goes. */
static size_t text_put(char *to, size_t room, const char *bytes, size_t size)
{
    bool whole;
    size_t used = escape_json(to, room, bytes, size, &whole);
    if (whole)
        return used;
    used = escape_json(to, room - strlen(cut_mark), bytes, size, &whole);
    memcpy(to + used, cut_mark, strlen(cut_mark));
    return used + strlen(cut_mark);
}

/* At most, without its quotes. */
static size_t text_worst(size_t size)
{
    return size < JSON_TEXT_SIZE / ESCAPE_MAX ? size * ESCAPE_MAX : JSON_TEXT_SIZE;
}

static void stream_text(void *self, const char *key, const char *bytes, size_t size)
{
    struct json_stream *stream = self;
    size_t worst = text_worst(size);
    if (!member_begin(stream, key, worst + 2))
        return;
    stream->line[stream->used++] = '"';
    stream->used += text_put(stream->line + stream->used, worst, bytes, size);
    stream->line[stream->used++] = '"';
}

/* What has room is the same as for other texts: which members a full line lacks is not to depend on
 * how they were written. */
static void stream_plain(void *self, const char *key, const char *bytes, size_t size)
{
    struct json_stream *stream = self;
    size_t worst = text_worst(size);
    if (size > worst) {
        stream_text(self, key, bytes, size);
        return;
    }
    if (!member_begin(stream, key, worst + 2))
        return;
    char *to = stream->line + stream->used;
    *to = '"';
    memcpy(to + 1, bytes, size);
    to[size + 1] = '"';
    stream->used += size + 2;
}

static void stream_integer(void *self, const char *key, int64_t value)
{
    enum { LONGEST = 20 }; /* what is written over behind them is kept free anyway */
    struct json_stream *stream = self;
    if (!member_begin(stream, key, LONGEST))
        return;
    char *to = stream->line + stream->used;
    *to = '-';
    to = digits_put(to + (value < 0), value < 0 ? -(uint64_t)value : (uint64_t)value);
    stream->used = (size_t)(to - stream->line);
}

static void stream_real(void *self, const char *key, double value)
{
    char text[32];
    if (!isfinite(value))
        return;
    int size = snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value) /* else 17 digits only add noise: 0.1000…01 */
        size = snprintf(text, sizeof text, "%.17g", value);
    char *comma = strchr(text, ','); /* a program around the library may have set a locale */
    if (comma != NULL)
        *comma = '.';
    if (strpbrk(text, ".e") == NULL) /* the type of a key is constant */
        size += snprintf(text + size, sizeof text - (size_t)size, ".0");
    if (member_begin(self, key, (size_t)size))
        stream_put(self, text, (size_t)size);
}

static void stream_boolean(void *self, const char *key, bool value)
{
    const char *text = value ? "true" : "false";
    if (member_begin(self, key, strlen(text)))
        stream_put(self, text, strlen(text));
}

static const struct writer_ops stream_ops = {
    .object_begin = stream_object_begin,
    .object_end = stream_object_end,
    .array_begin = stream_array_begin,
    .array_end = stream_array_end,
    .text = stream_text,
    .integer = stream_integer,
    .real = stream_real,
    .boolean = stream_boolean,
    .plain = stream_plain,
};

void json_stream_init(struct json_stream *stream)
{
    stream->used = 1;
    stream->skipped = 0;
    stream->truncated = false;
    stream->known.key = NULL;
    stream->line[0] = '{';
}

struct writer json_stream_writer(struct json_stream *stream)
{
    return (struct writer){&stream_ops, stream, &stream->known};
}

void json_stream_note(struct json_stream *stream)
{
    static const char note[] = ",\"truncated\":true";
    if (stream->truncated && stream->skipped == 0)
        stream_put(stream, note, strlen(note));
    stream->truncated = false;
}

size_t json_stream_finish(struct json_stream *stream)
{
    json_stream_note(stream);
    stream_put(stream, "}\n", 2);
    return stream->used;
}
