/* The time while an analysis runs, by a clock that is what a test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "capture/live.h"
#include "engine.h"

enum { MS = NS_PER_MS };

static const int64_t begin_ns = INT64_C(1700000000) * NS_PER_S;

/* What came of it, in place of those who would do it. */
static struct calls {
    size_t intervals, ages, rooms, stops, tends;
    int64_t swept_ns, last_ns;
} calls;

void __wrap_engine_interval(struct engine *engine, int64_t now_ns);
void __wrap_engine_age(struct engine *engine, int64_t now_ns);
void __wrap_engine_sweep(struct engine *engine, int64_t now_ns, int64_t elapsed_ns);
void __wrap_engine_make_room(struct engine *engine, int64_t now_ns);
void __wrap_engine_tell_progress(struct engine *engine);
void __wrap_live_stop(struct live *live);

void __wrap_engine_interval(struct engine *engine, int64_t now_ns)
{
    (void)engine;
    calls.intervals++;
    calls.last_ns = now_ns;
}

void __wrap_engine_age(struct engine *engine, int64_t now_ns)
{
    (void)engine;
    calls.ages++;
    calls.last_ns = now_ns;
}

void __wrap_engine_sweep(struct engine *engine, int64_t now_ns, int64_t elapsed_ns)
{
    (void)engine, (void)now_ns;
    assert_true(elapsed_ns > 0);
    calls.swept_ns += elapsed_ns;
}

void __wrap_engine_make_room(struct engine *engine, int64_t now_ns)
{
    (void)engine, (void)now_ns;
    calls.rooms++;
}

void __wrap_engine_tell_progress(struct engine *engine)
{
    (void)engine;
}

void __wrap_live_stop(struct live *live)
{
    (void)live;
    calls.stops++;
}

struct bench {
    struct icmpscope_config config;
    struct engine *engine;
    int64_t clock_ns;
};

static int64_t read_clock(void *context)
{
    return ((const struct bench *)context)->clock_ns;
}

static void count_tend(void *context, struct icmpscope *run)
{
    (void)context, (void)run;
    calls.tends++;
}

static int take(void *context, const char *bytes, size_t size)
{
    (void)context, (void)bytes, (void)size;
    return 0;
}

static int bench_begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    calls = (struct calls){0};
    bench->clock_ns = begin_ns;
    bench->config = (struct icmpscope_config){
        .clock = read_clock, .tend = count_tend, .context = bench, .write = take};
    bench->engine = calloc(1, sizeof *bench->engine);
    assert_non_null(bench->engine);
    bench->engine->config = &bench->config;
    out_init(&bench->engine->out, (struct out_sink){take, NULL});
    *state = bench;
    return 0;
}

static int bench_end(void **state)
{
    struct bench *bench = *state;
    free(bench->engine);
    free(bench);
    return 0;
}

static struct engine *live(struct bench *bench)
{
    bench->config.interface_count = 1;
    return bench->engine;
}

/* A packet of now. */
static void packet(struct bench *bench, int64_t time_ns)
{
    struct tally *tally = &bench->engine->tally;
    if (bench->engine->packets++ == 0 || time_ns > tally->last_ns)
        tally->last_ns = time_ns;
    tally->previous_ns = time_ns;
    pace_batch(bench->engine);
}

/* Packets each 10 ms for so long. */
static void busy(struct bench *bench, int64_t duration_ns)
{
    for (int64_t passed_ns = 0; passed_ns < duration_ns; passed_ns += 10 * MS) {
        bench->clock_ns += 10 * MS;
        packet(bench, bench->clock_ns);
    }
}

/* Nothing for so long. */
static void idle(struct bench *bench, int64_t duration_ns)
{
    for (int64_t passed_ns = 0; passed_ns < duration_ns; passed_ns += 100 * MS) {
        bench->clock_ns += 100 * MS;
        assert_true(pace_pause(bench->engine));
    }
}

static int64_t seconds(int64_t count)
{
    return count * NS_PER_S;
}

static void intervals_end_busy_or_idle(void **state)
{
    struct bench *bench = *state;
    bench->config.interval_ns = seconds(2);
    pace_begin(live(bench));
    busy(bench, seconds(2) - 10 * MS);
    assert_int_equal(calls.intervals, 0);
    busy(bench, seconds(18) + 100 * MS);
    assert_in_range(calls.intervals, 9, 10);
    idle(bench, seconds(20));
    assert_in_range(calls.intervals, 19, 20);
}

static void without_an_interval_none_ends(void **state)
{
    struct bench *bench = *state;
    pace_begin(live(bench));
    busy(bench, seconds(10));
    idle(bench, seconds(10));
    assert_int_equal(calls.intervals, 0);
    assert_in_range(calls.tends, 190, 200);
}

static void a_clock_set_back_delays_an_interval_by_one_at_most(void **state)
{
    struct bench *bench = *state;
    bench->config.interval_ns = seconds(10);
    pace_begin(live(bench));
    busy(bench, seconds(5));
    bench->clock_ns -= seconds(3600);
    busy(bench, seconds(11));
    assert_int_equal(calls.intervals, 1);
    busy(bench, seconds(10));
    assert_int_equal(calls.intervals, 2);
}

