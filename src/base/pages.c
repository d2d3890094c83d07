#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/prefetch.h"

/* Linux 6.1; older headers do not know it, older kernels refuse it. */
#if defined __linux__ && !defined MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void *aligned(size_t alignment, size_t size)
{
    if (size > SIZE_MAX - alignment)
        return NULL;
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void *pages_reserve(size_t size)
{
    return aligned(size < PAGES_LARGE ? CACHE_LINE : PAGES_LARGE, size);
}

void *pages_alloc(size_t size)
{
    void *pages = pages_reserve(size);
    if (pages != NULL && size >= PAGES_LARGE)
        pages_enlarge(pages, size / PAGES_LARGE * PAGES_LARGE);
    return pages;
}

void *pages_reserve_rising(size_t size)
{
    unsigned char *pages = pages_reserve(size);
    const size_t whole = size / PAGES_LARGE * PAGES_LARGE;
    if (pages != NULL && whole > PAGES_LARGE)
        pages_enlarge(pages + PAGES_LARGE, whole - PAGES_LARGE);
    return pages;
}

/* Advice all of it: where it is not taken, all is as before. */
#if defined MADV_HUGEPAGE && defined MADV_COLLAPSE

void pages_enlarge(void *pages, size_t size)
{
    madvise(pages, size, MADV_HUGEPAGE);
}

/* The first is followed some time later, if at all: for kernels that do not know the second. */
void pages_join(void *pages, size_t size)
{
    madvise(pages, size, MADV_HUGEPAGE);
    madvise(pages, size, MADV_COLLAPSE);
}

#else

void pages_enlarge(void *pages, size_t size)
{
    (void)pages, (void)size;
}

void pages_join(void *pages, size_t size)
{
    (void)pages, (void)size;
}

#endif
