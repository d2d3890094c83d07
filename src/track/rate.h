/* How many messages a second: floods, and reporters without a limit. */
#ifndef ICMPSCOPE_TRACK_RATE_H
#define ICMPSCOPE_TRACK_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cache.h"
#include "base/timefmt.h"
#include "track/copies.h"
#include "track/sightings.h"
#include "track/tracker.h"

enum {
    RATES_MAX = 2048,
    RATE_LIMIT = 100, /* FINDING_ICMP_FLOOD, FINDING_ERROR_RATE: more than that a second */
};

/* FINDING_ICMP_FLOOD: for so long. */
static const int64_t rate_flood_ns = (int64_t)3 * NS_PER_S;

/* No padding. */
struct rate_key {
    struct addr host; /* who gets them, or reports */
    uint8_t kind, family, type, zero;
};

/* Messages of one kind. What is behind seen.frame_count holds nothing at first. */
struct rate {
    uint8_t at;      /* where the next one's time goes: the oldest's */
    bool full;       /* so many have come, with less than a second between any two */
    bool over;       /* the newest are too many in a second … */
    bool found;      /* … and for long enough, now or before */
    int64_t last_ns; /* of the newest */
    int64_t over_ns; /* since then */
    int64_t second_ns;
    uint32_t second, most; /* messages since second_ns, and the most in one second */
    uint32_t credit;       /* requests of the host that were not answered yet */
    uint64_t count, votes, leader_count;
    struct addr leader; /* who sends most of them, if anybody does */
    struct sightings seen;
    /* Of the newest RATE_LIMIT + 1, in µs, of which only differences below a second count. */
    uint32_t times[RATE_LIMIT + 1];
};

struct rates {
    const struct track *track;
    struct cache cache; /* struct rate_key → struct rate */
    struct copies copies;
    uint64_t lost; /* busy ones that gave way */
};

extern const struct tracker tracker_rate;

#endif
