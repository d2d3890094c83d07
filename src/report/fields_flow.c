/* The rows of `flow`: a flow that has ended, and the errors about it. In the summary document also
 * one that was quoted and not captured: it has no struct flow. */
#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "flow/tcp_state.h"
#include "report/field.h"
#include "report/names.h"
#include "report/shape.h"

/* From client to server; of a flow that was not captured, as it was first quoted. */
static struct headers event_headers(const struct event *event)
{
    if (event->flow != NULL)
        return flow_headers(event->flow);
    return event->hit != NULL ? event->hit->quoted : (struct headers){0};
}

static void put_src_ip(struct writer *writer, const char *key, const struct field_source *from)
{
    char text[ADDR_TEXT_SIZE];
    struct headers headers = event_headers(from->event);
    writer_string(writer, key,
                  addr_format(headers.src, (enum family)headers.family, text, sizeof text));
}

static void put_dest_ip(struct writer *writer, const char *key, const struct field_source *from)
{
    char text[ADDR_TEXT_SIZE];
    struct headers headers = event_headers(from->event);
    writer_string(writer, key,
                  addr_format(headers.dst, (enum family)headers.family, text, sizeof text));
}

static void put_src_port(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    if ((headers.has & HAS_PORTS) != 0)
        writer_unsigned(writer, key, headers.src_port);
}

static void put_dest_port(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    if ((headers.has & HAS_PORTS) != 0)
        writer_unsigned(writer, key, headers.dst_port);
}

static void put_proto(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    if ((headers.has & HAS_PROTO) != 0)
        field_put_proto(writer, key, headers.proto);
}

static char *community_id_text(char *to, const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    return field_community_id(to, &headers, from->report);
}

static void put_icmp_type(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    if ((headers.has & HAS_ICMP_TYPE) != 0)
        writer_unsigned(writer, key, headers.icmp_type);
}

static void put_icmp_code(struct writer *writer, const char *key, const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    if ((headers.has & HAS_ICMP_TYPE) != 0)
        writer_unsigned(writer, key, headers.icmp_code);
}

/* ---- the flow object ------------------------------------------------------------------------- */

static enum flow_direction flow_to_server(const struct flow *flow)
{
    return (enum flow_direction)flow->initiator;
}

static enum flow_direction flow_to_client(const struct flow *flow)
{
    return flow_direction_other(flow->initiator);
}

static void put_flow_id(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_unsigned(writer, key, from->event->flow->id);
}

static void put_pkts_toserver(struct writer *writer, const char *key,
                              const struct field_source *from)
{
    writer_unsigned(writer, key,
                    flow_packets(from->event->flow, flow_to_server(from->event->flow)));
}

static void put_pkts_toclient(struct writer *writer, const char *key,
                              const struct field_source *from)
{
    writer_unsigned(writer, key,
                    flow_packets(from->event->flow, flow_to_client(from->event->flow)));
}

static void put_bytes_toserver(struct writer *writer, const char *key,
                               const struct field_source *from)
{
    writer_unsigned(writer, key, flow_bytes(from->event->flow, flow_to_server(from->event->flow)));
}

static void put_bytes_toclient(struct writer *writer, const char *key,
                               const struct field_source *from)
{
    writer_unsigned(writer, key, flow_bytes(from->event->flow, flow_to_client(from->event->flow)));
}

static int64_t seconds(int64_t ns)
{
    return ns / NS_PER_S - (ns % NS_PER_S < 0);
}

/* As EVE counts it: the difference of the seconds that the two times lie in. */
static void put_age(struct writer *writer, const char *key, const struct field_source *from)
{
    int64_t age = seconds(from->event->flow->last_ns) - seconds(from->event->flow->first_ns);
    writer->ops->integer(writer->self, key, age > 0 ? age : 0);
}

enum { STATE_NEW, STATE_ESTABLISHED, STATE_CLOSED, STATES };

