/* The options of TCP: each kind, what bounds them, and lengths that lie. */
#include "frame.h"

#include "decode/headers.h"
#include "decode/tcp_options.h"

enum { FIXED = 20, OPTIONS_MAX = 40 };

/* 40000 > 80 and all else of the fixed header, but for its data offset. */
#define HEADER(offset) "9c400050 00000001 00000002 " offset "10 1000 0000 0000 "

/* A copy of exactly its size, so that a sanitizer sees a byte read too many. */
static struct tcp_options decode_copy(const uint8_t *bytes, size_t size)
{
    struct tcp_options out;
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(&out, 0, sizeof out); /* bool: no other bytes are of it */
    out.has = 0xa5a5a5a5;
    tcp_options_decode(cursor_over(copy, size), &out);
    free(copy);
    return out;
}

static struct tcp_options decode_options(const char *hex)
{
    static struct frame frame;
    frame.size = 0;
    frame_put(&frame, hex);
    return decode_copy(frame.bytes, frame.size);
}

/* MSS 1460, SACK permitted, timestamps 1 and 2, NOP, window scale 7: what Linux sends in a SYN. */
static const char *const syn = HEADER("a0") "020405b4 0402 080a 00000001 00000002 01 030307";

static void test_a_syn_has_them_all(void **state)
{
    (void)state;
    struct tcp_options out = decode_options(syn);
    assert_int_equal(out.has, TCP_HAS_MSS | TCP_HAS_SACK_PERMITTED | TCP_HAS_TIMESTAMPS |
                                  TCP_HAS_WINDOW_SCALE);
    assert_int_equal(out.mss, 1460);
    assert_true(out.sack_permitted);
    assert_int_equal(out.ts_value, 1);
    assert_int_equal(out.ts_echo, 2);
    assert_int_equal(out.window_scale, 7);
}

static void test_each_appears_with_its_last_byte(void **state)
{
    (void)state;
    static const struct {
        size_t end;
        uint32_t has;
    } options[] = {{FIXED + 4, TCP_HAS_MSS},
                   {FIXED + 6, TCP_HAS_SACK_PERMITTED},
                   {FIXED + 16, TCP_HAS_TIMESTAMPS},
                   {FIXED + 20, TCP_HAS_WINDOW_SCALE}};
    static struct frame frame;
    frame.size = 0;
    frame_put(&frame, syn);
    for (size_t size = 0; size <= frame.size; size++) {
        uint32_t has = 0;
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
            has |= size >= options[i].end ? options[i].has : 0;
        assert_int_equal(decode_copy(frame.bytes, size).has, has);
    }
}

static void test_the_data_offset_bounds_them(void **state)
{
    (void)state;
    /* Six words: what follows the first option is data. */
    struct tcp_options out = decode_options(HEADER("60") "020405b4 01030307");
    assert_int_equal(out.has, TCP_HAS_MSS);
    /* Five words, and fewer than a header has. */
    for (unsigned words = 0; words <= 5; words++) {
        char hex[128];
        snprintf(hex, sizeof hex, HEADER("%x0") "020405b4", words);
        assert_int_equal(decode_options(hex).has, 0);
    }
}

static void test_sack_blocks(void **state)
{
    (void)state;
    static const char *const blocks = "00000001 00000002 00000003 00000004 00000005 00000006 "
                                      "fffffff0 00000010 00000000 0000";
    for (unsigned length = 2; length <= 40; length++) {
        char hex[256];
        snprintf(hex, sizeof hex, HEADER("f0") "05%02x %s", length, blocks);
        struct tcp_options out = decode_options(hex);
        bool valid = length == 10 || length == 18 || length == 26 || length == 34;
        assert_int_equal(out.has & TCP_HAS_SACK, valid ? TCP_HAS_SACK : 0);
        if (!valid)
            continue;
        assert_int_equal(out.sack_count, length / 8);
        assert_int_equal(out.sack[0].left, 1);
        assert_int_equal(out.sack[0].right, 2);
        assert_int_equal(out.sack[length / 8 - 1].right, length == 34 ? 16 : length / 8 * 2);
    }
}

