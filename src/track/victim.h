/* Hosts that something comes to which they may not have asked for, and what their flows were like:
 * for track/spoof.c. */
#ifndef ICMPSCOPE_TRACK_VICTIM_H
#define ICMPSCOPE_TRACK_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cache.h"
#include "flow/table.h"
#include "track/sightings.h"

enum { VICTIMS_MAX = 2048, VICTIM_BITS = 1 << 16 };

/* No padding. */
struct victim_key {
    struct addr host;
    uint8_t family, zero[3];
};

/* Of flows of TCP, UDP or SCTP of one host. */
struct victim_flows {
    uint64_t both_ways; /* seen in both directions … */
    uint64_t one_way;   /* … and TCP of which data are seen in one only */
    uint64_t taken_up; /* SYN-ACKs that it acknowledges: it did ask, and the capture lost its SYN */
};

/* An address that unsolicited answers come to. */
struct victim {
    uint64_t matched, unmatched; /* errors about its flows */
    struct victim_flows ended;   /* those that have ended … */
    struct victim_flows alive; /* … that had not, when the last round of the sweep saw them … */
    struct victim_flows walked; /* … and that the round which is under way has seen */
    /* Who had answered when the round under way began, and the one before it: the flows of all
     * these are known. 0 without a round. */
    uint32_t hosts_before, hosts_sure;
    struct sightings errors; /* that match no flow */
};

struct victims {
    struct cache cache; /* struct victim_key → struct victim */
    /* A bit for each host that may be one: each flow that ends is asked for both of its hosts. */
    uint64_t bits[VICTIM_BITS / 64];
    uint32_t since; /* new ones since the bits were last set for those that are there */
};

/* `gone`, with its context, is called with each that gives way, as by a cache. Allocates nothing;
 * of the rest, the cache is the caller's to look at, to limit and to free. */
void victims_init(struct victims *victims, const uint64_t *seed,
                  void (*gone)(void *context, const void *key, void *value), void *context);

/* The host's own, made where there is none; NULL where memory is short. */
struct victim *victims_add(struct victims *victims, const struct addr *host, uint8_t family);

/* Sets the bits anew, for those that are there. */
void victims_mark(struct victims *victims);

/* Of which protocols flows are counted: the capture tells what was sent where it sees these. */
static inline bool victim_counts(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

/* Counts a flow of victims among those at `offset` in struct victim. */
void victims_count_flow(struct victims *victims, const struct flow *flow, size_t offset);

#endif
