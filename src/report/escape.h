/* Text from packets, file names and users, made fit for JSON and for terminals.
 *
 * Bytes that are no UTF-8 are written as EVE does it: in a text with such bytes, each from 0x80 up
 * becomes the four characters \xHH (in JSON \\xHH). Pipelines that know EVE expect it, and unlike
 * U+FFFD it keeps which bytes they were. A NUL becomes \x00 too: many readers of JSON refuse
 * \u0000. */
#ifndef ICMPSCOPE_REPORT_ESCAPE_H
#define ICMPSCOPE_REPORT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

enum { ESCAPE_MAX = 6 }; /* bytes that one byte may become */

/* Each writes as many whole characters as `room` bytes hold, and returns how many bytes those are;
 * `*whole` says whether that is all of the text. No NUL is added. */

/* What stands between the quotes of a JSON string. Besides what JSON asks for, whatever acts on a
 * terminal (utf8_is_control()) is escaped as \uXXXX. */
size_t escape_json(char *to, size_t room, const char *bytes, size_t size, bool *whole);

/* The text that the JSON string stands for: UTF-8 without NUL, controls left as they are. */
size_t escape_utf8(char *to, size_t room, const char *bytes, size_t size, bool *whole);

/* Whether all of it is printable ASCII, in which nothing acts on a terminal. */
bool escape_is_needless(const char *bytes, size_t size);

/* For people: what acts on a terminal becomes \xHH or \uXXXX. Done twice it changes nothing. */
size_t escape_plain(char *to, size_t room, const char *bytes, size_t size, bool *whole);

#endif
