#include "base/timefmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"

/* A moment taken apart, UTC, proleptic Gregorian. */
struct calendar {
    unsigned year, month, day, hour, minute, second, us;
};

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

int64_t timefmt_us(int64_t ns)
{
    return floor_divide(ns, NS_PER_US);
}

/* Days since the epoch → year, month, day. Counted in years that begin in March, so that a leap day
 * is the last of its year and months of 31, 30, 31, 30, 31 days repeat; the 400-year cycle has
 * 146,097 days, and 719,468 lie between 0000-03-01 and the epoch. gmtime_r() costs more than all
 * the rest of a record's time. 64 bits of nanoseconds stay within the years 1677 to 2262. */
static void calendar_date(struct calendar *calendar, int64_t days_since_epoch)
{
    unsigned days = (unsigned)(days_since_epoch + 719468);
    unsigned cycle = days / 146097, day_of_cycle = days % 146097;
    unsigned year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    unsigned day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    unsigned month = (5 * day_of_year + 2) / 153; /* 0 is March */

    calendar->day = day_of_year - (153 * month + 2) / 5 + 1;
    calendar->month = month < 10 ? month + 3 : month - 9;
    calendar->year = 400 * cycle + year_of_cycle + (calendar->month <= 2);
}

static struct calendar calendar_at(int64_t ns)
{
    struct calendar calendar;
    int64_t seconds = floor_divide(ns, NS_PER_S);
    int64_t days = floor_divide(seconds, 86400);
    unsigned second_of_day = (unsigned)(seconds - days * 86400);

    calendar_date(&calendar, days);
    calendar.hour = second_of_day / 3600;
    calendar.minute = second_of_day / 60 % 60;
    calendar.second = second_of_day % 60;
    int64_t ns_of_second = ns % NS_PER_S;
    calendar.us = (unsigned)((ns_of_second + (ns_of_second < 0 ? NS_PER_S : 0)) / NS_PER_US);
    return calendar;
}

/* "2026-11-21" `between` "17:31:00" */
static char *calendar_put(char *to, const struct calendar *calendar, char between)
{
    to = digits_put_two(to, calendar->year / 100);
    to = digits_put_two(to, calendar->year % 100);
    *to++ = '-';
    to = digits_put_two(to, calendar->month);
    *to++ = '-';
    to = digits_put_two(to, calendar->day);
    *to++ = between;
    to = digits_put_two(to, calendar->hour);
    *to++ = ':';
    to = digits_put_two(to, calendar->minute);
    *to++ = ':';
    return digits_put_two(to, calendar->second);
}

static const char *text_give(const char *text, char *buf, size_t size)
{
    size_t length = strlen(text);
    if (size == 0)
        return buf;
    if (length >= size)
        length = size - 1;
    memcpy(buf, text, length);
    buf[length] = '\0';
    return buf;
}

char *timefmt_put_iso(char *to, int64_t ns)
{
    struct calendar calendar = calendar_at(ns);
    to = calendar_put(to, &calendar, 'T');
    *to++ = '.';
    to = digits_put_two(to, calendar.us / 10000);
    to = digits_put_two(to, calendar.us / 100 % 100);
    to = digits_put_two(to, calendar.us % 100);
    *to++ = 'Z';
    return to;
}

/* The earliest second has no beginning. */
static char *put_and_keep(struct timefmt_kept *kept, char *to, int64_t ns)
{
    const int64_t second = floor_divide(ns, NS_PER_S);
    char *end = timefmt_put_iso(to, ns);
    kept->there = second >= INT64_MIN / NS_PER_S;
    kept->begin_ns = kept->there ? second * NS_PER_S : 0;
    memcpy(kept->text, to, sizeof kept->text);
    return end;
}

/* All that differs within a second are the six digits behind the point: of eight, the first two
 * fall on what is written last. */
char *timefmt_put_kept(struct timefmt_kept *kept, char *to, int64_t ns)
{
    enum { LAST = TIMEFMT_ISO - 1, DIGITS = 8 };
    const uint64_t since_ns = (uint64_t)ns - (uint64_t)kept->begin_ns;
    if (!kept->there || ns < kept->begin_ns || since_ns >= NS_PER_S)
        return put_and_keep(kept, to, ns);
    digits_put_eight(to + LAST - DIGITS, (uint32_t)since_ns / NS_PER_US);
    memcpy(to, kept->text, sizeof kept->text);
    to[LAST] = 'Z';
    return to + TIMEFMT_ISO;
}

const char *timefmt_iso(int64_t ns, char *buf, size_t size)
{
    char text[TIMEFMT_SIZE];
    *timefmt_put_iso(text, ns) = '\0';
    return text_give(text, buf, size);
}

const char *timefmt_date(int64_t ns, char *buf, size_t size)
{
    char text[TIMEFMT_SIZE];
    struct calendar calendar = calendar_at(ns);
    *calendar_put(text, &calendar, ' ') = '\0';
    return text_give(text, buf, size);
}

static uint64_t round_divide(uint64_t value, uint64_t by)
{
    return (value + by / 2) / by;
}

/* `value` hundredths of `unit`, without trailing zeros behind the point. */
static void hundredths_put(uint64_t value, const char *sign_unit[2], char *buf, size_t size)
{
    uint64_t whole = value / 100;
    unsigned part = (unsigned)(value % 100);
    if (part == 0)
        snprintf(buf, size, "%s%" PRIu64 " %s", sign_unit[0], whole, sign_unit[1]);
    else if (part % 10 == 0)
        snprintf(buf, size, "%s%" PRIu64 ".%u %s", sign_unit[0], whole, part / 10, sign_unit[1]);
    else
        snprintf(buf, size, "%s%" PRIu64 ".%02u %s", sign_unit[0], whole, part, sign_unit[1]);
}

/* Below a minute, one unit. A row holds for spans that, rounded to `step`, are below `below`. */
static int span_short(uint64_t ns, const char *sign, char *buf, size_t size)
{
    static const struct {
        uint64_t below, step, unit;
        const char *name;
    } rows[] = {
        {1, 1, 1, "s"}, /* 0 s */
        {1000, 1, 1, "ns"},
        {100 * (uint64_t)NS_PER_US, NS_PER_US, NS_PER_US, "us"},
        {NS_PER_MS, NS_PER_MS / 100, NS_PER_MS, "ms"},
        {10 * (uint64_t)NS_PER_MS, NS_PER_MS / 10, NS_PER_MS, "ms"},
        {NS_PER_S, NS_PER_MS, NS_PER_MS, "ms"},
        {60 * (uint64_t)NS_PER_S, NS_PER_S / 10, NS_PER_S, "s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t rounded = round_divide(ns, rows[i].step) * rows[i].step;
        if (rounded >= rows[i].below)
            continue;
        const char *around[2] = {sign, rows[i].name};
        hundredths_put(rounded * 100 / rows[i].unit, around, buf, size);
        return 0;
    }
    return -1;
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
    uint64_t part = seconds % units[i].seconds / units[i].part;
    int used =
        snprintf(buf, size, "%s%" PRIu64 " %s", sign, seconds / units[i].seconds, units[i].name);
    if (part > 0 && (size_t)used < size)
        snprintf(buf + used, size - (size_t)used, " %" PRIu64 " %s", part, units[i].part_name);
}

const char *timefmt_span(int64_t ns, char *buf, size_t size)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    if (size > 0 && span_short(magnitude, sign, buf, size) != 0)
        span_long(round_divide(magnitude, NS_PER_S), sign, buf, size);
    return buf;
}
