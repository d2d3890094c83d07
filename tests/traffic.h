/* Headers of packets that were never on a wire, for the tests of flow/ and match/. */
#ifndef ICMPSCOPE_TESTS_TRAFFIC_H
#define ICMPSCOPE_TESTS_TRAFFIC_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "decode/packet.h"

static inline struct addr addr_of(const char *text)
{
    struct addr addr = {{0}};
    inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, addr.bytes);
    return addr;
}

/* A whole IP header, of the family that the addresses are of, and nothing behind it. */
static inline struct headers ip_of(uint8_t proto, const char *src, const char *dst)
{
    bool v6 = strchr(src, ':') != NULL;
    return (struct headers){
        .has = HAS_IP | HAS_PROTO | (v6 ? 0u : (uint32_t)HAS_IP_ID),
        .family = v6 ? FAMILY_IPV6 : FAMILY_IPV4,
        .proto = proto,
        .ttl = 64,
        .src = addr_of(src),
        .dst = addr_of(dst),
        .header_length = v6 ? 40 : 20,
        .total_length = v6 ? 40 : 20,
    };
}

static inline struct headers ports_of(uint8_t proto, const char *src, uint16_t src_port,
                                      const char *dst, uint16_t dst_port)
{
    struct headers headers = ip_of(proto, src, dst);
    headers.has |= HAS_PORTS;
    headers.src_port = src_port;
    headers.dst_port = dst_port;
    return headers;
}

/* A message without an identifier. */
static inline struct headers icmp_of(const char *src, const char *dst, uint8_t type, uint8_t code)
{
    bool v6 = strchr(src, ':') != NULL;
    struct headers headers = ip_of(v6 ? PROTO_ICMPV6 : PROTO_ICMP, src, dst);
    headers.has |= HAS_ICMP_TYPE;
    headers.icmp_type = type;
    headers.icmp_code = code;
    return headers;
}

static inline struct headers echo_of(const char *src, const char *dst, uint8_t type, uint16_t id)
{
    struct headers headers = icmp_of(src, dst, type, 0);
    headers.has |= HAS_ICMP_ID;
    headers.icmp_id = id;
    return headers;
}

#endif
