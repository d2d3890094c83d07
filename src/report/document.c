#include "report/document.h"

#include <errno.h>
#include <stdbool.h>

#include "base/rank.h"
#include "base/timefmt.h"
#include "decode/icmp.h"
#include "report/document_part.h"
#include "report/field.h"
#include "report/json_pieces.h"
#include "report/names.h"
#include "report/rewritten_list.h"

void document_open(const struct document *document, const char *key)
{
    document->writer->ops->object_begin(document->writer->self, key);
}

void document_close(const struct document *document)
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
    document_open(document, "tool");
    writer_string(document->writer, "name", "icmpscope");
    writer_string(document->writer, "version", icmpscope_version());
    document_close(document);
}

static void put_capture(const struct document *document, const struct input *input)
{
    static const char *const states[] = {[INPUT_UNREADABLE] = "unreadable",
                                         [INPUT_READING] = "unfinished",
                                         [INPUT_DONE] = "read",
                                         [INPUT_DAMAGED] = "damaged"};
    const bool live = document->report->config->interface_count > 0;
    document_open(document, NULL);
    writer_string(document->writer, live ? "in_iface" : "pcap_filename", input->path);
    writer_string(document->writer, "state", states[input->state]);
    writer_string(document->writer, "error", input->error.text);
    document_close(document);
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

void document_put_ranked(struct document *document, const struct document_list *list)
{
    struct ranking ranking;
    if (ranking_init(&ranking, list->map, list->weight) != 0) {
        document->failed = true;
        return;
    }
    document->writer->ops->array_begin(document->writer->self, list->name);
    for (size_t i = 0; i < ranking.count; i++) {
        size_t position = ranking.list[i].position;
        document_open(document, NULL);
        list->put(document, map_key_at(list->map, position), map_value_at(list->map, position));
        document_close(document);
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
    document_open(document, "by_verdict");
    for (size_t i = 0; i < VERDICTS; i++)
        writer_unsigned(document->writer, verdict_names[i], verdicts[i]);
    document_close(document);
}

/* Only those that there are: most captures have none. */
static void put_anomalies(const struct document *document, const struct tally *tally)
{
    document_open(document, "by_anomaly");
    for (size_t i = 0; i < ANOMALIES; i++)
        if (tally->anomalies[i].count > 0)
            writer_unsigned(document->writer, anomaly_names[i], tally->anomalies[i].count);
    document_close(document);
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
    document_open(document, "icmp");
    writer_unsigned(document->writer, "messages", tally->icmp_messages);
    document_put_ranked(document, &(struct document_list){"by_type", &tally->messages,
                                                          message_weight, put_message});
    document_close(document);
}

static void put_errors(struct document *document)
{
    const struct tally *tally = document->report->tally;
    document_open(document, "errors");
    writer_unsigned(document->writer, "total", tally->errors);
    put_verdicts(document, tally->verdicts);
    put_anomalies(document, tally);
    document_put_ranked(
        document, &(struct document_list){"by_cause", &tally->messages, error_weight, put_cause});
    document_put_ranked(document, &(struct document_list){"by_reporter", &tally->reporters,
                                                          reporter_weight, put_reporter});
    document_close(document);
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
    document_open(document, "by_aftermath");
    for (size_t i = 0; i < AFTERMATHS; i++)
        writer_unsigned(document->writer, aftermath_names[i], counts[i]);
    document_close(document);
}

static void put_flows(struct document *document)
{
    const struct hits *hits = document->report->hits;
    document_open(document, "flows");
    writer_unsigned(document->writer, "seen", document->report->tally->flows_seen);
    writer_unsigned(document->writer, "affected", hits->map.count);
    put_aftermaths(document, hits);
    document_put_ranked(document, &(struct document_list){"list", &hits->map, hit_weight, put_hit});
    document_put_ranked(
        document, &(struct document_list){"not_captured", &hits->untied, hit_weight, put_hit});
    document_close(document);
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
    document_put_ranked(document,
                        &(struct document_list){"rewriting", &document->report->rewritings->map,
                                                rewriting_weight, put_rewriting});
}

static void put_health(struct document *document)
{
    const struct event event = {.type = EVENT_STATS, .tally = document->report->tally};
    document_open(document, "health");
    field_walk_flat(document->writer, &fields_health, &event, document->report);
    document_close(document);
}

/* ---- the whole ------------------------------------------------------------------------------- */

int document_write(struct writer *writer, const struct report *report)
{
    static void (*const sections[])(struct document *) = {
        put_captures,
        put_packets,
        put_icmp,
        put_errors,
        put_flows,
        document_put_echo,
        document_put_clock,
        document_put_queries,
        document_put_pmtu,
        document_put_paths,
        document_put_redirects,
        document_put_routers,
        put_rewritings,
        document_put_findings,
        put_health,
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
