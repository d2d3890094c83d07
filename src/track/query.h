/* What else is asked by ICMP, and answered: address masks, routers, interfaces, names. */
#ifndef ICMPSCOPE_TRACK_QUERY_H
#define ICMPSCOPE_TRACK_QUERY_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `query`. */
struct query {
    struct story story;
};

struct queries {
    const struct track *track;
};

extern const struct tracker tracker_query;

#endif
