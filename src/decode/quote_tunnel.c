#include "decode/quote_tunnel.h"

#include <string.h>

#include "decode/headers.h"
#include "decode/layer.h"

/* The layer that a quoted tunnel begins with; LAYER_NONE of all other packets. A UDP port leads on
 * only where the UDP length can be held to the IP length. */
static enum layer tunnel_layer(const struct headers *ip)
{
    if (!(ip->has & HAS_PROTO) || headers_are_later_fragment(ip))
        return LAYER_NONE;
    enum layer layer = protocol_layer(ip->proto);
    if (layer == LAYER_TRANSPORT || layer == LAYER_ICMP)
        return LAYER_NONE;
    if (layer != LAYER_UDP)
        return layer;
    const uint32_t needs = HAS_PORTS | HAS_UDP_LENGTH | HAS_PAYLOAD_LEN;
    return (ip->has & needs) == needs && udp_port_layer(ip->src_port, ip->dst_port) != LAYER_NONE
               ? LAYER_UDP
               : LAYER_NONE;
}

/* Bytes that the quoted packet had behind its IP header, as it claims. */
static uint32_t payload_wire_length(const struct quote *quote)
{
    const struct headers *ip = &quote->ip;
    uint32_t captured = (uint32_t)cursor_left(&quote->payload);
    uint32_t claimed =
        ip->total_length > ip->header_length ? ip->total_length - ip->header_length : 0;
    return claimed > captured ? claimed : captured;
}

static void inner_set(struct quote *quote, const struct packet *inner, uint8_t before)
{
    quote->inner.ip = inner->ip;
    quote->inner.context = inner->context;
    quote->inner.tunnel_count = inner->tunnel_count - before;
    memcpy(quote->inner.tunnels, inner->tunnels->list + before,
           quote->inner.tunnel_count * sizeof quote->inner.tunnels[0]);
    quote->has |= QUOTE_HAS_INNER;
}

static void tunnel_decode(const struct dissection *message, struct quote *quote, enum layer layer)
{
    /* All but the last places for tunnels count as taken: so many are not entered. */
    enum { BEFORE = TUNNEL_MAX - QUOTE_TUNNELS };
    const struct decode_config config = {.guess_tunnels = message->config->guess_tunnels};
    struct tunnels tunnels;
    struct packet inner = {
        .ip = quote->ip,
        .tunnels = &tunnels,
        .tunnel_count = BEFORE,
        .wire_length = payload_wire_length(quote),
        .cap_length = (uint32_t)cursor_left(&quote->payload),
    };
    inner.snapped = inner.cap_length < inner.wire_length;
    struct dissection d = {
        .config = &config,
        .packet = &inner,
        .in = quote->payload,
        .end = quote->payload.end,
        .next = layer,
        .tunnel_count = BEFORE,
        .context = message->packet->context,
    };
    dissection_run(&d);
    if (inner.tunnel_count > BEFORE)
        inner_set(quote, &inner, BEFORE);
}

void quote_tunnel_decode(const struct dissection *d)
{
    struct icmp *icmp = d->packet->icmp;
    if (icmp == NULL || !(icmp->has & ICMP_HAS_QUOTE))
        return;
    enum layer layer = tunnel_layer(&icmp->quote.ip);
    if (layer != LAYER_NONE)
        tunnel_decode(d, &icmp->quote, layer);
}
