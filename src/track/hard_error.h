/* Hard errors about TCP connections that go on as if nothing were (RFC 5927 5). */
#ifndef ICMPSCOPE_TRACK_HARD_ERROR_H
#define ICMPSCOPE_TRACK_HARD_ERROR_H

#include "base/cache.h"
#include "track/tracker.h"

enum { HARD_ERROR_CONNECTIONS = 4096 }; /* that are followed: the longest unused gives way */

struct hard_errors {
    const struct track *track;
    struct cache connections; /* flow id → the errors about it */
};

extern const struct tracker tracker_hard_error;

#endif
