/* The flags of GRE (RFC 2784, 2890, 1701; version 1: RFC 2637). */
#ifndef ICMPSCOPE_DECODE_GRE_H
#define ICMPSCOPE_DECODE_GRE_H

enum gre_flags {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000, /* RFC 1701, long gone */
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGEMENT = 0x0080, /* version 1 */
    GRE_VERSION = 0x0007,
};

#endif
