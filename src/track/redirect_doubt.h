/* Reasons not to obey a redirect. */
#ifndef ICMPSCOPE_TRACK_REDIRECT_DOUBT_H
#define ICMPSCOPE_TRACK_REDIRECT_DOUBT_H

#include <stdint.h>

#include "track/redirect.h"

/* Of `redirect`, of which `packet` is one more sight: 1 << enum redirect_reason each. RFC 1122
 * 3.2.2.2, RFC 4861 8.1. */
uint32_t redirect_doubts(const struct redirects *redirects, const struct redirect *redirect,
                         const struct packet *packet);

/* Whether a mask that was told for the network of host or reporter says that the gateway is on it.
 */
bool redirect_is_on_subnet(const struct redirects *redirects, const struct redirect *redirect);

/* Reasons that are sure. */
static inline uint32_t redirect_sure(uint32_t reasons)
{
    return reasons & ~(1u << REDIRECT_GATEWAY_ELSEWHERE);
}

/* The key of redirects.masks. */
struct redirect_mask_key {
    uint32_t link;
    uint8_t host[4];
};

#endif
