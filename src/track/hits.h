/* The flows that ICMP errors were about. */
#ifndef ICMPSCOPE_TRACK_HITS_H
#define ICMPSCOPE_TRACK_HITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "decode/packet.h"
#include "flow/table.h"
#include "match/verdict.h"

enum { HIT_REPORTERS = 8 };

/* Errors of one type and code from one router or host. */
struct hit_by {
    struct addr reporter;
    uint8_t family; /* of the ICMP message */
    uint8_t type, code;
    bool has_mtu;
    uint32_t mtu; /* the lowest it told */
    uint64_t count;
    int64_t first_ns, last_ns;
};

/* One flow. Its first error is kept whole, for the line a person reads. */
struct hit {
    uint64_t flow_id;
    struct headers quoted; /* as the first error quoted it: directed, from who sent to whom */
    uint64_t count;
    int64_t first_ns, last_ns;
    uint16_t capture;       /* of the first error … */
    uint64_t frame;         /* … its frame … */
    struct verdict verdict; /* … and verdict (its flow pointer is NULL) */
    uint64_t exact;         /* errors tied to a packet of their own */
    uint8_t by_count;
    uint64_t by_more; /* errors from further reporters than HIT_REPORTERS */
    struct hit_by by[HIT_REPORTERS];
    struct flow flow; /* as it stood when it ended; flow.id is 0 until then */
};

struct hits {
    struct map map; /* flow id → struct hit */
};

void hits_init(struct hits *hits, const uint64_t seed[2]);
void hits_fini(struct hits *hits);

/* An error and what it was about; only errors tied to a flow count. Sets flow->hit. NULL where the
 * table is full (counted). */
struct hit *hits_error(struct hits *hits, const struct packet *packet,
                       const struct verdict *verdict);

/* The flow ends: its counters are kept where it was hit. Returns its hit, or NULL. */
const struct hit *hits_flow_closed(struct hits *hits, const struct flow *flow);

#endif
