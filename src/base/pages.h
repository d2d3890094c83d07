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

/* The same, but what is touched is a small page each, until pages_enlarge() or pages_join(): for
 * what grows in small steps. Of PAGES_LARGE or more it begins where a large page does. */
void *pages_reserve(size_t size);

/* The same for what grows from its start: behind the first PAGES_LARGE, what is touched comes in
 * large pages, as far as they are full of `size`. */
void *pages_reserve_rising(size_t size);

/* What is touched first from now on comes in large pages, where the system can. `pages` and `size`
 * are multiples of PAGES_LARGE, here and below. */
void pages_enlarge(void *pages, size_t size);

/* Puts what was touched before into large pages, where the system can, and leaves its contents as
 * they are. All of it was touched: the rest would be taken, too. */
void pages_join(void *pages, size_t size);

#endif
