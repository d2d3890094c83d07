/* A bounded hash map with keys and values of fixed size, kept in the order they came: for the
 * tables of the trackers. Keyed hashing; a full map refuses, and counts what it refused. */
#ifndef ICMPSCOPE_BASE_MAP_H
#define ICMPSCOPE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

enum { MAP_MAX_KEY = HASH_MAX_WORDS * 4 };

struct map_config {
    size_t key_size;   /* bytes, a multiple of 4, at most MAP_MAX_KEY; keys have no padding */
    size_t value_size; /* bytes; 0 makes it a set */
    size_t max;        /* entries */
    uint64_t seed[2];
};

struct map {
    struct map_config config;
    struct hash_secret secret;
    uint32_t *index; /* 0, or 1 + position of an entry, below bits of its hash */
    size_t slots;    /* of the index, a power of two */
    unsigned char *entries;
    size_t count, capacity;
    bool reserved;    /* `entries` has room for all that may come */
    uint64_t refused; /* additions that found it full, or memory short */
};

/* Allocates nothing yet. */
void map_init(struct map *map, const struct map_config *config);
void map_fini(struct map *map);

/* Makes `copy`, of which nothing is read, the same as `map`. -1 where memory runs out, and then it
 * is empty. */
int map_copy(struct map *copy, const struct map *map);

/* Bytes that a map takes when it is full, and while it grows to be. */
size_t map_memory(const struct map_config *config);

/* Lowers how many entries a map may come to have: fewer than `max` are there. */
void map_limit(struct map *map, size_t max);

/* The value of `key` (for a set, the key itself), or NULL. Good until the next map_add(). */
void *map_get(const struct map *map, const void *key);

/* As map_get(); made, with a value of zero bytes, where there is none: `*fresh` (may be NULL) says
 * so. NULL where the map is full or memory runs out. */
void *map_add(struct map *map, const void *key, bool *fresh);

/* Removes each entry of which `leaves` says so: it is asked once of each, in the order of their
 * coming, which those that stay keep. Positions and values move. Returns how many left. */
size_t map_prune(struct map *map, bool (*leaves)(void *context, const void *key, void *value),
                 void *context);

/* The entry at `position` < count, in the order of their coming. */
const void *map_key_at(const struct map *map, size_t position);
void *map_value_at(const struct map *map, size_t position);

/* Where a value is that map_get() or map_add() has given. Stays so until map_prune(). */
size_t map_position_of(const struct map *map, const void *value);

#endif
