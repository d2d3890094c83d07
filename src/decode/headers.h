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
 * rest of `out->has`. In a later fragment HAS_PROTO is set and nothing behind it may be read. An
 * IPv6 fragment that is the whole packet (RFC 6946) has its identification and no HAS_FRAGMENT. AH
 * stays in the chain, and is the protocol where the bytes end inside it.
 * A captured total length of 0 (segmentation offload) reaches to the end of the bytes.
 * RFC 791, 8200, 2675, 4302, 6564. */
enum decoded ip_decode(struct cursor *in, struct headers *out, enum ip_trust trust);

/* Whether it is a fragment other than the first: its transport header is in another packet. */
static inline bool headers_are_later_fragment(const struct headers *headers)
{
    return (headers->has & HAS_FRAGMENT) && headers->frag_offset != 0;
}

/* Reads the transport header that `out->proto` names, as far as its bytes go, and adds its members
 * to `out`. Takes ICMP's type, code, identifier and sequence, and no more: icmp_decode() does that.
 * Does nothing in a later fragment, or for a protocol that has no row. Whatever it returns, the
 * members that could be read are set: 4 bytes of UDP give the ports. TRUNCATED where what names the
 * flow was cut off (ports, type, identifier), MALFORMED where the header contradicts itself or the
 * IP length. `in` is behind the header afterwards if that was all there.
 *
 * payload_length is what the IP length leaves behind the header: for TCP with its options, for ICMP
 * behind its first 8 bytes. RFC 9293, 768, 3828, 4340, 9260, 792, 4443, 4302, 4303, 2784, 2890. */
enum decoded transport_decode(struct cursor *in, struct headers *out);

#endif
