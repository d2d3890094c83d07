/* Who is on a link, and at which MAC address: learned from ARP and Neighbor Discovery. */
#ifndef ICMPSCOPE_TRACK_LINK_NEIGHBORS_H
#define ICMPSCOPE_TRACK_LINK_NEIGHBORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cache.h"
#include "decode/packet.h"

enum { LINK_NEIGHBORS_MAX = 16384 };

/* RFC 4861 4 */
enum nd_type {
    ND_ROUTER_SOLICITATION = 133,
    ND_ROUTER_ADVERTISEMENT,
    ND_NEIGHBOR_SOLICITATION,
    ND_NEIGHBOR_ADVERTISEMENT,
    ND_REDIRECT,
};

enum { ND_HOP_LIMIT = 255 }; /* of a message that was not forwarded */

struct link_neighbors {
    struct cache cache; /* link, family and address → MAC address */
};

void link_neighbors_init(struct link_neighbors *neighbors, const uint64_t seed[2]);
void link_neighbors_fini(struct link_neighbors *neighbors);

/* Returns the bytes that it may take then. */
size_t link_neighbors_limit(struct link_neighbors *neighbors, double part);

/* What a packet of ARP, or a valid one of Neighbor Discovery, says. Others say nothing. */
void link_neighbors_learn(struct link_neighbors *neighbors, const struct packet *packet);

/* MAC_SIZE bytes, or NULL where the address was not seen on the link. Good until more is learned.
 */
const uint8_t *link_neighbors_get(const struct link_neighbors *neighbors, uint32_t link,
                                  const struct addr *addr, enum family family);

/* The link that a packet came by: its capture and interface there, VLANs and tunnels. */
uint32_t link_of(const struct packet *packet);

/* Of a message of Neighbor Discovery: the MAC address in its option of this type, or NULL. */
const uint8_t *link_option_mac(const struct packet *packet, uint8_t type);

/* Whether hosts heed the hop limit, code and length of a message of Neighbor Discovery (RFC 4861
 * 6.1, 7.1, 8.1); false of all other messages. */
bool link_is_valid_discovery(const struct packet *packet);

/* Of several routers together (VRRP, CARP, HSRP, GLBP): what one of them sends may come from
 * another MAC address than this, to which hosts send. */
bool link_mac_is_shared(const uint8_t *mac);

/* Link-local of IPv6 (RFC 4291 2.5.6). */
static inline bool link_addr_is_local(const struct addr *addr)
{
    return addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* ff:ff:ff:ff:ff:ff among them. */
static inline bool link_mac_is_group(const uint8_t *mac)
{
    return (mac[0] & 1) != 0;
}

static inline bool link_mac_equal(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, MAC_SIZE) == 0;
}

#endif
