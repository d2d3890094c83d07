/* The transport headers of most packets, inline for the layers and for the shortcut. */
#ifndef ICMPSCOPE_DECODE_TRANSPORT_H
#define ICMPSCOPE_DECODE_TRANSPORT_H

#include <stdint.h>

#include "decode/cursor.h"
#include "decode/packet.h"
#include "decode/tcp_options.h"

/* A header with one block of selective acknowledgements, padded. Of the same size are those with
 * time stamps, as most segments have them. `in` stands behind the checksum. */
enum { TCP_HEADER_SIZE = 20, TCP_CHECKSUM_END = 18, TCP_SACK_SIZE = 32, UDP_HEADER_SIZE = 8 };

static inline bool tcp_may_sack(const struct cursor *in, uint32_t size)
{
    enum { OPTION_SACK = 5, OPTIONS = 2, PADDED = 4 };
    return size > TCP_SACK_SIZE || (cursor_left(in) > PADDED && (in->p[OPTIONS] == OPTION_SACK ||
                                                                 in->p[PADDED] == OPTION_SACK));
}

/* What the IP length leaves behind a header of `size` bytes. That it leaves less than nothing is a
 * contradiction, but in a fragment, whose header goes on in the next. An IP length smaller than its
 * own header (in a quote: a host may have changed it) tells nothing. */
static inline enum decoded payload_settle(struct headers *out, uint32_t size)
{
    if (out->total_length < out->header_length)
        return DECODED;
    uint32_t claimed = out->total_length - out->header_length;
    if (claimed < size)
        return out->has & HAS_FRAGMENT ? DECODED : MALFORMED;
    out->payload_length = claimed - size;
    out->has |= HAS_PAYLOAD_LEN;
    return DECODED;
}

/* Protocols with ports begin with them, and their decoders find them taken. */
static inline bool ports_take(struct cursor *in, struct headers *out)
{
    const uint8_t *ports;
    if (!cursor_take(in, 4, &ports))
        return false;
    out->src_port = wire_u16(ports);
    out->dst_port = wire_u16(ports + 2);
    out->has |= HAS_PORTS;
    return true;
}

/* RFC 9293 3.1. */
static inline enum decoded tcp_decode(struct cursor *in, struct headers *out)
{
    const uint8_t *header;
    if (!cursor_u32(in, &out->tcp_seq))
        return DECODED;
    out->has |= HAS_TCP_SEQ;
    if (!cursor_take(in, 8, &header))
        return DECODED;
    out->tcp_ack = wire_u32(header);
    out->tcp_flags = header[5];
    out->tcp_window = wire_u16(header + 6);
    out->has |= HAS_TCP_FLAGS;
    uint32_t size = (header[4] >> 4) * 4u;
    if (size < TCP_HEADER_SIZE)
        return MALFORMED;
    if (cursor_u16(in, &out->tcp_checksum)) {
        out->has |= HAS_TCP_CHECKSUM;
        if (out->tcp_flags & TCP_SYN)
            tcp_syn_decode(*in, size - TCP_CHECKSUM_END, out);
        else if (size >= TCP_SACK_SIZE && tcp_may_sack(in, size))
            tcp_sack_decode(*in, size - TCP_CHECKSUM_END, out);
        cursor_skip(in, size - TCP_CHECKSUM_END);
    }
    return payload_settle(out, size);
}

/* RFC 768. A length of 0 is that of a jumbogram (RFC 2675 4). */
static inline enum decoded udp_decode(struct cursor *in, struct headers *out)
{
    const uint8_t *rest;
    if (!cursor_take(in, 4, &rest))
        return DECODED;
    out->udp_length = wire_u16(rest);
    out->udp_checksum = wire_u16(rest + 2);
    out->has |= HAS_UDP_LENGTH;
    if (out->udp_length != 0 && out->udp_length < UDP_HEADER_SIZE)
        return MALFORMED;
    return payload_settle(out, UDP_HEADER_SIZE);
}

#endif
