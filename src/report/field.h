/* The field table: every member of every record, described once. The ndjson stream, the summary
 * document and the manual are made from it. */
#ifndef ICMPSCOPE_REPORT_FIELD_H
#define ICMPSCOPE_REPORT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"
#include "report/writer.h"
#include "track/event.h"

struct shape;

/* Where a member lives. The rows of a part apply where the event has that part. */
enum field_part {
    PART_EVENT,     /* struct event */
    PART_PACKET,    /* struct packet */
    PART_HEADERS,   /* struct headers of the packet */
    PART_ICMP,      /* struct icmp */
    PART_ICMP_V4,   /* struct icmp_v4, of an ICMPv4 message */
    PART_ICMP_V6,   /* struct icmp_v6, of an ICMPv6 message */
    PART_QUOTE,     /* struct quote, where one was read */
    PART_QUOTED,    /* struct headers of the quote */
    PART_TCP,       /* struct tcp_options of the quote */
    PART_INNER,     /* struct headers of the packet in the quoted tunnel */
    PART_VERDICT,   /* struct verdict */
    PART_FLOW,      /* struct flow */
    PART_TCP_FLOW,  /* the same, of TCP */
    PART_HIT,       /* struct hit */
    PART_AFTERMATH, /* struct aftermath, of a flow that was hit and captured and has ended */
    PART_TALLY,     /* struct tally */
    PART_STORY,     /* the struct that begins with struct story */
    PARTS
};

enum field_type {
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_I32,
    FIELD_I64,
    FIELD_REAL,
    FIELD_BOOL,
    FIELD_NAME8,    /* uint8_t, an index into .names */
    FIELD_IP,       /* struct addr, of the family of its part */
    FIELD_NS_ISO,   /* int64_t ns, as RFC 3339 */
    FIELD_NS_AS_US, /* int64_t ns, as an integer of µs */
    FIELD_SHORT,    /* a text that .text makes */
    FIELD_CALL,     /* whatever .call writes, or nothing */
    FIELD_TYPES
};

/* What a row with .call or .text is written from. Borrowed. */
struct field_source {
    const struct event *event;
    const struct report *report;
};

struct field {
    const char *group; /* the object that it is in, or NULL; rows of a group stand together */
    const char *key;
    enum field_type type;
    enum field_part part;
    size_t offset;  /* within the part; 0 for FIELD_CALL and FIELD_SHORT */
    uint32_t has;   /* it applies where all these bits of the part's `has` are set; 0: always */
    uint8_t family; /* … and the part is of this enum family; 0: of either */
    bool fixed;     /* for all events of one shape it writes the same: report/plan.h */
    bool always; /* for the schema, of FIELD_CALL: it writes something wherever the row applies */
    const char *const *names; /* of FIELD_NAME8; of FIELD_CALL, all that it can write */
    size_t name_count;
    void (*call)(struct writer *writer, const char *key, const struct field_source *from);
    /* Of FIELD_SHORT: writes printable ASCII in which nothing is to be escaped at `to`, where
     * WRITER_SHORT bytes are free. Returns its end; `to` where the member is to be left out, as it
     * is then in all events of the shape. */
    char *(*text)(char *to, const struct field_source *from);
    struct writer_lead lead;   /* of the key: FIELD_KEY() sets both */
    const char *json_type;     /* for the schema, of these two: "string", "ip", "int[]", … */
    const struct shape *shape; /* … of "object" and "object[]": report/shape.h */
    const char *doc;           /* meaning and unit, one line */
};

/* What rows with PART_EVENT and PART_PACKET may need, as the structs have no bits of their own. */
enum field_has {
    FIELD_HAS_FRAME = 1u << 0,  /* the event is about a frame */
    FIELD_HAS_VLAN = 1u << 0,   /* the packet came in VLANs, … */
    FIELD_HAS_TUNNEL = 1u << 1, /* … in tunnels */
};

/* In a row: its key, a literal. */
#define FIELD_KEY(name) .key = name, .lead = WRITER_LEAD(name)

/* In a row: the names that its values have. */
#define FIELD_NAMES(list) .names = list, .name_count = sizeof(list) / sizeof(list)[0]

