#include "base/timefmt.h"
#include "decode/echo_payload.h"
#include "report/document_part.h"
#include "track/echo.h"

static double us_of(int64_t ns)
{
    return (double)ns / NS_PER_US;
}

static void put_time(const struct document *document, const char *key, int64_t ns)
{
    char text[TIMEFMT_SIZE];
    writer_string(document->writer, key, timefmt_iso(ns, text, sizeof text));
}

static void put_us(const struct document *document, const char *key, double us)
{
    document->writer->ops->real(document->writer->self, key, us);
}

/* What adds up with other captures of the same hosts: counts of times from `us` on, to less than
 * `below_us`. */
static void put_histogram(const struct document *document, const struct echo_pair *pair)
{
    const struct echo_pairs *pairs = &document->report->stories->echoes.pairs;
    const struct writer *writer = document->writer;
    struct echo_bucket bucket = {0};
    writer->ops->array_begin(writer->self, "histogram");
    while (echo_pair_bucket(pairs, pair, &bucket)) {
        document_open(document, NULL);
        put_us(document, "us", us_of(bucket.from_ns));
        put_us(document, "below_us", us_of(bucket.to_ns));
        writer_unsigned(document->writer, "count", bucket.count);
        document_close(document);
    }
    writer->ops->array_end(writer->self);
}

static void put_quantile(const struct document *document, const char *key,
                         const struct echo_pair *pair, unsigned percent)
{
    const struct echo_pairs *pairs = &document->report->stories->echoes.pairs;
    int64_t ns = echo_pair_quantile(pairs, pair, percent);
    if (ns >= 0)
        put_us(document, key, us_of(ns));
}

static void put_rtt(const struct document *document, const struct echo_pair *pair)
{
    if (pair->rtt_count == 0)
        return;
    document_open(document, "rtt");
    writer_unsigned(document->writer, "count", pair->rtt_count);
    put_us(document, "min_us", us_of(pair->rtt_least_ns));
    put_quantile(document, "median_us", pair, 50);
    put_us(document, "mean_us", (double)pair->rtt_sum_ns / (double)pair->rtt_count / NS_PER_US);
    put_quantile(document, "p95_us", pair, 95);
    put_us(document, "max_us", us_of(pair->rtt_most_ns));
    put_us(document, "sum_us", (double)pair->rtt_sum_ns / NS_PER_US);
    if (pair->jitter_count > 0) {
        put_us(document, "jitter_us",
               (double)pair->jitter_sum_ns / (double)pair->jitter_count / NS_PER_US);
        put_us(document, "jitter_sum_us", (double)pair->jitter_sum_ns / NS_PER_US);
    }
    put_histogram(document, pair);
    document_close(document);
}

static void put_counts(const struct document *document, const struct echo_pair *pair)
{
    const struct {
        const char *key;
        uint64_t count;
    } rows[] = {
        {"sent", pair->sent},
        {"answered", pair->answered},
        {"lost", pair->lost},
        {"loss_bursts", pair->bursts},
        {"longest_loss_burst", pair->longest},
        {"errors", pair->errors},
        {"low_ttl", pair->low_ttl},
        {"unanswered_at_end", pair->at_end},
        {"forgotten", pair->forgotten},
        {"late", pair->late},
        {"replies", pair->replies},
        {"duplicates", pair->duplicates},
        {"reordered", pair->reordered},
        {"unsolicited", pair->unsolicited},
        {"payload_changed", pair->changed},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        writer_unsigned(document->writer, rows[i].key, rows[i].count);
}

static void put_ttl(const struct document *document, const struct echo_pair *pair)
{
    if (pair->replies == 0)
        return;
    document_open(document, "reply_ttl");
    writer_unsigned(document->writer, "min", pair->ttl_least);
    writer_unsigned(document->writer, "max", pair->ttl_most);
    writer_unsigned(document->writer, "changes", pair->ttl_changes);
    document_close(document);
}

static void put_pair(const struct document *document, const void *key, const void *value)
{
    const struct echo_pair_key *name = key;
    const struct echo_pair *pair = value;
    enum family family = (enum family)name->family;
    char text[ADDR_TEXT_SIZE];
    writer_string(document->writer, "src_ip", addr_format(name->src, family, text, sizeof text));
    writer_string(document->writer, "dest_ip", addr_format(name->dst, family, text, sizeof text));
    put_counts(document, pair);
    put_rtt(document, pair);
    put_ttl(document, pair);
    if (!pair->programs)
        writer_string(document->writer, "program", echo_program_names[pair->program]);
    put_time(document, "first", pair->first_ns);
    put_time(document, "last", pair->last_ns);
}

void document_put_echo(struct document *document)
{
    const struct echo_pairs *pairs = &document->report->stories->echoes.pairs;
    document_put_ranked(document,
                        &(struct document_list){"echo", &pairs->map, echo_pair_weight, put_pair});
}
