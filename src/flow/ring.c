#include "flow/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/prefetch.h"

int ring_init(struct ring *ring, size_t capacity, struct error *error)
{
    size_t size = RING_LEAST;
    while (size < capacity && size < RING_MOST)
        size *= 2;

    *ring = (struct ring){.mask = (uint32_t)(size - 1)};
    /* Not zeroed: of entries only those are read that were written. */
    ring->entries = pages_alloc(size * sizeof *ring->entries);
    ring->before = pages_alloc(size * sizeof *ring->before);
    if (ring->entries != NULL && ring->before != NULL)
        return 0;
    error_set(error, "cannot remember %zu packets: %s", size, strerror(errno));
    ring_fini(ring);
    return -1;
}

void ring_fini(struct ring *ring)
{
    free(ring->entries);
    free(ring->before);
    ring->entries = NULL;
    ring->before = NULL;
}

/* Pushes since the one that took `position`; also right where the position has wrapped since. */
static uint32_t ring_age(const struct ring *ring, ring_position position)
{
    return ring->newest - position;
}

const struct ring_entry *ring_get(const struct ring *ring, ring_position position)
{
    if (position == 0 || ring_age(ring, position) > ring->mask)
        return NULL;
    return &ring->entries[position & ring->mask];
}

/* Of the packet before that at a position which was not overwritten. A position that was 2^32
 * pushes ago names an entry again: one that is not older, or is of another flow. 0 for the former,
 * and where there is none any more. */
static ring_position ring_before(const struct ring *ring, ring_position position)
{
    const ring_position before = ring->before[position & ring->mask];
    const uint32_t age = ring_age(ring, before);
    return age > ring->mask || age <= ring_age(ring, position) ? 0 : before;
}

const struct ring_entry *ring_get_previous(const struct ring *ring, ring_position *position)
{
    const struct ring_entry *entry = ring_get(ring, *position);
    const ring_position before = entry != NULL ? ring_before(ring, *position) : 0;
    const struct ring_entry *previous = ring_get(ring, before);
    if (previous == NULL || previous->flow != entry->flow)
        return NULL;
    *position = before;
    return previous;
}

void ring_prefetch_first(const struct ring *ring, ring_position position)
{
    prefetch(&ring->before[position & ring->mask]);
    prefetch(&ring->entries[position & ring->mask]);
}

ring_position ring_prefetch_step(const struct ring *ring, ring_position position)
{
    if (ring_get(ring, position) == NULL)
        return 0;
    const ring_position before = ring_before(ring, position);
    ring_prefetch_first(ring, before);
    return before;
}

ring_position ring_prefetch(const struct ring *ring, ring_position position, unsigned count)
{
    for (; count > 0 && ring_get(ring, position) != NULL; count--) {
        position = ring_before(ring, position);
        prefetch(&ring->entries[position & ring->mask]);
    }
    return position;
}
