#include "report/document.h"

#include <errno.h>
#include <stdbool.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "report/field.h"
#include "report/json_pieces.h"
#include "report/names.h"
#include "report/rank.h"
#include "report/rewritten_list.h"

/* What the document is written from, and to. */
struct document {
    struct writer *writer;
    const struct report *report;
    bool failed; /* memory ran out */
};

static void open_object(const struct document *document, const char *key)
{
    document->writer->ops->object_begin(document->writer->self, key);
}

static void close_object(const struct document *document)
{
    document->writer->ops->object_end(document->writer->self);
}

static void put_time(const struct document *document, const char *key, int64_t ns)
{
    char text[TIMEFMT_SIZE];
    writer_string(document->writer, key, timefmt_iso(ns, text, sizeof text));
}

/* ---- what was read --------------------------------------------------------------------------- */

static void put_tool(const struct document *document)
{
    open_object(document, "tool");
    writer_string(document->writer, "name", "icmpscope");
    writer_string(document->writer, "version", icmpscope_version());
    close_object(document);
}

static void put_capture(const struct document *document, const struct input *input)
{
    static const char *const states[] = {[INPUT_UNREADABLE] = "unreadable",
                                         [INPUT_READING] = "unfinished",
                                         [INPUT_DONE] = "read",
                                         [INPUT_DAMAGED] = "damaged"};
    open_object(document, NULL);
    writer_string(document->writer, "pcap_filename", input->path);
    writer_string(document->writer, "state", states[input->state]);
    writer_string(document->writer, "error", input->error.text);
    close_object(document);
}

static void put_captures(struct document *document)
{
    const struct inputs *inputs = document->report->inputs;
    document->writer->ops->array_begin(document->writer->self, "captures");
    for (size_t i = 0; i < inputs->count; i++)
        put_capture(document, &inputs->list[i]);
    document->writer->ops->array_end(document->writer->self);
}

static void put_packets(struct document *document)
{
    const struct tally *tally = document->report->tally;
    writer_unsigned(document->writer, "packets", tally->packets);
    writer_unsigned(document->writer, "bytes", tally->bytes);
    if (tally->packets == 0)
        return;
    put_time(document, "first", tally->first_ns);
    put_time(document, "last", tally->last_ns);
}

/* ---- lists that begin with the most ---------------------------------------------------------- */

/* One entry of a map, as members of the object that is open. */
typedef void put_entry(const struct document *document, const void *key, const void *value);

static void put_ranked(struct document *document, const struct map *map,
                       uint64_t (*weight)(const void *value), const char *name, put_entry *put)
{
    struct ranking ranking;
    if (ranking_init(&ranking, map, weight) != 0) {
        document->failed = true;
        return;
    }
    document->writer->ops->array_begin(document->writer->self, name);
    for (size_t i = 0; i < ranking.count; i++) {
        size_t position = ranking.list[i].position;
        open_object(document, NULL);
        put(document, map_key_at(map, position), map_value_at(map, position));
        close_object(document);
    }
    document->writer->ops->array_end(document->writer->self);
    ranking_fini(&ranking);
}

/* ---- messages and errors --------------------------------------------------------------------- */

static uint64_t message_weight(const void *value)
{
    return ((const struct message_count *)value)->count;
}

static uint64_t error_weight(const void *value)
{
    return ((const struct message_count *)value)->errors;
}

static uint64_t reporter_weight(const void *value)
{
    return ((const struct reporter_count *)value)->errors;
}

static void put_type(const struct document *document, const struct message_key *key)
{
    struct writer *writer = document->writer;
    char text[PROTO_NAME_SIZE];
    enum family family = (enum family)key->family;
    uint8_t proto = family == FAMILY_IPV4 ? PROTO_ICMP : PROTO_ICMPV6;
    const struct icmp_type *type = icmp_type_get(family, key->type);

    writer_string(writer, "proto", proto_name(proto, text, sizeof text));
    writer_unsigned(writer, "icmp_type", key->type);
    writer_unsigned(writer, "icmp_code", key->code);
    writer_string(writer, "name", type->name);
    writer_string(writer, "code_name", icmp_code_get(family, key->type, key->code)->name);
    writer_string(writer, "class", icmp_class_names[type->klass]);
}

static void put_message(const struct document *document, const void *key, const void *value)
{
    put_type(document, key);
    writer_unsigned(document->writer, "count", message_weight(value));
}

static void put_verdicts(const struct document *document, const uint64_t verdicts[VERDICTS])
{
    open_object(document, "by_verdict");
    for (size_t i = 0; i < VERDICTS; i++)
        writer_unsigned(document->writer, verdict_names[i], verdicts[i]);
    close_object(document);
}

