/* The bodies of ICMPv4 messages: rows of the table in icmp_body.c. */
#ifndef ICMPSCOPE_DECODE_ICMP_BODY_V4_H
#define ICMPSCOPE_DECODE_ICMP_BODY_V4_H

#include "decode/icmp_body_parts.h"

/* Errors. */
icmp_body_decoder icmp_v4_unreachable;       /* RFC 792; code 4: RFC 1191 4 */
icmp_body_decoder icmp_v4_redirect;          /* RFC 792 */
icmp_body_decoder icmp_v4_time_exceeded;     /* RFC 792 */
icmp_body_decoder icmp_v4_parameter_problem; /* RFC 792 */
icmp_body_decoder icmp_v4_conversion_error;  /* RFC 1475 */
icmp_body_decoder icmp_v4_security_failure;  /* RFC 2521 */

/* The others. */
icmp_body_decoder icmp_v4_router_advertisement; /* RFC 1256; RFC 5944 2.1 */
icmp_body_decoder icmp_v4_timestamp;            /* RFC 792 */
icmp_body_decoder icmp_v4_mask;                 /* RFC 950 */
icmp_body_decoder icmp_v4_traceroute;           /* RFC 1393 */
icmp_body_decoder icmp_v4_domain_name_reply;    /* RFC 1788 */
icmp_body_decoder icmp_v4_mobility;             /* RFC 4065 */
icmp_body_decoder icmp_v4_unspecified;          /* types whose body no RFC describes */

#endif
