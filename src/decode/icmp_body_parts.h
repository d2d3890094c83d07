/* What the decoders of message bodies share: the parts that types of both families are made of. */
#ifndef ICMPSCOPE_DECODE_ICMP_BODY_PARTS_H
#define ICMPSCOPE_DECODE_ICMP_BODY_PARTS_H

#include <stdint.h>

#include "decode/extent.h"
#include "decode/icmp.h"

/* Reads a body, the message from its fifth byte on, and adds its members to `out`. */
typedef void icmp_body_decoder(struct extent *body, struct icmp *out);

icmp_body_decoder icmp_body_id;            /* identifier and sequence number */
icmp_body_decoder icmp_body_echo;          /* … and whatever an echo carries */
icmp_body_decoder icmp_body_probe_request; /* RFC 8335 2 */
icmp_body_decoder icmp_body_probe_reply;   /* RFC 8335 3 */
icmp_body_decoder icmp_body_plain_error;   /* 4 bytes that are not used, then the quoted packet */

/* The packet that is quoted in all of `from`. */
void icmp_body_quote(struct extent from, struct icmp *out);

/* The same of a type that may have an extension behind it (RFC 4884 4), which is read too. */
struct length_attribute {
    uint8_t length;
    uint8_t unit; /* the bytes that it counts in: 4 in ICMP, 8 in ICMPv6 */
    uint8_t
        beside; /* what stands in an unused byte beside it: not 0 where the field was not cleared,
                 * so that the length is no attribute unless it leads to an extension */
};
void icmp_body_extended_quote(struct extent body, struct length_attribute attribute,
                              struct icmp *out);

#endif
