/* Routers as they announce themselves, and neighbors that contradict each other. */
#ifndef ICMPSCOPE_TRACK_ROUTER_H
#define ICMPSCOPE_TRACK_ROUTER_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `router`. */
struct router {
    struct story story;
};

struct routers {
    const struct track *track;
};

extern const struct tracker tracker_router;

#endif
