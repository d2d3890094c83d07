/* The rows of an error: the packet that it quotes, and what it was tied to. */
#include "decode/icmp.h"
#include "match/verdict.h"
#include "report/field.h"
#include "report/rewritten_list.h"
#include "report/shape.h"
#include "report/tunnel_list.h"

static const struct quote *event_quote(const struct field_source *from)
{
    return &from->event->packet->icmp->quote;
}

static void put_quoted_proto(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    field_put_proto(writer, key, event_quote(from)->ip.proto);
}

static void put_inner_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_proto(writer, key, event_quote(from)->inner.ip.proto);
}

static void put_tcp_flags(struct writer *writer, const char *key, const struct field_source *from)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t flags = event_quote(from)->ip.tcp_flags;
    const char text[2] = {digits[flags >> 4], digits[flags & 15]};
    writer_plain(writer, key, text, sizeof text);
}

/* Without the flag the number means nothing (RFC 9293 3.1). */
static void put_tcp_ack(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct headers *ip = &event_quote(from)->ip;
    if ((ip->tcp_flags & TCP_ACK) != 0)
        writer_unsigned(writer, key, ip->tcp_ack);
}

static void put_tcp_sack(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct tcp_options *tcp = &event_quote(from)->tcp;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < tcp->sack_count && i < TCP_SACK_MAX; i++) {
        writer->ops->object_begin(writer->self, NULL);
        writer_unsigned(writer, "left", tcp->sack[i].left);
        writer_unsigned(writer, "right", tcp->sack[i].right);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static const struct shape_row sack_rows[] = {
    {"left", "int", "first sequence number of the block", .always = true},
    {"right", "int", "the one behind its last", .always = true},
};

static const struct shape shape_sack = {"sack", SHAPE_ROWS(sack_rows)};

static const struct field_table fields_inner;

static const struct shape_row inner_list[] = {
    {"tunnel", FIELD_OBJECTS(shape_tunnel), .doc = "encapsulations that it is in, outermost first"},
};

static const struct shape shape_inner = {"inner", SHAPE_ROWS(inner_list), .fields = &fields_inner};

static void put_inner(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct quote_inner *inner = &event_quote(from)->inner;
    size_t count = inner->tunnel_count < QUOTE_TUNNELS ? inner->tunnel_count : QUOTE_TUNNELS;
    writer->ops->object_begin(writer->self, key);
    tunnel_list_put(writer, "tunnel", inner->tunnels, count);
    field_walk_flat(writer, &fields_inner, from->event, from->report);
    writer->ops->object_end(writer->self);
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
    if (anomalies != 0)
        field_put_bits(writer, key, anomalies, anomaly_names, ANOMALIES);
}

static void put_rewritten(struct writer *writer, const char *key, const struct field_source *from)
{
    rewritten_list_put(writer, key, from->event, from->report);
}

static void put_tied_inner(struct writer *writer, const char *key, const struct field_source *from)
{
    if (from->event->verdict->inner)
        writer->ops->boolean(writer->self, key, true);
}

#define QUOTED_ROW(name, member, bits, text)                                                       \
    {                                                                                              \
        .group = "quoted", FIELD_KEY(name), .part = PART_QUOTED,                                   \
        FIELD_MEMBER(struct headers, member), .has = bits, .doc = text                             \
    }
#define TCP_ROW(name, member, bits, text)                                                          \
    {                                                                                              \
        .group = "quoted", FIELD_KEY(name), .part = PART_TCP,                                      \
        FIELD_MEMBER(struct tcp_options, member), .has = bits, .doc = text                         \
    }
#define INNER_ROW(name, member, bits, text)                                                        \
    {                                                                                              \
        FIELD_KEY(name), .part = PART_INNER, FIELD_MEMBER(struct headers, member), .has = bits,    \
                         .doc = text                                                               \
    }
#define MATCH_ROW(name, member, bits, text)                                                        \
    {                                                                                              \
        .group = "match", FIELD_KEY(name), .part = PART_VERDICT,                                   \
        FIELD_MEMBER(struct verdict, member), .has = bits, .doc = text                             \
    }

static const struct field inner_rows[] = {
    INNER_ROW("src_ip", src, HAS_IP, "sender of the packet in the tunnel"),
    INNER_ROW("dest_ip", dst, HAS_IP, "its destination"),
    {FIELD_KEY("proto"), .type = FIELD_CALL, .part = PART_INNER, .has = HAS_PROTO,
     .call = put_inner_proto, .json_type = "string", .doc = "its protocol"},
    INNER_ROW("src_port", src_port, HAS_PORTS, "source port"),
    INNER_ROW("dest_port", dst_port, HAS_PORTS, "destination port"),
    INNER_ROW("ip_id", ip_id, HAS_IP_ID, "IP identification"),
    INNER_ROW("ttl", ttl, HAS_IP, "TTL or hop limit"),
    INNER_ROW("tos", tos, HAS_IP, "type of service or traffic class"),
    INNER_ROW("length", total_length, HAS_IP, "bytes that it claims to have"),
    INNER_ROW("frag_offset", frag_offset, HAS_FRAGMENT, "of a fragment: bytes before it"),
    INNER_ROW("tcp_seq", tcp_seq, HAS_TCP_SEQ, "TCP sequence number"),
    INNER_ROW("udp_length", udp_length, HAS_UDP_LENGTH, "bytes of UDP header and data"),
    INNER_ROW("icmp_type", icmp_type, HAS_ICMP_TYPE, "type of ICMP"),
    INNER_ROW("icmp_code", icmp_code, HAS_ICMP_TYPE, "code"),
    INNER_ROW("icmp_id", icmp_id, HAS_ICMP_ID, "identifier, of types that have one"),
    INNER_ROW("icmp_seq", icmp_seq, HAS_ICMP_ID, "sequence number"),
    INNER_ROW("sctp_vtag", sctp_vtag, HAS_SCTP_VTAG, "SCTP verification tag"),
    INNER_ROW("esp_spi", spi, HAS_ESP_SPI, "SPI of ESP or AH"),
    INNER_ROW("esp_seq", spi_seq, HAS_ESP_SPI, "sequence number of ESP or AH"),
    INNER_ROW("gre_key", gre_key, HAS_GRE_KEY, "key of GRE, call of PPTP"),
};

static const struct field_table fields_inner = FIELD_TABLE(inner_rows);

static const struct field rows[] = {
    QUOTED_ROW("src_ip", src, HAS_IP, "sender of the quoted packet"),
    QUOTED_ROW("dest_ip", dst, HAS_IP, "its destination"),
    {.group = "quoted",
     FIELD_KEY("proto"),
     .type = FIELD_CALL,
     .part = PART_QUOTED,
     .has = HAS_PROTO,
     .call = put_quoted_proto,
     .fixed = true,
     .json_type = "string",
     .doc = "its protocol: TCP, UDP, ...; its number where EVE has no name for it"},
    QUOTED_ROW("src_port", src_port, HAS_PORTS, "source port"),
    QUOTED_ROW("dest_port", dst_port, HAS_PORTS, "destination port"),
    QUOTED_ROW("ip_id", ip_id, HAS_IP_ID, "IP identification; of IPv6 in a fragment header"),
    QUOTED_ROW("ttl", ttl, HAS_IP, "TTL or hop limit that was left"),
    QUOTED_ROW("tos", tos, HAS_IP, "type of service or traffic class"),
    QUOTED_ROW("length", total_length, HAS_IP, "bytes that the quoted packet claims to have"),
    {.group = "quoted",
     FIELD_KEY("bytes"),
     .part = PART_QUOTE,
     FIELD_MEMBER(struct quote, bytes),
     .doc = "bytes of it that the message holds"},
    {.group = "quoted",
     FIELD_KEY("df"),
     .part = PART_QUOTED,
     FIELD_MEMBER(struct headers, df),
     .has = HAS_IP,
     .family = FAMILY_IPV4,
     .fixed = true,
     .doc = "whether IPv4 routers may not fragment it"},
    QUOTED_ROW("frag_offset", frag_offset, HAS_FRAGMENT,
               "of a fragment: bytes of the whole packet before it"),
    QUOTED_ROW("tcp_seq", tcp_seq, HAS_TCP_SEQ, "TCP sequence number"),
    {.group = "quoted",
     FIELD_KEY("tcp_flags"),
     .type = FIELD_CALL,
     .part = PART_QUOTED,
     .has = HAS_TCP_FLAGS,
     .call = put_tcp_flags,
     .json_type = "string",
     .doc = "TCP flags as EVE writes them, two hexadecimal digits: 02 SYN, 12 SYN and ACK, 04 RST"},
    {.group = "quoted",
     FIELD_KEY("tcp_ack"),
     .type = FIELD_CALL,
     .part = PART_QUOTED,
     .has = HAS_TCP_FLAGS,
     .call = put_tcp_ack,
     .json_type = "int",
     .doc = "TCP acknowledgement number, where the flag says that there is one"},
    QUOTED_ROW("tcp_window", tcp_window, HAS_TCP_FLAGS, "TCP window as it stands there, unscaled"),
};

const struct field_table fields_quoted = FIELD_TABLE(rows);

static const struct field option_rows[] = {
    TCP_ROW("tcp_mss", mss, TCP_HAS_MSS, "option: the largest segment its sender takes, in bytes"),
    TCP_ROW("tcp_wscale", window_scale, TCP_HAS_WINDOW_SCALE,
            "option: bits by which its sender's windows are shifted"),
    TCP_ROW("tcp_sack_permitted", sack_permitted, TCP_HAS_SACK_PERMITTED,
            "option: selective acknowledgements may be sent to it"),
    {.group = "quoted",
     FIELD_KEY("tcp_sack"),
     .type = FIELD_CALL,
     .part = PART_TCP,
     .has = TCP_HAS_SACK,
     .call = put_tcp_sack,
     .json_type = FIELD_OBJECTS(shape_sack),
     .doc =
         "option: what came out of order, sequence numbers from left to before right; at most 4"},
    TCP_ROW("tcp_tsval", ts_value, TCP_HAS_TIMESTAMPS,
            "option: timestamp, in ticks of its sender's clock"),
    TCP_ROW("tcp_tsecr", ts_echo, TCP_HAS_TIMESTAMPS,
            "... and the one it echoes, in ticks of the other side's"),
};

const struct field_table fields_quoted_options =
    FIELD_TABLE_SOME(option_rows, PART_TCP, UINT32_MAX);

static const struct field other_rows[] = {
    QUOTED_ROW("udp_length", udp_length, HAS_UDP_LENGTH, "bytes of UDP header and data"),
    QUOTED_ROW("icmp_type", icmp_type, HAS_ICMP_TYPE, "type, where it is ICMP itself"),
    QUOTED_ROW("icmp_code", icmp_code, HAS_ICMP_TYPE, "code"),
    QUOTED_ROW("icmp_id", icmp_id, HAS_ICMP_ID, "identifier, of types that have one"),
    QUOTED_ROW("icmp_seq", icmp_seq, HAS_ICMP_ID, "sequence number"),
    QUOTED_ROW("sctp_vtag", sctp_vtag, HAS_SCTP_VTAG, "SCTP verification tag"),
    QUOTED_ROW("sctp_tsn", sctp_tsn, HAS_SCTP_TSN, "SCTP: number of its first chunk of data"),
    QUOTED_ROW("esp_spi", spi, HAS_ESP_SPI, "SPI of ESP or AH"),
    QUOTED_ROW("esp_seq", spi_seq, HAS_ESP_SPI, "sequence number of ESP or AH"),
    QUOTED_ROW("gre_key", gre_key, HAS_GRE_KEY, "key of GRE, call of PPTP"),
    QUOTED_ROW("gre_seq", gre_seq, HAS_GRE_SEQ, "sequence number of GRE"),
};

const struct field_table fields_quoted_other =
    FIELD_TABLE_SOME(other_rows, PART_QUOTED,
                     HAS_UDP_LENGTH | HAS_ICMP_TYPE | HAS_ICMP_ID | HAS_SCTP_VTAG | HAS_SCTP_TSN |
                         HAS_ESP_SPI | HAS_GRE_KEY | HAS_GRE_SEQ);

static const struct field quote_rows[] = {
    {.group = "quoted",
     FIELD_KEY("dccp_seq"),
     .part = PART_QUOTE,
     FIELD_MEMBER(struct quote, dccp_seq),
     .has = QUOTE_HAS_DCCP_SEQ,
     .doc = "DCCP sequence number, of 24 or 48 bits"},
    {.group = "quoted",
     FIELD_KEY("inner"),
     .type = FIELD_CALL,
     .part = PART_QUOTE,
     .has = QUOTE_HAS_INNER,
     .call = put_inner,
     .json_type = FIELD_OBJECT(shape_inner),
     .doc = "packet in the tunnel that is quoted: tunnel, src_ip, dest_ip, proto, src_port, ..."},
};

const struct field_table fields_quote =
    FIELD_TABLE_SOME(quote_rows, PART_QUOTE, QUOTE_HAS_DCCP_SEQ | QUOTE_HAS_INNER);

static const struct field match_rows[] = {
    {.group = "match",
     FIELD_KEY("verdict"),
     .type = FIELD_NAME8,
     .part = PART_VERDICT,
     .offset = offsetof(struct verdict, kind),
     .fixed = true,
     FIELD_NAMES(verdict_names),
     .doc = "how surely it was tied: exact, flow, reverse, nat, fragment, unmatched, unkeyed"},
    MATCH_ROW("pcap_cnt", frame, VERDICT_HAS_TRIGGER, "frame of the packet that triggered it"),
    {.group = "match",
     FIELD_KEY("pcap_filename"),
     .type = FIELD_CALL,
     .part = PART_VERDICT,
     .has = VERDICT_HAS_TRIGGER,
     .call = put_trigger_capture,
     .json_type = "string",
     .doc = "the capture that has that frame"},
    {.group = "match",
     FIELD_KEY("rtt_us"),
     .type = FIELD_NS_AS_US,
     .part = PART_VERDICT,
     .offset = offsetof(struct verdict, rtt_ns),
     .has = VERDICT_HAS_RTT,
     .doc = "microseconds from that packet to the message, where it was captured first"},
    MATCH_ROW("flow_id", flow_id, VERDICT_HAS_FLOW, "its flow: unique within one run"),
    {.group = "match",
     FIELD_KEY("inner"),
     .type = FIELD_CALL,
     .part = PART_VERDICT,
     .call = put_tied_inner,
     .fixed = true,
     .json_type = "bool",
     .doc = "true where it was tied by quoted.inner, of which the flow and the packet are"},
    MATCH_ROW("candidates", candidates, VERDICT_HAS_CANDIDATES,
              "packets that fit equally well, where more than one does"),
    {.group = "match",
     FIELD_KEY("seq_check"),
     .type = FIELD_NAME8,
     .part = PART_VERDICT,
     .offset = offsetof(struct verdict, seq_check),
     .has = VERDICT_HAS_SEQ_CHECK,
     FIELD_NAMES(seq_check_names),
     .doc = "TCP: whether it was in flight, in_window, out_of_window or unknown (RFC 5927 4.1)"},
    {.group = "match",
     FIELD_KEY("rewritten"),
     .type = FIELD_CALL,
     .part = PART_VERDICT,
     .has = VERDICT_HAS_SENT,
     .call = put_rewritten,
     .json_type = FIELD_OBJECTS(shape_rewritten),
     .doc =
         "what was changed on its way, beyond what routers must change: field, sent, quoted, ..."},
    {.group = "match",
     FIELD_KEY("anomalies"),
     .type = FIELD_CALL,
     .part = PART_VERDICT,
     .has = VERDICT_HAS_ANOMALIES,
     .call = put_anomalies,
     .json_type = FIELD_ENUMS(anomaly_names),
     .doc = "reasons to doubt it: outer_dest_not_quoted_source, error_about_error, ..."},
};

const struct field_table fields_match = FIELD_TABLE(match_rows);
