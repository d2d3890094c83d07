/* How the options of Neighbor Discovery are read: between the files that share the work. */
#ifndef ICMPSCOPE_DECODE_ND_READ_H
#define ICMPSCOPE_DECODE_ND_READ_H

#include "decode/extent.h"
#include "decode/icmp_v6.h"

/* Reads one option whose fixed part is at `p`, with `rest` behind it, into out->of. */
typedef void nd_reader(const uint8_t *p, struct extent rest, struct nd_option *out,
                       struct icmp_v6 *v6);

/* Reads the options that `from` holds to its end, and says so in v6->has. */
void nd_options_read(struct extent from, struct icmp_v6 *v6);

/* SEND: nd_option_send.c */
nd_reader nd_read_cga, nd_read_signature, nd_read_proxy_signature, nd_read_ndp_signature;
nd_reader nd_read_timestamp, nd_read_trust_anchor, nd_read_certificate, nd_read_crypto_id;

/* Mobility: nd_option_mobile.c */
nd_reader nd_read_interval, nd_read_home_agent, nd_read_handover, nd_read_link_address;
nd_reader nd_read_acknowledgment, nd_read_map, nd_read_key_request, nd_read_key_reply;
nd_reader nd_read_identification;

/* What routers of low-power networks say, and of names: nd_option_net.c */
nd_reader nd_read_registration, nd_read_context, nd_read_border_router, nd_read_directory;
nd_reader nd_read_rdnss, nd_read_dnssl, nd_read_pvd, nd_read_pref64, nd_read_encrypted_dns;

/* A prefix of `length` bits at `bytes`, of which `size` are there: the rest is zero. */
struct addr nd_prefix(const uint8_t *bytes, size_t size);

#endif
