/* Options of Neighbor Discovery about names, translation, domains of provisioning, and low-power
 * networks: RFC 8106, 9463, 8801, 8781, 6775, 8505 and 9176. */
#include "decode/nd_read.h"
#include "decode/v6_store.h"

enum { ROVR_MAX = 32, NAMES_ALL = UINT16_MAX };

void nd_read_rdnss(const uint8_t *p, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    out->of.list.lifetime_s = wire_u32(p + 2);
    out->of.list.entries = v6_store_addresses(v6, rest);
}

void nd_read_dnssl(const uint8_t *p, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    out->of.list.lifetime_s = wire_u32(p + 2);
    out->of.list.entries = v6_store_names(v6, rest, NAMES_ALL);
}

void nd_read_pvd(const uint8_t *p, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    out->of.pvd.http = p[0] & 0x80;
    out->of.pvd.legacy = p[0] & 0x40;
    out->of.pvd.router = p[0] & 0x20;
    out->of.pvd.delay = p[1] & 0x0f;
    out->of.pvd.sequence = wire_u16(p + 2);
    out->of.pvd.name = v6_store_names(v6, rest, 1);
}

void nd_read_pref64(const uint8_t *p, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    /* RFC 8781 4: 13 bits count 8 s, 3 are a code for the length; two of them mean nothing. */
    static const uint8_t lengths[8] = {96, 64, 56, 48, 40, 32};
    (void)rest, (void)v6;
    uint16_t word = wire_u16(p);
    out->of.pref64.lifetime_s = word & 0xfff8;
    out->of.pref64.length_code = word & 7;
    out->of.pref64.length = lengths[word & 7];
    out->of.pref64.prefix = nd_prefix(p + 2, 12);
}

void nd_read_encrypted_dns(const uint8_t *p, struct extent rest, struct nd_option *out,
                           struct icmp_v6 *v6)
{
    const uint8_t *length;
    out->of.dns.priority = wire_u16(p);
    out->of.dns.lifetime_s = wire_u32(p + 2);
    out->of.dns.name = v6_store_names(v6, extent_cut(&rest, wire_u16(p + 6)), 1);
    out->of.dns.addresses = (struct slice){0, 0, 0};
    out->of.dns.parameters_length = 0;

    if (!extent_take(&rest, 2, &length)) /* without: ADN-only mode */
        return;
    out->of.dns.addresses = v6_store_addresses(v6, extent_cut(&rest, wire_u16(length)));
    if (extent_take(&rest, 2, &length))
        out->of.dns.parameters_length = wire_u16(length);
}

void nd_read_registration(const uint8_t *p, struct extent rest, struct nd_option *out,
                          struct icmp_v6 *v6)
{
    out->of.registration.status = p[0];
    out->of.registration.opaque = p[1];
    out->of.registration.crypto = p[2] & 0x40; /* RFC 9927 3 moved it */
    out->of.registration.address_kind = p[2] >> 4 & 3;
    out->of.registration.registrar = p[2] & 0x02;
    out->of.registration.transaction = p[2] & 0x01;
    out->of.registration.tid = p[3];
    out->of.registration.lifetime_min = wire_u16(p + 4);
    out->of.registration.rovr = v6_store_bytes(v6, rest, ROVR_MAX);
}

void nd_read_context(const uint8_t *p, struct extent rest, struct nd_option *out,
                     struct icmp_v6 *v6)
{
    (void)v6;
    out->of.context.length = p[0];
    out->of.context.compression = p[1] & 0x10;
    out->of.context.id = p[1] & 0x0f;
    out->of.context.lifetime_min = wire_u16(p + 4);
    out->of.context.prefix = nd_prefix(rest.in.p, cursor_left(&rest.in));
}

/* The version is told as its low half, then its high half. */
void nd_read_border_router(const uint8_t *p, struct extent rest, struct nd_option *out,
                           struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.router.version = (uint32_t)wire_u16(p + 2) << 16 | wire_u16(p);
    out->of.router.lifetime_min = wire_u16(p + 4);
    out->of.router.address = addr_from_ipv6(p + 6);
}

void nd_read_directory(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.router.version = 0;
    out->of.router.lifetime_min = wire_u16(p);
    out->of.router.address = addr_from_ipv6(p + 6);
}
