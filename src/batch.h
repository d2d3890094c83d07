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
#include "flow/table.h"
#include "match/brief.h"
#include "track/tally.h"

enum { BATCH = 64, BATCH_BYTES = 128 * 1024 };

struct batch {
    size_t count;         /* of those that passed the filter */
    struct passed passed; /* all, up to the last of them */
    int64_t tick_ns;      /* time of the last of them, … */
    bool ticks;           /* … where nothing is to be done before it is told */
    struct brief briefs[BATCH];
    uint64_t hashes[BATCH];           /* of their keys; of no meaning where there is none */
    struct flow_guess guesses[BATCH]; /* flow_table_prefetch_flows(), of the same */
    bool is_peeked;                   /* who decodes has looked for the flows: … */
    uint32_t peeked[BATCH];           /* … flow_table_peek() */
    uint32_t evidence[BATCH];         /* where the packets' bytes are kept, with -w; else 0 */
    size_t errors;                    /* packets that are about flows: … */
    uint8_t error_at[BATCH];          /* … which they are, … */
    ring_position fetched[BATCH];     /* … and how far the packets of each flow were fetched */
    size_t wholes;                    /* packets that are not plain: … */
    uint8_t slots[BATCH];             /* … where each of them is, … */
    struct packet packets[BATCH + 1]; /* … the first ones again and again, as they are in the cache;
                                       * the one behind them is for a plain one */
    struct decode_room rooms[BATCH + 1];
    struct record read[BATCH];            /* first all, then those that passed */
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
    decode_plain(&batch->read[index], packet, &batch->rooms[batch->wholes]);
    return packet;
}

#endif
