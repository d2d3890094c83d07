/* What each record begins with, when and where; and what the tables of records share. */
#include "base/timefmt.h"
#include "flow/community_id.h"
#include "report/field.h"
#include "report/names.h"
#include "report/shape.h"
#include "report/tunnel_list.h"

void field_put_proto(struct writer *writer, const char *key, uint8_t proto)
{
    char text[PROTO_NAME_SIZE];
    writer_name(writer, key, proto_name(proto, text, sizeof text));
}

char *field_community_id(char *to, const struct headers *headers, const struct report *report)
{
    return community_id_put(to, headers, report->config->community_id_seed);
}

void field_put_bits(struct writer *writer, const char *key, uint32_t bits, const char *const *names,
                    unsigned count)
{
    writer->ops->array_begin(writer->self, key);
    for (unsigned i = 0; i < count; i++)
        if ((bits >> i & 1) != 0)
            writer_name(writer, NULL, names[i]);
    writer->ops->array_end(writer->self);
}

static void put_event_type(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_name(writer, key, field_records[from->event->type].name);
}

static void put_sensor(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, from->report->config->sensor);
}

/* What is about no single frame may still be of a single capture. */
static const char *capture_of(const struct field_source *from)
{
    if (from->event->frame == 0 && from->report->inputs->count != 1)
        return NULL;
    return report_capture_name(from->report, from->event->capture);
}

static void put_capture(struct writer *writer, const char *key, const struct field_source *from)
{
    if (from->report->config->interface_count == 0)
        writer_string(writer, key, capture_of(from));
}

static void put_interface(struct writer *writer, const char *key, const struct field_source *from)
{
    if (from->report->config->interface_count > 0)
        writer_string(writer, key, capture_of(from));
}

static void put_vlan(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct packet *packet = from->event->packet;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < packet->vlan_count && i < VLAN_MAX; i++)
        writer->ops->integer(writer->self, NULL, packet->vlan[i]);
    writer->ops->array_end(writer->self);
}

static void put_tunnel(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct packet *packet = from->event->packet;
    size_t count = packet->tunnel_count < TUNNEL_MAX ? packet->tunnel_count : TUNNEL_MAX;
    tunnel_list_put(writer, key, packet->tunnels->list, count);
}

static const struct field rows[] = {
    {FIELD_KEY("timestamp"), .type = FIELD_NS_ISO, .part = PART_EVENT,
     .offset = offsetof(struct event, time_ns),
     .doc = "time of the packet, of the flow's last packet, or of the capture's: UTC, RFC 3339"},
    {FIELD_KEY("ts_us"), .type = FIELD_NS_AS_US, .part = PART_EVENT,
     .offset = offsetof(struct event, time_ns), .doc = "the same in microseconds since the epoch"},
    {FIELD_KEY("event_type"), .type = FIELD_CALL, .part = PART_EVENT, .call = put_event_type,
     .fixed = true, .json_type = FIELD_ALWAYS("string"),
     .doc = "what the record is about: icmp, flow, echo, clock, query, pmtu, path, ..."},
    {FIELD_KEY("sensor"), .type = FIELD_CALL, .part = PART_EVENT, .call = put_sensor, .fixed = true,
     .json_type = "string", .doc = "name of this sensor, as --sensor gives it"},
    {FIELD_KEY("in_iface"), .type = FIELD_CALL, .part = PART_EVENT, .call = put_interface,
     .fixed = true, .json_type = "string",
     .doc = "the interface that it was seen on, in a live capture"},
    {FIELD_KEY("pcap_filename"), .type = FIELD_CALL, .part = PART_EVENT, .call = put_capture,
     .fixed = true, .json_type = "string",
     .doc = "the capture that it was seen in, where there is one"},
    {FIELD_KEY("pcap_cnt"), .part = PART_EVENT, FIELD_MEMBER(struct event, frame),
     .has = FIELD_HAS_FRAME, .doc = "number of the frame in that capture, from 1"},
    {FIELD_KEY("vlan"), .type = FIELD_CALL, .part = PART_PACKET, .has = FIELD_HAS_VLAN,
     .call = put_vlan, .json_type = "int[]", .doc = "VLAN identifiers, outermost first"},
    {FIELD_KEY("tunnel"), .type = FIELD_CALL, .part = PART_PACKET, .has = FIELD_HAS_TUNNEL,
     .call = put_tunnel, .json_type = FIELD_OBJECTS(shape_tunnel),
     .doc = "encapsulations crossed, outermost first: type, src_ip, dest_ip, id (VNI, key, label)"},
};

const struct field_table fields_common = FIELD_TABLE(rows);
