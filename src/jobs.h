/* Who does what of an analysis, in one thread or two.
 *
 * With two the caller's reads and decodes, and hands batches to a worker that judges them in their
 * order: what is told, and in which order, does not depend on it. All that decoding looks at
 * (inputs, filter, fragments, engine->packets, engine->over, pace) is the caller's; all that
 * judging does (flows, ring, trackers, report, evidence, tally) the worker's. The caller may look
 * at that, too, behind belt_settle(), until it hands on another batch. What both look at without
 * that: the keys' secret, which never changes, out.failure and engine->messages. */
#ifndef ICMPSCOPE_JOBS_H
#define ICMPSCOPE_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/inputs.h"

struct batch;
struct engine;

/* What records of batches lend stays for some reads: inputs_keep(). */
struct loans {
    bool any;                  /* … and so it is lent until the worker has judged them */
    size_t until[INPUTS_KEPT]; /* by turn of the inputs, modulo: how many batches were handed on
                                * with the last one that lends of it */
};

/* All is open and the process confined: starts the worker, where there is to be one. */
void jobs_start(struct engine *engine);

/* The batch to be read into and decoded next. */
struct batch *jobs_next(struct engine *engine);

/* Decodes `count` of batch->read, the belt's next one, and judges them or has them judged. Their
 * bytes are not needed any more then. */
void jobs_batch(struct engine *engine, struct batch *batch, size_t count);

/* All is judged, and the worker has ended. To call it again does nothing. */
void jobs_stop(struct engine *engine);

#endif
