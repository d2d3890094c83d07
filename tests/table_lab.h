/* A flow table whose flows are named by numbers, for the tests of it. */
#ifndef ICMPSCOPE_TESTS_TABLE_LAB_H
#define ICMPSCOPE_TESTS_TABLE_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "flow/table.h"

enum { CLOSED_MAX = 64 };

/* Names of the flows that were closed, in their order, and why each was. */
struct closed {
    size_t count;
    uint32_t names[CLOSED_MAX];
    enum flow_end ends[CLOSED_MAX];
};

/* A test's flows are named by a number, which is in their key. */
static inline struct flow_key key_of(uint32_t name, uint8_t proto)
{
    struct flow_key key;
    memset(&key, 0, sizeof key);
    memcpy(key.addr[0].bytes, &name, sizeof name);
    key.proto = proto;
    key.family = FAMILY_IPV4;
    return key;
}

static inline uint32_t name_of(const struct flow *flow)
{
    uint32_t name;
    memcpy(&name, flow->key.addr[0].bytes, sizeof name);
    return name;
}

static inline void note_closed(void *context, const struct flow *flow, enum flow_end end)
{
    struct closed *closed = context;
    assert_true(closed->count < CLOSED_MAX);
    closed->ends[closed->count] = end;
    closed->names[closed->count++] = name_of(flow);
}

static inline struct flow_table *table_of(size_t max_flows, struct closed *closed)
{
    struct flow_table_config config = {.max_flows = max_flows,
                                       .seed = (const uint64_t[]){1, 2},
                                       .closed = closed != NULL ? note_closed : NULL,
                                       .context = closed};
    struct flow_table *table = flow_table_new(&config, NULL);
    assert_non_null(table);
    return table;
}

static inline struct flow *find(struct flow_table *table, uint32_t name)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    return flow_table_find(table, &key, flow_table_hash(table, &key));
}

static inline struct flow *touch(struct flow_table *table, uint32_t name, int64_t time_ns)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    struct flow *flow = flow_table_touch(table, &key, flow_table_hash(table, &key), time_ns).flow;
    assert_non_null(flow);
    return flow;
}

static inline struct flow_guess guess_of(struct flow_table *table, uint32_t name)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    const uint64_t hash = flow_table_hash(table, &key);
    struct flow_guess guess;
    flow_table_prefetch_flows(table, &hash, &guess, 1);
    return guess;
}

/* Touches each name of `names` once, at time 0. */
static inline void touch_all(struct flow_table *table, const char *names)
{
    for (; *names != '\0'; names++)
        touch(table, (uint32_t)*names, 0);
}

static inline void closed_are(const struct closed *closed, const char *names, enum flow_end end)
{
    assert_int_equal(closed->count, strlen(names));
    for (size_t i = 0; i < closed->count; i++) {
        assert_int_equal(closed->names[i], names[i]);
        assert_int_equal(closed->ends[i], end);
    }
}

#endif
