/* Paths, put together from probes with rising TTLs and the answers to them: traceroutes. And
 * packets that circle until their TTL is used up. */
#ifndef ICMPSCOPE_TRACK_PATH_H
#define ICMPSCOPE_TRACK_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cache.h"
#include "base/map.h"
#include "track/hops.h"
#include "track/sightings.h"
#include "track/story.h"
#include "track/tracker.h"

enum {
    PATH_TTLS = 64,           /* TTLs that are kept apart; place 0 is for all above */
    PATHS_MAX = 512,          /* kept for the summary, once they are over */
    PATH_TRACES_MAX = 512,    /* under way */
    PATH_SUSPECTS_MAX = 8192, /* what may become one */
};

enum path_method { PATH_UDP, PATH_TCP, PATH_ICMP, PATH_OTHER, PATH_METHODS };
extern const char *const path_method_names[PATH_METHODS]; /* public */

/* How probes differ but for their TTL, where it is certain. */
enum path_style {
    PATH_STYLE_NONE,
    PATH_STYLE_CLASSIC,   /* the destination port rises by one with each */
    PATH_STYLE_PARIS,     /* all have the same ports: they take one path */
    PATH_STYLE_MULTIPATH, /* a few pairs of ports, each with several TTLs */
    PATH_STYLES
};
extern const char *const path_style_names[PATH_STYLES]; /* public; NULL for none */

enum path_has {
    PATH_HAS_DESTINATION = 1u << 0,
    PATH_HAS_ROUNDS = 1u << 1,
    PATH_HAS_STYLE = 1u << 2,
    PATH_HAS_METHOD = 1u << 3,
    PATH_HAS_PASSES = 1u << 4,
    PATH_HAS_NAT = 1u << 5,
    PATH_HAS_PROBES = 1u << 6, /* what was sent, and whether it came to its destination */
};

/* A record: `path`. Arrays are by TTL. */
struct path {
    struct story story;
    int64_t first_ns, last_ns;
    struct sighting first, last; /* frames */
    uint8_t proto;
    uint8_t method;          /* enum path_method */
    uint8_t style;           /* enum path_style */
    uint8_t destination_ttl; /* the lowest that its answers came for */
    uint8_t end;             /* the last TTL that belongs to the path */
    bool ordinary; /* no probes: packets whose TTL ought to be enough, and that ran out of it */
    bool loop;     /* packets circle */
    bool reached, nat;
    uint32_t rounds;
    uint32_t probes, answers;
    uint32_t passes; /* how often one packet went by, most; its TTL was lower each time */
    uint32_t beyond; /* answers of routers that there was no room for */
    uint16_t sent[PATH_TTLS + 1], answered[PATH_TTLS + 1];
    uint16_t settled[PATH_TTLS + 1]; /* sent so long ago that an answer would have come */
    uint32_t hops[PATH_TTLS + 1];    /* lists in the pool */
};

/* Errors for a host that could not be tied to a packet: some may be about probes of its. */
struct path_unplaced {
    struct addr to;
    int64_t last_ns;
};

enum { PATH_UNPLACED = 64 };

struct paths {
    const struct track *track;
    struct hops hops;
    struct cache suspects; /* struct trace_key → struct suspect */
    struct cache traces;   /* struct trace_key → struct trace (track/trace.h) */
    struct map kept;       /* uint32_t, a number → struct path */
    uint32_t number;       /* of the next that is kept */
    uint64_t more;         /* paths that were told, and not kept, or no more */
    int64_t now_ns;
    struct path_unplaced unplaced[PATH_UNPLACED]; /* by a hash of the address: the latest stays */
};

extern const struct tracker tracker_path;

/* Probes of a TTL, up to PATH_TTLS, that had no answer, and would have by now; 0: of all beyond. */
static inline uint32_t path_lost(const struct path *path, size_t ttl)
{
    return path->settled[ttl] > path->answered[ttl]
               ? (uint32_t)path->settled[ttl] - path->answered[ttl]
               : 0;
}

/* Loops weigh more, and all that are over weigh something. */
uint64_t path_weight(const void *path);

#endif
