/* Options of Neighbor Discovery that mobility uses: RFC 6275, 5568, 5380, 5269 and 5271. */
#include "decode/nd_read.h"
#include "decode/v6_store.h"

enum { DATA_MAX = 64 };

void nd_read_interval(const uint8_t *p, struct extent rest, struct nd_option *out,
                      struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.number = wire_u32(p + 2);
}

void nd_read_home_agent(const uint8_t *p, struct extent rest, struct nd_option *out,
                        struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.home_agent.mobile_router = p[0] & 0x80;
    out->of.home_agent.preference = wire_u16(p + 2);
    out->of.home_agent.lifetime_s = wire_u16(p + 4);
}

void nd_read_handover(const uint8_t *p, struct extent rest, struct nd_option *out,
                      struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.handover.code = p[0];
    out->of.handover.length = p[1];
    out->of.handover.status = 0;
    out->of.handover.address = addr_from_ipv6(p + 6);
}

void nd_read_link_address(const uint8_t *p, struct extent rest, struct nd_option *out,
                          struct icmp_v6 *v6)
{
    out->of.data.code = p[0];
    out->of.data.bytes = v6_store_bytes(v6, rest, DATA_MAX);
}

void nd_read_acknowledgment(const uint8_t *p, struct extent rest, struct nd_option *out,
                            struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.handover.code = p[0];
    out->of.handover.length = 0;
    out->of.handover.status = p[1];
}

void nd_read_map(const uint8_t *p, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.map.distance = p[0] >> 4;
    out->of.map.preference = p[0] & 0x0f;
    out->of.map.regional = p[1] & 0x80;
    out->of.map.valid_s = wire_u32(p + 2);
    out->of.map.address = addr_from_ipv6(p + 6);
}

/* The key behind its padding's length; the padding is at the end. */
static void read_key(uint8_t padding, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    struct extent key = extent_cut(&rest, padding < rest.wire ? rest.wire - padding : 0);
    out->of.key.length = (uint16_t)key.wire;
    out->of.key.bytes = v6_store_bytes(v6, key, DATA_MAX);
}

void nd_read_key_request(const uint8_t *p, struct extent rest, struct nd_option *out,
                         struct icmp_v6 *v6)
{
    out->of.key.algorithm = p[1] >> 4;
    out->of.key.lifetime_s = 0;
    read_key(p[0], rest, out, v6);
}

void nd_read_key_reply(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6)
{
    out->of.key.algorithm = p[1] >> 4;
    out->of.key.lifetime_s = wire_u16(p + 2);
    read_key(p[0], rest, out, v6);
}

void nd_read_identification(const uint8_t *p, struct extent rest, struct nd_option *out,
                            struct icmp_v6 *v6)
{
    out->of.key.code = p[0];
    out->of.key.length = p[1];
    out->of.key.bytes = v6_store_bytes(v6, extent_cut(&rest, p[1]), DATA_MAX);
}
