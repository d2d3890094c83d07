/* The packet that an ICMP error quotes. */
#ifndef ICMPSCOPE_DECODE_QUOTE_H
#define ICMPSCOPE_DECODE_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/extent.h"
#include "decode/icmp.h"

/* Decodes the packet whose IP header begins at `from`, and no quote inside it. False where there is
 * no fixed IP header, of 20 or 40 bytes: then `out` is not to be used. */
bool quote_decode(struct extent from, struct quote *out);

#endif
