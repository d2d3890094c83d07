/* Numbers of Ethernet that more than one file knows. */
#ifndef ICMPSCOPE_DECODE_ETHER_H
#define ICMPSCOPE_DECODE_ETHER_H

enum {
    LINKTYPE_ETHERNET = 1,
    MACS_SIZE = 12, /* destination and source */
    ETHERNET_SIZE = MACS_SIZE + 2,
    ETHERTYPE_MIN = 0x0600, /* below, the field is a length */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
};

#endif
