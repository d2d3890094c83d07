/* The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit
 * words. */
#ifndef ICMPSCOPE_DECODE_CHECKSUM_H
#define ICMPSCOPE_DECODE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds `size` bytes, a last odd one as if a zero byte followed, to a sum that begins with 0. All
 * pieces but the last have even sizes. Holds for 16 GiB in all. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t size);

/* Whether what was added, the checksum in its place included, is as it was sent. */
bool checksum_is_good(uint64_t sum);

#endif
