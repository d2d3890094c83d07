/* Time stamps of any resolution. What they should be is worked out by hand, and for all 256
 * resolutions by long division and by shifting bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/record.h"
#include "capture/tick.h"

static int64_t to_ns(uint8_t resolution, int64_t offset_s, uint64_t stamp)
{
    struct tick tick;
    tick_init(&tick, resolution, offset_s);
    return tick_to_ns(&tick, stamp);
}

static void decimal_resolutions(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        uint64_t stamp;
        int64_t ns;
    } cases[] = {
        {0, 3, 3000000000},
        {3, 1234, 1234000000},
        {6, 1700000000123456, 1700000000123456000},
        {9, 1700000000123456789, 1700000000123456789},
        {12, 1999999999999, 1999999999}, /* 1.999999999999 s, rounded down */
        {19, 15000000000000000000u, 1500000000},
        {20, UINT64_MAX, 184467440}, /* 18446744073709551615 / 10^11 */
        {28, UINT64_MAX, 1},         /* / 10^19 */
        {29, UINT64_MAX, 0},
        {127, UINT64_MAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(to_ns(cases[i].resolution, 0, cases[i].stamp), cases[i].ns);
}

static void binary_resolutions(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        uint64_t stamp;
        int64_t ns;
    } cases[] = {
        {0x80, 5, 5000000000},
        {0x81, 3, 1500000000},
        {0x8a, 1, 976562}, /* 10^9 / 1024 = 976562.5 */
        {0xa0, 0x180000000, 1500000000},
        {0xa0, 1, 0},
        {0xa0, 0xffffffff, 999999999},
        {0xbf, 0xc000000000000000, 1500000000},
        {0xbf, 0x7fffffffffffffff, 999999999},
        {0xc0, 0x8000000000000000, 500000000},
        {0xc1, 0x8000000000000000, 250000000},
        {0xdd, UINT64_MAX, 1}, /* 10^9 × 2^64 / 2^93 = 1.86 */
        {0xdf, UINT64_MAX, 0},
        {0xff, UINT64_MAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(to_ns(cases[i].resolution, 0, cases[i].stamp), cases[i].ns);
}

static void offsets_are_seconds(void **state)
{
    (void)state;
    assert_int_equal(to_ns(6, 3600, 1500000), 3601500000000);
    assert_int_equal(to_ns(6, -10, 1500000), -8500000000);
    assert_int_equal(to_ns(0x81, 1700000000, 1), 1700000000500000000);
}

static void times_beyond_the_range_are_moved_to_its_ends(void **state)
{
    (void)state;
    assert_int_equal(to_ns(0, 0, 1000000000000000), RECORD_TIME_MOST);
    assert_int_equal(to_ns(6, 0, UINT64_MAX), RECORD_TIME_MOST);
    assert_int_equal(to_ns(9, 0, UINT64_MAX), RECORD_TIME_MOST);
    assert_int_equal(to_ns(6, INT64_MAX, 0), RECORD_TIME_MOST);
    assert_int_equal(to_ns(6, INT64_MIN, 0), -RECORD_TIME_MOST);
    assert_int_equal(to_ns(6, INT64_MIN, UINT64_MAX), -RECORD_TIME_MOST);
}

/* Long division, a step at a time: rounding down at each is rounding down once. */
static int64_t decimal_reference(unsigned digits, uint64_t stamp)
{
    for (; digits > 9; digits--)
        stamp /= 10;
    for (; digits < 9; digits++)
        stamp *= 10;
    return (int64_t)stamp;
}

/* The product of the stamp and 10^9 in three words, shifted right a bit at a time. */
static int64_t binary_reference(unsigned bits, uint64_t stamp)
{
    uint64_t low = (stamp & 0xffffffff) * 1000000000, high = (stamp >> 32) * 1000000000;
    uint32_t words[3] = {(uint32_t)low, 0, 0};
    high += low >> 32;
    words[1] = (uint32_t)high;
    words[2] = (uint32_t)(high >> 32);
    for (; bits > 0; bits--) {
        words[0] = words[0] >> 1 | words[1] << 31;
        words[1] = words[1] >> 1 | words[2] << 31;
        words[2] >>= 1;
    }
    return (int64_t)((uint64_t)words[1] << 32 | words[0]);
}

/* For results that are in range. */
static int64_t reference(uint8_t resolution, uint64_t stamp)
{
    unsigned exponent = resolution & 0x7f;
    return resolution & 0x80 ? binary_reference(exponent, stamp)
                             : decimal_reference(exponent, stamp);
}

static void every_resolution_is_exact(void **state)
{
    (void)state;
    static const uint64_t stamps[] = {
        0, 1, 2, 999, 1000001, 0xffffffff, 0x100000000, 1700000000, 4611686017,
    };
    for (unsigned resolution = 0; resolution < 256; resolution++)
        for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++)
            assert_int_equal(to_ns((uint8_t)resolution, 0, stamps[i]),
                             reference((uint8_t)resolution, stamps[i]));
}

/* Stamps that use all 64 bits, where a second has so many ticks that the result is in range. */
static void long_stamps_are_exact(void **state)
{
    (void)state;
    static const uint64_t stamps[] = {
        UINT64_MAX,
        0x8000000000000000,
        0x7fffffffffffffff,
        12345678901234567890u,
    };
    for (unsigned resolution = 0; resolution < 256; resolution++) {
        if ((resolution & 0x7f) < (resolution & 0x80 ? 33 : 10))
            continue;
        for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++)
            assert_int_equal(to_ns((uint8_t)resolution, 0, stamps[i]),
                             reference((uint8_t)resolution, stamps[i]));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(decimal_resolutions),
    cmocka_unit_test(binary_resolutions),
    cmocka_unit_test(offsets_are_seconds),
    cmocka_unit_test(times_beyond_the_range_are_moved_to_its_ends),
    cmocka_unit_test(every_resolution_is_exact),
    cmocka_unit_test(long_stamps_are_exact),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
