/* Routers as they announce themselves (RFC 4861 6.2, RFC 1256), what they change, and those that
 * contradict each other. */
#ifndef ICMPSCOPE_TRACK_ROUTER_H
#define ICMPSCOPE_TRACK_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "decode/icmp_v4.h"
#include "decode/icmp_v6.h"
#include "decode/packet.h"
#include "track/sightings.h"
#include "track/story.h"
#include "track/tracker.h"

enum { ROUTER_PREFIXES = 16, ROUTER_ROUTES = 8, ROUTER_SERVERS = 8 };

struct router_prefix {
    struct addr prefix;
    uint8_t length;
    bool on_link, autonomous;
    uint32_t valid_s, preferred_s;
};

struct router_route { /* RFC 4191 2.3 */
    struct addr prefix;
    uint8_t length, preference;
    uint32_t lifetime_s;
};

/* Of router_says.has. */
enum router_has {
    ROUTER_HAS_ND = 1u << 0, /* nd: it is of IPv6 */
    ROUTER_HAS_MTU = 1u << 1,
    ROUTER_HAS_LIFETIME = 1u << 2,
};

/* What one advertisement says. Lists hold the first of as many as the counts say. */
struct router_says {
    uint32_t has; /* enum router_has */
    uint16_t lifetime_s;
    struct nd_router nd;
    uint32_t mtu;
    uint16_t prefix_count, route_count, server_count, address_count;
    struct router_prefix prefixes[ROUTER_PREFIXES];
    struct router_route routes[ROUTER_ROUTES];
    struct addr servers[ROUTER_SERVERS];           /* RDNSS (RFC 8106) */
    struct icmp_router addresses[ICMP_V4_ROUTERS]; /* IPv4 */
};

/* How many of a list are there. */
static inline size_t router_kept(uint16_t count, size_t most)
{
    return count < most ? count : most;
}

/* What may change from one advertisement to the next. Bits, and their public names. */
enum router_change {
    ROUTER_CHANGED_LIFETIME,
    ROUTER_CHANGED_PREFERENCE,
    ROUTER_CHANGED_HOP_LIMIT,
    ROUTER_CHANGED_FLAGS,
    ROUTER_CHANGED_TIMERS,
    ROUTER_CHANGED_MTU,
    ROUTER_CHANGED_PREFIXES,         /* which there are, or their flags */
    ROUTER_CHANGED_PREFIX_LIFETIMES, /* but not where they count down */
    ROUTER_CHANGED_ROUTES,
    ROUTER_CHANGED_DNS,
    ROUTER_CHANGED_ADDRESSES, /* IPv4 */
    ROUTER_CHANGES
};
extern const char *const router_change_names[ROUTER_CHANGES];

/* Of router.story.has, besides those of enum router_has, which are as in the last advertisement. */
enum { ROUTER_HAS_MAC = 1u << 8, ROUTER_HAS_CHANGES = 1u << 9 };

/* A record: `router`. src: its address. */
struct router {
    struct story story;
    uint32_t link;
    uint8_t mac[MAC_SIZE]; /* that its frames come from */
    struct sightings seen;
    struct router_says says;           /* the last time */
    uint32_t changes;                  /* 1 << enum router_change */
    uint64_t change_count;             /* advertisements that differ from the one before */
    int64_t changed_ns;                /* the last of them */
    uint64_t told_count, told_changes; /* seen.count and change_count when it was told */
    uint32_t told_has;                 /* the same of story.has */
    bool served; /* it was a default router some time: its lifetime was above 0 */
};

enum {
    ROUTERS_MAX = 1024,
    ROUTER_LINKS_MAX = 1024,
    ROUTERS_OF_LINK = 16,
    ROUTER_DISPUTES_MAX = 2048
};

struct routers {
    const struct track *track;
    struct map map;      /* link, address and MAC address → struct router */
    struct map links;    /* link → its first routers */
    struct map disputes; /* two routers → what they contradict each other in */
    uint64_t crowded;    /* routers beyond ROUTERS_OF_LINK, and those that made room */
};

extern const struct tracker tracker_router;

/* For lists: the more frequent weigh more. Never 0. */
uint64_t router_weight(const void *router);

#endif
