/* Checked reads of wire bytes, which are big-endian. Every read of the bytes of a packet is one
 * of these: the check and the move are one call, so neither can be forgotten. */
#ifndef ICMPSCOPE_DECODE_CURSOR_H
#define ICMPSCOPE_DECODE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrows the bytes from `p` up to, not including, `end`. */
struct cursor {
    const uint8_t *p, *end;
};

static inline struct cursor cursor_over(const uint8_t *bytes, size_t size)
{
    return (struct cursor){bytes, bytes + size};
}

static inline size_t cursor_left(const struct cursor *in)
{
    return (size_t)(in->end - in->p);
}

/* Each returns false and moves nothing where the bytes run out. */

static inline bool cursor_skip(struct cursor *in, size_t size)
{
    if (cursor_left(in) < size)
        return false;
    in->p += size;
    return true;
}

/* Lends `size` bytes in place. */
static inline bool cursor_take(struct cursor *in, size_t size, const uint8_t **bytes)
{
    *bytes = in->p;
    return cursor_skip(in, size);
}

/* The next byte, which stays: what it says decides who reads on. */
static inline bool cursor_peek(const struct cursor *in, uint8_t *value)
{
    if (cursor_left(in) < 1)
        return false;
    *value = *in->p;
    return true;
}

static inline bool cursor_u8(struct cursor *in, uint8_t *value)
{
    if (cursor_left(in) < 1)
        return false;
    *value = *in->p++;
    return true;
}

static inline bool cursor_u16(struct cursor *in, uint16_t *value)
{
    if (cursor_left(in) < 2)
        return false;
    *value = (uint16_t)(in->p[0] << 8 | in->p[1]);
    in->p += 2;
    return true;
}

static inline bool cursor_u32(struct cursor *in, uint32_t *value)
{
    if (cursor_left(in) < 4)
        return false;
    *value =
        (uint32_t)in->p[0] << 24 | (uint32_t)in->p[1] << 16 | (uint32_t)in->p[2] << 8 | in->p[3];
    in->p += 4;
    return true;
}

/* Cuts off the first `size` bytes, or all there are, as a cursor of their own, and moves past
 * them: a length field bounds what is inside it and nothing else. */
static inline struct cursor cursor_cut(struct cursor *in, size_t size)
{
    size_t left = cursor_left(in);
    struct cursor part = cursor_over(in->p, size < left ? size : left);
    in->p = part.end;
    return part;
}

/* Gives up what lies beyond the first `size` bytes: padding and trailers. */
static inline void cursor_limit(struct cursor *in, size_t size)
{
    if (cursor_left(in) > size)
        in->end = in->p + size;
}

/* Fields of a header that was taken whole with cursor_take(): `p` points into it. */

static inline uint16_t wire_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t wire_u64(const uint8_t *p)
{
    return (uint64_t)wire_u32(p) << 32 | wire_u32(p + 4);
}

#endif
