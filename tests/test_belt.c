/* Batches between two threads. pthread_create() fails when told to (the linker's --wrap). */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "belt.h"

enum { SIZE = 4, MANY = 5000 };

static int fail_create;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *context), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *context), void *context);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *context), void *context)
{
    return fail_create ? EAGAIN : __real_pthread_create(thread, attributes, start, context);
}

/* What a worker saw: changed by it alone, looked at behind belt_settle(). */
struct bench {
    struct belt belt;
    int64_t last, sum;
    size_t most; /* batches that were there at once */
    bool in_order, in_turn;
    sigset_t blocked;
    pthread_mutex_t gate; /* the worker goes through it before each batch */
};

static void *work(void *context)
{
    struct bench *bench = context;
    size_t count;
    pthread_sigmask(SIG_BLOCK, NULL, &bench->blocked);
    while ((count = belt_wait(&bench->belt)) > 0) {
        pthread_mutex_lock(&bench->gate);
        pthread_mutex_unlock(&bench->gate);
        const int64_t number = belt_at(&bench->belt, 0)->tick_ns;
        const int64_t newest = belt_at(&bench->belt, count - 1)->tick_ns;
        bench->in_turn = bench->in_turn && number == bench->last + 1;
        bench->in_order = bench->in_order && newest == number + (int64_t)count - 1;
        bench->most = count > bench->most ? count : bench->most;
        bench->last = number;
        bench->sum += number;
        belt_done(&bench->belt);
    }
    return NULL;
}

static struct bench *bench_new(size_t size)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->in_order = bench->in_turn = true;
    pthread_mutex_init(&bench->gate, NULL);
    assert_int_equal(belt_init(&bench->belt, size, false, NULL), 0);
    return bench;
}

static void bench_free(struct bench *bench)
{
    belt_stop(&bench->belt);
    belt_stop(&bench->belt);
    belt_fini(&bench->belt);
    pthread_mutex_destroy(&bench->gate);
    free(bench);
}

static void put(struct bench *bench, int64_t number)
{
    belt_next(&bench->belt)->tick_ns = number;
    belt_put(&bench->belt);
}

static void all_come_in_order_and_once(void **state)
{
    (void)state;
    for (int hurries = 0; hurries < 2; hurries++) {
        struct bench *bench = bench_new(SIZE);
        bench->belt.hurries = hurries;
        assert_int_equal(belt_run(&bench->belt, work, bench, NULL), 0);
        for (int64_t i = 1; i <= MANY; i++)
            put(bench, i);
        belt_settle(&bench->belt);
        assert_true(bench->in_order && bench->in_turn);
        assert_int_equal(bench->last, MANY);
        assert_int_equal(bench->sum, (int64_t)MANY * (MANY + 1) / 2);
        assert_in_range(bench->most, 1, SIZE);
        bench_free(bench);
    }
}

/* Fewer than it would begin with by itself. */
static void what_settles_is_judged(void **state)
{
    (void)state;
    struct bench *bench = bench_new(SIZE);
    assert_int_equal(belt_run(&bench->belt, work, bench, NULL), 0);
    belt_settle(&bench->belt);
    assert_int_equal(bench->last, 0);
    for (int64_t i = 1; i <= 100; i++) {
        put(bench, i);
        belt_settle(&bench->belt);
        assert_int_equal(bench->last, i);
    }
    bench_free(bench);
}

static void what_is_left_is_judged_at_the_end(void **state)
{
    (void)state;
    struct bench *bench = bench_new(SIZE);
    assert_int_equal(belt_run(&bench->belt, work, bench, NULL), 0);
    put(bench, 1);
    belt_stop(&bench->belt);
    assert_int_equal(bench->last, 1);
    bench_free(bench);
}

/* Those that somebody sends to the process, and not those that it brings upon itself. */
static void signals_are_for_others(void **state)
{
    (void)state;
    struct bench *bench = bench_new(SIZE);
    sigset_t mine;
    assert_int_equal(belt_run(&bench->belt, work, bench, NULL), 0);
    put(bench, 1);
    belt_settle(&bench->belt);
    assert_true(sigismember(&bench->blocked, SIGTERM));
    assert_true(sigismember(&bench->blocked, SIGUSR1));
    assert_false(sigismember(&bench->blocked, SIGPIPE));
    assert_false(sigismember(&bench->blocked, SIGSEGV));
    pthread_sigmask(SIG_BLOCK, NULL, &mine);
    assert_false(sigismember(&mine, SIGTERM));
    bench_free(bench);
}

static bool is_idle(struct belt *belt)
{
    pthread_mutex_lock(&belt->lock);
    const bool idle = belt->idle;
    pthread_mutex_unlock(&belt->lock);
    return idle;
}

/* It waits for half of them, and is behind when it has these. */
static void the_worker_is_behind_where_it_does_not_wait(void **state)
{
    (void)state;
    struct bench *bench = bench_new(SIZE);
    pthread_mutex_lock(&bench->gate);
    assert_int_equal(belt_run(&bench->belt, work, bench, NULL), 0);
    while (!is_idle(&bench->belt))
        sched_yield();
    for (int64_t i = 1; i <= SIZE / 2; i++) {
        put(bench, i);
        assert_int_equal(bench->belt.behind, 0);
    }
    while (is_idle(&bench->belt))
        sched_yield();
    belt_next(&bench->belt);
    assert_int_equal(bench->belt.behind, SIZE / 2);
    pthread_mutex_unlock(&bench->gate);
    belt_settle(&bench->belt);
    belt_next(&bench->belt);
    assert_int_equal(bench->belt.behind, 0);
    bench_free(bench);
}

/* Fewer than it would begin with by itself, and not all of them. */
static void those_that_are_reached_were_judged(void **state)
{
    (void)state;
    struct bench *bench = bench_new(2 * SIZE);
    struct belt *belt = &bench->belt;
    assert_int_equal(belt_run(belt, work, bench, NULL), 0);
    for (size_t i = 1; i <= MANY; i++) {
        put(bench, (int64_t)i);
        belt_reach(belt, i > 2 ? i - 2 : 0);
        assert_in_range(belt->judged, i > 2 ? i - 2 : 0, i);
    }
    belt_settle(belt);
    belt_reach(belt, MANY);
    assert_int_equal(belt->judged, MANY);
    assert_true(bench->in_order && bench->in_turn);
    bench_free(bench);
}

static void without_a_worker_it_is_one_batch(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    assert_false(belt_is_running(&bench->belt));
    struct batch *batch = belt_next(&bench->belt);
    belt_settle(&bench->belt);
    assert_ptr_equal(belt_next(&bench->belt), batch);
    bench_free(bench);
}

static void without_threads_it_goes_on_without(void **state)
{
    (void)state;
    struct bench *bench = bench_new(SIZE);
    struct error error = {""};
    fail_create = 1;
    assert_int_equal(belt_run(&bench->belt, work, bench, &error), -1);
    fail_create = 0;
    assert_true(error_is_set(&error));
    assert_false(belt_is_running(&bench->belt));
    assert_ptr_equal(belt_next(&bench->belt), belt_next(&bench->belt));
    bench_free(bench);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_come_in_order_and_once),
        cmocka_unit_test(what_settles_is_judged),
        cmocka_unit_test(what_is_left_is_judged_at_the_end),
        cmocka_unit_test(signals_are_for_others),
        cmocka_unit_test(the_worker_is_behind_where_it_does_not_wait),
        cmocka_unit_test(those_that_are_reached_were_judged),
        cmocka_unit_test(without_a_worker_it_is_one_batch),
        cmocka_unit_test(without_threads_it_goes_on_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
