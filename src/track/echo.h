/* Echo: requests and their replies. */
#ifndef ICMPSCOPE_TRACK_ECHO_H
#define ICMPSCOPE_TRACK_ECHO_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `echo`. */
struct echo {
    struct story story;
};

struct echoes {
    const struct track *track;
};

extern const struct tracker tracker_echo;

#endif
