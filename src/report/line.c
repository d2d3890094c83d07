#include "report/line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "report/escape.h"

void line_init(struct line *line)
{
    line->used = 0;
    line->text[0] = '\0';
}

void line_add(struct line *line, const char *format, ...)
{
    size_t room = sizeof line->text - line->used;
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line->text + line->used, room, format, args);
    va_end(args);
    if (size > 0)
        line->used += (size_t)size < room ? (size_t)size : room - 1;
}

void line_add_number(struct line *line, uint64_t number)
{
    char text[32], *at = text + sizeof text - 1;
    int digits = 0;
    *at = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + number % 10);
        number /= 10;
        digits++;
    } while (number > 0);
    line_add(line, "%s", at);
}

void line_add_count(struct line *line, uint64_t count, const char *noun)
{
    line_add_number(line, count);
    line_add(line, " %s%s", noun, count == 1 ? "" : "s");
}

void line_add_addr(struct line *line, struct addr addr, enum family family)
{
    char text[ADDR_TEXT_SIZE];
    line_add(line, "%s", addr_format(addr, family, text, sizeof text));
}

void line_add_endpoint(struct line *line, struct addr addr, enum family family, uint16_t port)
{
    char text[ADDR_TEXT_SIZE];
    addr_format(addr, family, text, sizeof text);
    line_add(line, family == FAMILY_IPV6 ? "[%s]:%u" : "%s:%u", text, port);
}

void line_add_span(struct line *line, int64_t ns)
{
    char text[TIMEFMT_SIZE];
    timefmt_span(ns, text, sizeof text);
    for (const char *at = text; *at != '\0'; at++)
        line_add(line, *at == ' ' ? LINE_TIE : "%c", *at);
}

/* The character at `bytes`; of bytes that are none, the first. */
static size_t character(const char *bytes, size_t size, size_t *columns)
{
    uint32_t code;
    size_t length = utf8_decode(bytes, size, &code);
    *columns = length == 0 ? 1 : utf8_columns(code);
    return length == 0 ? 1 : length;
}

size_t text_columns(const char *text, size_t size)
{
    size_t total = 0;
    for (size_t at = 0, columns; at < size; total += columns)
        at += character(text + at, size - at, &columns);
    return total;
}

size_t text_prefix(const char *text, size_t size, size_t columns)
{
    size_t at = 0, needed = 0;
    while (at < size) {
        size_t wide, length = character(text + at, size - at, &wide);
        needed += wide;
        if (needed > columns)
            break;
        at += length;
    }
    return at;
}

/* Where the rest of the text begins to need at most so many columns. */
static size_t suffix_start(const char *text, size_t size, size_t columns)
{
    size_t at = 0, left = text_columns(text, size);
    while (left > columns) {
        size_t wide;
        at += character(text + at, size - at, &wide);
        left -= wide;
    }
    return at;
}

void line_add_name(struct line *line, const char *text, size_t columns)
{
    char safe[LINE_SIZE];
    bool whole;
    size_t size = escape_plain(safe, sizeof safe - 1, text, strlen(text), &whole);
    safe[size] = '\0';
    if (text_columns(safe, size) <= columns) {
        line_add(line, "%s", safe);
        return;
    }
    size_t room = columns - strlen("...");
    size_t tail = suffix_start(safe, size, room - room / 3); /* the end tells more */
    size_t head = text_prefix(safe, size, room / 3);
    line_add(line, "%.*s...%s", (int)head, safe, safe + tail);
}
