#include "report/ndjson.h"

#include "report/field.h"
#include "report/json_stream.h"
#include "report/plan.h"

void ndjson_event(const struct report *report, const struct event *event)
{
    struct json_stream stream;
    json_stream_init(&stream);
    if (report->plans == NULL || !plans_write(report->plans, &stream, event, report)) {
        json_stream_init(&stream);
        struct writer writer = json_stream_writer(&stream);
        field_walk(&writer, event, report);
    }
    out_bytes(report->out, stream.line, json_stream_finish(&stream));
    if (report->config->flush_lines)
        out_flush(report->out);
}
