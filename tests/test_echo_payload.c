/* What echoes carry: the programs by bytes that their sources, or captures of them, have; the time
 * in each layout; disorder of what is known to have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/echo_payload.h"

enum { SIZE = 64 };

/* 2026-11-22 00:45:42.324716 UTC: 0x6b023b36 s, 0x0004f46c us. */
static const int64_t sent_ns = 1795308342324716000;

static struct echo_payload read_bytes(const void *bytes, size_t size)
{
    struct echo_payload payload;
    echo_payload_read(cursor_over(bytes, size), &payload);
    return payload;
}

/* `head` in front of bytes that are their own offsets. */
static struct echo_payload counting(const uint8_t *head, size_t head_size, size_t size)
{
    uint8_t bytes[SIZE];
    for (size_t i = 0; i < size; i++)
        bytes[i] = i < head_size ? head[i] : (uint8_t)i;
    return read_bytes(bytes, size);
}

static const uint8_t linux_head[16] = {0x36, 0x3b, 0x02, 0x6b, 0, 0, 0, 0,
                                       0x6c, 0xf4, 0x04, 0,    0, 0, 0, 0};
static const uint8_t bsd_head[8] = {0x6b, 0x02, 0x3b, 0x36, 0, 0x04, 0xf4, 0x6c};

static void test_pings_are_told_by_where_they_begin_to_count(void **state)
{
    static const uint8_t hidden[24] = {0x9b, 0x11, 0xf0, 0x52, 0x33, 0x81, 0xd2, 0x07,
                                       0x7e, 0x60, 0xbb, 0xc1, 0x28, 0x4f, 0x95, 0x3a,
                                       0xee, 0x0c, 0x71, 0xa6, 0x5d, 0x88, 0x19, 0xf3};
    (void)state;
    assert_int_equal(counting(linux_head, 16, 56).program, ECHO_PROGRAM_LINUX);
    assert_int_equal(counting(linux_head, 16, 24).program, ECHO_PROGRAM_LINUX);
    assert_int_equal(counting(bsd_head, 8, 56).program, ECHO_PROGRAM_BSD);
    assert_int_equal(counting(hidden, 24, 56).program, ECHO_PROGRAM_OPENBSD);
}

static void test_a_counting_payload_may_be_of_many_programs(void **state)
{
    static const uint8_t little[8] = {0x36, 0x3b, 0x02, 0x6b, 0x6c, 0xf4, 0x04, 0};
    (void)state;
    assert_int_equal(counting(NULL, 0, 8).program, ECHO_PROGRAM_COUNTING);
    assert_int_equal(counting(little, 8, 56).program, ECHO_PROGRAM_COUNTING);
    assert_null(echo_program_names[ECHO_PROGRAM_COUNTING]);
}

