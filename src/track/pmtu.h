/* Path MTU: what was told, swept or suspected, and what senders made of it. */
#ifndef ICMPSCOPE_TRACK_PMTU_H
#define ICMPSCOPE_TRACK_PMTU_H

#include <stdint.h>

#include "base/addr.h"
#include "flow/key.h"
#include "track/sightings.h"
#include "track/story.h"
#include "track/tracker.h"

/* A record: `pmtu`. */
struct pmtu {
    struct story story;
};

struct pmtus {
    const struct track *track;
};

extern const struct tracker tracker_pmtu;

/* ---- what other trackers know ---------------------------------------------------------------- */

/* A flow whose large packets seem to be lost, while smaller ones pass, and no error says so. */
struct pmtu_suspicion {
    const struct flow_key *key;
    uint64_t flow_id;
    enum flow_direction direction; /* of the packets that do not pass */
    uint32_t passed;               /* the longest that passed, in bytes of IP packet; 0: unknown */
    uint32_t refused;              /* the shortest that did not, in bytes of IP packet */
    struct sightings seen;         /* frames that show it, and when */
};

/* Makes a record of outcome `black_hole_suspected`, and part of what is told of its path. To be
 * called once for a flow, when it ends: from a tracker's flow_closed() or finish(); not for one
 * that an error told an MTU of (hit->after.mtu). All is borrowed for the call. */
void pmtus_suspect(struct pmtus *pmtus, const struct pmtu_suspicion *suspicion);

/* The MSS of a SYN was lowered on its way. */
struct pmtu_clamp {
    const struct flow_key *key;
    enum flow_direction direction; /* of the SYN */
    uint16_t sent, seen;           /* MSS in bytes: as first captured, and later on its way */
    const struct addr *where; /* the first hop that quoted it so, or NULL: seen between captures */
    struct sighting frame;    /* that shows it */
    int64_t time_ns;          /* of that frame */
};

/* Becomes part of what is told of the path. To be called for each SYN that was changed, at any
 * time. All is borrowed for the call. */
void pmtus_clamped(struct pmtus *pmtus, const struct pmtu_clamp *clamp);

#endif
