/* One traversal, two formats: the field table is walked once, and a writer makes a line of text or
 * a jansson value of what it is told. */
#ifndef ICMPSCOPE_REPORT_WRITER_H
#define ICMPSCOPE_REPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WRITER_KEY_MAX = 32, /* bytes of a key */
    WRITER_SHORT = 48,   /* of a text whose buffer may be copied whole: see writer_short() */
};

/* A key as it stands before its value in a line, `,"key":`, so that it need not be put together
 * again for each record. What follows it in `text` is not used, but may be copied along. */
struct writer_lead {
    char text[WRITER_KEY_MAX + 8];
    size_t size;
};

/* The lead of a key, a literal, in an initialiser. */
#define WRITER_LEAD(name)                                                                          \
    {                                                                                              \
        ",\"" name "\":", sizeof name + 3                                                          \
    }

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
    /* A text of printable ASCII in which nothing is to be escaped; NULL where it makes no
     * difference. */
    void (*plain)(void *self, const char *key, const char *bytes, size_t size);
    /* The same of one that stands in a buffer of WRITER_SHORT bytes. */
    void (*brief)(void *self, const char *key, const char *bytes, size_t size);
};

struct writer {
    const struct writer_ops *ops;
    void *self;
    /* Where the writer looks whether it has the lead of a key that it is given, or NULL. */
    struct writer_known {
        const char *key;
        const struct writer_lead *lead;
    } * known;
};

/* For a string that ends in NUL; one that is NULL or "" is left out: absent is never "". */
void writer_string(struct writer *writer, const char *key, const char *text);

/* The same of a text that is ours: names, numbers, addresses. */
void writer_name(struct writer *writer, const char *key, const char *text);
void writer_plain(struct writer *writer, const char *key, const char *bytes, size_t size);

/* The same of one in a buffer of WRITER_SHORT bytes, of which those behind it are not used, but may
 * be copied along: a copy of known size is a few moves. */
void writer_short(struct writer *writer, const char *key, const char bytes[WRITER_SHORT],
                  size_t size);

/* An unsigned value; one above 2^63 - 1, which no JSON reader keeps, is written as that. */
void writer_unsigned(struct writer *writer, const char *key, uint64_t value);

#endif