static void test_lengths_that_cannot_be_are_the_end(void **state)
{
    (void)state;
    assert_int_equal(decode_options(HEADER("80") "0200 01 030307 0402 01 00").has, 0);
    assert_int_equal(decode_options(HEADER("80") "0201 01 030307 0402 01 00").has, 0);
    assert_int_equal(decode_options(HEADER("80") "020d 01 030307 0402 01 00").has, 0);
    assert_int_equal(decode_options(HEADER("80") "0402 fe00 030307 00000000 00").has,
                     TCP_HAS_SACK_PERMITTED);
    assert_int_equal(decode_options(HEADER("60") "010101 02").has, 0);
}

static void test_lengths_of_another_kind_are_passed_over(void **state)
{
    (void)state;
    /* MSS of 3, window scale of 4, SACK permitted of 3, timestamps of 4, one that nobody knows; an
     * MSS that is right. */
    struct tcp_options out =
        decode_options(HEADER("b0") "020305 03040707 040300 08041111 fe02 01 fd04abcd 010101");
    assert_int_equal(out.has, 0);
    out = decode_options(HEADER("a0") "020305 03040707 040300 08041111 fe02 020405dc");
    assert_int_equal(out.has, TCP_HAS_MSS);
    assert_int_equal(out.mss, 1500);
}

static void test_nothing_counts_behind_the_end(void **state)
{
    (void)state;
    assert_int_equal(decode_options(HEADER("80") "030307 00 020405b4 0402 0101").has,
                     TCP_HAS_WINDOW_SCALE);
}

static void test_the_last_of_two_counts(void **state)
{
    (void)state;
    struct tcp_options out = decode_options(HEADER("70") "020405b4 02040218");
    assert_int_equal(out.mss, 536);
}

static void test_any_bytes_at_any_length(void **state)
{
    (void)state;
    uint8_t bytes[FIXED + OPTIONS_MAX + 4];
    uint32_t random = 20261121;
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            uint32_t pick = random_next(&random);
            bytes[i] = pick & 1 ? (uint8_t)(pick >> 8) : (uint8_t)((pick >> 8) % 12);
        }
        struct tcp_options out = decode_copy(bytes, random_next(&random) % (sizeof bytes + 1));
        assert_int_equal(out.has & ~31u, 0);
        if (out.has & TCP_HAS_SACK)
            assert_in_range(out.sack_count, 1, TCP_SACK_MAX);
    }
}

/* ---- of a SYN, into its headers -------------------------------------------------------------- */

/* As captured, or as quoted: of `size` bytes of the segment. */
static struct headers decode_syn(const char *hex, size_t size)
{
    static struct frame frame;
    struct headers out = {.has = HAS_IP | HAS_PROTO,
                          .family = FAMILY_IPV4,
                          .proto = PROTO_TCP,
                          .header_length = 20,
                          .total_length = 20 + 60};
    frame.size = 0;
    frame_put(&frame, hex);
    assert_true(size <= frame.size);
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, frame.bytes, size);
    struct cursor in = cursor_over(copy, size);
    assert_int_equal(transport_decode(&in, &out), DECODED);
    free(copy);
    return out;
}

/* 40000 > 80 and the flags. */
#define SEGMENT(offset, flags) "9c400050 00000001 00000002 " offset flags " 1000 0000 0000 "
static const char *const linux_syn = SEGMENT("a0", "02") "020405b4 0402 080a 00000001 00000002 "
                                                         "01 030307 "
                                                         "00000000 00000000 00000000 00000000";

