#include "base/timefmt.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

int64_t timefmt_us(int64_t ns)
{
    return floor_divide(ns, NS_PER_US);
}

static struct tm calendar(int64_t ns)
{
    time_t seconds = (time_t)floor_divide(ns, NS_PER_S);
    struct tm tm = {0};
    gmtime_r(&seconds, &tm);
    return tm;
}

const char *timefmt_iso(int64_t ns, char *buf, size_t size)
{
    struct tm tm = calendar(ns);
    int us = (int)(timefmt_us(ns) - floor_divide(ns, NS_PER_S) * 1000000);
    snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, us);
    return buf;
}

const char *timefmt_date(int64_t ns, char *buf, size_t size)
{
    struct tm tm = calendar(ns);
    snprintf(buf, size, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return buf;
}

/* Below a minute: one unit, a digit after the point while there are fewer than two before it. */
static void span_short(uint64_t ns, const char *sign, char *buf, size_t size)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ns < units[i].ns)
            continue;
        double value = (double)ns / (double)units[i].ns;
        bool fraction = value < 10 || (i == 0 && value < 60 && ns % NS_PER_S != 0);
        snprintf(buf, size, "%s%.*f %s", sign, fraction ? 1 : 0, value, units[i].name);
        return;
    }
    snprintf(buf, size, "%s%" PRIu64 " ns", sign, ns);
}

/* From a minute on: two neighbouring units, rounded down. */
static void span_long(uint64_t seconds, const char *sign, char *buf, size_t size)
{
    static const struct {
        uint64_t seconds, part;
        const char *name, *part_name;
    } units[] = {{86400, 3600, "d", "h"}, {3600, 60, "h", "min"}, {60, 1, "min", "s"}};

    size_t i = 0;
    while (seconds < units[i].seconds)
        i++;
    snprintf(buf, size, "%s%" PRIu64 " %s %" PRIu64 " %s", sign, seconds / units[i].seconds,
             units[i].name, seconds % units[i].seconds / units[i].part, units[i].part_name);
}

const char *timefmt_span(int64_t ns, char *buf, size_t size)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    if (magnitude < 60 * (uint64_t)NS_PER_S)
        span_short(magnitude, sign, buf, size);
    else
        span_long(magnitude / NS_PER_S, sign, buf, size);
    return buf;
}
