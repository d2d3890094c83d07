/* The engine: what one analysis is made of. engine.c is the way of a packet, run.c begins and ends
 * it; nobody else looks in here. */
#ifndef ICMPSCOPE_ENGINE_H
#define ICMPSCOPE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "belt.h"
#include "decode/decode.h"
#include "decode/fragments.h"
#include "flow/fragment_table.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "icmpscope.h"
#include "intake.h"
#include "jobs.h"
#include "match/held.h"
#include "match/match.h"
#include "pace.h"
#include "report/evidence.h"
#include "report/out.h"
#include "report/report.h"
#include "track/event.h"
#include "track/hits.h"
#include "track/homes.h"
#include "track/rewriting.h"
#include "track/stories.h"
#include "track/tally.h"

struct engine {
    const struct icmpscope_config *config;
    struct intake intake;
    struct flow_table *table;
    struct fragments fragments; /* of ICMP … */
    struct fragments compared;  /* … and of other protocols */
    struct fragment_table fragment_table;
    struct ring ring;
    struct matcher matcher;
    struct held held;
    struct evidence *evidence; /* or NULL */
    struct tally tally;
    struct hits hits;
    struct rewritings rewritings;
    struct homes homes;
    struct stories stories;
    struct out out;
    struct report report;
    uint64_t packets;     /* that passed the filter */
    struct passed passed; /* of the same, as decoding counts them; the tally has it when they are
                           * judged */
    int64_t first_ns;     /* time of the first of them */
    int64_t idle_ns;      /* capture time that has come without packets, where it is later */
    bool over;            /* a limit was reached */
    struct pace pace;
    size_t short_reads; /* since progress was told */
    struct belt belt;   /* the batches; see jobs.h for who may look at what while it runs */
    struct loans loans;
    atomic_uint_least64_t messages; /* of ICMP, up to the batch that was judged last */
};

/* Records to packets and their keys: `count` of batch->read. Afterwards batch->count of them have
 * passed. */
void engine_decode(struct engine *engine, struct batch *batch, size_t count);

/* Fetches what judging a batch begins with: the index of the flow table, then the flows that it
 * names, which may be long before the batch's turn; then what errors have left of them. */
void engine_prefetch_index(const struct engine *engine, const struct batch *batch);
void engine_prefetch_flows(const struct engine *engine, struct batch *batch);
void engine_prefetch_hits(const struct engine *engine, struct batch *batch);

/* For a batch that `is_peeked`, the thread that does not judge has looked for the flows beforehand,
 * while the other one did: first these two, in place of the index. */
void engine_peek_index(const struct engine *engine, const struct batch *batch);
void engine_peek_flows(const struct engine *engine, struct batch *batch);

/* flow → match → track → report, of a decoded batch. */
void engine_judge(struct engine *engine, struct batch *batch);

/* After each batch that has packets, at the time of its last: messages of which not all fragments
 * came, and what is due by then. engine_is_due() says beforehand whether there are such messages:
 * where not, engine_give_up() looks at nothing that judging does. */
bool engine_is_due(const struct engine *engine, int64_t now_ns);
void engine_give_up(struct engine *engine, int64_t now_ns);
void engine_tick(struct engine *engine, int64_t now_ns);

/* Whether no more is to be read: a limit was reached, output failed, or the caller wants no more.
 * Interfaces, where the caller wants no more, give first what they have, and end themselves. */
bool engine_is_over(const struct engine *engine);

/* No packet comes, and it is `now_ns` of capture time: what waited long enough is told. */
void engine_age(struct engine *engine, int64_t now_ns);

/* Ends flows that have been idle for too long at `now_ns`, of a part of the table that is as large
 * as `elapsed_ns` is of ENGINE_SWEEP_S. */
enum { ENGINE_SWEEP_S = 20 };
void engine_sweep(struct engine *engine, int64_t now_ns, int64_t elapsed_ns);

/* So that what is new finds room in each table; about each second, live. */
void engine_make_room(struct engine *engine, int64_t now_ns);

/* An interval has ended: tells `stats`, and what was found so far. */
void engine_interval(struct engine *engine, int64_t now_ns);

/* Tells the caller how far it is. */
void engine_tell_progress(struct engine *engine);

/* No more packets: what waited is judged. The flows are still there. */
void engine_drain(struct engine *engine);

/* For trackers and for the flow table: `context` is the engine. */
void engine_emit(void *context, const struct event *event);
void engine_flow_closed(void *context, const struct flow *flow, enum flow_end end);
void engine_flow_alive(void *context, const struct flow *flow);

#endif
