/* The Internet checksum, against RFC 1071's example and a plain implementation of its definition.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/checksum.h"

/* The definition, a byte at a time: what to put into a checksum field that holds zero. */
static uint16_t checksum_of(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        if (sum > 0xffff)
            sum -= 0xffff;
    }
    return (uint16_t)(~sum & 0xffff);
}

static bool is_good(const uint8_t *bytes, size_t size)
{
    return checksum_is_good(checksum_add(0, bytes, size));
}

/* Fills with numbers that repeat late (a linear congruential generator). */
static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
}

static void test_rfc_1071_example(void **state)
{
    (void)state;
    /* RFC 1071 section 3: the sum of the first 8 is ddf2, so the checksum is 220d. */
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x22, 0x0d};
    assert_int_equal(checksum_of(bytes, 8), 0x220d);
    assert_true(is_good(bytes, sizeof bytes));
    assert_false(is_good(bytes, 8));
}

static void test_known_ipv4_headers(void **state)
{
    (void)state;
    static const uint8_t headers[2][20] = {
        {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
         0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7},
        {0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06,
         0xb1, 0xe6, 0xac, 0x10, 0x0a, 0x63, 0xac, 0x10, 0x0a, 0x0c},
    };
    assert_true(is_good(headers[0], 20));
    assert_true(is_good(headers[1], 20));
}

static void test_every_length_and_alignment(void **state)
{
    (void)state;
    for (size_t size = 2; size <= 300; size++) {
        for (size_t offset = 0; offset < 8; offset++) {
            /* Of exactly the size, so that a sanitizer sees a byte read too many. */
            uint8_t *block = malloc(offset + size);
            assert_non_null(block);
            uint8_t *bytes = block + offset;
            fill(bytes, size, (uint32_t)(size * 8 + offset));
            bytes[0] = bytes[1] = 0;
            uint16_t checksum = checksum_of(bytes, size);
            bytes[0] = (uint8_t)(checksum >> 8);
            bytes[1] = (uint8_t)checksum;
            assert_true(is_good(bytes, size));
            bytes[1] ^= 1;
            assert_false(is_good(bytes, size));
            free(block);
        }
    }
}

static void test_any_single_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t bytes[67];
    fill(bytes, sizeof bytes, 7);
    bytes[2] = bytes[3] = 0;
    uint16_t checksum = checksum_of(bytes, sizeof bytes);
    bytes[2] = (uint8_t)(checksum >> 8);
    bytes[3] = (uint8_t)checksum;
    assert_true(is_good(bytes, sizeof bytes));
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(is_good(bytes, sizeof bytes));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void test_pieces_add_up_to_the_whole(void **state)
{
    (void)state;
    uint8_t bytes[99];
    fill(bytes, sizeof bytes, 3);
    bytes[0] = bytes[1] = 0;
    uint16_t checksum = checksum_of(bytes, sizeof bytes);
    bytes[0] = (uint8_t)(checksum >> 8);
    bytes[1] = (uint8_t)checksum;
    for (size_t cut = 0; cut <= sizeof bytes; cut += 2) {
        uint64_t sum = checksum_add(0, bytes, cut);
        assert_true(checksum_is_good(checksum_add(sum, bytes + cut, sizeof bytes - cut)));
    }
}

static void test_carries_of_the_longest_message(void **state)
{
    (void)state;
    static uint8_t bytes[65535];
    memset(bytes, 0xff, sizeof bytes);
    /* 32767 words of all ones, which are zero, and ff00. */
    assert_false(is_good(bytes, sizeof bytes));
    bytes[0] = 0x00;
    bytes[1] = 0xff;
    assert_true(is_good(bytes, sizeof bytes));
    assert_true(is_good(bytes + 2, sizeof bytes - 3));
}

static void test_all_zeros_are_not_good(void **state)
{
    (void)state;
    /* The checksum of zeros is ffff: a zero there was not computed. */
    static const uint8_t zeros[64];
    for (size_t size = 0; size <= sizeof zeros; size++)
        assert_false(is_good(zeros, size));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_1071_example),
        cmocka_unit_test(test_known_ipv4_headers),
        cmocka_unit_test(test_every_length_and_alignment),
        cmocka_unit_test(test_any_single_bit_is_noticed),
        cmocka_unit_test(test_pieces_add_up_to_the_whole),
        cmocka_unit_test(test_carries_of_the_longest_message),
        cmocka_unit_test(test_all_zeros_are_not_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
