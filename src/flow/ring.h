/* The newest packets of all flows, oldest overwritten first: constant memory, sequential writes.
 * The packets of one flow are chained, newest first. The links stand apart from the packets: many
 * are in a line of the processor's cache, so that the packets can be fetched before they are looked
 * at. */
#ifndef ICMPSCOPE_FLOW_RING_H
#define ICMPSCOPE_FLOW_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Position of an entry since the start, from 1; 0 is none. It outlives the entry: ring_get() tells
 * whether it has been overwritten. 32 bits that wrap are enough, as a ring is smaller. */
typedef uint32_t ring_position;

/* Fields of a packet as it was sent, for what was changed on its way: those that `has` names. In
 * the order of struct headers where they can be: each packet is copied. */
struct sent {
    uint32_t has; /* enum headers_has */
    union {
        uint32_t tcp_ack;
        uint32_t sctp_tsn;
    };
    uint32_t flow_label;
    uint16_t checksum; /* TCP, UDP, UDP-Lite; of SCTP both halves, mixed: sctp_sum() */
    uint16_t tcp_window, tcp_mss;
    uint8_t tcp_window_scale;
    uint8_t tcp_options;    /* enum tcp_options_has of a SYN */
    uint16_t header_length; /* of IP, in bytes; at most 65535 */
    uint8_t ttl, tos;
    union {
        uint8_t tcp_flags;
        uint8_t icmp_type;
    };
    bool df;
    uint16_t link_dst; /* packet_mac_tail() of where it was sent to; 0: unknown */
};

/* A cache line: what finds and identifies the packet comes first. */
struct ring_entry {
    int64_t time_ns;
    uint64_t frame : 46; /* of the capture, 1-based */
    uint64_t capture : 16;
    uint64_t direction : 1;
    uint64_t identified : 1; /* `identity` holds something */
    uint32_t flow;           /* number of its flow in the table when it came */
    uint32_t identity; /* TCP: sequence number; UDP: length (UDP-Lite: coverage) << 16 | checksum;
                        * ICMP: id << 16 | seq; SCTP: vtag; ESP, AH: SPI and sequence number, mixed;
                        * GRE: key and sequence number, mixed */
    uint16_t ip_id;    /* IPv4; of TCP over IPv6 its checksum; else 0 */
    uint16_t length;   /* bytes behind the IP header, as it claims; at most 65535 */
    struct sent sent;
    uint32_t evidence; /* where its bytes are kept (report/evidence.h), or 0 */
};

_Static_assert(sizeof(struct ring_entry) == 64, "an entry a cache line");

struct ring {
    struct ring_entry *entries;
    ring_position *before; /* of each entry: its flow's packet before it, either direction */
    uint32_t mask;
    ring_position newest;
};

enum { RING_LEAST = 2, RING_MOST = 1 << 28 };

/* `capacity` is rounded up to a power of two, from RING_LEAST to RING_MOST. -1 when memory runs
 * out. */
int ring_init(struct ring *ring, size_t capacity, struct error *error);
void ring_fini(struct ring *ring);

/* Takes the next entry, overwriting the oldest; the caller fills it. Its position is
 * ring->newest. `before` is the one of the flow's packet before it, or 0. */
static inline struct ring_entry *ring_push(struct ring *ring, ring_position before)
{
    if (++ring->newest == 0)
        ring->newest = 1;
    const uint32_t place = ring->newest & ring->mask;
    ring->before[place] = before;
    return &ring->entries[place];
}

/* NULL where `position` is 0 or has been overwritten. */
const struct ring_entry *ring_get(const struct ring *ring, ring_position position);

/* The packet of the same flow before the one at `*position`, which moves to it. NULL where there
 * is none, or none any more. Always moves towards older packets, so that following it ends. */
const struct ring_entry *ring_get_previous(const struct ring *ring, ring_position *position);

/* Starts fetching the packet at `position`, and where the one before it is. */
void ring_prefetch_first(const struct ring *ring, ring_position position);

/* The same of the packet before that, to which it moves: 0 at the end. Waits for nothing where the
 * last step was long enough ago. */
ring_position ring_prefetch_step(const struct ring *ring, ring_position position);

/* Starts fetching the `count` packets before the one at `position`. Returns where the last of them
 * is, to go on from, or 0 at the end. */
ring_position ring_prefetch(const struct ring *ring, ring_position position, unsigned count);

#endif
