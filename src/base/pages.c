#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/prefetch.h"

static void *aligned(size_t alignment, size_t size)
{
    if (size > SIZE_MAX - alignment)
        return NULL;
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void *pages_alloc(size_t size)
{
    if (size < PAGES_LARGE)
        return aligned(CACHE_LINE, size);
    void *pages = aligned(PAGES_LARGE, size);
#ifdef MADV_HUGEPAGE
    /* Advice: where it is not taken, all is as before. */
    if (pages != NULL)
        madvise(pages, size / PAGES_LARGE * PAGES_LARGE, MADV_HUGEPAGE);
#endif
    return pages;
}
