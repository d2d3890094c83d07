/* What all echoes came to, of whatever hosts, for metrics: numbers that only grow. A request that
 * was counted as lost stays so when its reply comes late; that is counted beside. */
#ifndef ICMPSCOPE_TRACK_ECHO_TOTALS_H
#define ICMPSCOPE_TRACK_ECHO_TOTALS_H

#include <stdint.h>

enum { ECHO_RTT_BOUNDS = 14 };

/* Upper bounds of round-trip times, which belong to them: 0.5 ms to 10 s. */
extern const int64_t echo_rtt_bounds_ns[ECHO_RTT_BOUNDS];

enum echo_total {
    ECHO_TOTAL_ANSWERED,  /* in time */
    ECHO_TOTAL_LOST,      /* no reply came … */
    ECHO_TOTAL_ERROR,     /* … but an ICMP error … */
    ECHO_TOTAL_LOW_TTL,   /* … or the TTL was too low for one */
    ECHO_TOTAL_FORGOTTEN, /* too many waited, or another of the same id and seq came */
    ECHO_TOTAL_AT_END,    /* the capture ended before a reply was due */
    ECHO_TOTAL_LATE,      /* a reply came to one that was counted otherwise before */
    ECHO_TOTALS
};
extern const char *const echo_total_names[ECHO_TOTALS];

/* Zero at first. */
struct echo_totals {
    uint64_t requests;
    uint64_t outcomes[ECHO_TOTALS]; /* of requests */
    uint64_t duplicates, unsolicited;
    uint64_t rtt_counts[ECHO_RTT_BOUNDS + 1]; /* up to each bound, and above; not cumulative */
    uint64_t rtt_sum_ns;
};

/* A reply's; negative ones, of clocks that went back, are left out. */
void echo_totals_rtt(struct echo_totals *totals, int64_t rtt_ns);

#endif
