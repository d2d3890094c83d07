#include "base/addr.h"

#include <string.h>

/* inet_ntop() costs several times as much, and how it writes mapped addresses is up to each system.
 */
static char *decimal_put(char *to, unsigned value)
{
    if (value >= 100)
        *to++ = (char)('0' + value / 100);
    if (value >= 10)
        *to++ = (char)('0' + value / 10 % 10);
    *to++ = (char)('0' + value % 10);
    return to;
}

static char *ipv4_put(char *to, const uint8_t bytes[4])
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *to++ = '.';
        to = decimal_put(to, bytes[i]);
    }
    return to;
}

static char *hex_put(char *to, unsigned value)
{
    static const char digits[] = "0123456789abcdef";
    for (int shift = 12; shift >= 0; shift -= 4)
        if (shift == 0 || value >> shift != 0)
            *to++ = digits[value >> shift & 15];
    return to;
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

const char *addr_format(struct addr addr, enum family family, char *buf, size_t size)
{
    char *end = buf;
    if (size < ADDR_TEXT_SIZE) {
        if (size > 0)
            *buf = '\0';
        return buf;
    }
    if (family == FAMILY_IPV4)
        end = ipv4_put(buf, addr.bytes);
    else if (family == FAMILY_IPV6)
        end = ipv6_put(buf, addr.bytes);
    *end = '\0';
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
    return addr_compare(addr, &zero) == 0;
}
