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
enum { LIMIT = JSON_LINE_LIMIT, RESERVE = JSON_LINE_SIZE - LIMIT };

_Static_assert((int)RESERVE > (int)DIGITS_ROOM && (int)RESERVE > (int)WRITER_SHORT,
               "room for what is written over behind a value");

static const char cut_mark[] = "...";

static void stream_put(struct json_stream *stream, const char *bytes, size_t size)
{
    memcpy(stream->line + stream->used, bytes, size);
    stream->used += size;
}

/* Behind a bracket no comma stands: '[' and '{' differ in one bit. */
static inline bool is_first(const char *to)
{
    return (to[-1] | 0x20) == '{';
}

/* The lead is copied whole, and then some: a copy of known size is a few moves. */
static inline char *lead_put(char *to, const struct writer_lead *lead)
{
    bool first = is_first(to);
    memcpy(to, lead->text + first, WRITER_KEY_MAX + 4);
    return to + lead->size - first;
}

static char *key_put(char *to, const char *key)
{
    if (!is_first(to))
        *to++ = ',';
    if (key == NULL)
        return to;
    *to++ = '"';
    to = stpcpy(to, key);
    *to++ = '"';
    *to++ = ':';
    return to;
}

static void stream_leave_out(struct json_stream *stream)
{
    stream->truncated = stream->truncated || stream->skipped == 0;
}

/* Where a value of at most `size` bytes is to be written, behind its key; NULL where the member is
 * to be left out. */
static inline char *member_begin(struct json_stream *stream, const char *key, size_t size)
{
    if (stream->used + WRITER_KEY_MAX + 4 + size > stream->limit) {
        stream_leave_out(stream);
        return NULL;
    }
    char *to = stream->line + stream->used;
    if (key == stream->known.key && key != NULL)
        return lead_put(to, stream->known.lead);
    return key_put(to, key);
}

static inline void member_end(struct json_stream *stream, const char *end)
{
    stream->used = (size_t)(end - stream->line);
}

static void container_begin(struct json_stream *stream, const char *key, char bracket)
{
    /* One that is opened is worth it only where a member or two fit. */
    char *to = member_begin(stream, key, 32);
    if (to == NULL) {
        stream->skipped++;
        stream->limit = 0;
        return;
    }
    *to++ = bracket;
    member_end(stream, to);
}

static void container_end(struct json_stream *stream, char bracket)
{
    if (stream->skipped == 0)
        stream->line[stream->used++] = bracket;
    else if (--stream->skipped == 0)
        stream->limit = LIMIT;
}

static void stream_object_begin(void *self, const char *key)
{
    container_begin(self, key, '{');
}

static void stream_object_end(void *self)
{
    container_end(self, '}');
}

static void stream_array_begin(void *self, const char *key)
{
    container_begin(self, key, '[');
}

static void stream_array_end(void *self)
{
    container_end(self, ']');
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
    char *to = member_begin(stream, key, worst + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    to += text_put(to, worst, bytes, size);
    *to++ = '"';
    member_end(stream, to);
}

/* What has room is the same as for other texts: which members a full line lacks is not to depend on
 * how they were written. */
static void stream_plain(void *self, const char *key, const char *bytes, size_t size)
{
    struct json_stream *stream = self;
    if (size > JSON_TEXT_SIZE / ESCAPE_MAX) {
        stream_text(self, key, bytes, size);
        return;
    }
    char *to = member_begin(stream, key, size * ESCAPE_MAX + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    memcpy(to, bytes, size);
    to += size;
    *to++ = '"';
    member_end(stream, to);
}

/* What is copied along has room in what is kept free. */
static void stream_short(void *self, const char *key, const char *bytes, size_t size)
{
    struct json_stream *stream = self;
    char *to = member_begin(stream, key, size * ESCAPE_MAX + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    memcpy(to, bytes, WRITER_SHORT);
    to += size;
    *to++ = '"';
    member_end(stream, to);
}

static void stream_integer(void *self, const char *key, int64_t value)
{
    enum { LONGEST = 20 };
    struct json_stream *stream = self;
    char *to = member_begin(stream, key, LONGEST);
    if (to == NULL)
        return;
    member_end(stream, digits_put_signed(to, value));
}

static void member_put(struct json_stream *stream, const char *key, const char *bytes, size_t size)
{
    char *to = member_begin(stream, key, size);
    if (to == NULL)
        return;
    memcpy(to, bytes, size);
    member_end(stream, to + size);
}

/* Of numbers that are whole billionths, as seconds are, in 15 digits, the text is theirs: one of so
 * many digits names a double, and printf() gives it back. NULL for others. */
static char *billionths_put(char *to, double value)
{
    enum { PLACES = 9 };
    const double billion = 1e9, least = 1e-4, most = 1e6; /* printf() has an exponent below */
    if (!(value >= least && value < most))
        return NULL;
    uint64_t billionths = (uint64_t)(value * billion + 0.5);
    if ((double)billionths / billion != value)
        return NULL;
    to = digits_put(to, billionths / 1000000000);
    uint64_t part = billionths % 1000000000;
    *to = '.';
    for (int i = PLACES; i > 0; i--, part /= 10)
        to[i] = (char)('0' + part % 10);
    int places = PLACES;
    while (places > 1 && to[places] == '0')
        places--;
    return to + 1 + places;
}

static void stream_real(void *self, const char *key, double value)
{
    char text[32 + DIGITS_ROOM], *end = billionths_put(text, value);
    if (end != NULL) {
        member_put(self, key, text, (size_t)(end - text));
        return;
    }
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
    member_put(self, key, text, (size_t)size);
}

static void stream_boolean(void *self, const char *key, bool value)
{
    const char *text = value ? "true" : "false";
    member_put(self, key, text, strlen(text));
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
    .brief = stream_short,
};

void json_stream_init(struct json_stream *stream)
{
    stream->used = 1;
    stream->skipped = 0;
    stream->limit = LIMIT;
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
