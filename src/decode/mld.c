/* Multicast listeners, routers and low-power forwarders: RFC 2710, 9777 (was 3810), 4286, 7731. */
#include "decode/icmp_body_v6.h"
#include "decode/v6_store.h"

enum { QUERY_V2_MIN = 24 }; /* bytes behind type, code and checksum (RFC 9777 8.1) */

/* A value from `bits` + 3 bits up is a mantissa with a leading 1, shifted (RFC 9777 5.1.3, 5.1.9).
 */
static uint32_t float_decode(uint32_t code, unsigned bits)
{
    if (code >> (bits + 3) == 0)
        return code;
    uint32_t mantissa = (code & ((1u << bits) - 1)) | 1u << bits;
    return mantissa << ((code >> bits & 7) + 3);
}

static bool take_group(struct extent *body, struct icmp_v6 *v6, uint16_t *response)
{
    const uint8_t *p;
    if (!extent_take(body, 20, &p))
        return false;
    v6->of.mld.version = 1;
    v6->of.mld.group = addr_from_ipv6(p + 4);
    v6->has |= ICMP_V6_HAS_GROUP;
    *response = wire_u16(p);
    return true;
}

void icmp_v6_listener_query(struct extent *body, struct icmp *out)
{
    struct icmp_v6 *v6 = &out->body.v6;
    struct mld *mld = &v6->of.mld;
    bool second = body->wire >= QUERY_V2_MIN;
    uint16_t response;
    const uint8_t *p;
    if (!take_group(body, v6, &response))
        return;
    mld->version = second ? 2 : 1;
    mld->max_response_ms = second ? float_decode(response, 12) : response;
    v6->has |= ICMP_V6_HAS_QUERY;

    if (!second || !extent_take(body, 4, &p))
        return;
    mld->suppress = p[0] & 0x08;
    mld->robustness = p[0] & 0x07;
    mld->query_interval_s = float_decode(p[1], 4);
    uint32_t sources = wire_u16(p + 2) * 16u;
    if (sources > body->wire)
        v6->entries_fault = ENTRIES_OVERRUN;
    mld->sources = v6_store_addresses(v6, extent_cut(body, sources));
    mld->sources.total = wire_u16(p + 2);
    v6->has |= ICMP_V6_HAS_SOURCES | ICMP_V6_HAS_QUERIER;
}

void icmp_v6_listener_report(struct extent *body, struct icmp *out)
{
    uint16_t response;
    take_group(body, &out->body.v6, &response);
}

/* One record; false where it goes on beyond what there is. */
static bool take_record(struct extent *body, struct icmp_v6 *v6)
{
    const uint8_t *p;
    if (!extent_take(body, 20, &p))
        return false;
    uint32_t sources = wire_u16(p + 2) * 16u, auxiliary = p[1] * 4u;
    if (sources + auxiliary > body->wire)
        v6->entries_fault = ENTRIES_OVERRUN;
    struct extent list = extent_cut(body, sources);
    extent_cut(body, auxiliary);
    if (v6->entries_kept == V6_ENTRIES_MAX)
        return true;
    struct mld_record *record = &v6->list.records[v6->entries_kept++];
    record->type = p[0];
    record->group = addr_from_ipv6(p + 4);
    record->sources = v6_store_addresses(v6, list);
    record->sources.total = wire_u16(p + 2);
    return true;
}

void icmp_v6_listener_report_v2(struct extent *body, struct icmp *out)
{
    struct icmp_v6 *v6 = &out->body.v6;
    const uint8_t *p;
    if (!extent_take(body, 4, &p))
        return;
    v6->entry_count = wire_u16(p + 2);
    v6->has |= ICMP_V6_HAS_RECORDS;
    uint16_t read = 0;
    while (read < v6->entry_count && take_record(body, v6))
        read++;
    if (read < v6->entry_count && extent_is_whole(body))
        v6->entries_fault = ENTRIES_OVERRUN;
}

void icmp_v6_multicast_router(struct extent *body, struct icmp *out)
{
    struct icmp_v6 *v6 = &out->body.v6;
    const uint8_t *p;
    v6->of.mld.advertisement_interval_s = out->code;
    v6->has |= ICMP_V6_HAS_ADVERTISEMENT;
    if (!extent_take(body, 4, &p))
        return;
    v6->of.mld.query_interval_s = wire_u16(p);
    v6->of.mld.robustness = wire_u16(p + 2);
    v6->has |= ICMP_V6_HAS_QUERIER;
}

/* ---- MPL ------------------------------------------------------------------------------------- */

static bool take_seed(struct extent *body, struct icmp_v6 *v6)
{
    static const uint8_t id_sizes[4] = {0, 2, 8, 16};
    const uint8_t *p;
    if (!extent_take(body, 2, &p))
        return false;
    uint32_t id_size = id_sizes[p[1] & 3], bitmap_size = p[1] >> 2;
    if (id_size + bitmap_size > body->wire)
        v6->entries_fault = ENTRIES_OVERRUN;
    struct extent id = extent_cut(body, id_size), bitmap = extent_cut(body, bitmap_size);
    v6->entry_count++;
    if (v6->entries_kept == V6_ENTRIES_MAX)
        return true;
    struct mpl_seed *seed = &v6->list.seeds[v6->entries_kept++];
    seed->first_sequence = p[0];
    seed->id = v6_store_bytes(v6, id, 16);
    seed->bitmap = v6_store_bytes(v6, bitmap, 64);
    return true;
}

void icmp_v6_mpl(struct extent *body, struct icmp *out)
{
    struct icmp_v6 *v6 = &out->body.v6;
    v6->has |= ICMP_V6_HAS_SEEDS;
    while (take_seed(body, v6))
        ;
    if (body->wire == 1)
        v6->entries_fault = ENTRIES_OVERRUN;
}
