/* The field table: every member of every record, described once. The ndjson stream, the summary
 * document and the manual are made from it. */
#ifndef ICMPSCOPE_REPORT_FIELD_H
#define ICMPSCOPE_REPORT_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"
#include "report/writer.h"
#include "track/event.h"

/* Where a member lives. Each part but PART_EVENT begins with its presence bits, `uint32_t has`. */
enum field_part {
    PART_EVENT,   /* struct event */
    PART_PACKET,  /* struct packet */
    PART_HEADERS, /* struct headers of the packet */
    PART_ICMP,    /* struct icmp */
    PART_QUOTE,   /* struct quote */
    PART_QUOTED,  /* struct headers of the quote */
    PART_VERDICT, /* struct verdict */
    PART_FLOW,    /* struct flow */
    PART_HIT,     /* struct hit */
    PART_TALLY,   /* struct tally */
    PARTS
};

enum field_type {
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_BOOL,
    FIELD_NAME8,    /* uint8_t, an index into .names */
    FIELD_IP,       /* struct addr, of the family of its part */
    FIELD_NS_ISO,   /* int64_t ns, as RFC 3339 */
    FIELD_NS_AS_US, /* int64_t ns, as an integer of µs */
    FIELD_CALL,     /* whatever .call writes */
};

struct field {
    const char *group; /* the object that it is in, or NULL; rows of a group stand together */
    const char *key;
    enum field_type type;
    enum field_part part;
    size_t offset;
    uint32_t has; /* it applies where all these bits of the part are set; 0: always */
    const char *const *names;
    void (*call)(struct writer *writer, const char *key, const struct event *event,
                 const struct report *report);
    const char *json_type; /* for the manual and the schema, of FIELD_CALL: "string", "int[]", … */
    const char *doc;       /* meaning and unit, one line */
};

struct field_table {
    const char *name; /* event_type: "icmp", "flow", "stats" */
    const struct field *fields;
    size_t count;
};

/* By enum event_type. */
extern const struct field_table field_tables[EVENT_TYPES];

/* Writes the members of `event` that apply, as members of the object that is open. */
void field_walk(struct writer *writer, const struct event *event, const struct report *report);

#endif
