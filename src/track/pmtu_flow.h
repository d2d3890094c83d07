/* Flows that were told an MTU, until they end. */
#ifndef ICMPSCOPE_TRACK_PMTU_FLOW_H
#define ICMPSCOPE_TRACK_PMTU_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cache.h"
#include "flow/key.h"
#include "track/pmtu_history.h"
#include "track/sightings.h"
#include "track/tracker.h"

enum { PMTU_FLOWS_MAX = 4096 };

/* A flow that is not in the table, as its quote names it, has no id. */
struct pmtu_flow_key {
    struct flow_key key; /* zero bytes where there is an id */
    uint32_t id[2];
};

struct pmtu_flow {
    struct flow_key key;
    uint64_t flow_id;
    uint8_t direction; /* of the packets that were refused: enum flow_direction */
    bool plateau;      /* no MTU was told, and RFC 1191's next one taken */
    bool near;         /* captured where its packets begin */
    struct pmtu_history history;
    uint64_t errors;
    uint32_t lowest;      /* MTU of those that the sender can obey, or 0 */
    uint32_t refused;     /* the shortest packet that was, in bytes … */
    uint32_t longest;     /* … and the longest */
    uint32_t passed;      /* the longest that the other side has acknowledged since, or 0 */
    uint32_t sent_end;    /* of a longer one that it may acknowledge: number behind its data … */
    uint32_t sent_length; /* … and its length, or 0 */
    uint64_t ignored;     /* aftermath_ignored_packets() so far */
    uint64_t fitting;     /* later packets that were not too long */
    struct sightings told, again; /* the errors, and what shows that they are ignored */
};

/* An MTU that a sender would believe. */
struct pmtu_told {
    struct pmtu_change change; /* what is told, and may be obeyed or not */
    uint32_t length;           /* of the packet that was refused */
    bool plateau, valid;
};

struct cache_config pmtu_flows_config(const uint64_t seed[2]);

/* What the message tells. False where it tells none, or none that its receiver would take for it:
 * its checksum is bad, or it is about what was not sent. */
bool pmtu_told_from(struct pmtu_told *told, const struct sight *sight);

/* The flow that it is about, and in which direction. False where no flow is named. */
bool pmtu_flow_key_from(struct flow_key *key, enum flow_direction *direction,
                        const struct sight *sight);

/* An error. Returns the flow, or NULL where memory is short. */
struct pmtu_flow *pmtu_flows_told(struct cache *flows, const struct sight *sight,
                                  const struct pmtu_told *told);

/* The flow of this id, or NULL; and the end of it. */
struct pmtu_flow *pmtu_flows_get(const struct cache *flows, uint64_t flow_id);
void pmtu_flows_remove(struct cache *flows, uint64_t flow_id);

/* A packet of it, of either side; sight->follow is what came after the errors about it. */
void pmtu_flow_packet(struct pmtu_flow *flow, const struct sight *sight);

/* Adds pmtu_ignored where the capture shows it: `hit` is settled. */
void pmtu_flow_find(const struct pmtu_flow *flow, const struct hit *hit, struct findings *findings);

#endif
