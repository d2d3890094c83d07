#include "decode/checksum.h"

#include <string.h>

/* The sum does not depend on the order of the bytes in a word (RFC 1071 2(B)), nor on the width of
 * the words (2(C)): so they are added as the machine loads them, 32 bits at a time, into 64. */

static inline uint32_t load_u32(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t size)
{
    uint64_t other = 0; /* a second chain of additions, so that neither waits for the other */
    for (; size >= 16; bytes += 16, size -= 16) {
        sum += (uint64_t)load_u32(bytes) + load_u32(bytes + 4);
        other += (uint64_t)load_u32(bytes + 8) + load_u32(bytes + 12);
    }
    for (; size >= 4; bytes += 4, size -= 4)
        sum += load_u32(bytes);

    uint8_t tail[4] = {0};
    if (size > 0)
        memcpy(tail, bytes, size);
    return sum + other + load_u32(tail);
}

bool checksum_is_good(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}
