/* The evidence capture: each error, and the packets of the flow it is about, as they were captured.
 *
 * The bytes of recent packets are kept in a backlog, in the order of their coming. What an error
 * makes wanted is written when it leaves the backlog, or at the end: so the capture is in that
 * order, holds each packet once, and a comment can say what came of the packet later. All fragments
 * of a datagram are wanted as soon as one is.
 *
 * Life cycle: evidence_new() → for each packet evidence_add(), then what is wanted of it → for each
 * error evidence_want(), evidence_error() → evidence_finish() → evidence_free(). The engine is the
 * only caller. */
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
#include "track/tally.h"

struct evidence; /* opaque */

struct evidence_config {
    enum icmpscope_evidence format;
    struct out_sink sink;
    size_t memory;               /* bytes that packets and what is known of them take */
    const struct report *report; /* borrowed: names of captures, and who complaints go to */
    const struct ring *ring;     /* borrowed: the packets of a flow */
};

/* NULL when memory runs out. */
struct evidence *evidence_new(const struct evidence_config *config, struct error *error);
void evidence_free(struct evidence *evidence);

/* Keeps the bytes of a packet; `packet` is what was decoded of it. Returns where, for the ring's
 * entry; 0 where it is too large. Good for ever: it is told from those that have left. */
uint32_t evidence_add(struct evidence *evidence, const struct record *record,
                      const struct packet *packet);

/* An error that was not judged yet, or a packet of a flow that was hit before. */
void evidence_want(struct evidence *evidence, uint32_t position);

/* The error at `position` (0: it was given up with only some of its fragments, and is looked for)
 * was judged, and its flow not yet marked as hit: wants all packets of its flow that are still
 * there. In all, each packet is visited once. */
void evidence_error(struct evidence *evidence, uint32_t position, const struct packet *error,
                    const struct verdict *verdict);

/* Writes what is wanted and left, complains of what the format could not hold, and counts packets
 * that were written, and those that were wanted after they had left the backlog. 0, or the errno of
 * the first failed write, or ENOTSUP where the format could not hold all. NULL is allowed. */
int evidence_finish(struct evidence *evidence, struct health *health);

#endif
