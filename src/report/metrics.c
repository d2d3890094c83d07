#include "report/metrics.h"

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "capture/live.h"
#include "decode/icmp.h"
#include "report/metrics_text.h"

/* One of those that follow: its row, and where it goes. */
struct sheet {
    const struct metrics *metrics;
    const struct tally *tally;
    const struct metric *metric;
    const char *verdict; /* of the errors that are told, or NULL */
    struct out *out;
};

/* A row: a number at `offset` of struct tally, or what `put` writes. */
struct metric {
    const char *name;
    enum metric_type type;
    const char *help;
    size_t offset;
    void (*put)(const struct sheet *sheet);
};

static void put_plain(const struct sheet *sheet, uint64_t number)
{
    metric_number(sheet->out, &(struct metric_sample){.name = sheet->metric->name}, number);
}

static void put_labelled(const struct sheet *sheet, const struct metric_label *labels, size_t count,
                         uint64_t number)
{
    metric_number(sheet->out, &(struct metric_sample){sheet->metric->name, labels, count}, number);
}

static void put_named(const struct sheet *sheet, const char *label, const char *value,
                      uint64_t number)
{
    put_labelled(sheet, &(struct metric_label){label, value}, 1, number);
}

/* ---- messages and errors --------------------------------------------------------------------- */

/* Codes and types that IANA has not assigned are told together. A type without codes has one. */
static bool code_is_told(enum family family, const struct message_key *key)
{
    const struct icmp_code *code = icmp_code_get(family, key->type, key->code);
    return code->status != ICMP_UNASSIGNED && (code->name != NULL || key->code == 0);
}

static bool type_is_told(enum family family, uint8_t type)
{
    return icmp_type_get(family, type)->status != ICMP_UNASSIGNED;
}

/* What is added up under the label "other". */
struct others {
    uint64_t types[2];      /* by family */
    uint64_t codes[2][256]; /* by type */
};

static uint64_t *other_of(struct others *others, const struct message_key *key)
{
    const bool v6 = key->family == FAMILY_IPV6;
    return type_is_told((enum family)key->family, key->type) ? &others->codes[v6][key->type]
                                                             : &others->types[v6];
}

enum { MESSAGE_LABELS = 5, NUMBER_SIZE = 6 };

/* Type and code as numbers, "other" where they are negative, and what they are called. */
static void put_message(const struct sheet *sheet, enum family family, int type, int code,
                        uint64_t count)
{
    char type_text[NUMBER_SIZE] = "other", code_text[NUMBER_SIZE] = "other";
    const struct icmp_type *row = type >= 0 ? icmp_type_get(family, (uint8_t)type) : NULL;
    const struct icmp_code *code_row =
        row != NULL && code >= 0 ? icmp_code_get(family, (uint8_t)type, (uint8_t)code) : NULL;
    if (row != NULL)
        snprintf(type_text, sizeof type_text, "%u", (unsigned)type & 0xff);
    if (code_row != NULL)
        snprintf(code_text, sizeof code_text, "%u", (unsigned)code & 0xff);
    const struct metric_label labels[MESSAGE_LABELS + 1] = {
        {"family", family == FAMILY_IPV6 ? "ipv6" : "ipv4"},
        {"type", type_text},
        {"code", code_text},
        {"name", row != NULL ? row->name : "other"},
        {"code_name", code_row != NULL && code_row->name != NULL ? code_row->name : ""},
        {"verdict", sheet->verdict},
    };
    put_labelled(sheet, labels, MESSAGE_LABELS + (sheet->verdict != NULL), count);
}

static void put_others(const struct sheet *sheet, const struct others *others)
{
    static const enum family families[] = {FAMILY_IPV4, FAMILY_IPV6};
    for (size_t v6 = 0; v6 < 2; v6++) {
        for (int type = 0; type < 256; type++)
            if (others->codes[v6][type] > 0)
                put_message(sheet, families[v6], type, -1, others->codes[v6][type]);
        if (others->types[v6] > 0)
            put_message(sheet, families[v6], -1, -1, others->types[v6]);
    }
}

/* Those that there are, of a number at `offset` of struct message_count. */
static void put_message_counts(const struct sheet *sheet, size_t offset)
{
    const struct map *map = &sheet->tally->messages;
    struct others others = {.types = {0}};
    for (size_t i = 0; i < map->count; i++) {
        const struct message_key *key = map_key_at(map, i);
        const enum family family = (enum family)key->family;
        uint64_t count;
        memcpy(&count, (const char *)map_value_at(map, i) + offset, sizeof count);
        if (!code_is_told(family, key))
            *other_of(&others, key) += count;
        else if (count > 0)
            put_message(sheet, family, key->type, key->code, count);
    }
    put_others(sheet, &others);
}

