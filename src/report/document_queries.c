#include "base/timefmt.h"
#include "report/document_part.h"
#include "report/field.h"
#include "track/query.h"

static void put_addr(struct writer *writer, const char *key, const struct addr *addr,
                     uint8_t family)
{
    char text[ADDR_TEXT_SIZE];
    writer_string(writer, key, addr_format(*addr, (enum family)family, text, sizeof text));
}

static void put_pair(const struct document *document, const void *key, const void *value)
{
    struct writer *writer = document->writer;
    const struct query_pair *pair = value;
    const struct query *last = &pair->last;
    const struct event event = {.type = EVENT_QUERY, .story = &last->story};
    (void)key;
    writer_string(writer, "kind", query_kind_names[last->kind]);
    put_addr(writer, "src_ip", &last->story.src, last->story.family);
    put_addr(writer, "dest_ip", &last->story.dst, last->story.family);
    writer_unsigned(writer, "count", pair->requests);
    writer_unsigned(writer, "answered", pair->replies);
    writer_unsigned(writer, "unanswered", pair->unanswered);
    writer_unsigned(writer, "unanswered_at_end", pair->unanswered_at_end);
    writer_unsigned(writer, "refused", pair->refused);
    if (pair->replies > 0) {
        writer->ops->object_begin(writer->self, "rtt_us");
        writer->ops->integer(writer->self, "min", timefmt_us(pair->rtt_min_ns));
        writer->ops->integer(writer->self, "max", timefmt_us(pair->rtt_max_ns));
        writer->ops->object_end(writer->self);
    }
    field_walk_flat(writer, &fields_query_answer, &event, document->report);
}

void document_put_queries(struct document *document)
{
    document_put_ranked(document, &(struct document_list){"queries",
                                                          &document->report->stories->queries.pairs,
                                                          query_pair_weight, put_pair});
}
