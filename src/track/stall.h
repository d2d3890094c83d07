/* One direction of a TCP connection whose oldest bytes that are not acknowledged are sent again and
 * again: whether it is for the size of their packets. Large ones do not pass where smaller ones do
 * (RFC 2923 2.1). Told apart from loss, as what is sent again at the same size is acknowledged
 * then; from a closed window; and from a peer that is gone, as nothing small passes then either. */
#ifndef ICMPSCOPE_TRACK_STALL_H
#define ICMPSCOPE_TRACK_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timefmt.h"
#include "track/sightings.h"

enum {
    STALL_LEVELS = 4,
    STALL_BLOCKS = 4,
    STALL_TRIES = 3,         /* so often it was sent again, all in vain … */
    STALL_PROBED = 2,        /* … or before it was sent smaller, and acknowledged */
    STALL_LEAST_IPV4 = 577,  /* no shorter packet is large: each host takes 576 (RFC 791 3.1) … */
    STALL_LEAST_IPV6 = 1281, /* … and each link carries 1280 (RFC 8200 5) */
    STALL_USUAL = 1500,      /* longer ones may be cut up behind the capture */
};

/* Sooner it is a copy, or another of those that are sent at once when a gap is seen. */
#define STALL_APART_NS (50 * (int64_t)NS_PER_MS)

/* From the first time to the last: timeouts have backed off by then (RFC 6298 5.5). */
#define STALL_LASTS_NS ((int64_t)NS_PER_S)

/* A segment of the connection. */
struct stall_segment {
    int64_t time_ns;
    struct sighting frame;
    uint32_t seq, ack;
    uint32_t length;  /* of the IP packet, in bytes, as captured */
    uint32_t payload; /* bytes of data */
    uint16_t window;
    uint8_t flags; /* enum tcp_flag */
    bool again;    /* its data were sent before */
};

struct stall_level {
    uint32_t length, tries; /* so often it was sent again with this length */
};

struct stall_block {
    uint32_t left, right; /* received by the peer behind the gap */
};

/* Zero bytes at first, but for `una`. */
struct stall {
    uint32_t una;     /* the first byte that is not acknowledged */
    uint32_t tries;   /* so often it was sent again … */
    int64_t first_ns; /* … since … */
    int64_t last_ns;  /* … and until then */
    uint32_t current; /* length with which it was sent last */
    uint32_t limit;   /* longest packet on the wire, by the MSS of the SYNs; 0: unknown */
    uint32_t before;  /* the longest that was ever acknowledged, as far as was seen */
    uint32_t
        passed; /* the longest that passed since, by what was heard; UINT32_MAX: any may have */
    uint32_t refused;      /* `proven`: the shortest that did not pass */
    uint32_t smalls, dups; /* data shorter than `current` sent since, and repeated ACKs */
    uint32_t small;        /* the shortest of them; 0: none */
    uint32_t in_vain;      /* of them those that no block tells of */
    uint32_t heard_length; /* of what answered the peer's data … */
    int64_t heard_ns;      /* … that came then; 0: none */
    uint32_t big_end;      /* `proven` and `big`: behind the data of a packet that is too large */
    uint16_t window;       /* the last one heard */
    uint8_t level_count, block_count;
    bool blocks_lost;  /* there were more */
    bool closed;       /* the peer's window is */
    bool first_is_dup; /* the oldest ACK of `una` that is recalled: where there is an older one */
    bool proven, big;
    struct stall_level levels[STALL_LEVELS];
    struct stall_block blocks[STALL_BLOCKS];
    struct sightings seen; /* of `una` sent again; with what tells that smaller ones pass */
};

/* What does not pass, and what does: lengths of IP packets, in bytes. */
struct stall_found {
    uint32_t refused, passed;
};

/* The peer has acknowledged all before `ack`, or has it said again. */
void stall_acked(struct stall *stall, uint32_t ack);

/* The peer has data behind the gap. */
void stall_sacked(struct stall *stall, struct stall_block block, struct sighting frame);

/* What begins at `una` is sent again. Returns whether that counts. */
bool stall_try(struct stall *stall, const struct stall_segment *segment);

/* Other segments of the sender, and those of the peer, once some tries have counted. */
void stall_sent(struct stall *stall, const struct stall_segment *segment);
void stall_heard(struct stall *stall, const struct stall_segment *segment);

/* What is remembered of packets before that, newest first. Of the sender, and of the peer. */
void stall_recall_sent(struct stall *stall, const struct stall_segment *segment);
void stall_recall_heard(struct stall *stall, const struct stall_segment *segment);

/* The longest packet that an MSS allows: `length` bytes with all headers. */
void stall_bound(struct stall *stall, uint32_t length);

/* Whether it is for its size. `least` is STALL_LEAST_IPV4 or _IPV6; `elsewhere` the length of what
 * passed between the two hosts since, outside the connection; 0: nothing is known to have. */
bool stall_judge(const struct stall *stall, uint32_t least, uint32_t elsewhere,
                 struct stall_found *found);

#endif
