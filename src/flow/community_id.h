/* Community ID v1: the flow hash that Zeek, Suricata and others share
 * (https://github.com/corelight/community-id-spec). */
#ifndef ICMPSCOPE_FLOW_COMMUNITY_ID_H
#define ICMPSCOPE_FLOW_COMMUNITY_ID_H

#include <stddef.h>
#include <stdint.h>

#include "decode/packet.h"

enum { COMMUNITY_ID_SIZE = 31 }; /* "1:", 28 characters of base64, NUL */

/* Of a packet or a quoted packet. Ports take part for TCP, UDP, SCTP and, as type and counter-type,
 * for ICMP; other protocols leave them out. One-way ICMP types are hashed as type and code and
 * never swapped. Returns `buf`, "" where the headers hold no addresses or lack their ports. */
const char *community_id_format(const struct headers *headers, uint16_t seed, char *buf,
                                size_t size);

/* The same at `to`, where COMMUNITY_ID_SIZE bytes are free, and without a NUL. Returns its end, or
 * `to`. */
char *community_id_put(char *to, const struct headers *headers, uint16_t seed);

#endif
