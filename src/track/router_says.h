/* One router advertisement: read, and held against another. */
#ifndef ICMPSCOPE_TRACK_ROUTER_SAYS_H
#define ICMPSCOPE_TRACK_ROUTER_SAYS_H

#include <stdint.h>

#include "decode/packet.h"
#include "track/router.h"

/* Of a router advertisement of either family. */
void router_says_read(struct router_says *says, const struct packet *packet);

/* What changed within `elapsed_ns`: 1 << enum router_change each. */
uint32_t router_says_changes(const struct router_says *before, const struct router_says *now,
                             int64_t elapsed_ns);

/* In what two routers of one link contradict each other (RFC 4861 6.2.7). */
enum router_dispute {
    ROUTER_DISPUTE_MTU = 1u << 0,
    ROUTER_DISPUTE_PREFIX_FLAGS = 1u << 1,     /* of a prefix that both announce … */
    ROUTER_DISPUTE_PREFIX_LIFETIMES = 1u << 2, /* … which neither withdraws */
    ROUTER_DISPUTE_PREFIXES = 1u << 3,         /* both have some, and none in common */
    ROUTER_DISPUTE_HOP_LIMIT = 1u << 4,
    ROUTER_DISPUTE_FLAGS = 1u << 5,
    ROUTER_DISPUTE_OUTBIDS = 1u << 6, /* no prefix in common, and the newer router has a higher
                                       * preference, or sets an MTU for the older one's hosts */
    /* All but these may be two providers' (RFC 8028). */
    ROUTER_DISPUTE_GRAVE = ROUTER_DISPUTE_MTU | ROUTER_DISPUTE_PREFIX_FLAGS |
                           ROUTER_DISPUTE_PREFIX_LIFETIMES | ROUTER_DISPUTE_OUTBIDS
};

/* Bits of enum router_dispute; 0 where either is no default router. */
uint32_t router_says_disputes(const struct router_says *older, const struct router_says *newer);

#endif
