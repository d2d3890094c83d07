/* Packet time, nanoseconds since the epoch, as text. Never the wall clock. */
#ifndef ICMPSCOPE_BASE_TIMEFMT_H
#define ICMPSCOPE_BASE_TIMEFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

enum {
    TIMEFMT_SIZE = 48, /* enough for each of the formats below */
    TIMEFMT_ISO = 27,
};

/* From one packet's time to another's. Times are what captures claim: the difference may wrap. */
static inline int64_t time_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

/* "2026-11-21T17:31:00.123456Z" (RFC 3339, UTC), always six digits, rounded down. 64 bits of
 * nanoseconds reach from 1677 to 2262. Returns `buf`. */
const char *timefmt_iso(int64_t ns, char *buf, size_t size);

/* The same at `to`, TIMEFMT_ISO bytes without a NUL. Returns its end. */
char *timefmt_put_iso(char *to, int64_t ns);

/* The same for one who writes many: what the last one's second came to is kept. Zero at first. */
struct timefmt_kept {
    int64_t begin_ns; /* of that second, … */
    bool there;       /* … if there was one */
    char text[20];    /* up to the point */
};
char *timefmt_put_kept(struct timefmt_kept *kept, char *to, int64_t ns);

/* "2026-11-21 17:31:00", UTC, for people. */
const char *timefmt_date(int64_t ns, char *buf, size_t size);

/* A span in the unit a person would use, rounded to what matters: "180 ns", "43 us", "0.31 ms",
 * "3.1 ms", "120 ms", "12.5 s", "4 min 10 s", "3 h 12 min", "2 d 4 h"; a part that is zero is left
 * out: "25 s", "1 h". Negative spans have a leading "-". */
const char *timefmt_span(int64_t ns, char *buf, size_t size);

/* Rounded down, also below zero. */
int64_t timefmt_us(int64_t ns);

#endif
