/* Path MTU: what was told, swept or suspected, and what senders made of it. */
#ifndef ICMPSCOPE_TRACK_PMTU_H
#define ICMPSCOPE_TRACK_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cache.h"
#include "base/map.h"
#include "flow/key.h"
#include "track/pmtu_flow.h"
#include "track/pmtu_history.h"
#include "track/pmtu_path.h"
#include "track/pmtu_sweep.h"
#include "track/sightings.h"
#include "track/story.h"
#include "track/tracker.h"

/* How it came to be known. */
enum pmtu_source { PMTU_TOLD, PMTU_SWEPT, PMTU_SUSPECTED, PMTU_SOURCES };
extern const char *const pmtu_source_names[PMTU_SOURCES]; /* "told", "swept", "suspected" */

/* Of pmtu.story.has. */
enum pmtu_has {
    PMTU_HAS_KEY = 1u << 0,
    PMTU_HAS_FLOW = 1u << 1, /* flow_id */
    PMTU_HAS_MTU = 1u << 2,
    PMTU_HAS_REPORTER = 1u << 3,
    PMTU_HAS_PASSED = 1u << 4,
    PMTU_HAS_REFUSED = 1u << 5,
    PMTU_HAS_ADAPTED = 1u << 6,
    PMTU_HAS_IGNORED = 1u << 7,
    PMTU_HAS_ERRORS = 1u << 8, /* errors, plateau */
    PMTU_HAS_ADVICE = 1u << 9,
    PMTU_HAS_CHANGES = 1u << 10,
};

/* A record: `pmtu`. src is whose packets are meant. */
struct pmtu {
    struct story story;
    struct flow_key key; /* of the flow … */
    uint8_t direction;   /* … and of the packets that are meant in it */
    uint8_t source;      /* enum pmtu_source */
    uint8_t outcome;     /* enum pmtu_outcome */
    bool plateau;
    uint64_t flow_id;
    uint32_t mtu;
    struct addr reporter;
    uint32_t passed, refused; /* bytes of IP packets */
    int64_t adapted_ns;       /* from when it was told */
    uint64_t ignored, errors;
    struct pmtu_advice advice;
    struct pmtu_history history;
};

struct pmtus {
    const struct track *track;
    int64_t now_ns;      /* the capture has been read up to here */
    struct cache flows;  /* struct pmtu_flow_key → struct pmtu_flow */
    struct cache sweeps; /* struct pmtu_path_key → struct sweep */
    struct map paths;    /* struct pmtu_path_key → struct pmtu_path */
    uint64_t left;       /* paths that made room */

    /* Records of each source and outcome. */
    uint64_t told[PMTU_SOURCES][PMTU_OUTCOMES];
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
