/* The walk back through the packets of a flow, to those that a quote fits best. */
#ifndef ICMPSCOPE_MATCH_SEARCH_H
#define ICMPSCOPE_MATCH_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timefmt.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "match/match.h"
#include "match/past.h"

/* Whose headers are looked for, in which context, and by which error. */
struct wanted {
    const struct headers *headers;
    uint32_t context;
    const struct packet *error;
    bool waited; /* packets that were captured after the error may have come */
    bool keyed;  /* the headers name a flow: */
    enum flow_direction direction;
    struct flow_key key;
    uint64_t hash;
};

/* With the key that the headers have in their context. */
struct wanted search_wanted(const struct matcher *matcher, const struct headers *headers,
                            uint32_t context, const struct packet *error, bool waited);

/* The packets of a flow that fit best. "any", mirror ports and merged captures show one packet
 * several times: copies are counted once. They are equal in all that routers leave, and
 * - within 50 ms, the later one with the lower TTL, as a router sends on: with an identification
 *   that is not 0, or a checksum or number over what they carry;
 * - or within half a millisecond, where there is such a checksum or number, and it is no bare
 *   acknowledgement, which is sent again at once;
 * - or within 50 ms, where the flow's packets are seen to have identifications of their own. */
struct search {
    int score;                        /* of identity_score() */
    uint32_t count;                   /* of them, copies left out … */
    uint32_t numbered_count;          /* … also those that only their IP identification tells */
    const struct ring_entry *trigger; /* the newest of them */
    const struct ring_entry *last;    /* that was counted */
    uint8_t ttl;                      /* the highest among the copies of the trigger */
};

/* How far apart the copies of one packet are captured, by a mirror port or on several interfaces.
 */
enum { SEARCH_COPY_NS = 50 * NS_PER_MS };

/* Beyond all delays with which errors come, in seconds: a packet that caused one is not older. */
enum { SEARCH_LATE_S = 10 };

/* So many packets of a flow are fetched before the first is looked at. */
enum { SEARCH_AHEAD = 12 };

/* What the walk found. */
struct found {
    struct search best;
    struct past past;
    bool whole; /* of packets that may be the quoted one none was left out for the walk's limit, or
                 * as the ring has forgotten it */
};

/* Walks the packets of `flow` that went in `direction`. Those captured after the error count only
 * where none before it fits, no later than matcher->reorder_ns, and where they are surely the one.
 * The past is that of both directions, before the error. */
struct found search_flow(struct matcher *matcher, const struct flow *flow,
                         const struct wanted *wanted, enum flow_direction direction);

/* Whether an error waited for packets that were captured after it: for its own fragments, of which
 * not all came. */
bool search_has_waited(const struct packet *error);

/* Whether a packet was captured after the error. */
bool search_is_after(uint16_t capture, uint64_t frame, int64_t time_ns, const struct packet *error);

/* Of packets of one flow: whether two are the same one, captured twice. Of IPv4 alone. */
bool search_is_copy(const struct ring_entry *a, const struct ring_entry *b);

#endif
