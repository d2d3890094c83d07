/* Which datagram the recent fragments are of: a later fragment has no ports, so that what is about
 * it can be tied to a flow through its IP identification alone. Bounded: the datagram longest
 * without a fragment gives way, and the oldest frames are forgotten. */
#ifndef ICMPSCOPE_FLOW_FRAGMENT_TABLE_H
#define ICMPSCOPE_FLOW_FRAGMENT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "decode/fragments.h"
#include "decode/packet.h"
#include "flow/key.h"

/* Datagrams stand in sets: each has FRAGMENT_TABLE_WAYS places, and a key one set. */
enum {
    FRAGMENT_TABLE_SETS = 4096,
    FRAGMENT_TABLE_WAYS = 4,
    FRAGMENT_TABLE_FRAMES = 65536,
    FRAGMENT_TABLE_WALK = 64,     /* frames of a datagram that are looked at */
    FRAGMENT_TABLE_SECONDS = 120, /* RFC 791: no datagram lives longer */
};

struct fragment_frame {
    int64_t time_ns;
    uint64_t frame : 48;
    uint64_t capture : 16;
    uint32_t offset;   /* bytes */
    uint32_t previous; /* position of the datagram's fragment before this one, or 0 */
};

struct fragment_datagram {
    struct fragment_key key;
    bool has_flow; /* its first fragment came: `flow`, `direction` */
    uint8_t direction;
    struct flow_key flow;
    uint32_t newest; /* position of its newest fragment */
    int64_t last_ns;
    uint64_t serial; /* of its newest fragment; 0: the place is free */
};

struct fragment_table {
    struct hash_secret secret;
    struct fragment_datagram *datagrams; /* allocated with the first fragment */
    struct fragment_frame *frames;       /* a ring */
    uint32_t position;                   /* of the newest, from 1 */
    uint64_t serial;
    uint64_t evicted; /* datagrams that gave way to others while they could have been asked for */
};

/* Allocates nothing yet. */
void fragment_table_init(struct fragment_table *table, const uint64_t seed[2]);
void fragment_table_fini(struct fragment_table *table);

/* Bytes that it takes once there was a fragment. */
size_t fragment_table_memory(void);

/* Remembers a fragment: `packet` has HAS_FRAGMENT. `flow` is the key of its flow where it is a
 * first one and has one, else NULL. Short of memory, it is forgotten. */
void fragment_table_add(struct fragment_table *table, const struct packet *packet,
                        const struct flow_key *flow, enum flow_direction direction);

/* The datagram that a fragment, captured or quoted, is of; NULL where none is known. Good until the
 * next addition. */
const struct fragment_datagram *fragment_table_find(const struct fragment_table *table,
                                                    const struct fragment_key *key);

/* Where its newest fragment with this offset was seen, or NULL. */
const struct fragment_frame *fragment_table_frame(const struct fragment_table *table,
                                                  const struct fragment_datagram *datagram,
                                                  uint32_t offset);

#endif
