/* Who told whom to use which gateway for what, and whether it did. */
#ifndef ICMPSCOPE_TRACK_REDIRECT_H
#define ICMPSCOPE_TRACK_REDIRECT_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `redirect`. */
struct redirect {
    struct story story;
};

struct redirects {
    const struct track *track;
};

extern const struct tracker tracker_redirect;

#endif
