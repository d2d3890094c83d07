/* The rows of `icmp`: one message, and for an error its quote and what it was tied to. */
#include "decode/icmp.h"
#include "flow/community_id.h"
#include "report/field.h"
#include "report/names.h"

static void put_proto(struct writer *writer, const char *key, uint8_t proto)
{
    char text[PROTO_NAME_SIZE];
    writer_string(writer, key, proto_name(proto, text, sizeof text));
}

static void put_packet_proto(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    put_proto(writer, key, from->event->packet->ip.proto);
}

static void put_quoted_proto(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    put_proto(writer, key, from->event->packet->icmp->quote.ip.proto);
}

static void put_community_id(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    char text[COMMUNITY_ID_SIZE];
    uint16_t seed = from->report->config->community_id_seed;
    writer_string(writer, key,
                  community_id_format(&from->event->packet->ip, seed, text, sizeof text));
}

static void put_flow_community_id(struct writer *writer, const char *key,
                                  const struct field_source *from)
{
    char text[COMMUNITY_ID_SIZE];
    uint16_t seed = from->report->config->community_id_seed;
    const struct headers *quoted = &from->event->packet->icmp->quote.ip;
    writer_string(writer, key, community_id_format(quoted, seed, text, sizeof text));
}

static const struct icmp_type *event_icmp_type(const struct event *event)
{
    const struct icmp *icmp = event->packet->icmp;
    return icmp_type_get((enum family)icmp->family, icmp->type);
}

static void put_name(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, event_icmp_type(from->event)->name);
}

static void put_code_name(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp *icmp = from->event->packet->icmp;
    writer_string(writer, key,
                  icmp_code_get((enum family)icmp->family, icmp->type, icmp->code)->name);
}

static void put_class(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, icmp_class_names[event_icmp_type(from->event)->klass]);
}

static void put_status(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, icmp_status_names[event_icmp_type(from->event)->status]);
}

static void put_tcp_flags(struct writer *writer, const char *key, const struct field_source *from)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t flags = from->event->packet->icmp->quote.ip.tcp_flags;
    const char text[2] = {digits[flags >> 4], digits[flags & 15]};
    writer->ops->text(writer->self, key, text, sizeof text);
}

static void put_trigger_capture(struct writer *writer, const char *key,
                                const struct field_source *from)
{
    writer_string(writer, key, report_capture_name(from->report, from->event->verdict->capture));
}

