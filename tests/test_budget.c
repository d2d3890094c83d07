/* One amount of memory shared out: never more than there is, never nothing for anybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "budget.h"
#include "flow/fragment_table.h"
#include "match/held.h"

enum { MIB = 1 << 20, PROGRAM = 5 * MIB /* 4.1 MiB were measured */ };

struct shared {
    struct icmpscope_config config;
    struct tally tally;
    struct hits hits;
    struct rewritings rewritings;
    struct stories stories;
    struct budget budget;
    struct error error;
};

static int share(struct shared *shared, size_t memory, size_t files, bool evidence)
{
    static const uint64_t seed[2] = {1, 2};
    memset(shared, 0, sizeof *shared);
    icmpscope_config_init(&shared->config);
    shared->config.max_memory = memory;
    shared->config.file_count = files;
    shared->config.evidence = evidence ? ICMPSCOPE_EVIDENCE_PCAP : ICMPSCOPE_EVIDENCE_NONE;
    tally_init(&shared->tally, seed);
    hits_init(&shared->hits, seed);
    rewritings_init(&shared->rewritings, seed);
    stories_init(&shared->stories, &(struct track){.seed = seed});
    const struct trackers trackers = {&shared->tally, &shared->hits, &shared->rewritings,
                                      &shared->stories};
    return budget_share(&shared->budget, &shared->config, &trackers, &shared->error);
}

static size_t shared_sum(struct shared *shared)
{
    const struct budget *budget = &shared->budget;
    const struct tally_caps all = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    size_t evidence = shared->config.evidence == ICMPSCOPE_EVIDENCE_NONE ? 0 : budget->evidence;
    return PROGRAM + budget->input * shared->config.file_count +
           budget->held * sizeof(struct held_error) + fragments_memory(&budget->fragments) +
           fragments_memory(&budget->compared) + fragment_table_memory() + evidence +
           tally_limit(&shared->tally, &all) + hits_limit(&shared->hits, SIZE_MAX, SIZE_MAX) +
           rewritings_limit(&shared->rewritings, SIZE_MAX, SIZE_MAX) +
           stories_limit(&shared->stories, 1) + budget->recent_packets * sizeof(struct ring_entry) +
           budget->max_flows * (sizeof(struct flow) + 14);
}

static void the_shares_come_to_no_more_than_there_is(void **state)
{
    (void)state;
    static const size_t megabytes[] = {32, 33, 48, 63, 64, 65, 96, 128, 200, 500, 1000, 4000};
    static const size_t files[] = {1, 2, 24, 40};
    for (size_t i = 0; i < sizeof megabytes / sizeof megabytes[0]; i++) {
        for (size_t j = 0; j < 8; j++) {
            struct shared shared;
            size_t memory = megabytes[i] * MIB;
            assert_int_equal(share(&shared, memory, files[j / 2], j % 2 != 0), 0);
            const struct budget *budget = &shared.budget;
            assert_true(shared_sum(&shared) < memory);
            assert_in_range(budget->max_flows, 1024, shared.config.max_flows);
            assert_in_range(budget->recent_packets, 1024, shared.config.recent_packets);
            assert_true(budget->held >= 256 && budget->fragments.max_datagrams >= 256);
            assert_true(budget->fragments.max_bytes > 0 && budget->evidence >= MIB);
            assert_true(shared.hits.map.config.max >= 256);
            assert_true(shared.tally.messages.config.max >= 16);
        }
    }
}

static void with_enough_all_is_as_without(void **state)
{
    (void)state;
    struct shared limited, free;
    assert_int_equal(share(&limited, (size_t)8000 * MIB, 1, true), 0);
    assert_int_equal(share(&free, 0, 1, true), 0);
    assert_int_equal(free.budget.input, 0);
    assert_int_equal(free.budget.max_flows, 4194304);
    assert_int_equal(free.budget.recent_packets, 1048576);
    assert_int_equal(limited.budget.max_flows, free.budget.max_flows);
    assert_int_equal(limited.budget.recent_packets, free.budget.recent_packets);
    assert_int_equal(limited.budget.evidence, free.budget.evidence);
    assert_int_equal(limited.budget.held, free.budget.held);
    assert_int_equal(limited.budget.fragments.max_bytes, free.budget.fragments.max_bytes);
    assert_int_equal(limited.hits.map.config.max, HITS_MAX);
    assert_int_equal(limited.tally.reporters.config.max, TALLY_REPORTERS_MAX);
}

static void too_little_is_refused_with_what_would_do(void **state)
{
    (void)state;
    struct shared shared;
    assert_int_equal(share(&shared, (size_t)32 * MIB - 1, 1, false), -1);
    assert_non_null(strstr(shared.error.text, "32M"));
    assert_int_equal(share(&shared, 1, 1, false), -1);
    assert_int_equal(share(&shared, (size_t)32 * MIB, 1000, false), -1);
    assert_non_null(strstr(shared.error.text, "1000 captures"));
    assert_int_equal(share(&shared, (size_t)1000 * MIB, 1000, false), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_shares_come_to_no_more_than_there_is),
    cmocka_unit_test(with_enough_all_is_as_without),
    cmocka_unit_test(too_little_is_refused_with_what_would_do),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
