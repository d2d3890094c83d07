/* Transport headers, and the layers that end with one. */
#include "decode/transport.h"
#include "decode/gre.h"
#include "decode/headers.h"
#include "decode/ip.h"
#include "decode/layer.h"
#include "decode/quote_tunnel.h"

typedef enum decoded transport_decoder(struct cursor *in, struct headers *out);

/* RFC 3828 3.1: coverage, which is no length, and checksum. */
static enum decoded udplite_decode(struct cursor *in, struct headers *out)
{
    const uint8_t *rest;
    if (!cursor_take(in, 4, &rest))
        return DECODED;
    out->udp_length = wire_u16(rest);
    out->udp_checksum = wire_u16(rest + 2);
    out->has |= HAS_UDPLITE;
    return payload_settle(out, 8);
}

/* RFC 4340 5.1: the data offset is what follows the ports. */
static enum decoded dccp_decode(struct cursor *in, struct headers *out)
{
    uint8_t words;
    if (!cursor_u8(in, &words))
        return DECODED;
    if (words < 3)
        return MALFORMED;
    cursor_skip(in, words * 4u - 5);
    return payload_settle(out, words * 4u);
}

/* RFC 9260 3.3.1, RFC 8260 2.1: of a first chunk with data. */
static void sctp_tsn_take(struct cursor chunk, struct headers *out)
{
    enum { DATA = 0, I_DATA = 64 };
    uint8_t type;
    if (!cursor_u8(&chunk, &type) || (type != DATA && type != I_DATA) || !cursor_skip(&chunk, 3) ||
        !cursor_u32(&chunk, &out->sctp_tsn))
        return;
    out->has |= HAS_SCTP_TSN;
}

/* RFC 9260 3.1: verification tag and checksum. */
static enum decoded sctp_decode(struct cursor *in, struct headers *out)
{
    if (!cursor_u32(in, &out->sctp_vtag))
        return DECODED;
    out->has |= HAS_SCTP_VTAG;
    if (!cursor_u32(in, &out->sctp_checksum))
        return DECODED;
    out->has |= HAS_SCTP_CHECKSUM;
    sctp_tsn_take(*in, out);
    return payload_settle(out, 12);
}

/* RFC 4303 2. Nothing of it is part of the key of a flow. */
static enum decoded esp_decode(struct cursor *in, struct headers *out)
{
    const uint8_t *header;
    if (!cursor_take(in, 8, &header))
        return DECODED;
    out->spi = wire_u32(header);
    out->spi_seq = wire_u32(header + 4);
    out->has |= HAS_ESP_SPI;
    return payload_settle(out, 8);
}

/* RFC 4302 2, of which the bytes hold too little to tell what is behind it. */
static enum decoded ah_decode(struct cursor *in, struct headers *out)
{
    const uint8_t *header;
    if (cursor_take(in, AH_SIZE, &header)) {
        out->spi = wire_u32(header + 4);
        out->spi_seq = wire_u32(header + 8);
        out->has |= HAS_ESP_SPI;
    }
    return TRUNCATED;
}

static uint32_t gre_size(uint16_t flags)
{
    static const uint16_t words[] = {GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE, GRE_ACKNOWLEDGEMENT};
    uint32_t size = 4;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        size += flags & words[i] ? 4 : 0;
    return size;
}

/* RFC 2784, 2890; version 1, of PPTP, RFC 2637 4.1. */
static enum decoded gre_fields_decode(struct cursor *in, struct headers *out)
{
    struct cursor start = *in, fields = *in;
    uint16_t flags;
    if (!cursor_u16(&fields, &flags) || !cursor_skip(&fields, flags & GRE_CHECKSUM ? 6 : 2))
        return TRUNCATED;
    bool reached = (flags & GRE_KEY) == 0;
    if (!reached && cursor_u32(&fields, &out->gre_key)) {
        reached = true;
        out->has |= HAS_GRE_KEY;
        if ((flags & GRE_VERSION) == 1)
            out->gre_key &= 0xffff;
    }
    if (reached && (flags & GRE_SEQUENCE) && cursor_u32(&fields, &out->gre_seq))
        out->has |= HAS_GRE_SEQ;
    *in = start;
    return cursor_skip(in, gre_size(flags)) ? payload_settle(out, gre_size(flags)) : TRUNCATED;
}

