#include "report/names.h"

#include <stdio.h>
#include <string.h>

const char *proto_name(uint8_t proto, char *buf, size_t size)
{
    /* The keywords of IANA's registry, where they are those of EVE. */
    static const char *const names[256] = {
        [PROTO_HOPOPT] = "HOPOPT",
        [PROTO_ICMP] = "ICMP",
        [2] = "IGMP",
        [PROTO_IPIP] = "IP-in-IP",
        [PROTO_TCP] = "TCP",
        [8] = "EGP",
        [PROTO_UDP] = "UDP",
        [PROTO_DCCP] = "DCCP",
        [PROTO_IPV6] = "IPv6",
        [PROTO_ROUTING] = "IPv6-Route",
        [PROTO_FRAGMENT] = "IPv6-Frag",
        [46] = "RSVP",
        [PROTO_GRE] = "GRE",
        [PROTO_ESP] = "ESP",
        [PROTO_AH] = "AH",
        [PROTO_ICMPV6] = "IPv6-ICMP",
        [PROTO_NONE] = "IPv6-NoNxt",
        [PROTO_DSTOPTS] = "IPv6-Opts",
        [88] = "EIGRP",
        [89] = "OSPF",
        [97] = "ETHERIP",
        [103] = "PIM",
        [108] = "IPComp",
        [112] = "VRRP",
        [113] = "PGM",
        [115] = "L2TP",
        [PROTO_SCTP] = "SCTP",
        [PROTO_MOBILITY] = "Mobility",
        [PROTO_UDPLITE] = "UDPLite",
        [137] = "MPLS-in-IP",
        [138] = "manet",
        [PROTO_HIP] = "HIP",
        [PROTO_SHIM6] = "Shim6",
        [141] = "WESP",
        [142] = "ROHC",
        [143] = "Ethernet",
    };
    if (names[proto] != NULL)
        return names[proto];
    snprintf(buf, size, "%u", proto);
    return buf;
}

/* ICMP requests whose flows have the identifier where those of other messages have the code. */
static bool icmp_has_identifier(enum family family, uint8_t type)
{
    static const uint8_t types4[] = {8, 13, 15, 17, 37, 42}, types6[] = {128, 160};
    return family == FAMILY_IPV4 ? memchr(types4, type, sizeof types4) != NULL
                                 : memchr(types6, type, sizeof types6) != NULL;
}

static void headers_set_icmp(struct headers *headers, const struct flow_key *key)
{
    enum family family = key->proto == PROTO_ICMP ? FAMILY_IPV4 : FAMILY_IPV6;
    bool identified = icmp_has_identifier(family, key->icmp);
    headers->has |= HAS_ICMP_TYPE | (identified ? HAS_ICMP_ID : 0);
    headers->icmp_type = key->icmp;
    headers->icmp_code = identified ? 0 : (uint8_t)key->port[0];
    headers->icmp_id = identified ? key->port[0] : 0;
}

static bool proto_has_ports(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP ||
           proto == PROTO_UDPLITE || proto == PROTO_DCCP;
}

struct headers flow_headers(const struct flow *flow)
{
    const struct flow_key *key = &flow->key;
    unsigned client = flow->initiator == FLOW_BACKWARD, server = !client;
    struct headers headers = {.has = HAS_IP | HAS_PROTO,
                              .family = key->family,
                              .proto = key->proto,
                              .src = key->addr[client],
                              .dst = key->addr[server],
                              .src_port = key->port[client],
                              .dst_port = key->port[server]};
    if (proto_has_ports(key->proto))
        headers.has |= HAS_PORTS;
    else if (key->proto == PROTO_ICMP || key->proto == PROTO_ICMPV6)
        headers_set_icmp(&headers, key);
    return headers;
}