/* Only those that there are: most captures have none. */
static void put_anomalies(const struct document *document, const struct tally *tally)
{
    open_object(document, "by_anomaly");
    for (size_t i = 0; i < ANOMALIES; i++)
        if (tally->anomalies[i].count > 0)
            writer_unsigned(document->writer, anomaly_names[i], tally->anomalies[i].count);
    close_object(document);
}

static void put_cause(const struct document *document, const void *key, const void *value)
{
    const struct message_count *count = value;
    put_type(document, key);
    writer_unsigned(document->writer, "count", count->errors);
    writer_unsigned(document->writer, "flows", count->flows);
    writer_unsigned(document->writer, "reporters", count->reporters);
    put_verdicts(document, count->verdicts);
}

static void put_reporter(const struct document *document, const void *key, const void *value)
{
    const struct reporter_key *reporter = key;
    char text[ADDR_TEXT_SIZE];
    enum family family = (enum family)reporter->family;
    writer_string(document->writer, "reporter",
                  addr_format(reporter->addr, family, text, sizeof text));
    writer_unsigned(document->writer, "count", reporter_weight(value));
}

static void put_icmp(struct document *document)
{
    const struct tally *tally = document->report->tally;
    open_object(document, "icmp");
    writer_unsigned(document->writer, "messages", tally->icmp_messages);
    put_ranked(document, &tally->messages, message_weight, "by_type", put_message);
    close_object(document);
}

static void put_errors(struct document *document)
{
    const struct tally *tally = document->report->tally;
    open_object(document, "errors");
    writer_unsigned(document->writer, "total", tally->errors);
    put_verdicts(document, tally->verdicts);
    put_anomalies(document, tally);
    put_ranked(document, &tally->messages, error_weight, "by_cause", put_cause);
    put_ranked(document, &tally->reporters, reporter_weight, "by_reporter", put_reporter);
    close_object(document);
}

/* ---- flows and health ------------------------------------------------------------------------ */

static uint64_t hit_weight(const void *value)
{
    return ((const struct hit *)value)->count;
}

static void put_hit(const struct document *document, const void *key, const void *value)
{
    (void)key;
    const struct hit *hit = value;
    const struct event event = {.type = EVENT_FLOW,
                                .time_ns = hit->last_ns,
                                .flow = hit->flow.id != 0 ? &hit->flow : NULL,
                                .hit = hit};
    field_walk_table(document->writer, &fields_flow, &event, document->report);
}

static void put_aftermaths(const struct document *document, const struct hits *hits)
{
    uint64_t counts[AFTERMATHS] = {0};
    for (size_t i = 0; i < hits->map.count; i++) {
        const struct hit *hit = map_value_at(&hits->map, i);
        counts[hit->after.verdict] += hit->flow.id != 0;
    }
    open_object(document, "by_aftermath");
    for (size_t i = 0; i < AFTERMATHS; i++)
        writer_unsigned(document->writer, aftermath_names[i], counts[i]);
    close_object(document);
}

static void put_flows(struct document *document)
{
    const struct hits *hits = document->report->hits;
    open_object(document, "flows");
    writer_unsigned(document->writer, "seen", document->report->tally->flows_seen);
    writer_unsigned(document->writer, "affected", hits->map.count);
    put_aftermaths(document, hits);
    put_ranked(document, &hits->map, hit_weight, "list", put_hit);
    put_ranked(document, &hits->untied, hit_weight, "not_captured", put_hit);
    close_object(document);
}

static uint64_t rewriting_weight(const void *value)
{
    return ((const struct rewriting *)value)->count;
}

static void put_rewriting(const struct document *document, const void *key, const void *value)
{
    rewritten_entry_put(document->writer, document->report, key, value);
}

static void put_rewritings(struct document *document)
{
    put_ranked(document, &document->report->rewritings->map, rewriting_weight, "rewriting",
               put_rewriting);
}

static void put_health(struct document *document)
{
    const struct event event = {.type = EVENT_STATS, .tally = document->report->tally};
    open_object(document, "health");
    field_walk_flat(document->writer, &fields_health, &event, document->report);
    close_object(document);
}

/* ---- the whole ------------------------------------------------------------------------------- */

int document_write(struct writer *writer, const struct report *report)
{
    static void (*const sections[])(struct document *) = {
        put_captures, put_packets, put_icmp, put_errors, put_flows, put_rewritings, put_health,
    };
    struct document document = {.writer = writer, .report = report};
    writer_unsigned(writer, "schema_version", DOCUMENT_SCHEMA_VERSION);
    put_tool(&document);
    writer_string(writer, "sensor", report->config->sensor);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        sections[i](&document);
    return document.failed ? -1 : 0;
}

void document_finish(const struct report *report)
{
    struct json_pieces pieces;
    json_pieces_init(&pieces, report->out);
    struct writer writer = json_pieces_writer(&pieces);
    if (document_write(&writer, report) != 0)
        out_fail(report->out, ENOMEM);
    json_pieces_finish(&pieces);
}
