#include "capture/tick.h"

#include <stdbool.h>

#include "base/timefmt.h"
#include "capture/record.h"

enum {
    POWER_OF_TWO = 0x80,
    MOST_BITS = 63,   /* 2^63 ticks a second fit 64 bits, */
    MOST_DIGITS = 19, /* and 10^19 do */
    NS_DIGITS = 9,
};

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static bool is_binary(const struct tick *tick)
{
    return (tick->resolution & POWER_OF_TWO) != 0;
}

static unsigned exponent_of(const struct tick *tick)
{
    return tick->resolution & ~(unsigned)POWER_OF_TWO;
}

void tick_init(struct tick *tick, uint8_t resolution, int64_t offset_s)
{
    *tick = (struct tick){.resolution = resolution, .offset_s = offset_s};
    unsigned exponent = exponent_of(tick);
    if (is_binary(tick)) {
        tick->per_second = exponent <= MOST_BITS ? (uint64_t)1 << exponent : 0;
        return;
    }

    tick->per_second = exponent <= MOST_DIGITS ? power_of_ten(exponent) : 0;
    if (exponent > NS_DIGITS || offset_s != 0)
        return;
    tick->plain_ns = (uint32_t)power_of_ten(NS_DIGITS - exponent);
    tick->plain_most = (uint64_t)RECORD_TIME_MOST / tick->plain_ns;
}

/* `part` × 10^9 / 2^bits, rounded down, for a part below 2^bits: in two halves, as the product
 * may have 94 bits. */
static uint64_t binary_to_ns(uint64_t part, unsigned bits)
{
    uint64_t high = (part >> 32) * NS_PER_S, low = (part & 0xffffffff) * NS_PER_S;
    if (bits < 32)
        return low >> bits;
    unsigned rest = bits - 32;
    return rest <= MOST_BITS ? (high + (low >> 32)) >> rest : 0;
}

static uint64_t decimal_to_ns(uint64_t part, unsigned digits)
{
    if (digits <= NS_DIGITS)
        return part * power_of_ten(NS_DIGITS - digits);
    return digits <= NS_DIGITS + MOST_DIGITS ? part / power_of_ten(digits - NS_DIGITS) : 0;
}

static int64_t clamp_time(int64_t seconds, uint64_t ns)
{
    if (seconds >= RECORD_TIME_MOST / NS_PER_S)
        return RECORD_TIME_MOST;
    if (seconds <= -(RECORD_TIME_MOST / NS_PER_S))
        return -RECORD_TIME_MOST;
    return seconds * NS_PER_S + (int64_t)ns;
}

int64_t tick_to_ns(const struct tick *tick, uint64_t stamp)
{
    if (stamp <= tick->plain_most && tick->plain_ns != 0)
        return (int64_t)(stamp * tick->plain_ns);

    uint64_t seconds = tick->per_second > 0 ? stamp / tick->per_second : 0;
    uint64_t part = tick->per_second > 0 ? stamp % tick->per_second : stamp;
    unsigned exponent = exponent_of(tick);
    uint64_t ns = is_binary(tick) ? binary_to_ns(part, exponent) : decimal_to_ns(part, exponent);
    return clamp_time((int64_t)(seconds + (uint64_t)tick->offset_s), ns);
}
