#include "flow/key.h"

#include "decode/icmp.h"

/* ICMP types with an identifier → the request among the two that share it; 0: no identifier. */
static const uint8_t icmp4_requests[256] = {
    [0] = 8,   [8] = 8,   /* echo (RFC 792) */
    [13] = 13, [14] = 13, /* timestamp (RFC 792) */
    [15] = 15, [16] = 15, /* information (RFC 792) */
    [17] = 17, [18] = 17, /* address mask (RFC 950) */
    [37] = 37, [38] = 37, /* domain name (RFC 1788) */
    [42] = 42, [43] = 42, /* extended echo (RFC 8335) */
};
/* The same of ICMPv6: echo (RFC 4443) and extended echo (RFC 8335). */
static const uint8_t icmp6_requests[256] = {[128] = 128, [129] = 128, [160] = 160, [161] = 160};

/* Protocols that are nothing without their ports. */
static const bool has_ports[256] = {
    [PROTO_TCP] = true,     [PROTO_UDP] = true,  [PROTO_SCTP] = true,
    [PROTO_UDPLITE] = true, [PROTO_DCCP] = true,
};

/* Ports of the packet's source and destination, and what else tells flows of a protocol apart. */
struct endpoints {
    uint16_t src, dst;
    uint8_t icmp;
    bool reply;
};

static bool endpoints_from_icmp(struct endpoints *ends, const struct headers *headers)
{
    if ((headers->has & HAS_ICMP_TYPE) == 0)
        return false;

    enum family family = headers->proto == PROTO_ICMP ? FAMILY_IPV4 : FAMILY_IPV6;
    uint8_t type = headers->icmp_type;
    uint8_t request = family == FAMILY_IPV4 ? icmp4_requests[type] : icmp6_requests[type];
    if (request != 0) {
        *ends = (struct endpoints){headers->icmp_id, headers->icmp_id, request, type != request};
        return (headers->has & HAS_ICMP_ID) != 0;
    }

    const struct icmp_type *row = icmp_type_get(family, type);
    *ends = (struct endpoints){headers->icmp_code, headers->icmp_code, type, false};
    return row->klass != ICMP_ERROR && !row->quotes;
}

static bool endpoints_from(struct endpoints *ends, const struct headers *headers)
{
    if ((headers->has & HAS_PORTS) != 0) {
        *ends = (struct endpoints){headers->src_port, headers->dst_port, 0, false};
        return true;
    }
    if (headers->proto == PROTO_ICMP || headers->proto == PROTO_ICMPV6)
        return endpoints_from_icmp(ends, headers);
    *ends = (struct endpoints){0, 0, 0, false};
    return !has_ports[headers->proto];
}

/* IPv4 addresses are made anew: they were written in two parts just before, and to load them whole
 * would wait for both. */
static void key_set_addresses(struct flow_key *key, const struct headers *headers,
                              enum flow_direction sender)
{
    if (headers->family == FAMILY_IPV4) {
        key->addr[sender] = addr_from_ipv4(headers->src.bytes);
        key->addr[!sender] = addr_from_ipv4(headers->dst.bytes);
        return;
    }
    key->addr[sender] = headers->src;
    key->addr[!sender] = headers->dst;
}

static enum flow_direction headers_direction(const struct headers *headers,
                                             const struct endpoints *ends)
{
    int order = addr_compare(&headers->src, &headers->dst);
    if (order == 0)
        order = (ends->src > ends->dst) - (ends->src < ends->dst);
    /* A host that pings itself: only the type tells the two ways apart. */
    if (order == 0)
        return ends->reply ? FLOW_BACKWARD : FLOW_FORWARD;
    return order < 0 ? FLOW_FORWARD : FLOW_BACKWARD;
}

bool flow_key_from(struct flow_key *key, enum flow_direction *direction,
                   const struct headers *headers, uint32_t context)
{
    const uint32_t needed = HAS_IP | HAS_PROTO;
    if ((headers->has & needed) != needed)
        return false;
    if ((headers->has & HAS_FRAGMENT) != 0 && headers->frag_offset > 0)
        return false;
    struct endpoints ends;
    if (!endpoints_from(&ends, headers))
        return false;

    enum flow_direction sender = headers_direction(headers, &ends);
    key_set_addresses(key, headers, sender);
    key->port[sender] = ends.src;
    key->port[!sender] = ends.dst;
    key->proto = headers->proto;
    key->family = headers->family;
    key->icmp = ends.icmp;
    key->zero = 0;
    key->context = context;
    *direction = sender;
    return true;
}
