/* A compressed file, read as what it decompresses to, in memory that does not depend on its size.
 *
 * Members that follow one another are one stream; zeros behind the last one are padding. Life
 * cycle: compress_find() → compress_new() → compress_read() until 0 or -1 → compress_free().
 * block.c is the only caller. */
#ifndef ICMPSCOPE_CAPTURE_COMPRESS_H
#define ICMPSCOPE_CAPTURE_COMPRESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "capture/codec.h"
#include "capture/wait.h"

struct compress; /* opaque */

/* Of a file that begins with these CODEC_MAGIC_SIZE bytes; NULL where it is not compressed, or by
 * what this build has no library for. */
const struct codec *compress_find(const uint8_t *head);

/* A file already read up to the end of its `head`. `fd` and `wait` are borrowed; see
 * wait_read(). NULL where memory is short. */
struct compress *compress_new(const struct codec *codec, int fd, const struct wait *wait,
                              const uint8_t head[CODEC_MAGIC_SIZE]);

/* Before the first read: data that need a larger window than `window` bytes are damaged. */
void compress_limit(struct compress *compress, size_t window);

void compress_free(struct compress *compress); /* NULL is allowed */

/* At least one byte and at most `size` (> 0), as soon as there are any; 0 at the end. -1 with
 * errno: that of read(2), ENOMEM, or COMPRESS_FAULT where the compressed data are truncated or
 * damaged. After 0 or -1 it is over. */
ssize_t compress_read(struct compress *compress, uint8_t *bytes, size_t size);

enum { COMPRESS_FAULT = 0x10000 }; /* no errno of any system */

/* After COMPRESS_FAULT: what is wrong, and where in the compressed file. Returns -1. */
int compress_explain(const struct compress *compress, struct error *error);

/* Bytes of the compressed file that were decoded. */
uint64_t compress_offset(const struct compress *compress);

#endif
