/* Echo: requests, their replies, and what of them was lost.
 *
 * A request waits in `waiting` until ECHO_TIMEOUT_S after it, answered or not, so that outcomes are
 * counted in the order of sending and further replies are known as such; it is in `past` then,
 * where a late reply finds it. A reply that came before its request, as captures of several queues
 * have them, is in `early` for a moment. */
#ifndef ICMPSCOPE_TRACK_ECHO_H
#define ICMPSCOPE_TRACK_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cache.h"
#include "base/map.h"
#include "track/echo_message.h"
#include "track/echo_pair.h"
#include "track/echo_totals.h"
#include "track/story.h"
#include "track/tracker.h"

/* A reply that comes later is told as late. When the capture ends, or another request of the same
 * id and seq comes, one is lost where it was sent this long ago, or a second and twice the longest
 * round-trip time of its hosts. */
enum { ECHO_TIMEOUT_S = 5, ECHO_END_S = 1, ECHO_EARLY_MS = 100 };

enum {
    ECHO_WAITING_MAX = 32768,
    ECHO_PAST_MAX = 16384,
    ECHO_EARLY_MAX = 4096,
    ECHO_SEEN_MAX = 4096, /* sightings for findings, of pairs */
    ECHO_SPEAKERS_MAX = 16384,
};

enum echo_status {
    ECHO_ANSWERED,
    ECHO_LOST,
    ECHO_AT_END, /* the capture ended before a reply was due */
    ECHO_DUPLICATE,
    ECHO_UNSOLICITED,
    ECHO_STATUSES
};
extern const char *const echo_status_names[ECHO_STATUSES];

/* An ICMP error that came about a request. */
struct echo_error {
    struct addr reporter;
    struct sighting frame;
    uint8_t type, code;
};

/* Of echo.story.has. */
enum echo_has {
    ECHO_HAS_REQUEST = 1u << 0,
    ECHO_HAS_REPLY = 1u << 1, /* with reply_ttl */
    ECHO_HAS_RTT = 1u << 2,
    ECHO_HAS_EQUAL = 1u << 3,
    ECHO_HAS_REPLIER = 1u << 4,
    ECHO_HAS_PROGRAM = 1u << 5,
    ECHO_HAS_SENT_AT = 1u << 6, /* with payload_age_ns */
    ECHO_HAS_ERROR = 1u << 7,
    ECHO_HAS_LATE = 1u << 8,
};

/* A record: `echo`. */
struct echo {
    struct story story;
    uint16_t id, seq;
    uint8_t status; /* enum echo_status */
    uint8_t reply_ttl, program;
    bool payload_equal, late;
    uint32_t payload_length;
    uint64_t request_frame, reply_frame;
    int64_t rtt_ns;
    int64_t sent_ns;        /* as the payload says … */
    int64_t payload_age_ns; /* … and from then to the frame */
    struct addr replier;    /* who is not who was asked */
    struct echo_error error;
};

/* A request, and what came of it. */
struct echo_wait {
    struct echo_message request;
    struct echo_print reply; /* the last one, where answered; copies taken for one */
    struct echo_print copy;  /* the last copy of the request, or the request */
    struct addr asked;
    int64_t added_ns; /* since when it waits */
    uint64_t number;  /* of the request in its pair */
    uint32_t pair;    /* its position, or 0 */
    uint8_t outcome;  /* how it was counted: enum echo_outcome */
    bool answered;
    bool copied; /* the request was captured more than once: so may replies be */
    bool failed; /* an error came: `error` */
    bool again;  /* another request of the same id and seq had waited just before */
    bool member; /* it only remembers that one of many hosts has answered */
    struct echo_error error;
};

struct echoes {
    const struct track *track;
    struct cache waiting, past; /* struct echo_key → struct echo_wait */
    struct cache anyone;        /* who was asked last, by asker, id and seq */
    struct cache early;         /* struct echo_key → struct echo_message */
    struct echo_pairs pairs;
    struct map seen;     /* struct echo_seen_key → struct sightings */
    struct map speakers; /* who sent echoes, and whether he was answered */
    int64_t begin_ns;    /* of the capture, as far as is known here … */
    int64_t now_ns;
    bool begun;         /* … and whether */
    uint64_t forgotten; /* requests that gave way unanswered, before their time */
    struct echo_totals totals;
};

extern const struct tracker tracker_echo;

#endif
