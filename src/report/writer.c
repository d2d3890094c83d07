#include "report/writer.h"

#include <string.h>

void writer_string(struct writer *writer, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        writer->ops->text(writer->self, key, text, strlen(text));
}

void writer_plain(struct writer *writer, const char *key, const char *bytes, size_t size)
{
    if (writer->ops->plain != NULL)
        writer->ops->plain(writer->self, key, bytes, size);
    else
        writer->ops->text(writer->self, key, bytes, size);
}

void writer_short(struct writer *writer, const char *key, const char bytes[WRITER_SHORT],
                  size_t size)
{
    if (writer->ops->brief != NULL)
        writer->ops->brief(writer->self, key, bytes, size);
    else
        writer->ops->text(writer->self, key, bytes, size);
}

void writer_name(struct writer *writer, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        writer_plain(writer, key, text, strlen(text));
}

void writer_unsigned(struct writer *writer, const char *key, uint64_t value)
{
    int64_t kept = value <= INT64_MAX ? (int64_t)value : INT64_MAX;
    writer->ops->integer(writer->self, key, kept);
}
