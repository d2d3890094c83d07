#include "report/ecs_map.h"

#include <string.h>

#include "track/event.h"

#define OF(type) (1u << EVENT_##type)
#define FLOWS    OF(FLOW)
#define PAIRS    (OF(FLOW) | OF(ECHO) | OF(CLOCK) | OF(QUERY)) /* who asks, and who is to answer */
#define SEEN     (OF(PATH) | OF(REDIRECT) | OF(ROUTER) | OF(FINDING))

#define ROW(name, object, member) .path = name, .group = object, .key = member
#define CONST(name, value)        .path = name, .key = value, .how = ECS_CONST
#define LIST(name, value)         .path = name, .key = value, .how = ECS_LIST

const struct ecs_row ecs_rows[] = {
    {ROW("@timestamp", NULL, "timestamp")},
    {ROW("message", "finding", "text")},

    {ROW("client.address", NULL, "src_ip"), .records = PAIRS},
    {ROW("client.bytes", "flow", "bytes_toserver"), .records = FLOWS},
    {ROW("client.ip", NULL, "src_ip"), .records = PAIRS},
    {ROW("client.packets", "flow", "pkts_toserver"), .records = FLOWS},
    {ROW("client.port", NULL, "src_port"), .records = PAIRS},

    {ROW("destination.address", NULL, "dest_ip")},
    {ROW("destination.bytes", "flow", "bytes_toclient"), .records = FLOWS},
    {ROW("destination.ip", NULL, "dest_ip")},
    {ROW("destination.packets", "flow", "pkts_toclient"), .records = FLOWS},
    {ROW("destination.port", NULL, "dest_port")},

    {CONST("ecs.version", "8.17.0")},

    {ROW("event.action", "icmp", "name"), .records = OF(ICMP), .keep = true},
    {ROW("event.action", "finding", "name"), .records = OF(FINDING)},
    {ROW("event.action", NULL, "event_type")},
    {LIST("event.category", "network")},
    {ROW("event.dataset", NULL, "event_type"), .how = ECS_DATASET},
    {.path = "event.duration", .key = "", .records = FLOWS, .how = ECS_SPAN},
    {ROW("event.duration", "echo", "rtt_us"), .how = ECS_NS, .keep = true},
    {ROW("event.duration", "clock", "rtt_us"), .how = ECS_NS, .keep = true},
    {ROW("event.duration", "query", "rtt_us"), .how = ECS_NS, .keep = true},
    {ROW("event.end", "flow", "end"), .records = FLOWS},
    {ROW("event.end", "path", "last"), .records = SEEN},
    {ROW("event.end", "redirect", "last"), .records = SEEN},
    {ROW("event.end", "router", "last"), .records = SEEN},
    {ROW("event.end", "finding", "last"), .records = SEEN},
    {CONST("event.kind", "alert"), .records = OF(FINDING)},
    {CONST("event.kind", "metric"), .records = OF(STATS)},
    {CONST("event.kind", "state"), .records = OF(PMTU) | OF(ROUTER)},
    {CONST("event.kind", "event")},
    {CONST("event.module", "icmpscope")},
    {ROW("event.outcome", "echo", "status"), .how = ECS_OUTCOME, .keep = true},
    {ROW("event.outcome", "query", "status"), .how = ECS_OUTCOME, .keep = true},
    {ROW("event.outcome", "pmtu", "outcome"), .how = ECS_OUTCOME, .keep = true},
    {ROW("event.severity", "finding", "severity"), .how = ECS_SEVERITY, .keep = true},
    {ROW("event.start", "flow", "start"), .records = FLOWS},
    {ROW("event.start", "path", "first"), .records = SEEN},
    {ROW("event.start", "redirect", "first"), .records = SEEN},
    {ROW("event.start", "router", "first"), .records = SEEN},
    {ROW("event.start", "finding", "first"), .records = SEEN},
    {LIST("event.type", "connection,end"), .records = FLOWS},
    {LIST("event.type", "protocol"), .records = OF(ICMP)},
    {LIST("event.type", "connection,protocol"), .records = OF(ECHO) | OF(CLOCK) | OF(QUERY)},
    {LIST("event.type", "info")},

    {ROW("log.file.path", NULL, "pcap_filename")},

    {ROW("network.bytes", "flow", "bytes_toserver"), .records = FLOWS, .how = ECS_SUM},
    {ROW("network.bytes", "flow", "bytes_toclient"), .records = FLOWS, .how = ECS_SUM},
    {ROW("network.community_id", NULL, "community_id")},
    {ROW("network.community_id", NULL, "flow_community_id"), .records = OF(PMTU), .keep = true},
    {ROW("network.iana_number", NULL, "proto"), .how = ECS_PROTO, .keep = true},
    {ROW("network.inner.vlan.id", NULL, "vlan"), .how = ECS_LAST, .keep = true},
    {ROW("network.packets", "flow", "pkts_toserver"), .records = FLOWS, .how = ECS_SUM},
    {ROW("network.packets", "flow", "pkts_toclient"), .records = FLOWS, .how = ECS_SUM},
    {ROW("network.transport", NULL, "proto"), .how = ECS_LOWER, .keep = true},
    {ROW("network.type", NULL, "src_ip"), .how = ECS_NETWORK},
    {ROW("network.type", NULL, "dest_ip"), .how = ECS_NETWORK},
    {ROW("network.vlan.id", NULL, "vlan"), .how = ECS_FIRST, .keep = true},

    {ROW("observer.ingress.interface.name", NULL, "in_iface")},
    {ROW("observer.name", NULL, "sensor")},
    {CONST("observer.product", "icmpscope")},
    {CONST("observer.type", "sensor")},
    {.path = "observer.version", .key = "", .how = ECS_VERSION},

    {.path = "related.ip", .key = "", .how = ECS_ADDRESSES},

    {ROW("rule.name", "finding", "name"), .records = OF(FINDING)},
    {ROW("rule.reference", "finding", "reference")},

    {ROW("server.address", NULL, "dest_ip"), .records = PAIRS},
    {ROW("server.bytes", "flow", "bytes_toclient"), .records = FLOWS},
    {ROW("server.ip", NULL, "dest_ip"), .records = PAIRS},
    {ROW("server.packets", "flow", "pkts_toclient"), .records = FLOWS},
    {ROW("server.port", NULL, "dest_port"), .records = PAIRS},

    {ROW("source.address", NULL, "src_ip")},
    {ROW("source.bytes", "flow", "bytes_toserver"), .records = FLOWS},
    {ROW("source.ip", NULL, "src_ip")},
    {ROW("source.mac", "router", "mac"), .how = ECS_MAC},
    {ROW("source.packets", "flow", "pkts_toserver"), .records = FLOWS},
    {ROW("source.port", NULL, "src_port")},
};

const size_t ecs_row_count = sizeof ecs_rows / sizeof ecs_rows[0];
_Static_assert(sizeof ecs_rows / sizeof ecs_rows[0] <= ECS_ROWS_MAX, "a value for each");

bool ecs_row_is_of(const struct ecs_row *row, unsigned type)
{
    return row->records == 0 || (row->records >> type & 1) != 0;
}

bool ecs_key_is_address(const char *key)
{
    static const char *const keys[] = {
        "addresses", "care_of", "dest_ip", "dns_servers", "dodag_id",      "first_hop", "gateway",
        "group",     "ip",      "parent",  "quoted_ip",   "registered_ip", "replier",   "reporter",
        "router",    "sent_ip", "sources", "src_ip",      "subject",       "target",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}
