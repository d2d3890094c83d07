/* Time stamps of pcapng interfaces, whatever a tick of their clock is, as nanoseconds. */
#ifndef ICMPSCOPE_CAPTURE_TICK_H
#define ICMPSCOPE_CAPTURE_TICK_H

#include <stdint.h>

enum { TICK_MICROSECONDS = 6 }; /* the if_tsresol of an interface that gives none */

struct tick {
    int64_t offset_s;    /* if_tsoffset */
    uint64_t per_second; /* ticks in a second; 0: so many that no stamp reaches a second */
    uint64_t plain_most; /* a stamp up to this is so many times `plain_ns`, and no more to it */
    uint32_t plain_ns;
    uint8_t resolution; /* if_tsresol: a power of 2 (top bit set) or of 10, to be negated */
};

void tick_init(struct tick *tick, uint8_t resolution, int64_t offset_s);

/* Nanoseconds since the epoch, rounded down; kept within RECORD_TIME_MOST. */
int64_t tick_to_ns(const struct tick *tick, uint64_t stamp);

#endif
