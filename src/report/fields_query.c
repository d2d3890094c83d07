/* The rows of `query`. */
#include "decode/icmp.h"
#include "report/field.h"
#include "report/field_story.h"
#include "track/query.h"

static const struct query *query_of(const struct field_source *from)
{
    return (const struct query *)(const void *)from->event->story;
}

static void put_code_name(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct query *query = query_of(from);
    enum family family = (enum family)query->story.family;
    writer_string(writer, key, icmp_code_get(family, query->type, query->code)->name);
}

static void put_name(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct query *query = query_of(from);
    writer->ops->text(writer->self, key, query->name, query->name_length);
}

static void put_addresses(struct writer *writer, const char *key, const struct field_source *from)
{
    const struct query *query = query_of(from);
    char text[ADDR_TEXT_SIZE];
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < query->addresses_kept && i < QUERY_ADDRESSES; i++)
        writer_string(writer, NULL,
                      addr_format(query->addresses[i], (enum family)query->address_family, text,
                                  sizeof text));
    writer->ops->array_end(writer->self);
}

#define ROW(name, member, bits, text)                                                              \
    {                                                                                              \
        .group = "query", FIELD_KEY(name), .part = PART_STORY, FIELD_MEMBER(struct query, member), \
        .has = bits, .doc = text                                                                   \
    }
#define NAME_ROW(name, member, bits, table, text)                                                  \
    {                                                                                              \
        .group = "query", FIELD_KEY(name), .type = FIELD_NAME8, .part = PART_STORY,                \
        .offset = offsetof(struct query, member), .has = bits, FIELD_NAMES(table), .doc = text     \
    }
#define CALL_ROW(name, bits, function, json, text)                                                 \
    {                                                                                              \
        .group = "query", FIELD_KEY(name), .type = FIELD_CALL, .part = PART_STORY, .has = bits,    \
        .call = function, .json_type = json, .doc = text                                           \
    }

static const struct field rows[] = {
    FIELD_STORY_SRC("who asked"),
    FIELD_STORY_DST("who answered; without an answer who was asked"),
    NAME_ROW("kind", kind, 0, query_kind_names,
             "what was asked for: information, address_mask, router_solicitation, domain_name, "
             "extended_echo, node_information"),
    NAME_ROW("status", status, 0, query_status_names,
             "answered; unanswered for ten seconds, or until it was asked again; or "
             "unanswered_at_end of the capture, before that"),
    ROW("id", id, QUERY_HAS_ID, "identifier of the request"),
    ROW("seq", seq, QUERY_HAS_ID, "sequence number of the request"),
    {.group = "query",
     FIELD_KEY("rtt_us"),
     .type = FIELD_NS_AS_US,
     .part = PART_STORY,
     .offset = offsetof(struct query, rtt_ns),
     .has = QUERY_HAS_RTT,
     .doc = "microseconds from the request to its reply, where they were captured"},
    ROW("request_pcap_cnt", request_frame, 0, "frame of the request"),
};

const struct field_table fields_query = FIELD_TABLE(rows);

static const struct field answer_rows[] = {
    ROW("code", code, QUERY_HAS_CODE, "code of the reply, of a kind that has several"),
    CALL_ROW("code_name", QUERY_HAS_CODE, put_code_name, "string", "what that code says"),
    ROW("mask", mask, QUERY_HAS_MASK, "the address mask"),
    ROW("router_count", router_count, QUERY_HAS_ROUTERS, "routers that are advertised"),
    ROW("router", router, QUERY_HAS_ROUTER, "the one of them that is preferred"),
    ROW("lifetime_s", lifetime_s, QUERY_HAS_ROUTERS, "seconds that they are good for"),
    ROW("local", local, QUERY_HAS_LOCAL,
        "of a probe: whether it asks about an interface of dest_ip itself, not of a neighbor"),
    ROW("active", active, QUERY_HAS_PROBE, "of a probe: whether the interface is up"),
    ROW("ipv4", ipv4, QUERY_HAS_PROBE, "of a probe: whether IPv4 runs on it"),
    ROW("ipv6", ipv6, QUERY_HAS_PROBE, "of a probe: whether IPv6 runs on it"),
    NAME_ROW("state", state, QUERY_HAS_STATE, icmp_probe_state_names,
             "of a probe about a neighbor: its state in the table of dest_ip"),
    ROW("qtype", qtype, QUERY_HAS_QTYPE,
        "of node information: 2 name, 3 addresses, 4 IPv4 addresses (RFC 4620)"),
    CALL_ROW("name", QUERY_HAS_NAME, put_name, "string", "the first name in the answer"),
    ROW("name_count", name_count, QUERY_HAS_NAME, "names in the answer"),
    CALL_ROW("addresses", QUERY_HAS_ADDRESSES, put_addresses, "ip[]",
             "the first 4 addresses in the answer"),
    ROW("address_count", address_count, QUERY_HAS_ADDRESSES, "addresses in the answer"),
};

const struct field_table fields_query_answer = FIELD_TABLE(answer_rows);
