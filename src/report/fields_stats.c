/* The rows of `stats`: counters, all of them sums. */
#include "report/field.h"

static void put_uncounted(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_unsigned(writer, key, report_uncounted(from->report));
}

/* Where there is an evidence capture. */
static void put_evidence_packets(struct writer *writer, const char *key,
                                 const struct field_source *from)
{
    if (from->report->config->evidence != ICMPSCOPE_EVIDENCE_NONE)
        writer_unsigned(writer, key, from->report->tally->health.evidence_packets);
}

static void put_evidence_missed(struct writer *writer, const char *key,
                                const struct field_source *from)
{
    if (from->report->config->evidence != ICMPSCOPE_EVIDENCE_NONE)
        writer_unsigned(writer, key, from->report->tally->health.evidence_missed);
}

/* Of interfaces. */
static void put_received(struct writer *writer, const char *key, const struct field_source *from)
{
    if (from->report->config->interface_count > 0)
        writer_unsigned(writer, key, from->report->tally->health.kernel.received);
}

static void put_kernel_drops(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    if (from->report->config->interface_count > 0)
        writer_unsigned(writer, key, from->report->tally->health.kernel.dropped);
}

static void put_interface_drops(struct writer *writer, const char *key,
                                const struct field_source *from)
{
    if (from->report->tally->health.kernel.interface_known)
        writer_unsigned(writer, key, from->report->tally->health.kernel.dropped_by_interface);
}

static void put_interface_losses(struct writer *writer, const char *key,
                                 const struct field_source *from)
{
    if (from->report->config->interface_count > 0)
        writer_unsigned(writer, key, from->report->tally->health.kernel.lost);
}

#define CALL_ROW(name, function, text)                                                             \
    {                                                                                              \
        .group = "stats", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_TALLY,                 \
        .call = function, .json_type = "int", .doc = text                                          \
    }

static void put_names(struct writer *writer, const char *key, const char *const *names)
{
    if (names == NULL || names[0] == NULL)
        return;
    writer->ops->array_begin(writer->self, key);
    for (; *names != NULL; names++)
        writer_string(writer, NULL, *names);
    writer->ops->array_end(writer->self);
}

static void put_sandbox(struct writer *writer, const char *key, const struct field_source *from)
{
    put_names(writer, key, from->report->config->sandbox);
}

static void put_sandbox_missing(struct writer *writer, const char *key,
                                const struct field_source *from)
{
    put_names(writer, key, from->report->config->sandbox_missing);
}

#define COUNT_ROW(name, member, text)                                                              \
    {                                                                                              \
        .group = "stats", FIELD_KEY(name), .part = PART_TALLY, FIELD_MEMBER(struct tally, member), \
        .doc = text                                                                                \
    }

static const struct field stats_rows[] = {
    COUNT_ROW("packets", packets, "packets that passed the filter"),
    COUNT_ROW("bytes", bytes, "their bytes on the wire"),
    COUNT_ROW("icmp_messages", icmp_messages, "ICMP messages of both families"),
    COUNT_ROW("errors", errors, "ICMP errors among them"),
    COUNT_ROW("flows_seen", flows_seen, "flows"),
};

static const struct field health_rows[] = {
    COUNT_ROW("truncated", health.truncated, "packets that the capture cuts off inside a header"),
    COUNT_ROW("snapped", health.snapped, "packets that were captured in part"),
    COUNT_ROW("malformed", health.malformed, "packets with a header that contradicts itself"),
    COUNT_ROW("unsupported_link", health.unsupported,
              "packets of a link type or an encapsulation that is not decoded"),
    COUNT_ROW("bad_checksum", health.bad_checksum, "ICMP messages with a wrong checksum"),
    COUNT_ROW("unverified_checksum", health.unverified_checksum,
              "ICMP messages of which not all was captured to check it"),
    COUNT_ROW("unassigned_type", health.unassigned,
              "ICMP messages of a type IANA has not assigned"),
    COUNT_ROW("time_backwards", health.time_backwards,
              "packets with an earlier time than the one before them"),
    COUNT_ROW("unfiltered", health.unfiltered,
              "packets left out since the filter does not compile for their link type"),
    COUNT_ROW("evicted_flows", health.evicted_flows, "flows that gave way at the cap"),
    COUNT_ROW("timed_out_flows", health.timed_out_flows, "flows that ended idle"),
    COUNT_ROW("hurried_errors", health.hurried_errors,
              "errors that did not wait for their packets as long as --reorder says: too many did"),
    COUNT_ROW("incomplete_fragments", health.fragments.incomplete,
              "ICMP messages of which not all fragments came"),
    COUNT_ROW("evicted_fragments", health.fragments.evicted,
              "... among them those that gave way to others before their time was over"),
    COUNT_ROW("forgotten_fragments", health.forgotten_fragments,
              "fragmented packets that gave way: errors about their later fragments are not tied"),
    COUNT_ROW("fragment_overlap", health.fragments.overlaps,
              "fragments of ICMP that contradict what another one brought"),
    COUNT_ROW("ping_of_death", health.fragments.oversized,
              "fragments of ICMP that reach beyond the 65,535 bytes of a packet"),
    COUNT_ROW("tiny_fragments", health.fragments.tiny,
              "first fragments of ICMP with less than 8 bytes of the message"),
    CALL_ROW("received", put_received,
             "with -i: packets that passed the filter in the kernel, and were taken or dropped"),
    CALL_ROW("kernel_drops", put_kernel_drops,
             "... among them those for which the kernel's buffer had no room (-B)"),
    CALL_ROW("interface_drops", put_interface_drops,
             "with -i: packets that the interfaces dropped themselves, where they tell"),
    CALL_ROW("interface_losses", put_interface_losses,
             "with -i: times that an interface went down or was removed"),
    {.group = "stats",
     FIELD_KEY("uncounted"),
     .type = FIELD_CALL,
     .part = PART_TALLY,
     .call = put_uncounted,
     .json_type = "int",
     .doc = "additions that found a table of causes, reporters or flows hit full"},
    {.group = "stats",
     FIELD_KEY("evidence_packets"),
     .type = FIELD_CALL,
     .part = PART_TALLY,
     .call = put_evidence_packets,
     .json_type = "int",
     .doc = "with -w: packets in the evidence capture"},
    {.group = "stats",
     FIELD_KEY("evidence_missed"),
     .type = FIELD_CALL,
     .part = PART_TALLY,
     .call = put_evidence_missed,
     .json_type = "int",
     .doc = "with -w: packets that it lacks, whose bytes were gone when an error came"},
    {.group = "stats",
     FIELD_KEY("sandbox"),
     .type = FIELD_CALL,
     .part = PART_TALLY,
     .call = put_sandbox,
     .json_type = "string[]",
     .doc = "what confines the program: user capabilities no_new_privs landlock seccomp"},
    {.group = "stats",
     FIELD_KEY("sandbox_missing"),
     .type = FIELD_CALL,
     .part = PART_TALLY,
     .call = put_sandbox_missing,
     .json_type = "string[]",
     .doc = "what of these does not: the system lacks it, or it is turned off"},
};

const struct field_table fields_stats = FIELD_TABLE(stats_rows);
const struct field_table fields_health = FIELD_TABLE(health_rows);
