#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* In place, so a byte for a byte. */
static void text_clean(char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = utf8_decode(text + at, size - at, &code);
        if (length != 0 && !utf8_is_control(code)) {
            at += length;
            continue;
        }
        size_t end = at + (length == 0 ? 1 : length);
        while (at < end)
            text[at++] = '?';
    }
}

int error_set(struct error *error, const char *format, ...)
{
    if (error == NULL || error_is_set(error))
        return -1;

    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    text_clean(error->text);
    return -1;
}

bool error_is_set(const struct error *error)
{
    return error->text[0] != '\0';
}
