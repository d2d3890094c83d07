/* What tests of hashes count by. */
#ifndef ICMPSCOPE_TESTS_HASH_LAB_H
#define ICMPSCOPE_TESTS_HASH_LAB_H

#include <stdint.h>

static inline unsigned bits_set(uint64_t value)
{
    unsigned count = 0;
    for (; value != 0; value &= value - 1)
        count++;
    return count;
}

/* For qsort(). */
static inline int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#endif
