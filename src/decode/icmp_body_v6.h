/* The bodies of ICMPv6 messages that are no errors: each function reads what follows type, code and
 * checksum, and adds its members to `out`, of which the members up to length are set. */
#ifndef ICMPSCOPE_DECODE_ICMP_BODY_V6_H
#define ICMPSCOPE_DECODE_ICMP_BODY_V6_H

#include "decode/icmp_body_parts.h"

/* Neighbor Discovery and what is built like it: nd.c */
icmp_body_decoder icmp_v6_router_solicitation;    /* 133, and 141, 142: RFC 4861 4.1, RFC 3122 2 */
icmp_body_decoder icmp_v6_router_advertisement;   /* 134: RFC 4861 4.2 */
icmp_body_decoder icmp_v6_neighbor_solicitation;  /* 135: RFC 4861 4.3 */
icmp_body_decoder icmp_v6_neighbor_advertisement; /* 136: RFC 4861 4.4 */
icmp_body_decoder icmp_v6_redirect;               /* 137: RFC 4861 4.5 */

/* Multicast: mld.c */
icmp_body_decoder icmp_v6_listener_query;     /* 130: RFC 2710 3, RFC 9777 5.1 */
icmp_body_decoder icmp_v6_listener_report;    /* 131 and 132: RFC 2710 3 */
icmp_body_decoder icmp_v6_listener_report_v2; /* 143: RFC 9777 5.2 */
icmp_body_decoder icmp_v6_multicast_router;   /* 151: RFC 4286 3 */
icmp_body_decoder icmp_v6_mpl;                /* 159: RFC 7731 6.2 */

/* Mobility and secured discovery: icmp_v6_mobile.c */
icmp_body_decoder icmp_v6_home_agents_request;  /* 144: RFC 6275 6.5 */
icmp_body_decoder icmp_v6_home_agents;          /* 145: RFC 6275 6.6 */
icmp_body_decoder icmp_v6_prefix_solicitation;  /* 146: RFC 6275 6.7 */
icmp_body_decoder icmp_v6_prefix_advertisement; /* 147: RFC 6275 6.8 */
icmp_body_decoder icmp_v6_path_solicitation;    /* 148: RFC 3971 6.4.1 */
icmp_body_decoder icmp_v6_path_advertisement;   /* 149: RFC 3971 6.4.2 */
icmp_body_decoder icmp_v6_mobility_experiment;  /* 150: RFC 4065 */
icmp_body_decoder icmp_v6_fast_handover;        /* 154: RFC 5568 6.1 */

/* Low-power networks: rpl.c, icmp_body_v6.c */
icmp_body_decoder icmp_v6_rpl;               /* 155: RFC 6550 6 */
icmp_body_decoder icmp_v6_duplicate_address; /* 157 and 158: RFC 6775 4.4, RFC 8505 4.2 */

/* The rest: icmp_body_v6.c */
icmp_body_decoder icmp_v6_renumbering; /* 138: RFC 2894 3 */
icmp_body_decoder icmp_v6_node_info;   /* 139 and 140: RFC 4620 4 */
icmp_body_decoder icmp_v6_locators;    /* 156: RFC 6743 4 */

#endif
