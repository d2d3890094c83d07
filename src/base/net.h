/* IP networks: an address and how many of its bits count. */
#ifndef ICMPSCOPE_BASE_NET_H
#define ICMPSCOPE_BASE_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

struct net {
    struct addr addr;
    uint8_t family; /* enum family */
    uint8_t bits;
};

/* "192.0.2.0/24", "2001:db8::/32", or an address alone, of which all bits count. Bits of the
 * address beyond them are cleared. -1 where it is none. */
int net_parse(struct net *net, const char *text);

bool net_contains(const struct net *net, const struct addr *addr, enum family family);

#endif
