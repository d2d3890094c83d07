#include "capture/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DETAIL_SIZE = 256 };

static bool was_stopped(const struct source *source)
{
    return source->block.failure == EINTR;
}

static int format_unreadable(const struct source *source, struct error *error)
{
    if (source->block.failure == COMPRESS_FAULT)
        return compress_explain(source->block.compress, error);
    return error_set(error, "cannot be read on from byte %" PRIu64 ": %s", source->block.file_end,
                     strerror(source->block.failure));
}

int format_cut(const struct source *source, struct error *error, const char *inside, ...)
{
    if (was_stopped(source))
        return 0;
    if (source->block.failure != 0)
        return format_unreadable(source, error);

    char detail[DETAIL_SIZE];
    va_list args;
    va_start(args, inside);
    vsnprintf(detail, sizeof detail, inside, args);
    va_end(args);
    return error_set(error, "truncated at byte %" PRIu64 ", inside %s", source->block.file_end,
                     detail);
}

int format_end(const struct source *source, struct error *error)
{
    if (source->block.failure == 0 || was_stopped(source))
        return 0;
    return format_unreadable(source, error);
}

int format_damaged(uint64_t offset, struct error *error, const char *why, ...)
{
    char detail[DETAIL_SIZE];
    va_list args;
    va_start(args, why);
    vsnprintf(detail, sizeof detail, why, args);
    va_end(args);
    return error_set(error, "damaged at byte %" PRIu64 ": %s", offset, detail);
}

uint64_t format_block_offset(const struct source *source)
{
    return block_offset(&source->block);
}
