/* What the files that read IP headers share. */
#ifndef ICMPSCOPE_DECODE_IP_H
#define ICMPSCOPE_DECODE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/cursor.h"
#include "decode/headers.h"
#include "decode/packet.h"

enum { IPV4_HEADER_SIZE = 20, IPV6_HEADER_SIZE = 40, AH_SIZE = 12 };

enum { DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000, OFFSET_MASK = 0x1fff };

/* All members of a fixed header but header_length. */
static inline void ipv4_fields_set(struct headers *out, const uint8_t *header)
{
    uint16_t fragment = wire_u16(header + 6);
    out->has = HAS_IP | HAS_IP_ID | HAS_PROTO;
    if (fragment & (MORE_FRAGMENTS | OFFSET_MASK))
        out->has |= HAS_FRAGMENT;
    out->family = FAMILY_IPV4;
    out->tos = header[1];
    out->total_length = wire_u16(header + 2);
    out->ip_id = wire_u16(header + 4);
    out->df = fragment & DONT_FRAGMENT;
    out->more_fragments = fragment & MORE_FRAGMENTS;
    out->frag_offset = (fragment & OFFSET_MASK) * 8u;
    out->ttl = header[8];
    out->proto = header[9];
    out->src = addr_from_ipv4(header + 12);
    out->dst = addr_from_ipv4(header + 16);
}

/* All members of a fixed header but the lengths and the protocol. */
static inline void ipv6_fields_set(struct headers *out, const uint8_t *header)
{
    uint32_t first = wire_u32(header);
    out->has = HAS_IP | HAS_FLOW_LABEL;
    out->family = FAMILY_IPV6;
    out->tos = first >> 20 & 0xff;
    out->flow_label = first & 0xfffff;
    out->ttl = header[7];
    out->df = out->more_fragments = false;
    out->frag_offset = 0;
    out->src = addr_from_ipv6(header + 8);
    out->dst = addr_from_ipv6(header + 24);
}

/* As ip_decode(), which calls them: the version is right, and out->has is 0. */
enum decoded ipv4_decode(struct cursor *in, struct headers *out, enum ip_trust trust);
enum decoded ipv6_decode(struct cursor *in, struct headers *out, enum ip_trust trust);

/* Takes an authentication header (RFC 4302 2) off `in`, and what follows it into `proto`. Leaves
 * both alone, and says so in `ended`, where the bytes end inside it. */
enum decoded ah_take(struct cursor *in, uint8_t *proto, bool *ended);

#endif
