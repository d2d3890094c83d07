/* The rows of `echo`. */
#include "decode/echo_payload.h"
#include "report/field.h"
#include "report/field_story.h"
#include "report/shape.h"
#include "track/echo.h"

static const struct echo *echo_of(const struct field_source *from)
{
    return (const struct echo *)(const void *)from->event->story;
}

static void put_error(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct echo *echo = echo_of(from);
    char text[ADDR_TEXT_SIZE];
    writer->ops->object_begin(writer->self, key);
    writer_string(
        writer, "reporter",
        addr_format(echo->error.reporter, (enum family)echo->story.family, text, sizeof text));
    writer_unsigned(writer, "icmp_type", echo->error.type);
    writer_unsigned(writer, "icmp_code", echo->error.code);
    writer_unsigned(writer, "pcap_cnt", echo->error.frame.frame);
    writer->ops->object_end(writer->self);
}

static const struct shape_row error_rows[] = {
    {"reporter", "ip", "who sent it", .always = true},
    {"icmp_type", "int", "its type", .always = true},
    {"icmp_code", "int", "its code", .always = true},
    {"pcap_cnt", "int", "its frame", .always = true},
};

static const struct shape shape_echo_error = {"echo_error", SHAPE_ROWS(error_rows)};

static void put_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_proto(writer, key,
                    echo_of(from)->story.family == FAMILY_IPV6 ? PROTO_ICMPV6 : PROTO_ICMP);
}

#define ECHO_ROW(name, member, bits, text)                                                         \
    {                                                                                              \
        .group = "echo", FIELD_KEY(name), .part = PART_STORY, FIELD_MEMBER(struct echo, member),   \
        .has = bits, .doc = text                                                                   \
    }
#define TIME_ROW(name, kind, member, bits, text)                                                   \
    {                                                                                              \
        .group = "echo", FIELD_KEY(name), .type = kind, .part = PART_STORY,                        \
        .offset = offsetof(struct echo, member), .has = bits, .doc = text                          \
    }
#define NAME_ROW(name, member, list, bits, text)                                                   \
    {                                                                                              \
        .group = "echo", FIELD_KEY(name), .type = FIELD_NAME8, .part = PART_STORY,                 \
        .offset = offsetof(struct echo, member), FIELD_NAMES(list), .has = bits, .doc = text       \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("who asked; of an unsolicited reply, whom it was sent to"),
    FIELD_STORY_DST("who was asked; of an unsolicited reply, who sent it"),
    {FIELD_KEY("proto"), .type = FIELD_CALL, .part = PART_STORY, .call = put_proto,
     .json_type = FIELD_ALWAYS("string"), .doc = "ICMP or IPv6-ICMP"},
    ECHO_ROW("id", id, 0, "identifier"),
    ECHO_ROW("seq", seq, 0, "sequence number"),
    NAME_ROW("status", status, echo_status_names, 0,
             "answered; lost: no reply within 5 s; unanswered_at_end: the capture ended before; "
             "duplicate: one more reply of a host; unsolicited: a reply without a request"),
    TIME_ROW("rtt_us", FIELD_NS_AS_US, rtt_ns, ECHO_HAS_RTT,
             "from the request to the reply, where they came in this order"),
    ECHO_ROW("late", late, ECHO_HAS_LATE, "true: it was told as lost before"),
    ECHO_ROW("request_cnt", request_frame, ECHO_HAS_REQUEST, "frame of the request"),
    ECHO_ROW("reply_cnt", reply_frame, ECHO_HAS_REPLY, "frame of the reply"),
    ECHO_ROW("reply_ttl", reply_ttl, ECHO_HAS_REPLY, "TTL, or hop limit, that the reply had left"),
    ECHO_ROW("replier", replier, ECHO_HAS_REPLIER,
             "who replied, where that is not who was asked: one of a group, ..."),
    ECHO_ROW("payload_length", payload_length, 0, "bytes that the request carries"),
    ECHO_ROW("payload_equal", payload_equal, ECHO_HAS_EQUAL,
             "whether the reply carries the same; absent where too little was captured to tell"),
    NAME_ROW("program", program, echo_program_names, ECHO_HAS_PROGRAM,
             "whose payload it is: linux, bsd, openbsd, windows, cisco, liboping, whatsup, hping"),
    TIME_ROW("sent_at", FIELD_NS_ISO, sent_ns, ECHO_HAS_SENT_AT,
             "when the request was sent, as its payload says: UTC, RFC 3339"),
    TIME_ROW("payload_age_us", FIELD_NS_AS_US, payload_age_ns, ECHO_HAS_SENT_AT,
             "from then to the request's frame; of an unsolicited reply, to that"),
    {.group = "echo",
     FIELD_KEY("error"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .has = ECHO_HAS_ERROR,
     .call = put_error,
     .json_type = FIELD_OBJECT(shape_echo_error),
     .doc = "the ICMP error that came about the request: reporter, icmp_type, icmp_code, pcap_cnt"},
};

const struct field_table fields_echo = FIELD_TABLE(rows);
