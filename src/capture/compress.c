#include "config.h"

#include "capture/compress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUT_SIZE = 64 * 1024,
    PADDING_MOST = 1024 * 1024, /* zeros: tapes pad to a block; a hole may be a terabyte */
};

/* Those that this build has a library for. */
static const struct codec *const codecs[] = {
#if HAVE_ZLIB
    &codec_gzip,
#endif
#if HAVE_ZSTD
    &codec_zstd,
#endif
    NULL,
};

struct compress {
    const struct codec *codec;
    void *state;
    int fd;
    const struct wait *wait;
    size_t position, end; /* of the input that was not decoded yet */
    uint64_t file_end;    /* offset in the file of `end` */
    bool file_ended;
    bool within;     /* a member was begun and has not ended */
    bool full;       /* the last step ran out of room: the decoder may hold more */
    size_t padding;  /* zeros since the last member */
    bool truncated;  /* the file ends within a member */
    const char *why; /* or is damaged so */
    uint8_t input[INPUT_SIZE];
};

const struct codec *compress_find(const uint8_t *head)
{
    for (const struct codec *const *codec = codecs; *codec != NULL; codec++)
        if ((*codec)->recognise(head, CODEC_MAGIC_SIZE))
            return *codec;
    return NULL;
}

struct compress *compress_new(const struct codec *codec, int fd, const struct wait *wait,
                              const uint8_t head[CODEC_MAGIC_SIZE])
{
    struct compress *compress = malloc(sizeof *compress);
    void *state = compress != NULL ? codec->open() : NULL;
    if (state == NULL) {
        free(compress);
        return NULL;
    }

    compress->codec = codec;
    compress->state = state;
    compress->fd = fd;
    compress->wait = wait;
    compress->position = 0;
    compress->end = CODEC_MAGIC_SIZE;
    compress->file_end = CODEC_MAGIC_SIZE;
    compress->file_ended = compress->within = compress->full = compress->truncated = false;
    compress->padding = 0;
    compress->why = NULL;
    memcpy(compress->input, head, CODEC_MAGIC_SIZE);
    return compress;
}

void compress_limit(struct compress *compress, size_t window)
{
    if (compress->codec->limit != NULL)
        compress->codec->limit(compress->state, window);
}

void compress_free(struct compress *compress)
{
    if (compress == NULL)
        return;
    compress->codec->close(compress->state);
    free(compress);
}

static size_t input_left(const struct compress *compress)
{
    return compress->end - compress->position;
}

static const uint8_t *input_bytes(const struct compress *compress)
{
    return compress->input + compress->position;
}

/* More of the file behind what is left, of which there is little. -1 with errno set. */
static int input_read(struct compress *compress)
{
    size_t left = input_left(compress);
    memmove(compress->input, input_bytes(compress), left);
    compress->position = 0;
    compress->end = left;
    ssize_t got =
        wait_read(compress->wait, compress->fd, compress->input + left, INPUT_SIZE - left);
    if (got < 0)
        return -1;

    compress->file_ended = got == 0;
    compress->end += (size_t)got;
    compress->file_end += (uint64_t)got;
    return 0;
}

static int fail(int number)
{
    errno = number;
    return -1;
}

static void skip_zeros(struct compress *compress)
{
    while (input_left(compress) > 0 && *input_bytes(compress) == 0 &&
           compress->padding < PADDING_MOST) {
        compress->position++;
        compress->padding++;
    }
}

/* Brings up the next member. 1; 0 where the file ends as it should; or -1 with errno set. */
static int member_begin(struct compress *compress)
{
    const struct codec *codec = compress->codec;
    for (;;) {
        skip_zeros(compress);
        if (input_left(compress) >= CODEC_MAGIC_SIZE || compress->file_ended)
            break;
        if (input_read(compress) != 0)
            return -1;
    }
    if (input_left(compress) == 0)
        return 0;
    if (!codec->recognise(input_bytes(compress), input_left(compress))) {
        compress->why = "something else follows";
        return fail(COMPRESS_FAULT);
    }
    compress->padding = 0;
    codec->begin(compress->state);
    compress->within = true;
    return 1;
}

/* Decodes what there is. The number of bytes; -1 with errno set. */
static ssize_t member_step(struct compress *compress, uint8_t *bytes, size_t size)
{
    struct codec_span span = {input_bytes(compress), input_left(compress), bytes, size, NULL};
    enum codec_step step = compress->codec->step(compress->state, &span);
    compress->position = compress->end - span.in_size;
    compress->full = span.out_size == 0;
    compress->within = step != CODEC_ENDED;
    if (step == CODEC_NO_MEMORY)
        return fail(ENOMEM);
    if (step == CODEC_DAMAGED)
        compress->why = span.why;
    if (step == CODEC_DAMAGED && span.out_size == size)
        return fail(COMPRESS_FAULT);
    return (ssize_t)(size - span.out_size);
}

/* Input for the next step, unless the decoder may go on without. -1 with errno set. */
static int member_feed(struct compress *compress)
{
    if (compress->full || input_left(compress) > 0)
        return 0;
    if (input_read(compress) != 0)
        return -1;
    compress->truncated = compress->file_ended;
    return compress->truncated ? fail(COMPRESS_FAULT) : 0;
}

ssize_t compress_read(struct compress *compress, uint8_t *bytes, size_t size)
{
    if (compress->why != NULL) /* what stood before the damage was given */
        return fail(COMPRESS_FAULT);

    for (;;) {
        int status = compress->within ? 1 : member_begin(compress);
        if (status <= 0)
            return status;
        if (member_feed(compress) != 0)
            return -1;
        ssize_t got = member_step(compress, bytes, size);
        if (got != 0)
            return got;
    }
}

int compress_explain(const struct compress *compress, struct error *error)
{
    const char *name = compress->codec->name;
    uint64_t offset = compress_offset(compress);
    if (compress->truncated)
        return error_set(error, "truncated at byte %" PRIu64 ", inside the %s data", offset, name);
    return error_set(error, "damaged at byte %" PRIu64 ", %s the %s data: %s", offset,
                     compress->within ? "inside" : "behind", name, compress->why);
}

uint64_t compress_offset(const struct compress *compress)
{
    return compress->file_end - input_left(compress);
}
