/* Which reporters metrics tell apart. */
#include "track/reporter_labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timefmt.h"

/* An error of the reporter 192.0.2.`last`, the `errors`th of its. */
static void report(struct reporter_labels *labels, uint8_t last, uint64_t errors, int64_t second)
{
    struct packet packet = {.time_ns = second * NS_PER_S};
    packet.ip.family = FAMILY_IPV4;
    packet.ip.src = addr_from_ipv4((const uint8_t[]){192, 0, 2, last});
    reporter_labels_count(labels, &packet, errors);
}

static void report_often(struct reporter_labels *labels, uint8_t last, uint64_t times,
                         int64_t second)
{
    for (uint64_t i = 1; i <= times; i++)
        report(labels, last, i, second);
}

static uint64_t total(const struct reporter_labels *labels)
{
    uint64_t sum = labels->other;
    for (size_t i = 0; i < labels->count; i++)
        sum += labels->list[i].errors;
    return sum;
}

static void reporters_of_a_few_errors_are_not_told_apart(void **state)
{
    (void)state;
    struct reporter_labels labels = {.count = 0};
    for (uint8_t i = 1; i < 200; i++)
        report_often(&labels, i, 9, 0);
    assert_int_equal(labels.count, 0);
    assert_int_equal(labels.other, 199 * 9);
}

static void what_counted_for_the_others_stays_there(void **state)
{
    (void)state;
    struct reporter_labels labels = {.count = 0};
    report_often(&labels, 1, 25, 0);
    assert_int_equal(labels.count, 1);
    assert_int_equal(labels.other, 9);
    assert_int_equal(labels.list[0].errors, 16);
}

static void families_are_told_apart(void **state)
{
    (void)state;
    struct reporter_labels labels = {.count = 0};
    struct packet packet = {.ip = {.family = FAMILY_IPV6}};
    packet.ip.src = addr_from_ipv4((const uint8_t[]){192, 0, 2, 1}); /* c000:201:: */
    report(&labels, 1, 10, 0);
    reporter_labels_count(&labels, &packet, 10);
    assert_int_equal(labels.count, 2);
}

static void no_more_than_there_are_places_are_told_apart(void **state)
{
    (void)state;
    struct reporter_labels labels = {.count = 0};
    for (uint8_t i = 1; i <= 100; i++)
        report_often(&labels, i, 30, i);
    assert_int_equal(labels.count, REPORTER_LABELS);
    assert_int_equal(labels.list[0].errors, 21);
    assert_int_equal(total(&labels), 100 * 30);
    assert_int_equal(labels.other, 20 * 9 + 80 * 30);
}

static void one_that_is_not_counted_any_more_is_one_of_the_others(void **state)
{
    (void)state;
    struct reporter_labels labels = {.count = 0};
    report(&labels, 1, 0, 0);
    assert_int_equal(labels.count, 0);
    assert_int_equal(labels.other, 1);
}

/* The sum is then less by what is not told any more, and no number that is told is less. */
static void a_silent_one_gives_its_place_up_after_an_hour(void **state)
{
    (void)state;
    struct reporter_labels labels = {.count = 0};
    for (uint8_t i = 1; i <= REPORTER_LABELS; i++)
        report(&labels, i, 10, i);
    report(&labels, 1, 11, 30); /* now 2 is the one that was silent longest, since 2 s */
    report(&labels, 200, 10, 3601);
    assert_int_equal(labels.other, 1);
    report(&labels, 200, 11, 3602);
    assert_int_equal(labels.other, 1);
    assert_int_equal(labels.count, REPORTER_LABELS);
    assert_int_equal(labels.list[1].addr.bytes[3], 200);
    assert_int_equal(labels.list[1].errors, 1);
    assert_int_equal(labels.list[0].errors, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reporters_of_a_few_errors_are_not_told_apart),
        cmocka_unit_test(what_counted_for_the_others_stays_there),
        cmocka_unit_test(families_are_told_apart),
        cmocka_unit_test(no_more_than_there_are_places_are_told_apart),
        cmocka_unit_test(one_that_is_not_counted_any_more_is_one_of_the_others),
        cmocka_unit_test(a_silent_one_gives_its_place_up_after_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
