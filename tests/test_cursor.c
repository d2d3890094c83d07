/* Checked reads: none passes the end, and one that fails moves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/cursor.h"

static const uint8_t bytes[8] = {0x01, 0x82, 0x03, 0xf4, 0x05, 0x06, 0x07, 0x08};

static void test_reads_are_big_endian_and_move(void **state)
{
    (void)state;
    struct cursor in = cursor_over(bytes, sizeof bytes);
    uint8_t one;
    uint16_t two;
    uint32_t four;
    assert_true(cursor_u8(&in, &one));
    assert_int_equal(one, 0x01);
    assert_true(cursor_u16(&in, &two));
    assert_int_equal(two, 0x8203);
    assert_true(cursor_u32(&in, &four));
    assert_true(four == 0xf4050607);
    assert_int_equal(cursor_left(&in), 1);
}

static void test_top_bits_stay_unsigned(void **state)
{
    (void)state;
    static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};
    assert_int_equal(wire_u16(ones), 0xffff);
    assert_true(wire_u32(ones) == 0xffffffff);
    struct cursor in = cursor_over(ones, sizeof ones);
    uint32_t four;
    assert_true(cursor_u32(&in, &four));
    assert_true(four == 0xffffffff);
}

static void test_short_reads_fail_and_stay(void **state)
{
    (void)state;
    uint8_t one = 9;
    uint16_t two = 9;
    uint32_t four = 9;
    const uint8_t *lent;
    for (size_t size = 0; size < 4; size++) {
        struct cursor in = cursor_over(bytes, size);
        assert_int_equal(cursor_peek(&in, &one), size >= 1);
        assert_ptr_equal(in.p, bytes);
        assert_false(cursor_u32(&in, &four));
        assert_false(cursor_take(&in, 4, &lent));
        assert_false(cursor_skip(&in, 4));
        assert_false(cursor_skip(&in, SIZE_MAX));
        assert_ptr_equal(in.p, bytes);
        assert_int_equal(cursor_u16(&in, &two), size >= 2);
        in = cursor_over(bytes, size);
        assert_int_equal(cursor_u8(&in, &one), size >= 1);
        assert_int_equal(cursor_left(&in), size ? size - 1 : 0);
    }
    assert_true(four == 9);
}

static void test_peek_does_not_move(void **state)
{
    (void)state;
    struct cursor in = cursor_over(bytes + 1, 1);
    uint8_t one;
    assert_true(cursor_peek(&in, &one));
    assert_int_equal(one, 0x82);
    assert_int_equal(cursor_left(&in), 1);
}

static void test_take_lends_in_place(void **state)
{
    (void)state;
    struct cursor in = cursor_over(bytes, sizeof bytes);
    const uint8_t *lent;
    assert_true(cursor_skip(&in, 2));
    assert_true(cursor_take(&in, 6, &lent));
    assert_ptr_equal(lent, bytes + 2);
    assert_int_equal(cursor_left(&in), 0);
    assert_true(cursor_take(&in, 0, &lent));
}

static void test_cut_bounds_the_part_and_passes_it(void **state)
{
    (void)state;
    struct cursor in = cursor_over(bytes, sizeof bytes);
    struct cursor part = cursor_cut(&in, 3);
    assert_int_equal(cursor_left(&part), 3);
    assert_ptr_equal(part.p, bytes);
    assert_ptr_equal(in.p, bytes + 3);
    part = cursor_cut(&in, 100);
    assert_int_equal(cursor_left(&part), 5);
    assert_int_equal(cursor_left(&in), 0);
    assert_false(cursor_skip(&part, 6));
}

static void test_limit_only_shortens(void **state)
{
    (void)state;
    struct cursor in = cursor_over(bytes, sizeof bytes);
    cursor_limit(&in, 100);
    assert_int_equal(cursor_left(&in), 8);
    cursor_limit(&in, 8);
    assert_int_equal(cursor_left(&in), 8);
    cursor_limit(&in, 5);
    assert_int_equal(cursor_left(&in), 5);
    assert_ptr_equal(in.p, bytes);
    cursor_limit(&in, 0);
    assert_int_equal(cursor_left(&in), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_reads_are_big_endian_and_move),
    cmocka_unit_test(test_top_bits_stay_unsigned),
    cmocka_unit_test(test_short_reads_fail_and_stay),
    cmocka_unit_test(test_peek_does_not_move),
    cmocka_unit_test(test_take_lends_in_place),
    cmocka_unit_test(test_cut_bounds_the_part_and_passes_it),
    cmocka_unit_test(test_limit_only_shortens),
};

int main(void)
{
    return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