static void put_anomalies(struct writer *writer, const char *key, const struct field_source *from)
{
    const uint32_t known = (1u << ANOMALIES) - 1;
    uint32_t anomalies = from->event->verdict->anomalies & known;
    if (anomalies == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (unsigned i = 0; i < ANOMALIES; i++)
        if ((anomalies >> i & 1) != 0)
            writer_string(writer, NULL, anomaly_names[i]);
    writer->ops->array_end(writer->self);
}

/* One row a member: where it is, when it applies, what it means. */
#define PACKET_ROW(name, member, bits, text)                                                       \
    {                                                                                              \
        .key = name, .part = PART_HEADERS, FIELD_MEMBER(struct headers, member), .has = bits,      \
        .doc = text                                                                                \
    }
#define ICMP_ROW(name, member, bits, text)                                                         \
    {                                                                                              \
        .group = "icmp", .key = name, .part = PART_ICMP, FIELD_MEMBER(struct icmp, member),        \
        .has = bits, .doc = text                                                                   \
    }
#define QUOTED_ROW(name, member, bits, text)                                                       \
    {                                                                                              \
        .group = "quoted", .key = name, .part = PART_QUOTED, FIELD_MEMBER(struct headers, member), \
        .has = bits, .doc = text                                                                   \
    }
#define MATCH_ROW(name, member, bits, text)                                                        \
    {                                                                                              \
        .group = "match", .key = name, .part = PART_VERDICT, FIELD_MEMBER(struct verdict, member), \
        .has = bits, .doc = text                                                                   \
    }
#define CALL_ROW(object, name, where, function, type_name, text)                                   \
    {                                                                                              \
        .group = object, .key = name, .type = FIELD_CALL, .part = where, .call = function,         \
        .json_type = type_name, .doc = text                                                        \
    }

static const struct field rows[] = {
    PACKET_ROW("src_ip", src, HAS_IP, "sender of the message: for an error, who reports it"),
    PACKET_ROW("dest_ip", dst, HAS_IP, "whom it was sent to"),
    CALL_ROW(NULL, "proto", PART_ICMP, put_packet_proto, "string", "ICMP or IPv6-ICMP"),
    CALL_ROW(NULL, "community_id", PART_ICMP, put_community_id, "string",
             "Community ID v1 of the message"),
    CALL_ROW(NULL, "flow_community_id", PART_QUOTED, put_flow_community_id, "string",
             "Community ID v1 of the quoted packet's flow, to join other tools' records on"),
    {.key = "icmp_type",
     .part = PART_ICMP,
     FIELD_MEMBER(struct icmp, type),
     .doc = "type, as IANA's registry of the protocol has it"},
    {.key = "icmp_code", .part = PART_ICMP, FIELD_MEMBER(struct icmp, code), .doc = "code"},

    CALL_ROW("icmp", "name", PART_ICMP, put_name, "string", "name of the type"),
    CALL_ROW("icmp", "code_name", PART_ICMP, put_code_name, "string",
             "name of the code, where it has one"),
    CALL_ROW("icmp", "class", PART_ICMP, put_class, "string",
             "error, request, reply, discovery or other"),
    CALL_ROW("icmp", "status", PART_ICMP, put_status, "string",
             "of the type: current, deprecated, experimental or unassigned"),
    {.group = "icmp",
     .key = "checksum",
     .type = FIELD_NAME8,
     .part = PART_ICMP,
     .offset = offsetof(struct icmp, checksum),
     .names = icmp_checksum_names,
     .doc = "good, bad, or unverified: not all of the message was captured"},
    ICMP_ROW("length", length, 0, "bytes of the message, header included, as the IP length claims"),
    ICMP_ROW("id", id, ICMP_HAS_ID, "identifier, of echo, timestamp and their like"),
    ICMP_ROW("seq", seq, ICMP_HAS_ID, "sequence number"),
    ICMP_ROW("mtu", mtu, ICMP_HAS_MTU,
             "next-hop MTU in bytes; 0 from routers that do not tell it (RFC 1191)"),
    ICMP_ROW("gateway", gateway, ICMP_HAS_GATEWAY, "of a redirect: the better first hop"),
    ICMP_ROW("target", target, ICMP_HAS_TARGET,
             "of an ICMPv6 redirect: the destination that is redirected"),
    ICMP_ROW("pointer", pointer, ICMP_HAS_POINTER,
             "of a parameter problem: the octet of the quoted packet that is at fault, from 0"),
    ICMP_ROW("originate_ms", originate_ms, ICMP_HAS_TIMES,
             "when the request was sent, ms since midnight UTC; from 2^31: not standard"),
    ICMP_ROW("receive_ms", receive_ms, ICMP_HAS_TIMES, "when it arrived, the same"),
    ICMP_ROW("transmit_ms", transmit_ms, ICMP_HAS_TIMES, "when the reply was sent, the same"),
    ICMP_ROW("payload_length", payload_length, ICMP_HAS_PAYLOAD, "bytes that an echo carries"),

    QUOTED_ROW("src_ip", src, HAS_IP, "sender of the quoted packet"),
    QUOTED_ROW("dest_ip", dst, HAS_IP, "its destination"),
    {.group = "quoted",
     .key = "proto",
     .type = FIELD_CALL,
     .part = PART_QUOTED,
     .has = HAS_PROTO,
     .call = put_quoted_proto,
     .json_type = "string",
     .doc = "its protocol: TCP, UDP, ...; its number where EVE has no name for it"},
    QUOTED_ROW("src_port", src_port, HAS_PORTS, "source port"),
    QUOTED_ROW("dest_port", dst_port, HAS_PORTS, "destination port"),
    QUOTED_ROW("ip_id", ip_id, HAS_IP_ID, "IP identification; of IPv6 in a fragment header"),
    QUOTED_ROW("ttl", ttl, HAS_IP, "TTL or hop limit that was left"),
    QUOTED_ROW("tos", tos, HAS_IP, "type of service or traffic class"),
    QUOTED_ROW("length", total_length, HAS_IP, "bytes that the quoted packet claims to have"),
    {.group = "quoted",
     .key = "bytes",
     .part = PART_QUOTE,
     FIELD_MEMBER(struct quote, bytes),
     .doc = "bytes of it that the message holds"},
    {.group = "quoted",
     .key = "df",
     .part = PART_QUOTED,
     FIELD_MEMBER(struct headers, df),
     .has = HAS_IP,
     .family = FAMILY_IPV4,
     .doc = "whether IPv4 routers may not fragment it"},
    QUOTED_ROW("frag_offset", frag_offset, HAS_FRAGMENT,
               "of a fragment: bytes of the whole packet before it"),
    QUOTED_ROW("tcp_seq", tcp_seq, HAS_TCP_SEQ, "TCP sequence number"),
    {.group = "quoted",
     .key = "tcp_flags",
     .type = FIELD_CALL,
     .part = PART_QUOTED,
     .has = HAS_TCP_FLAGS,
     .call = put_tcp_flags,
     .json_type = "string",
     .doc = "TCP flags as EVE writes them, two hexadecimal digits: 02 SYN, 12 SYN and ACK, 04 RST"},
    QUOTED_ROW("udp_length", udp_length, HAS_UDP_LENGTH, "bytes of UDP header and data"),
    QUOTED_ROW("icmp_type", icmp_type, HAS_ICMP_TYPE, "type, where it is ICMP itself"),
    QUOTED_ROW("icmp_code", icmp_code, HAS_ICMP_TYPE, "code"),
    QUOTED_ROW("icmp_id", icmp_id, HAS_ICMP_ID, "identifier, of types that have one"),
    QUOTED_ROW("icmp_seq", icmp_seq, HAS_ICMP_ID, "sequence number"),
    QUOTED_ROW("sctp_vtag", sctp_vtag, HAS_SCTP_VTAG, "SCTP verification tag"),
    QUOTED_ROW("esp_spi", spi, HAS_ESP_SPI, "SPI of ESP or AH"),
    QUOTED_ROW("gre_key", gre_key, HAS_GRE_KEY, "key of GRE, call of PPTP"),

    {.group = "match",
     .key = "verdict",
     .type = FIELD_NAME8,
     .part = PART_VERDICT,
     .offset = offsetof(struct verdict, kind),
     .names = verdict_names,
     .doc = "how surely it was tied: exact, flow, reverse, nat, fragment, unmatched, unkeyed"},
    MATCH_ROW("pcap_cnt", frame, VERDICT_HAS_TRIGGER, "frame of the packet that triggered it"),
    {.group = "match",
     .key = "pcap_filename",
     .type = FIELD_CALL,
     .part = PART_VERDICT,
     .has = VERDICT_HAS_TRIGGER,
     .call = put_trigger_capture,
     .json_type = "string",
     .doc = "the capture that has that frame"},
    {.group = "match",
     .key = "rtt_us",
     .type = FIELD_NS_AS_US,
     .part = PART_VERDICT,
     .offset = offsetof(struct verdict, rtt_ns),
     .has = VERDICT_HAS_TRIGGER,
     .doc = "microseconds from that packet to the message"},
    MATCH_ROW("flow_id", flow_id, VERDICT_HAS_FLOW, "its flow: unique within one run"),
    MATCH_ROW("candidates", candidates, VERDICT_HAS_CANDIDATES,
              "packets that fit equally well, where more than one does"),
    {.group = "match",
     .key = "anomalies",
     .type = FIELD_CALL,
     .part = PART_VERDICT,
     .has = VERDICT_HAS_ANOMALIES,
     .call = put_anomalies,
     .json_type = "string[]",
     .doc = "reasons to doubt it: outer_dest_not_quoted_source, error_about_error, ..."},
};

const struct field_table fields_icmp = {rows, FIELD_COUNT(rows)};
