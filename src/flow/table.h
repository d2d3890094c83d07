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

/* What one side of a flow sent, with the upper bits of its packets above its bytes to save room:
 * flow_bytes(), flow_packets(). One number, as to add to part of it costs more for each packet. */
struct flow_sent {
    uint64_t packed; /* 56 bits of bytes, of IP packets as their headers claim; 8 of packets */
};

#define FLOW_PACKETS_HIGH (UINT64_C(1) << 56)

/* 112 bytes, with at most 14 more in the index: under 128 a flow. The key comes first, and what
 * finding a flow and chaining its packets needs with it, in one cache line or two. Arrays are by
 * direction. */
struct flow {
    struct flow_key key;
    ring_position newest; /* its newest packet in the ring */
    int64_t last_ns;
    uint32_t seq_next[2]; /* TCP: sequence number behind the last byte sent (SYN and FIN count) … */
    uint32_t ack[2]; /* … and the highest acknowledgement sent, where the bits below say so */
    union {
        int64_t first_ns;
        uint64_t follow; /* while it is `hit`: see track/follow.h, which has first_ns then */
    };
    uint32_t packets_low[2];
    struct flow_sent sent[2];
    uint64_t id : 40;       /* FLOW_ID_BITS: unique within a run, from 1; 0: of no flow */
    uint8_t tcp_flags[2];   /* all seen so far */
    uint8_t initiator : 1;  /* direction of the first packet: towards the server, as EVE says */
    uint8_t referenced : 1; /* used since the eviction's hand last passed */
    uint8_t hit : 1;        /* errors were about it: track/hits.c knows it */
    uint8_t watched : 1;    /* a tracker is to see each of its packets (track/tracker.h) */
    uint8_t known : 4;      /* which of seq_next and ack hold something: flow_knows_seq(), … */
};

/* Of flow.known, each shifted by the direction. */
enum { FLOW_KNOWS_SEQ = 1, FLOW_KNOWS_ACK = 4 };

static inline bool flow_knows_seq(const struct flow *flow, unsigned direction)
{
    return (flow->known & FLOW_KNOWS_SEQ << direction) != 0;
}

static inline bool flow_knows_ack(const struct flow *flow, unsigned direction)
{
    return (flow->known & FLOW_KNOWS_ACK << direction) != 0;
}

/* Of 300,000 new flows a second each has another id for 42 days. */
enum { FLOW_ID_BITS = 40 };

_Static_assert(sizeof(struct flow) == 112, "memory is promised to users by the flow");

static inline uint64_t flow_packets(const struct flow *flow, enum flow_direction direction)
{
    uint64_t high = flow->sent[direction].packed / FLOW_PACKETS_HIGH;
    return high << 32 | flow->packets_low[direction];
}

static inline uint64_t flow_bytes(const struct flow *flow, enum flow_direction direction)
{
    return flow->sent[direction].packed % FLOW_PACKETS_HIGH;
}

static inline void flow_count(struct flow *flow, enum flow_direction direction, uint32_t bytes)
{
    flow->sent[direction].packed += bytes;
    if (++flow->packets_low[direction] == 0)
        flow->sent[direction].packed += FLOW_PACKETS_HIGH;
}

/* Why a flow ended: it was idle, it gave way to others, the table went with the run, its ports were
 * taken for another connection. */
enum flow_end {
    FLOW_END_UNKNOWN,
    FLOW_END_TIMEOUT,
    FLOW_END_FORCED,
    FLOW_END_SHUTDOWN,
    FLOW_END_TCP_REUSE,
    FLOW_ENDS
};

/* A flow that a packet is of. */
struct flow_touch {
    struct flow *flow;
    uint32_t number;   /* in the table: flow_table_at() */
    bool fresh;        /* it begins with this packet */
    int64_t before_ns; /* else its last_ns before it */
};

/* Whose flows may be idle for how long. */
enum flow_idle { FLOW_IDLE_OTHER, FLOW_IDLE_TCP, FLOW_IDLE_UDP, FLOW_IDLE_ICMP, FLOW_IDLE_SCTP };
enum { FLOW_IDLES = FLOW_IDLE_SCTP + 1 }; /* UDP-Lite is taken as UDP, DCCP as SCTP */

extern const uint32_t flow_idle_usual[FLOW_IDLES]; /* seconds */

/* How much longer than that flow_table_sweep() leaves a flow: an error may still come, the latest
 * when a host has given up to put fragments together, which takes it a minute (RFC 8200 4.5). A TCP
 * connection that was reset, or closed by both sides, is taken as what may be idle for
 * FLOW_IDLE_OTHER. */
enum { FLOW_GRACE_S = 60 };

struct flow_table; /* opaque */

struct flow_table_config {
    const uint32_t *idle_s; /* seconds by enum flow_idle; NULL: flow_idle_usual */
    size_t max_flows;       /* cap; taken as 1 where it is 0, as 2^30 where it is more */
    const uint64_t *seed;   /* two words of entropy for the keyed hash */
    /* Called with each flow that is about to go: evicted, timed out, or at flow_table_free().
     * May be NULL. */
    void (*closed)(void *context, const struct flow *flow, enum flow_end end);
    /* Called with each flow that flow_table_sweep() leaves. May be NULL. */
    void (*alive)(void *context, const struct flow *flow);
    void *context;
};

