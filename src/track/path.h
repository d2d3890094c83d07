/* Paths, put together from probes with rising TTLs and the errors about them. */
#ifndef ICMPSCOPE_TRACK_PATH_H
#define ICMPSCOPE_TRACK_PATH_H

#include "track/story.h"
#include "track/tracker.h"

/* A record: `path`. */
struct path {
    struct story story;
};

struct paths {
    const struct track *track;
};

extern const struct tracker tracker_path;

#endif
