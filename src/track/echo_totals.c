#include "track/echo_totals.h"

#include <stddef.h>

#define MS(ms) (INT64_C(1000000) * (ms))

const int64_t echo_rtt_bounds_ns[ECHO_RTT_BOUNDS] = {
    MS(1) / 2, MS(1),   MS(5) / 2, MS(5),    MS(10),   MS(25),   MS(50),
    MS(100),   MS(250), MS(500),   MS(1000), MS(2500), MS(5000), MS(10000)};

const char *const echo_total_names[ECHO_TOTALS] = {
    [ECHO_TOTAL_ANSWERED] = "answered",   [ECHO_TOTAL_LOST] = "lost",
    [ECHO_TOTAL_ERROR] = "error",         [ECHO_TOTAL_LOW_TTL] = "low_ttl",
    [ECHO_TOTAL_FORGOTTEN] = "forgotten", [ECHO_TOTAL_AT_END] = "unanswered_at_end",
    [ECHO_TOTAL_LATE] = "late",
};

void echo_totals_rtt(struct echo_totals *totals, int64_t rtt_ns)
{
    size_t i = 0;
    if (rtt_ns < 0)
        return;
    while (i < ECHO_RTT_BOUNDS && rtt_ns > echo_rtt_bounds_ns[i])
        i++;
    totals->rtt_counts[i]++;
    totals->rtt_sum_ns += (uint64_t)rtt_ns;
}
