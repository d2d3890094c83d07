#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/prefetch.h"

/* At most as many as have four slots each that 32 bits number. */
enum { FIRST_CAPACITY = 16, MAX_ENTRIES = 1 << 30 };

static size_t aligned(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static size_t entry_size(const struct map_config *config)
{
    return aligned(config->key_size) + aligned(config->value_size);
}

static unsigned char *entry_at(const struct map *map, size_t position)
{
    return map->entries + position * entry_size(&map->config);
}

void map_init(struct map *map, const struct map_config *config)
{
    *map = (struct map){.config = *config};
    if (map->config.max > MAX_ENTRIES)
        map->config.max = MAX_ENTRIES;
    hash_secret_init(&map->secret, config->seed);
}

void map_fini(struct map *map)
{
    free(map->index);
    free(map->entries);
    map->index = NULL;
    map->entries = NULL;
    map->slots = map->count = map->capacity = 0;
    map->reserved = false;
}

int map_copy(struct map *copy, const struct map *map)
{
    const size_t bytes = map->capacity * entry_size(&map->config);
    *copy = *map;
    copy->reserved = false;
    if (map->capacity == 0)
        return 0;
    copy->entries = malloc(bytes);
    copy->index = malloc(map->slots * sizeof *copy->index);
    if (copy->entries == NULL || copy->index == NULL) {
        map_fini(copy);
        return -1;
    }
    memcpy(copy->entries, map->entries, map->count * entry_size(&map->config));
    memcpy(copy->index, map->index, map->slots * sizeof *copy->index);
    return 0;
}

/* The index has from two to four slots an entry, and that of half its size stands beside it while
 * it is filled. */
size_t map_memory(const struct map_config *config)
{
    return config->max * (entry_size(config) + (4 + 2) * sizeof(uint32_t));
}

void map_limit(struct map *map, size_t max)
{
    if (max < map->config.max)
        map->config.max = max;
}

static uint32_t key_hash(const struct map *map, const void *key)
{
    return (uint32_t)hash_key(&map->secret, key, map->config.key_size);
}

/* A word of the index: 1 + the position of an entry in as many bits as number the slots, of which
 * no more than half are taken; above them those of the entry's hash, so that hardly ever the key of
 * another one is looked at, far away in memory. */
static uint32_t index_mask(const struct map *map)
{
    return (uint32_t)(map->slots - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *slot_find(const struct map *map, const void *key, uint32_t hash)
{
    const uint32_t mask = index_mask(map);
    uint32_t slot = hash & mask, word;
    for (; (word = map->index[slot]) != 0; slot = (slot + 1) & mask)
        if (((word ^ hash) & ~mask) == 0 &&
            hash_key_equal(entry_at(map, (word & mask) - 1), key, map->config.key_size))
            break;
    return &map->index[slot];
}

/* Of a key that no other entry in the index has: none is looked at. */
static void index_enter(struct map *map, size_t position, uint32_t hash)
{
    const uint32_t mask = index_mask(map);
    uint32_t slot = hash & mask;
    while (map->index[slot] != 0)
        slot = (slot + 1) & mask;
    map->index[slot] = (hash & ~mask) | (uint32_t)(position + 1);
}

/* All entries, into an index that is empty: it is written all over, a few of its lines at once. */
static void index_fill(struct map *map)
{
    enum { AT_ONCE = 16 };
    uint32_t hashes[AT_ONCE];
    for (size_t i = 0; i < map->count; i += AT_ONCE) {
        const size_t count = map->count - i < AT_ONCE ? map->count - i : AT_ONCE;
        for (size_t j = 0; j < count; j++) {
            hashes[j] = key_hash(map, entry_at(map, i + j));
            prefetch(&map->index[hashes[j] & index_mask(map)]);
        }
        for (size_t j = 0; j < count; j++)
            index_enter(map, i + j, hashes[j]);
    }
}

static bool index_grow(struct map *map, size_t capacity)
{
    size_t slots = 2 * FIRST_CAPACITY;
    while (slots < 2 * capacity)
        slots *= 2;
    uint32_t *index = calloc(slots, sizeof *index);
    if (index == NULL)
        return false;

    free(map->index);
    map->index = index;
    map->slots = slots;
    index_fill(map);
    return true;
}

/* What is larger than a large page stands where there is room for all that may come: nothing is
 * copied any more. */
static bool entries_reserve(struct map *map)
{
    const size_t size = map->config.max * entry_size(&map->config);
    unsigned char *entries = pages_reserve_rising(size);
    if (entries == NULL)
        return false;
    memcpy(entries, map->entries, map->count * entry_size(&map->config));
    free(map->entries);
    map->entries = entries;
    map->reserved = true;
    return true;
}

static bool entries_grow(struct map *map, size_t capacity)
{
    const size_t size = capacity * entry_size(&map->config);
    if (map->reserved || (size > PAGES_LARGE && entries_reserve(map)))
        return true;
    unsigned char *entries = realloc(map->entries, size);
    if (entries == NULL)
        return false;
    map->entries = entries;
    return true;
}

static bool map_grow(struct map *map)
{
    size_t capacity = map->capacity == 0 ? FIRST_CAPACITY : 2 * map->capacity;
    if (capacity > map->config.max)
        capacity = map->config.max;
    if (capacity <= map->count || capacity > SIZE_MAX / entry_size(&map->config))
        return false;

    if (!entries_grow(map, capacity) || !index_grow(map, capacity))
        return false;
    map->capacity = capacity;
    return true;
}

static void *get_hashed(const struct map *map, const void *key, uint32_t hash)
{
    if (map->count == 0)
        return NULL;
    const uint32_t word = *slot_find(map, key, hash);
    return word == 0 ? NULL : map_value_at(map, (word & index_mask(map)) - 1);
}

void *map_get(const struct map *map, const void *key)
{
    return get_hashed(map, key, key_hash(map, key));
}

void *map_add(struct map *map, const void *key, bool *fresh)
{
    if (fresh != NULL)
        *fresh = false;
    const uint32_t hash = key_hash(map, key);
    void *value = get_hashed(map, key, hash);
    if (value != NULL)
        return value;
    if (map->count == map->capacity && !map_grow(map)) {
        map->refused++;
        return NULL;
    }

    unsigned char *entry = entry_at(map, map->count);
    memset(entry, 0, entry_size(&map->config));
    memcpy(entry, key, map->config.key_size);
    index_enter(map, map->count, hash);
    if (fresh != NULL)
        *fresh = true;
    return map_value_at(map, map->count++);
}

size_t map_prune(struct map *map, bool (*leaves)(void *context, const void *key, void *value),
                 void *context)
{
    const size_t before = map->count, size = entry_size(&map->config);
    size_t stay = 0;
    for (size_t i = 0; i < before; i++) {
        if (leaves(context, map_key_at(map, i), map_value_at(map, i)))
            continue;
        if (stay != i)
            memcpy(entry_at(map, stay), entry_at(map, i), size);
        stay++;
    }
    if (stay == before)
        return 0;
    map->count = stay;
    memset(map->index, 0, map->slots * sizeof *map->index);
    index_fill(map);
    return before - stay;
}

const void *map_key_at(const struct map *map, size_t position)
{
    return entry_at(map, position);
}

size_t map_position_of(const struct map *map, const void *value)
{
    return (size_t)((const unsigned char *)value - map->entries) / entry_size(&map->config);
}

void *map_value_at(const struct map *map, size_t position)
{
    size_t offset = map->config.value_size == 0 ? 0 : aligned(map->config.key_size);
    return entry_at(map, position) + offset;
}
