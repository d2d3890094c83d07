/* IP addresses, of either family, as bytes in network order. */
#ifndef ICMPSCOPE_BASE_ADDR_H
#define ICMPSCOPE_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"

/* An IPv4 address is in the first four bytes, the rest are zero. The family is kept beside it:
 * a packet has two addresses and one family. */
struct addr {
    uint8_t bytes[16];
};

enum family { FAMILY_NONE = 0, FAMILY_IPV4 = 4, FAMILY_IPV6 = 6 };

enum {
    ADDR_TEXT_SIZE = 46, /* the longest IPv6 text and its NUL */
    ADDR_ROOM = 48,      /* what addr_put() may write over */
};

/* From 4 or 16 bytes at `p`, which need no alignment. */
static inline struct addr addr_from_ipv4(const uint8_t *p)
{
    uint32_t words[4] = {0};
    struct addr addr;
    memcpy(words, p, 4);
    memcpy(addr.bytes, words, sizeof addr.bytes);
    return addr;
}

static inline struct addr addr_from_ipv6(const uint8_t *p)
{
    struct addr addr;
    memcpy(addr.bytes, p, 16);
    return addr;
}

/* Writes the usual text (RFC 5952 for IPv6) and returns `buf`, which holds at least
 * ADDR_TEXT_SIZE bytes. An address without family, or a smaller buffer, gives "". */
const char *addr_format(struct addr addr, enum family family, char *buf, size_t size);

/* The same at `to`, where ADDR_ROOM bytes are free, and without a NUL. Returns its end; of an
 * address without family `to` itself. */
char *addr_put(char *to, const struct addr *addr, enum family family);

/* The sum of its 16-bit words, as checksums have it (RFC 1071), not folded. Below 2^19. */
static inline uint32_t addr_sum(const struct addr *addr)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof addr->bytes; i += 2)
        sum += (uint32_t)(addr->bytes[i] << 8 | addr->bytes[i + 1]);
    return sum;
}

/* Asked for each row of many a list: two words of each. */
static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->bytes, sizeof x);
    memcpy(y, b->bytes, sizeof y);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/* The eight bytes from `at` (0 or 8) on as a number, which is ordered as they are. */
static inline uint64_t addr_half(const struct addr *addr, size_t at)
{
    const uint8_t *p = addr->bytes + at;
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
           (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
           (uint64_t)p[6] << 8 | p[7];
}

/* Spreads addresses over 64 bits, for a set of bits that says of most of those which are not in a
 * table that they are not. Needs no secret: addresses with one bit cost what all would without. */
static inline uint64_t addr_spread(const struct addr *addr)
{
    uint64_t halves[2];
    memcpy(halves, addr->bytes, sizeof halves);
    return hash_mix(halves[0] + 3 * halves[1]);
}

/* < 0, 0 or > 0, in network byte order. */
static inline int addr_compare(const struct addr *a, const struct addr *b)
{
    uint64_t x = addr_half(a, 0), y = addr_half(b, 0);
    if (x == y) {
        x = addr_half(a, 8);
        y = addr_half(b, 8);
    }
    return (x > y) - (x < y);
}

/* Addresses that no unicast packet is sent to (RFC 1122 3.2.1.3, RFC 4291 2.7): multicast of
 * either family and the IPv4 limited broadcast. A subnet's broadcast cannot be told. */
bool addr_is_multicast(const struct addr *addr, enum family family);

/* The unspecified address: 0.0.0.0 or ::. */
bool addr_is_unspecified(const struct addr *addr);

#endif
