/* The rows of `flow`: a flow that has ended, and the errors about it. In the summary document also
 * one that was quoted and not captured: it has no struct flow. */
#include "base/timefmt.h"
#include "report/field.h"
#include "report/names.h"

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

static void put_community_id(struct writer *writer, const char *key,
                             const struct field_source *from)
{
    struct headers headers = event_headers(from->event);
    field_put_community_id(writer, key, &headers, from->report);
}

/* ---- the flow object ------------------------------------------------------------------------- */

static enum flow_direction flow_to_server(const struct flow *flow)
{
    return (enum flow_direction)flow->initiator;
}

static enum flow_direction flow_to_client(const struct flow *flow)
{
    return flow->initiator == FLOW_FORWARD ? FLOW_BACKWARD : FLOW_FORWARD;
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

enum { TCP_FIN = 1, TCP_RST = 4, TCP_ACK = 16 };

static bool tcp_is_closed(const uint8_t flags[2])
{
    return ((flags[0] | flags[1]) & TCP_RST) != 0 || (flags[0] & flags[1] & TCP_FIN) != 0;
}

static const char *flow_state(const struct flow *flow)
{
    bool tcp = flow->key.proto == PROTO_TCP;
    bool answered = flow_packets(flow, FLOW_FORWARD) > 0 && flow_packets(flow, FLOW_BACKWARD) > 0;
    if (tcp && tcp_is_closed(flow->tcp_flags))
        return "closed";
    if (tcp)
        answered = (flow->tcp_flags[0] & flow->tcp_flags[1] & TCP_ACK) != 0;
    return answered ? "established" : "new";
}

static void put_state(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, flow_state(from->event->flow));
}

static void put_reason(struct writer *writer, const char *key, const struct field_source *from)
{
    static const char *const reasons[FLOW_ENDS] = {[FLOW_END_TIMEOUT] = "timeout",
                                                   [FLOW_END_FORCED] = "forced",
                                                   [FLOW_END_SHUTDOWN] = "shutdown",
                                                   [FLOW_END_TCP_REUSE] = "tcp_reuse"};
    writer_string(writer, key, reasons[from->event->flow_end]);
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

static void put_by(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct hit *hit = from->event->hit;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < hit->by_count && i < HIT_REPORTERS; i++)
        put_one_by(writer, &hit->by[i]);
    writer->ops->array_end(writer->self);
}

static void put_by_more(struct writer *writer, const char *key, const struct field_source *from)
{
    if (from->event->hit->by_more > 0)
        writer_unsigned(writer, key, from->event->hit->by_more);
}

#define CALL_ROW(object, name, where, function, type_name, text)                                   \
    {                                                                                              \
        .group = object, .key = name, .type = FIELD_CALL, .part = where, .call = function,         \
        .json_type = type_name, .doc = text                                                        \
    }
#define TIME_ROW(object, name, where, struct_type, member, text)                                   \
    {                                                                                              \
        .group = object, .key = name, .type = FIELD_NS_ISO, .part = where,                         \
        .offset = offsetof(struct_type, member), .doc = text                                       \
    }

static const struct field rows[] = {
    CALL_ROW(NULL, "flow_id", PART_FLOW, put_flow_id, "int", "unique within one run"),
    CALL_ROW(NULL, "src_ip", PART_EVENT, put_src_ip, "string",
             "the client: who sent the flow's first packet"),
    CALL_ROW(NULL, "src_port", PART_EVENT, put_src_port, "int", "its port"),
    CALL_ROW(NULL, "dest_ip", PART_EVENT, put_dest_ip, "string", "the server"),
    CALL_ROW(NULL, "dest_port", PART_EVENT, put_dest_port, "int", "its port"),
    CALL_ROW(NULL, "proto", PART_EVENT, put_proto, "string",
             "TCP, UDP, ...; the number where EVE has no name for it"),
    CALL_ROW(NULL, "community_id", PART_EVENT, put_community_id, "string",
             "Community ID v1 of the flow"),
    CALL_ROW(NULL, "flow_community_id", PART_EVENT, put_community_id, "string",
             "the same: what an error about the flow has under this key"),

    CALL_ROW("flow", "pkts_toserver", PART_FLOW, put_pkts_toserver, "int",
             "packets from client to server"),
    CALL_ROW("flow", "pkts_toclient", PART_FLOW, put_pkts_toclient, "int",
             "packets from server to client"),
    CALL_ROW("flow", "bytes_toserver", PART_FLOW, put_bytes_toserver, "int",
             "bytes of IP packets from client to server, as their headers claim"),
    CALL_ROW("flow", "bytes_toclient", PART_FLOW, put_bytes_toclient, "int",
             "bytes of IP packets from server to client"),
    TIME_ROW("flow", "start", PART_FLOW, struct flow, first_ns, "time of its first packet"),
    TIME_ROW("flow", "end", PART_FLOW, struct flow, last_ns, "time of its last packet"),
    CALL_ROW("flow", "age", PART_FLOW, put_age, "int", "seconds between them"),
    CALL_ROW("flow", "state", PART_FLOW, put_state, "string",
             "new: not answered; established: both sides sent (TCP: acknowledged); closed: TCP, "
             "by FIN of both or RST"),
    CALL_ROW("flow", "reason", PART_FLOW, put_reason, "string",
             "why it ended: timeout, forced (it gave way to others), tcp_reuse (a new connection "
             "took its ports), shutdown (so did the capture)"),

    {.group = "icmp_errors",
     .key = "count",
     .part = PART_HIT,
     FIELD_MEMBER(struct hit, count),
     .doc = "errors about the flow"},
    TIME_ROW("icmp_errors", "first", PART_HIT, struct hit, first_ns, "time of the first"),
    TIME_ROW("icmp_errors", "last", PART_HIT, struct hit, last_ns, "time of the last"),
    CALL_ROW("icmp_errors", "by", PART_HIT, put_by, "object[]",
             "for each reporter, type and code: reporter, icmp_type, icmp_code, count, and the "
             "lowest mtu told"),
    CALL_ROW("icmp_errors", "by_more", PART_HIT, put_by_more, "int",
             "errors from further reporters than are listed"),
};

const struct field_table fields_flow = {rows, FIELD_COUNT(rows)};
