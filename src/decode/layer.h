/* The dispatch: what the decoders of decode/ share among themselves. decode.c runs the layers, one
 * after the other, until one names no next. */
#ifndef ICMPSCOPE_DECODE_LAYER_H
#define ICMPSCOPE_DECODE_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/cursor.h"
#include "decode/decode.h"
#include "decode/packet.h"

/* One row a layer: its name in enum layer, and its decoder. */
#define LAYER_ROWS(ROW)                                                                            \
    ROW(ETHERNET, ethernet_decode)                                                                 \
    ROW(VLAN, vlan_decode)                                                                         \
    ROW(SERVICE_TAG, service_tag_decode)                                                           \
    ROW(TAG_4, tag_4_decode)                                                                       \
    ROW(TAG_6, tag_6_decode)                                                                       \
    ROW(MACSEC, macsec_decode)                                                                     \
    ROW(ARP, arp_decode)                                                                           \
    ROW(LLC, llc_decode)                                                                           \
    ROW(ETHERTYPE, ethertype_decode)                                                               \
    ROW(TOKEN_RING, token_ring_decode)                                                             \
    ROW(FDDI, fddi_decode)                                                                         \
    ROW(IPOIB, ipoib_decode)                                                                       \
    ROW(FRAME_RELAY, frame_relay_decode)                                                           \
    ROW(NLPID, nlpid_decode)                                                                       \
    ROW(WLAN, wlan_decode)                                                                         \
    ROW(RADIOTAP, radiotap_decode)                                                                 \
    ROW(PPI, ppi_decode)                                                                           \
    ROW(AVS, avs_decode)                                                                           \
    ROW(PRISM, prism_decode)                                                                       \
    ROW(NULL, null_decode)                                                                         \
    ROW(ENC, enc_decode)                                                                           \
    ROW(PFLOG, pflog_decode)                                                                       \
    ROW(IPNET, ipnet_decode)                                                                       \
    ROW(NFLOG, nflog_decode)                                                                       \
    ROW(PKTAP, pktap_decode)                                                                       \
    ROW(SLL, sll_decode)                                                                           \
    ROW(SLL2, sll2_decode)                                                                         \
    ROW(PPP, ppp_decode)                                                                           \
    ROW(PPP_HDLC, ppp_hdlc_decode)                                                                 \
    ROW(PPPOE, pppoe_decode)                                                                       \
    ROW(CHDLC, chdlc_decode)                                                                       \
    ROW(IP, ip_packet_decode)                                                                      \
    ROW(IPV4, ipv4_packet_decode)                                                                  \
    ROW(IPV6, ipv6_packet_decode)                                                                  \
    ROW(FRAGMENT, fragment_packet_decode)                                                          \
    ROW(TRANSPORT, transport_packet_decode)                                                        \
    ROW(UDP, udp_packet_decode)                                                                    \
    ROW(ICMP, icmp_packet_decode)                                                                  \
    ROW(IPIP, ipip_decode)                                                                         \
    ROW(SIT, sit_decode)                                                                           \
    ROW(ETHERIP, etherip_decode)                                                                   \
    ROW(L2TPV3, l2tpv3_decode)                                                                     \
    ROW(MPLS, mpls_decode)                                                                         \
    ROW(GRE, gre_decode)                                                                           \
    ROW(ERSPAN2, erspan2_decode)                                                                   \
    ROW(ERSPAN3, erspan3_decode)                                                                   \
    ROW(WCCP, wccp_decode)                                                                         \
    ROW(NSH, nsh_decode)                                                                           \
    ROW(VXLAN, vxlan_decode)                                                                       \
    ROW(VXLAN_GPE, vxlan_gpe_decode)                                                               \
    ROW(CAPWAP, capwap_decode)                                                                     \
    ROW(GUE, gue_decode)                                                                           \
    ROW(MPLS_IN_UDP, mpls_in_udp_decode)                                                           \
    ROW(TZSP, tzsp_decode)                                                                         \
    ROW(GENEVE, geneve_decode)                                                                     \
    ROW(GTPU, gtpu_decode)                                                                         \
    ROW(TEREDO, teredo_decode)                                                                     \
    ROW(L2TP, l2tp_decode)

