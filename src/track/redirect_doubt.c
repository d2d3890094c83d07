#include "track/redirect_doubt.h"

#include <string.h>

static uint32_t ipv4_word(const struct addr *addr)
{
    return (uint32_t)addr->bytes[0] << 24 | (uint32_t)addr->bytes[1] << 16 |
           (uint32_t)addr->bytes[2] << 8 | addr->bytes[3];
}

static bool is_unicast(const struct addr *addr, enum family family)
{
    bool loopback = family == FAMILY_IPV4 && (addr->bytes[0] == 127 || addr->bytes[0] == 0);
    return !addr_is_multicast(addr, family) && !addr_is_unspecified(addr) && !loopback;
}

/* ---- the new gateway, IPv4 ------------------------------------------------------------------- */

static bool mask_get(const struct redirects *redirects, uint32_t link, const struct addr *host,
                     uint32_t *mask)
{
    struct redirect_mask_key key = {.link = link};
    memcpy(key.host, host->bytes, sizeof key.host);
    const uint32_t *known = map_get(&redirects->masks, &key);
    if (known != NULL)
        *mask = *known;
    return known != NULL;
}

static bool subnet_mask_get(const struct redirects *redirects, const struct redirect *redirect,
                            uint32_t *mask)
{
    return mask_get(redirects, redirect->link, &redirect->story.src, mask) ||
           mask_get(redirects, redirect->link, &redirect->reporter, mask);
}

static uint32_t differ(const struct redirect *redirect)
{
    return ipv4_word(&redirect->gateway) ^ ipv4_word(&redirect->story.src);
}

bool redirect_is_on_subnet(const struct redirects *redirects, const struct redirect *redirect)
{
    uint32_t mask;
    return redirect->story.family == FAMILY_IPV4 && subnet_mask_get(redirects, redirect, &mask) &&
           (differ(redirect) & mask) == 0;
}

/* Who answers ARP is on the link, whatever masks say. */
static uint32_t subnet_doubts(const struct redirects *redirects, const struct redirect *redirect)
{
    const uint32_t large = 0xffff0000; /* networks of 65,536 addresses are rare enough */
    uint32_t mask;
    if (link_neighbors_get(&redirects->neighbors, redirect->link, &redirect->gateway,
                           FAMILY_IPV4) != NULL)
        return 0;
    if (subnet_mask_get(redirects, redirect, &mask))
        return (differ(redirect) & mask) != 0 ? 1u << REDIRECT_GATEWAY_NOT_ON_SUBNET : 0;
    return (differ(redirect) & large) != 0 ? 1u << REDIRECT_GATEWAY_ELSEWHERE : 0;
}

static uint32_t gateway_doubts(const struct redirects *redirects, const struct redirect *redirect)
{
    enum family family = (enum family)redirect->story.family;
    const struct addr *gateway = &redirect->gateway;
    if (!is_unicast(gateway, family))
        return 1u << REDIRECT_GATEWAY_NOT_UNICAST;
    uint32_t reasons = 0;
    if (addr_equal(gateway, &redirect->story.src))
        reasons |= 1u << REDIRECT_GATEWAY_IS_HOST;
    if (addr_equal(gateway, &redirect->reporter))
        reasons |= 1u << REDIRECT_GATEWAY_IS_REPORTER;
    if (reasons == 0 && family == FAMILY_IPV4)
        reasons = subnet_doubts(redirects, redirect);
    return reasons;
}

/* ---- IPv6 ------------------------------------------------------------------------------------ */

static uint32_t discovery_doubts(const struct redirect *redirect, const struct packet *packet)
{
    uint32_t reasons = 0;
    if (packet->ip.ttl != ND_HOP_LIMIT)
        reasons |= 1u << REDIRECT_HOP_LIMIT_NOT_255;
    if (!link_addr_is_local(&packet->ip.src))
        reasons |= 1u << REDIRECT_SOURCE_NOT_LINK_LOCAL;
    if (redirect->code != 0)
        reasons |= 1u << REDIRECT_CODE_NOT_0;
    if (!link_addr_is_local(&redirect->gateway) &&
        !addr_equal(&redirect->gateway, &redirect->story.dst))
        reasons |= 1u << REDIRECT_GATEWAY_NOT_LINK_LOCAL;
    if (addr_is_multicast(&redirect->story.dst, FAMILY_IPV6))
        reasons |= 1u << REDIRECT_DESTINATION_MULTICAST;
    return reasons;
}

/* ---- who tells it ---------------------------------------------------------------------------- */

/* Of the third to last bytes, which is all that is known of it: VRRP's, CARP's and HSRP's. */
static bool tail_may_be_shared(uint16_t tail)
{
    uint8_t bytes[sizeof tail];
    memcpy(bytes, &tail, sizeof tail);
    return bytes[0] == 0x01 || bytes[0] == 0x02 || bytes[0] == 0xac;
}

/* Where all frames bear the same addresses, they say nothing: such captures are made by programs.
 */
static bool is_another_router(const struct redirect *redirect)
{
    uint16_t old = redirect->old_tail;
    return old != 0 && old != packet_mac_tail(redirect->reporter_mac) &&
           old != packet_mac_tail(redirect->host_mac) && !tail_may_be_shared(old);
}

static uint32_t reporter_doubts(const struct redirects *redirects, const struct redirect *redirect)
{
    uint32_t reasons = 0;
    if (!redirect->has_macs)
        return 0;
    if (is_another_router(redirect))
        reasons |= 1u << REDIRECT_REPORTER_NOT_GATEWAY;
    const uint8_t *known =
        link_neighbors_get(&redirects->neighbors, redirect->link, &redirect->reporter,
                           (enum family)redirect->story.family);
    if (known != NULL && !link_mac_equal(known, redirect->reporter_mac) &&
        !link_mac_equal(known, redirect->host_mac) && !link_mac_is_shared(known))
        reasons |= 1u << REDIRECT_REPORTER_MAC_DIFFERS;
    return reasons;
}

uint32_t redirect_doubts(const struct redirects *redirects, const struct redirect *redirect,
                         const struct packet *packet)
{
    uint32_t reasons = gateway_doubts(redirects, redirect) | reporter_doubts(redirects, redirect);
    if (redirect->story.family == FAMILY_IPV6)
        reasons |= discovery_doubts(redirect, packet);
    return reasons;
}
