/* Timestamp requests and their replies (RFC 792): what they say of clocks. */
#ifndef ICMPSCOPE_TRACK_CLOCK_H
#define ICMPSCOPE_TRACK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "track/request.h"
#include "track/sightings.h"
#include "track/story.h"
#include "track/tracker.h"

enum {
    CLOCK_PAIRS_MAX = 4096,
    CLOCK_FINDING_MS = 1000, /* FINDING_CLOCK_OFFSET: more than that */
    CLOCK_DRIFT_REPLIES = 5, /* a drift is told of so many replies at least … */
    CLOCK_DRIFT_S = 120,     /* … over so many seconds: times are of whole milliseconds */
};

/* What the offset is against: the clock of who asks, which the request tells, or, where it does not
 * (zero, or marked as non-standard), the clock of the capture. */
enum clock_reference { CLOCK_OF_ASKER, CLOCK_OF_CAPTURE, CLOCK_REFERENCES };
extern const char *const clock_reference_names[CLOCK_REFERENCES];

enum clock_has {
    CLOCK_HAS_STANDARD = 1u << 0, /* the times were captured: standard, byte_swapped */
    CLOCK_HAS_OFFSET = 1u << 1,   /* offset_ms, reference */
};

/* A record: a request with its reply. */
struct clock {
    struct story story; /* src asked dst */
    uint16_t id, seq;
    uint64_t request_frame; /* of the request; the event has that of the reply */
    int64_t rtt_ns;         /* between the two where they were captured */
    bool standard;     /* its times are milliseconds since midnight UTC in network byte order */
    bool byte_swapped; /* they are in the other order, as Windows has them: surely so */
    uint8_t reference; /* enum clock_reference */
    int32_t offset_ms; /* of the clock of dst, positive where it is ahead; modulo a day */
};

/* No padding. */
struct clock_pair_key {
    struct addr src, dst; /* IPv4 */
    uint32_t context;
};

/* Sums for a line through offsets over time, both since the first. */
struct clock_line {
    int64_t begin_ns;
    double n, t, o, tt, to; /* seconds, milliseconds */
};

/* All of one asker and one answerer. Offsets are as of the first one, from which each differs by
 * less than half a day. */
struct clock_pair {
    struct story story;
    uint64_t requests, replies, unanswered, unanswered_at_end;
    uint64_t nonstandard, byte_swapped; /* replies of that kind */
    uint64_t offsets;                   /* replies that gave one */
    int64_t first_ns, last_ns;          /* of those */
    int64_t rtt_min_ns, rtt_max_ns;     /* where there are replies */
    int64_t best_rtt_ns;                /* of the quickest reply with an offset … */
    int32_t best_ms;                    /* … which is the most exact one */
    int32_t min_ms, max_ms, origin_ms;
    double sum_ms;
    uint8_t reference; /* of all, or CLOCK_OF_CAPTURE */
    struct clock_line line;
    struct sightings seen; /* requests and replies */
};

struct clocks {
    const struct track *track;
    struct requests requests;
    struct map pairs; /* struct clock_pair_key → struct clock_pair */
    uint64_t left;    /* pairs that made room */
};

extern const struct tracker tracker_clock;

/* For lists: pairs with more messages weigh more. Never 0. */
uint64_t clock_pair_weight(const void *pair);

/* The mean of its offsets. 0 where there are none. */
double clock_pair_mean_ms(const struct clock_pair *pair);

/* Milliseconds that the clock of dst gains on the other in a second, times 1,000: parts per
 * million. False where there are too few replies, or over too short a time. */
bool clock_pair_drift(const struct clock_pair *pair, double *ppm);

/* From one time of day to another, in ms: from minus to plus half a day. */
int32_t clock_difference(uint32_t from_ms, uint32_t to_ms);

#endif
