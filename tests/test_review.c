/* What stories tell while they go on: each thing once, again when it has changed, and at the end
 * what is new since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/stories.h"
#include "track_lab.h"

enum { REPLY = 0, REQUEST = 8 };

/* The records of findings that were told, and the last of them. */
struct told {
    size_t count;
    uint32_t name;
    uint64_t sights, value;
};

struct bench {
    struct lab lab;
    struct stories stories;
    struct told told;
};

static void note(void *context, const struct event *event)
{
    struct bench *bench = context;
    if (event->type != EVENT_FINDING)
        return;
    const struct finding *finding = (const struct finding *)(const void *)event->story;
    bench->told.count++;
    bench->told.name = finding->name;
    bench->told.sights = finding->seen.count;
    bench->told.value = finding->value;
}

static int bench_begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    stories_init(&bench->stories,
                 &(struct track){
                     .seed = lab_seed, .homes = &bench->lab.homes, .emit = note, .context = bench});
    *state = bench;
    return 0;
}

static int bench_end(void **state)
{
    struct bench *bench = *state;
    stories_fini(&bench->stories);
    free(bench);
    return 0;
}

static int64_t seconds(int64_t count)
{
    return count * NS_PER_S;
}

/* Shows a message. */
static void send(struct bench *bench, struct lab_message *made)
{
    stories_message(&bench->stories, &(struct sight){.packet = &made->packet});
}

static size_t review(struct bench *bench, int64_t now_ns)
{
    const size_t before = bench->told.count;
    stories_tick(&bench->stories, now_ns);
    assert_int_equal(stories_review(&bench->stories, now_ns), 0);
    return bench->told.count - before;
}

static size_t finish(struct bench *bench, int64_t now_ns)
{
    const size_t before = bench->told.count;
    assert_int_equal(stories_finish(&bench->stories, now_ns), 0);
    return bench->told.count - before;
}

static struct finding_about about_of(uint32_t host)
{
    struct finding_about about = {.family = FAMILY_IPV4};
    memcpy(about.src.bytes, &host, sizeof host);
    return about;
}

static void add(struct bench *bench, uint32_t host, int64_t time_ns)
{
    const struct finding_about about = about_of(host);
    const struct packet packet = {.frame = ++bench->lab.frames, .time_ns = time_ns};
    findings_add(&bench->stories.findings, FINDING_BAD_CHECKSUM, &about, &packet);
}

static void what_has_not_changed_is_told_once(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(review(bench, 0), 0);
    add(bench, 1, seconds(1));
    add(bench, 2, seconds(1));
    assert_int_equal(review(bench, seconds(10)), 2);
    assert_int_equal(review(bench, seconds(20)), 0);
    add(bench, 1, seconds(21));
    assert_int_equal(review(bench, seconds(30)), 1);
    assert_int_equal(bench->told.sights, 2);
    assert_int_equal(finish(bench, seconds(40)), 0);
}

static void the_end_tells_what_is_new_since(void **state)
{
    struct bench *bench = *state;
    add(bench, 1, seconds(1));
    add(bench, 2, seconds(1));
    assert_int_equal(review(bench, seconds(10)), 2);
    add(bench, 2, seconds(11));
    add(bench, 3, seconds(12));
    assert_int_equal(finish(bench, seconds(40)), 2);
}

/* A host asks so many others, ten a second. */
static void sweep(struct bench *bench, uint8_t first, uint8_t count, int64_t time_ns)
{
    struct lab_message made;
    for (uint8_t i = 0; i < count; i++) {
        lab_message_make(&bench->lab, &made, REQUEST, (struct lab_way){1, (uint8_t)(first + i)},
                         time_ns + (int64_t)i * (NS_PER_S / 10));
        send(bench, &made);
    }
}

/* Its subject is still under way at each review. */
static void what_is_under_way_counts_once_however_often_it_is_told(void **state)
{
    struct bench *bench = *state;
    enum { FIRST = 40, MORE = 5 };
    sweep(bench, 10, FIRST, 0);
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(review(bench, seconds(10 * i)), i == 1);
    assert_int_equal(bench->told.name, FINDING_HOST_SWEEP);
    assert_int_equal(bench->told.sights, FIRST);
    assert_int_equal(bench->told.value, FIRST);
    sweep(bench, 60, MORE, seconds(40));
    assert_int_equal(review(bench, seconds(50)), 1);
    assert_int_equal(bench->told.sights, FIRST + MORE);
    assert_int_equal(finish(bench, seconds(60)), 0);
}

