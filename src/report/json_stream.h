/* A writer of one line of JSON, without allocation: a record of the ndjson stream. */
#ifndef ICMPSCOPE_REPORT_JSON_STREAM_H
#define ICMPSCOPE_REPORT_JSON_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "report/writer.h"

enum {
    JSON_LINE_SIZE = 8191,                 /* of a line, its newline included */
    JSON_LINE_LIMIT = JSON_LINE_SIZE - 64, /* of what members may fill: behind it is kept free what
                                            * must always fit */
    JSON_TEXT_SIZE = 1024, /* of one text, escaped: a longer one is cut, and ends in "..." */
};

/* An object that is being written. A member for which the line has no room is left out whole, and
 * the record then ends in "truncated":true. */
struct json_stream {
    size_t used;
    size_t limit;     /* of `used`; 0 where all is left out */
    unsigned skipped; /* depth of the containers that were left out, open ones */
    bool truncated;
    struct writer_known known; /* the key of the row that is written */
    char line[JSON_LINE_SIZE];
};

/* Opens the object. */
void json_stream_init(struct json_stream *stream);

/* Its members, through the calls of a writer, which borrows the stream. */
struct writer json_stream_writer(struct json_stream *stream);

/* Says in the object that is open, where something was left out of the record so far,
 * "truncated":true: for a record that is not to end in it. */
void json_stream_note(struct json_stream *stream);

/* Closes it: the bytes of the line, newline included, are in stream->line. */
size_t json_stream_finish(struct json_stream *stream);

#endif
