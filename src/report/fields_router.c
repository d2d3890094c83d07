/* The rows of `router`. */
#include <stdio.h>

#include "report/field.h"
#include "report/field_story.h"
#include "report/router_text.h"
#include "report/shape.h"
#include "track/router.h"

static const struct router *router_of(const struct field_source *from)
{
    return (const struct router *)(const void *)from->event->story;
}

static const struct router_says *says_of(const struct field_source *from)
{
    return &router_of(from)->says;
}

static void put_mac(struct writer *writer, const char *key, const struct field_source *from)
{
    char text[ROUTER_MAC_TEXT];
    writer_string(writer, key, router_mac_format(router_of(from)->mac, text, sizeof text));
}

static void put_preference(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, nd_preference_names[says_of(from)->nd.preference & 3]);
}

static void put_net(struct writer *writer, const struct addr *prefix, uint8_t length)
{
    char text[ROUTER_PREFIX_TEXT];
    writer_string(writer, "prefix", router_prefix_format(prefix, length, text, sizeof text));
}

static void put_prefix(struct writer *writer, const struct router_prefix *prefix)
{
    writer->ops->object_begin(writer->self, NULL);
    put_net(writer, &prefix->prefix, prefix->length);
    writer->ops->boolean(writer->self, "on_link", prefix->on_link);
    writer->ops->boolean(writer->self, "autonomous", prefix->autonomous);
    writer_unsigned(writer, "valid_lifetime_s", prefix->valid_s);
    writer_unsigned(writer, "preferred_lifetime_s", prefix->preferred_s);
    writer->ops->object_end(writer->self);
}

static const struct shape_row prefix_rows[] = {
    {"prefix", "string", "prefix and length", .always = true},
    {"on_link", "bool", "its addresses are on the link", .always = true},
    {"autonomous", "bool", "hosts may form addresses from it", .always = true},
    {"valid_lifetime_s", "int", "seconds; 4294967295: for ever", .always = true},
    {"preferred_lifetime_s", "int", "seconds; 4294967295: for ever", .always = true},
};

static const struct shape shape_prefix = {"router_prefix", SHAPE_ROWS(prefix_rows)};

static const struct shape_row route_rows[] = {
    {"prefix", "string", "where it leads: prefix and length", .always = true},
    {"preference", FIELD_ENUM(nd_preference_names), .doc = "among routers", .always = true},
    {"lifetime_s", "int", "seconds; 4294967295: for ever", .always = true},
};

static const struct shape shape_route = {"router_route", SHAPE_ROWS(route_rows)};

static const struct shape_row address_rows[] = {
    {"ip", "ip", "address of the router", .always = true},
    {"preference", "int", "the highest is best", .always = true},
};

static const struct shape shape_address = {"router_address", SHAPE_ROWS(address_rows)};

static void put_prefixes(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct router_says *says = says_of(from);
    if (says->prefix_count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < router_kept(says->prefix_count, ROUTER_PREFIXES); i++)
        put_prefix(writer, &says->prefixes[i]);
    writer->ops->array_end(writer->self);
}