static void put_messages(const struct sheet *sheet)
{
    put_message_counts(sheet, offsetof(struct message_count, count));
}

static void put_errors_by_cause(const struct sheet *sheet)
{
    struct sheet each = *sheet;
    for (size_t i = 0; i < VERDICTS; i++) {
        each.verdict = verdict_names[i];
        put_message_counts(&each, offsetof(struct message_count, verdicts) + i * sizeof(uint64_t));
    }
}

static void put_errors(const struct sheet *sheet)
{
    for (size_t i = 0; i < VERDICTS; i++)
        put_named(sheet, "verdict", verdict_names[i], sheet->tally->verdicts[i]);
}

static void put_errors_by_reporter(const struct sheet *sheet)
{
    const struct reporter_labels *labels = &sheet->tally->reporter_labels;
    char text[ADDR_TEXT_SIZE];
    for (size_t i = 0; i < labels->count; i++) {
        const struct reporter_label *label = &labels->list[i];
        addr_format(label->addr, (enum family)label->family, text, sizeof text);
        put_named(sheet, "reporter", text, label->errors);
    }
    put_named(sheet, "reporter", "other", labels->other);
}

static void put_anomalies(const struct sheet *sheet)
{
    for (size_t i = 0; i < ANOMALIES; i++)
        put_named(sheet, "anomaly", anomaly_names[i], sheet->tally->anomalies[i].count);
}

/* ---- stories --------------------------------------------------------------------------------- */

static const struct echo_totals *totals_of(const struct sheet *sheet)
{
    return &sheet->metrics->report->stories->echoes.totals;
}

static void put_echo_requests(const struct sheet *sheet)
{
    put_plain(sheet, totals_of(sheet)->requests);
}

static void put_echo_outcomes(const struct sheet *sheet)
{
    for (size_t i = 0; i < ECHO_TOTALS; i++)
        put_named(sheet, "outcome", echo_total_names[i], totals_of(sheet)->outcomes[i]);
}

static void put_echo_replies(const struct sheet *sheet)
{
    put_named(sheet, "kind", "duplicate", totals_of(sheet)->duplicates);
    put_named(sheet, "kind", "unsolicited", totals_of(sheet)->unsolicited);
}

static void put_echo_rtt(const struct sheet *sheet)
{
    const struct echo_totals *totals = totals_of(sheet);
    const char *name = sheet->metric->name;
    char bucket[64], sum[64], count[64], bound[METRIC_SECONDS_SIZE];
    uint64_t below = 0;
    snprintf(bucket, sizeof bucket, "%s_bucket", name);
    snprintf(sum, sizeof sum, "%s_sum", name);
    snprintf(count, sizeof count, "%s_count", name);
    for (size_t i = 0; i <= ECHO_RTT_BOUNDS; i++) {
        const char *text = i < ECHO_RTT_BOUNDS
                               ? metric_format_seconds(echo_rtt_bounds_ns[i], bound, sizeof bound)
                               : "+Inf";
        const struct metric_label label = {"le", text};
        below += totals->rtt_counts[i];
        metric_number(sheet->out, &(struct metric_sample){bucket, &label, 1}, below);
    }
    metric_seconds(sheet->out, &(struct metric_sample){.name = sum}, (int64_t)totals->rtt_sum_ns);
    metric_number(sheet->out, &(struct metric_sample){.name = count}, below);
}

static void put_pmtu(const struct sheet *sheet)
{
    const struct pmtus *pmtus = &sheet->metrics->report->stories->pmtus;
    for (size_t source = 0; source < PMTU_SOURCES; source++)
        for (size_t outcome = 0; outcome < PMTU_OUTCOMES; outcome++) {
            const struct metric_label labels[] = {{"source", pmtu_source_names[source]},
                                                  {"outcome", pmtu_outcome_names[outcome]}};
            put_labelled(sheet, labels, 2, pmtus->told[source][outcome]);
        }
}

static void put_findings(const struct sheet *sheet)
{
    const struct findings *findings = &sheet->metrics->report->stories->findings;
    for (size_t i = 0; i < FINDINGS; i++) {
        const struct metric_label labels[] = {
            {"name", finding_types[i].name},
            {"severity", severity_names[finding_types[i].severity]}};
        put_labelled(sheet, labels, 2, findings_sights(findings, (enum finding_name)i));
    }
}

