/* The evidence capture: each error, and the packets of the flow it is about, as they were captured.
 *
 * The bytes of recent packets are kept in a ring, in the order of their coming. What an error makes
 * wanted is written when it leaves the ring, or at the end: so the capture is in that order, holds
 * each packet once, and a comment can say what came of the packet later. */
#ifndef ICMPSCOPE_REPORT_EVIDENCE_H
#define ICMPSCOPE_REPORT_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/record.h"
#include "decode/packet.h"
#include "flow/ring.h"
#include "icmpscope.h"
#include "match/verdict.h"
#include "report/out.h"
#include "report/report.h"

struct evidence; /* opaque */

struct evidence_config {
    enum icmpscope_evidence format;
    struct out_sink sink;
    size_t memory;               /* bytes of packets that are kept */
    const struct report *report; /* borrowed: names of captures */
    const struct ring *ring;     /* borrowed: the packets of a flow */
};

/* NULL when memory runs out. */
struct evidence *evidence_new(const struct evidence_config *config, struct error *error);
void evidence_free(struct evidence *evidence);

/* Keeps the bytes of a packet. Returns where, never 0; good until the packet leaves the ring, which
 * evidence_want() and evidence_error() know. */
uint32_t evidence_add(struct evidence *evidence, const struct record *record);

/* A packet of a flow that was hit before. */
void evidence_want(struct evidence *evidence, uint32_t position);

/* The error at `position` (0: its bytes are not kept) was judged: it is wanted, and so are all
 * packets of its flow that are still there. */
void evidence_error(struct evidence *evidence, uint32_t position, const struct packet *error,
                    const struct verdict *verdict);

/* Writes what is wanted and left. 0, or the errno of the first failed write. */
int evidence_finish(struct evidence *evidence);

#endif
