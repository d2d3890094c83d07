/* RFC 8200: the header and the chain of extension headers behind it. */
#include "decode/ip.h"

struct chain {
    struct cursor *in;
    struct headers *out;
    uint8_t next;
    bool ended; /* `next` is final, whatever it is */
};

/* Takes one extension header off the chain. */
typedef enum decoded extension_decoder(struct chain *chain);

/* The form that most have (RFC 6564): next header, length in 8 bytes beyond the first 8. */
static enum decoded options_decode(struct chain *chain)
{
    uint8_t next, units;
    if (!cursor_u8(chain->in, &next) || !cursor_u8(chain->in, &units))
        return TRUNCATED;
    if (!cursor_skip(chain->in, 6 + units * 8u))
        return TRUNCATED;
    chain->next = next;
    return DECODED;
}

/* RFC 8200 4.4. */
static enum decoded routing_decode(struct chain *chain)
{
    struct cursor header = *chain->in;
    uint8_t segments_left;
    if (cursor_skip(&header, 3) && cursor_u8(&header, &segments_left) && segments_left > 0)
        chain->out->has |= HAS_ROUTE;
    return options_decode(chain);
}

/* Mobility, HIP, shim6: with nothing behind it the message is what the packet is about. */
static enum decoded message_decode(struct chain *chain)
{
    uint8_t next;
    if (cursor_peek(chain->in, &next) && next == PROTO_NONE) {
        chain->ended = true;
        return DECODED;
    }
    return options_decode(chain);
}

static bool extensions_follow(uint8_t next);

static enum decoded fragment_decode(struct chain *chain)
{
    struct headers *out = chain->out;
    const uint8_t *header;
    if (!cursor_take(chain->in, 8, &header))
        return TRUNCATED;
    uint16_t fragment = wire_u16(header + 2);
    chain->next = header[0];
    out->has |= HAS_IP_ID;
    out->ip_id = wire_u32(header + 4);
    if (!(fragment & 0xfff9)) /* atomic (RFC 6946) */
        return DECODED;
    out->has |= HAS_FRAGMENT;
    out->frag_offset = fragment & 0xfff8;
    out->more_fragments = fragment & 1;
    chain->ended = out->frag_offset != 0;
    if (!chain->ended && extensions_follow(chain->next))
        out->has |= HAS_FRAGMENT_CHAIN;
    return DECODED;
}

static enum decoded ah_decode(struct chain *chain)
{
    return ah_take(chain->in, &chain->next, &chain->ended);
}

static extension_decoder *const extensions[256] = {
    [PROTO_HOPOPT] = options_decode,    [PROTO_ROUTING] = routing_decode,
    [PROTO_FRAGMENT] = fragment_decode, [PROTO_AH] = ah_decode,
    [PROTO_DSTOPTS] = options_decode,   [PROTO_MOBILITY] = message_decode,
    [PROTO_HIP] = message_decode,       [PROTO_SHIM6] = message_decode,
};

static bool extensions_follow(uint8_t next)
{
    return extensions[next] != NULL;
}

static enum decoded chain_decode(struct chain *chain)
{
    while (!chain->ended && extensions[chain->next]) {
        enum decoded decoded = extensions[chain->next](chain);
        if (decoded != DECODED)
            return decoded;
    }
    chain->out->proto = chain->next;
    chain->out->has |= HAS_PROTO;
    return DECODED;
}

enum { OPTION_PAD1 = 0, OPTION_JUMBO = 0xc2 };

/* The jumbo payload length (RFC 2675 2) from the hop-by-hop options at `in`; 0 without one. */
static uint32_t jumbo_length(struct cursor in)
{
    uint8_t units, type, size;
    uint32_t length;
    if (!cursor_skip(&in, 1) || !cursor_u8(&in, &units))
        return 0;
    cursor_limit(&in, 6 + units * 8u);
    while (cursor_u8(&in, &type)) {
        if (type == OPTION_PAD1)
            continue;
        if (!cursor_u8(&in, &size))
            return 0;
        if (type == OPTION_JUMBO)
            return size == 4 && cursor_u32(&in, &length) ? length : 0;
        if (!cursor_skip(&in, size))
            return 0;
    }
    return 0;
}

/* Of a captured packet whose payload length is 0: a jumbogram, nothing, or a segment that was
 * captured before the network card cut it up and filled the length in. */
static uint32_t payload_length(const struct cursor *in, uint8_t next)
{
    uint32_t jumbo = next == PROTO_HOPOPT ? jumbo_length(*in) : 0;
    if (jumbo != 0 && jumbo <= UINT32_MAX - IPV6_HEADER_SIZE)
        return jumbo;
    return next == PROTO_NONE ? 0 : (uint32_t)cursor_left(in);
}

enum decoded ipv6_decode(struct cursor *in, struct headers *out, enum ip_trust trust)
{
    const uint8_t *header;
    if (!cursor_take(in, IPV6_HEADER_SIZE, &header))
        return TRUNCATED;
    ipv6_fields_set(out, header);
    uint32_t length = wire_u16(header + 4);
    if (trust == IP_CAPTURED) {
        if (length == 0)
            length = payload_length(in, header[6]);
        cursor_limit(in, length);
    }
    out->total_length = IPV6_HEADER_SIZE + length;
    const uint8_t *start = in->p;
    struct chain chain = {.in = in, .out = out, .next = header[6]};
    enum decoded decoded = chain_decode(&chain);
    out->header_length = IPV6_HEADER_SIZE + (uint32_t)(in->p - start);
    return decoded;
}
