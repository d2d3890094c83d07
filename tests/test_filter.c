/* BPF filters on records of several link types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/filter.h"
#include "sample.h"

enum { LINK_ETHERNET = 1, LINK_RAW = 101, LINK_SLL = 113, LINK_NONE_SUCH = 500, LINK_BEYOND = 600 };

/* An echo request from 192.0.2.1 to 192.0.2.2, and what stands before it on Ethernet and in
 * Linux's cooked captures. */
static const uint8_t ip[] = {0x45, 0, 0,   28, 0, 1, 0, 0, 64, 1, 0, 0, 192, 0,
                             2,    1, 192, 0,  2, 2, 8, 0, 0,  0, 0, 1, 0,   1};
static const uint8_t ethernet[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
static const uint8_t cooked[] = {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0};

struct frame {
    uint8_t bytes[64];
    struct record record;
};

static struct frame frame_make(uint16_t link_type)
{
    struct frame frame = {0};
    size_t head = link_type == LINK_ETHERNET ? sizeof ethernet
                  : link_type == LINK_SLL    ? sizeof cooked
                                             : 0;
    if (head > 0)
        memcpy(frame.bytes, link_type == LINK_ETHERNET ? ethernet : cooked, head);
    memcpy(frame.bytes + head, ip, sizeof ip);
    frame.record.link_type = link_type;
    frame.record.cap_length = (uint32_t)(head + sizeof ip);
    frame.record.wire_length = 1000;
    return frame;
}

static bool matches(struct filter *filter, uint16_t link_type)
{
    struct frame frame = frame_make(link_type);
    frame.record.bytes = frame.bytes;
    return filter_match(filter, &frame.record);
}

static struct filter *filter_make(const char *expression)
{
    struct error error = {""};
    struct filter *filter = filter_new(expression, &error);
    assert_string_equal(error.text, "");
    assert_non_null(filter);
    return filter;
}

static void one_expression_serves_all_link_types(void **state)
{
    (void)state;
    struct filter *filter = filter_make("icmp and dst host 192.0.2.2");
    for (int again = 0; again < 2; again++) {
        assert_true(matches(filter, LINK_ETHERNET));
        assert_true(matches(filter, LINK_RAW));
        assert_true(matches(filter, LINK_SLL));
    }
    assert_int_equal(filter_refused(filter), 0);
    filter_free(filter);

    filter = filter_make("udp or src host 192.0.2.2");
    assert_false(matches(filter, LINK_ETHERNET));
    assert_false(matches(filter, LINK_RAW));
    assert_false(matches(filter, LINK_SLL));
    filter_free(filter);
}

static void lengths_are_those_on_the_wire(void **state)
{
    (void)state;
    struct filter *filter = filter_make("len = 1000");
    assert_true(matches(filter, LINK_ETHERNET));
    filter_free(filter);
}

static void bytes_beyond_the_captured_do_not_match(void **state)
{
    (void)state;
    struct filter *filter = filter_make("icmp[icmptype] = icmp-echo");
    struct frame frame = frame_make(LINK_RAW);
    frame.record.bytes = frame.bytes;
    assert_true(filter_match(filter, &frame.record));
    frame.record.cap_length = 20;
    assert_false(filter_match(filter, &frame.record));
    frame.record.cap_length = 0;
    assert_false(filter_match(filter, &frame.record));
    filter_free(filter);
}

static void an_empty_expression_passes_all(void **state)
{
    (void)state;
    struct filter *filter = filter_make("");
    assert_true(matches(filter, LINK_ETHERNET));
    filter_free(filter);
}

static void an_expression_may_make_sense_for_some_link_types_only(void **state)
{
    (void)state;
    struct filter *filter = filter_make("ether host 02:00:00:00:00:01");
    assert_true(matches(filter, LINK_ETHERNET));
    assert_false(matches(filter, LINK_RAW));
    assert_false(matches(filter, LINK_RAW));
    assert_int_equal(filter_refused(filter), 2);
    filter_free(filter);

    filter = filter_make("outbound"); /* means nothing on Ethernet or raw IP */
    assert_true(matches(filter, LINK_SLL));
    assert_false(matches(filter, LINK_ETHERNET));
    assert_int_equal(filter_refused(filter), 1);
    filter_free(filter);
}

static bool is_ethernet(uint16_t link_type)
{
    return link_type == LINK_ETHERNET;
}

static void once_it_is_compiled_there_are_no_more_link_types(void **state)
{
    (void)state;
    struct filter *filter = filter_make("icmp");
    filter_compile(filter, is_ethernet);
    assert_true(matches(filter, LINK_ETHERNET));
    assert_false(matches(filter, LINK_RAW));
    assert_int_equal(filter_refused(filter), 1);
    filter_free(filter);

    filter = filter_make("icmp");
    assert_true(matches(filter, LINK_RAW));
    filter_compile(filter, is_ethernet);
    assert_true(matches(filter, LINK_RAW));
    assert_true(matches(filter, LINK_ETHERNET));
    filter_free(filter);
}

static void link_types_that_nobody_knows_pass_nothing(void **state)
{
    (void)state;
    struct filter *filter = filter_make("icmp");
    assert_false(matches(filter, LINK_NONE_SUCH));
    assert_false(matches(filter, LINK_BEYOND));
    assert_int_equal(filter_refused(filter), 2);
    filter_free(filter);
}

static void an_expression_that_makes_no_sense_says_why(void **state)
{
    (void)state;
    struct error error = {""};
    assert_null(filter_new("icmp and (", &error));
    assert_non_null(strstr(error.text, "syntax error"));
    error = (struct error){""};
    assert_null(filter_new("port nonsuchservice", &error));
    assert_non_null(strstr(error.text, "nonsuchservice"));
}

static char *read_expression(const void *bytes, size_t size, struct error *error)
{
    struct sample sample = {0};
    sample_put(&sample, bytes, size);
    char *path = sample_save(&sample, size);
    char *text = filter_read_file(path, error);
    unlink(path);
    free(path);
    sample_free(&sample);
    return text;
}

static void comments_of_a_file_are_left_out(void **state)
{
    (void)state;
    static const char file[] = "# what we want\nicmp # all of it, and (\n  and host 192.0.2.1\n#";
    struct error error = {""};
    char *text = read_expression(file, sizeof file - 1, &error);
    assert_non_null(text);
    assert_null(strchr(text, '#'));
    struct filter *filter = filter_make(text);
    assert_true(matches(filter, LINK_RAW));
    filter_free(filter);
    free(text);
}

static void files_that_hold_no_expression_say_why(void **state)
{
    (void)state;
    struct error error = {""};
    assert_null(filter_read_file("no such file", &error));
    assert_string_equal(error.text, "No such file or directory");
    error = (struct error){""};
    assert_null(filter_read_file(".", &error));
    assert_string_equal(error.text, "Is a directory");
    error = (struct error){""};
    assert_null(read_expression("icmp\0udp", 8, &error));
    assert_string_equal(error.text, "is not text");

    struct sample sample = {0};
    sample_fill(&sample, ' ', (1 << 20) + 1);
    error = (struct error){""};
    assert_null(read_expression(sample.bytes, sample.size, &error));
    assert_string_equal(error.text, "is too long for a filter expression");
    sample_free(&sample);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_expression_serves_all_link_types),
    cmocka_unit_test(lengths_are_those_on_the_wire),
    cmocka_unit_test(bytes_beyond_the_captured_do_not_match),
    cmocka_unit_test(an_empty_expression_passes_all),
    cmocka_unit_test(an_expression_may_make_sense_for_some_link_types_only),
    cmocka_unit_test(once_it_is_compiled_there_are_no_more_link_types),
    cmocka_unit_test(link_types_that_nobody_knows_pass_nothing),
    cmocka_unit_test(an_expression_that_makes_no_sense_says_why),
    cmocka_unit_test(comments_of_a_file_are_left_out),
    cmocka_unit_test(files_that_hold_no_expression_say_why),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
