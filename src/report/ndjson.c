#include "report/ndjson.h"

#include "report/field.h"
#include "report/json_stream.h"

void ndjson_event(const struct report *report, const struct event *event)
{
    struct json_stream stream;
    json_stream_init(&stream);
    struct writer writer = json_stream_writer(&stream);
    field_walk(&writer, event, report);
    out_bytes(report->out, stream.line, json_stream_finish(&stream));
    if (report->config->flush_lines)
        out_flush(report->out);
}
