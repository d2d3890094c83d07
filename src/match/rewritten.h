/* What was changed on the way of a packet: as it was sent, and as an error quotes it. */
#ifndef ICMPSCOPE_MATCH_REWRITTEN_H
#define ICMPSCOPE_MATCH_REWRITTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/packet.h"
#include "match/verdict.h"

/* Bits of verdict.rewritten. Addresses and ports differ after translation only. */
enum rewritten_field {
    REWRITTEN_SRC_IP,
    REWRITTEN_DEST_IP,
    REWRITTEN_SRC_PORT,
    REWRITTEN_DEST_PORT,
    REWRITTEN_TOS, /* without the bits of ECN, which stay 0: as the byte is written */
    REWRITTEN_ECN, /* those two bits (RFC 3168 5) */
    REWRITTEN_IP_ID,
    REWRITTEN_LENGTH, /* total length, IP header included, in bytes */
    REWRITTEN_DF,
    REWRITTEN_IP_OPTIONS, /* bytes of IPv4 options */
    REWRITTEN_FLOW_LABEL,
    REWRITTEN_TCP_SEQ,
    REWRITTEN_TCP_ACK,
    REWRITTEN_TCP_FLAGS,
    REWRITTEN_TCP_WINDOW, /* as it stands there, unscaled */
    REWRITTEN_TCP_MSS,    /* this and the next three: options of a SYN */
    REWRITTEN_TCP_WINDOW_SCALE,
    REWRITTEN_TCP_SACK_PERMITTED,
    REWRITTEN_TCP_TIMESTAMPS,
    REWRITTEN_TCP_CHECKSUM,
    REWRITTEN_UDP_LENGTH,
    REWRITTEN_UDP_CHECKSUM,
    REWRITTEN_ICMP_ID,
    REWRITTEN_ICMP_SEQ,
    REWRITTEN_FIELDS
};
extern const char *const rewritten_names[REWRITTEN_FIELDS]; /* public: "src_ip", "tos", … */

/* One field on both sides. An option of TCP may be on one alone: it was removed, or added. */
struct rewritten_pair {
    bool is_sent, is_quoted;
    uint32_t sent, quoted;          /* of all fields but addresses; what is set or not is 1 or 0 */
    struct addr sent_ip, quoted_ip; /* of addresses … */
    uint8_t sent_family, quoted_family; /* … enum family; FAMILY_NONE of all others */
};

/* Compares the quoted packet with verdict->sent (VERDICT_HAS_SENT), and sets verdict->rewritten,
 * compared and checksum_fit. What routers must change is left out: TTL and the IPv4 header
 * checksum; and what need not have changed on the way:
 *  - lengths that quoting hosts are known to change (byte-swapped, or off by the IP header's), and
 *    those of what a router has fragmented;
 *  - of a segment that was captured before the network card cut it up, whatever the parts have of
 *    their own: IP identification, length, sequence number, flags, checksum;
 *  - checksums that the card had still to fill in, which stand there as the sum of the pseudo
 *    header, and those that are 0 on either side: then there is none.
 *
 * A checksum also counts as rewritten where it is the same although fields that it covers are not;
 * verdict->checksum_fit says whether it fits what was rewritten. */
void rewritten_compare(const struct packet *error, struct verdict *verdict);

/* The values of a field whose bit is set in verdict->rewritten. */
struct rewritten_pair rewritten_get(const struct packet *error, const struct verdict *verdict,
                                    enum rewritten_field field);

#endif
