/* Packets sent in somebody's name, as seen from what they bring back: answers of many to a
 * broadcast, and answers and errors that nobody here has asked for. */
#ifndef ICMPSCOPE_TRACK_SPOOF_H
#define ICMPSCOPE_TRACK_SPOOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cache.h"
#include "base/timefmt.h"
#include "track/copies.h"
#include "track/distinct.h"
#include "track/sightings.h"
#include "track/tracker.h"
#include "track/victim.h"

enum {
    SPOOF_SMURF_HOSTS = 4, /* FINDING_SMURF: so many answer a request to a broadcast address */
    SPOOF_HOSTS = 8,       /* FINDING_BACKSCATTER: so many answer what was not sent */
    SPOOF_ERRORS = 20, /* FINDING_UNSOLICITED_ERRORS: so many about flows that were not seen … */
    SPOOF_BOTH_WAYS = 20, /* … to a host of whose flows so many are seen in both directions */
    SPOOF_ASKED_MAX = 16384,
};

/* What comes within this time from the beginning of the capture may be about what was before. */
static const int64_t spoof_grace_ns = (int64_t)5 * NS_PER_S;

/* Who answers is counted for so long. */
static const int64_t spoof_window_ns = (int64_t)3600 * NS_PER_S;

/* No padding. `asked` is zero for whatever was asked last. */
struct asked_key {
    struct addr asker, asked;
    uint32_t context;
    uint16_t id;
    uint8_t family;
    uint8_t answered; /* not a request: that some ping of the asker was answered */
};

/* Echo requests with one identifier. */
struct asked {
    int64_t time_ns;
    struct addr asked; /* the newest one's destination */
    bool several;      /* there were others */
    struct sighting frame;
};

struct spoofs {
    const struct track *track;
    struct cache asked; /* struct asked_key → struct asked */
    struct victims victims;
    struct distinct answers;
    struct copies copies;
    bool begun;
    int64_t begin_ns;
    bool echo_answered; /* any */
    uint64_t lost;
};

extern const struct tracker tracker_spoof;

/* Each flow that ends, whatever it is. */
void spoofs_flow_closed(struct spoofs *spoofs, const struct flow *flow);

/* Each one that the sweep finds to go on, and the end of its round. */
void spoofs_flow_alive(struct spoofs *spoofs, const struct flow *flow);
void spoofs_walked(struct spoofs *spoofs);

#endif
