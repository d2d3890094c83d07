/* The flows that ICMP errors were about. */
#ifndef ICMPSCOPE_TRACK_HITS_H
#define ICMPSCOPE_TRACK_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "decode/packet.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "match/brief.h"
#include "match/verdict.h"
#include "track/aftermath.h"
#include "track/follow.h"

enum { HITS_MAX = 65536, HITS_UNTIED_MAX = 8192, HIT_REPORTERS = 8 };

/* Errors of one type and code from one router or host, about one flow. */
struct hit_by {
    struct addr reporter;
    struct addr gateway; /* redirects: the last one told */
    int64_t first_ns, last_ns;
    uint64_t count;
    uint64_t frame : 48; /* of the first, in … */
    uint64_t capture : 16;
    uint32_t mtu;   /* the lowest it told */
    uint8_t family; /* of the ICMP message */
    uint8_t type, code;
    bool has_mtu, has_gateway;
};

/* What is told of a verdict (match/verdict.h). */
struct hit_verdict {
    uint64_t frame : 48;
    uint64_t capture : 16;
    int64_t rtt_ns;
    uint32_t has, candidates;
    uint8_t kind, direction, ttl_sent;
};

/* One flow. Its first error is kept, for the line a person reads. */
struct hit {
    uint64_t flow_id; /* 0: the flow is not in the table (hits.untied) */
    uint64_t count;
    uint64_t exact; /* errors tied to a packet of their own */
    int64_t first_ns, last_ns;
    uint64_t frame : 48;        /* of the first error … */
    uint64_t capture : 16;      /* … there … */
    struct hit_verdict verdict; /* … and its verdict */
    uint8_t by_count;
    uint64_t by_more; /* errors from further reporters than HIT_REPORTERS */
    struct hit_by first_by;
    struct hit_by *more_by; /* HIT_REPORTERS - 1 of them, where there is more than one; or NULL */
    struct headers quoted;  /* as the first error quoted it: directed, from who sent to whom */
    struct flow flow; /* as it stood when it ended; flow.id is 0 until then, and of a flow from
                       * which the quoted packet was translated the key is there before … */
    struct aftermath after; /* … and what came after the errors, of a flow that was captured */
};

/* The row at `i` < by_count. */
static inline const struct hit_by *hit_by_at(const struct hit *hit, size_t i)
{
    return i == 0 ? &hit->first_by : &hit->more_by[i - 1];
}

struct hits {
    struct map map;         /* flow id → struct hit */
    struct follows follows; /* those of `map` whose flows go on */
    struct map untied; /* struct flow_key → struct hit: flows named by a quote, but not captured */
    const struct ring *ring; /* recent packets, borrowed, or NULL: errors may come late */
    uint64_t left;           /* before they had ended */
};

void hits_init(struct hits *hits, const uint64_t seed[2]);

/* Lowers how many flows they may have, before anything is added. Returns the bytes that they may
 * take then. */
size_t hits_limit(struct hits *hits, size_t flows, size_t untied);

void hits_fini(struct hits *hits);

/* An error and what it was about, for all that were judged. Where it was tied to a flow, sets
 * the flow's `hit`. NULL where the quote names no flow, or the table is full (counted by the map).
 */
struct hit *hits_error(struct hits *hits, const struct packet *packet,
                       const struct verdict *verdict);

/* Whether there ever was a flow that went on after an error. */
static inline bool hits_any(const struct hits *hits)
{
    return hits->follows.used > 0;
}

/* Starts fetching what hits_packet() will read of a flow, where that was hit. */
static inline void hits_prefetch(const struct hits *hits, const struct flow *flow)
{
    follow_prefetch(&hits->follows, flow);
}

/* A packet of a flow that was hit, before it is recorded in the flow. Returns what came after the
 * errors about it, this packet included, or NULL. */
struct follow *hits_packet(struct hits *hits, const struct flow *flow, const struct brief *brief);

/* The flow ends, and the capture has been read up to `now_ns`: its counters are kept where it was
 * hit, and its aftermath is settled. Returns its hit, or NULL. */
const struct hit *hits_flow_closed(struct hits *hits, const struct flow *flow, int64_t now_ns);

/* Of a run without an end: where room is short, flows that have ended leave, which were told then,
 * and of those that have not the half without an error for longest. */
void hits_make_room(struct hits *hits);

/* Errors that found a table full, and flows that had not ended when they left. */
uint64_t hits_refused(const struct hits *hits);

#endif
