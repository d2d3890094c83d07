/* Packet times as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/timefmt.h"

static void iso_has_six_digits_rounded_down(void **state)
{
    (void)state;
    /* date -u -d 2026-11-21T17:31:00 +%s: 1795282260 */
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {999, "1970-01-01T00:00:00.000000Z"},
        {1000, "1970-01-01T00:00:00.000001Z"},
        {1795282260123456789, "2026-11-21T17:31:00.123456Z"},
        {1795282260999999999, "2026-11-21T17:31:00.999999Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {-1000000000, "1969-12-31T23:59:59.000000Z"},
        {951782400000000000, "2000-02-29T00:00:00.000000Z"},
        {951868800000000000, "2000-03-01T00:00:00.000000Z"},
        {4107542400000000000, "2100-03-01T00:00:00.000000Z"}, /* 2100 has no leap day */
        {INT64_MAX, "2262-04-11T23:47:16.854775Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buf[TIMEFMT_SIZE];
        assert_string_equal(timefmt_iso(rows[i].ns, buf, sizeof buf), rows[i].text);
    }
}

/* A time every 61,463 s, which meets all times of day and, over 1677 to 2262, every kind of date.
 */
static void dates_equal_gmtime(void **state)
{
    (void)state;
    for (int64_t seconds = -9223372036; seconds <= 9223372036; seconds += 61463) {
        time_t time = (time_t)seconds;
        struct tm tm;
        char ours[TIMEFMT_SIZE], systems[TIMEFMT_SIZE];
        assert_non_null(gmtime_r(&time, &tm));
        strftime(systems, sizeof systems, "%Y-%m-%d %H:%M:%S", &tm);
        if (strcmp(timefmt_date(seconds * NS_PER_S, ours, sizeof ours), systems) != 0)
            assert_string_equal(ours, systems);
    }
}

/* Within a second, from one to the next and back, and from one end of time to the other. */
static void what_is_kept_of_a_second_changes_nothing(void **state)
{
    (void)state;
    static const int64_t steps[] = {0, 1, 999, 1000, 999999000, 1000000000, -1, -1000000000, 61463};
    static const int64_t from[] = {0,         -1,        1795282260123456789,
                                   INT64_MAX, INT64_MIN, 951782399999999999};
    struct timefmt_kept kept = {0};
    for (size_t i = 0; i < 18; i++)
        for (size_t j = 0; j < 63; j++) {
            const int64_t ns = (int64_t)((uint64_t)from[i * 5 % 6] + (uint64_t)steps[j * 5 % 9]);
            char ours[TIMEFMT_SIZE], plain[TIMEFMT_SIZE];
            *timefmt_put_kept(&kept, ours, ns) = '\0';
            assert_string_equal(ours, timefmt_iso(ns, plain, sizeof plain));
        }
}

static void a_short_buffer_is_not_overrun(void **state)
{
    (void)state;
    char buf[12] = "..........x";
    assert_string_equal(timefmt_date(0, buf, 11), "1970-01-01");
    assert_string_equal(timefmt_iso(0, buf, 5), "1970");
    timefmt_iso(0, buf, 1);
    assert_string_equal(buf, "");
    buf[0] = 'x';
    timefmt_iso(0, buf, 0);
    timefmt_span(0, buf, 0);
    assert_int_equal(buf[0], 'x');
    timefmt_span((int64_t)NS_PER_S * 100000, buf, 4);
    assert_string_equal(buf, "1 d");
}

static void spans_are_in_the_unit_of_people(void **state)
{
    (void)state;
    const int64_t us = NS_PER_US, ms = NS_PER_MS, s = NS_PER_S;
    const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "0 s"},
        {1, "1 ns"},
        {180, "180 ns"},
        {999, "999 ns"},
        {1000, "1 us"},
        {43 * us, "43 us"},
        {99 * us + 499, "99 us"},
        {99 * us + 500, "0.1 ms"}, /* not "100 us" */
        {300 * us, "0.3 ms"},
        {312 * us, "0.31 ms"},
        {994 * us, "0.99 ms"},
        {995 * us, "1 ms"},
        {3 * ms + 140 * us, "3.1 ms"},
        {9 * ms + 949 * us, "9.9 ms"},
        {9 * ms + 950 * us, "10 ms"},
        {120 * ms, "120 ms"},
        {999 * ms + 499 * us, "999 ms"},
        {999 * ms + 500 * us, "1 s"},
        {12 * s + 500 * ms, "12.5 s"},
        {25 * s, "25 s"},
        {59 * s + 949 * ms, "59.9 s"},
        {59 * s + 950 * ms, "1 min"},
        {250 * s, "4 min 10 s"},
        {3599 * s + 499 * ms, "59 min 59 s"},
        {3600 * s, "1 h"},
        {(3 * 60 + 12) * 60 * s, "3 h 12 min"},
        {52 * 3600 * s, "2 d 4 h"},
        {86400 * s, "1 d"},
        {-300 * us, "-0.3 ms"},
        {-250 * s, "-4 min 10 s"},
        {INT64_MAX, "106751 d 23 h"},
        {INT64_MIN, "-106751 d 23 h"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buf[TIMEFMT_SIZE];
        assert_string_equal(timefmt_span(rows[i].ns, buf, sizeof buf), rows[i].text);
    }
}

static void microseconds_round_down_below_zero_too(void **state)
{
    (void)state;
    assert_int_equal(timefmt_us(1999), 1);
    assert_int_equal(timefmt_us(0), 0);
    assert_int_equal(timefmt_us(-1), -1);
    assert_int_equal(timefmt_us(-1000), -1);
    assert_int_equal(timefmt_us(INT64_MIN), -9223372036854776);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(iso_has_six_digits_rounded_down),
    cmocka_unit_test(what_is_kept_of_a_second_changes_nothing),
    cmocka_unit_test(dates_equal_gmtime),
    cmocka_unit_test(a_short_buffer_is_not_overrun),
    cmocka_unit_test(spans_are_in_the_unit_of_people),
    cmocka_unit_test(microseconds_round_down_below_zero_too),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
