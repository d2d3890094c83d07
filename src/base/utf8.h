/* UTF-8 (RFC 3629), read as a stranger may have written it. */
#ifndef ICMPSCOPE_BASE_UTF8_H
#define ICMPSCOPE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `bytes` and returns how many of the `size` bytes it takes. 0 where there
 * is none: nothing left, a byte that begins no character, one cut short, an overlong form, a
 * surrogate, or beyond U+10FFFF. */
size_t utf8_decode(const char *bytes, size_t size, uint32_t *code);

/* Whether all of it is UTF-8. */
bool utf8_valid(const char *bytes, size_t size);

/* Characters that do something to a terminal rather than being shown: controls (C0, DEL, C1), line
 * and paragraph separators, and those that change the direction of the text, which can make it
 * read as something else. */
bool utf8_is_control(uint32_t code);

/* Columns that a terminal needs for the character: 2 for the wide ones of East Asia and for
 * emoji, else 1. Never less than the terminal does. */
unsigned utf8_columns(uint32_t code);

#endif