static void put_routes(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct router_says *says = says_of(from);
    if (says->route_count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < router_kept(says->route_count, ROUTER_ROUTES); i++) {
        const struct router_route *route = &says->routes[i];
        writer->ops->object_begin(writer->self, NULL);
        put_net(writer, &route->prefix, route->length);
        writer_string(writer, "preference", nd_preference_names[route->preference & 3]);
        writer_unsigned(writer, "lifetime_s", route->lifetime_s);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static void put_dns(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct router_says *says = says_of(from);
    char text[ADDR_TEXT_SIZE];
    if (says->server_count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < router_kept(says->server_count, ROUTER_SERVERS); i++)
        writer_string(writer, NULL, addr_format(says->servers[i], FAMILY_IPV6, text, sizeof text));
    writer->ops->array_end(writer->self);
}

static void put_addresses(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct router_says *says = says_of(from);
    char text[ADDR_TEXT_SIZE];
    if (says->address_count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < says->address_count; i++) {
        const struct icmp_router *entry = &says->addresses[i];
        writer->ops->object_begin(writer->self, NULL);
        writer_string(writer, "ip",
                      addr_format(addr_from_ipv4(entry->address), FAMILY_IPV4, text, sizeof text));
        writer->ops->integer(writer->self, "preference", entry->preference);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static void put_changes(struct writer *writer, const char *key, const struct field_source *from)
{
    field_put_bits(writer, key, router_of(from)->changes, router_change_names, ROUTER_CHANGES);
}

#define ROW(name, member, bits, text)                                                              \
    {                                                                                              \
        .group = "router", FIELD_KEY(name), .part = PART_STORY,                                    \
        FIELD_MEMBER(struct router, member), .has = bits, .doc = text                              \
    }

#define TIME_ROW(name, member, bits, text)                                                         \
    {                                                                                              \
        .group = "router", FIELD_KEY(name), .type = FIELD_NS_ISO, .part = PART_STORY, .has = bits, \
        .offset = offsetof(struct router, member), .doc = text                                     \
    }

#define CALL_ROW(name, put, json, bits, text)                                                      \
    {                                                                                              \
        .group = "router", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_STORY, .call = put,   \
        .json_type = json, .has = bits, .doc = text                                                \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("its address"),
    CALL_ROW("mac", put_mac, "string", ROUTER_HAS_MAC,
             "MAC address that its advertisements come from"),
    ROW("count", seen.count, 0, "advertisements"),
    TIME_ROW("first", seen.first_ns, 0, "the first one: UTC, RFC 3339"),
    TIME_ROW("last", seen.last_ns, 0, "the last one, which said what follows"),
    ROW("lifetime_s", says.lifetime_s, ROUTER_HAS_LIFETIME,
        "as a default router, in seconds; 0: it is none"),
    CALL_ROW("preference", put_preference, FIELD_ENUM(nd_preference_names), ROUTER_HAS_ND,
             "high, medium or low"),
    ROW("hop_limit", says.nd.hop_limit, ROUTER_HAS_ND, "for hosts to use; 0: unspecified"),
    ROW("managed", says.nd.managed, ROUTER_HAS_ND, "addresses come by DHCPv6"),
    ROW("other_config", says.nd.other_config, ROUTER_HAS_ND, "other things come by DHCPv6"),
    ROW("reachable_ms", says.nd.reachable_ms, ROUTER_HAS_ND, "0: unspecified"),
    ROW("retransmit_ms", says.nd.retransmit_ms, ROUTER_HAS_ND, "0: unspecified"),
    ROW("mtu", says.mtu, ROUTER_HAS_MTU, "of the link, in bytes"),
    ROW("prefix_count", says.prefix_count, ROUTER_HAS_ND, "prefixes that it announces"),
    CALL_ROW("prefixes", put_prefixes, FIELD_OBJECTS(shape_prefix), 0, "the first of them"),
    CALL_ROW("routes", put_routes, FIELD_OBJECTS(shape_route), 0,
             "more specific routes (RFC 4191)"),
    CALL_ROW("dns_servers", put_dns, "ip[]", 0, "recursive DNS servers (RFC 8106)"),
    CALL_ROW("addresses", put_addresses, FIELD_OBJECTS(shape_address), 0,
             "IPv4: addresses that it may be used by (RFC 1256)"),
    CALL_ROW("changes", put_changes, FIELD_ENUMS(router_change_names), ROUTER_HAS_CHANGES,
             "what differed from one advertisement to the next"),
    ROW("change_count", change_count, ROUTER_HAS_CHANGES,
        "advertisements that differ from the one before"),
    TIME_ROW("changed", changed_ns, ROUTER_HAS_CHANGES, "the last of them"),
};

const struct field_table fields_router = FIELD_TABLE(rows);
