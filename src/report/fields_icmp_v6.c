/* The rows of `icmp` that only ICMPv6 messages have. */
#include "decode/icmp.h"
#include "report/field.h"
#include "report/member.h"
#include "report/shape.h"

enum { TYPE_RPL = 155 };

static const struct icmp_v6 *event_v6(const struct field_source *from)
{
    return &from->event->packet->icmp->body.v6;
}

static struct member_place place_of(struct writer *writer, const struct field_source *from)
{
    return (struct member_place){writer, event_v6(from)};
}

static bool is_rpl(const struct field_source *from)
{
    return from->event->packet->icmp->type == TYPE_RPL;
}

static void put_integer(struct writer *writer, const char *key, int64_t value)
{
    writer->ops->integer(writer->self, key, value);
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* What each option has, whatever its type; a type without members of its own has its bytes. */
static void put_option(const struct member_place *place, const struct nd_option *option)
{
    struct writer *writer = place->writer;
    const char *name = nd_option_name(option->type);
    writer_string(writer, "option", name != NULL ? name : "unassigned");
    put_integer(writer, "type", option->type);
    put_integer(writer, "length", option->length);
    if (!option->decoded)
        writer->ops->boolean(writer->self, "incomplete", true);
    else if (!members_put(place, &members_nd, option->type, option))
        member_put_hex(place, "data", option->of.data.bytes);
}

static void put_rpl_option(const struct member_place *place, const struct rpl_option *option)
{
    struct writer *writer = place->writer;
    const char *name = rpl_option_name(option->type);
    writer_string(writer, "option", name != NULL ? name : "unassigned");
    put_integer(writer, "type", option->type);
    put_integer(writer, "length", option->length);
    if (!option->decoded)
        writer->ops->boolean(writer->self, "incomplete", true);
    else if (!members_put(place, &members_rpl, option->type, option))
        member_put_hex(place, "data", option->of.data);
    else if (option->type == RPL_TRANSIT && option->of.transit.has_parent) {
        char text[ADDR_TEXT_SIZE];
        writer_string(writer, "parent",
                      addr_format(option->of.transit.parent, FAMILY_IPV6, text, sizeof text));
    }
}

/* Options of Neighbor Discovery and of RPL: a message has those of one of them. */
static const struct shape_row option_rows[] = {
    {"option", "string", "its name; unassigned where it has none", .always = true},
    {"type", "int", "its number", .always = true},
    {"length", "int", "bytes", .always = true},
    {"incomplete", "bool", .doc = "true: it is too short for what it is"},
    {"data", "string", .doc = "bytes of one that is not known, hexadecimal"},
    {"parent", "ip", .doc = "of RPL transit information: the parent"},
};

static const struct shape shape_option = {"option", SHAPE_ROWS(option_rows),
                                          .members = {&members_nd, &members_rpl}};
static const struct shape shape_group = {"group", .members = {&members_mld}};
static const struct shape shape_seed = {"seed", .members = {&members_mpl}};

static void put_record(const struct member_place *place, const struct mld_record *record)
{
    members_put(place, &members_mld, 0, record);
}

static void put_seed(const struct member_place *place, const struct mpl_seed *seed)
{
    members_put(place, &members_mpl, 0, seed);
}

/* Writes the entries of the message, each as an object that `put_entry` fills, by their number. */
static void put_entries(struct writer *writer, const char *key, const struct field_source *from,
                        void (*put_entry)(const struct member_place *place, uint16_t number))
{
    struct member_place place = place_of(writer, from);
    if (place.v6->entries_kept == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (uint16_t i = 0; i < place.v6->entries_kept; i++) {
        writer->ops->object_begin(writer->self, NULL);
        put_entry(&place, i);
        writer->ops->object_end(writer->self);
    }
    writer->ops->array_end(writer->self);
}

static void put_option_number(const struct member_place *place, uint16_t number)
{
    put_option(place, &place->v6->list.options[number]);
}

static void put_rpl_option_number(const struct member_place *place, uint16_t number)
{
    put_rpl_option(place, &place->v6->list.rpl_options[number]);
}

static void put_record_number(const struct member_place *place, uint16_t number)
{
    put_record(place, &place->v6->list.records[number]);
}

static void put_seed_number(const struct member_place *place, uint16_t number)
{
    put_seed(place, &place->v6->list.seeds[number]);
}

static void put_options(struct writer *writer, const char *key, const struct field_source *from)
{
    put_entries(writer, key, from, is_rpl(from) ? put_rpl_option_number : put_option_number);
}

static void put_groups(struct writer *writer, const char *key, const struct field_source *from)
{
    put_entries(writer, key, from, put_record_number);
}

static void put_seeds(struct writer *writer, const char *key, const struct field_source *from)
{
    put_entries(writer, key, from, put_seed_number);
}

static void put_fault(struct writer *writer, const char *key, const struct field_source *from)
{
    writer_string(writer, key, entries_fault_names[event_v6(from)->entries_fault]);
}

static void put_sources(struct writer *writer, const char *key, const struct field_source *from)
{
    struct member_place place = place_of(writer, from);
    member_put_ips(&place, key, place.v6->of.mld.sources, FAMILY_IPV6);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static bool is_node_info(const struct field_source *from)
{
    return event_v6(from)->has & ICMP_V6_HAS_NODE_INFO;
}

static struct slice addresses_of(const struct icmp_v6 *v6)
{
    return v6->has & ICMP_V6_HAS_NODE_INFO ? v6->of.node_info.addresses : v6->of.mobile.addresses;
}

static void put_address_count(struct writer *writer, const char *key,
                              const struct field_source *from)
{
    put_integer(writer, key, addresses_of(event_v6(from)).total);
}

static void put_addresses(struct writer *writer, const char *key, const struct field_source *from)
{
    struct member_place place = place_of(writer, from);
    enum family family = FAMILY_IPV6;
    if (is_node_info(from))
        family = (enum family)place.v6->of.node_info.addresses_family;
    member_put_ips(&place, key, addresses_of(place.v6), family);
}

static void put_names(struct writer *writer, const char *key, const struct field_source *from)
{
    struct member_place place = place_of(writer, from);
    member_put_domains(&place, key, place.v6->of.node_info.names);
}

static void put_subject(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct node_info *info = &event_v6(from)->of.node_info;
    char text[ADDR_TEXT_SIZE];
    writer_string(writer, key,
                  addr_format(info->subject, (enum family)info->subject_family, text, sizeof text));
}

static void put_node_info_nonce(struct writer *writer, const char *key,
                                const struct field_source *from)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *nonce = event_v6(from)->of.node_info.nonce;
    char text[2 * sizeof event_v6(from)->of.node_info.nonce];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = digits[nonce[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    writer->ops->text(writer->self, key, text, sizeof text);
}

static void put_rovr(struct writer *writer, const char *key, const struct field_source *from)
{
    struct member_place place = place_of(writer, from);
    member_put_hex(&place, key, place.v6->of.registration.rovr);
}

static void put_rpl_key(struct writer *writer, const char *key, const struct field_source *from)
{
    struct member_place place = place_of(writer, from);
    member_put_hex(&place, key, place.v6->of.rpl.key);
}

/* An acknowledgement does not ask for one. */
static void put_ack_requested(struct writer *writer, const char *key,
                              const struct field_source *from)
{
    enum { RPL_DAO = 2, RPL_DCO = 7, SECURE = 0x80 };
    unsigned base = from->event->packet->icmp->code & ~(unsigned)SECURE;
    if (base == RPL_DAO || base == RPL_DCO)
        writer->ops->boolean(writer->self, key, event_v6(from)->of.rpl.ack_requested);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define ROW(name, member, bits, text)                                                              \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .part = PART_ICMP_V6,                                    \
        FIELD_MEMBER(struct icmp_v6, member), .has = ICMP_V6_HAS_##bits, .doc = text               \
    }
#define CALL(name, bits, function, type_name, text)                                                \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_ICMP_V6,                \
        .has = ICMP_V6_HAS_##bits, .call = function, .json_type = type_name, .doc = text           \
    }
#define NAME_ROW(name, member, bits, table, text)                                                  \
    {                                                                                              \
        .group = "icmp", FIELD_KEY(name), .type = FIELD_NAME8, .part = PART_ICMP_V6,               \
        .offset = offsetof(struct icmp_v6, member), .has = ICMP_V6_HAS_##bits, FIELD_NAMES(table), \
        .doc = text                                                                                \
    }

static const struct field rows[] = {
    ROW("hop_limit", of.router.hop_limit, ROUTER, "that hosts are to use; 0: no advice"),
    ROW("managed", of.router.managed, ROUTER, "M: addresses are to be had over DHCPv6"),
    ROW("other_config", of.router.other_config, ROUTER, "O: other things are"),
    ROW("home_agent", of.router.home_agent, ROUTER, "H: the router is a home agent (RFC 6275)"),
    NAME_ROW("preference", of.router.preference, ROUTER, nd_preference_names,
             "as a default router: high, medium, low or reserved (RFC 4191)"),
    ROW("proxy", of.router.proxy, ROUTER, "P: the advertisement came through a proxy (RFC 4389)"),
    ROW("snac_router", of.router.snac, ROUTER, "S: by a router of a stub network"),
    ROW("lifetime_s", of.router.lifetime_s, ROUTER,
        "seconds that it is a default router; 0: it is none"),
    ROW("reachable_ms", of.router.reachable_ms, ROUTER,
        "ms that a neighbor counts as reachable; 0: no advice"),
    ROW("retrans_ms", of.router.retransmit_ms, ROUTER, "ms between solicitations; 0: no advice"),
    ROW("router", of.neighbor.router, NEIGHBOR, "R: the neighbor is a router"),
    ROW("solicited", of.neighbor.solicited, NEIGHBOR, "S: it answers a solicitation"),
    ROW("override", of.neighbor.override, NEIGHBOR, "O: caches are to take its address"),

    ROW("mld_version", of.mld.version, GROUP, "1 or 2; reports of version 2 have groups"),
    ROW("group", of.mld.group, GROUP, "the multicast address; of a query ::, about all of them"),
    ROW("max_response_ms", of.mld.max_response_ms, QUERY, "ms within which to answer"),
    ROW("suppress", of.mld.suppress, SOURCES, "S: other routers are not to restart their timers"),
    ROW("robustness", of.mld.robustness, QUERIER, "QRV: how many losses are to be borne, and one"),
    ROW("query_interval_s", of.mld.query_interval_s, QUERIER, "seconds between queries"),
    ROW("source_count", of.mld.sources.total, SOURCES, "sources that a query claims to list"),
    CALL("sources", SOURCES, put_sources, "ip[]", "of the group, the first 16"),
    ROW("advertisement_interval_s", of.mld.advertisement_interval_s, ADVERTISEMENT,
        "of a multicast router, seconds (RFC 4286)"),
    ROW("group_count", entry_count, RECORDS, "records that a report claims to have"),
    CALL("groups", RECORDS, put_groups, FIELD_OBJECTS(shape_group),
         "the first 16: record, type, group, source_count, sources"),
    ROW("seed_count", entry_count, SEEDS, "of an MPL control message: seeds it is about"),
    CALL("seeds", SEEDS, put_seeds, FIELD_OBJECTS(shape_seed),
         "the first 16: seed, first_sequence, bitmap"),

    ROW("sequence", of.renumbering.sequence, RENUMBERING, "sequence number, 32 bits"),
    ROW("segment", of.renumbering.segment, RENUMBERING, "of messages of one sequence number"),
    ROW("test", of.renumbering.test, RENUMBERING, "T: nothing is to be changed"),
    ROW("result_requested", of.renumbering.result_wanted, RENUMBERING, "R: an answer is wanted"),
    ROW("all_interfaces", of.renumbering.all_interfaces, RENUMBERING,
        "A: those that are down, too"),
    ROW("site_specific", of.renumbering.site_specific, RENUMBERING, "S: interfaces of one site"),
    ROW("processed", of.renumbering.processed, RENUMBERING, "P: it had been received before"),
    ROW("max_delay_ms", of.renumbering.max_delay_ms, RENUMBERING, "ms before an answer, at most"),
    ROW("operation", of.renumbering.operation, RENUMBERED, "1: add, 2: change, 3: set globally"),
    ROW("match_prefix", of.renumbering.match_prefix, RENUMBERED, "prefixes that it applies to"),
    ROW("match_prefix_length", of.renumbering.match_length, RENUMBERED, "bits of match_prefix"),

    ROW("qtype", of.node_info.qtype, NODE_INFO,
        "0: nothing, 2: node name, 3: node addresses, 4: IPv4 addresses"),
    ROW("node_info_flags", of.node_info.flags, NODE_INFO,
        "which addresses: 1 cut short, 2 all, 4 IPv4-compatible, 8 link-local, 16 site-local, 32 "
        "global"),
    CALL("nonce", NODE_INFO, put_node_info_nonce, "string", "16 hexadecimal digits"),
    CALL("subject", SUBJECT, put_subject, "ip", "address that a query is about"),
    ROW("ttl_s", of.node_info.ttl_s, TTL, "of the first answer, seconds"),
    ROW("name_count", of.node_info.names.total, NAMES, "names there are"),
    CALL("names", NAMES, put_names, "string[]",
         "of a query what it is about, of a response the answer: the first 16"),
    CALL("address_count", ADDRESSES, put_address_count, "int", "addresses there are"),
    CALL("addresses", ADDRESSES, put_addresses, "ip[]",
         "of a node, or of home agents: the first 16"),

    ROW("identifier", of.mobile.identifier, IDENTIFIER, "that ties an answer to its question"),
    ROW("mobile_router", of.mobile.mobile_router, MOBILE_ROUTER,
        "R: it is about agents for mobile routers (RFC 3963)"),
    ROW("managed_prefix", of.mobile.managed, MOBILE_FLAGS,
        "M of a mobile prefix advertisement: addresses are to be had over DHCPv6"),
    ROW("other_config_prefix", of.mobile.other_config, MOBILE_FLAGS, "O: other things are"),
    ROW("components", of.mobile.components, COMPONENTS, "certificates of the path"),
    ROW("component", of.mobile.component, COMPONENT,
        "which of them, counted down to 0; of a solicitation 65535: all"),
    ROW("subtype", of.mobile.subtype, SUBTYPE,
        "of FMIPv6: 2 router solicitation for proxy, 3 proxy router advertisement"),

    ROW("rpl_instance", of.rpl.instance, RPL_INSTANCE, "RPLInstanceID"),
    ROW("rpl_version", of.rpl.version, RPL_DIO, "of the DODAG"),
    ROW("rank", of.rpl.rank, RPL_DIO, "of the sender; 65535: it leaves"),
    ROW("grounded", of.rpl.grounded, RPL_DIO, "G: the DODAG reaches its goal"),
    NAME_ROW("mode_of_operation", of.rpl.mode, RPL_DIO, rpl_mode_names,
             "no downward routes, non-storing, storing, storing with multicast"),
    ROW("mode_number", of.rpl.mode, RPL_DIO, "of the mode of operation"),
    ROW("dodag_preference", of.rpl.preference, RPL_DIO, "of its root; the highest is best"),
    ROW("dtsn", of.rpl.dtsn, RPL_DIO, "destination advertisement trigger sequence number"),
    ROW("dodag_id", of.rpl.dodag_id, RPL_DODAG, "address of its root"),
    ROW("dao_sequence", of.rpl.dao_sequence, RPL_DAO, "of a DAO or DCO, and what answers it"),
    CALL("ack_requested", RPL_DAO, put_ack_requested, "bool", "K: an answer is wanted"),
    ROW("rpl_status", of.rpl.status, RPL_STATUS, "0: accepted; from 128 on: refused"),
    ROW("check_response", of.rpl.response, RPL_CHECK, "R: a consistency check is answered"),
    ROW("check_nonce", of.rpl.nonce, RPL_CHECK, "of a consistency check"),
    ROW("destination_counter", of.rpl.destination_counter, RPL_CHECK,
        "what the sender holds the other's counter to be"),
    ROW("rpl_algorithm", of.rpl.algorithm, RPL_SECURITY, "0: CCM with AES-128, RSA with SHA-256"),
    ROW("rpl_key_mode", of.rpl.key_mode, RPL_SECURITY,
        "0: group key, 1: pair key, 2: group key by source, 3: signature"),
    ROW("rpl_security_level", of.rpl.level, RPL_SECURITY, "how long the code or signature is"),
    ROW("rpl_counter", of.rpl.counter, RPL_SECURITY, "of messages, or a time"),
    ROW("rpl_counter_is_time", of.rpl.counter_is_time, RPL_SECURITY, "T"),
    ROW("rpl_encrypted", of.rpl.encrypted, RPL_SECURITY, "no more of the message can be read"),
    CALL("rpl_key", RPL_SECURITY, put_rpl_key, "string", "source and index, hexadecimal"),

    ROW("locator_count", of.locators.count, LOCATORS, "locators of an ILNPv6 node"),
    ROW("locator_operation", of.locators.operation, LOCATORS, "1: update, 2: acknowledgement"),
    ROW("registration_status", of.registration.status, REGISTRATION, "0: success"),
    ROW("tid", of.registration.tid, REGISTRATION, "transaction (RFC 8505)"),
    ROW("lifetime_min", of.registration.lifetime_min, REGISTRATION, "minutes"),
    CALL("rovr", REGISTRATION, put_rovr, "string", "EUI-64 or verifier, hexadecimal"),
    ROW("registered_ip", of.registration.address, REGISTRATION, "the address that it is about"),

    ROW("option_count", entry_count, OPTIONS, "options there are, padding left out"),
    CALL("options", OPTIONS, put_options, FIELD_OBJECTS(shape_option),
         "the first 16: option, type, length in bytes, and members by type; incomplete: true "
         "where it is too short"),
};

const struct field_table fields_icmp_v6 = FIELD_TABLE_SOME(rows, PART_ICMP_V6, UINT32_MAX);

static const struct field fault_rows[] = {
    {.group = "icmp",
     FIELD_KEY("list_fault"),
     .type = FIELD_CALL,
     .part = PART_ICMP_V6,
     .call = put_fault,
     .json_type = FIELD_ENUM(entries_fault_names),
     .doc = "options or records cannot be read to their end: zero_length (to be dropped, RFC 4861 "
            "4.6) or overrun"},
};

const struct field_table fields_icmp_v6_fault = FIELD_TABLE(fault_rows);