struct flow_table *flow_table_new(const struct flow_table_config *config, struct error *error);
void flow_table_free(struct flow_table *table);

uint64_t flow_table_hash(const struct flow_table *table, const struct flow_key *key);

/* The secret of flow_key_hash(), with which it does. */
const struct hash_secret *flow_table_secret(const struct flow_table *table);

/* Which flow it probably is: NULL and 0 for none. */
struct flow_guess {
    struct flow *flow;
    uint32_t number;
};

/* Two steps that fetch ahead what finding keys with these hashes will read: first the index, then,
 * where the index has come, the flows. Each is a loop so short that the processor waits for several
 * of its lines at once. */
void flow_table_prefetch_index(const struct flow_table *table, const uint64_t *hashes,
                               size_t count);
void flow_table_prefetch_flows(const struct flow_table *table, const uint64_t *hashes,
                               struct flow_guess *guesses, size_t count);

/* The same from another thread, while the one whose table it is works with it: the first two read
 * what is atomic, and fetch it for a cache that both share; `numbers` are those of the flows as far
 * as it could see, or 0. The third is for the table's own thread, and makes guesses of them. */
void flow_table_peek_index(const struct flow_table *table, const uint64_t *hashes, size_t count);
void flow_table_peek(const struct flow_table *table, const uint64_t *hashes, uint32_t *numbers,
                     size_t count);
void flow_table_prefetch_peeked(const struct flow_table *table, const uint64_t *hashes,
                                const uint32_t *numbers, struct flow_guess *guesses, size_t count);

/* The flow of this key, or NULL. Changes nothing: to ask about a flow is not to use it. */
struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key, uint64_t hash);

/* The flow that has this number now, or NULL: numbers are used again. */
struct flow *flow_table_at(const struct flow_table *table, uint32_t number);

/* The flow of this key for a packet at `time_ns`, made where there is none. One
 * that was idle for longer than its protocol's timeout is closed, and begins anew. At the cap, or
 * when memory runs out, the least recently used flow gives way (clock algorithm: a flow used since
 * the hand last passed is spared). Sets first_ns, last_ns and id; counting is the caller's. Never
 * NULL. */
struct flow_touch flow_table_touch(struct flow_table *table, const struct flow_key *key,
                                   uint64_t hash, int64_t time_ns);

/* The same, where flow_table_prefetch_flows() has told `guess`, whatever happened since: that flow
 * is looked at before the index is. */
struct flow_touch flow_table_touch_guess(struct flow_table *table, const struct flow_key *key,
                                         uint64_t hash, struct flow_guess guess, int64_t time_ns);

/* Of each protocol, for how many nanoseconds its flows may be idle. */
const int64_t *flow_table_idle(const struct flow_table *table);

/* A packet at `time_ns` is of the flow. */
static inline void flow_used(struct flow *flow, int64_t time_ns)
{
    flow->referenced = true;
    flow->last_ns = time_ns > flow->last_ns ? time_ns : flow->last_ns;
}

/* Most of such touches, and nothing else: where `flow`, which was such a guess, has this key and
 * was not idle for longer than `idle_ns`. Else false, and nothing was changed. Times as records
 * have them (capture/record.h). */
static inline bool flow_use(struct flow *flow, const struct flow_key *key, int64_t time_ns,
                            int64_t idle_ns)
{
    if (!flow_key_equal(&flow->key, key) || time_ns - flow->last_ns > idle_ns)
        return false;
    flow_used(flow, time_ns);
    return true;
}

/* Ends a flow, and begins another one of the same key in its place. */
void flow_table_renew(struct flow_table *table, struct flow *flow, enum flow_end end,
                      int64_t time_ns);

/* Looks at the next `steps` places, where it stopped the last time, and closes those flows that
 * were idle for longer than their protocol's timeout and FLOW_GRACE_S, for when no packet of theirs
 * comes any more. Each place is looked at once, and then all are done: returns whether it has come
 * to the end, and the next call begins anew. */
bool flow_table_sweep(struct flow_table *table, int64_t now_ns, size_t steps);

/* How many places there are to look at. */
size_t flow_table_places(const struct flow_table *table);

/* Whether a flow of a key with this hash gave way for the cap. Each of FLOW_TABLE_FINGERPRINTS
 * places remembers the latest flow that fell on it. Whether the flow came back since is for
 * flow_table_find() to say. */
enum { FLOW_TABLE_FINGERPRINTS = 1 << 18 };
bool flow_table_was_evicted(const struct flow_table *table, uint64_t hash);

size_t flow_table_count(const struct flow_table *table);     /* flows in it now */
uint64_t flow_table_seen(const struct flow_table *table);    /* ever */
uint64_t flow_table_evicted(const struct flow_table *table); /* for the cap */
uint64_t flow_table_timed_out(const struct flow_table *table);

/* Cache lines of the index that the worst find of a flow in it reads. Reads the whole index. */
size_t flow_table_longest_probe(const struct flow_table *table);

#endif
