/* What follows type, code and checksum in an ICMP message, by its type. */
#ifndef ICMPSCOPE_DECODE_ICMP_BODY_H
#define ICMPSCOPE_DECODE_ICMP_BODY_H

#include "decode/extent.h"
#include "decode/icmp.h"

/* Reads `body`, the message from its fifth byte on, and adds its members to `out`, of which the
 * members up to length are set. Does nothing for a type without a row. */
void icmp_body_decode(struct extent body, struct icmp *out);

#endif