static const char *const flow_states[STATES] = {"new", "established", "closed"};

static const char *flow_state(const struct flow *flow)
{
    bool tcp = flow->key.proto == PROTO_TCP;
    bool answered = flow_packets(flow, FLOW_FORWARD) > 0 && flow_packets(flow, FLOW_BACKWARD) > 0;
    if (tcp && tcp_state_is_over(flow))
        return flow_states[STATE_CLOSED];
    if (tcp)
        answered = (flow->tcp_flags[0] & flow->tcp_flags[1] & TCP_ACK) != 0;
    return flow_states[answered ? STATE_ESTABLISHED : STATE_NEW];
}

static void put_state(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, flow_state(from->event->flow));
}

static const char *const flow_reasons[FLOW_ENDS] = {[FLOW_END_TIMEOUT] = "timeout",
                                                    [FLOW_END_FORCED] = "forced",
                                                    [FLOW_END_SHUTDOWN] = "shutdown",
                                                    [FLOW_END_TCP_REUSE] = "tcp_reuse"};

static void put_reason(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, flow_reasons[from->event->flow_end]);
}

/* ---- the tcp object -------------------------------------------------------------------------- */

static void put_hex_byte(struct writer *writer, const char *key, uint8_t byte)
{
    char text[3];
    snprintf(text, sizeof text, "%02x", byte);
    writer_string(writer, key, text);
}

static uint8_t flow_tcp_flags(const struct flow *flow)
{
    return flow->tcp_flags[0] | flow->tcp_flags[1];
}

static void put_tcp_flags(struct writer *writer, const char *key, const struct field_source *from)
{
    put_hex_byte(writer, key, flow_tcp_flags(from->event->flow));
}

static void put_tcp_flags_ts(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    const struct flow *flow = from->event->flow;
    put_hex_byte(writer, key, flow->tcp_flags[flow_to_server(flow)]);
}

static void put_tcp_flags_tc(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    const struct flow *flow = from->event->flow;
    put_hex_byte(writer, key, flow->tcp_flags[flow_to_client(flow)]);
}

/* As EVE names them; one that was not seen is left out. */
static void put_tcp_flag(struct writer *writer, const char *key, const struct field_source *from)
{
    static const char *const names[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"};
    for (size_t bit = 0; bit < sizeof names / sizeof names[0]; bit++)
        if (strcmp(key, names[bit]) == 0 && (flow_tcp_flags(from->event->flow) >> bit & 1) != 0)
            writer->ops->boolean(writer->self, key, true);
}

static void put_tcp_state(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, tcp_state_names[tcp_state_get(from->event->flow)]);
}

/* ---- the errors ------------------------------------------------------------------------------ */

static void put_one_by(struct writer *writer, const struct hit_by *by)
{
    char text[ADDR_TEXT_SIZE];
    enum family family = (enum family)by->family;
    writer->ops->object_begin(writer->self, NULL);
    writer_string(writer, "reporter", addr_format(by->reporter, family, text, sizeof text));
    writer_unsigned(writer, "icmp_type", by->type);
    writer_unsigned(writer, "icmp_code", by->code);
    writer_unsigned(writer, "count", by->count);
    if (by->has_mtu)
        writer_unsigned(writer, "mtu", by->mtu);
    writer->ops->object_end(writer->self);
}

static const struct shape_row by_rows[] = {
    {"reporter", "ip", "who sent them", .always = true},
    {"icmp_type", "int", "their type", .always = true},
    {"icmp_code", "int", "their code", .always = true},
    {"count", "int", "how many", .always = true},
    {"mtu", "int", .doc = "lowest MTU told, in bytes"},
};

static const struct shape shape_by = {"errors_by", SHAPE_ROWS(by_rows)};

static void put_by(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct hit *hit = from->event->hit;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < hit->by_count; i++)
        put_one_by(writer, hit_by_at(hit, i));
    writer->ops->array_end(writer->self);
}

