/* Packets that go through the stations together, so that what finding their flows reads is fetched
 * while others are decoded. */
#ifndef ICMPSCOPE_BATCH_H
#define ICMPSCOPE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/record.h"
#include "decode/decode.h"
#include "decode/packet.h"
#include "flow/key.h"

enum { BATCH = 64, BATCH_BYTES = 128 * 1024 };

/* The flow that a packet belongs to, or that an error is about. */
struct lookup {
    struct flow_key key;
    uint64_t hash;
    uint32_t guess; /* flow_table_prefetch_flow() */
    enum flow_direction direction;
    bool keyed;
    uint32_t evidence; /* where the packet's bytes are kept, with -w; else 0 */
};

struct batch {
    size_t count;                        /* of those that passed the filter */
    int64_t tick_ns;                     /* time of the last of them, … */
    bool ticks;                          /* … where nothing is to be done before it is told */
    const struct record *records[BATCH]; /* in `read` */
    struct packet packets[BATCH];
    struct decode_room rooms[BATCH];
    struct lookup lookups[BATCH];
    struct record read[BATCH];
    uint8_t *bytes; /* BATCH_BYTES for those of the records, or NULL */
};

#endif
