/* What the checksum of TCP and UDP covers (RFC 9293 3.1, RFC 768, RFC 8200 8.1), as far as headers
 * hold it. */
#ifndef ICMPSCOPE_MATCH_COVERAGE_H
#define ICMPSCOPE_MATCH_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"

/* Whether there is a checksum, and the network card has filled it in: until then there stands the
 * sum of the pseudo header, not complemented. `length` is what IP carries, in bytes. */
bool coverage_is_filled(const struct headers *headers, uint32_t length);

/* Whether the two checksums differ by what the fields that they cover do: addresses, ports, the TCP
 * header, the options of a SYN that have a value, the UDP length; all else taken as unchanged. By
 * RFC 1624: a checksum and the words that it covers have one sum, whichever of them change. Both
 * have HAS_TCP_CHECKSUM, or HAS_UDP_LENGTH. */
bool coverage_fits(const struct headers *sent, const struct headers *quoted);

/* Whether that is all of the header: false of segments whose options may have changed unseen. */
bool coverage_is_known(const struct headers *sent, const struct headers *quoted);

#endif
