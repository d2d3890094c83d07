/* Paths of which the MTU was told, swept or suspected: from one host to another. */
#ifndef ICMPSCOPE_TRACK_PMTU_PATH_H
#define ICMPSCOPE_TRACK_PMTU_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "flow/key.h"
#include "track/pmtu_history.h"
#include "track/sightings.h"

enum { PMTU_PATHS_MAX = 8192 };

/* What a sender made of it: the public names are pmtu_outcome_names. */
enum pmtu_outcome {
    PMTU_ADAPTED,
    PMTU_IGNORED,
    PMTU_UNKNOWN,
    PMTU_BLACK_HOLE, /* "black_hole_suspected" */
    PMTU_OUTCOMES
};
extern const char *const pmtu_outcome_names[PMTU_OUTCOMES];

struct pmtu_path_key {
    struct addr src, dst;
    uint32_t family;
    uint32_t context; /* as in struct flow_key */
};

struct pmtu_path {
    struct pmtu_history history;
    uint64_t errors;               /* that told an MTU */
    uint64_t flows[PMTU_OUTCOMES]; /* that were told one, or are suspected */
    int64_t adapted_ns;            /* the longest that a flow took, of those that adapted */
    uint32_t passed, refused;      /* of sweeps and suspicions: in bytes, 0 where not known */
    bool swept;
    bool plateau;                /* it is one of RFC 1191's, as none was told */
    uint16_t mss_sent, mss_seen; /* of SYNs that were changed on their way, or 0 */
    bool mss_has_hop;
    struct addr mss_hop; /* who first quoted it so */
    int64_t first_ns, last_ns;
    struct sightings seen; /* errors, and what else shows how wide it is */
};

/* The path of a flow's packets in that direction. */
struct pmtu_path_key pmtu_path_key_of(const struct flow_key *key, enum flow_direction direction);

/* The path, made where there is none; seen at `time_ns`. NULL where there are too many. */
struct pmtu_path *pmtu_path_get(struct map *paths, const struct pmtu_path_key *key,
                                int64_t time_ns);

/* For lists: paths with something wrong first, then those about which most was said. Never 0. */
uint64_t pmtu_path_weight(const void *path);

/* What to use on it. False where nothing is known that helps. */
bool pmtu_path_advise(struct pmtu_advice *advice, const struct pmtu_path *path, enum family family);

struct map_config pmtu_paths_config(const uint64_t seed[2]);

#endif