/* ---- interfaces ------------------------------------------------------------------------------ */

/* An interface that was named twice is told once. */
static bool interface_next(const struct sheet *sheet, size_t *index, struct live_interface *next)
{
    const struct live *live = sheet->metrics->report->inputs->live;
    struct live_interface earlier;
    bool again = true;
    while (again && live != NULL && live_interface_at(live, *index, next)) {
        again = false;
        for (size_t i = 0; i < *index && live_interface_at(live, i, &earlier); i++)
            again = again || strcmp(earlier.name, next->name) == 0;
        ++*index;
    }
    return !again;
}

static void put_interface_up(const struct sheet *sheet)
{
    struct live_interface interface;
    for (size_t i = 0; interface_next(sheet, &i, &interface);)
        put_named(sheet, "interface", interface.name, interface.state == NIC_LISTENING);
}

static void put_interface_losses(const struct sheet *sheet)
{
    struct live_interface interface;
    for (size_t i = 0; interface_next(sheet, &i, &interface);)
        put_named(sheet, "interface", interface.name, interface.counts.lost);
}

static void put_kernel_received(const struct sheet *sheet)
{
    struct live_interface interface;
    for (size_t i = 0; interface_next(sheet, &i, &interface);)
        put_named(sheet, "interface", interface.name, interface.counts.received);
}

static void put_kernel_dropped(const struct sheet *sheet)
{
    struct live_interface interface;
    for (size_t i = 0; interface_next(sheet, &i, &interface);)
        put_named(sheet, "interface", interface.name, interface.counts.dropped);
}

static void put_interface_dropped(const struct sheet *sheet)
{
    struct live_interface interface;
    for (size_t i = 0; interface_next(sheet, &i, &interface);)
        if (interface.counts.interface_known)
            put_named(sheet, "interface", interface.name, interface.counts.dropped_by_interface);
}

/* ---- the run --------------------------------------------------------------------------------- */

static void put_flows_active(const struct sheet *sheet)
{
    put_plain(sheet, sheet->metrics->flows_active);
}

static void put_uncounted(const struct sheet *sheet)
{
    put_plain(sheet, report_uncounted(sheet->metrics->report));
}

static void put_last_packet(const struct sheet *sheet)
{
    if (sheet->tally->packets > 0)
        metric_seconds(sheet->out, &(struct metric_sample){.name = sheet->metric->name},
                       sheet->tally->last_ns);
}

static void put_start(const struct sheet *sheet)
{
    if (sheet->metrics->begun_ns != 0)
        metric_seconds(sheet->out, &(struct metric_sample){.name = sheet->metric->name},
                       sheet->metrics->begun_ns);
}

/* "libpcap version 1.10.3 (with TPACKET_V3)" → "1.10.3 (with TPACKET_V3)" */
static void put_build(const struct sheet *sheet)
{
    static const char prefix[] = "libpcap version ";
    const char *pcap = pcap_lib_version();
    if (strncmp(pcap, prefix, sizeof prefix - 1) == 0)
        pcap += sizeof prefix - 1;
    const struct metric_label labels[] = {{"version", icmpscope_version()}, {"libpcap", pcap}};
    put_labelled(sheet, labels, 2, 1);
}

/* ---- all of them ----------------------------------------------------------------------------- */

#define COUNTER(title, member, text)                                                               \
    {                                                                                              \
        .name = "icmpscope_" title "_total", .type = METRIC_COUNTER, .help = text,                 \
        .offset = offsetof(struct tally, member)                                                   \
    }
#define COUNTERS(title, call, text)                                                                \
    {                                                                                              \
        .name = "icmpscope_" title "_total", .type = METRIC_COUNTER, .help = text, .put = call     \
    }
#define GAUGE(title, call, text)                                                                   \
    {                                                                                              \
        .name = "icmpscope_" title, .type = METRIC_GAUGE, .help = text, .put = call                \
    }

