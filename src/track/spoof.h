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

enum {
    SPOOF_SMURF_HOSTS = 4, /* FINDING_SMURF: so many answer a request to a broadcast address */
    SPOOF_HOSTS = 8,       /* FINDING_BACKSCATTER: so many answer what was not sent */
    SPOOF_ERRORS = 20, /* FINDING_UNSOLICITED_ERRORS: so many about flows that were not seen … */
    SPOOF_BOTH_WAYS = 20, /* … to a host of whose flows so many are seen in both directions */
    SPOOF_VICTIMS_MAX = 2048,
    SPOOF_VICTIM_BITS = 1 << 16,
    SPOOF_ASKED_MAX = 16384,
};

/* What comes within this time from the beginning of the capture may be about what was before. */
static const int64_t spoof_grace_ns = (int64_t)5 * NS_PER_S;

/* Who answers is counted for so long. */
static const int64_t spoof_window_ns = (int64_t)3600 * NS_PER_S;

/* No padding. */
struct victim_key {
    struct addr host;
    uint8_t family, zero[3];
};

/* Of flows of TCP, UDP or SCTP of one host. */
struct victim_flows {
    uint64_t both_ways; /* seen in both directions … */
    uint64_t one_way;   /* … and TCP of which data are seen in one only */
    uint64_t taken_up; /* SYN-ACKs that it acknowledges: it did ask, and the capture lost its SYN */
};

/* An address that unsolicited answers come to. */
struct victim {
    uint64_t matched, unmatched; /* errors about its flows */
    struct victim_flows ended;   /* those that have ended … */
    struct victim_flows alive; /* … that had not, when the last round of the sweep saw them … */
    struct victim_flows walked; /* … and that the round which is under way has seen */
    /* Who had answered when the round under way began, and the one before it: the flows of all
     * these are known. 0 without a round. */
    uint32_t hosts_before, hosts_sure;
    struct sightings errors; /* that match no flow */
};

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
    struct cache asked;   /* struct asked_key → struct asked */
    struct cache victims; /* struct victim_key → struct victim */
    /* A bit for each host that may be one: each flow that ends is asked for both of its hosts. */
    uint64_t victim_bits[SPOOF_VICTIM_BITS / 64];
    uint32_t victims_since; /* new ones since the bits were last set for those that are there */
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
