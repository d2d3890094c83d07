/* Which flows gave way lately, by their hashes: for flow/table.c alone. */
#ifndef ICMPSCOPE_FLOW_FINGERPRINTS_H
#define ICMPSCOPE_FLOW_FINGERPRINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/prefetch.h"
#include "flow/table.h"

/* Begins as zero. Where the lower half of the hash says, what the upper half is: the two are
 * independent, so that one flow in 2^32 is taken for the one that is remembered in its place. 0 is
 * none. */
struct fingerprints {
    uint32_t *places; /* FLOW_TABLE_FINGERPRINTS, allocated with the first, … */
    bool tried;       /* … which is tried once */
};

static inline uint32_t fingerprint_of(uint64_t hash)
{
    const uint32_t upper = (uint32_t)(hash >> 32);
    return upper != 0 ? upper : 1;
}

static inline uint32_t *fingerprint_place(const struct fingerprints *fingerprints, uint64_t hash)
{
    return &fingerprints->places[hash & (FLOW_TABLE_FINGERPRINTS - 1)];
}

static inline void fingerprints_add(struct fingerprints *fingerprints, uint64_t hash)
{
    if (!fingerprints->tried)
        fingerprints->places = calloc(FLOW_TABLE_FINGERPRINTS, sizeof *fingerprints->places);
    fingerprints->tried = true;
    if (fingerprints->places != NULL)
        *fingerprint_place(fingerprints, hash) = fingerprint_of(hash);
}

static inline bool fingerprints_have(const struct fingerprints *fingerprints, uint64_t hash)
{
    return fingerprints->places != NULL &&
           *fingerprint_place(fingerprints, hash) == fingerprint_of(hash);
}

static inline void fingerprints_prefetch(const struct fingerprints *fingerprints, uint64_t hash)
{
    if (fingerprints->places != NULL)
        prefetch(fingerprint_place(fingerprints, hash));
}

static inline void fingerprints_fini(struct fingerprints *fingerprints)
{
    free(fingerprints->places);
}

#endif
