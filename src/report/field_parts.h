/* The structs that the rows of the field table are about, as an event has them. */
#ifndef ICMPSCOPE_REPORT_FIELD_PARTS_H
#define ICMPSCOPE_REPORT_FIELD_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "report/field.h"

/* In `has` beside the bits of the struct itself, where the event has that part. */
#define PART_THERE (UINT64_C(1) << 32)

struct part_found {
    const void *base; /* NULL where the event has no such part; … */
    uint64_t has;     /* … then 0 */
    uint8_t family;   /* enum family */
};

struct field_parts {
    struct part_found of[PARTS];
};

void field_parts_find(struct field_parts *parts, const struct event *event);

/* Asked for each row of each record. */
static inline bool field_applies(const struct field *field, const struct field_parts *parts)
{
    const struct part_found *part = &parts->of[field->part];
    return (~part->has & (PART_THERE | field->has)) == 0 &&
           (field->family == FAMILY_NONE || field->family == part->family);
}

/* False where none of its rows applies. */
static inline bool field_table_applies(const struct field_table *table,
                                       const struct field_parts *parts)
{
    return table->any == 0 || (parts->of[table->part].has & table->any) != 0;
}

/* The member that a row is about, where it applies. */
static inline const void *field_member(const struct field *field, const struct field_parts *parts)
{
    return (const char *)parts->of[field->part].base + field->offset;
}

#endif
