/* The flow table: open addressing over a keyed hash, a cap, the least recently used evicted.
 *
 * Flows live in chunks that never move; the index holds hash and number of each. A pointer to a
 * flow is good until the next flow_table_touch(). */
#ifndef ICMPSCOPE_FLOW_TABLE_H
#define ICMPSCOPE_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/key.h"
#include "flow/ring.h"

/* 112 bytes, with at most 14 more in the index: under 128 a flow. The key comes first, and what
 * finding a flow and chaining its packets needs with it, in one cache line or two. */
struct flow {
    struct flow_key key;
    ring_position newest; /* its newest packet in the ring */
    int64_t last_ns;
    uint32_t hit;         /* 1 + index among the flows hit by errors (track/hits.c); 0: none */
    uint8_t tcp_flags[2]; /* all seen so far, by direction */
    uint8_t initiator;    /* direction of the first packet: towards the server, as EVE calls it */
    bool referenced;      /* used since the eviction's hand last passed */

    int64_t first_ns;
    uint64_t packets[2]; /* by direction */
    uint64_t bytes[2];   /* of IP packets as their headers claim, by direction */
    uint64_t id;         /* unique within a run, from 1 */
};

_Static_assert(sizeof(struct flow) == 112, "memory is promised to users by the flow");

/* Why a flow ended: it was idle, it gave way to others, the table went with the run. */
enum flow_end { FLOW_END_UNKNOWN, FLOW_END_TIMEOUT, FLOW_END_FORCED, FLOW_END_SHUTDOWN, FLOW_ENDS };

struct flow_table; /* opaque */

struct flow_table_config {
    size_t max_flows;     /* cap; taken as 1 where it is 0, as 2^30 where it is more */
    const uint64_t *seed; /* two words of entropy for the keyed hash */
    /* Called with each flow that is about to go: evicted, timed out, or at flow_table_free().
     * May be NULL. */
    void (*closed)(void *context, const struct flow *flow, enum flow_end end);
    void *context;
};

struct flow_table *flow_table_new(const struct flow_table_config *config, struct error *error);
void flow_table_free(struct flow_table *table);

uint64_t flow_table_hash(const struct flow_table *table, const struct flow_key *key);

/* Two steps that fetch ahead what finding a key will read: first the index, then, where the index
 * has come, the flow. Hints only. */
void flow_table_prefetch_index(const struct flow_table *table, uint64_t hash);
void flow_table_prefetch_flow(const struct flow_table *table, uint64_t hash);

/* The flow of this key, or NULL. Changes nothing: to ask about a flow is not to use it. */
struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key, uint64_t hash);

/* The flow of this key for a packet at `time_ns`, made where there is none: `*fresh` says so. One
 * that was idle for longer than its protocol's timeout is closed, and begins anew. At the cap, or
 * when memory runs out, the least recently used flow gives way (clock algorithm: a flow used since
 * the hand last passed is spared). Sets first_ns, last_ns and id; counting is the caller's. Never
 * NULL. */
struct flow *flow_table_touch(struct flow_table *table, const struct flow_key *key, uint64_t hash,
                              int64_t time_ns, bool *fresh);

size_t flow_table_count(const struct flow_table *table);     /* flows in it now */
uint64_t flow_table_seen(const struct flow_table *table);    /* ever */
uint64_t flow_table_evicted(const struct flow_table *table); /* for the cap */
uint64_t flow_table_timed_out(const struct flow_table *table);

/* Cache lines of the index that the worst find of a flow in it reads. Reads the whole index. */
size_t flow_table_longest_probe(const struct flow_table *table);

#endif
