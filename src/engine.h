/* The engine: what one analysis is made of. engine.c is the way of a packet, run.c begins and ends
 * it; nobody else looks in here. */
#ifndef ICMPSCOPE_ENGINE_H
#define ICMPSCOPE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "decode/fragments.h"
#include "flow/fragment_table.h"
#include "flow/key.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "icmpscope.h"
#include "intake.h"
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

/* Packets that go through the stations together, so that what finding their flows reads is
 * fetched while others are decoded. */
enum { BATCH = 64 };

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
    size_t count;
    const struct record *records[BATCH];
    struct packet packets[BATCH];
    struct decode_room rooms[BATCH];
    struct lookup lookups[BATCH];
};

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
    uint64_t packets; /* that passed the filter */
    int64_t first_ns; /* time of the first of them */
    int64_t idle_ns;  /* capture time that has come without packets, where it is later */
    bool over;        /* a limit was reached */
    struct pace pace;
    size_t short_reads; /* since progress was told */
    struct record records[BATCH];
    struct batch batch;
};

/* decode → flow → match → track → report: `count` of engine->records. */
void engine_batch(struct engine *engine, size_t count);

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
