/* zstd (RFC 8878), by libzstd, which also checks the checksum of a frame that has one. */
#include <zstd.h>
#include <zstd_errors.h>

#include "capture/bytes.h"
#include "capture/codec.h"

enum {
    WINDOW_LOG_MOST = 27, /* 128 MiB, as the zstd command allows; a frame may ask for 3.75 TiB */
};

static const uint32_t frame_magic = 0xfd2fb528;

/* Some writers begin with a frame that is to be skipped (RFC 8878, 3.1.2); libzstd does that. */
static const uint32_t skippable_magic = 0x184d2a50, skippable_mask = 0xfffffff0;

static bool zstd_recognise(const uint8_t *head, size_t count)
{
    if (count < CODEC_MAGIC_SIZE)
        return false;
    uint32_t magic = bytes_u32(head, false);
    return magic == frame_magic || (magic & skippable_mask) == skippable_magic;
}

static void *zstd_open(void)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (stream != NULL)
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MOST);
    return stream;
}

static void zstd_limit(void *state, size_t window)
{
    enum { WINDOW_LOG_LEAST = 10 };
    int log = WINDOW_LOG_LEAST;
    while (log < WINDOW_LOG_MOST && (size_t)2 << log <= window)
        log++;
    ZSTD_DCtx_setParameter(state, ZSTD_d_windowLogMax, log);
}

static void zstd_begin(void *state)
{
    ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
}

static enum codec_step zstd_step(void *state, struct codec_span *span)
{
    ZSTD_inBuffer in = {span->in, span->in_size, 0};
    ZSTD_outBuffer out = {span->out, span->out_size, 0};
    size_t status = ZSTD_decompressStream(state, &out, &in);
    span->in += in.pos;
    span->in_size -= in.pos;
    span->out += out.pos;
    span->out_size -= out.pos;

    if (status == 0)
        return CODEC_ENDED;
    if (!ZSTD_isError(status))
        return CODEC_GOES_ON;
    if (ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation)
        return CODEC_NO_MEMORY;
    span->why = ZSTD_getErrorName(status);
    return CODEC_DAMAGED;
}

static void zstd_close(void *state)
{
    ZSTD_freeDStream(state);
}

const struct codec codec_zstd = {
    .name = "zstd",
    .recognise = zstd_recognise,
    .open = zstd_open,
    .limit = zstd_limit,
    .begin = zstd_begin,
    .step = zstd_step,
    .close = zstd_close,
};
