/* RFC 791, and the authentication header behind it. */
#include "decode/ip.h"

/* AH is an extension header in all but name: what it protects is the protocol. */
static enum decoded ah_chain_decode(struct cursor *in, struct headers *out)
{
    const uint8_t *start = in->p;
    bool ended = false;
    if (out->has & HAS_FRAGMENT)
        out->has |= HAS_FRAGMENT_CHAIN;
    while (out->proto == PROTO_AH && !ended)
        if (ah_take(in, &out->proto, &ended) != DECODED)
            return MALFORMED;
    out->header_length += (uint32_t)(in->p - start);
    return DECODED;
}

/* `in` is behind the fixed header, before which `left` bytes were there. */
static bool captured_length_settle(struct cursor *in, struct headers *out, size_t left)
{
    if (out->total_length == 0) {
        out->total_length = (uint32_t)left;
        return true;
    }
    if (out->total_length < out->header_length) {
        out->has &= ~(uint32_t)HAS_PROTO;
        return false;
    }
    cursor_limit(in, out->total_length - IPV4_HEADER_SIZE);
    return true;
}

enum decoded ipv4_decode(struct cursor *in, struct headers *out, enum ip_trust trust)
{
    size_t left = cursor_left(in);
    const uint8_t *header;
    if (!cursor_take(in, IPV4_HEADER_SIZE, &header))
        return TRUNCATED;
    uint32_t header_length = (header[0] & 15) * 4u;
    if (header_length < IPV4_HEADER_SIZE)
        return MALFORMED;
    ipv4_fields_set(out, header);
    out->header_length = header_length;
    if (trust == IP_CAPTURED && !captured_length_settle(in, out, left))
        return MALFORMED;
    if (!cursor_skip(in, header_length - IPV4_HEADER_SIZE))
        return TRUNCATED;
    if (out->proto != PROTO_AH || out->frag_offset != 0)
        return DECODED;
    return ah_chain_decode(in, out);
}

enum decoded ah_take(struct cursor *in, uint8_t *proto, bool *ended)
{
    struct cursor rest = *in;
    uint8_t next, words;
    *ended = true;
    if (!cursor_u8(&rest, &next) || !cursor_u8(&rest, &words))
        return DECODED;
    size_t size = (words + 2u) * 4;
    if (size < AH_SIZE)
        return MALFORMED;
    if (!cursor_skip(&rest, size - 2))
        return DECODED;
    *ended = false;
    *proto = next;
    *in = rest;
    return DECODED;
}
