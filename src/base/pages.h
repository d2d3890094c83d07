/* Memory for tables that are read all over the place: where the system can, in large pages, so that
 * finding the page costs less than reading it. */
#ifndef ICMPSCOPE_BASE_PAGES_H
#define ICMPSCOPE_BASE_PAGES_H

#include <stddef.h>

/* What is smaller gets no large pages. */
enum { PAGES_LARGE = 2 * 1024 * 1024 };

/* At least `size` bytes at the start of a cache line, not zeroed, for free(). Takes real memory
 * only as it is touched: at most PAGES_LARGE at a time. NULL when memory runs out. */
void *pages_alloc(size_t size);

#endif
