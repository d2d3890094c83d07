/* struct packet: all that decoding hands on. Nothing after decode/ looks at wire bytes. */
#ifndef ICMPSCOPE_DECODE_PACKET_H
#define ICMPSCOPE_DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"

/* How far the decoding of a packet came. What was decoded before stays valid. */
enum decoded {
    DECODED,     /* to the transport header or whatever carries no IP (ARP, LLDP) */
    TRUNCATED,   /* the capture ends inside a header */
    MALFORMED,   /* a header contradicts itself */
    UNSUPPORTED, /* a link type or encapsulation that has no row */
};

/* IP protocol numbers that decoding knows by more than their number. */
enum ip_proto {
    PROTO_HOPOPT = 0,
    PROTO_ICMP = 1,
    PROTO_IPIP = 4,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_DCCP = 33,
    PROTO_IPV6 = 41,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_GRE = 47,
    PROTO_ESP = 50,
    PROTO_AH = 51,
    PROTO_ICMPV6 = 58,
    PROTO_NONE = 59,
    PROTO_DSTOPTS = 60,
    PROTO_ETHERIP = 97,
    PROTO_L2TP = 115,
    PROTO_SCTP = 132,
    PROTO_MOBILITY = 135,
    PROTO_UDPLITE = 136,
    PROTO_MPLS = 137,
    PROTO_HIP = 139,
    PROTO_SHIM6 = 140,
};

/* Which members of struct headers the bytes held: one bit each. A member whose bit is clear is
 * unspecified; absent is never zero. HAS_IP covers family, addresses, TTL, TOS, total length and,
 * for IPv4, the identification and the DF bit. */
enum headers_has {
    HAS_IP = 1u << 0,
    HAS_PROTO = 1u << 1,    /* the last protocol in the chain was reached */
    HAS_FRAGMENT = 1u << 2, /* it is a fragment: frag_offset, more_fragments (v6: ip_id) */
    HAS_PORTS = 1u << 3,    /* TCP, UDP, UDP-Lite, SCTP, DCCP */
    HAS_TCP_SEQ = 1u << 4,
    HAS_TCP_FLAGS = 1u << 5,  /* with the acknowledgement number and the window */
    HAS_UDP_LENGTH = 1u << 6, /* length and checksum: the second half of the 8 bytes */
    HAS_ICMP_TYPE = 1u << 7,  /* with the code */
    HAS_ICMP_ID = 1u << 8,    /* of a type that has them (RFC 792 echo, timestamp, …): with seq */
    HAS_SCTP_VTAG = 1u << 9,
    HAS_ESP_SPI = 1u << 10, /* ESP and AH: SPI and sequence number */
    HAS_GRE_KEY = 1u << 11,
    HAS_FLOW_LABEL = 1u << 12,  /* IPv6 */
    HAS_PAYLOAD_LEN = 1u << 13, /* the transport header was reached, its length is known */
    HAS_IP_ID = 1u << 14,       /* IPv4 always, IPv6 in a fragment header */
    HAS_ROUTE = 1u << 15, /* IPv6: dst is a stop of a routing header that goes on (no member) */
    HAS_FRAGMENT_CHAIN = 1u << 16, /* of a first fragment: extension headers, or AH, are in what was
                                    * fragmented, before `proto` (no member) */
    HAS_TCP_CHECKSUM = 1u << 17,
    HAS_TCP_SYN = 1u << 18,  /* of a SYN, all options: tcp_options, tcp_mss, tcp_window_scale */
    HAS_SCTP_TSN = 1u << 19, /* of a first chunk that is DATA, or I-DATA */
    HAS_UDPLITE = 1u << 20,  /* its coverage, as udp_length, and checksum */
    HAS_GRE_SEQ = 1u << 21,
    HAS_SCTP_CHECKSUM = 1u << 22,
    HAS_FRAGMENT_OVERLAP =
        1u << 23,            /* a fragment that contradicts one that came before (no member) */
    HAS_TCP_SACK = 1u << 24, /* no SYN: the first block, the newest (RFC 2018 4) */
};

/* Of headers.tcp_flags (RFC 9293 3.1), those that a connection is followed by. */
enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

/* The IP and transport headers of one packet, as far as its bytes held them: of a captured packet
 * (complete but for the snaplen) or of a quoted one (often no more than IP header and 8 bytes).
 * Both are decoded by the same code, so that the two can be compared field by field. */
struct headers {
    uint32_t has;   /* enum headers_has */
    uint8_t family; /* enum family */
    uint8_t proto;  /* the last protocol of an IPv6 extension chain */
    uint8_t ttl;    /* or hop limit */
    uint8_t tos;    /* or traffic class */
    struct addr src, dst;
    uint16_t src_port, dst_port;

    bool df, more_fragments;
    uint8_t tcp_flags; /* enum tcp_flag, and URG 32, ECE 64, CWR 128 */
    uint8_t icmp_type, icmp_code;
    uint16_t icmp_id, icmp_seq;
    uint16_t udp_length, udp_checksum;
    uint16_t tcp_checksum, tcp_window, tcp_mss; /* from here on in the order of struct sent */
    uint8_t tcp_window_scale;
    uint8_t tcp_options;     /* enum tcp_options_has */
    uint32_t ip_id;          /* 16 bits in IPv4, 32 in an IPv6 fragment header */
    uint32_t frag_offset;    /* bytes */
    uint32_t total_length;   /* that the IP header claims, header included, in bytes */
    uint32_t header_length;  /* IP header with options or extension headers, in bytes */
    uint32_t payload_length; /* behind the transport header, in bytes, as the lengths claim */
    uint32_t tcp_seq;
    uint32_t tcp_ack, flow_label; /* in the order of struct sent, too */
    uint32_t tcp_sack_left, tcp_sack_right;
    uint32_t sctp_vtag, sctp_checksum, sctp_tsn;
    uint32_t spi, spi_seq;
    uint32_t gre_seq;
    uint32_t gre_key; /* RFC 2890; of the GRE of PPTP the call (RFC 2637) */
};

