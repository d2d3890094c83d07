/* Where the quote ends and the extension begins: the traps of RFC 4884. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/extension.h"

enum { V4 = 4, V6 = 8 }; /* units of the length attribute */

enum { FULL = 600 };

/* An extension header and one MPLS object (RFC 4950) of label 16, class 1, type 1. The checksum of
 * the whole is right: ~(2000 + 0008 + 0101 + 0001 + 0101) = ddf4. */
static const uint8_t extension[12] = {
    0x20, 0x00, 0xdd, 0xf4, 0x00, 0x08, 0x01, 0x01, 0x00, 0x01, 0x01, 0x01,
};

/* The header of an IP packet, then `fill` up to `size` bytes. */
static void make_quote(uint8_t *bytes, size_t size, uint8_t fill)
{
    static const uint8_t header[20] = {0x45, 0, 0,  44, 0, 0, 0,  0, 1, 17,
                                       0,    0, 10, 0,  0, 1, 10, 0, 0, 2};
    memset(bytes, fill, size);
    memcpy(bytes, header, sizeof header);
}

static struct extent whole(const uint8_t *bytes, size_t size)
{
    return (struct extent){cursor_over(bytes, size), (uint32_t)size};
}

static void check_split(const struct extension_split *split, enum extension_layout layout,
                        uint32_t quote, uint32_t after)
{
    assert_int_equal(split->layout, layout);
    assert_int_equal(split->quote.wire, quote);
    if (layout != EXTENSION_NONE)
        assert_int_equal(split->extension.wire, after);
}

/* `size` bytes of quote, then the extension; returns the size of both. */
static size_t make_extended(uint8_t *bytes, size_t size, uint8_t fill)
{
    make_quote(bytes, size, fill);
    memcpy(bytes + size, extension, sizeof extension);
    return size + sizeof extension;
}

static void test_length_counts_words_of_4_or_8_bytes(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 128, 0);
    extension_split(whole(bytes, size), 32, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 128, 12);
    assert_ptr_equal(split.extension.in.p, bytes + 128);
    extension_split(whole(bytes, size), 16, V6, &split);
    check_split(&split, EXTENSION_RFC4884, 128, 12);

    size = make_extended(bytes, 256, 0);
    extension_split(whole(bytes, size), 64, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 256, 12);
    extension_split(whole(bytes, size), 32, V6, &split);
    check_split(&split, EXTENSION_RFC4884, 256, 12);
}

/* 255 words are 1020 or 2040 bytes: more than 8 bits. */
static void test_the_longest_length(void **state)
{
    (void)state;
    static uint8_t bytes[2040 + 12];
    struct extension_split split;
    extension_split(whole(bytes, make_extended(bytes, 1020, 0)), 255, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 1020, 12);
    extension_split(whole(bytes, make_extended(bytes, 2040, 0)), 255, V6, &split);
    check_split(&split, EXTENSION_RFC4884, 2040, 12);
}

static void test_some_routers_count_octets(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 128, 0);
    extension_split(whole(bytes, size), 128, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 128, 12);
    extension_split(whole(bytes, size), 128, V6, &split);
    check_split(&split, EXTENSION_RFC4884, 128, 12);
    /* But 128 words where they fit. */
    size = make_extended(bytes, 512, 0);
    extension_split(whole(bytes, size), 128, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 512, 12);
}

static void test_a_length_beyond_the_end_is_ignored(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    make_quote(bytes, sizeof bytes, 0x20);
    for (unsigned length = 1; length < 256; length++) {
        extension_split(whole(bytes, 28), (uint8_t)length, V4, &split);
        check_split(&split, EXTENSION_NONE, 28, 0);
        extension_split(whole(bytes, 28), (uint8_t)length, V6, &split);
        check_split(&split, EXTENSION_NONE, 28, 0);
    }
    extension_split(whole(bytes, 140), 36, V4, &split); /* 144 bytes */
    check_split(&split, EXTENSION_NONE, 140, 0);
}

static void test_a_length_with_nothing_behind_it_changes_nothing(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    make_quote(bytes, sizeof bytes, 0x20);
    for (size_t size = 128; size < 132; size++) {
        extension_split(whole(bytes, size), 32, V4, &split);
        check_split(&split, EXTENSION_NONE, (uint32_t)size, 0);
    }
}

static void test_a_length_that_points_to_no_extension_is_ignored(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 128, 0);
    for (unsigned version = 0; version < 16; version++) {
        bytes[128] = (uint8_t)(version << 4);
        extension_split(whole(bytes, size), 32, V4, &split);
        check_split(&split, version == 2 ? EXTENSION_RFC4884 : EXTENSION_NONE,
                    version == 2 ? 128 : (uint32_t)size, 12);
    }
}

/* RFC 4884 4: at least 128 bytes. Fewer are believed only with a checksum that proves it. */
static void test_a_short_length_needs_proof(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 28, 0);
    extension_split(whole(bytes, size), 7, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 28, 12);
    bytes[28 + 11] ^= 1;
    extension_split(whole(bytes, size), 7, V4, &split);
    check_split(&split, EXTENSION_NONE, 40, 0);
    /* A quote of 548 bytes from a router that leaves rubbish in the byte. */
    make_quote(bytes, 548, 0x20);
    for (unsigned length = 1; length < 32; length++) {
        extension_split(whole(bytes, 548), (uint8_t)length, V4, &split);
        check_split(&split, EXTENSION_NONE, 548, 0);
    }
}

