/* Senders that go on after they were told that nobody is there: finding kept_sending. */
#ifndef ICMPSCOPE_TRACK_KEPT_SENDING_H
#define ICMPSCOPE_TRACK_KEPT_SENDING_H

#include "base/cache.h"
#include "track/tracker.h"

enum { KEPT_SENDING_FLOWS = 4096 }; /* that are followed: the longest unused gives way */

/* Packets without a pause between them are one attempt. So many more make it a finding: one or two
 * are retries. */
#define KEPT_SENDING_APART_NS FOLLOW_PAUSE_NS
enum { KEPT_SENDING_ATTEMPTS = 3 };

struct kept_sendings {
    const struct track *track;
    struct cache flows; /* flow id → who was told, and what it sent since */
};

extern const struct tracker tracker_kept_sending;

#endif
