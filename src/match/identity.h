/* What tells one packet of a flow from the others: compared between a packet as sent (in the
 * ring) and as quoted. */
#ifndef ICMPSCOPE_MATCH_IDENTITY_H
#define ICMPSCOPE_MATCH_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/ring.h"

/* The 32 bits of SCTP's checksum in 16; 0 where it is. */
static inline uint16_t sctp_sum(uint32_t checksum)
{
    return (uint16_t)(checksum % UINT16_MAX);
}

/* Copies what identifies the packet into its ring entry: ip_id, identity, length. What the
 * headers do not hold is 0. */
void identity_record(struct ring_entry *entry, const struct headers *sent);

/* How well a quoted packet fits one that was sent: 0 where something both have contradicts it,
 * else the more the more of it agrees. IDENTITY_TELLS and above: enough to name the packet, if it
 * alone scores so high. Below that only lengths agree, or nothing could be compared.
 *
 * An IP identification of 0 identifies nothing (RFC 6864: atomic datagrams). A UDP checksum may
 * differ where the IP identification agrees: captures on the sending host show it before the
 * network card has filled it in. A captured TCP segment may be larger than any frame (segmentation
 * offload): the quoted one is then a part of it. Many segments have equal sequence numbers (those
 * without data, and what follows them), so that lengths must agree, too. */
enum { IDENTITY_CONTRADICTS = 0, IDENTITY_POSSIBLE = 1, IDENTITY_TELLS = 4 };
int identity_score(const struct ring_entry *sent, const struct headers *quoted);

/* Whether packets that are recorded as equal are so in what they carry: by a checksum over it, or a
 * number of their own. */
bool identity_has_content(const struct ring_entry *sent);

/* Whether a packet that fits was another one, where its IP identification does not tell: the
 * checksums of TCP or UDP differ (that of the packet sent was filled in when it was captured, and
 * no MSS of a SYN was changed), or what is quoted of the TCP header does, or, where there is
 * nothing else, the lengths. */
bool identity_content_differs(const struct ring_entry *sent, const struct headers *quoted);

/* Whether what a protocol has to tell its packets apart is the same in both: of itself that names
 * the packet, but not of those whose sender has one IP identification for all. */
bool identity_content_agrees(const struct ring_entry *sent, const struct headers *quoted);

/* Whether they have the same length, not changed by the quoting host. */
bool identity_length_agrees(const struct ring_entry *sent, const struct headers *quoted);

/* Whether both have an IP identification, and the same. */
bool identity_ip_id_agrees(const struct ring_entry *sent, const struct headers *quoted);

#endif
