/* Options of Neighbor Discovery that secure it: RFC 3971, 6496 and 8928. */
#include "decode/nd_read.h"
#include "decode/v6_store.h"

enum { KEY_HASH = 16, MODIFIER = 16, DATA_MAX = 64, LENGTH_11_BITS = 0x7ff };

static struct extent whole(const uint8_t *bytes, uint32_t size)
{
    return (struct extent){cursor_over(bytes, size), size};
}

void nd_read_cga(const uint8_t *p, struct extent rest, struct nd_option *out, struct icmp_v6 *v6)
{
    uint8_t padding = p[0];
    out->of.cga.pad_length = padding;
    out->of.cga.modifier = v6_store_bytes(v6, whole(p + 2, MODIFIER), MODIFIER);
    out->of.cga.prefix = nd_prefix(p + 18, 8);
    out->of.cga.collisions = p[26];
    out->of.cga.key_length = (uint16_t)(padding < rest.wire ? rest.wire - padding : 0);
}

void nd_read_signature(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6)
{
    out->of.signature.key_hash = v6_store_bytes(v6, whole(p + 2, KEY_HASH), KEY_HASH);
    out->of.signature.length = (uint16_t)rest.wire;
}

void nd_read_proxy_signature(const uint8_t *p, struct extent rest, struct nd_option *out,
                             struct icmp_v6 *v6)
{
    nd_read_signature(p, rest, out, v6);
}

void nd_read_ndp_signature(const uint8_t *p, struct extent rest, struct nd_option *out,
                           struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.signature.key_hash = (struct slice){0, 0, 0};
    out->of.signature.length = wire_u16(p) & LENGTH_11_BITS;
}

/* 48 bits of seconds since 1970, 16 of their fraction. */
void nd_read_timestamp(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.time.seconds = (uint64_t)wire_u16(p + 6) << 32 | wire_u32(p + 8);
    out->of.time.microseconds = (uint32_t)(wire_u16(p + 12) * UINT64_C(1000000) >> 16);
}

void nd_read_trust_anchor(const uint8_t *p, struct extent rest, struct nd_option *out,
                          struct icmp_v6 *v6)
{
    enum { FQDN = 2 };
    struct extent name = extent_cut(&rest, p[1] < rest.wire ? rest.wire - p[1] : 0);
    out->of.anchor.kind = p[0];
    out->of.anchor.length = (uint16_t)name.wire;
    out->of.anchor.name = v6_store_names(v6, name, p[0] == FQDN ? 1 : 0);
}

void nd_read_certificate(const uint8_t *p, struct extent rest, struct nd_option *out,
                         struct icmp_v6 *v6)
{
    (void)v6;
    out->of.anchor.kind = p[0];
    out->of.anchor.length = (uint16_t)rest.wire;
    out->of.anchor.name = (struct slice){0, 0, 0};
}

void nd_read_crypto_id(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.crypto.key_length = wire_u16(p) & LENGTH_11_BITS;
    out->of.crypto.kind = p[2];
    out->of.crypto.modifier = p[3];
    out->of.crypto.registration_length = p[4];
}
