/* The progress line: what it says, how often it is drawn, and that nothing of it stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/progress.h"

static const int64_t second = 1000000000, start = 5000000000;

static const struct icmpscope_progress half = {1500000000, 3000000000, 3456, 12, 0};

/* ---- the text ----------------------------------------------------------------------------------
 */

static void the_line_says_how_far_how_fast_and_how_long(void **state)
{
    (void)state;
    static const struct {
        struct icmpscope_progress progress;
        int64_t elapsed_ns;
        const char *text;
    } rows[] = {
        {{1500000000, 3000000000, 3456, 12, 0},
         5000000000,
         "50%, 1.5 GB of 3.0 GB, 300.0 MB/s, 0:05 left, 12 ICMP messages, 3456 packets"},
        {{1, 1000, 1, 1, 0},
         1000000000,
         "0%, 1 B of 1.0 kB, 1 B/s, 16:39 left, 1 ICMP message, 1 packet"},
        {{999, 999, 0, 0, 0},
         1000000000,
         "100%, 999 B of 999 B, 999 B/s, 0:00 left, 0 ICMP messages, 0 packets"},
        /* Just begun: no rate. */
        {{0, 2500, 0, 0, 0}, 0, "0%, 0 B of 2.5 kB, 0 ICMP messages, 0 packets"},
        {{0, 2500, 0, 0, 0}, 1000000000, "0%, 0 B of 2.5 kB, 0 B/s, 0 ICMP messages, 0 packets"},
        /* A pipe: no share, no end. */
        {{2000000, 0, 10, 0, 0}, 4000000000, "2.0 MB, 500.0 kB/s, 0 ICMP messages, 10 packets"},
        /* Interfaces: no bytes, but drops. */
        {{0, 0, 10, 2, 0}, 2000000000, "2 ICMP messages, 10 packets"},
        {{0, 0, 10, 2, 3}, 2000000000, "2 ICMP messages, 10 packets, 3 dropped by the kernel"},
        /* A file that has grown since it was opened. */
        {{2000, 1000, 10, 0, 0}, 2000000000, "2.0 kB, 1.0 kB/s, 0 ICMP messages, 10 packets"},
        /* 10,000 s, and more than it has room to tell. */
        {{1000, 10001000, 10, 2, 0},
         1000000000,
         "0%, 1.0 kB of 10.0 MB, 1.0 kB/s, 2:46:40 left, 2 ICMP messages, 10 packets"},
        {{1, UINT64_MAX, 1, 1, 0},
         1000000000,
         "0%, 1 B of 18.4 EB, 1 B/s, 99:59:59 left, 1 ICMP message, 1 packet"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[PROGRESS_TEXT_SIZE];
        assert_ptr_equal(progress_format(text, sizeof text, &rows[i].progress, rows[i].elapsed_ns),
                         text);
        assert_string_equal(text, rows[i].text);
    }
}

static void as_much_of_the_line_is_given_as_fits(void **state)
{
    (void)state;
    char whole[PROGRESS_TEXT_SIZE], part[PROGRESS_TEXT_SIZE];
    progress_format(whole, sizeof whole, &half, second);
    for (size_t size = 1; size <= strlen(whole) + 1; size++) {
        memset(part, 'x', sizeof part);
        progress_format(part, size, &half, second);
        assert_int_equal(strlen(part), size - 1);
        assert_memory_equal(part, whole, size - 1);
        assert_int_equal(part[size], 'x');
    }
}

static void the_longest_line_fits_its_buffer(void **state)
{
    (void)state;
    static const struct icmpscope_progress most = {UINT64_MAX / 2, UINT64_MAX, UINT64_MAX,
                                                   UINT64_MAX, UINT64_MAX};
    char text[PROGRESS_TEXT_SIZE];
    progress_format(text, sizeof text, &most, INT64_MAX);
    assert_non_null(strstr(text, "18446744073709551615 dropped by the kernel"));
}

/* ---- drawing ------------------------------------------------------------------------------------
 */

static struct {
    struct progress progress;
    int ends[2];
} lab;

static int lab_open(void **state)
{
    (void)state;
    return pipe(lab.ends);
}

static int lab_close(void **state)
{
    (void)state;
    close(lab.ends[0]);
    close(lab.ends[1]);
    return 0;
}

/* What was written since the last call. A pipe has no columns: 80 are taken. */
static const char *written(void)
{
    static char bytes[4096];
    assert_int_equal(write(lab.ends[1], "", 1), 1);
    size_t size = 0;
    do {
        ssize_t got = read(lab.ends[0], bytes + size, sizeof bytes - size);
        assert_true(got > 0);
        size += (size_t)got;
    } while (bytes[size - 1] != '\0');
    return bytes;
}

static void short_work_shows_no_line(void **state)
{
    (void)state;
    progress_init(&lab.progress, lab.ends[1], true, start);
    for (int64_t ns = 0; ns < second / 2; ns += second / 50)
        progress_update(&lab.progress, &half, start + ns);
    progress_erase(&lab.progress);
    assert_string_equal(written(), "");
}

static void the_line_is_drawn_five_times_a_second(void **state)
{
    (void)state;
    progress_init(&lab.progress, lab.ends[1], true, start);
    for (int64_t ns = 0; ns < 2 * second; ns += second / 1000)
        progress_update(&lab.progress, &half, start + ns);
    int drawn = 0;
    for (const char *p = written(); *p != '\0'; p++) {
        assert_in_range(*p == '\r' ? ' ' : *p, ' ', '~');
        drawn += *p == '\r';
    }
    assert_int_equal(drawn, 8); /* at 0.5 s, and each 0.2 s until 1.9 s */
}

static void a_shorter_line_covers_the_longer_one_before(void **state)
{
    (void)state;
    static const struct icmpscope_progress pipe_state = {2000000, 0, 10, 0, 0};
    progress_init(&lab.progress, lab.ends[1], true, start);
    progress_update(&lab.progress, &half, start + 5 * second);
    assert_string_equal(written(),
                        "\r50%, 1.5 GB of 3.0 GB, 300.0 MB/s, 0:05 left, 12 ICMP messages, "
                        "3456 packets");
    progress_update(&lab.progress, &pipe_state, start + 8 * second);
    const char *line = written();
    assert_int_equal(strlen(line), 1 + 76);
    assert_ptr_equal(strstr(line, "\r2.0 MB, 250.0 kB/s, 0 ICMP messages, 10 packets  "), line);
}

static void erasing_leaves_nothing_and_happens_once(void **state)
{
    (void)state;
    progress_init(&lab.progress, lab.ends[1], true, start);
    progress_update(&lab.progress, &half, start + 5 * second);
    written();
    progress_erase(&lab.progress);
    char wanted[1 + 76 + 2 + 1 + 1]; /* the ^C behind it, too */
    snprintf(wanted, sizeof wanted, "\r%78s\r", "");
    assert_string_equal(written(), wanted);
    progress_erase(&lab.progress);
    assert_string_equal(written(), "");
}

static void no_line_is_longer_than_the_terminal_is_wide(void **state)
{
    (void)state;
    static const struct icmpscope_progress long_one = {UINT64_MAX / 2, UINT64_MAX, UINT64_MAX, 7,
                                                       0};
    progress_init(&lab.progress, lab.ends[1], true, start);
    progress_update(&lab.progress, &long_one, start + 5 * second);
    assert_int_equal(strlen(written()), 1 + 79);
    progress_erase(&lab.progress);
    assert_int_equal(strlen(written()), 1 + 79 + 1);
}

static void the_state_is_printed_without_a_line_too(void **state)
{
    (void)state;
    progress_init(&lab.progress, lab.ends[1], false, start);
    progress_print(&lab.progress, start);
    assert_string_equal(written(), "icmpscope: 0 ICMP messages, 0 packets\n");
    for (int i = 0; i < 3; i++)
        progress_update(&lab.progress, &half, start + 5 * second + i);
    assert_string_equal(written(), "");
    progress_print(&lab.progress, start + 5 * second);
    assert_string_equal(written(), "icmpscope: 50%, 1.5 GB of 3.0 GB, 300.0 MB/s, 0:05 left, "
                                   "12 ICMP messages, 3456 packets\n");
}

static void what_is_printed_takes_the_place_of_the_line(void **state)
{
    (void)state;
    static const struct icmpscope_progress little = {1, 0, 1, 0, 0};
    progress_init(&lab.progress, lab.ends[1], true, start);
    progress_update(&lab.progress, &half, start + 5 * second); /* 76 columns */
    progress_update(&lab.progress, &little, start + 5 * second);
    written();
    progress_print(&lab.progress, start + 5 * second);
    const char *line = written();
    assert_ptr_equal(strstr(line, "\ricmpscope: 1 B, 0 B/s, 0 ICMP messages, 1 packet "), line);
    assert_true(strlen(line) >= 1 + 76 + 1);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_open, lab_close)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_line_says_how_far_how_fast_and_how_long),
    cmocka_unit_test(as_much_of_the_line_is_given_as_fits),
    cmocka_unit_test(the_longest_line_fits_its_buffer),
    TEST(short_work_shows_no_line),
    TEST(the_line_is_drawn_five_times_a_second),
    TEST(a_shorter_line_covers_the_longer_one_before),
    TEST(erasing_leaves_nothing_and_happens_once),
    TEST(no_line_is_longer_than_the_terminal_is_wide),
    TEST(the_state_is_printed_without_a_line_too),
    TEST(what_is_printed_takes_the_place_of_the_line),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