static void test_a_bad_or_absent_extension_checksum_is_still_an_extension(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 128, 0);
    bytes[130] ^= 0xff;
    extension_split(whole(bytes, size), 32, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 128, 12);
    bytes[130] = bytes[131] = 0;
    extension_split(whole(bytes, size), 32, V4, &split);
    check_split(&split, EXTENSION_RFC4884, 128, 12);
}

static void test_legacy_layout_needs_a_valid_checksum(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 128, 0);
    extension_split(whole(bytes, size), 0, V4, &split);
    check_split(&split, EXTENSION_LEGACY, 128, 12);
    extension_split(whole(bytes, size), 0, V6, &split);
    check_split(&split, EXTENSION_LEGACY, 128, 12);

    bytes[130] ^= 0xff;
    extension_split(whole(bytes, size), 0, V4, &split);
    check_split(&split, EXTENSION_NONE, 140, 0);
    bytes[130] = bytes[131] = 0; /* not sent: no proof */
    extension_split(whole(bytes, size), 0, V4, &split);
    check_split(&split, EXTENSION_NONE, 140, 0);
}

static void test_a_long_quote_is_no_extension(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    for (unsigned fill = 0; fill < 256; fill++) {
        make_quote(bytes, 548, (uint8_t)fill);
        extension_split(whole(bytes, 548), 0, V4, &split);
        check_split(&split, EXTENSION_NONE, 548, 0);
    }
}

/* What the snaplen has cut off: the length attribute is enough, the legacy layout is not. */
static void test_splits_of_what_was_not_all_captured(void **state)
{
    (void)state;
    uint8_t bytes[FULL];
    struct extension_split split;
    size_t size = make_extended(bytes, 128, 0);
    for (size_t captured = 0; captured < size; captured++) {
        struct extent body = {cursor_over(bytes, captured), (uint32_t)size};
        extension_split(body, 32, V4, &split);
        check_split(&split, EXTENSION_RFC4884, 128, 12);
        assert_int_equal(cursor_left(&split.quote.in), captured < 128 ? captured : 128);
        assert_int_equal(cursor_left(&split.extension.in), captured < 128 ? 0 : captured - 128);
        extension_split(body, 0, V4, &split);
        check_split(&split, EXTENSION_NONE, (uint32_t)size, 0);
    }
}

/* What of the length attribute contradicts RFC 4884 4. */
static void test_anomalies_of_the_length(void **state)
{
    (void)state;
    static const struct {
        uint16_t quote;
        uint8_t length, version, layout;
        uint16_t anomalies;
    } cases[] = {
        {128, 32, 2, EXTENSION_RFC4884, 0},
        {128, 0, 2, EXTENSION_LEGACY, 0},
        {128, 35, 2, EXTENSION_LEGACY, 0}, /* it ends with the message */
        {128, 36, 2, EXTENSION_LEGACY, 1u << EXTENSION_LENGTH_BEYOND_MESSAGE},
        {128, 255, 1, EXTENSION_NONE, 1u << EXTENSION_LENGTH_BEYOND_MESSAGE},
        {128, 33, 2, EXTENSION_LEGACY, 1u << EXTENSION_LENGTH_WITHOUT},
        {128, 32, 1, EXTENSION_NONE, 1u << EXTENSION_LENGTH_WITHOUT},
        {128, 128, 2, EXTENSION_RFC4884, 1u << EXTENSION_LENGTH_IN_OCTETS},
        {28, 7, 2, EXTENSION_RFC4884, 1u << EXTENSION_SHORT_QUOTE},
        {28, 0, 2, EXTENSION_NONE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[FULL];
        struct extension_split split;
        size_t size = make_extended(bytes, cases[i].quote, 0);
        bytes[cases[i].quote] = (uint8_t)(cases[i].version << 4);
        extension_split(whole(bytes, size), cases[i].length, V4, &split);
        assert_int_equal(split.layout, cases[i].layout);
        assert_int_equal(split.anomalies, cases[i].anomalies);
    }
}

static void test_every_length_attribute_over_every_size(void **state)
{
    (void)state;
    uint8_t *block = malloc(400);
    assert_non_null(block);
    memset(block, 0x20, 400);
    for (size_t size = 0; size <= 400; size += 3) {
        const uint8_t *bytes = block + 400 - size; /* so that the end is the block's */
        for (unsigned length = 0; length < 256; length++) {
            struct extension_split split;
            extension_split(whole(bytes, size), (uint8_t)length, V4, &split);
            uint32_t rest = split.layout == EXTENSION_NONE ? 0 : split.extension.wire;
            assert_int_equal(split.quote.wire + rest, size);
            assert_ptr_equal(split.quote.in.p, bytes);
        }
    }
    free(block);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length_counts_words_of_4_or_8_bytes),
        cmocka_unit_test(test_the_longest_length),
        cmocka_unit_test(test_some_routers_count_octets),
        cmocka_unit_test(test_a_length_beyond_the_end_is_ignored),
        cmocka_unit_test(test_a_length_with_nothing_behind_it_changes_nothing),
        cmocka_unit_test(test_a_length_that_points_to_no_extension_is_ignored),
        cmocka_unit_test(test_a_short_length_needs_proof),
        cmocka_unit_test(test_a_bad_or_absent_extension_checksum_is_still_an_extension),
        cmocka_unit_test(test_legacy_layout_needs_a_valid_checksum),
        cmocka_unit_test(test_a_long_quote_is_no_extension),
        cmocka_unit_test(test_splits_of_what_was_not_all_captured),
        cmocka_unit_test(test_anomalies_of_the_length),
        cmocka_unit_test(test_every_length_attribute_over_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
