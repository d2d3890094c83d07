#include "report/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void out_init(struct out *out, struct out_sink sink)
{
    out->sink = sink;
    out->failure = 0;
    out->used = 0;
}

void out_fail(struct out *out, int failure)
{
    if (out->failure == 0)
        out->failure = failure != 0 ? failure : EIO;
}

static void out_write(struct out *out, const char *bytes, size_t size)
{
    if (out->failure != 0 || size == 0)
        return;
    errno = 0;
    if (out->sink.write(out->sink.context, bytes, size) != 0)
        out_fail(out, errno);
}

int out_flush(struct out *out)
{
    out_write(out, out->buffer, out->used);
    out->used = 0;
    return out->failure == 0 ? 0 : -1;
}

void out_bytes(struct out *out, const char *bytes, size_t size)
{
    if (size > sizeof out->buffer - out->used)
        out_flush(out);
    if (size > sizeof out->buffer) {
        out_write(out, bytes, size);
        return;
    }
    memcpy(out->buffer + out->used, bytes, size);
    out->used += size;
}

void out_text(struct out *out, const char *text)
{
    out_bytes(out, text, strlen(text));
}

void out_printf(struct out *out, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    if (size < 0) {
        out_fail(out, ENOMEM);
        return;
    }
    out_bytes(out, text, (size_t)size);
    free(text);
}
