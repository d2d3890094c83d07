/* The rows of `pmtu`. */
#include "base/timefmt.h"
#include "report/field.h"
#include "report/field_story.h"
#include "report/names.h"
#include "report/pmtu_changes.h"
#include "report/shape.h"
#include "track/pmtu.h"

static const struct pmtu *pmtu_of(const struct field_source *from)
{
    return (const struct pmtu *)(const void *)from->event->story;
}

/* Of its flow, from who sent the packets that are meant. */
static struct headers headers_of(const struct field_source *from)
{
    const struct pmtu *pmtu = pmtu_of(from);
    return flow_headers(&(struct flow){.key = pmtu->key, .initiator = pmtu->direction & 1});
}

static void put_src_port(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = headers_of(from);
    if ((headers.has & HAS_PORTS) != 0)
        writer_unsigned(writer, key, headers.src_port);
}

static void put_dest_port(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = headers_of(from);
    if ((headers.has & HAS_PORTS) != 0)
        writer_unsigned(writer, key, headers.dst_port);
}

static void put_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct pmtu *pmtu = pmtu_of(from);
    bool v4 = pmtu->story.family == FAMILY_IPV4;
    if ((pmtu->story.has & PMTU_HAS_KEY) != 0)
        field_put_proto(writer, key, pmtu->key.proto);
    else
        field_put_proto(writer, key, v4 ? PROTO_ICMP : PROTO_ICMPV6);
}

static char *community_id_text(char *to, const struct field_source *from)
{
    struct headers headers = headers_of(from);
    return field_community_id(to, &headers, from->report);
}

static void put_advice(struct writer *writer, const char *key, const struct field_source *from)
{
    pmtu_advice_put(writer, key, &pmtu_of(from)->advice);
}

static void put_changes(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct pmtu *pmtu = pmtu_of(from);
    pmtu_changes_put(writer, key, &pmtu->history, (enum family)pmtu->story.family);
}

#define CALL_ROW(name, put, json, bits, text)                                                      \
    {                                                                                              \
        FIELD_KEY(name), .type = FIELD_CALL, .part = PART_STORY, .has = bits, .call = put,         \
                         .json_type = json, .doc = text                                            \
    }

#define ROW(name, member, bits, text)                                                              \
    {                                                                                              \
        .group = "pmtu", FIELD_KEY(name), .part = PART_STORY, FIELD_MEMBER(struct pmtu, member),   \
        .has = bits, .doc = text                                                                   \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("whose packets are too big, or who swept"),
    CALL_ROW("src_port", put_src_port, "int", PMTU_HAS_KEY, "of the flow, as that of its packets"),
    FIELD_STORY_DST("where they go to"),
    CALL_ROW("dest_port", put_dest_port, "int", PMTU_HAS_KEY, "the same of where they go to"),
    CALL_ROW("proto", put_proto, FIELD_ALWAYS("string"), 0,
             "protocol of the flow; of a sweep that of the pings"),
    {FIELD_KEY("flow_community_id"), .type = FIELD_SHORT, .part = PART_STORY, .has = PMTU_HAS_KEY,
     .text = community_id_text, .json_type = "string", .doc = "Community ID of the flow"},
    {FIELD_KEY("flow_id"), .part = PART_STORY, FIELD_MEMBER(struct pmtu, flow_id),
     .has = PMTU_HAS_FLOW, .doc = "of the flow, where it was captured: unique in one run"},
    {.group = "pmtu",
     FIELD_KEY("source"),
     .type = FIELD_NAME8,
     .part = PART_STORY,
     .offset = offsetof(struct pmtu, source),
     FIELD_NAMES(pmtu_source_names),
     .doc = "how it is known: told (by errors), swept (by pings of many sizes) or suspected"},
    {.group = "pmtu",
     FIELD_KEY("outcome"),
     .type = FIELD_NAME8,
     .part = PART_STORY,
     .offset = offsetof(struct pmtu, outcome),
     FIELD_NAMES(pmtu_outcome_names),
     .doc = "what the sender did: adapted, ignored or unknown; or black_hole_suspected"},
    ROW("mtu", mtu, PMTU_HAS_MTU, "path MTU, in bytes of IP packet: the last one known"),
    ROW("plateau", plateau, PMTU_HAS_ERRORS,
        "whether no MTU was told, and the next one of RFC 1191 7 is taken"),
    ROW("reporter", reporter, PMTU_HAS_REPORTER, "who told it"),
    ROW("errors", errors, PMTU_HAS_ERRORS, "how many errors told an MTU"),
    ROW("largest_passed", passed, PMTU_HAS_PASSED, "bytes of the longest packet known to arrive"),
    ROW("smallest_refused", refused, PMTU_HAS_REFUSED,
        "bytes of the shortest packet that was refused, or lost for its size"),
    {.group = "pmtu",
     FIELD_KEY("adapted_after_us"),
     .type = FIELD_NS_AS_US,
     .part = PART_STORY,
     .offset = offsetof(struct pmtu, adapted_ns),
     .has = PMTU_HAS_ADAPTED,
     .doc = "time from the error to the first packet that fits"},
    ROW("ignored_packets", ignored, PMTU_HAS_IGNORED,
        "packets above the MTU that were sent again, more than 0.2 s after it was told"),
    {.group = "pmtu",
     FIELD_KEY("advice"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .has = PMTU_HAS_ADVICE,
     .call = put_advice,
     .json_type = FIELD_OBJECT(shape_mtu_advice),
     .doc =
         "what to use, in bytes: mtu, tcp_mss (headers without options), ping_payload (ping -s)"},
    {.group = "pmtu",
     FIELD_KEY("changes"),
     .type = FIELD_CALL,
     .part = PART_STORY,
     .has = PMTU_HAS_CHANGES,
     .call = put_changes,
     .json_type = FIELD_OBJECTS(shape_mtu_change),
     .doc =
         "timestamp, mtu, reporter of each MTU: the first ones and the last; without a reporter, "
         "a packet of that length arrived"},
    ROW("change_count", history.count, PMTU_HAS_CHANGES, "how many there were"),
};

const struct field_table fields_pmtu = FIELD_TABLE(rows);
