/* The rows of `icmp` that only ICMPv4 messages have. */
#include "decode/icmp.h"
#include "report/field.h"
#include "report/shape.h"

static const struct icmp_v4 *event_v4(const struct field_source *from)
{
    return &from->event->packet->icmp->body.v4;
}

static void put_integer(struct writer *writer, const char *key, int64_t value)
{
    writer->ops->integer(writer->self, key, value);
}

static void put_ipv4(struct writer *writer, const char *key, const uint8_t *bytes)
{
    char text[ADDR_TEXT_SIZE];
    writer_string(writer, key, addr_format(addr_from_ipv4(bytes), FAMILY_IPV4, text, sizeof text));
}

/* ---- router advertisements ------------------------------------------------------------------ */

static void put_routers(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp_routers *routers = &event_v4(from)->routers;
    if (routers->kept == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < routers->kept && i < ICMP_V4_ROUTERS; i++) {
        writer->ops->object_begin(writer->self, NULL);
        put_ipv4(writer, "ip", routers->list[i].address);
        put_integer(writer, "preference", routers->list[i].preference);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static const struct shape_row router_rows[] = {
    {"ip", "ip", "address of a router", .always = true},
    {"preference", "int", "the highest is best", .always = true},
};

static const struct shape shape_router = {"icmp_router", SHAPE_ROWS(router_rows)};

static const struct shape_row agent_rows[] = {
    {"seq", "int", "sequence number of the advertisement", .always = true},
    {"lifetime_s", "int", "longest registration, in seconds", .always = true},
    {"flags", FIELD_ENUMS(icmp_agent_flag_names), .doc = "what it offers"},
    {"care_of_count", "int", "care-of addresses there are", .always = true},
    {"care_of", "ip[]", .doc = "the first 8"},
};

static const struct shape shape_agent = {"mobility_agent", SHAPE_ROWS(agent_rows)};

static void put_agent_flags(struct writer *writer, uint16_t flags)
{
    if (flags == 0)
        return;
    writer->ops->array_begin(writer->self, "flags");
    for (unsigned i = 0; i < ICMP_AGENT_FLAGS; i++)
        if (flags & 0x8000u >> i)
            writer_string(writer, NULL, icmp_agent_flag_names[i]);
    writer->ops->array_end(writer->self);
}

static void put_care_of(struct writer *writer, const struct icmp_agent *agent)
{
    put_integer(writer, "care_of_count", agent->care_of_count);
    if (agent->care_of_count == 0)
        return;
    writer->ops->array_begin(writer->self, "care_of");
    for (size_t i = 0; i < agent->care_of_count && i < ICMP_V4_CARE_OF; i++)
        put_ipv4(writer, NULL, agent->care_of[i]);
    writer->ops->array_end(writer->self);
}

static void put_agent(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp_agent *agent = &event_v4(from)->routers.agent;
    writer->ops->object_begin(writer->self, key);
    put_integer(writer, "seq", agent->sequence);
    put_integer(writer, "lifetime_s", agent->lifetime_s);
    put_agent_flags(writer, agent->flags);
    put_care_of(writer, agent);
    writer->ops->object_end(writer->self);
}

static void put_prefixes(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp_routers *routers = &event_v4(from)->routers;
    if (routers->prefix_count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < routers->prefix_count && i < ICMP_V4_PREFIXES; i++)
        put_integer(writer, NULL, routers->prefix_lengths[i]);
    writer->ops->array_end(writer->self);
}

/* ---- domain names --------------------------------------------------------------------------- */

static void put_ttl(struct writer *writer, const char *key, const struct field_source *from)
{
    put_integer(writer, key, event_v4(from)->names.ttl_s);
}

static void put_names(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct icmp_names *names = &event_v4(from)->names;
    size_t begin = 0;
    if (names->kept == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < names->kept && i < ICMP_V4_NAMES; i++) {
        writer->ops->text(writer->self, NULL, names->text + begin, names->ends[i] - begin);
        begin = names->ends[i];
    }
    writer->ops->array_end(writer->self);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define ROW(name, member, bits, text)                                                              \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .part = PART_ICMP_V4,                                    \
        FIELD_MEMBER(struct icmp_v4, member), .has = bits, .doc = text                             \
    }
#define LIST_ROW(name, bits, function, type_name, text)                                            \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_ICMP_V4, .has = bits,   \
        .call = function, .json_type = type_name, .doc = text                                      \
    }

static const struct field rows[] = {
    ROW("standard", standard, ICMP_V4_HAS_STANDARD,
        "of a timestamp: whether none of its times is marked as other than ms since midnight UTC"),
    ROW("mask", mask, ICMP_V4_HAS_MASK, "address mask; of a request 0.0.0.0"),
    ROW("lifetime_s", routers.lifetime_s, ICMP_V4_HAS_ROUTERS,
        "of a router advertisement: seconds that its addresses are good for"),
    ROW("router_count", routers.count, ICMP_V4_HAS_ROUTERS,
        "addresses that a router advertisement claims; routers lists the first 16"),
    LIST_ROW("routers", ICMP_V4_HAS_ROUTERS, put_routers, FIELD_OBJECTS(shape_router),
             "of a router advertisement: ip, and preference (the highest is best; -2147483648: no "
             "default router)"),
    LIST_ROW("mobility_agent", ICMP_V4_HAS_AGENT, put_agent, FIELD_OBJECT(shape_agent),
             "of a router advertisement (RFC 5944): seq, lifetime_s of a registration, flags, "
             "care_of_count, care_of: the first 8 care-of addresses"),
    ROW("prefix_length_count", routers.prefix_count, ICMP_V4_HAS_PREFIXES,
        "prefix lengths in a router advertisement; prefix_lengths lists the first 16"),
    LIST_ROW("prefix_lengths", ICMP_V4_HAS_PREFIXES, put_prefixes, "int[]",
             "prefix lengths in bits, of the routers' addresses in their order (RFC 5944)"),
    ROW("trace_id", trace.id, ICMP_V4_HAS_TRACE,
        "of a traceroute message: the number of the trace (RFC 1393)"),
    ROW("hops_out", trace.hops_out, ICMP_V4_HAS_TRACE, "hops that the outbound packet had gone"),
    ROW("hops_back", trace.hops_back, ICMP_V4_HAS_TRACE,
        "hops that the return packet had gone; 65535: it is about the outbound packet"),
    ROW("link_bytes_per_s", trace.speed, ICMP_V4_HAS_TRACE,
        "speed of the link that the packet went out by, in bytes a second; 0: not known"),
    ROW("link_mtu", trace.mtu, ICMP_V4_HAS_TRACE, "MTU of that link in bytes; 0: not known"),
    LIST_ROW("ttl_s", ICMP_V4_HAS_NAMES, put_ttl, "int",
             "of a domain name reply: seconds that the names may be kept"),
    ROW("name_count", names.count, ICMP_V4_HAS_NAMES,
        "names in a domain name reply; names lists the first 8"),
    LIST_ROW("names", ICMP_V4_HAS_NAMES, put_names, "string[]",
             "domain names of the host that replies, the most significant first"),
    ROW("names_malformed", names.malformed, ICMP_V4_HAS_NAMES,
        "whether bytes are left that make no name; pointers (RFC 1035 4.1.4) are not followed"),
    ROW("spi", spi, ICMP_V4_HAS_SPI,
        "of a security failure: the SPI of the quoted packet that pointer leads to"),
    ROW("subtype", subtype, ICMP_V4_HAS_SUBTYPE,
        "of experimental mobility protocols: which of them (RFC 4065)"),
    ROW("data_length", data_length, ICMP_V4_HAS_DATA,
        "bytes behind the header, of a type of which no more is known"),
};

const struct field_table fields_icmp_v4 = FIELD_TABLE_SOME(rows, PART_ICMP_V4, UINT32_MAX);
