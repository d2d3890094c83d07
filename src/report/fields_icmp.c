/* The rows of `icmp` that messages of both families have. */
#include "decode/icmp.h"
#include "match/match.h"
#include "report/field.h"

static void put_icmp_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    bool v6 = from->event->packet->icmp->family == FAMILY_IPV6;
    field_put_proto(writer, key, v6 ? PROTO_ICMPV6 : PROTO_ICMP);
}

static char *community_id_text(char *to, const struct field_source *from)
{
    return field_community_id(to, &from->event->packet->ip, from->report);
}

static char *flow_community_id_text(char *to, const struct field_source *from)
{
    const struct headers *quoted = match_headers(from->event->packet, from->event->verdict);
    return field_community_id(to, quoted, from->report);
}

static const struct icmp_type *event_icmp_type(const struct event *event)
{
    const struct icmp *icmp = event->packet->icmp;
    return icmp_type_get((enum family)icmp->family, icmp->type);
}

static void put_name(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_name(writer, key, event_icmp_type(from->event)->name);
}

static void put_code_name(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp *icmp = from->event->packet->icmp;
    writer_name(writer, key,
                icmp_code_get((enum family)icmp->family, icmp->type, icmp->code)->name);
}

static void put_class(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_name(writer, key, icmp_class_names[event_icmp_type(from->event)->klass]);
}

static void put_status(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_name(writer, key, icmp_status_names[event_icmp_type(from->event)->status]);
}

/* One row a member: where it is, when it applies, what it means. */
#define PACKET_ROW(name, member, bits, text)                                                       \
    {                                                                                              \
        FIELD_KEY(name), .part = PART_HEADERS, FIELD_MEMBER(struct headers, member), .has = bits,  \
                         .doc = text                                                               \
    }
#define ICMP_ROW(name, member, bits, text)                                                         \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .part = PART_ICMP, FIELD_MEMBER(struct icmp, member),    \
        .has = bits, .doc = text                                                                   \
    }
#define TEXT_ROW(name, where, function, meaning)                                                   \
    {                                                                                              \
        FIELD_KEY(name), .type = FIELD_SHORT, .part = where, .text = function,                     \
                         .json_type = "string", .doc = meaning                                     \
    }
#define FIXED_ROW(object, name, function, type_name, text)                                         \
    {                                                                                              \
        .group = object, FIELD_KEY(name), .type = FIELD_CALL, .part = PART_ICMP, .call = function, \
        .fixed = true, .json_type = type_name, .doc = text                                         \
    }

static const struct field rows[] = {
    PACKET_ROW("src_ip", src, HAS_IP, "sender of the message: for an error, who reports it"),
    PACKET_ROW("dest_ip", dst, HAS_IP, "whom it was sent to"),
    FIXED_ROW(NULL, "proto", put_icmp_proto, FIELD_ALWAYS("string"), "ICMP or IPv6-ICMP"),
    TEXT_ROW("community_id", PART_ICMP, community_id_text, "Community ID v1 of the message"),
    TEXT_ROW("flow_community_id", PART_QUOTED, flow_community_id_text,
             "Community ID v1 of the quoted packet's flow, to join other tools' records on"),
    {FIELD_KEY("icmp_type"), .part = PART_ICMP, FIELD_MEMBER(struct icmp, type), .fixed = true,
     .doc = "type, as IANA's registry of the protocol has it"},
    {FIELD_KEY("icmp_code"), .part = PART_ICMP, FIELD_MEMBER(struct icmp, code), .fixed = true,
     .doc = "code"},

    FIXED_ROW("icmp", "name", put_name, FIELD_ALWAYS("string"), "name of the type"),
    FIXED_ROW("icmp", "code_name", put_code_name, "string", "name of the code, where it has one"),
    FIXED_ROW("icmp", "class", put_class, FIELD_ALWAYS(FIELD_ENUM(icmp_class_names)),
              "error, request, reply, discovery or other"),
    FIXED_ROW("icmp", "status", put_status, FIELD_ALWAYS(FIELD_ENUM(icmp_status_names)),
              "of the type: current, deprecated, experimental or unassigned"),
    {.group = "icmp",
     FIELD_KEY("checksum"),
     .type = FIELD_NAME8,
     .part = PART_ICMP,
     .offset = offsetof(struct icmp, checksum),
     .fixed = true,
     FIELD_NAMES(icmp_checksum_names),
     .doc = "good, bad, or unverified: not all of the message was captured"},
    ICMP_ROW("length", length, 0, "bytes of the message, header included, as the IP length claims"),
};

const struct field_table fields_icmp = FIELD_TABLE(rows);

static const struct field some_rows[] = {
    ICMP_ROW("fragments", fragments, ICMP_HAS_FRAGMENTS,
             "of a message that came in fragments: how many there were, copies left out"),
    ICMP_ROW("complete", complete, ICMP_HAS_FRAGMENTS,
             "... whether that was all; else the message is read from the first one alone"),
    ICMP_ROW("id", id, ICMP_HAS_ID, "identifier, of echo, timestamp and their like"),
    ICMP_ROW("seq", seq, ICMP_HAS_ID, "sequence number"),
    ICMP_ROW("mtu", mtu, ICMP_HAS_MTU,
             "next-hop MTU in bytes; 0 from routers that do not tell it (RFC 1191)"),
    ICMP_ROW("gateway", gateway, ICMP_HAS_GATEWAY, "of a redirect: the better first hop"),
    ICMP_ROW(
        "target", target, ICMP_HAS_TARGET,
        "of ICMPv6: the address that a neighbor message is about; of a redirect the destination"),
    ICMP_ROW("pointer", pointer, ICMP_HAS_POINTER,
             "of a parameter problem: the octet of the quoted packet that is at fault, from 0"),
    ICMP_ROW("originate_ms", originate_ms, ICMP_HAS_TIMES,
             "when the request was sent, ms since midnight UTC; from 2^31: not standard"),
    ICMP_ROW("receive_ms", receive_ms, ICMP_HAS_TIMES, "when it arrived, the same"),
    ICMP_ROW("transmit_ms", transmit_ms, ICMP_HAS_TIMES, "when the reply was sent, the same"),
    ICMP_ROW("payload_length", payload_length, ICMP_HAS_PAYLOAD, "bytes that an echo carries"),
};

const struct field_table fields_icmp_some =
    FIELD_TABLE_SOME(some_rows, PART_ICMP,
                     ICMP_HAS_FRAGMENTS | ICMP_HAS_ID | ICMP_HAS_MTU | ICMP_HAS_GATEWAY |
                         ICMP_HAS_TARGET | ICMP_HAS_POINTER | ICMP_HAS_TIMES | ICMP_HAS_PAYLOAD);
