/* One traversal, two formats: the field table is walked once, and a writer makes a line of text or
 * a jansson value of what it is told. */
#ifndef ICMPSCOPE_REPORT_WRITER_H
#define ICMPSCOPE_REPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WRITER_KEY_MAX = 32 }; /* bytes of a key */

/* `key` is NULL inside an array; it is one of ours, and is not escaped. Text is any bytes: the
 * writer makes valid, escaped UTF-8 of it. */
struct writer_ops {
    void (*object_begin)(void *self, const char *key);
    void (*object_end)(void *self);
    void (*array_begin)(void *self, const char *key);
    void (*array_end)(void *self);
    void (*text)(void *self, const char *key, const char *bytes, size_t size);
    void (*integer)(void *self, const char *key, int64_t value);
    void (*real)(void *self, const char *key, double value); /* left out where not finite */
    void (*boolean)(void *self, const char *key, bool value);
};

struct writer {
    const struct writer_ops *ops;
    void *self;
};

/* For a string that ends in NUL; one that is NULL or "" is left out: absent is never "". */
void writer_string(struct writer *writer, const char *key, const char *text);

/* An unsigned value; one above 2^63 - 1, which no JSON reader keeps, is written as that. */
void writer_unsigned(struct writer *writer, const char *key, uint64_t value);

#endif
