/* What compress.c asks of the decoder of a kind of compression.
 *
 * A new one is one file that defines a struct codec, and a row in compress.c. */
#ifndef ICMPSCOPE_CAPTURE_CODEC_H
#define ICMPSCOPE_CAPTURE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_MAGIC_SIZE = 4 };

enum codec_step {
    CODEC_GOES_ON,
    CODEC_ENDED,   /* the member that was begun; another may follow */
    CODEC_DAMAGED, /* the data make no sense: span.why */
    CODEC_NO_MEMORY,
};

/* Bytes to decode, and room for what they come to; a step moves both on. */
struct codec_span {
    const uint8_t *in;
    size_t in_size;
    uint8_t *out;
    size_t out_size;
    const char *why; /* a constant string */
};

struct codec {
    const char *name;
    /* Whether a member (gzip's word; zstd calls it a frame) begins with these bytes, which are
     * fewer than CODEC_MAGIC_SIZE only where the file ends behind them. */
    bool (*recognise)(const uint8_t *head, size_t count);
    void *(*open)(void); /* NULL where memory is short */
    /* Before the first member: windows larger than that are refused. NULL: all are small. */
    void (*limit)(void *state, size_t window);
    void (*begin)(void *state);
    enum codec_step (*step)(void *state, struct codec_span *span);
    void (*close)(void *state);
};

extern const struct codec codec_gzip; /* compress_gzip.c, where there is zlib */
extern const struct codec codec_zstd; /* compress_zstd.c, where there is libzstd */

#endif
