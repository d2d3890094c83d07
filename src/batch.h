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
#include "decode/shortcut.h"
#include "flow/key.h"
#include "flow/table.h"
#include "match/brief.h"
#include "track/tally.h"

enum { BATCH = 64, BATCH_BYTES = 128 * 1024 };

/* The flow that a packet belongs to, or that an error is about. */
struct lookup {
    struct flow_key key;
    uint64_t hash;
    struct flow_guess guess; /* flow_table_prefetch_flow() */
    bool keyed;
    bool about; /* an error quotes a packet of it; set where that is not plain */
    uint32_t evidence; /* where the packet's bytes are kept, with -w; else 0 */
};

struct batch {
    size_t count;                        /* of those that passed the filter */
    struct passed passed;                /* all, up to the last of them */
    int64_t tick_ns;                     /* time of the last of them, … */
    bool ticks;                          /* … where nothing is to be done before it is told */
    const struct record *records[BATCH]; /* in `read` */
    struct brief briefs[BATCH];
    struct lookup lookups[BATCH];
    size_t wholes;                    /* packets that are not plain: … */
    uint8_t slots[BATCH];             /* … where each of them is, … */
    struct packet packets[BATCH + 1]; /* … the first ones again and again, as they are in the cache;
                                       * the one behind them is for a plain one */
    struct decode_room rooms[BATCH + 1];
    struct record read[BATCH];
    uint8_t heads[BATCH][SHORTCUT_BYTES]; /* for the records of plain packets */
    uint8_t *bytes;                       /* BATCH_BYTES for those of the records, or NULL */
};

/* A packet that is not plain. */
static inline const struct packet *batch_whole(const struct batch *batch, size_t index)
{
    return &batch->packets[batch->slots[index]];
}

/* The whole of any packet, which few of the plain ones need: theirs is good until the next one's.
 * Their records' bytes are still lent, or were moved to `heads`. */
static inline const struct packet *batch_packet(struct batch *batch, size_t index)
{
    if (!batch->briefs[index].plain)
        return batch_whole(batch, index);
    struct packet *packet = &batch->packets[batch->wholes];
    decode_plain(batch->records[index], packet, &batch->rooms[batch->wholes]);
    return packet;
}

#endif
