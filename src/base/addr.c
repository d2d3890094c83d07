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

/* Two hexadecimal digits of a number below 256, the first one in the lowest byte. */
#define HEX_1(n)  ((n) < 10 ? '0' + (n) : 'a' - 10 + (n))
#define HEX(n)    (HEX_1((n) % 16) << 8 | HEX_1((n) / 16))
#define HEX_4(n)  HEX(n), HEX((n) + 1), HEX((n) + 2), HEX((n) + 3)
#define HEX_16(n) HEX_4(n), HEX_4((n) + 4), HEX_4((n) + 8), HEX_4((n) + 12)
#define HEX_64(n) HEX_16(n), HEX_16((n) + 16), HEX_16((n) + 32), HEX_16((n) + 48)

static const uint16_t hex_pairs[256] = {HEX_64(0), HEX_64(64), HEX_64(128), HEX_64(192)};

/* A 16-bit group without leading zeros. Writes over four bytes. */
static char *hex_put(char *to, unsigned value)
{
    unsigned zeros = (value < 0x10) + (value < 0x100) + (value < 0x1000);
    uint32_t digits = hex_pairs[value >> 8] | (uint32_t)hex_pairs[value & 255] << 16;
    digits_store_four(to, digits >> 8 * zeros);
    return to + 4 - zeros;
}

/* A run of 16-bit groups that are zero: RFC 5952 4.2, the first of the longest ones, of two or
 * more, is shortened. */
struct zero_run {
    int start, length;
};

/* A bit for each of the four groups in `half`, the first of them the lowest: whether it is zero. */
static unsigned zero_groups(uint64_t half)
{
    const uint64_t low = UINT64_C(0x7fff7fff7fff7fff);
    const uint64_t bits = ~(((half & low) + low) | half | low) >> 15;
    return bits * UINT64_C(0x0008000400020001) >> 48 & 15;
}

static struct zero_run zero_run_find(const uint64_t halves[2])
{
    const unsigned zeros = zero_groups(halves[0]) | zero_groups(halves[1]) << 4;
    unsigned longest = 0;
    struct zero_run run = {0, 0};
    /* Bits of `runs`: groups from which on one more than `run.length` are zero. */
    for (unsigned runs = zeros; runs != 0; runs &= runs >> 1, run.length++)
        longest = runs;
    if (run.length < 2)
        return (struct zero_run){-1, 1};
    while ((longest >> run.start & 1) == 0)
        run.start++;
    return run;
}

static unsigned group_at(const uint64_t halves[2], int i)
{
    return (unsigned)(halves[i / 4] >> (3 - i % 4) * 16) & 0xffff;
}

/* Groups from `from` to before `before`, with colons between them. */
static char *groups_put(char *to, const uint64_t halves[2], int from, int before)
{
    if (from >= before)
        return to;
    for (int i = from; i < before; i++) {
        to = hex_put(to, group_at(halves, i));
        *to++ = ':';
    }
    return to - 1;
}

static char *ipv6_groups_put(char *to, const uint64_t halves[2], struct zero_run run, int count)
{
    if (run.start < 0)
        return groups_put(to, halves, 0, count);
    to = groups_put(to, halves, 0, run.start);
    *to++ = ':';
    *to++ = ':';
    return groups_put(to, halves, run.start + run.length, count);
}

/* RFC 5952 5: the last 32 bits of mapped addresses (::ffff:192.0.2.1) are written as IPv4, and, as
 * inet_ntop() of the usual systems does, of the old compatible ones (::192.0.2.1). Other tools'
 * records are joined on these texts. */
static bool ipv6_embeds_ipv4(const uint64_t halves[2], struct zero_run run)
{
    return run.start == 0 &&
           (run.length == 6 || (run.length == 5 && group_at(halves, 5) == 0xffff));
}

static char *ipv6_put(char *to, const struct addr *addr)
{
    const uint64_t halves[2] = {addr_half(addr, 0), addr_half(addr, 8)};
    const struct zero_run run = zero_run_find(halves);
    if (!ipv6_embeds_ipv4(halves, run))
        return ipv6_groups_put(to, halves, run, 8);

    to = ipv6_groups_put(to, halves, run, 6);
    if (to[-1] != ':')
        *to++ = ':';
    return ipv4_put(to, addr->bytes + 12);
}

char *addr_put(char *to, const struct addr *addr, enum family family)
{
    if (family == FAMILY_IPV4)
        return ipv4_put(to, addr->bytes);
    return family == FAMILY_IPV6 ? ipv6_put(to, addr) : to;
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