/* What a row's .json_type may be followed by. */
#define FIELD_ENUM(list)        "string", FIELD_NAMES(list)
#define FIELD_ENUMS(list)       "string[]", FIELD_NAMES(list)
#define FIELD_OBJECT(of)        "object", .shape = &of
#define FIELD_OBJECTS(of)       "object[]", .shape = &of
#define FIELD_ALWAYS(type_name) type_name, .always = true

/* In a row: where a member is, and the type that it has in C. Times are int64_t, and say which. */
#define FIELD_MEMBER(struct_type, member)                                                          \
    .type = _Generic(((struct_type *)NULL)->member, uint8_t                                        \
                     : FIELD_U8, uint16_t                                                          \
                     : FIELD_U16, uint32_t                                                         \
                     : FIELD_U32, uint64_t                                                         \
                     : FIELD_U64, int32_t                                                          \
                     : FIELD_I32, double                                                           \
                     : FIELD_REAL, bool                                                            \
                     : FIELD_BOOL, struct addr                                                     \
                     : FIELD_IP),                                                                  \
    .offset = offsetof(struct_type, member)

#define FIELD_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* Where `any` is not 0, no row of the table applies to an event whose `part` has none of these
 * bits: then none of them is looked at. */
struct field_table {
    const struct field *fields;
    size_t count;
    enum field_part part;
    uint32_t any;
};

/* Its initialisers: without and with `part` and `any`. */
#define FIELD_TABLE(list)                                                                          \
    {                                                                                              \
        .fields = list, .count = FIELD_COUNT(list)                                                 \
    }
#define FIELD_TABLE_SOME(list, where, bits)                                                        \
    {                                                                                              \
        .fields = list, .count = FIELD_COUNT(list), .part = where, .any = bits                     \
    }

extern const struct field_table fields_common;    /* what each record begins with */
extern const struct field_table fields_icmp;      /* a message */
extern const struct field_table fields_icmp_some; /* … what only some types hold */
extern const struct field_table fields_icmp_v4;   /* … of ICMPv4 */
extern const struct field_table fields_icmp_v6;   /* … of ICMPv6 */
extern const struct field_table fields_icmp_v6_fault;
extern const struct field_table fields_extension; /* … its extension, and what a probe holds */
extern const struct field_table fields_quoted;    /* the packet that an error quotes */
extern const struct field_table fields_quoted_options, fields_quoted_other, fields_quote;
extern const struct field_table fields_match; /* its verdict */
extern const struct field_table fields_flow, fields_stats;
extern const struct field_table fields_echo, fields_clock, fields_query, fields_pmtu, fields_path;
extern const struct field_table fields_query_answer; /* … what the answer of a query holds */
extern const struct field_table fields_redirect, fields_router, fields_finding;
extern const struct field_table fields_health; /* the rest of `stats`, and `health` in documents */

/* The rows of a record, by enum event_type, in this order; further tables are NULL. */
enum { FIELD_TABLES = 12 };
struct field_record {
    const char *name; /* event_type: "icmp", "flow", ... */
    const struct field_table *tables[FIELD_TABLES];
};
extern const struct field_record field_records[EVENT_TYPES];

/* What several tables have a .call or .text for: the name of a protocol, a Community ID (nothing
 * where there is none), the names of the bits that are set among the first `count`, as an array. */
void field_put_proto(struct writer *writer, const char *key, uint8_t proto);
char *field_community_id(char *to, const struct headers *headers, const struct report *report);
void field_put_bits(struct writer *writer, const char *key, uint32_t bits, const char *const *names,
                    unsigned count);

/* The type of a member in JSON: "string", "int", "bool", or as .json_type says ("ip", "object[]",
 * ...). */
const char *field_json_type(const struct field *field);

/* Writes the members of `event` that apply, as members of the object that is open: a record. */
void field_walk(struct writer *writer, const struct event *event, const struct report *report);

/* The same of one table … */
void field_walk_table(struct writer *writer, const struct field_table *table,
                      const struct event *event, const struct report *report);

/* … without the objects that its rows are in. */
void field_walk_flat(struct writer *writer, const struct field_table *table,
                     const struct event *event, const struct report *report);

#endif