static void a_clock_set_forward_ends_one_interval(void **state)
{
    struct bench *bench = *state;
    bench->config.interval_ns = seconds(10);
    pace_begin(live(bench));
    busy(bench, seconds(5));
    bench->clock_ns += seconds(86400);
    busy(bench, seconds(5));
    assert_int_equal(calls.intervals, 1);
    busy(bench, seconds(6));
    assert_int_equal(calls.intervals, 2);
}

static void a_capture_of_interfaces_stops_when_its_time_is_up(void **state)
{
    struct bench *bench = *state;
    bench->config.max_duration_ns = seconds(3);
    pace_begin(live(bench));
    idle(bench, seconds(3) - 100 * MS);
    assert_int_equal(calls.stops, 0);
    idle(bench, 100 * MS);
    assert_int_equal(calls.stops, 1);
}

static void time_goes_on_without_packets_but_for_what_may_be_on_its_way(void **state)
{
    struct bench *bench = *state;
    pace_begin(live(bench));
    assert_int_equal(pace_now(bench->engine), bench->clock_ns);
    packet(bench, begin_ns - 50 * MS);
    bench->clock_ns += 200 * MS;
    assert_int_equal(pace_now(bench->engine), begin_ns - 50 * MS);
    bench->clock_ns += 100 * MS;
    assert_int_equal(pace_now(bench->engine), begin_ns + 50 * MS);
}

/* Buffers before a pipe may hold back what was captured for long; what is read of one may be of
 * years ago. */
static void the_time_of_a_pipe_is_that_of_its_packets(void **state)
{
    struct bench *bench = *state;
    pace_begin(bench->engine);
    assert_int_equal(pace_now(bench->engine), 0);
    packet(bench, seconds(1000));
    bench->clock_ns += seconds(2);
    assert_int_equal(pace_now(bench->engine), seconds(1000));
    bench->clock_ns += seconds(5);
    assert_int_equal(pace_now(bench->engine), seconds(1005));
    packet(bench, seconds(900));
    assert_int_equal(pace_now(bench->engine), seconds(1000));
}

static void a_clock_set_back_takes_back_the_time_of_interfaces(void **state)
{
    struct bench *bench = *state;
    pace_begin(live(bench));
    packet(bench, begin_ns);
    bench->clock_ns -= seconds(3600);
    packet(bench, bench->clock_ns);
    bench->clock_ns += seconds(1);
    assert_int_equal(pace_now(bench->engine), begin_ns - seconds(3600) + seconds(1) - 200 * MS);
}

static void all_flows_are_looked_at_in_time_busy_or_idle(void **state)
{
    struct bench *bench = *state;
    pace_begin(live(bench));
    busy(bench, seconds(20));
    assert_in_range(calls.swept_ns / MS, 19800, 20000);
    idle(bench, seconds(20));
    assert_in_range(calls.swept_ns / MS, 39800, 40000);
    assert_in_range(calls.rooms, 36, 40);
}

static void a_file_ends_no_flow_by_the_clock_however_new(void **state)
{
    struct bench *bench = *state;
    pace_begin(bench->engine);
    busy(bench, seconds(20));
    assert_int_equal(calls.swept_ns, 0);
    assert_int_equal(calls.rooms, 0);
    assert_int_equal(calls.ages, 0);
}

static void a_pipe_of_what_is_captured_now_does(void **state)
{
    struct bench *bench = *state;
    pace_begin(bench->engine);
    busy(bench, seconds(1));
    idle(bench, 100 * MS);
    busy(bench, seconds(10));
    assert_in_range(calls.swept_ns / MS, 9900, 10100);
    assert_true(calls.rooms >= 9);
}

static void a_pipe_of_what_was_captured_long_ago_does_not(void **state)
{
    struct bench *bench = *state;
    pace_begin(bench->engine);
    packet(bench, begin_ns - seconds(3600));
    idle(bench, seconds(30));
    assert_int_equal(calls.swept_ns, 0);
    assert_int_equal(calls.rooms, 0);
    assert_int_equal(calls.ages, 300);
    assert_int_equal(calls.last_ns, begin_ns - seconds(3600) + seconds(28));
}

static void a_pipe_that_is_stopped_goes_on_no_more(void **state)
{
    struct bench *bench = *state;
    static volatile sig_atomic_t stop;
    bench->engine->intake.wait.stop = &stop;
    pace_begin(bench->engine);
    assert_true(pace_pause(bench->engine));
    stop = 1;
    assert_false(pace_pause(bench->engine));
    stop = 0;
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_begin, bench_end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ON_BENCH(intervals_end_busy_or_idle),
        ON_BENCH(without_an_interval_none_ends),
        ON_BENCH(a_clock_set_back_delays_an_interval_by_one_at_most),
        ON_BENCH(a_clock_set_forward_ends_one_interval),
        ON_BENCH(a_capture_of_interfaces_stops_when_its_time_is_up),
        ON_BENCH(time_goes_on_without_packets_but_for_what_may_be_on_its_way),
        ON_BENCH(the_time_of_a_pipe_is_that_of_its_packets),
        ON_BENCH(a_clock_set_back_takes_back_the_time_of_interfaces),
        ON_BENCH(all_flows_are_looked_at_in_time_busy_or_idle),
        ON_BENCH(a_file_ends_no_flow_by_the_clock_however_new),
        ON_BENCH(a_pipe_of_what_is_captured_now_does),
        ON_BENCH(a_pipe_of_what_was_captured_long_ago_does_not),
        ON_BENCH(a_pipe_that_is_stopped_goes_on_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
