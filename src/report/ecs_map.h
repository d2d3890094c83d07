/* What members of records are called in the Elastic Common Schema (ECS 8): one table. A member
 * without a row stays what it is called, under `icmpscope`. */
#ifndef ICMPSCOPE_REPORT_ECS_MAP_H
#define ICMPSCOPE_REPORT_ECS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a value comes from that of the member. */
enum ecs_how {
    ECS_COPY,     /* it is the same */
    ECS_LOWER,    /* a name, in lower case */
    ECS_DATASET,  /* a name, behind "icmpscope." */
    ECS_PROTO,    /* IANA's number of the protocol, as text */
    ECS_NETWORK,  /* ipv4 or ipv6, of an address */
    ECS_MAC,      /* 00-00-5E-00-53-23 */
    ECS_NS,       /* nanoseconds, of microseconds */
    ECS_SUM,      /* of the members of the rows of this name, which stand together */
    ECS_SEVERITY, /* 1 (info) to 4 (high) */
    ECS_OUTCOME,  /* success, failure or unknown */
    ECS_FIRST,    /* of a list of numbers the first, as text */
    ECS_LAST,     /* … the last of several */
    ECS_CONST,    /* .key itself, whatever the record has */
    ECS_LIST,     /* the same as a list; commas stand between its elements */
    ECS_VERSION,  /* of the program */
    ECS_SPAN,     /* nanoseconds that a flow lasted */
    ECS_ADDRESSES /* each address in the record, once */
};

struct ecs_row {
    const char *path;  /* "source.ip": those of an object stand together */
    const char *group; /* the object that the member is in, or NULL */
    const char *key;
    uint32_t records; /* 1 << enum event_type; 0: all */
    enum ecs_how how;
    bool keep; /* the member also stays under `icmpscope`, since its value is made another one */
};

/* Of several rows with one path the first that the record has a value for counts. */
extern const struct ecs_row ecs_rows[];
extern const size_t ecs_row_count;
enum { ECS_ROWS_MAX = 96 };

/* Whether the row is for records of that type. */
bool ecs_row_is_of(const struct ecs_row *row, unsigned type);

/* Whether that member, anywhere in a record, is an address or a list of them. */
bool ecs_key_is_address(const char *key);

#endif
