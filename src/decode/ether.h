/* Numbers of Ethernet that more than one file knows. */
#ifndef ICMPSCOPE_DECODE_ETHER_H
#define ICMPSCOPE_DECODE_ETHER_H

#include <stdint.h>
#include <string.h>

#include "decode/packet.h"

enum {
    LINKTYPE_ETHERNET = 1,
    MACS_SIZE = 12, /* destination and source */
    ETHERNET_SIZE = MACS_SIZE + 2,
    ETHERTYPE_MIN = 0x0600, /* below, the field is a length */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
};

/* From the 12 bytes that a frame of Ethernet begins with. */
static inline void packet_macs_set(struct packet *packet, const uint8_t *macs)
{
    memcpy(packet->macs, macs, sizeof packet->macs);
    packet->mac_has = MAC_HAS_DST | MAC_HAS_SRC;
}

static inline void packet_macs_clear(struct packet *packet)
{
    memset(packet->macs, 0, sizeof packet->macs);
    packet->mac_has = 0;
}

/* The other, which may have been set before, stays. */
static inline void packet_mac_set_src(struct packet *packet, const uint8_t *mac)
{
    memcpy(packet->macs + MAC_SRC, mac, MAC_SIZE);
    packet->mac_has |= MAC_HAS_SRC;
}

static inline void packet_mac_set_dst(struct packet *packet, const uint8_t *mac)
{
    memcpy(packet->macs + MAC_DST, mac, MAC_SIZE);
    packet->mac_has |= MAC_HAS_DST;
}

#endif
