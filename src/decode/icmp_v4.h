/* What ICMPv4 messages hold beyond what both families have in common: see decode/icmp.h. */
#ifndef ICMPSCOPE_DECODE_ICMP_V4_H
#define ICMPSCOPE_DECODE_ICMP_V4_H

#include <stdint.h>

/* Which members of struct icmp_v4 the message held. */
enum icmp_v4_has {
    ICMP_V4_HAS_NOTHING = 0,
};

struct icmp_v4 {
    uint32_t has; /* enum icmp_v4_has */
};

#endif