/* Twenty requests of one host to another, one a second, of which the last five are lost. When the
 * first of them is known to be, there are too few to judge by. */
static void a_loss_is_told_when_it_is_sure(void **state)
{
    enum { REQUESTS = 20, ANSWERED = 15 };
    struct bench *bench = *state;
    struct lab_message made;
    for (uint16_t i = 0; i < 2 * REQUESTS; i++) {
        const bool request = i % 2 == 0;
        if (!request && i / 2 >= ANSWERED)
            continue;
        const struct lab_way way = request ? (struct lab_way){1, 2} : (struct lab_way){2, 1};
        lab_message_make(&bench->lab, &made, request ? REQUEST : REPLY, way,
                         seconds(i / 2) + !request);
        made.icmp.seq = i / 2;
        made.icmp.has |= ICMP_HAS_PAYLOAD;
        send(bench, &made);
    }
    assert_int_equal(review(bench, seconds(REQUESTS + 1)), 0);
    assert_int_equal(review(bench, seconds(REQUESTS + 10)), 1);
    assert_int_equal(bench->told.name, FINDING_ECHO_LOSS);
    assert_int_equal(bench->told.sights, REQUESTS - ANSWERED);
    assert_int_equal(finish(bench, seconds(60)), 0);
}

static void a_finding_that_is_a_day_old_makes_room(void **state)
{
    struct bench *bench = *state;
    struct findings *findings = &bench->stories.findings;
    const int64_t day_ns = FINDING_DAY_NS;
    add(bench, 1, 0);
    add(bench, 2, seconds(1));
    assert_int_equal(review(bench, day_ns - 1), 2);
    assert_int_equal(findings_count(findings, FINDING_BAD_CHECKSUM), 2);
    assert_int_equal(review(bench, day_ns), 0);
    assert_int_equal(findings_count(findings, FINDING_BAD_CHECKSUM), 1);
    assert_int_equal(findings_more(findings, FINDING_BAD_CHECKSUM)->count, 1);
    add(bench, 1, day_ns + 1);
    assert_int_equal(review(bench, day_ns + 2), 1);
    assert_int_equal(bench->told.sights, 1);
}

/* Each hour of a year has a hundred hosts of its own: more than there may be in three hours. */
static void a_year_of_fresh_subjects_leaves_room_for_the_newest(void **state)
{
    enum { HOURS = 365 * 24, EACH = 100 };
    struct bench *bench = *state;
    const struct findings *findings = &bench->stories.findings;
    uint32_t host = 0;
    for (int64_t hour = 0; hour < HOURS; hour++) {
        const int64_t now_ns = hour * seconds(3600);
        for (size_t i = 0; i < EACH; i++)
            add(bench, ++host, now_ns);
        assert_int_equal(review(bench, now_ns + seconds(60)), EACH);
        assert_true(findings_count(findings, FINDING_BAD_CHECKSUM) <= FINDINGS_EACH);
        assert_int_equal(review(bench, now_ns + seconds(120)), 0);
    }
    assert_int_equal(findings_refused(findings), 0);
    assert_true(findings->told.count <= FINDINGS_EACH);
    assert_int_equal(findings_more(findings, FINDING_BAD_CHECKSUM)->count +
                         findings_count(findings, FINDING_BAD_CHECKSUM),
                     (uint64_t)HOURS * EACH);
}

/* What is judged by all flows is judged by those that go on, too, when all were looked at. */
static void flows_that_go_on_are_known_when_all_were_looked_at(void **state)
{
    struct bench *bench = *state;
    struct flow flow = {.key = {.proto = PROTO_UDP}};
    flow_count(&flow, FLOW_FORWARD, 28);
    flow_count(&flow, FLOW_BACKWARD, 28);
    stories_flow_alive(&bench->stories, &flow);
    assert_int_equal(bench->stories.alive.both_ways, 0);
    stories_walked(&bench->stories);
    assert_int_equal(bench->stories.alive.both_ways, 1);
    stories_walked(&bench->stories);
    assert_int_equal(bench->stories.alive.both_ways, 0);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_begin, bench_end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ON_BENCH(what_has_not_changed_is_told_once),
        ON_BENCH(the_end_tells_what_is_new_since),
        ON_BENCH(what_is_under_way_counts_once_however_often_it_is_told),
        ON_BENCH(a_loss_is_told_when_it_is_sure),
        ON_BENCH(a_finding_that_is_a_day_old_makes_room),
        ON_BENCH(a_year_of_fresh_subjects_leaves_room_for_the_newest),
        ON_BENCH(flows_that_go_on_are_known_when_all_were_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
