/* The options of Neighbor Discovery: the walk over them, and those that all networks use. */
#include "decode/nd_option.h"

#include "decode/nd_read.h"
#include "decode/v6_store.h"

enum { OPTION_HEADER = 2, OPTION_UNIT = 8, DATA_MAX = 64, URI_MAX = V6_BYTES_MAX };

const char *const nd_preference_names[4] = {"medium", "high", "reserved", "low"};

struct addr nd_prefix(const uint8_t *bytes, size_t size)
{
    struct addr addr = {{0}};
    memcpy(addr.bytes, bytes, size < sizeof addr.bytes ? size : sizeof addr.bytes);
    return addr;
}

/* ---- one option ------------------------------------------------------------------------------ */

static void read_data(const uint8_t *p, struct extent rest, struct nd_option *out,
                      struct icmp_v6 *v6)
{
    (void)p;
    out->of.data.code = 0;
    out->of.data.bytes = v6_store_bytes(v6, rest, DATA_MAX);
}

/* An EUI-48 fills an option of 8 bytes; an EUI-64 leaves 6 of 16 as padding (RFC 4944 8). */
static void read_link_layer(const uint8_t *p, struct extent rest, struct nd_option *out,
                            struct icmp_v6 *v6)
{
    enum { EUI64 = 8, EUI64_OPTION = 16 };
    (void)p;
    if (out->length == EUI64_OPTION)
        rest = extent_cut(&rest, EUI64);
    read_data(p, rest, out, v6);
}

static void read_captive_portal(const uint8_t *p, struct extent rest, struct nd_option *out,
                                struct icmp_v6 *v6)
{
    (void)p;
    while (cursor_left(&rest.in) > 0 && rest.in.end[-1] == 0) { /* padding: RFC 8910 2.3 */
        rest.in.end--;
        rest.wire--;
    }
    out->of.data.code = 0;
    out->of.data.bytes = v6_store_bytes(v6, rest, URI_MAX);
}

static void read_prefix(const uint8_t *p, struct extent rest, struct nd_option *out,
                        struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.prefix.length = p[0];
    out->of.prefix.on_link = p[1] & 0x80;
    out->of.prefix.autonomous = p[1] & 0x40;
    out->of.prefix.router_address = p[1] & 0x20;
    out->of.prefix.delegation_preferred = p[1] & 0x10;
    out->of.prefix.valid_s = wire_u32(p + 2);
    out->of.prefix.preferred_s = wire_u32(p + 6);
    out->of.prefix.prefix = addr_from_ipv6(p + 14);
}

static void read_redirected_header(const uint8_t *p, struct extent rest, struct nd_option *out,
                                   struct icmp_v6 *v6)
{
    (void)p, (void)v6;
    out->of.number = rest.wire;
}

static void read_mtu(const uint8_t *p, struct extent rest, struct nd_option *out,
                     struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.number = wire_u32(p + 2);
}

static void read_shortcut_limit(const uint8_t *p, struct extent rest, struct nd_option *out,
                                struct icmp_v6 *v6)
{
    (void)rest, (void)v6;
    out->of.number = p[0];
}

static void read_addresses(const uint8_t *p, struct extent rest, struct nd_option *out,
                           struct icmp_v6 *v6)
{
    (void)p;
    out->of.list.lifetime_s = 0;
    out->of.list.entries = v6_store_addresses(v6, rest);
}

static void read_route(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6)
{
    (void)v6;
    out->of.route.length = p[0];
    out->of.route.preference = p[1] >> 3 & 3;
    out->of.route.lifetime_s = wire_u32(p + 2);
    out->of.route.prefix = nd_prefix(rest.in.p, cursor_left(&rest.in));
}

/* ---- which is which -------------------------------------------------------------------------- */