static void test_texts_tell_their_programs(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        enum echo_program program;
    } rows[] = {
        {"abcdefghijklmnopqrstuvwabcdefghi", 32, ECHO_PROGRAM_WINDOWS},
        {"abcdefghijklmnopqrstuvwxyzabcdef", 32, ECHO_PROGRAM_NONE},
        {"abcdefg", 7, ECHO_PROGRAM_NONE},
        {"liboping -- ICMP ping library <http://octo.it/liboping/>", 56, ECHO_PROGRAM_LIBOPING},
        {"liboping -- ICMP ping", 21, ECHO_PROGRAM_LIBOPING}, /* cut by the capture */
        {"WhatsUp - A Network Monitoring Tool", 35, ECHO_PROGRAM_WHATSUP},
        {"XXXXXXXXXXXXXXXX", 16, ECHO_PROGRAM_HPING},
        {"XXXXXXXXXXXXXXXx", 16, ECHO_PROGRAM_NONE},
        {"\0\0\0\0\0\x1f\xaf\x70\xab\xcd\xab\xcd\xab\xcd\xab\xcd", 16, ECHO_PROGRAM_CISCO},
        {"", 0, ECHO_PROGRAM_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(read_bytes(rows[i].text, rows[i].size).program, rows[i].program);
}

static void test_the_time_is_read_in_each_layout(void **state)
{
    static const struct {
        uint8_t bytes[16];
        size_t size;
        int64_t fraction_ns; /* beyond the second */
    } rows[] = {
        {{0x36, 0x3b, 0x02, 0x6b, 0, 0, 0, 0, 0x6c, 0xf4, 0x04}, 16, 324716000},
        {{0, 0, 0, 0, 0x6b, 0x02, 0x3b, 0x36, 0, 0, 0, 0, 0, 0x04, 0xf4, 0x6c}, 16, 324716000},
        {{0x36, 0x3b, 0x02, 0x6b, 0x6c, 0xf4, 0x04, 0}, 8, 324716000},
        {{0x6b, 0x02, 0x3b, 0x36, 0, 0x04, 0xf4, 0x6c}, 8, 324716000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct echo_payload payload = read_bytes(rows[i].bytes, rows[i].size);
        int64_t told_ns;
        assert_true(echo_payload_time(&payload, sent_ns, &told_ns));
        assert_int_equal(told_ns, 1795308342000000000 + rows[i].fraction_ns);
    }
}

static void test_nanoseconds_are_read_as_one_number(void **state)
{
    uint8_t bytes[8];
    int64_t told_ns;
    (void)state;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)sent_ns >> (8 * (7 - i)));
    struct echo_payload payload = read_bytes(bytes, sizeof bytes);
    assert_true(echo_payload_time(&payload, sent_ns + 1000000, &told_ns));
    assert_int_equal(told_ns, sent_ns);
}

static void test_a_time_of_another_day_is_none(void **state)
{
    const int64_t day_ns = (int64_t)86400 * 1000000000;
    struct echo_payload payload = read_bytes(bsd_head, sizeof bsd_head);
    int64_t told_ns;
    (void)state;
    assert_true(echo_payload_time(&payload, sent_ns + day_ns, &told_ns));
    assert_false(echo_payload_time(&payload, sent_ns + day_ns + 1, &told_ns));
    assert_true(echo_payload_time(&payload, sent_ns - day_ns, &told_ns));
    assert_false(echo_payload_time(&payload, sent_ns - day_ns - 1, &told_ns));
}

static void test_a_time_that_was_cut_is_none(void **state)
{
    int64_t told_ns;
    (void)state;
    for (size_t size = 0; size < 8; size++) {
        struct echo_payload payload = read_bytes(bsd_head, size);
        assert_false(echo_payload_time(&payload, sent_ns, &told_ns));
    }
}

static void test_numbers_beyond_any_time_are_none(void **state)
{
    uint8_t bytes[16];
    int64_t told_ns;
    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    struct echo_payload payload = read_bytes(bytes, sizeof bytes);
    assert_false(echo_payload_time(&payload, INT64_MAX, &told_ns));
    assert_false(echo_payload_time(&payload, INT64_MIN, &told_ns));
}

static void test_payloads_are_equal_by_all_their_bytes(void **state)
{
    static const size_t sizes[] = {1, 7, 8, 31, 32, 33, 40, 63, 64, 65, 100, 255};
    uint8_t bytes[256] = {0};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint64_t hash = read_bytes(bytes, sizes[s]).hash;
        assert_int_equal(read_bytes(bytes, sizes[s]).hash, hash);
        assert_int_not_equal(read_bytes(bytes, sizes[s] - 1).hash, hash);
        assert_int_not_equal(read_bytes(bytes, sizes[s] + 1).hash, hash);
        for (size_t i = 0; i < 8 * sizes[s]; i++) {
            bytes[i / 8] ^= 1 << i % 8;
            assert_int_not_equal(read_bytes(bytes, sizes[s]).hash, hash);
            bytes[i / 8] ^= 1 << i % 8;
        }
    }
}

/* Eight bytes that change places, far apart and side by side. */
static void test_payloads_are_equal_by_the_order_of_their_bytes(void **state)
{
    enum { WORDS = 24 };
    uint64_t words[WORDS];
    (void)state;
    for (size_t i = 0; i < WORDS; i++)
        words[i] = 0x0101010101010101u * (i + 1);
    uint64_t hash = read_bytes(words, sizeof words).hash;
    for (size_t i = 0; i < WORDS; i++)
        for (size_t j = i + 1; j < WORDS; j++) {
            uint64_t word = words[i];
            words[i] = words[j];
            words[j] = word;
            assert_int_not_equal(read_bytes(words, sizeof words).hash, hash);
            words[j] = words[i];
            words[i] = word;
        }
}

