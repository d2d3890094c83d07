/* track/distinct.h, against a plain list of what was seen when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "track/distinct.h"

enum { SUBJECTS = 5, OBJECTS = 40, ROUNDS = 20000 };

static const uint64_t seed[2] = {3, 14};
static const int64_t window_ns = (int64_t)60 * NS_PER_S;

static struct subject_key key_of(uint8_t subject)
{
    struct subject_key key;
    memset(&key, 0, sizeof key);
    key.host.bytes[0] = subject;
    key.family = FAMILY_IPV4;
    return key;
}

static struct addr object_of(uint32_t number)
{
    struct addr addr = {{0}};
    memcpy(addr.bytes, &number, sizeof number);
    return addr;
}

static uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Objects of a subject that were seen within the window; 0 is never. */
static uint32_t model_live(const int64_t last_ns[OBJECTS], int64_t now_ns)
{
    uint32_t live = 0;
    for (size_t i = 0; i < OBJECTS; i++)
        live += last_ns[i] != 0 && now_ns - last_ns[i] <= window_ns;
    return live;
}

static void counts_what_a_list_counts(void **state)
{
    (void)state;
    static int64_t last_ns[SUBJECTS][OBJECTS];
    uint32_t most[SUBJECTS] = {0}, random = 20261122;
    struct distinct distinct;
    int64_t now_ns = NS_PER_S;
    distinct_init(&distinct, seed, window_ns);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t pick = random_next(&random);
        uint8_t subject = (uint8_t)(pick % SUBJECTS);
        uint32_t object = (pick >> 8) % OBJECTS;
        now_ns += (int64_t)((pick >> 16) % 3000) * NS_PER_MS;
        const struct subject_key key = key_of(subject);
        const struct addr addr = object_of(object);
        const struct counted *counted = distinct_add(&distinct, &key, &addr, now_ns);
        assert_non_null(counted);
        last_ns[subject][object] = now_ns;
        uint32_t live = model_live(last_ns[subject], now_ns);
        most[subject] = live > most[subject] ? live : most[subject];
        assert_int_equal(counted->live, live);
        assert_int_equal(counted->most, most[subject]);
    }
    assert_int_equal(distinct.lost, 0);
    distinct_fini(&distinct);
}

static void forgets_evidence_when_nothing_is_left_of_it(void **state)
{
    (void)state;
    struct distinct distinct;
    const struct subject_key a = key_of(1), b = key_of(2);
    const struct addr object = object_of(7);
    distinct_init(&distinct, seed, window_ns);
    for (int64_t again = 0; again < 2; again++) {
        const int64_t now_ns = NS_PER_S + again * 3 * window_ns;
        struct counted *counted = distinct_add(&distinct, &a, &object, now_ns);
        sightings_add_frame(&counted->seen, (struct sighting){17, 0}, now_ns);
        counted->found = again == 1;
        distinct_add(&distinct, &b, &object, now_ns + 2 * window_ns);
        assert_int_equal(distinct_get(&distinct, &a)->seen.count, again == 1);
        assert_int_equal(distinct_get(&distinct, &a)->live, 0);
    }
    distinct_fini(&distinct);
}

static void note_gone(void *context, const struct subject_key *key, const struct counted *counted)
{
    uint64_t *sums = context;
    sums[0]++;
    sums[1] += counted->most;
    assert_int_equal(key->family, FAMILY_IPV4);
}

static void is_bounded_and_says_what_it_lost(void **state)
{
    (void)state;
    enum { MANY = 3 * DISTINCT_PAIRS_MAX };
    struct distinct distinct;
    uint64_t sums[2] = {0, 0};
    const struct subject_key key = key_of(1);
    distinct_init(&distinct, seed, window_ns);
    distinct.gone = note_gone;
    distinct.context = sums;
    for (uint32_t i = 0; i < MANY; i++) {
        const struct addr object = object_of(i);
        assert_non_null(distinct_add(&distinct, &key, &object, NS_PER_S));
    }
    assert_int_equal(distinct.pairs.count, DISTINCT_PAIRS_MAX);
    assert_int_equal(distinct.lost, MANY - DISTINCT_PAIRS_MAX);
    distinct_finish(&distinct);
    assert_int_equal(sums[0], 1);
    assert_in_range(sums[1], DISTINCT_PAIRS_MAX - 1, DISTINCT_PAIRS_MAX);
    distinct_fini(&distinct);
}

static void tells_each_subject_that_goes(void **state)
{
    (void)state;
    enum { MANY = DISTINCT_SUBJECTS_MAX + 100 };
    struct distinct distinct;
    uint64_t sums[2] = {0, 0};
    distinct_init(&distinct, seed, window_ns);
    distinct.gone = note_gone;
    distinct.context = sums;
    const struct addr object = object_of(7);
    for (uint32_t i = 0; i < MANY; i++) {
        struct subject_key key = key_of(1);
        memcpy(key.other.bytes, &i, sizeof i);
        distinct_add(&distinct, &key, &object, NS_PER_S);
    }
    assert_int_equal(sums[0], 100);
    distinct_finish(&distinct);
    assert_int_equal(sums[0], MANY);
    assert_int_equal(distinct.subjects.count, 0);
    distinct_fini(&distinct);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_a_list_counts),
        cmocka_unit_test(forgets_evidence_when_nothing_is_left_of_it),
        cmocka_unit_test(is_bounded_and_says_what_it_lost),
        cmocka_unit_test(tells_each_subject_that_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
