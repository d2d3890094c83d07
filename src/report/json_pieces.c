#include "report/json_pieces.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "report/escape.h"

/* The document, a section, a list in it: they enclose pieces. */
enum { ENCLOSING = 3 };

/* A piece is built as a member of an object, whose key is not written. */
static const char piece_key[] = "";

/* jansson escapes what JSON asks for; what acts on a terminal is left to us. What stands outside
 * strings is plain. */
static void piece_put(struct out *out, const char *bytes, size_t size)
{
    size_t from = 0;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t code = 0;
        length = utf8_decode(bytes + at, size - at, &code);
        if (length == 0 || !utf8_is_control(code)) {
            length += length == 0;
            continue;
        }
        char escaped[ESCAPE_MAX];
        bool whole;
        out_bytes(out, bytes + from, at - from);
        out_bytes(out, escaped, escape_json(escaped, sizeof escaped, bytes + at, length, &whole));
        from = at + length;
    }
    out_bytes(out, bytes + from, size - from);
}

/* More room for the text of a piece, which is used again for the next: -1 where there is none. */
static int piece_room(struct json_pieces *pieces, size_t size)
{
    char *text = realloc(pieces->text, size);
    if (text == NULL)
        return -1;
    pieces->text = text;
    pieces->size = size;
    return 0;
}

/* jansson makes the text in one go, as it takes longer to hand it over bit by bit. -1 where memory
 * runs out. */
static int piece_dump(struct json_pieces *pieces, const json_t *value)
{
    const size_t form = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    size_t size = json_dumpb(value, pieces->text, pieces->size, form);
    if (size > pieces->size) {
        if (piece_room(pieces, size + size / 4) != 0)
            return -1;
        size = json_dumpb(value, pieces->text, pieces->size, form);
    }
    if (size == 0) /* it is never empty */
        return -1;
    if (escape_is_needless(pieces->text, size))
        out_bytes(pieces->out, pieces->text, size);
    else
        piece_put(pieces->out, pieces->text, size);
    return 0;
}

static void piece_write(struct json_pieces *pieces)
{
    pieces->pending = false;
    json_t *object = json_build_finish(&pieces->build);
    json_t *value = json_object_get(object, piece_key);
    if (object == NULL || (value != NULL && piece_dump(pieces, value) != 0))
        out_fail(pieces->out, ENOMEM);
    json_decref(object);
}

/* What stands before a member, or an element of a list. */
static void member_begin(struct json_pieces *pieces, const char *key)
{
    if (!pieces->first)
        out_text(pieces->out, ",");
    pieces->first = false;
    if (key != NULL)
        out_printf(pieces->out, "\"%s\":", key);
}

/* The key that a value has in the piece that is open: one begins where none is. */
static const char *piece_begin(struct json_pieces *pieces, const char *key)
{
    if (pieces->pending)
        return key;
    member_begin(pieces, key);
    json_build_init(&pieces->build);
    pieces->pending = true;
    return piece_key;
}

static struct writer piece_writer(struct json_pieces *pieces)
{
    return json_build_writer(&pieces->build);
}

/* A value has been added: it may be the whole piece. */
static void piece_end(struct json_pieces *pieces)
{
    if (pieces->depth <= ENCLOSING)
        piece_write(pieces);
}

/* Whether the container that begins encloses pieces; then it is written. */
static bool container_begin(struct json_pieces *pieces, const char *key, const char *bracket)
{
    if (++pieces->depth > ENCLOSING)
        return false;
    member_begin(pieces, key);
    out_text(pieces->out, bracket);
    pieces->first = true;
    return true;
}

static bool container_end(struct json_pieces *pieces, const char *bracket)
{
    if (pieces->depth-- > ENCLOSING)
        return false;
    out_text(pieces->out, bracket);
    pieces->first = false;
    return true;
}

static void pieces_object_begin(void *self, const char *key)
{
    struct json_pieces *pieces = self;
    if (container_begin(pieces, key, "{"))
        return;
    const char *inner = piece_begin(pieces, key);
    piece_writer(pieces).ops->object_begin(&pieces->build, inner);
}

static void pieces_object_end(void *self)
{
    struct json_pieces *pieces = self;
    if (container_end(pieces, "}"))
        return;
    piece_writer(pieces).ops->object_end(&pieces->build);
    piece_end(pieces);
}

static void pieces_array_begin(void *self, const char *key)
{
    struct json_pieces *pieces = self;
    if (container_begin(pieces, key, "["))
        return;
    const char *inner = piece_begin(pieces, key);
    piece_writer(pieces).ops->array_begin(&pieces->build, inner);
}

static void pieces_array_end(void *self)
{
    struct json_pieces *pieces = self;
    if (container_end(pieces, "]"))
        return;
    piece_writer(pieces).ops->array_end(&pieces->build);
    piece_end(pieces);
}

static void pieces_text(void *self, const char *key, const char *bytes, size_t size)
{
    struct json_pieces *pieces = self;
    const char *inner = piece_begin(pieces, key);
    piece_writer(pieces).ops->text(&pieces->build, inner, bytes, size);
    piece_end(pieces);
}

static void pieces_integer(void *self, const char *key, int64_t value)
{
    struct json_pieces *pieces = self;
    const char *inner = piece_begin(pieces, key);
    piece_writer(pieces).ops->integer(&pieces->build, inner, value);
    piece_end(pieces);
}

static void pieces_real(void *self, const char *key, double value)
{
    struct json_pieces *pieces = self;
    if (!isfinite(value))
        return;
    const char *inner = piece_begin(pieces, key);
    piece_writer(pieces).ops->real(&pieces->build, inner, value);
    piece_end(pieces);
}

static void pieces_boolean(void *self, const char *key, bool value)
{
    struct json_pieces *pieces = self;
    const char *inner = piece_begin(pieces, key);
    piece_writer(pieces).ops->boolean(&pieces->build, inner, value);
    piece_end(pieces);
}

static const struct writer_ops pieces_ops = {
    .object_begin = pieces_object_begin,
    .object_end = pieces_object_end,
    .array_begin = pieces_array_begin,
    .array_end = pieces_array_end,
    .text = pieces_text,
    .integer = pieces_integer,
    .real = pieces_real,
    .boolean = pieces_boolean,
};

void json_pieces_init(struct json_pieces *pieces, struct out *out)
{
    *pieces = (struct json_pieces){.out = out, .depth = 1, .first = true};
    out_text(out, "{");
}

struct writer json_pieces_writer(struct json_pieces *pieces)
{
    return (struct writer){.ops = &pieces_ops, .self = pieces};
}

void json_pieces_finish(struct json_pieces *pieces)
{
    out_text(pieces->out, "}\n");
    free(pieces->text);
    pieces->text = NULL;
}
