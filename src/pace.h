/* The time while an analysis runs: what is due when no packet comes, what is told so often, and
 * those who want to be called.
 *
 * Files have no clock: there only packets tell the time, and none of this happens. */
#ifndef ICMPSCOPE_PACE_H
#define ICMPSCOPE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

struct pace {
    int64_t clock_ns;    /* the clock when packets last came … */
    int64_t tended_ns;   /* … when the caller was last called … */
    int64_t begun_ns;    /* … when all began … */
    int64_t interval_ns; /* … and when the next interval ends */
};

/* Everything is open. */
void pace_begin(struct engine *engine);

/* A batch of packets was taken. */
void pace_batch(struct engine *engine);

/* For struct wait: nothing comes. `context` is the engine. False where the analysis is over. */
bool pace_pause(void *context);

/* The capture time now, as far as it can be told: that of the newest packet and the time that has
 * passed since. 0 where nothing tells it. */
int64_t pace_now(const struct engine *engine);

#endif
