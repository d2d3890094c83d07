/* What the files of the flow table share: table.c has the flows, guess.c what is fetched ahead. */
#ifndef ICMPSCOPE_FLOW_TABLE_PARTS_H
#define ICMPSCOPE_FLOW_TABLE_PARTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/fingerprints.h"
#include "flow/index.h"
#include "flow/table.h"

/* A chunk of flows is big enough that few are needed, and small beside what the rest takes. Where
 * there may be many, so many are allocated at once that they fill large pages: 14 MiB, of which
 * only what flows begin in is ever touched. The first 18,724 flows stay in small pages, as most of
 * a large one would be more than they take. */
enum { CHUNK_BITS = 12, CHUNK_FLOWS = 1 << CHUNK_BITS, CHUNKS_AT_ONCE = 32 };

enum { TABLE_MAX = 1 << 30, PROTOCOLS = 256 };

/* So many places before the hand comes to one, what giving up its flow will look for is fetched. */
enum { HAND_AHEAD = 8 };

/* A flow that may give way soon. 0: none. */
struct candidate {
    uint64_t id, hash;
};

/* Another thread may ask where flows are: flow_table_peek(). */
typedef _Atomic(struct flow *) flow_chunk;

struct flow_table {
    struct flow_index index;
    uint32_t count, max; /* numbers 1 to count were given to flows, and … */
    uint32_t spare;  /* … some are free again: the first of them, whose `newest` is the next */
    uint32_t spares; /* how many */
    uint32_t hand;   /* number of the flow that eviction looked at last … */
    uint32_t swept;  /* … and of the one that the sweep did */
    struct candidate candidates[HAND_AHEAD]; /* by the lowest bits of their numbers */
    flow_chunk *chunks;
    size_t chunk_count, chunk_max;
    flow_chunk *allocated; /* of the chunks those that begin an allocation */
    size_t allocated_count;
    uint64_t seen, evicted, timed_out;
    void (*closed)(void *context, const struct flow *flow, enum flow_end end);
    void (*alive)(void *context, const struct flow *flow);
    void *context;
    struct fingerprints fingerprints; /* of flows evicted */
    struct hash_secret secret;
    int64_t idle_ns[PROTOCOLS]; /* by protocol, … */
    int64_t idle_other_ns;      /* … and of most */
};

static inline struct flow *chunk_at(const flow_chunk *chunk)
{
    return atomic_load_explicit(chunk, memory_order_relaxed);
}

static inline void chunk_set(flow_chunk *chunk, struct flow *flows)
{
    atomic_store_explicit(chunk, flows, memory_order_relaxed);
}

static inline struct flow *flow_at(const struct flow_table *table, uint32_t number)
{
    uint32_t index = number - 1;
    return chunk_at(&table->chunks[index >> CHUNK_BITS]) + (index & (CHUNK_FLOWS - 1));
}

static inline uint32_t hash_part(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

#endif
