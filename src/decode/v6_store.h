/* Lists and texts of an ICMPv6 message, copied into the stores of its struct icmp_v6. What exceeds
 * them is left out, and counted in the slice. */
#ifndef ICMPSCOPE_DECODE_V6_STORE_H
#define ICMPSCOPE_DECODE_V6_STORE_H

#include "decode/extent.h"
#include "decode/icmp_v6.h"

/* The first `most` bytes. */
struct slice v6_store_bytes(struct icmp_v6 *v6, struct extent from, uint32_t most);

/* IPv6 addresses, 16 bytes each, up to V6_ENTRIES_MAX of them; a rest is left out. */
struct slice v6_store_addresses(struct icmp_v6 *v6, struct extent from);

/* Adds one more address behind those of `slice`, which is the last that was stored. */
void v6_store_address(struct icmp_v6 *v6, struct slice *slice, struct addr addr);

/* Up to `most` names in DNS wire format, uncompressed (RFC 1035 3.1), as text: labels with dots
 * between them, bytes that are no plain character as \DDD (5.1). Ends at a label that is none, or
 * at a name of more than 255 bytes; names of no labels are padding. */
struct slice v6_store_names(struct icmp_v6 *v6, struct extent from, uint16_t most);

#endif
