/* Hops: who answered probes of one TTL, and how. Of all paths they are in one pool, which is
 * bounded; those of one TTL of one path are a list. */
#ifndef ICMPSCOPE_TRACK_HOPS_H
#define ICMPSCOPE_TRACK_HOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/extension_object.h"

enum {
    HOPS_MAX = 16384,
    HOPS_OF_TTL = 8, /* kept of one TTL of one path */
    HOP_TIMES = 8,   /* round-trip times that are kept one by one */
    HOP_LABELS = 4,
    HOP_NAME = 32, /* bytes kept of the name of an interface */
};

/* What an answer says: the better one outweighs the others of the same address. */
enum hop_answer {
    HOP_EXCEEDED,    /* the TTL ran out */
    HOP_UNREACHABLE, /* the probe was refused on its way: type and code say why */
    HOP_REACHED,     /* it came to its destination */
};

/* An interface that a router names (RFC 5837). */
struct hop_interface {
    uint8_t has;  /* enum extension_object_has */
    uint8_t role; /* enum extension_role */
    uint8_t family, name_size;
    uint32_t index;
    struct addr ip;
    char name[HOP_NAME];
};

/* What answers of one address to probes of one TTL have in common. */
struct hop {
    struct addr ip;
    uint32_t next; /* 1 + place of the next of the same TTL, or 0 */
    uint32_t answers;
    uint32_t timed; /* of them those with a round-trip time … */
    uint32_t rtt_us[HOP_TIMES];
    uint32_t min_us, max_us;
    uint64_t sum_us;
    uint32_t rewritten; /* 1 << enum rewritten_field: what its quotes differ in */
    uint8_t ttl;
    uint8_t answer;     /* enum hop_answer */
    uint8_t type, code; /* ICMP, where it is HOP_UNREACHABLE */
    bool nat;           /* it quotes translated addresses or ports */
    uint8_t label_count;
    struct extension_label labels[HOP_LABELS];
    struct hop_interface interface;
};

/* One answer. */
struct hop_told {
    struct addr from;
    uint8_t answer, type, code;
    bool nat;
    bool timed;
    int64_t rtt_ns;
    uint32_t rewritten;
    const struct icmp_extensions *extensions; /* NULL where there are none */
};

struct hops {
    struct hop *list;
    size_t count, capacity, max;
    uint32_t spare;   /* 1 + place of one that is free, or 0 */
    uint64_t refused; /* answers that found no room */
};

/* Allocates nothing yet. */
void hops_init(struct hops *hops);
void hops_fini(struct hops *hops);

/* Lowers how many there may be, before there are any. Returns the bytes that they may take. */
size_t hops_limit(struct hops *hops, double part);

/* Adds an answer to the list whose head is `*first`: 1 + place, or 0. False where a router found
 * no room. */
bool hops_add(struct hops *hops, uint32_t *first, uint8_t ttl, const struct hop_told *told);

/* NULL for 0. Good until the next is added. */
const struct hop *hops_get(const struct hops *hops, uint32_t link);

/* Gives back all of a list, and empties it. */
void hops_free(struct hops *hops, uint32_t *first);

#endif
