/* Bytes of a message of which the capture may hold only the first: a cursor over what was
 * captured, and how many there are on the wire. */
#ifndef ICMPSCOPE_DECODE_EXTENT_H
#define ICMPSCOPE_DECODE_EXTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/cursor.h"

struct extent {
    struct cursor in;
    uint32_t wire; /* bytes, never fewer than were captured */
};

/* Lends `size` captured bytes and moves past them. False, and no move, where they run out. */
static inline bool extent_take(struct extent *from, uint32_t size, const uint8_t **bytes)
{
    if (!cursor_take(&from->in, size, bytes))
        return false;
    from->wire -= size;
    return true;
}

/* Cuts off the first `size` bytes on the wire, or all there are, and moves past them. */
static inline struct extent extent_cut(struct extent *from, uint32_t size)
{
    if (size > from->wire)
        size = from->wire;
    from->wire -= size;
    return (struct extent){cursor_cut(&from->in, size), size};
}

static inline bool extent_is_whole(const struct extent *from)
{
    return cursor_left(&from->in) == from->wire;
}

#endif
