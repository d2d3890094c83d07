/* Bits of a word. */
#ifndef ICMPSCOPE_BASE_BITS_H
#define ICMPSCOPE_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* A set of numbers, a bit for each. */
static inline void bits_add(uint64_t *set, uint32_t number)
{
    set[number / 64] |= UINT64_C(1) << number % 64;
}

static inline bool bits_have(const uint64_t *set, uint32_t number)
{
    return (set[number / 64] >> number % 64 & 1) != 0;
}

/* Number of the lowest bit that is set in `word`, which is not 0. */
static inline uint32_t bits_lowest(uint32_t word)
{
#if defined __GNUC__ || defined __clang__
    return (uint32_t)__builtin_ctz(word);
#else
    uint32_t bit = 0;
    while ((word >> bit & 1) == 0)
        bit++;
    return bit;
#endif
}

#endif
