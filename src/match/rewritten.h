/* What was changed on the way of a packet: as it was sent, and as an error quotes it. */
#ifndef ICMPSCOPE_MATCH_REWRITTEN_H
#define ICMPSCOPE_MATCH_REWRITTEN_H

#include "decode/packet.h"
#include "match/verdict.h"

/* Bits of verdict.rewritten. Addresses and ports differ after translation only. */
enum rewritten_field {
    REWRITTEN_SRC_IP,
    REWRITTEN_DEST_IP,
    REWRITTEN_SRC_PORT,
    REWRITTEN_DEST_PORT,
    REWRITTEN_FIELDS
};
extern const char *const rewritten_names[REWRITTEN_FIELDS];

/* Compares the quoted packet with verdict->sent (VERDICT_HAS_SENT), and sets verdict->rewritten and
 * checksum_consistent. Leaves out what routers must change: TTL and the IPv4 header checksum. */
void rewritten_compare(const struct packet *error, struct verdict *verdict);

#endif