static void put_by_more(struct writer *writer, const char *key, const struct field_source *from)
{
    if (from->event->hit->by_more > 0)
        writer_unsigned(writer, key, from->event->hit->by_more);
}

static void put_seconds(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct aftermath *after = &from->event->hit->after;
    if (after->packets == 0)
        return;
    int64_t us = timefmt_us((int64_t)((uint64_t)after->last_ns - (uint64_t)after->since_ns));
    writer->ops->real(writer->self, key, (double)us / 1e6);
}

#define CALL_ROW(object, name, where, function, type_name, text)                                   \
    {                                                                                              \
        .group = object, FIELD_KEY(name), .type = FIELD_CALL, .part = where, .call = function,     \
        .json_type = type_name, .doc = text                                                        \
    }
#define TIME_ROW(object, name, where, struct_type, member, text)                                   \
    {                                                                                              \
        .group = object, FIELD_KEY(name), .type = FIELD_NS_ISO, .part = where,                     \
        .offset = offsetof(struct_type, member), .doc = text                                       \
    }

static const struct field rows[] = {
    CALL_ROW(NULL, "flow_id", PART_FLOW, put_flow_id, FIELD_ALWAYS("int"), "unique within one run"),
    CALL_ROW(NULL, "src_ip", PART_EVENT, put_src_ip, FIELD_ALWAYS("ip"),
             "the client: who sent the flow's first packet"),
    CALL_ROW(NULL, "src_port", PART_EVENT, put_src_port, "int", "its port"),
    CALL_ROW(NULL, "dest_ip", PART_EVENT, put_dest_ip, FIELD_ALWAYS("ip"), "the server"),
    CALL_ROW(NULL, "dest_port", PART_EVENT, put_dest_port, "int", "its port"),
    CALL_ROW(NULL, "proto", PART_EVENT, put_proto, "string",
             "TCP, UDP, ...; the number where EVE has no name for it"),
    CALL_ROW(NULL, "icmp_type", PART_EVENT, put_icmp_type, "int",
             "of ICMP: the type of its packets; of requests and their replies that of the request"),
    CALL_ROW(NULL, "icmp_code", PART_EVENT, put_icmp_code, "int", "of ICMP: their code"),
    {FIELD_KEY("community_id"), .type = FIELD_SHORT, .part = PART_EVENT, .text = community_id_text,
     .json_type = "string", .doc = "Community ID v1 of the flow"},
    {FIELD_KEY("flow_community_id"), .type = FIELD_SHORT, .part = PART_EVENT,
     .text = community_id_text, .json_type = "string",
     .doc = "the same: what an error about the flow has under this key"},

    CALL_ROW("flow", "pkts_toserver", PART_FLOW, put_pkts_toserver, FIELD_ALWAYS("int"),
             "packets from client to server"),
    CALL_ROW("flow", "pkts_toclient", PART_FLOW, put_pkts_toclient, FIELD_ALWAYS("int"),
             "packets from server to client"),
    CALL_ROW("flow", "bytes_toserver", PART_FLOW, put_bytes_toserver, FIELD_ALWAYS("int"),
             "bytes of IP packets from client to server, as their headers claim"),
    CALL_ROW("flow", "bytes_toclient", PART_FLOW, put_bytes_toclient, FIELD_ALWAYS("int"),
             "bytes of IP packets from server to client"),
    TIME_ROW("flow", "start", PART_FLOW, struct flow, first_ns, "time of its first packet"),
    TIME_ROW("flow", "end", PART_FLOW, struct flow, last_ns, "time of its last packet"),
    CALL_ROW("flow", "age", PART_FLOW, put_age, FIELD_ALWAYS("int"), "seconds between them"),
    CALL_ROW("flow", "state", PART_FLOW, put_state, FIELD_ALWAYS(FIELD_ENUM(flow_states)),
             "new: not answered; established: both sides sent (TCP: acknowledged); closed: TCP, "
             "by FIN of both or RST"),
    CALL_ROW("flow", "reason", PART_FLOW, put_reason, FIELD_ALWAYS(FIELD_ENUM(flow_reasons)),
             "why it ended: timeout, forced (it gave way to others), tcp_reuse (a new connection "
             "took its ports), shutdown (so did the capture)"),

    CALL_ROW("tcp", "tcp_flags", PART_TCP_FLOW, put_tcp_flags, "string",
             "flags seen in either direction, two hexadecimal digits"),
    CALL_ROW("tcp", "tcp_flags_ts", PART_TCP_FLOW, put_tcp_flags_ts, "string",
             "from client to server"),
    CALL_ROW("tcp", "tcp_flags_tc", PART_TCP_FLOW, put_tcp_flags_tc, "string",
             "from server to client"),
    CALL_ROW("tcp", "syn", PART_TCP_FLOW, put_tcp_flag, "bool", "true where it was seen"),
    CALL_ROW("tcp", "fin", PART_TCP_FLOW, put_tcp_flag, "bool", "the same"),
    CALL_ROW("tcp", "rst", PART_TCP_FLOW, put_tcp_flag, "bool", "the same"),
    CALL_ROW("tcp", "psh", PART_TCP_FLOW, put_tcp_flag, "bool", "the same"),
    CALL_ROW("tcp", "ack", PART_TCP_FLOW, put_tcp_flag, "bool", "the same"),
    CALL_ROW("tcp", "urg", PART_TCP_FLOW, put_tcp_flag, "bool", "the same"),
    CALL_ROW("tcp", "ecn", PART_TCP_FLOW, put_tcp_flag, "bool", "the same, of ECE"),
    CALL_ROW("tcp", "cwr", PART_TCP_FLOW, put_tcp_flag, "bool", "the same"),
    CALL_ROW("tcp", "state", PART_TCP_FLOW, put_tcp_state, FIELD_ENUM(tcp_state_names),
             "syn_sent, syn_recv, established, fin_wait1, fin_wait2, closing, time_wait, "
             "close_wait, last_ack, closed: of the client, where the packets tell it"),

    {.group = "icmp_errors",
     FIELD_KEY("count"),
     .part = PART_HIT,
     FIELD_MEMBER(struct hit, count),
     .doc = "errors about the flow"},
    TIME_ROW("icmp_errors", "first", PART_HIT, struct hit, first_ns, "time of the first"),
    TIME_ROW("icmp_errors", "last", PART_HIT, struct hit, last_ns, "time of the last"),
    CALL_ROW("icmp_errors", "by", PART_HIT, put_by, FIELD_OBJECTS(shape_by),
             "for each reporter, type and code: reporter, icmp_type, icmp_code, count, and the "
             "lowest mtu told"),
    CALL_ROW("icmp_errors", "by_more", PART_HIT, put_by_more, "int",
             "errors from further reporters than are listed"),

    {.group = "aftermath",
     FIELD_KEY("verdict"),
     .type = FIELD_NAME8,
     .part = PART_AFTERMATH,
     .offset = offsetof(struct aftermath, verdict),
     FIELD_NAMES(aftermath_names),
     .doc = "what the sender did after the first error: stopped, continued, recovered, adapted, "
            "ignored, reset, unknown"},
    {.group = "aftermath",
     FIELD_KEY("packets"),
     .part = PART_AFTERMATH,
     FIELD_MEMBER(struct aftermath, packets),
     .doc = "its later packets"},
    {.group = "aftermath",
     FIELD_KEY("bytes"),
     .part = PART_AFTERMATH,
     FIELD_MEMBER(struct aftermath, bytes),
     .doc = "IP bytes of them, as their headers claim"},
    CALL_ROW("aftermath", "seconds", PART_AFTERMATH, put_seconds, "number",
             "from the first error to the last of them"),
};

const struct field_table fields_flow = FIELD_TABLE(rows);
