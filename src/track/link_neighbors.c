#include "track/link_neighbors.h"

#include <string.h>

#include "decode/icmp.h"

struct neighbor_key {
    uint32_t link;
    uint32_t family;
    struct addr addr;
};

struct neighbor {
    uint8_t mac[MAC_SIZE];
};

static struct cache_config neighbors_config(const uint64_t seed[2])
{
    return (struct cache_config){.key_size = sizeof(struct neighbor_key),
                                 .value_size = sizeof(struct neighbor),
                                 .max = LINK_NEIGHBORS_MAX,
                                 .seed = {seed[0], seed[1]}};
}

void link_neighbors_init(struct link_neighbors *neighbors, const uint64_t seed[2])
{
    const struct cache_config config = neighbors_config(seed);
    cache_init(&neighbors->cache, &config);
}

void link_neighbors_fini(struct link_neighbors *neighbors)
{
    cache_fini(&neighbors->cache);
}

size_t link_neighbors_limit(struct link_neighbors *neighbors, double part)
{
    cache_limit(&neighbors->cache, (size_t)(part * LINK_NEIGHBORS_MAX));
    return cache_memory(&neighbors->cache.config);
}

uint32_t link_of(const struct packet *packet)
{
    return context_mix(context_mix(packet->context, packet->capture), packet->interface);
}

bool link_mac_is_shared(const uint8_t *mac)
{
    static const struct {
        uint8_t size, bytes[MAC_SIZE - 1];
    } shared[] = {
        {5, {0x00, 0x00, 0x5e, 0x00, 0x01}}, /* VRRP of IPv4 (RFC 9568 7.3), CARP */
        {5, {0x00, 0x00, 0x5e, 0x00, 0x02}}, /* VRRP of IPv6 */
        {5, {0x00, 0x00, 0x0c, 0x07, 0xac}}, /* HSRP (RFC 2281 5.3) */
        {4, {0x00, 0x00, 0x0c, 0x9f}},       /* … version 2 */
        {4, {0x00, 0x05, 0x73, 0xa0}},       /* … of IPv6 */
        {3, {0x00, 0x07, 0xb4}},             /* GLBP */
    };
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (memcmp(mac, shared[i].bytes, shared[i].size) == 0)
            return true;
    return false;
}

const uint8_t *link_option_mac(const struct packet *packet, uint8_t type)
{
    const struct icmp_v6 *v6 = &packet->icmp->body.v6;
    if ((v6->has & ICMP_V6_HAS_OPTIONS) == 0)
        return NULL;
    for (size_t i = 0; i < v6->entries_kept; i++) {
        const struct nd_option *option = &v6->list.options[i];
        if (option->type == type && option->decoded && option->of.data.bytes.kept == MAC_SIZE)
            return v6->bytes + option->of.data.bytes.at;
    }
    return NULL;
}

bool link_is_valid_discovery(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp != NULL && icmp->family == FAMILY_IPV6 && icmp->type >= ND_ROUTER_SOLICITATION &&
           icmp->type <= ND_REDIRECT && packet->ip.ttl == ND_HOP_LIMIT && icmp->code == 0 &&
           icmp->checksum != CHECKSUM_BAD && icmp->body.v6.entries_fault == ENTRIES_FINE &&
           (packet->ip.has & (HAS_FRAGMENT | HAS_IP_ID)) == 0;
}

static void neighbor_set(struct link_neighbors *neighbors, uint32_t link, enum family family,
                         struct addr addr, const uint8_t *mac)
{
    const struct neighbor_key key = {link, (uint32_t)family, addr};
    if (mac == NULL || link_mac_is_group(mac) || addr_is_unspecified(&addr))
        return;
    struct neighbor *neighbor = cache_add(&neighbors->cache, &key, NULL);
    if (neighbor != NULL)
        memcpy(neighbor->mac, mac, MAC_SIZE);
}

/* The option is what hosts go by; the frame may be another's, who sends for it. */
static void discovery_learn(struct link_neighbors *neighbors, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    bool answers = icmp->type == ND_NEIGHBOR_ADVERTISEMENT;
    const uint8_t *mac =
        link_option_mac(packet, answers ? ND_TARGET_LINK_ADDRESS : ND_SOURCE_LINK_ADDRESS);
    if (mac == NULL && (packet->mac_has & MAC_HAS_SRC) != 0)
        mac = packet->macs + MAC_SRC;
    if (answers && (icmp->has & ICMP_HAS_TARGET) != 0)
        neighbor_set(neighbors, link_of(packet), FAMILY_IPV6, icmp->target, mac);
    else if (icmp->type != ND_REDIRECT)
        neighbor_set(neighbors, link_of(packet), FAMILY_IPV6, packet->ip.src, mac);
}

void link_neighbors_learn(struct link_neighbors *neighbors, const struct packet *packet)
{
    const struct arp *arp = packet->arp;
    if (arp != NULL)
        neighbor_set(neighbors, link_of(packet), FAMILY_IPV4, arp->sender, arp->sender_mac);
    else if (link_is_valid_discovery(packet))
        discovery_learn(neighbors, packet);
}

const uint8_t *link_neighbors_get(const struct link_neighbors *neighbors, uint32_t link,
                                  const struct addr *addr, enum family family)
{
    const struct neighbor_key key = {link, (uint32_t)family, *addr};
    const struct neighbor *neighbor = cache_get(&neighbors->cache, &key);
    return neighbor != NULL ? neighbor->mac : NULL;
}
