/* Messages with a wrong checksum, but for those whose checksum a network card has still to fill in.
 */
#ifndef ICMPSCOPE_TRACK_CHECKSUM_FAULT_H
#define ICMPSCOPE_TRACK_CHECKSUM_FAULT_H

#include <stdint.h>

#include "base/cache.h"
#include "base/hash.h"
#include "track/tracker.h"

enum {
    CHECKSUM_SENDERS = 4096, /* of wrong ones: the longest unused is judged early */
    CHECKSUM_GOOD_BITS = 1 << 16
};

struct checksum_faults {
    const struct track *track;
    struct cache senders; /* address → its messages with a wrong one */
    struct hash_secret secret;
    uint8_t good[CHECKSUM_GOOD_BITS / 8]; /* bits by address: it sent a right one */
    int64_t good_ns; /* since when they are gathered, of a run without an end */
};

extern const struct tracker tracker_checksum_fault;

#endif
