#include "base/timefmt.h"
#include "report/document_part.h"
#include "track/clock.h"

static void put_integer(struct writer *writer, const char *key, int64_t value)
{
    writer->ops->integer(writer->self, key, value);
}

static void put_addr(struct writer *writer, const char *key, const struct addr *addr)
{
    char text[ADDR_TEXT_SIZE];
    writer_string(writer, key, addr_format(*addr, FAMILY_IPV4, text, sizeof text));
}

static void put_offset(struct writer *writer, const struct clock_pair *pair)
{
    double ppm;
    writer->ops->object_begin(writer->self, "offset_ms");
    put_integer(writer, "best", pair->best_ms);
    put_integer(writer, "min", pair->min_ms);
    writer->ops->real(writer->self, "mean", clock_pair_mean_ms(pair));
    put_integer(writer, "max", pair->max_ms);
    writer->ops->object_end(writer->self);
    writer_string(writer, "reference", clock_reference_names[pair->reference]);
    if (clock_pair_drift(pair, &ppm))
        writer->ops->real(writer->self, "drift_ppm", ppm);
}

static void put_pair(const struct document *document, const void *key, const void *value)
{
    struct writer *writer = document->writer;
    const struct clock_pair *pair = value;
    (void)key;
    put_addr(writer, "src_ip", &pair->story.src);
    put_addr(writer, "dest_ip", &pair->story.dst);
    writer_unsigned(writer, "count", pair->requests);
    writer_unsigned(writer, "answered", pair->replies);
    writer_unsigned(writer, "unanswered", pair->unanswered);
    writer_unsigned(writer, "unanswered_at_end", pair->unanswered_at_end);
    writer_unsigned(writer, "nonstandard", pair->nonstandard);
    writer_unsigned(writer, "byte_swapped", pair->byte_swapped);
    if (pair->replies > 0) {
        writer->ops->object_begin(writer->self, "rtt_us");
        put_integer(writer, "min", timefmt_us(pair->rtt_min_ns));
        put_integer(writer, "max", timefmt_us(pair->rtt_max_ns));
        writer->ops->object_end(writer->self);
    }
    if (pair->offsets > 0)
        put_offset(writer, pair);
}

void document_put_clock(struct document *document)
{
    document_put_ranked(document,
                        &(struct document_list){"clock", &document->report->stories->clocks.pairs,
                                                clock_pair_weight, put_pair});
}
