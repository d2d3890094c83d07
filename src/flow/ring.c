#include "flow/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

int ring_init(struct ring *ring, size_t capacity, struct error *error)
{
    size_t size = RING_LEAST;
    while (size < capacity && size < RING_MOST)
        size *= 2;

    *ring = (struct ring){.mask = (uint32_t)(size - 1)};
    /* Not zeroed: of entries only those are read that were written. */
    ring->entries = pages_alloc(size * sizeof *ring->entries);
    if (ring->entries == NULL)
        return error_set(error, "cannot remember %zu packets: %s", size, strerror(errno));
    return 0;
}

void ring_fini(struct ring *ring)
{
    free(ring->entries);
    ring->entries = NULL;
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

/* A position that was overwritten 2^32 pushes ago names an entry again: one that is not older, or
 * is of another flow. */
const struct ring_entry *ring_get_previous(const struct ring *ring, ring_position *position)
{
    const struct ring_entry *entry = ring_get(ring, *position);
    if (entry == NULL)
        return NULL;
    const struct ring_entry *previous = ring_get(ring, entry->previous);
    if (previous == NULL || previous->flow != entry->flow ||
        ring_age(ring, entry->previous) <= ring_age(ring, *position))
        return NULL;
    *position = entry->previous;
    return previous;
}
