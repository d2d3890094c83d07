/* The flows that errors were about, for as long as they go on: what each of their packets is asked
 * for, found by a number that the flow has, in two cache lines. What was heard of them is more, and
 * is told at their end (track/hits.h). */
#ifndef ICMPSCOPE_TRACK_FOLLOW_H
#define ICMPSCOPE_TRACK_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prefetch.h"
#include "flow/table.h"
#include "track/aftermath.h"

struct follow {
    struct aftermath after;
    struct flow *flow; /* NULL: of none */
    uint64_t flow_id;
    int64_t first_ns;    /* of the flow, in which the number of this stands in its place */
    uint32_t next_spare; /* the number of the next one that is of no flow, or 0 */
    bool watched;        /* a tracker is to see what its sender sends after a pause */
    bool paused;         /* the packet that was taken in last is such */
};

/* Packets that are handed to the network together, and the copies of one where a capture has it
 * twice, are no further apart. */
#define FOLLOW_PAUSE_NS INT64_C(50000000)

_Static_assert(sizeof(struct follow) == 128, "two cache lines");

/* All zero at first. */
struct follows {
    struct follow *places; /* allocated with the first */
    size_t max;
    uint32_t used;  /* numbers 1 to `used` were given to flows, and … */
    uint32_t spare; /* … some are free again: the first of them, or 0 */
};

/* Lowers how many there may be, before any is added. Returns the bytes that they may take then. */
size_t follows_limit(struct follows *follows, size_t max);
void follows_fini(struct follows *follows);

/* Follows a flow that is not followed, from its first error on: sets its `hit`. All of its
 * aftermath is zero. NULL where there is no room. */
struct follow *follow_begin(struct follows *follows, struct flow *flow);

/* That of a flow; NULL where it is not followed. */
struct follow *follow_of(const struct follows *follows, const struct flow *flow);

/* Where the hit is of a flow that is followed, among those of track/hits.h: stands in the flow
 * beside the number. */
static inline void follow_set_hit(struct flow *flow, size_t position)
{
    flow->follow = (uint32_t)flow->follow | (uint64_t)position << 32;
}

static inline size_t follow_hit(const struct flow *flow)
{
    return flow->follow >> 32;
}

/* A packet of the flow, of either direction. */
void follow_packet(struct follow *follow, const struct aftermath_packet *packet);

/* Whether a tracker is to see the packet that was taken in last. */
static inline bool follow_wants(const struct follow *follow)
{
    return follow->watched && follow->paused;
}

/* Starts fetching what follow_of() finds. Of any flow, without a branch on whether it is followed:
 * it may be on its way yet. */
static inline void follow_prefetch(const struct follows *follows, const struct flow *flow)
{
    if (follows->places == NULL)
        return;
    const uint32_t hit = flow->hit;
    const struct follow *place = follows->places + ((uint32_t)flow->follow & (0u - hit)) - hit;
    prefetch(place);
    prefetch((const char *)place + CACHE_LINE);
}

/* The flow ends, and is not changed. */
void follow_end(struct follows *follows, struct follow *follow);

/* Those of flows that `leaves` says leave are not followed any more: such a flow goes on as if it
 * had never been hit. */
void follows_prune(struct follows *follows, bool (*leaves)(void *context, struct flow *flow),
                   void *context);

#endif
