/* IP and transport headers → struct headers. The same code reads captured and quoted packets. */
#ifndef ICMPSCOPE_DECODE_HEADERS_H
#define ICMPSCOPE_DECODE_HEADERS_H

#include <stdbool.h>

#include "decode/cursor.h"
#include "decode/packet.h"

/* How the lengths in an IP header are taken. */
enum ip_trust {
    IP_CAPTURED, /* the total length bounds what follows: padding and trailers are not payload */
    IP_QUOTED,   /* it may have been byte-swapped or adjusted by the quoting host, and most of what
                  * it counts is not quoted: it bounds nothing, and is no error */
};

/* Reads the IP header at `in`, IPv4 with its options or IPv6 with its extension headers, by its
 * version, and leaves `in` at what `out->proto` names, bounded as `trust` says. Sets all members
 * of HAS_IP, HAS_PROTO, HAS_FRAGMENT, HAS_FLOW_LABEL, HAS_IP_ID that it reaches, and clears the
 * rest of `out->has`. In a later fragment HAS_PROTO is set and nothing behind it may be read.
 * RFC 791, 8200, 4302 (AH stays in the chain), 6564. */
enum decoded ip_decode(struct cursor *in, struct headers *out, enum ip_trust trust);

/* Reads the transport header that `out->proto` names, as far as its bytes go, and adds its members
 * to `out`. Takes ICMP's type, code, identifier and sequence, and no more: icmp_decode() does that.
 * Does nothing in a later fragment, or for a protocol that has no row. On TRUNCATED the members
 * that could be read are set: 4 bytes of UDP give the ports. */
enum decoded transport_decode(struct cursor *in, struct headers *out);

#endif
