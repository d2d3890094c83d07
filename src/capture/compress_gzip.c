/* gzip (RFC 1952), by zlib, which also checks length and CRC of each member. */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "capture/codec.h"

enum { WINDOW_BITS = 15, GZIP_ONLY = 16 }; /* inflateInit2() takes their sum */

static bool gzip_recognise(const uint8_t *head, size_t count)
{
    return count >= 2 && head[0] == 0x1f && head[1] == 0x8b;
}

static void *gzip_open(void)
{
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream != NULL && inflateInit2(stream, WINDOW_BITS + GZIP_ONLY) == Z_OK)
        return stream;
    free(stream);
    return NULL;
}

static void gzip_begin(void *state)
{
    inflateReset(state);
}

static uInt clamp(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static enum codec_step gzip_step(void *state, struct codec_span *span)
{
    z_stream *stream = state;
    uInt in_size = clamp(span->in_size), out_size = clamp(span->out_size);
    stream->next_in = (Bytef *)span->in; /* not written to */
    stream->avail_in = in_size;
    stream->next_out = span->out;
    stream->avail_out = out_size;
    int status = inflate(stream, Z_NO_FLUSH);
    span->in += in_size - stream->avail_in;
    span->in_size -= in_size - stream->avail_in;
    span->out += out_size - stream->avail_out;
    span->out_size -= out_size - stream->avail_out;

    if (status == Z_STREAM_END)
        return CODEC_ENDED;
    if (status == Z_OK || status == Z_BUF_ERROR) /* the latter: nothing to be done with so little */
        return CODEC_GOES_ON;
    if (status == Z_MEM_ERROR)
        return CODEC_NO_MEMORY;
    span->why = stream->msg != NULL ? stream->msg : "it cannot be decoded";
    return CODEC_DAMAGED;
}

static void gzip_close(void *state)
{
    inflateEnd(state);
    free(state);
}

const struct codec codec_gzip = {
    .name = "gzip",
    .recognise = gzip_recognise,
    .open = gzip_open,
    .begin = gzip_begin,
    .step = gzip_step,
    .close = gzip_close,
};
