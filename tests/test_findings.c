/* track/findings.h and sightings.h, and the words of report/finding_text.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/finding_text.h"
#include "track/findings.h"
#include "traffic.h"

static const uint64_t seed[2] = {1, 2};

static struct packet frame(uint64_t number, int64_t ns)
{
    return (struct packet){.frame = number, .time_ns = ns};
}

static struct finding_about about(uint32_t host)
{
    struct finding_about about = {.family = FAMILY_IPV4, .reporter = addr_of("192.0.2.1")};
    about.src.bytes[0] = 10;
    about.src.bytes[2] = (uint8_t)(host >> 8);
    about.src.bytes[3] = (uint8_t)host;
    return about;
}

/* ---- sightings ------------------------------------------------------------------------------- */

static void the_first_frames_and_the_last_are_kept(void **state)
{
    (void)state;
    struct sightings seen = {0};
    for (uint64_t i = 1; i <= 100; i++) {
        struct packet packet = frame(i, (int64_t)i * 10);
        sightings_add(&seen, &packet);
    }
    assert_int_equal(seen.count, 100);
    assert_int_equal(seen.first_ns, 10);
    assert_int_equal(seen.last_ns, 1000);
    assert_int_equal(seen.frame_count, SIGHTINGS_FRAMES);
    for (uint64_t i = 0; i + 1 < SIGHTINGS_FRAMES; i++)
        assert_int_equal(seen.frames[i].frame, i + 1);
    assert_int_equal(seen.frames[SIGHTINGS_FRAMES - 1].frame, 100);
}

static void a_frame_is_kept_once_and_witnesses_do_not_count(void **state)
{
    (void)state;
    struct sightings seen = {0};
    const struct packet packet = frame(7, 5), earlier = frame(9, 3);
    sightings_add(&seen, &packet);
    sightings_add(&seen, &packet);
    sightings_add_witness(&seen, (struct sighting){8, 0});
    sightings_add_witness(&seen, (struct sighting){7, 1});
    sightings_add_witness(&seen, (struct sighting){0, 0});
    sightings_add(&seen, &earlier);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.frame_count, 4);
    assert_int_equal(seen.first_ns, 3);
    assert_int_equal(seen.last_ns, 5);
}

static void sightings_are_merged(void **state)
{
    (void)state;
    struct sightings a = {0}, b = {0}, none = {0};
    struct packet packet = frame(1, -20);
    sightings_add(&b, &packet);
    sightings_merge(&a, &none);
    assert_int_equal(a.count, 0);
    sightings_merge(&a, &b);
    packet = frame(2, 30);
    sightings_add(&a, &packet);
    sightings_merge(&a, &none);
    assert_int_equal(a.count, 2);
    assert_int_equal(a.first_ns, -20);
    assert_int_equal(a.last_ns, 30);
    assert_int_equal(a.frame_count, 2);
}

/* ---- findings -------------------------------------------------------------------------------- */

static void sights_of_one_subject_are_one_finding(void **state)
{
    (void)state;
    struct findings findings;
    findings_init(&findings, seed);
    const struct finding_about one = about(1), two = about(2);
    const struct packet packet = frame(3, 4);
    findings_add(&findings, FINDING_ERROR_BAD_SOURCE, &one, &packet);
    findings_add(&findings, FINDING_ERROR_BAD_SOURCE, &one, &packet);
    findings_add(&findings, FINDING_ERROR_BAD_SOURCE, &two, &packet);
    findings_add(&findings, FINDING_PING_OF_DEATH, &one, &packet);
    assert_int_equal(findings.map.count, 3);
    assert_int_equal(findings_count(&findings, FINDING_ERROR_BAD_SOURCE), 2);
    const struct finding *finding = findings_get(&findings, FINDING_ERROR_BAD_SOURCE, &one);
    assert_non_null(finding);
    assert_int_equal(finding->seen.count, 2);
    assert_int_equal(finding->severity, SEVERITY_MEDIUM);
    assert_null(findings_get(&findings, FINDING_SMURF, &one));
    findings_fini(&findings);
}

