/* Where in an ICMP error the quoted packet ends and an extension begins (RFC 4884). */
#ifndef ICMPSCOPE_DECODE_EXTENSION_H
#define ICMPSCOPE_DECODE_EXTENSION_H

#include <stdint.h>

#include "decode/extension_object.h"
#include "decode/extent.h"

/* The body of an error behind its 8 bytes of header, in two. */
struct extension_split {
    struct extent quote;     /* with its padding */
    struct extent extension; /* from its header on; of no meaning without one */
    uint8_t layout;          /* enum extension_layout */
    uint16_t anomalies;      /* of the length attribute: bits by enum extension_anomaly */
};

/* Splits the body of an error of a type that may have extensions (RFC 4884 4). `length` is the
 * length attribute, `unit` the bytes that it counts in: 4 in ICMP, 8 in ICMPv6. One that the body
 * contradicts is ignored: it is beyond the end, or no extension stands where it points to. The
 * legacy layout, and a quote shorter than RFC 4884 wants, are believed where the checksum of the
 * extension proves them. */
void extension_split(struct extent body, uint8_t length, uint8_t unit, struct extension_split *out);

#endif
