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
    int64_t swept_ns;    /* when idle flows were last looked for, … */
    int64_t room_ns;     /* … and room was made in tables */
    bool paused;         /* there was nothing to read once: what is read is no regular file */
};

/* Whether packets are looked at while they are captured: those of interfaces, and of a pipe whose
 * newest packet is no older than a minute. Only then flows end, and room is made in tables, without
 * a packet: what is read of a file never depends on how fast it is. */
bool pace_is_current(const struct engine *engine, int64_t clock_ns);

/* Everything is open. */
void pace_begin(struct engine *engine);

/* A batch of packets was taken. */
void pace_batch(struct engine *engine);

/* For struct wait: nothing comes. `context` is the engine. False where the analysis is over. */
bool pace_pause(void *context);

/* The capture time now, as far as it can be told: that of the newest packet and the time that has
 * passed since; of interfaces that of the last one, so that a clock set back is followed. 0 where
 * nothing tells it. */
int64_t pace_now(const struct engine *engine);

#endif
