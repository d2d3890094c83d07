/* The recent packets, found by what address translation leaves as it is. Made only when an error
 * asks for it, and brought up to the newest packet each time: captures without such errors pay
 * nothing. */
#ifndef ICMPSCOPE_FLOW_PACKET_INDEX_H
#define ICMPSCOPE_FLOW_PACKET_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"
#include "flow/ring.h"
#include "flow/table.h"

struct packet_index; /* opaque */

/* What a packet is found by: of which kind its value is. */
enum packet_trait_kind {
    TRAIT_NONE,
    TRAIT_TCP_SEQ,
    TRAIT_UDP_IP_ID,  /* UDP length << 16 | IP identification */
    TRAIT_UDP_SUM,    /* UDP length << 16 | payload_sum(), where there is no identification */
    TRAIT_ICMP_IP_ID, /* sequence number << 16 | IP identification */
    TRAIT_ICMP_SEQ,   /* sequence number << 16 | bytes behind the IP header, where there is none */
    TRAIT_SCTP_VTAG,
    TRAIT_SPI,   /* of ESP and AH, with the sequence number: ring_entry.identity */
    TRAIT_IP_ID, /* of all else: bytes behind the IP header << 16 | IP identification */
};

struct packet_trait {
    uint32_t kind; /* enum packet_trait_kind */
    uint32_t value;
};

/* Of a packet in the ring, or of one that is quoted, entered as if it had been sent: the same for
 * both, whatever of its addresses and ports was translated in between. TRAIT_NONE where nothing
 * identifies it. `key` is that of its flow: TRAIT_UDP_SUM needs it, for which NULL gives none. */
struct packet_trait packet_trait_of(const struct ring_entry *entry, const struct flow_key *key);

/* What the checksum of UDP covers besides addresses and ports: it less their one's complement sum
 * (RFC 1624 3), which is the same before and after their translation, and in either direction. */
uint16_t payload_sum(uint16_t checksum, const struct flow_key *key);

/* The one's complement sum of the addresses of a flow (RFC 1071), not folded yet. */
uint32_t addresses_sum(const struct flow_key *key);

/* A 32-bit sum of 16-bit words, to 16 bits (RFC 1071). */
uint16_t sum_fold(uint32_t sum);

/* Of the packets in `ring`, whose flows are in `table`, both borrowed. Allocates what grows with
 * the ring at the first search. NULL when memory runs out. */
struct packet_index *packet_index_new(const struct ring *ring, const struct flow_table *table,
                                      const uint64_t seed[2]);
void packet_index_free(struct packet_index *index);

/* A search, from the newest packet to older ones. */
struct packet_walk {
    const struct packet_index *index;
    struct packet_trait trait;
    ring_position position; /* that is visited next, or 0 */
    uint32_t visits;        /* packets looked at so far, those with another trait included … */
    uint32_t limit;         /* … and how many may be */
};

/* Looks at no more than `limit` packets: many may have one trait. Finds nothing where memory for
 * the index is short. */
struct packet_walk packet_index_search(struct packet_index *index, struct packet_trait trait,
                                       uint32_t limit);

/* The next packet with that trait, whose position is `*position`, or NULL. */
const struct ring_entry *packet_walk_next(struct packet_walk *walk, ring_position *position);

/* Whether it ended at its limit, and not where there are no more. */
bool packet_walk_is_cut(const struct packet_walk *walk);

/* The flow of the packet at `position`, where that is certain: its number may have gone to another
 * flow since. Looks at no more than `*visits` of the flow's later packets, and takes them off. NULL
 * where the flow is gone, or too busy to tell. */
struct flow *packet_index_flow(const struct packet_index *index, ring_position position,
                               uint32_t *visits);

#endif
