/* The objects that a row with .call writes, and the elements of its lists, described for the JSON
 * Schema as the field table describes records. Each stands beside what writes it. */
#ifndef ICMPSCOPE_REPORT_SHAPE_H
#define ICMPSCOPE_REPORT_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "report/field.h"
#include "report/member.h"

struct shape_row {
    const char *key;
    const char *json_type; /* as of struct field */
    const char *doc;       /* meaning and unit, one line */
    const char *const *names;
    size_t name_count;
    const struct shape *shape;
    bool always; /* each such object has it */
};

enum { SHAPE_TABLES = 2 };

struct shape {
    const char *name; /* of it in the schema */
    const struct shape_row *rows;
    size_t count;
    const struct field_table *fields;                 /* further members of it, or NULL */
    const struct member_table *members[SHAPE_TABLES]; /* … of entries of any type */
};

#define SHAPE_ROWS(list) .rows = list, .count = FIELD_COUNT(list)

extern const struct shape shape_label;     /* an entry of an MPLS stack: fields_extension.c */
extern const struct shape shape_tunnel;    /* tunnel_list.c */
extern const struct shape shape_rewritten; /* rewritten_list.c */
extern const struct shape shape_mtu_change, shape_mtu_advice; /* pmtu_changes.c */

#endif
