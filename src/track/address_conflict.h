/* Hosts that want, or say that they have, the same address (RFC 4862 5.4, RFC 4861 7.2). */
#ifndef ICMPSCOPE_TRACK_ADDRESS_CONFLICT_H
#define ICMPSCOPE_TRACK_ADDRESS_CONFLICT_H

#include "base/cache.h"
#include "track/tracker.h"

enum { ADDRESS_CLAIMS_MAX = 16384 };

struct address_conflicts {
    const struct track *track;
    struct cache claims; /* link and address → who wanted it, and who said that it has it */
};

extern const struct tracker tracker_address_conflict;

#endif
