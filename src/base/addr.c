#include "base/addr.h"

#include <string.h>

#include "base/digits.h"

/* inet_ntop() costs several times as much, and how it writes mapped addresses is up to each system.
 * Neither number nor group is written digit by digit: all that it may have are made at once, and
 * what leads is left out, so that no branch hangs on how long it is. */

/* The digits of a number below 256, the first one in the lowest byte, and above them how many. */
#define DIGITS_1(n) (UINT32_C(1) << 24 | ('0' + (n)))
#define DIGITS_2(n) (UINT32_C(2) << 24 | ('0' + (n) % 10) << 8 | ('0' + (n) / 10))
#define DIGITS_3(n)                                                                                \
    (UINT32_C(3) << 24 | ('0' + (n) % 10) << 16 | ('0' + (n) / 10 % 10) << 8 | ('0' + (n) / 100))
#define DIGITS(n)    ((n) < 10 ? DIGITS_1(n) : (n) < 100 ? DIGITS_2(n) : DIGITS_3(n))
#define DIGITS_4(n)  DIGITS(n), DIGITS((n) + 1), DIGITS((n) + 2), DIGITS((n) + 3)
#define DIGITS_16(n) DIGITS_4(n), DIGITS_4((n) + 4), DIGITS_4((n) + 8), DIGITS_4((n) + 12)
#define DIGITS_64(n) DIGITS_16(n), DIGITS_16((n) + 16), DIGITS_16((n) + 32), DIGITS_16((n) + 48)

static const uint32_t numbers[256] = {DIGITS_64(0), DIGITS_64(64), DIGITS_64(128), DIGITS_64(192)};

/* A number, and `after` behind it. Writes over four bytes. */
static char *decimal_put(char *to, uint8_t value, char after)
{
    digits_store_four(to, numbers[value]);
    to += numbers[value] >> 24;
    *to = after;
    return to + 1;
}

static char *ipv4_put(char *to, const uint8_t bytes[4])
{
    to = decimal_put(to, bytes[0], '.');
    to = decimal_put(to, bytes[1], '.');
    to = decimal_put(to, bytes[2], '.');
    return decimal_put(to, bytes[3], '\0') - 1;
}

/* A 16-bit group without leading zeros. Writes over four bytes. */
static char *hex_put(char *to, unsigned value)
{
    unsigned zeros = (value < 0x10) + (value < 0x100) + (value < 0x1000);
    uint32_t nibbles =
        value >> 12 | (value >> 8 & 15) << 8 | (value >> 4 & 15) << 16 | (value & 15) << 24;
    uint32_t letters = (nibbles + 0x06060606) >> 4 & 0x01010101; /* from 10 up */
    digits_store_four(to, (nibbles + 0x30303030 + letters * ('a' - '0' - 10)) >> 8 * zeros);
    return to + 4 - zeros;
}

/* A run of 16-bit groups that are zero: RFC 5952 4.2, the first of the longest ones, of two or
 * more, is shortened. */
struct zero_run {
    int start, length;
};

static struct zero_run zero_run_find(const uint16_t groups[8])
{
    struct zero_run best = {-1, 1};
    for (int i = 0, length = 0; i < 8; i++) {
        length = groups[i] == 0 ? length + 1 : 0;
        if (length > best.length)
            best = (struct zero_run){i + 1 - length, length};
    }
    return best;
}

static char *ipv6_groups_put(char *to, const uint16_t groups[8], struct zero_run run, int count)
{
    for (int i = 0; i < count; i++) {
        if (i == run.start) {
            *to++ = ':';
            *to++ = ':';
            i += run.length - 1;
            continue;
        }
        if (i > 0 && i != run.start + run.length)
            *to++ = ':';
        to = hex_put(to, groups[i]);
    }
    return to;
}

/* RFC 5952 5: the last 32 bits of mapped addresses (::ffff:192.0.2.1) are written as IPv4, and, as
 * inet_ntop() of the usual systems does, of the old compatible ones (::192.0.2.1). Other tools'
 * records are joined on these texts. */
static bool ipv6_embeds_ipv4(const uint16_t groups[8], struct zero_run run)
{
    return run.start == 0 && (run.length == 6 || (run.length == 5 && groups[5] == 0xffff));
}

static char *ipv6_put(char *to, const uint8_t bytes[16])
{
    uint16_t groups[8];
    for (int i = 0; i < 8; i++)
        groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    struct zero_run run = zero_run_find(groups);
    if (!ipv6_embeds_ipv4(groups, run))
        return ipv6_groups_put(to, groups, run, 8);

    to = ipv6_groups_put(to, groups, run, 6);
    if (to[-1] != ':')
        *to++ = ':';
    return ipv4_put(to, bytes + 12);
}

char *addr_put(char *to, const struct addr *addr, enum family family)
{
    if (family == FAMILY_IPV4)
        return ipv4_put(to, addr->bytes);
    return family == FAMILY_IPV6 ? ipv6_put(to, addr->bytes) : to;
}

const char *addr_format(struct addr addr, enum family family, char *buf, size_t size)
{
    char text[ADDR_ROOM], *end = addr_put(text, &addr, family);
    size_t length = size < ADDR_TEXT_SIZE ? 0 : (size_t)(end - text);
    if (size == 0)
        return buf;
    memcpy(buf, text, length);
    buf[length] = '\0';
    return buf;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool addr_is_multicast(const struct addr *addr, enum family family)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    if (family == FAMILY_IPV6)
        return addr->bytes[0] == 0xff;
    if (family == FAMILY_IPV4)
        return (addr->bytes[0] & 0xf0) == 0xe0 || memcmp(addr->bytes, broadcast, 4) == 0;
    return false;
}

bool addr_is_unspecified(const struct addr *addr)
{
    static const struct addr zero;
    return addr_equal(addr, &zero);
}
