/* The values that a record has for the rows of ecs_map.h, kept until all are known. */
#ifndef ICMPSCOPE_REPORT_ECS_VALUE_H
#define ICMPSCOPE_REPORT_ECS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "report/ecs_map.h"
#include "report/writer.h"
#include "track/event.h"

enum {
    ECS_RELATED_MAX = 32, /* addresses in related.ip: the first ones */
    ECS_TEXTS_SIZE = 6144,
};

struct ecs_values {
    const struct event *event; /* borrowed */
    struct ecs_value {
        bool set;
        const char *text; /* in `texts`, or constant; NULL: it is the number */
        size_t size;
        int64_t number;
    } list[ECS_ROWS_MAX];
    char addresses[ECS_RELATED_MAX][ADDR_TEXT_SIZE];
    size_t address_count;
    size_t used;
    char texts[ECS_TEXTS_SIZE];
};

void ecs_values_init(struct ecs_values *values, const struct event *event);

/* What the member that the row is about has: a text … */
void ecs_values_set_text(struct ecs_values *values, size_t row, const char *bytes, size_t size);

/* … or a number, in a list the one after `before` others. */
void ecs_values_set_integer(struct ecs_values *values, size_t row, int64_t number, size_t before);

/* An address somewhere in the record. */
void ecs_values_add_address(struct ecs_values *values, const char *bytes, size_t size);

/* Writes all of them into the object that is open, each object of theirs once. */
void ecs_values_put(struct writer *writer, const struct ecs_values *values);

#endif
