/* Requests that wait for their replies, for trackers of what is asked and answered. */
#ifndef ICMPSCOPE_TRACK_REQUEST_H
#define ICMPSCOPE_TRACK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cache.h"
#include "base/timefmt.h"
#include "decode/packet.h"
#include "track/sightings.h"

enum { REQUESTS_MAX = 8192 };

/* What is not answered by then is taken as unanswered. */
static const int64_t request_wait_ns = (int64_t)10 * NS_PER_S;

/* No padding. */
struct request_key {
    struct addr asker, asked; /* `asked` is zero of what goes to a group: anybody may answer */
    uint32_t token[2];        /* identifier and sequence number, a nonce, or zero */
    uint32_t context;
    uint8_t kind, family, zero[2];
};

struct request {
    int64_t time_ns;
    struct sighting frame;
    struct addr asker, asked; /* as the request was addressed */
    uint32_t note;            /* whatever who adds it wants to know when it is answered … */
    bool noted;               /* … where there is something */
    bool answered;
    bool alias;     /* not asked itself: who answered a request to a group */
    uint16_t ip_id; /* 0: none */
};

enum request_end {
    REQUEST_TIMED_OUT, /* or asked again */
    REQUEST_AT_END,    /* the capture ends before the wait does */
};

struct requests {
    struct cache cache; /* struct request_key → struct request */
    /* Called with each request that nobody answered. */
    void (*unanswered)(void *context, const struct request_key *key, const struct request *request,
                       enum request_end end);
    void *context;
    uint64_t lost; /* unanswered ones that gave way before their time */
};

/* Of a packet from who asks, or, of a reply, to it. */
struct request_key request_key_of(const struct packet *packet, bool reply, uint8_t kind);

/* Allocates nothing yet. `context` is handed to unanswered(), which may be NULL and is set by the
 * caller. */
void requests_init(struct requests *requests, const uint64_t seed[2]);
void requests_fini(struct requests *requests);

/* Lowers how many may wait. Returns the bytes that they may take then. */
size_t requests_limit(struct requests *requests, double part);

/* A request. NULL for the copy of one, as mirror ports make them. Good until the next call. */
struct request *requests_add(struct requests *requests, const struct request_key *key,
                             const struct packet *packet);

/* A reply: the request that it is the first to answer. False where there is none. */
bool requests_answer(struct requests *requests, const struct request_key *key,
                     struct request *request);

/* Lets go those that waited long enough, or all. */
void requests_expire(struct requests *requests, int64_t now_ns);
void requests_finish(struct requests *requests, int64_t now_ns);

#endif
