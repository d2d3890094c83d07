/* Headers of packets that were never on a wire, for the tests of flow/ and match/. */
#ifndef ICMPSCOPE_TESTS_TRAFFIC_H
#define ICMPSCOPE_TESTS_TRAFFIC_H

#include <arpa/inet.h>
#include <stdbool.h>
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

/* One packet of a conversation, by what may tell it from the others. */
struct piece {
    uint8_t proto;
    bool v6, back; /* from the server to the client */
    uint16_t ip_id;
    uint32_t tell;   /* TCP: sequence number; UDP: checksum; ICMP: sequence number of the echo;
                      * SCTP: tag; ESP, AH: sequence number */
    uint32_t length; /* bytes behind the IP header */
};

/* What is behind the ports, for a protocol that has some, or behind the IP header. */
static inline void piece_fill(struct headers *headers, const struct piece *piece)
{
    switch (piece->proto) {
    case PROTO_TCP:
        headers->has |= HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_TCP_CHECKSUM;
        headers->tcp_seq = piece->tell;
        headers->tcp_checksum = piece->ip_id;
        break;
    case PROTO_UDP:
    case PROTO_UDPLITE:
        headers->has |= piece->proto == PROTO_UDP ? HAS_UDP_LENGTH : HAS_UDPLITE;
        headers->udp_length = (uint16_t)piece->length;
        headers->udp_checksum = (uint16_t)piece->tell;
        break;
    case PROTO_SCTP:
        headers->has |= HAS_SCTP_VTAG;
        headers->sctp_vtag = piece->tell;
        break;
    case PROTO_ESP:
    case PROTO_AH:
        headers->has |= HAS_ESP_SPI;
        headers->spi = 0x1000;
        headers->spi_seq = piece->tell;
        break;
    default:
        break;
    }
}

static inline struct headers piece_headers(const struct piece *piece)
{
    const char *client = piece->v6 ? "2001:db8::c" : "192.0.2.12";
    const char *server = piece->v6 ? "2001:db8::5" : "192.0.2.5";
    const char *src = piece->back ? server : client, *dst = piece->back ? client : server;
    uint16_t src_port = piece->back ? 8000 : 40113, dst_port = piece->back ? 40113 : 8000;
    struct headers headers;
    switch (piece->proto) {
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        headers = echo_of(src, dst,
                          (uint8_t)(piece->v6     ? 128 + piece->back
                                    : piece->back ? 0
                                                  : 8),
                          77);
        headers.icmp_seq = (uint16_t)piece->tell;
        break;
    case PROTO_TCP:
    case PROTO_UDP:
    case PROTO_UDPLITE:
    case PROTO_SCTP:
        headers = ports_of(piece->proto, src, src_port, dst, dst_port);
        break;
    default:
        headers = ip_of(piece->proto, src, dst);
    }
    headers.ip_id = piece->ip_id;
    headers.total_length = headers.header_length + piece->length;
    piece_fill(&headers, piece);
    return headers;
}

#endif
