#include "report/escape.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* Reads a text a character at a time. */
struct reader {
    const char *at, *end;
    bool bytewise; /* it is not UTF-8: bytes from 0x80 stand for themselves */
};

/* A character of it. */
struct unit {
    const char *at; /* its bytes … */
    size_t size;
    uint32_t code; /* … and what they mean; of a `raw` one the byte */
    bool raw;      /* to be written as \xHH */
};

static struct reader reader_over(const char *bytes, size_t size)
{
    return (struct reader){bytes, bytes + size, !utf8_valid(bytes, size)};
}

static bool reader_next(struct reader *reader, struct unit *unit)
{
    if (reader->at == reader->end)
        return false;
    unit->at = reader->at;
    unit->code = (uint8_t)*reader->at;
    unit->raw = unit->code == 0 || (reader->bytewise && unit->code >= 0x80);
    unit->size = 1;
    if (!unit->raw && unit->code >= 0x80)
        unit->size = utf8_decode(reader->at, (size_t)(reader->end - reader->at), &unit->code);
    reader->at += unit->size;
    return true;
}

static size_t hex_put(char *to, const char *before, uint32_t value, int digits)
{
    size_t used = strlen(before);
    memcpy(to, before, used);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        to[used++] = "0123456789abcdef"[value >> shift & 15];
    return used;
}

static size_t unit_copy(char *to, const struct unit *unit)
{
    memcpy(to, unit->at, unit->size);
    return unit->size;
}

/* Each writes one character, of at most ESCAPE_MAX bytes. */

static size_t unit_json(char *to, const struct unit *unit)
{
    if (unit->raw)
        return hex_put(to, "\\\\x", unit->code, 2);
    if (utf8_is_control(unit->code))
        return hex_put(to, "\\u", unit->code, 4);
    size_t slash = unit->code == '"' || unit->code == '\\';
    to[0] = '\\';
    return slash + unit_copy(to + slash, unit);
}

static size_t unit_utf8(char *to, const struct unit *unit)
{
    return unit->raw ? hex_put(to, "\\x", unit->code, 2) : unit_copy(to, unit);
}

static size_t unit_plain(char *to, const struct unit *unit)
{
    if (unit->raw || unit->code < 0x80)
        return unit->raw || utf8_is_control(unit->code) ? hex_put(to, "\\x", unit->code, 2)
                                                        : unit_copy(to, unit);
    return utf8_is_control(unit->code) ? hex_put(to, "\\u", unit->code, 4) : unit_copy(to, unit);
}

/* Bytes that go through all three as they are: nearly all of what is written. */
static bool byte_is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* `byte` in each of eight bytes. */
static uint64_t eight(uint8_t byte)
{
    return byte * UINT64_C(0x0101010101010101);
}

/* The top bit of each byte that is zero; above such a byte perhaps of others, too. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - eight(1)) & ~word & eight(0x80);
}

/* The same for eight bytes at a time. */
static bool word_is_printable(uint64_t word)
{
    uint64_t controls = (word - eight(0x20)) & ~word; /* below 0x20 */
    uint64_t high = word + eight(1); /* from 0x7f up; 0xff carries, and is in `word` */
    return ((controls | high | word) & eight(0x80)) == 0;
}

static bool word_is_plain(uint64_t word)
{
    return word_is_printable(word) &&
           (zero_bytes(word ^ eight('"')) | zero_bytes(word ^ eight('\\'))) == 0;
}

static bool word_at_is_plain(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word_is_plain(word);
}

/* The last word may overlap the one before it. */
static bool text_is_plain(const char *bytes, size_t size)
{
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t))
        if (!word_at_is_plain(bytes + at))
            return false;
    if (size >= sizeof(uint64_t))
        return word_at_is_plain(bytes + size - sizeof(uint64_t));
    for (; at < size; at++)
        if (!byte_is_plain((uint8_t)bytes[at]))
            return false;
    return true;
}

struct target {
    char *to;
    size_t room;
    size_t (*put)(char *to, const struct unit *unit);
};

static size_t escape(const struct target *target, const char *bytes, size_t size, bool *whole)
{
    struct reader reader = reader_over(bytes, size);
    struct unit unit;
    size_t used = 0;
    *whole = true;
    if (size <= target->room && text_is_plain(bytes, size)) {
        memcpy(target->to, bytes, size);
        return size;
    }
    while (reader_next(&reader, &unit)) {
        char text[ESCAPE_MAX];
        size_t length = target->put(text, &unit);
        if (length > target->room - used) {
            *whole = false;
            break;
        }
        memcpy(target->to + used, text, length);
        used += length;
    }
    return used;
}

bool escape_is_needless(const char *bytes, size_t size)
{
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        if (!word_is_printable(word))
            return false;
    }
    for (; at < size; at++)
        if (bytes[at] < 0x20 || bytes[at] >= 0x7f)
            return false;
    return true;
}

size_t escape_json(char *to, size_t room, const char *bytes, size_t size, bool *whole)
{
    return escape(&(struct target){to, room, unit_json}, bytes, size, whole);
}

size_t escape_utf8(char *to, size_t room, const char *bytes, size_t size, bool *whole)
{
    return escape(&(struct target){to, room, unit_utf8}, bytes, size, whole);
}

size_t escape_plain(char *to, size_t room, const char *bytes, size_t size, bool *whole)
{
    return escape(&(struct target){to, room, unit_plain}, bytes, size, whole);
}