enum layer {
    LAYER_NONE, /* the end of the way */
#define ROW(name, decoder) LAYER_##name,
    LAYER_ROWS(ROW)
#undef ROW
        LAYERS
};

/* One packet on its way through the layers. */
struct dissection {
    const struct decode_config *config;
    struct packet *packet;
    struct decode_room *room; /* NULL: of a quoted packet, in which no message is read further */
    struct cursor in;   /* what the layer begins with; every length field on the way bounds it */
    const uint8_t *end; /* of the captured bytes */
    enum layer next;    /* set by each layer; LAYER_NONE if it leaves it alone */
    bool whole;         /* the innermost IP packet was captured to the end its length claims */
    bool wlan_padded;   /* 802.11: the header is filled up to a multiple of 4 bytes */

    /* What lies on the way to the next IP header, where they become the packet's. */
    uint8_t vlan_count, tunnel_count;
    uint32_t context;
};

/* Takes the layer's own header off d->in and sets d->next. What it returns other than DECODED ends
 * the packet. */
typedef enum decoded layer_decoder(struct dissection *d);

#define ROW(name, decoder) layer_decoder decoder;
LAYER_ROWS(ROW)
#undef ROW

/* Runs d->next and the layers that follow, to the end of the way. */
enum decoded dissection_run(struct dissection *d);

/* How long d->in was before the capture cut it: what the lengths inside it are held against. */
size_t dissection_wire_left(const struct dissection *d);

/* Begins with a link type, by its LINKTYPE value. UNSUPPORTED for those without a row. */
enum decoded link_enter(struct dissection *d, uint32_t link_type);

/* Tables that lead from a number to a layer; LAYER_NONE for those that carry no IP. */
enum layer ethertype_layer(uint16_t ethertype);
enum layer ppp_layer(uint16_t protocol);
enum layer family_layer(uint32_t family);              /* an AF_ value of whatever system */
enum layer protocol_layer(uint8_t protocol);           /* of IP */
enum layer udp_port_layer(uint16_t src, uint16_t dst); /* of either port */

/* The protocol field of PPP, which may be one byte (RFC 1661 6.5), behind the address and control
 * of HDLC if they are there (RFC 1662). */
bool ppp_protocol_take(struct cursor *in, uint16_t *protocol);

/* What follows SNAP's OUI and protocol (IEEE 802.2): an ethertype, or an Ethernet frame that was
 * bridged, with so many bytes in front of it (RFC 2427 4.2, 2684 5.2). */
enum decoded snap_take(struct dissection *d, size_t bridged_padding);

/* Enters a tunnel, whose outer IP header, if it has one, is still in d->packet->ip. UNSUPPORTED
 * where TUNNEL_MAX of them lie behind already. */
enum decoded tunnel_enter(struct dissection *d, enum tunnel_type type);
enum decoded tunnel_enter_id(struct dissection *d, enum tunnel_type type, uint32_t id);

/* Guesses that a port number suggests are held against what they would carry: whether an IP header
 * of this family (FAMILY_NONE: of either) stands at `in`, with lengths that make sense within
 * `size` bytes, or an Ethernet frame that carries one. False where too little was captured to tell.
 */
bool ip_plausible(struct cursor in, enum family family, size_t size);
bool ethernet_plausible(struct cursor in, size_t size);
bool llc_plausible(struct cursor in, size_t size);

/* The same by the layer that is to come: of IPv4, IPv6, either of them and Ethernet; false of
 * others. */
bool layer_plausible(enum layer layer, struct cursor in, size_t size);

/* What the datagram that d->in began with held from `in` on, when it was sent: the capture, or
 * fragmentation, may have left less of it. */
size_t datagram_rest(const struct dissection *d, const struct cursor *in);

#endif
