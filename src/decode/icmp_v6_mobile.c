/* Mobility (RFC 6275, 3963, 5568, 4065) and certification paths of secured discovery (RFC 3971). */
#include "decode/icmp_body_v6.h"
#include "decode/nd_read.h"
#include "decode/v6_store.h"

/* The identifier and 16 bits more, at `p`. */
static bool take_identifier(struct extent *body, struct icmp *out, const uint8_t **p)
{
    if (!extent_take(body, 4, p))
        return false;
    out->body.v6.of.mobile.identifier = wire_u16(*p);
    out->body.v6.has |= ICMP_V6_HAS_IDENTIFIER;
    return true;
}

static bool take_mobile_router(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!take_identifier(body, out, &p))
        return false;
    out->body.v6.of.mobile.mobile_router = p[2] & 0x80;
    out->body.v6.has |= ICMP_V6_HAS_MOBILE_ROUTER;
    return true;
}

void icmp_v6_home_agents_request(struct extent *body, struct icmp *out)
{
    take_mobile_router(body, out);
}

void icmp_v6_home_agents(struct extent *body, struct icmp *out)
{
    struct icmp_v6 *v6 = &out->body.v6;
    if (!take_mobile_router(body, out))
        return;
    v6->of.mobile.addresses = v6_store_addresses(v6, *body);
    v6->has |= ICMP_V6_HAS_ADDRESSES;
}

void icmp_v6_prefix_solicitation(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (take_identifier(body, out, &p))
        nd_options_read(*body, &out->body.v6);
}

void icmp_v6_prefix_advertisement(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!take_identifier(body, out, &p))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    v6->of.mobile.managed = p[2] & 0x80;
    v6->of.mobile.other_config = p[2] & 0x40;
    v6->has |= ICMP_V6_HAS_MOBILE_FLAGS;
    nd_options_read(*body, v6);
}

void icmp_v6_path_solicitation(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (!take_identifier(body, out, &p))
        return;
    out->body.v6.of.mobile.component = wire_u16(p + 2);
    out->body.v6.has |= ICMP_V6_HAS_COMPONENT;
    nd_options_read(*body, &out->body.v6);
}

void icmp_v6_path_advertisement(struct extent *body, struct icmp *out)
{
    const uint8_t *p, *component;
    if (!take_identifier(body, out, &p))
        return;
    struct icmp_v6 *v6 = &out->body.v6;
    v6->of.mobile.components = wire_u16(p + 2);
    v6->has |= ICMP_V6_HAS_COMPONENTS;
    if (!extent_take(body, 4, &component))
        return;
    v6->of.mobile.component = wire_u16(component);
    v6->has |= ICMP_V6_HAS_COMPONENT;
    nd_options_read(*body, v6);
}

static bool take_subtype(struct extent *body, struct icmp_v6 *v6, const uint8_t **p)
{
    if (!extent_take(body, 4, p))
        return false;
    v6->of.mobile.subtype = (*p)[0];
    v6->has |= ICMP_V6_HAS_SUBTYPE;
    return true;
}

void icmp_v6_mobility_experiment(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    if (take_subtype(body, &out->body.v6, &p))
        nd_options_read(*body, &out->body.v6);
}

void icmp_v6_fast_handover(struct extent *body, struct icmp *out)
{
    const uint8_t *p;
    struct icmp_v6 *v6 = &out->body.v6;
    if (!take_subtype(body, v6, &p))
        return;
    v6->of.mobile.identifier = wire_u16(p + 2);
    v6->has |= ICMP_V6_HAS_IDENTIFIER;
    nd_options_read(*body, v6);
}
