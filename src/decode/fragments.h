/* Fragments of ICMP messages, kept until all of a message is there: bounded in datagrams, bytes and
 * time. Those of other protocols are only compared, in a table of their own: whether they
 * contradict each other (RFC 1858, 3128). RFC 791 3.2, RFC 815, RFC 1122 3.3.2, RFC 8200 4.5, RFC
 * 5722. */
#ifndef ICMPSCOPE_DECODE_FRAGMENTS_H
#define ICMPSCOPE_DECODE_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "decode/cursor.h"
#include "decode/datagram.h"
#include "decode/decode.h"
#include "decode/packet.h"

enum {
    FRAGMENTS_DATAGRAMS = 1024,
    FRAGMENTS_BYTES = 4 << 20,
    FRAGMENTS_SECONDS_IPV4 = 30,
    FRAGMENTS_SECONDS_IPV6 = 60, /* RFC 8200 4.5 */
    COMPARED_DATAGRAMS = 512,    /* of other protocols */
    COMPARED_BYTES = 2 << 20,
};

/* All are sums. */
struct fragments_counts {
    uint64_t incomplete; /* datagrams of which not all came … */
    uint64_t evicted;    /* … among them those that gave way at a cap */
    uint64_t overlaps;   /* fragments that contradict what was there */
    uint64_t oversized;  /* fragments that reach beyond 65,535 bytes: ping of death */
    uint64_t tiny;       /* first fragments that hold less than 8 bytes of the message */
};

/* What is fragmented. No padding: hashed and compared as bytes. */
struct fragment_key {
    struct addr src, dst;
    uint32_t ip_id;
    uint8_t family, proto;
    uint16_t zero;
    uint32_t context; /* VLANs and tunnels */
};

enum { FRAGMENT_KEY_WORDS = 11 };

_Static_assert(sizeof(struct fragment_key) == FRAGMENT_KEY_WORDS * sizeof(uint32_t), "no padding");

/* Of a packet, or of a quoted one, with HAS_FRAGMENT. */
struct fragment_key fragment_key_from(const struct headers *headers, uint32_t context);

/* One datagram of which fragments came. */
struct fragmented {
    struct fragment_key key;
    uint32_t bucket_next;    /* in its bucket of the index: 1 + number, or 0 */
    uint32_t previous, next; /* in its queue, the same */
    uint8_t queue;
    bool begun;        /* its first fragment came */
    bool spoilt;       /* it will never be whole (RFC 5722) */
    bool contradicted; /* by the fragment that was added last, soon after the one before it: later
                        * it is of another datagram, as identifications are used again (RFC 4963) */
    int64_t last_ns;   /* when a fragment came last … */
    uint64_t last_serial; /* … and how many datagrams had been begun by then */
    uint32_t count;       /* fragments, copies left out */
    uint64_t serial;
    int64_t since_ns; /* when the first to arrive came; of one that is done, when it was */
    uint32_t last_offset, last_size; /* of the fragment that made it whole */
    struct packet first;             /* its first fragment, as far as the IP header */
    struct tunnels tunnels;          /* of that */
    struct datagram datagram;
};

/* In the order of coming; one for each timeout. */
struct fragment_queue {
    uint32_t head, tail; /* 1 + number, or 0 */
    size_t count;
};

enum { FRAGMENTS_IPV4, FRAGMENTS_IPV6, FRAGMENTS_DONE, FRAGMENT_QUEUES };

struct fragments {
    size_t max_datagrams, max_bytes;
    bool compare; /* none is given up: what is old begins anew */
    struct hash_secret secret;
    struct fragmented *list; /* allocated with the first fragment */
    size_t room, used;       /* of list: entries that there are, that were ever used */
    uint32_t unused;         /* those given back, chained by `next` */
    uint32_t *index;
    size_t buckets; /* a power of two */
    size_t bytes;   /* allocated for datagrams */
    uint64_t serial;
    struct fragment_queue queues[FRAGMENT_QUEUES];
    struct fragments_counts counts;
};

struct fragments_config {
    bool compare;                    /* of other protocols than ICMP */
    size_t max_datagrams, max_bytes; /* caps; 0: as above. A batch of packets may exceed them */
    const uint64_t *seed;            /* two words of entropy for the keyed hash */
};

/* Allocates nothing yet. */
void fragments_init(struct fragments *fragments, const struct fragments_config *config);
void fragments_fini(struct fragments *fragments);

/* Bytes that they may take with these caps, which are not 0: of the datagrams twice the cap in a
 * batch, and half as much where the allocator cannot fill the gaps between them. */
size_t fragments_memory(const struct fragments_config *config);

enum fragments_fate {
    FRAGMENT_PASSED,   /* not kept: cut by the capture, contradicting, or no room */
    FRAGMENT_KEPT,     /* kept until the others come, or known already */
    FRAGMENT_COMPLETE, /* with it the message is whole */
};

/* Keeps the fragment `packet`, whose IP header is decoded and whose bytes behind that are `bytes`.
 * `*whole` is the datagram, or NULL where there is none: with FRAGMENT_COMPLETE borrowed until
 * fragments_finish() takes it back. */
enum fragments_fate fragments_add(struct fragments *fragments, const struct packet *packet,
                                  struct cursor bytes, struct fragmented **whole);
void fragments_finish(struct fragments *fragments, struct fragmented *whole, int64_t now_ns);

/* Gives up the oldest datagram that is due: too old at `now_ns`, or beyond a cap. NULL where there
 * is none; else it is borrowed until fragments_drop() takes it back. */
struct fragmented *fragments_due(struct fragments *fragments, int64_t now_ns);

/* Whether there is one. */
bool fragments_are_due(const struct fragments *fragments, int64_t now_ns);
void fragments_drop(struct fragments *fragments, struct fragmented *incomplete);

/* The next message that will not be whole, of those in config->fragments, as its first fragment had
 * it: `out` is that packet, with its own frame and time, and points into `room`. To be called
 * between batches until it returns false; with INT64_MAX at the end, for all that are left. */
bool fragments_give_up(const struct decode_config *config, int64_t now_ns, struct packet *out,
                       struct decode_room *room);

#endif
