/* Who talks to whom: the key of a flow, the same for both directions, and a direction bit. */
#ifndef ICMPSCOPE_FLOW_KEY_H
#define ICMPSCOPE_FLOW_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/hash.h"
#include "decode/cursor.h"
#include "decode/packet.h"

/* Canonical: (addr[0], port[0]) <= (addr[1], port[1]). No padding: compared as bytes.
 *
 * ICMP has no ports. Messages with an identifier have it as both ports, and the type of the request
 * (8 for 0 and 8, 13 for 14, 128 for 129, …) in `icmp`: a ping's requests and replies are one flow.
 * Other messages have their code as both ports and their type in `icmp`. Protocols without ports
 * (GRE, ESP, OSPF) have 0: all of a pair of hosts is one flow. */
struct flow_key {
    struct addr addr[2];
    uint16_t port[2];
    uint8_t proto;
    uint8_t family;
    uint8_t icmp;
    uint8_t zero;
    uint32_t context; /* VLANs and tunnels: a flow in another VLAN is another flow */
};

enum { FLOW_KEY_WORDS = 11 };

_Static_assert(sizeof(struct flow_key) == FLOW_KEY_WORDS * sizeof(uint32_t), "no padding");

/* FORWARD: the packet's source is addr[0]. */
enum flow_direction { FLOW_FORWARD, FLOW_BACKWARD };

static inline enum flow_direction flow_direction_other(unsigned direction)
{
    return direction == FLOW_FORWARD ? FLOW_BACKWARD : FLOW_FORWARD;
}

/* Of a captured or a quoted packet. Returns false where the headers do not name a flow: no IP, a
 * later fragment (it has no ports, and what stands in their place is not read), ports cut off, or
 * an ICMP error (it is about a flow, and belongs to none). */
bool flow_key_from(struct flow_key *key, enum flow_direction *direction,
                   const struct headers *headers, uint32_t context);

/* Its words `index` and the next. */
static inline uint64_t flow_key_pair(const struct flow_key *key, size_t index)
{
    uint64_t pair;
    memcpy(&pair, (const char *)key + index * sizeof(uint32_t), sizeof pair);
    return pair;
}

/* Where two keys differ in them. */
static inline uint64_t flow_key_differ(const struct flow_key *a, const struct flow_key *b,
                                       size_t index)
{
    return flow_key_pair(a, index) ^ flow_key_pair(b, index);
}

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
    /* Written out: a loop would be one, for each packet. The last two overlap. */
    return (flow_key_differ(a, b, 0) | flow_key_differ(a, b, 2) | flow_key_differ(a, b, 4) |
            flow_key_differ(a, b, 6) | flow_key_differ(a, b, 8) | flow_key_differ(a, b, 9)) == 0;
}

/* An end of an IPv4 key in 48 bits, in the order of ends. */
static inline uint64_t flow_end_ipv4(uint32_t addr, uint16_t port)
{
    return (uint64_t)addr << 16 | port;
}

/* The rest of a key but the context, as it is hashed. */
static inline uint32_t flow_kind(uint8_t proto, uint8_t family)
{
    return (uint32_t)proto << 16 | (uint32_t)family << 8;
}

/* Of an IPv4 key, from its ends and the rest. */
static inline uint64_t flow_hash_ipv4(const struct hash_secret *secret, uint64_t first,
                                      uint64_t second, uint32_t kind, uint32_t context)
{
    const uint64_t upper = (uint64_t)(kind >> 16) << 48, lower = (uint64_t)kind << 48;
    const struct wide sum = hash_wide_pair(secret, 0, first | upper, second | lower);
    return hash_fold(secret, 3, wide_sum(sum, wide_product(secret->words[2], context)));
}

/* Of any other, with other words of the secret; `rest`: both ports and the kind. */
static inline uint64_t flow_hash_other(const struct hash_secret *secret, const struct flow_key *key,
                                       uint64_t rest)
{
    struct wide sum = hash_wide_pair(secret, 5, flow_key_pair(key, 0), flow_key_pair(key, 2));
    sum = wide_sum(sum, hash_wide_pair(secret, 7, flow_key_pair(key, 4), flow_key_pair(key, 6)));
    sum = wide_sum(sum, hash_wide_pair(secret, 9, rest, key->context));
    return hash_fold(secret, 3, sum);
}

/* Of an IPv4 key most words are zero, and are not hashed. The key may just have been made, and a
 * load of what several stores have written waits for the last of them: so the bytes of `kind` are
 * taken one by one, in an order that compilers make no one load of. */
static inline uint64_t flow_key_hash(const struct flow_key *key, const struct hash_secret *secret)
{
    const uint32_t kind =
        flow_kind(key->proto, key->family) | (uint32_t)key->icmp << 24 | key->zero;
    if (key->family != FAMILY_IPV4)
        return flow_hash_other(secret, key,
                               (uint64_t)key->port[0] << 48 | (uint64_t)key->port[1] << 32 | kind);
    return flow_hash_ipv4(secret, flow_end_ipv4(wire_u32(key->addr[0].bytes), key->port[0]),
                          flow_end_ipv4(wire_u32(key->addr[1].bytes), key->port[1]), kind,
                          key->context);
}

#endif
