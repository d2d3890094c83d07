/* The rows of `finding`. */
#include "report/field.h"
#include "report/field_story.h"
#include "report/finding_text.h"
#include "track/findings.h"

static const struct finding *finding_of(const struct field_source *from)
{
    return (const struct finding *)(const void *)from->event->story;
}

static const struct finding_type *type_of(const struct field_source *from)
{
    return &finding_types[finding_of(from)->name];
}

static void put_name(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, type_of(from)->name);
}

static void put_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_proto(writer, key, finding_of(from)->proto);
}

static void put_template(struct writer *writer, const char *key, const char *text,
                         const struct field_source *from)
{
    struct line line;
    line_init(&line);
    finding_text_add(&line, text, finding_of(from));
    writer_string(writer, key, line.text);
}

static void put_text(struct writer *writer, const char *key, const struct field_source *from)
{
    put_template(writer, key, type_of(from)->text, from);
}

static void put_advice(struct writer *writer, const char *key, const struct field_source *from)
{
    put_template(writer, key, type_of(from)->advice, from);
}

static void put_reference(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, type_of(from)->reference);
}

static void put_evidence(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct sightings *seen = &finding_of(from)->seen;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < seen->frame_count; i++)
        writer_unsigned(writer, NULL, seen->frames[i].frame);
    writer->ops->array_end(writer->self);
}

/* Which file each of these frames is in; of a single one it is known. */
static void put_evidence_pcap(struct writer *writer, const char *key,
                              const struct field_source *from)
{
    const struct sightings *seen = &finding_of(from)->seen;
    if (from->report->inputs->count < 2)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < seen->frame_count; i++)
        writer_string(writer, NULL,
                      report_capture_name(from->report, (uint16_t)seen->frames[i].capture));
    writer->ops->array_end(writer->self);
}

#define CALL_ROW(name, put, json, text)                                                            \
    {                                                                                              \
        .group = "finding", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_STORY, .call = put,  \
        .json_type = json, .doc = text                                                             \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("who does it; of errors, who sent the packet that they are about"),
    FIELD_STORY_DST("who suffers it; of errors, to whom that packet was sent"),
    {FIELD_KEY("proto"), .type = FIELD_CALL, .part = PART_STORY, .has = FINDING_HAS_PROTO,
     .call = put_proto, .json_type = "string", .doc = "protocol of the flow that it is about"},
    {FIELD_KEY("reporter"), .part = PART_STORY, FIELD_MEMBER(struct finding, reporter),
     .has = FINDING_HAS_REPORTER, .doc = "who sent the errors that it is about"},
    CALL_ROW("name", put_name, FIELD_ALWAYS("string"), "which finding: the manual lists them"),
    {.group = "finding",
     FIELD_KEY("severity"),
     .type = FIELD_NAME8,
     .part = PART_STORY,
     .offset = offsetof(struct finding, severity),
     FIELD_NAMES(severity_names),
     .doc = "info, low, medium or high"},
    {.group = "finding",
     FIELD_KEY("count"),
     .part = PART_STORY,
     FIELD_MEMBER(struct finding, seen.count),
     .doc = "how often it was seen"},
    {.group = "finding",
     FIELD_KEY("first"),
     .type = FIELD_NS_ISO,
     .part = PART_STORY,
     .offset = offsetof(struct finding, seen.first_ns),
     .doc = "when it was seen first: UTC, RFC 3339"},
    {.group = "finding",
     FIELD_KEY("last"),
     .type = FIELD_NS_ISO,
     .part = PART_STORY,
     .offset = offsetof(struct finding, seen.last_ns),
     .doc = "when it was seen last"},
    CALL_ROW("evidence", put_evidence, FIELD_ALWAYS("int[]"),
             "frames that prove it: the first ones and the last"),
    CALL_ROW("evidence_pcap", put_evidence_pcap, "string[]",
             "of several captures, the one that each of these frames is in"),
    CALL_ROW("text", put_text, FIELD_ALWAYS("string"), "what is so, in a sentence"),
    CALL_ROW("advice", put_advice, "string", "what to do about it"),
    CALL_ROW("reference", put_reference, "string", "RFC sections that say how it should be"),
};

const struct field_table fields_finding = FIELD_TABLE(rows);