enum { VLAN_MAX = 4, TUNNEL_MAX = 8 };

enum tunnel_type {
    TUNNEL_NONE,
    TUNNEL_IPIP, /* IPv4 in either family, IPv6 in IPv6 (RFC 2003, 2473) */
    TUNNEL_SIT,  /* IPv6 in IPv4 (RFC 4213) */
    TUNNEL_PPPOE,
    TUNNEL_MPLS, /* a whole label stack; id is the label at its bottom */
    TUNNEL_GRE,
    TUNNEL_PPTP, /* enhanced GRE (RFC 2637); id is the call */
    TUNNEL_ERSPAN,
    TUNNEL_VXLAN,
    TUNNEL_GENEVE,
    TUNNEL_GTPU,
    TUNNEL_TEREDO,
    TUNNEL_L2TP,   /* version 2; id is tunnel << 16 | session */
    TUNNEL_L2TPV3, /* directly over IP (RFC 3931); id is the session */
    TUNNEL_ETHERIP,
    TUNNEL_NVGRE, /* GRE with a virtual subnet, which is the id (RFC 7637) */
    TUNNEL_VXLAN_GPE,
    TUNNEL_GUE,
    TUNNEL_CAPWAP,
    TUNNEL_TZSP, /* frames that a sniffer hands on */
    TUNNEL_NSH,  /* id is the service path (RFC 8300) */
    TUNNEL_PBB,  /* provider backbone bridging, 802.1ah; id is the service */
    TUNNEL_TYPES
};

/* Names for the records: "ipip", "sit", … */
extern const char *const tunnel_names[TUNNEL_TYPES];

/* One encapsulation that was crossed. */
struct tunnel {
    uint8_t type;   /* enum tunnel_type */
    uint8_t family; /* of the addresses; FAMILY_NONE where it has none */
    bool has_id;
    uint32_t id; /* VNI, TEID, key, label, session */
    struct addr src, dst;
};

/* Outermost first. What exceeds TUNNEL_MAX ends the decoding of the packet (UNSUPPORTED). Only what
 * was crossed on the way to packet->ip is listed: a tunnel in which no IP header could be read
 * leaves the packet that carried it as the innermost one. */
struct tunnels {
    struct tunnel list[TUNNEL_MAX];
};

enum { MAC_SIZE = 6 };

/* Who has which address, of IPv4 over Ethernet (RFC 826). */
struct arp {
    uint16_t operation; /* 1 request, 2 reply */
    uint8_t sender_mac[MAC_SIZE];
    struct addr sender, target; /* a probe's sender is 0.0.0.0 (RFC 5227) */
};

/* Which of packet.macs are there. */
enum packet_mac { MAC_HAS_DST = 1u << 0, MAC_HAS_SRC = 1u << 1 };

enum { MAC_DST = 0, MAC_SRC = MAC_SIZE };

struct packet {
    int64_t time_ns;      /* since the epoch */
    uint64_t frame;       /* 1-based, within its capture */
    uint32_t wire_length; /* bytes of the frame on the wire … */
    uint32_t cap_length;  /* … and in the capture */
    uint16_t capture;     /* index of the capture among the inputs */
    uint16_t link_type;   /* LINKTYPE_ value */

    uint8_t decoded;    /* enum decoded */
    uint8_t vlan_count; /* at most VLAN_MAX; deeper ones are skipped */
    uint8_t tunnel_count;
    bool snapped;            /* cap_length < wire_length */
    uint16_t vlan[VLAN_MAX]; /* VLAN ids, outermost first */
    uint32_t context;        /* of the flow: VLANs and tunnels mixed; 0 where there are none */
    uint32_t interface; /* pcapng: index within its section; SLL2: as the host has it; else 0 */
    uint8_t
        macs[2 * MAC_SIZE]; /* of the frame that `ip` came in: to, and from. Zero where absent */
    uint8_t mac_has;        /* enum packet_mac */

    struct headers ip;       /* of the innermost IP packet */
    struct icmp *icmp;       /* NULL unless it is an ICMP message of which the type was captured */
    struct arp *arp;         /* NULL unless it is ARP; then it has no `ip` */
    struct tunnels *tunnels; /* borrowed storage, valid for tunnel_count entries */
};

/* The last two bytes of a MAC address, in which those of a link mostly differ: to be compared. */
static inline uint16_t packet_mac_tail(const uint8_t *mac)
{
    uint16_t tail;
    memcpy(&tail, mac + MAC_SIZE - sizeof tail, sizeof tail);
    return tail;
}

/* Mixes one more value into a context. Never 0, which is the context of a packet in no VLAN and no
 * tunnel; of one context, different values but two give different results. */
uint32_t context_mix(uint32_t context, uint32_t value);

#endif
