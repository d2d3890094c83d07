/* Bits of a word. */
#ifndef ICMPSCOPE_BASE_BITS_H
#define ICMPSCOPE_BASE_BITS_H

#include <stdint.h>

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
