/* Numbers as digits, held against those of printf(). */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/digits.h"

static void number_is_as_printf_has_it(uint64_t value)
{
    char ours[DIGITS_ROOM + 1], theirs[DIGITS_ROOM + 1];
    memset(ours, 'x', sizeof ours);
    char *end = digits_put(ours, value);
    assert_true(end <= ours + DIGITS_ROOM);
    assert_int_equal(ours[DIGITS_ROOM], 'x'); /* no more than the room is written over */
    *end = '\0';
    snprintf(theirs, sizeof theirs, "%" PRIu64, value);
    assert_string_equal(ours, theirs);
}

/* Each length, and what stands at its borders. */
static void every_length_is_written(void **state)
{
    (void)state;
    uint64_t power = 1;
    for (int digits = 1; digits <= 20; digits++) {
        for (uint64_t away = 0; away < 12; away++) {
            number_is_as_printf_has_it(power + away);
            number_is_as_printf_has_it(power - away);
        }
        power *= 10;
    }
    number_is_as_printf_has_it(0);
    number_is_as_printf_has_it(UINT32_MAX);
    number_is_as_printf_has_it(INT64_MAX);
    number_is_as_printf_has_it(UINT64_MAX);
}

/* All that lanes of four and of two digits may hold, at each place of a number. */
static void every_four_digits_are_written(void **state)
{
    (void)state;
    for (uint64_t four = 0; four < 10000; four++)
        for (uint64_t scale = 1; scale <= UINT64_C(1000000000000); scale *= 10000)
            number_is_as_printf_has_it(four * scale);
}

static void numbers_of_any_size_are_written(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 300000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        number_is_as_printf_has_it(random >> i % 64);
    }
}

static void signed_is_as_printf_has_it(int64_t value)
{
    char ours[1 + DIGITS_ROOM], theirs[32];
    const char *end = digits_put_signed(ours, value);
    const int size = snprintf(theirs, sizeof theirs, "%" PRId64, value);
    assert_int_equal(end - ours, size);
    assert_memory_equal(ours, theirs, (size_t)size);
}

static void a_sign_stands_before_what_is_negative(void **state)
{
    (void)state;
    static const int64_t values[] = {
        0, 1, -1, 9, -9, -10, 99999999, -99999999, -100000000, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        signed_is_as_printf_has_it(values[i]);
}

static void two_digits_keep_their_zero(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 100; value++) {
        char ours[3] = "", theirs[8];
        assert_ptr_equal(digits_put_two(ours, value), ours + 2);
        snprintf(theirs, sizeof theirs, "%02u", value);
        assert_string_equal(ours, theirs);
    }
}

static void eight_digits_keep_their_zeros(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 1, 12, 99999999, 10000000, 1020304, 100};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char ours[9] = "", theirs[16];
        assert_ptr_equal(digits_put_eight(ours, values[i]), ours + 8);
        snprintf(theirs, sizeof theirs, "%08" PRIu32, values[i]);
        assert_string_equal(ours, theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_written),
        cmocka_unit_test(every_four_digits_are_written),
        cmocka_unit_test(numbers_of_any_size_are_written),
        cmocka_unit_test(a_sign_stands_before_what_is_negative),
        cmocka_unit_test(two_digits_keep_their_zero),
        cmocka_unit_test(eight_digits_keep_their_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
