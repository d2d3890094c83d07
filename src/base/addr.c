#include "base/addr.h"

#include <arpa/inet.h>
#include <string.h>

struct addr addr_from_ipv4(const uint8_t *p)
{
    struct addr addr = {{0}};
    memcpy(addr.bytes, p, 4);
    return addr;
}

struct addr addr_from_ipv6(const uint8_t *p)
{
    struct addr addr;
    memcpy(addr.bytes, p, 16);
    return addr;
}

const char *addr_format(struct addr addr, enum family family, char *buf, size_t size)
{
    if (size > 0)
        buf[0] = '\0';
    if (family != FAMILY_NONE)
        inet_ntop(family == FAMILY_IPV4 ? AF_INET : AF_INET6, addr.bytes, buf, (socklen_t)size);
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
