/* How many different hosts, ports or flows a subject has to do with within a while: exactly, as
 * long as there are not more of them than it may remember. */
#ifndef ICMPSCOPE_TRACK_DISTINCT_H
#define ICMPSCOPE_TRACK_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cache.h"
#include "track/sightings.h"

enum { DISTINCT_SUBJECTS_MAX = 4096, DISTINCT_PAIRS_MAX = 32768 };

/* No padding. */
struct subject_key {
    struct addr host, other; /* of one host, or of what it has to do with another */
    uint8_t kind, family, zero[2];
};

struct counted {
    uint32_t live, most;   /* different objects now, and the most that there were */
    struct addr first;     /* the first object */
    int64_t marked_ns;     /* for the tracker … */
    bool marked;           /* … where there is a mark */
    bool found;            /* set by the tracker: it is to be told */
    struct sightings seen; /* since there was no object, or, once it is `found`, since then */
};

struct distinct {
    struct cache subjects; /* struct subject_key → struct counted */
    struct cache pairs;    /* subject and object → when they were seen last */
    int64_t window_ns;
    /* Called with each subject that goes: it gives way, or all is over; and for
     * distinct_review(). */
    void (*gone)(void *context, const struct subject_key *key, const struct counted *subject);
    void *context;
    uint64_t lost; /* pairs and subjects that gave way before their time */
};

/* Allocates nothing yet. */
void distinct_init(struct distinct *distinct, const uint64_t seed[2], int64_t window_ns);
void distinct_fini(struct distinct *distinct);

/* Lowers how many there may be. Returns the bytes that they may take then. */
size_t distinct_limit(struct distinct *distinct, double part);

/* A subject, made where there is none. NULL where memory runs out. Good until the next call. */
struct counted *distinct_subject(struct distinct *distinct, const struct subject_key *key);

/* The subject has to do with `object`: a host, or whatever bytes tell things apart. */
struct counted *distinct_add(struct distinct *distinct, const struct subject_key *key,
                             const struct addr *object, int64_t now_ns);

/* The subject, or NULL. */
struct counted *distinct_get(const struct distinct *distinct, const struct subject_key *key);

/* As if all subjects went; but none does. */
void distinct_review(const struct distinct *distinct);

/* All subjects go. */
void distinct_finish(struct distinct *distinct);

#endif
