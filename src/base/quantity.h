/* Amounts as people write them. */
#ifndef ICMPSCOPE_BASE_QUANTITY_H
#define ICMPSCOPE_BASE_QUANTITY_H

#include <stdint.h>

/* "1048576", "1024K", "1M", "1MiB": bytes, in powers of 1024, whatever the case. -1 where it is
 * something else, or does not fit. */
int quantity_bytes(const char *text, uint64_t *bytes);

#endif
