/* Products of 64-bit words, whole: 128 bits. */
#ifndef ICMPSCOPE_BASE_WIDE_H
#define ICMPSCOPE_BASE_WIDE_H

#include <stdint.h>

struct wide {
    uint64_t low, high;
};

/* From four products of halves, for compilers that know no longer integers. */
static inline struct wide wide_product_of_halves(uint64_t a, uint64_t b)
{
    const uint64_t low = (uint32_t)a * (uint64_t)(uint32_t)b;
    const uint64_t cross = (a >> 32) * (uint32_t)b + (low >> 32);
    const uint64_t other = (uint32_t)a * (b >> 32) + (uint32_t)cross;
    return (struct wide){.low = other << 32 | (uint32_t)low,
                         .high = (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32)};
}

static inline struct wide wide_product(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 u128;
    const u128 product = (u128)a * b;
    return (struct wide){(uint64_t)product, (uint64_t)(product >> 64)};
#else
    return wide_product_of_halves(a, b);
#endif
}

/* The halves of a product, on top of each other. */
static inline uint64_t wide_fold(uint64_t a, uint64_t b)
{
    const struct wide product = wide_product(a, b);
    return product.low ^ product.high;
}

/* Each half by itself: no carry. */
static inline struct wide wide_sum(struct wide a, struct wide b)
{
    return (struct wide){a.low + b.low, a.high + b.high};
}

#endif
