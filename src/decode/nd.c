/* The messages of Neighbor Discovery (RFC 4861 4). */
#include "decode/icmp_body_v6.h"
#include "decode/nd_read.h"

void icmp_v6_router_solicitation(struct extent *body, struct icmp *out)
{
    const uint8_t *reserved;
    if (extent_take(body, 4, &reserved))
        nd_options_read(*body, &out->body.v6);
}

void icmp_v6_router_advertisement(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!extent_take(body, 12, &p))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    struct nd_router *router = &v6->of.router;
    router->hop_limit = p[0];
    router->managed = p[1] & 0x80;
    router->other_config = p[1] & 0x40;
    router->home_agent = p[1] & 0x20;
    router->preference = p[1] >> 3 & 3;
    router->proxy = p[1] & 0x04;
    router->snac = p[1] & 0x02;
    router->lifetime_s = wire_u16(p + 2);
    router->reachable_ms = wire_u32(p + 4);
    router->retransmit_ms = wire_u32(p + 8);
    v6->has |= ICMP_V6_HAS_ROUTER;
    nd_options_read(*body, v6);
}

static bool take_target(struct extent *body, struct icmp *out)
{
    const uint8_t *target;
    if (!extent_take(body, 16, &target))
        return false;
    out->target = addr_from_ipv6(target);
    out->has |= ICMP_HAS_TARGET;
    return true;
}

void icmp_v6_neighbor_solicitation(struct extent *body, struct icmp *out)
{
    const uint8_t *reserved;
    if (extent_take(body, 4, &reserved) && take_target(body, out))
        nd_options_read(*body, &out->body.v6);
}

void icmp_v6_neighbor_advertisement(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!extent_take(body, 4, &p))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    v6->of.neighbor.router = p[0] & 0x80;
    v6->of.neighbor.solicited = p[0] & 0x40;
    v6->of.neighbor.override = p[0] & 0x20;
    v6->has |= ICMP_V6_HAS_NEIGHBOR;
    if (take_target(body, out))
        nd_options_read(*body, v6);
}

/* RFC 4861 4.6.3: the quote is in the first Redirected Header option, behind 6 reserved bytes. */
static void take_redirected_header(struct extent options, struct icmp *out)
{
    enum { RESERVED = 6 };
    const uint8_t *header, *reserved;
    while (extent_take(&options, 2, &header)) {
        if (header[1] == 0)
            return;
        struct extent option = extent_cut(&options, header[1] * 8u - 2);
        if (header[0] != ND_REDIRECTED_HEADER)
            continue;
        if (extent_take(&option, RESERVED, &reserved))
            icmp_body_quote(option, out);
        return;
    }
}

void icmp_v6_redirect(struct extent *body, struct icmp *out)
{
    const uint8_t *reserved, *better;
    if (!extent_take(body, 4, &reserved) || !extent_take(body, 16, &better))
        return;
    out->gateway = addr_from_ipv6(better);
    out->has |= ICMP_HAS_GATEWAY;
    if (!take_target(body, out))
        return;
    take_redirected_header(*body, out);
    nd_options_read(*body, &out->body.v6);
}