/* The manual explains each one, and tests hold it to them. */
static const struct metric rows[] = {
    GAUGE("build_info", put_build, "Versions of icmpscope and of libpcap; always 1."),
    GAUGE("start_time_seconds", put_start, "When the analysis began, since the epoch."),
    GAUGE("last_packet_timestamp_seconds", put_last_packet,
          "Capture time of the newest packet, since the epoch."),
    COUNTER("packets", packets, "Packets that were looked at."),
    COUNTER("packet_bytes", bytes, "Their bytes on the wire."),
    GAUGE("interface_up", put_interface_up, "Whether packets are taken from the interface now."),
    COUNTERS("interface_losses", put_interface_losses,
             "How often the interface went down or away."),
    COUNTERS("kernel_received_packets", put_kernel_received,
             "Packets that the kernel had for us, the dropped ones among them."),
    COUNTERS("kernel_dropped_packets", put_kernel_dropped,
             "Packets that the kernel dropped since its buffer was full."),
    COUNTERS("interface_dropped_packets", put_interface_dropped,
             "Packets that the interface dropped before the kernel had them, where it says so."),
    COUNTERS("messages", put_messages, "ICMP messages by type and code."),
    COUNTERS("errors", put_errors, "ICMP errors by how surely they were tied to their cause."),
    COUNTERS("errors_by_cause", put_errors_by_cause, "ICMP errors by type, code and verdict."),
    COUNTERS("errors_by_reporter", put_errors_by_reporter,
             "ICMP errors by who sent them; other: all who are not told apart."),
    COUNTERS("anomalies", put_anomalies, "ICMP errors that there is this reason to doubt."),
    GAUGE("flows_active", put_flows_active, "Flows that are kept now."),
    COUNTER("flows_seen", flows_seen, "Flows."),
    COUNTER("flows_evicted", health.evicted_flows, "Flows that gave way to newer ones at the cap."),
    COUNTER("flows_timed_out", health.timed_out_flows, "Flows that ended idle."),
    COUNTERS("echo_requests", put_echo_requests, "Echo requests."),
    COUNTERS("echo_outcomes", put_echo_outcomes,
             "What became of echo requests; late: replies to some that were counted otherwise."),
    COUNTERS("echo_extra_replies", put_echo_replies,
             "Echo replies beyond one for each request, or without one."),
    {.name = "icmpscope_echo_rtt_seconds",
     .type = METRIC_HISTOGRAM,
     .help = "Round-trip times of echoes.",
     .put = put_echo_rtt},
    COUNTERS("pmtu", put_pmtu, "Path MTUs that were told, swept or suspected, by outcome."),
    COUNTERS("findings", put_findings, "How often findings were seen, by name."),
    COUNTER("truncated_packets", health.truncated, "Packets cut off inside a header."),
    COUNTER("snapped_packets", health.snapped, "Packets that were captured in part."),
    COUNTER("malformed_packets", health.malformed,
            "Packets with a header that contradicts itself."),
    COUNTER("unsupported_packets", health.unsupported,
            "Packets of a link type or an encapsulation that is not decoded."),
    COUNTER("unfiltered_packets", health.unfiltered,
            "Packets left out since the filter does not compile for their link type."),
    COUNTER("time_backwards_packets", health.time_backwards,
            "Packets with an earlier time than the one before them."),
    COUNTER("bad_checksum_messages", health.bad_checksum, "ICMP messages with a wrong checksum."),
    COUNTER("unverified_checksum_messages", health.unverified_checksum,
            "ICMP messages of which not all was captured to check it."),
    COUNTER("unassigned_messages", health.unassigned,
            "ICMP messages of a type that IANA has not assigned."),
    COUNTER("hurried_errors", health.hurried_errors,
            "Errors that did not wait for their packets as long as --reorder says."),
    COUNTER("incomplete_fragments", health.fragments.incomplete,
            "ICMP messages of which not all fragments came."),
    COUNTER("evicted_fragments", health.fragments.evicted,
            "Of these, those that gave way to others before their time was over."),
    COUNTER("forgotten_fragments", health.forgotten_fragments,
            "Fragmented packets that gave way: errors about later fragments are not tied."),
    COUNTERS("uncounted", put_uncounted, "Additions that found a table full."),
};

void metrics_write(const struct metrics *metrics, struct out *out)
{
    struct sheet sheet = {.metrics = metrics, .tally = metrics->report->tally, .out = out};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct metric *metric = sheet.metric = &rows[i];
        uint64_t number;
        metric_begin(out, metric->name, metric->type, metric->help);
        if (metric->put != NULL) {
            metric->put(&sheet);
            continue;
        }
        memcpy(&number, (const char *)sheet.tally + metric->offset, sizeof number);
        put_plain(&sheet, number);
    }
}