/* `size`: of the fixed part, behind type and length. */
static const struct option_kind {
    const char *name;
    nd_reader *read;
    uint8_t size;
} kinds[256] = {
    [ND_SOURCE_LINK_ADDRESS] = {"source link-layer address", read_link_layer, 0},
    [ND_TARGET_LINK_ADDRESS] = {"target link-layer address", read_link_layer, 0},
    [ND_PREFIX] = {"prefix information", read_prefix, 30},
    [ND_REDIRECTED_HEADER] = {"redirected header", read_redirected_header, 6},
    [ND_MTU] = {"mtu", read_mtu, 6},
    [ND_SHORTCUT_LIMIT] = {"nbma shortcut limit", read_shortcut_limit, 6},
    [ND_ADVERTISEMENT_INTERVAL] = {"advertisement interval", nd_read_interval, 6},
    [ND_HOME_AGENT] = {"home agent information", nd_read_home_agent, 6},
    [ND_SOURCE_ADDRESSES] = {"source address list", read_addresses, 6},
    [ND_TARGET_ADDRESSES] = {"target address list", read_addresses, 6},
    [ND_CGA] = {"cga", nd_read_cga, 2 + 25},
    [ND_RSA_SIGNATURE] = {"rsa signature", nd_read_signature, 18},
    [ND_TIMESTAMP] = {"timestamp", nd_read_timestamp, 14},
    [ND_NONCE] = {"nonce", read_data, 0},
    [ND_TRUST_ANCHOR] = {"trust anchor", nd_read_trust_anchor, 2},
    [ND_CERTIFICATE] = {"certificate", nd_read_certificate, 2},
    [ND_IP_ADDRESS] = {"ip address/prefix", nd_read_handover, 22},
    [ND_NEW_ROUTER_PREFIX] = {"new router prefix information", nd_read_handover, 22},
    [ND_LINK_ADDRESS] = {"link-layer address", nd_read_link_address, 1},
    [ND_ACKNOWLEDGMENT] = {"neighbor advertisement acknowledgment", nd_read_acknowledgment, 2},
    [ND_PVD] = {"pvd id", nd_read_pvd, 4},
    [ND_MAP] = {"map", nd_read_map, 22},
    [ND_ROUTE] = {"route information", read_route, 6},
    [ND_RDNSS] = {"recursive dns server", nd_read_rdnss, 6},
    [ND_FLAGS_EXTENSION] = {"ra flags extension", read_data, 0},
    [ND_KEY_REQUEST] = {"handover key request", nd_read_key_request, 2},
    [ND_KEY_REPLY] = {"handover key reply", nd_read_key_reply, 4},
    [ND_HANDOVER_ASSIST] = {"handover assist information", nd_read_identification, 2},
    [ND_MOBILE_NODE_ID] = {"mobile node identifier", nd_read_identification, 2},
    [ND_DNSSL] = {"dns search list", nd_read_dnssl, 6},
    [ND_PROXY_SIGNATURE] = {"proxy signature", nd_read_proxy_signature, 18},
    [ND_REGISTRATION] = {"address registration", nd_read_registration, 6},
    [ND_CONTEXT] = {"6lowpan context", nd_read_context, 6},
    [ND_BORDER_ROUTER] = {"authoritative border router", nd_read_border_router, 22},
    [ND_CAPABILITIES] = {"6lowpan capability indication", read_data, 0},
    [ND_CAPTIVE_PORTAL] = {"captive portal", read_captive_portal, 0},
    [ND_PREF64] = {"pref64", nd_read_pref64, 14},
    [ND_CRYPTO_ID] = {"crypto-id parameters", nd_read_crypto_id, 6},
    [ND_NDP_SIGNATURE] = {"ndp signature", nd_read_ndp_signature, 6},
    [ND_RESOURCE_DIRECTORY] = {"resource directory address", nd_read_directory, 22},
    [ND_CONSISTENT_UPTIME] = {"consistent uptime", read_data, 0},
    [ND_CARD_REQUEST] = {"card request", read_data, 0},
    [ND_CARD_REPLY] = {"card reply", read_data, 0},
    [ND_ENCRYPTED_DNS] = {"encrypted dns", nd_read_encrypted_dns, 8},
    [ND_EXPERIMENT_1] = {"experiment 1", read_data, 0},
    [ND_EXPERIMENT_2] = {"experiment 2", read_data, 0},
};

static const struct option_kind unregistered = {NULL, read_data, 0};

static const struct option_kind *kind_get(uint8_t type)
{
    return kinds[type].read != NULL ? &kinds[type] : &unregistered;
}

const char *nd_option_name(uint8_t type)
{
    return kinds[type].name;
}

static void option_read(const uint8_t *header, struct extent content, struct nd_option *out,
                        struct icmp_v6 *v6)
{
    const struct option_kind *kind = kind_get(header[0]);
    const uint8_t *fixed;
    out->type = header[0];
    out->length = (uint16_t)(header[1] * OPTION_UNIT);
    out->decoded = extent_take(&content, kind->size, &fixed);
    if (out->decoded)
        kind->read(fixed, content, out, v6);
}

void nd_options_read(struct extent from, struct icmp_v6 *v6)
{
    const uint8_t *header;
    v6->has |= ICMP_V6_HAS_OPTIONS;
    while (extent_take(&from, OPTION_HEADER, &header)) {
        uint32_t size = header[1] * (uint32_t)OPTION_UNIT;
        if (size == 0) {
            v6->entries_fault = ENTRIES_ZERO_LENGTH;
            return;
        }
        if (size - OPTION_HEADER > from.wire)
            v6->entries_fault = ENTRIES_OVERRUN;
        struct extent content = extent_cut(&from, size - OPTION_HEADER);
        if (v6->entries_kept < V6_ENTRIES_MAX)
            option_read(header, content, &v6->list.options[v6->entries_kept++], v6);
        v6->entry_count++;
    }
    if (from.wire == 1) /* half a header */
        v6->entries_fault = ENTRIES_OVERRUN;
}
