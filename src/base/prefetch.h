/* Hints to the processor that memory will be read soon. */
#ifndef ICMPSCOPE_BASE_PREFETCH_H
#define ICMPSCOPE_BASE_PREFETCH_H

#include <stddef.h>

enum { CACHE_LINE = 64 };

/* Any address will do: a hint never faults. A function that did nothing else would be taken for one
 * that does nothing, and not be called. */
static inline void prefetch(const void *address)
{
#if defined __GNUC__ || defined __clang__
    __builtin_prefetch(address);
    __asm__ volatile("");
#else
    (void)address;
#endif
}

/* All cache lines of `size` > 0 bytes. */
static inline void prefetch_range(const void *start, size_t size)
{
    const char *p = start;
    for (size_t at = 0; at < size; at += CACHE_LINE)
        prefetch(p + at);
    prefetch(p + size - 1);
}

#endif
