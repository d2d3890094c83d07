#include "decode/rpl_option.h"

#include "decode/nd_read.h"
#include "decode/rpl_read.h"
#include "decode/v6_store.h"

enum { DATA_MAX = 64 };

const char *const rpl_mode_names[8] = {"no downward routes", "non-storing", "storing",
                                       "storing with multicast"};

/* Reads one option whose fixed part is at `p`, with `rest` behind it, into out->of. */
typedef void option_reader(const uint8_t *p, struct extent rest, struct rpl_option *out,
                           struct icmp_v6 *v6);

static void read_data(const uint8_t *p, struct extent rest, struct rpl_option *out,
                      struct icmp_v6 *v6)
{
    (void)p;
    out->of.data = v6_store_bytes(v6, rest, DATA_MAX);
}

static void read_route(const uint8_t *p, struct extent rest, struct rpl_option *out,
                       struct icmp_v6 *v6)
{
    (void)v6;
    out->of.prefix.length = p[0];
    out->of.prefix.preference = p[1] >> 3 & 3;
    out->of.prefix.lifetime_s = wire_u32(p + 2);
    out->of.prefix.prefix = nd_prefix(rest.in.p, cursor_left(&rest.in));
}

static void read_configuration(const uint8_t *p, struct extent rest, struct rpl_option *out,
                               struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.configuration.authenticated = p[0] & 0x08;
    out->of.configuration.path_control = p[0] & 0x07;
    out->of.configuration.doublings = p[1];
    out->of.configuration.minimum = p[2];
    out->of.configuration.redundancy = p[3];
    out->of.configuration.max_rank_increase = wire_u16(p + 4);
    out->of.configuration.min_hop_rank_increase = wire_u16(p + 6);
    out->of.configuration.objective = wire_u16(p + 8);
    out->of.configuration.lifetime = p[11];
    out->of.configuration.lifetime_unit_s = wire_u16(p + 12);
}

static void read_target(const uint8_t *p, struct extent rest, struct rpl_option *out,
                        struct icmp_v6 *v6)
{
    (void)v6;
    out->of.prefix.length = p[1];
    out->of.prefix.prefix = nd_prefix(rest.in.p, cursor_left(&rest.in));
}

static void read_transit(const uint8_t *p, struct extent rest, struct rpl_option *out,
                         struct icmp_v6 *v6)
{
    const uint8_t *parent;
    (void)v6;
    out->of.transit.external = p[0] & 0x80;
    out->of.transit.path_control = p[1];
    out->of.transit.sequence = p[2];
    out->of.transit.lifetime = p[3];
    out->of.transit.has_parent = extent_take(&rest, 16, &parent);
    if (out->of.transit.has_parent)
        out->of.transit.parent = addr_from_ipv6(parent);
}

static void read_solicited(const uint8_t *p, struct extent rest, struct rpl_option *out,
                           struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.solicited.instance = p[0];
    out->of.solicited.by_version = p[1] & 0x80;
    out->of.solicited.by_instance = p[1] & 0x40;
    out->of.solicited.by_dodag = p[1] & 0x20;
    out->of.solicited.dodag_id = addr_from_ipv6(p + 2);
    out->of.solicited.version = p[18];
}

static void read_prefix(const uint8_t *p, struct extent rest, struct rpl_option *out,
                        struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.prefix.length = p[0];
    out->of.prefix.on_link = p[1] & 0x80;
    out->of.prefix.autonomous = p[1] & 0x40;
    out->of.prefix.router_address = p[1] & 0x20;
    out->of.prefix.lifetime_s = wire_u32(p + 2);
    out->of.prefix.preferred_s = wire_u32(p + 6);
    out->of.prefix.prefix = addr_from_ipv6(p + 14);
}

static void read_descriptor(const uint8_t *p, struct extent rest, struct rpl_option *out,
                            struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.descriptor = wire_u32(p);
}

/* `size`: of the fixed part, behind type and length. */
static const struct option_kind {
    const char *name;
    option_reader *read;
    uint8_t size;
} kinds[] = {
    [RPL_PAD1] = {"pad1", NULL, 0},
    [RPL_PADN] = {"padn", NULL, 0},
    [RPL_METRICS] = {"dag metric container", read_data, 0},
    [RPL_ROUTE] = {"route information", read_route, 6},
    [RPL_CONFIGURATION] = {"dodag configuration", read_configuration, 14},
    [RPL_TARGET] = {"rpl target", read_target, 2},
    [RPL_TRANSIT] = {"transit information", read_transit, 4},
    [RPL_SOLICITED] = {"solicited information", read_solicited, 19},
    [RPL_PREFIX] = {"prefix information", read_prefix, 30},
    [RPL_DESCRIPTOR] = {"rpl target descriptor", read_descriptor, 4},
    {"p2p route discovery", read_data, 0}, /* RFC 6997 7 */
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *rpl_option_name(uint8_t type)
{
    return type < KINDS ? kinds[type].name : NULL;
}

static void option_read(uint8_t type, struct extent content, struct rpl_option *out,
                        struct icmp_v6 *v6)
{
    static const struct option_kind other = {NULL, read_data, 0};
    const struct option_kind *kind = type < KINDS ? &kinds[type] : &other;
    const uint8_t *fixed;
    out->type = type;
    out->length = (uint16_t)(content.wire + 2);
    out->decoded = extent_take(&content, kind->size, &fixed);
    if (out->decoded)
        kind->read(fixed, content, out, v6);
}

void rpl_options_read(struct extent from, struct icmp_v6 *v6)
{
    const uint8_t *type, *size;
    v6->has |= ICMP_V6_HAS_OPTIONS;
    while (extent_take(&from, 1, &type)) {
        if (*type == RPL_PAD1)
            continue;
        if (!extent_take(&from, 1, &size)) {
            if (from.wire == 0)
                v6->entries_fault = ENTRIES_OVERRUN;
            return;
        }
        if (*size > from.wire)
            v6->entries_fault = ENTRIES_OVERRUN;
        struct extent content = extent_cut(&from, *size);
        if (*type == RPL_PADN)
            continue;
        if (v6->entries_kept < V6_ENTRIES_MAX)
            option_read(*type, content, &v6->list.rpl_options[v6->entries_kept++], v6);
        v6->entry_count++;
    }
}
