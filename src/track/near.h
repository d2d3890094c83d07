/* Whether a capture was made where a sender's packets begin. */
#ifndef ICMPSCOPE_TRACK_NEAR_H
#define ICMPSCOPE_TRACK_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a packet with this TTL, or hop limit, has passed no router: systems begin with 64, 128 or
 * 255, some with 32. What is sent to its sender then reaches that, or a filter in it; of a packet
 * that has come a way the capture cannot tell. */
static inline bool near_ttl(uint8_t ttl)
{
    static const uint8_t first[] = {32, 64, 128, 255};
    for (size_t i = 0; i < sizeof first; i++)
        if (ttl == first[i])
            return true;
    return false;
}

#endif