static void test_disorder_is_that_of_random_bytes_in_percent(void **state)
{
    uint8_t random[1024], same[1024] = {0};
    uint32_t word = 1;
    (void)state;
    for (size_t i = 0; i < sizeof random; i++) {
        word = word * 1664525 + 1013904223;
        random[i] = (uint8_t)(word >> 24);
    }
    static const char text[] =
        "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: none"
        "\r\nAccept: text/html, text/plain; q=0.5\r\nConnection: close\r\n\r\n";
    struct echo_payload payload = read_bytes(random, sizeof random);
    assert_in_range(echo_payload_disorder(&payload), 90, 100);
    payload = read_bytes(random, 16);
    assert_in_range(echo_payload_disorder(&payload), 80, 100);
    payload = read_bytes(text, sizeof text - 1);
    assert_in_range(echo_payload_disorder(&payload), 10, 59);
    payload = read_bytes(same, sizeof same);
    assert_int_equal(echo_payload_disorder(&payload), 0);
    payload = counting(linux_head, 16, 56);
    assert_int_equal(echo_payload_disorder(&payload), 0);
}

/* Each byte adds the chance that it is another than those before it, in units of 2^-16. */
static void test_disorder_is_told_of_any_number_of_bytes(void **state)
{
    uint32_t expected = 0;
    (void)state;
    for (uint32_t sampled = 1; sampled <= ECHO_SAMPLE; sampled++) {
        expected += 65536 - expected / 256;
        for (uint32_t distinct = 1; distinct <= sampled; distinct++) {
            const struct echo_payload payload = {.sampled = (uint16_t)sampled,
                                                 .distinct = (uint16_t)distinct};
            uint64_t percent = (uint64_t)distinct * 6553600 / expected;
            assert_int_equal(echo_payload_disorder(&payload), percent < 100 ? percent : 100);
        }
    }
}

/* As many values as there are, and as many steps between them: of each the lesser counts. */
static void test_values_and_the_steps_between_them_are_counted(void **state)
{
    uint8_t bytes[300] = {0};
    (void)state;
    for (size_t i = 0; i < 256; i++)
        bytes[i] = (uint8_t)(i * 3 + 1); /* all values, and steps of 1 and of 3 */
    assert_int_equal(read_bytes(bytes, 256).distinct, 2);
    for (size_t i = 0; i < 256; i++)
        bytes[i] =
            (uint8_t)(i * (i + 1) / 2 + 1); /* steps of 1, 1, 2, …, 255: all but 0; all values */
    assert_int_equal(read_bytes(bytes, 256).distinct, 255);
    assert_int_equal(read_bytes(bytes, 300).sampled, ECHO_SAMPLE);
    assert_int_equal(read_bytes(bytes, 20).sampled, 20);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_pings_are_told_by_where_they_begin_to_count),
    cmocka_unit_test(test_a_counting_payload_may_be_of_many_programs),
    cmocka_unit_test(test_texts_tell_their_programs),
    cmocka_unit_test(test_the_time_is_read_in_each_layout),
    cmocka_unit_test(test_nanoseconds_are_read_as_one_number),
    cmocka_unit_test(test_a_time_of_another_day_is_none),
    cmocka_unit_test(test_a_time_that_was_cut_is_none),
    cmocka_unit_test(test_numbers_beyond_any_time_are_none),
    cmocka_unit_test(test_payloads_are_equal_by_all_their_bytes),
    cmocka_unit_test(test_payloads_are_equal_by_the_order_of_their_bytes),
    cmocka_unit_test(test_disorder_is_told_of_any_number_of_bytes),
    cmocka_unit_test(test_values_and_the_steps_between_them_are_counted),
    cmocka_unit_test(test_disorder_is_that_of_random_bytes_in_percent),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