static void test_of_a_syn_what_others_change_is_kept(void **state)
{
    (void)state;
    struct headers out = decode_syn(linux_syn, 56);
    assert_true(out.has & HAS_TCP_SYN);
    assert_int_equal(out.tcp_options, TCP_HAS_MSS | TCP_HAS_SACK_PERMITTED | TCP_HAS_TIMESTAMPS |
                                          TCP_HAS_WINDOW_SCALE);
    assert_int_equal(out.tcp_mss, 1460);
    assert_int_equal(out.tcp_window_scale, 7);

    out = decode_syn(SEGMENT("50", "12"), 20);
    assert_true(out.has & HAS_TCP_SYN);
    assert_int_equal(out.tcp_options, 0);
    assert_int_equal(out.tcp_mss, 0);
    assert_int_equal(out.tcp_window_scale, 0);
}

static void test_of_other_segments_nothing_is_kept(void **state)
{
    (void)state;
    struct headers out = decode_syn(SEGMENT("60", "10") "020405b4", 24);
    assert_false(out.has & HAS_TCP_SYN);
}

/* An option that is not there may have been cut off: nothing may be said of it. */
static void test_options_that_are_not_whole_are_none(void **state)
{
    (void)state;
    for (size_t size = 18; size < 40; size++)
        assert_false(decode_syn(linux_syn, size).has & HAS_TCP_SYN);
    assert_true(decode_syn(linux_syn, 40).has & HAS_TCP_SYN);
    assert_false(decode_syn(SEGMENT("60", "02") "02050101", 24).has & HAS_TCP_SYN);
    assert_false(decode_syn(SEGMENT("60", "02") "01010102", 24).has & HAS_TCP_SYN);
}

/* RFC 2018 3: kind 5, edges of blocks; the first is the newest. */
static void test_of_acknowledgements_the_newest_block_is_kept(void **state)
{
    (void)state;
    static const char *const padded[] = {
        SEGMENT("80", "10") "0101 050a 00001c49 00002001", /* as Linux without time stamps */
        SEGMENT("80", "10") "050a 00001c49 00002001 0101",
        SEGMENT("b0", "10") "0101 080a 00000001 00000002 0101 050a 00001c49 00002001",
        SEGMENT("d0",
                "10") "0101 080a 00000001 00000002 0101 0512 00001c49 00002001 00000001 00000002",
    };
    static const size_t sizes[] = {32, 32, 44, 52};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct headers out = decode_syn(padded[i], sizes[i]);
        assert_true(out.has & HAS_TCP_SACK);
        assert_int_equal(out.tcp_sack_left, 0x1c49);
        assert_int_equal(out.tcp_sack_right, 0x2001);
        assert_false(decode_syn(padded[i], sizes[i] - 1).has & HAS_TCP_SACK);
    }
}

static void test_without_a_block_there_is_none(void **state)
{
    (void)state;
    assert_false(decode_syn(SEGMENT("80", "10") "0101 080a 05050505 05050505", 32).has &
                 HAS_TCP_SACK);
    assert_false(decode_syn(SEGMENT("80", "10") "050a 00001c49 00002001 0101", 22).has &
                 HAS_TCP_SACK);
    assert_false(decode_syn(SEGMENT("80", "02") "0101 050a 00001c49 00002001", 32).has &
                 HAS_TCP_SACK);
    assert_false(decode_syn(SEGMENT("50", "10"), 20).has & HAS_TCP_SACK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_syn_has_them_all),
        cmocka_unit_test(test_each_appears_with_its_last_byte),
        cmocka_unit_test(test_the_data_offset_bounds_them),
        cmocka_unit_test(test_sack_blocks),
        cmocka_unit_test(test_lengths_that_cannot_be_are_the_end),
        cmocka_unit_test(test_lengths_of_another_kind_are_passed_over),
        cmocka_unit_test(test_nothing_counts_behind_the_end),
        cmocka_unit_test(test_the_last_of_two_counts),
        cmocka_unit_test(test_any_bytes_at_any_length),
        cmocka_unit_test(test_of_a_syn_what_others_change_is_kept),
        cmocka_unit_test(test_of_other_segments_nothing_is_kept),
        cmocka_unit_test(test_options_that_are_not_whole_are_none),
        cmocka_unit_test(test_of_acknowledgements_the_newest_block_is_kept),
        cmocka_unit_test(test_without_a_block_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
