/* ARP of IPv4 over Ethernet (RFC 826). */
#include "decode/ether.h"
#include "decode/layer.h"

enum { ARP_SIZE = 28, HARDWARE_ETHERNET = 1 };

/* What is of another kind, or cut off, tells nothing, and is no fault: it carries no IP. */
enum decoded arp_decode(struct dissection *d)
{
    const uint8_t *p;
    if (d->room == NULL || !cursor_take(&d->in, ARP_SIZE, &p))
        return DECODED;
    if (wire_u16(p) != HARDWARE_ETHERNET || wire_u16(p + 2) != ETHERTYPE_IPV4)
        return DECODED;
    if (p[4] != MAC_SIZE || p[5] != 4)
        return DECODED;
    struct arp *arp = &d->room->arp;
    arp->operation = wire_u16(p + 6);
    memcpy(arp->sender_mac, p + 8, MAC_SIZE);
    arp->sender = addr_from_ipv4(p + 14);
    arp->target = addr_from_ipv4(p + 24);
    d->packet->arp = arp;
    return DECODED;
}
