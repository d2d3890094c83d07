/* A bounded hash table with keys and values of fixed size, in which what was not used for longest
 * gives way: for what trackers wait for. Keyed hashing; entries in the order of their use. */
#ifndef ICMPSCOPE_BASE_CACHE_H
#define ICMPSCOPE_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

enum { CACHE_MAX_KEY = HASH_MAX_WORDS * 4 };

struct cache_config {
    size_t key_size;   /* bytes, a multiple of 4, at most CACHE_MAX_KEY; keys have no padding */
    size_t value_size; /* bytes */
    size_t max;        /* entries */
    uint64_t seed[2];
    /* So much of a new value is made zero; behind it, which only entries that are used often come
     * to need, is whatever was there. 0: all of it. */
    size_t cleared;
    /* Called with each entry that gives way, before it goes; it must leave the cache alone. May be
     * NULL. */
    void (*gone)(void *context, const void *key, void *value);
    void *context;
};

struct cache_links;

struct cache {
    struct cache_config config;
    struct hash_secret secret;
    uint32_t *index;           /* the first entry of each chain, or 0 */
    size_t slots;              /* of the index, a power of two */
    struct cache_links *links; /* of each entry */
    unsigned char *entries;
    size_t entry_size, value_offset; /* bytes of each, and of those before its value */
    size_t count, capacity, used;    /* entries that are in it, have room, were ever taken */
    uint32_t oldest, newest;         /* 1 + position, or 0 */
    uint32_t spare;                  /* the same, of the first entry that was removed */
    uint64_t evicted;                /* entries that gave way */
};

/* Allocates nothing yet. */
void cache_init(struct cache *cache, const struct cache_config *config);

/* Frees all; calls nothing. */
void cache_fini(struct cache *cache);

/* Bytes that a cache takes when it is full, and while it grows to be. */
size_t cache_memory(const struct cache_config *config);

/* Lowers how many entries it may come to have, before any is added. */
void cache_limit(struct cache *cache, size_t max);

/* The value of `key`, or NULL. Is no use of it. Values are good until the next cache_add(). */
void *cache_get(const struct cache *cache, const void *key);

/* The value of `key`, which becomes the newest; made, with a value of zero bytes, where there is
 * none: `*fresh` (may be NULL) says so. Where the cache is full, or memory short, the oldest gives
 * way. NULL only where memory runs out for the first. */
void *cache_add(struct cache *cache, const void *key, bool *fresh);

/* The value that was not used for longest, and its key, or NULL. */
void *cache_oldest(const struct cache *cache, const void **key);

/* All of them, from the oldest: the value after that of `*key`, which is NULL at first and becomes
 * its key; NULL after the newest. Nothing is to be added or removed meanwhile. */
void *cache_next(const struct cache *cache, const void **key);

/* How many places there are, and the key in each of them: of an entry, or of one that was removed.
 * In the order in which they stand in memory. */
size_t cache_places(const struct cache *cache);
const void *cache_key_at(const struct cache *cache, size_t place);

/* Removes an entry, if there is one of the key; calls nothing. `key` may be the entry's own. */
void cache_remove(struct cache *cache, const void *key);

#endif
