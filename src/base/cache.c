#include "base/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/prefetch.h"

enum { FIRST_CAPACITY = 16 };

/* Each is 1 + a position, or 0. They stand apart from keys and values, so that many are in one line
 * of the processor's cache: all but the entry that is looked for is known by them alone. */
struct cache_links {
    uint32_t chain; /* the name of the next of the same slot, or the next spare one */
    uint32_t older, newer;
    uint32_t slot_hash; /* so that no key is hashed again */
};

static size_t aligned(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static size_t entry_size(const struct cache_config *config)
{
    return aligned(config->key_size) + aligned(config->value_size);
}

/* Of an entry, what is made zero when it is new. */
static size_t cleared_size(const struct cache_config *config)
{
    return config->cleared != 0 ? aligned(config->key_size) + config->cleared : entry_size(config);
}

static struct cache_links *links_at(const struct cache *cache, uint32_t link)
{
    return &cache->links[link - 1];
}

/* The key, and behind it the value. */
static unsigned char *key_at(const struct cache *cache, uint32_t link)
{
    return cache->entries + (link - 1) * cache->entry_size;
}

static void *value_at(const struct cache *cache, uint32_t link)
{
    return key_at(cache, link) + cache->value_offset;
}

void cache_init(struct cache *cache, const struct cache_config *config)
{
    *cache = (struct cache){.config = *config,
                            .entry_size = entry_size(config),
                            .value_offset = aligned(config->key_size)};
    cache_limit(cache, UINT32_MAX / 4); /* slots have 32 bits, and two or more are an entry's */
    hash_secret_init(&cache->secret, config->seed);
}

void cache_fini(struct cache *cache)
{
    free(cache->index);
    free(cache->links);
    free(cache->entries);
    cache->index = NULL;
    cache->links = NULL;
    cache->entries = NULL;
    cache->slots = cache->count = cache->capacity = cache->used = 0;
    cache->oldest = cache->newest = cache->spare = 0;
}

/* The index has from two to four slots an entry, and that of half its size stands beside it while
 * it is filled. */
size_t cache_memory(const struct cache_config *config)
{
    return config->max *
           (entry_size(config) + sizeof(struct cache_links) + (4 + 2) * sizeof(uint32_t));
}

void cache_limit(struct cache *cache, size_t max)
{
    if (max < cache->config.max)
        cache->config.max = max > 0 ? max : 1;
}

/* ---- chains ---------------------------------------------------------------------------------- */

static uint32_t key_hash(const struct cache *cache, const void *key)
{
    return (uint32_t)hash_key(&cache->secret, key, cache->config.key_size);
}

/* What names an entry, in the index and in chains: its link in as many bits as number the slots, of
 * which at most half are taken; above them those of its hash, so that hardly ever the key of
 * another one is looked at, far away in memory. */
static uint32_t index_mask(const struct cache *cache)
{
    return (uint32_t)(cache->slots - 1);
}

static uint32_t name_of(const struct cache *cache, uint32_t link, uint32_t hash)
{
    return (hash & ~index_mask(cache)) | link;
}

static uint32_t link_of(const struct cache *cache, uint32_t name)
{
    return name & index_mask(cache);
}

static uint32_t *slot_of(const struct cache *cache, uint32_t hash)
{
    return &cache->index[hash & index_mask(cache)];
}

static bool name_is(const struct cache *cache, uint32_t name, const void *key, uint32_t hash)
{
    return ((name ^ hash) & ~index_mask(cache)) == 0 &&
           hash_key_equal(key_at(cache, link_of(cache, name)), key, cache->config.key_size);
}

/* Where the entry of `key` is named: its slot, or the entry before it in the chain; else the end of
 * that. */
static uint32_t *name_find(const struct cache *cache, const void *key, uint32_t hash)
{
    uint32_t *name = slot_of(cache, hash);
    while (*name != 0 && !name_is(cache, *name, key, hash))
        name = &links_at(cache, link_of(cache, *name))->chain;
    return name;
}

/* Where an entry that is there is named: no key is looked at. */
static uint32_t *name_find_link(const struct cache *cache, uint32_t link)
{
    const uint32_t hash = links_at(cache, link)->slot_hash, wanted = name_of(cache, link, hash);
    uint32_t *name = slot_of(cache, hash);
    while (*name != wanted)
        name = &links_at(cache, link_of(cache, *name))->chain;
    return name;
}

static void chain_add(struct cache *cache, uint32_t link)
{
    struct cache_links *links = links_at(cache, link);
    uint32_t *slot = slot_of(cache, links->slot_hash);
    links->chain = *slot;
    *slot = name_of(cache, link, links->slot_hash);
}

/* ---- the order of use ------------------------------------------------------------------------ */

static void order_leave(struct cache *cache, uint32_t link)
{
    const struct cache_links *links = links_at(cache, link);
    if (links->older != 0)
        links_at(cache, links->older)->newer = links->newer;
    else
        cache->oldest = links->newer;
    if (links->newer != 0)
        links_at(cache, links->newer)->older = links->older;
    else
        cache->newest = links->older;
}

static void order_join(struct cache *cache, uint32_t link)
{
    struct cache_links *links = links_at(cache, link);
    links->older = cache->newest;
    links->newer = 0;
    if (cache->newest != 0)
        links_at(cache, cache->newest)->newer = link;
    else
        cache->oldest = link;
    cache->newest = link;
}

/* ---- room ------------------------------------------------------------------------------------ */

static bool index_grow(struct cache *cache, size_t capacity)
{
    size_t slots = 2 * FIRST_CAPACITY;
    while (slots < 2 * capacity)
        slots *= 2;
    uint32_t *index = calloc(slots, sizeof *index);
    if (index == NULL)
        return false;
    free(cache->index);
    cache->index = index;
    cache->slots = slots;
    for (uint32_t link = cache->oldest; link != 0; link = links_at(cache, link)->newer)
        chain_add(cache, link);
    return true;
}

static bool room_grow(struct cache *cache, size_t capacity)
{
    unsigned char *entries = realloc(cache->entries, capacity * entry_size(&cache->config));
    if (entries == NULL)
        return false;
    cache->entries = entries;
    struct cache_links *links = realloc(cache->links, capacity * sizeof *links);
    if (links == NULL)
        return false;
    cache->links = links;
    return true;
}

static bool cache_grow(struct cache *cache)
{
    size_t capacity = cache->capacity == 0 ? FIRST_CAPACITY : 2 * cache->capacity;
    if (capacity > cache->config.max)
        capacity = cache->config.max;
    if (capacity <= cache->capacity || capacity > SIZE_MAX / entry_size(&cache->config))
        return false;
    if (!room_grow(cache, capacity) || !index_grow(cache, capacity))
        return false;
    cache->capacity = capacity;
    return true;
}

/* The entry that is named there. */
static void entry_drop(struct cache *cache, uint32_t *name)
{
    uint32_t dropped = link_of(cache, *name);
    struct cache_links *links = links_at(cache, dropped);
    *name = links->chain;
    order_leave(cache, dropped);
    links->chain = cache->spare;
    cache->spare = dropped;
    cache->count--;
}

/* A full cache gives up an entry for each that comes, and those are the ones that were not touched
 * for longest: the next to go is fetched. */
static void oldest_prefetch(const struct cache *cache)
{
    if (cache->oldest == 0)
        return;
    const struct cache_links *links = links_at(cache, cache->oldest);
    prefetch(slot_of(cache, links->slot_hash));
    prefetch_range(key_at(cache, cache->oldest), cleared_size(&cache->config));
    if (links->newer != 0)
        prefetch(links_at(cache, links->newer));
}

static void oldest_evict(struct cache *cache)
{
    const uint32_t oldest = cache->oldest;
    const unsigned char *key = key_at(cache, oldest);
    if (cache->config.gone != NULL)
        cache->config.gone(cache->config.context, key, value_at(cache, oldest));
    entry_drop(cache, name_find_link(cache, oldest));
    cache->evicted++;
    oldest_prefetch(cache);
}

/* 0 where there is no room at all. */
static uint32_t entry_take(struct cache *cache)
{
    if (cache->spare == 0 && cache->used == cache->capacity && !cache_grow(cache)) {
        if (cache->count == 0)
            return 0;
        oldest_evict(cache);
    }
    if (cache->spare == 0)
        return (uint32_t)++cache->used;
    uint32_t link = cache->spare;
    cache->spare = links_at(cache, link)->chain;
    return link;
}

/* ---- use ------------------------------------------------------------------------------------- */

void *cache_get(const struct cache *cache, const void *key)
{
    if (cache->count == 0)
        return NULL;
    uint32_t link = link_of(cache, *name_find(cache, key, key_hash(cache, key)));
    return link != 0 ? value_at(cache, link) : NULL;
}

/* The zero bytes of the value and of what fills up the key. */
static void entry_begin(struct cache *cache, uint32_t link, const void *key)
{
    unsigned char *place = key_at(cache, link);
    memset(place, 0, cleared_size(&cache->config));
    memcpy(place, key, cache->config.key_size);
}

void *cache_add(struct cache *cache, const void *key, bool *fresh)
{
    uint32_t hash = key_hash(cache, key);
    uint32_t link = cache->count > 0 ? link_of(cache, *name_find(cache, key, hash)) : 0;
    if (fresh != NULL)
        *fresh = link == 0;
    if (link != 0) {
        if (link != cache->newest) {
            order_leave(cache, link);
            order_join(cache, link);
        }
        return value_at(cache, link);
    }
    link = entry_take(cache);
    if (link == 0)
        return NULL;
    entry_begin(cache, link, key);
    links_at(cache, link)->slot_hash = hash;
    chain_add(cache, link);
    order_join(cache, link);
    cache->count++;
    return value_at(cache, link);
}

void *cache_oldest(const struct cache *cache, const void **key)
{
    if (cache->oldest == 0)
        return NULL;
    *key = key_at(cache, cache->oldest);
    return value_at(cache, cache->oldest);
}

static uint32_t link_after(const struct cache *cache, const void *key)
{
    size_t position =
        (size_t)((const unsigned char *)key - cache->entries) / entry_size(&cache->config);
    return cache->links[position].newer;
}

void *cache_next(const struct cache *cache, const void **key)
{
    const uint32_t link = *key == NULL ? cache->oldest : link_after(cache, *key);
    if (link == 0)
        return NULL;
    *key = key_at(cache, link);
    return value_at(cache, link);
}

size_t cache_places(const struct cache *cache)
{
    return cache->used;
}

const void *cache_key_at(const struct cache *cache, size_t place)
{
    return key_at(cache, (uint32_t)place + 1);
}

void cache_remove(struct cache *cache, const void *key)
{
    if (cache->count == 0)
        return;
    uint32_t *name = name_find(cache, key, key_hash(cache, key));
    if (*name != 0)
        entry_drop(cache, name);
}