/* How many bytes of sequence number follow an identifier of two, by type: RFC 792, 950, 8335 (where
 * flags follow it), 4443. Types without have none. */
static const uint8_t icmp_sequence[256] = {[0] = 2,  [8] = 2,  [13] = 2, [14] = 2, [15] = 2,
                                           [16] = 2, [17] = 2, [18] = 2, [42] = 1, [43] = 1};
static const uint8_t icmpv6_sequence[256] = {[128] = 2, [129] = 2, [160] = 1, [161] = 1};

static enum decoded icmp_fields_decode(struct cursor *in, struct headers *out,
                                       const uint8_t sequence[256])
{
    const uint8_t *type, *rest;
    if (!cursor_take(in, 2, &type))
        return TRUNCATED;
    out->icmp_type = type[0];
    out->icmp_code = type[1];
    out->has |= HAS_ICMP_TYPE;
    if (!cursor_skip(in, 2) || !cursor_take(in, 4, &rest))
        return sequence[type[0]] ? TRUNCATED : DECODED;
    if (sequence[type[0]]) {
        out->icmp_id = wire_u16(rest);
        out->icmp_seq = sequence[type[0]] == 2 ? wire_u16(rest + 2) : rest[2];
        out->has |= HAS_ICMP_ID;
    }
    return payload_settle(out, 8);
}

static enum decoded icmpv4_fields_decode(struct cursor *in, struct headers *out)
{
    return icmp_fields_decode(in, out, icmp_sequence);
}

static enum decoded icmpv6_fields_decode(struct cursor *in, struct headers *out)
{
    return icmp_fields_decode(in, out, icmpv6_sequence);
}

static const struct transport {
    bool ports;
    transport_decoder *decode;
} transports[256] = {
    [PROTO_ICMP] = {false, icmpv4_fields_decode},
    [PROTO_TCP] = {true, tcp_decode},
    [PROTO_UDP] = {true, udp_decode},
    [PROTO_DCCP] = {true, dccp_decode},
    [PROTO_GRE] = {false, gre_fields_decode},
    [PROTO_ESP] = {false, esp_decode},
    [PROTO_AH] = {false, ah_decode},
    [PROTO_ICMPV6] = {false, icmpv6_fields_decode},
    [PROTO_SCTP] = {true, sctp_decode},
    [PROTO_UDPLITE] = {true, udplite_decode},
};

enum decoded transport_decode(struct cursor *in, struct headers *out)
{
    const struct transport *row = &transports[out->proto];
    if (!row->decode || headers_are_later_fragment(out))
        return DECODED;
    if (row->ports && !ports_take(in, out))
        return TRUNCATED;
    return row->decode(in, out);
}

enum decoded transport_packet_decode(struct dissection *d)
{
    return transport_decode(&d->in, &d->packet->ip);
}

/* A port leads on only where the UDP length can be held to the IP length. */
enum decoded udp_packet_decode(struct dissection *d)
{
    struct headers *udp = &d->packet->ip;
    enum decoded decoded = transport_decode(&d->in, udp);
    if (decoded != DECODED || !(udp->has & HAS_UDP_LENGTH) || udp->udp_length < 8)
        return decoded;
    enum layer layer =
        d->config->guess_tunnels ? udp_port_layer(udp->src_port, udp->dst_port) : LAYER_NONE;
    if (layer == LAYER_NONE)
        return DECODED;
    if (!(udp->has & HAS_FRAGMENT) && udp->udp_length - 8u > udp->payload_length)
        return DECODED;
    cursor_limit(&d->in, udp->udp_length - 8u);
    d->next = layer;
    return DECODED;
}

/* packet->icmp stays NULL where not even the type is there. */
static enum decoded message_decode(struct cursor in, struct packet *packet,
                                   struct decode_room *room)
{
    struct cursor message = in;
    enum decoded decoded = transport_decode(&in, &packet->ip);
    enum decoded body = icmp_decode(&message, &packet->ip, &room->icmp);
    if (body != TRUNCATED)
        packet->icmp = &room->icmp;
    return decoded != DECODED ? decoded : body;
}

/* An ICMP message ends the way, whatever it quotes. */
enum decoded icmp_packet_decode(struct dissection *d)
{
    if (d->room == NULL)
        return transport_decode(&d->in, &d->packet->ip);
    enum decoded decoded = message_decode(d->in, d->packet, d->room);
    quote_tunnel_decode(d);
    return decoded;
}