static void subjects_beyond_the_cap_are_counted(void **state)
{
    (void)state;
    struct findings findings;
    findings_init(&findings, seed);
    const struct packet packet = frame(3, 4);
    for (uint32_t i = 0; i < FINDINGS_EACH + 50; i++) {
        const struct finding_about host = about(i);
        struct finding *finding = findings_add(&findings, FINDING_BAD_CHECKSUM, &host, &packet);
        assert_int_equal(finding != NULL, i < FINDINGS_EACH);
    }
    assert_int_equal(findings_more(&findings, FINDING_BAD_CHECKSUM)->count, 50);
    assert_int_equal(findings_refused(&findings), 0);
    const struct finding_about known = about(3), other = about(1);
    assert_non_null(findings_add(&findings, FINDING_BAD_CHECKSUM, &known, &packet));
    assert_non_null(findings_add(&findings, FINDING_SMURF, &other, &packet));
    findings_fini(&findings);
}

static void the_severe_come_before_the_frequent(void **state)
{
    (void)state;
    const struct finding rare_high = {.severity = SEVERITY_HIGH, .seen = {.count = 1}};
    const struct finding often_low = {.severity = SEVERITY_LOW, .seen = {.count = UINT64_MAX}};
    const struct finding rare_low = {.severity = SEVERITY_LOW, .seen = {.count = 1}};
    const struct finding unseen = {.severity = SEVERITY_INFO};
    assert_true(finding_weight(&rare_high) > finding_weight(&often_low));
    assert_true(finding_weight(&often_low) > finding_weight(&rare_low));
    assert_true(finding_weight(&unseen) > 0);
}

static void all_rows_have_what_a_person_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDINGS; i++) {
        const struct finding_type *type = &finding_types[i];
        assert_true(type->severity < SEVERITIES);
        assert_true(strlen(type->text) > 20 && strlen(type->advice) > 20);
        assert_true(type->text[strlen(type->text) - 1] != '.');
        assert_true(type->advice[strlen(type->advice) - 1] == '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(type->name, finding_types[j].name);
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

static const struct finding spoken = {.story = {.family = FAMILY_IPV4,
                                                .src = {.bytes = {192, 0, 2, 1}},
                                                .dst = {.bytes = {198, 51, 100, 2}}},
                                      .reporter = {.bytes = {203, 0, 113, 254}},
                                      .port = 53,
                                      .value = 1,
                                      .limit = 1400,
                                      .seen = {.count = 12345}};

static void slots_are_filled(void **state)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"{src} > {dst}, says {reporter}", "192.0.2.1 > 198.51.100.2, says 203.0.113.254"},
        {"{value:packet} of {count:packet} at {port}, {limit}",
         "1 packet of 12,345 packets at 53, 1,400"},
        {"{value: more packet}", "1  more packet"},
        {"{what} {src", "{what} {src"},
        {"{}{:}{value:}", "{}{:}1"},
        {"{value:a noun that is longer than any that there is in a row}",
         "{value:a noun that is longer than any that there is in a row}"},
        {"a{src:, of}, b", "a, of 192.0.2.1, b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct line line;
        line_init(&line);
        finding_text_add(&line, rows[i].text, &spoken);
        assert_string_equal(line.text, rows[i].said);
    }
}

static void rows_have_no_slot_that_is_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDINGS; i++) {
        struct line line;
        line_init(&line);
        finding_text_add(&line, finding_types[i].text, &spoken);
        finding_text_add(&line, finding_types[i].advice, &spoken);
        assert_null(strchr(line.text, '{'));
    }
}

/* line_add_count() makes a plural with "s" alone. */
static void assert_plurals(const char *text)
{
    for (const char *p = strchr(text, ':'); p != NULL; p = strchr(p + 1, ':')) {
        const char *end = strchr(p, '}');
        if (end != NULL && end > p + 1)
            assert_null(strchr("yhsx", end[-1]));
    }
}

static void nouns_have_plain_plurals(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDINGS; i++) {
        assert_plurals(finding_types[i].text);
        assert_plurals(finding_types[i].advice);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_frames_and_the_last_are_kept),
        cmocka_unit_test(a_frame_is_kept_once_and_witnesses_do_not_count),
        cmocka_unit_test(sightings_are_merged),
        cmocka_unit_test(sights_of_one_subject_are_one_finding),
        cmocka_unit_test(subjects_beyond_the_cap_are_counted),
        cmocka_unit_test(the_severe_come_before_the_frequent),
        cmocka_unit_test(all_rows_have_what_a_person_needs),
        cmocka_unit_test(slots_are_filled),
        cmocka_unit_test(rows_have_no_slot_that_is_unknown),
        cmocka_unit_test(nouns_have_plain_plurals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
