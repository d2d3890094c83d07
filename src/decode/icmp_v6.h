/* What ICMPv6 messages hold beyond what both families have in common: see decode/icmp.h. */
#ifndef ICMPSCOPE_DECODE_ICMP_V6_H
#define ICMPSCOPE_DECODE_ICMP_V6_H

#include <stdint.h>

/* Which members of struct icmp_v6 the message held. */
enum icmp_v6_has {
    ICMP_V6_HAS_NOTHING = 0,
};

struct icmp_v6 {
    uint32_t has; /* enum icmp_v6_has */
};

#endif
