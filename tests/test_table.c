/* The flow table: what it finds, whom it evicts, and when it ends a flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table_lab.h"

/* ---- finding --------------------------------------------------------------------------------- */

static void what_was_touched_is_found_and_nothing_else(void **state)
{
    (void)state;
    struct flow_table *table = table_of(100, NULL);
    assert_null(find(table, 'a'));
    struct flow *a = touch(table, 'a', 5), *b = touch(table, 'b', 6);
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(find(table, 'a'), a);
    assert_ptr_equal(find(table, 'b'), b);
    assert_null(find(table, 'c'));
    assert_int_equal(flow_table_count(table), 2);
    assert_int_equal(flow_table_seen(table), 2);
    flow_table_free(table);
}

static void a_new_flow_begins_with_its_first_packet(void **state)
{
    (void)state;
    struct flow_table *table = table_of(100, NULL);
    struct flow_key key = key_of('a', PROTO_TCP);
    uint64_t hash = flow_table_hash(table, &key);
    struct flow_touch touched = flow_table_touch(table, &key, hash, 1000);
    struct flow *flow = touched.flow;
    assert_true(touched.fresh);
    assert_ptr_equal(flow_table_at(table, touched.number), flow);
    assert_int_equal(flow->id, 1);
    assert_int_equal(flow->first_ns, 1000);
    assert_int_equal(flow->last_ns, 1000);
    assert_int_equal(flow->newest, 0);
    assert_int_equal(flow->hit, 0);
    assert_int_equal(flow_packets(flow, FLOW_FORWARD) + flow_packets(flow, FLOW_BACKWARD), 0);
    assert_memory_equal(&flow->key, &key, sizeof key);

    touched = flow_table_touch(table, &key, hash, 3000);
    assert_ptr_equal(touched.flow, flow);
    assert_false(touched.fresh);
    assert_int_equal(flow->first_ns, 1000);
    assert_int_equal(flow->last_ns, 3000);

    key = key_of('b', PROTO_TCP);
    touched = flow_table_touch(table, &key, flow_table_hash(table, &key), 4000);
    assert_true(touched.fresh);
    assert_int_equal(touched.flow->id, 2);
    assert_ptr_equal(flow_table_at(table, touched.number), touched.flow);
    assert_null(flow_table_at(table, 0));
    assert_null(flow_table_at(table, 3));
    flow_table_free(table);
}

/* All but the id: nothing of whose place it takes is left. */
static void a_flow_in_the_place_of_another_begins_as_any(void **state)
{
    (void)state;
    struct flow_table *table = table_of(1, NULL), *other = table_of(1, NULL);
    struct flow *flow = touch(table, 'a', 1), *expected = touch(other, 'b', 5);
    memset((unsigned char *)flow + sizeof flow->key, 0xff, sizeof *flow - sizeof flow->key);
    flow->referenced = 0;
    flow->id = expected->id;
    assert_memory_not_equal(flow, expected, sizeof *flow);
    assert_ptr_equal(touch(table, 'b', 5), flow);
    assert_int_equal(flow_table_evicted(table), 1);
    assert_int_equal(flow->id, 2);
    flow->id = expected->id;
    assert_memory_equal(flow, expected, sizeof *flow);
    flow_table_free(table);
    flow_table_free(other);
}

static void time_that_goes_backwards_changes_no_time(void **state)
{
    (void)state;
    struct flow_table *table = table_of(100, NULL);
    touch(table, 'a', 9000);
    struct flow *flow = touch(table, 'a', 10);
    assert_int_equal(flow->first_ns, 9000);
    assert_int_equal(flow->last_ns, 9000);
    assert_int_equal(flow_table_timed_out(table), 0);
    flow_table_free(table);
}

/* The hash may be the same: the key decides. */
static void flows_of_one_hash_are_told_apart(void **state)
{
    (void)state;
    struct flow_table *table = table_of(10000, NULL);
    for (uint32_t name = 1; name <= 200; name++) {
        struct flow_key key = key_of(name, PROTO_UDP);
        assert_true(flow_table_touch(table, &key, 42, 0).fresh);
    }
    for (uint32_t name = 1; name <= 200; name++) {
        struct flow_key key = key_of(name, PROTO_UDP);
        assert_int_equal(name_of(flow_table_find(table, &key, 42)), name);
    }
    flow_table_free(table);
}

static void prefetching_changes_nothing(void **state)
{
    (void)state;
    struct flow_table *table = table_of(100, NULL);
    struct flow *flow = touch(table, 'a', 1);
    for (uint32_t name = 'a'; name <= 'z'; name++) {
        struct flow_key key = key_of(name, PROTO_UDP);
        const uint64_t hash = flow_table_hash(table, &key);
        flow_table_prefetch_index(table, &hash, 1);
        guess_of(table, name);
    }
    assert_ptr_equal(find(table, 'a'), flow);
    assert_int_equal(flow_table_count(table), 1);
    flow_table_free(table);
}

static void a_million_flows_are_all_found_where_they_began(void **state)
{
    (void)state;
    enum { FLOWS = 1000000 };
    size_t guessed = 0;
    struct flow_table *table = table_of(FLOWS, NULL);
    struct flow *first = touch(table, 1, 0);
    for (uint32_t name = 2; name <= FLOWS; name++)
        touch(table, name * 2654435761u + 1, 0);
    assert_int_equal(flow_table_count(table), FLOWS);
    assert_int_equal(flow_table_evicted(table), 0);
    assert_ptr_equal(find(table, 1), first);
    for (uint32_t name = 2; name <= FLOWS; name++) {
        struct flow *flow = find(table, name * 2654435761u + 1);
        assert_non_null(flow);
        assert_int_equal(flow->id, name);
        guessed += guess_of(table, name * 2654435761u + 1).flow == flow;
    }
    assert_true(guessed >= FLOWS - 1000); /* 32 bits of hash are the same of 116 pairs, or so */
    assert_null(find(table, 3));          /* 2654435761 is odd: each name is another */
    flow_table_free(table);
}

/* ---- eviction -------------------------------------------------------------------------------- */

struct eviction {
    size_t max;
    const char *touched; /* in this order */
    const char *closed;  /* before the end */
    const char *left;    /* at the end, in the order of their places */
};

/* The hand goes round the places a, b, c; a newcomer takes the place of who goes. */
static const struct eviction evictions[] = {
    {3, "abc", "", "abc"},
    {3, "abcabc", "", "abc"},
    {3, "abcd", "a", "dbc"},
    {3, "abcde", "ab", "dec"},
    {3, "abcdefg", "abcd", "gef"},
    {3, "abcad", "b", "adc"},      /* a was used again: the hand spares it once … */
    {3, "abcadef", "bca", "fde"},  /* … and not twice */
    {3, "abcabcd", "a", "dbc"},    /* all were used: the round begins anew */
    {3, "abcabcdbe", "ac", "dbe"}, /* the hand took the marks of all; b has a new one */
    {3, "abcadade", "bc", "ade"},  /* d was used again, but the hand is at c */
    {1, "ab", "a", "b"},
    {1, "aaab", "a", "b"},
    {1, "aabbcc", "ab", "c"},
    {2, "abababc", "a", "cb"},
    {0, "ab", "a", "b"}, /* no room at all is taken as room for one */
};

static void the_least_recently_used_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof evictions / sizeof evictions[0]; i++) {
        const struct eviction *row = &evictions[i];
        struct closed closed = {0};
        struct flow_table *table = table_of(row->max, &closed);
        touch_all(table, row->touched);
        closed_are(&closed, row->closed, FLOW_END_FORCED);
        assert_int_equal(flow_table_evicted(table), strlen(row->closed));
        assert_int_equal(flow_table_count(table), strlen(row->left));
        for (const char *name = row->left; *name != '\0'; name++)
            assert_non_null(find(table, (uint32_t)*name));
        for (const char *name = row->closed; *name != '\0'; name++)
            assert_null(find(table, (uint32_t)*name));

        closed.count = 0;
        flow_table_free(table);
        closed_are(&closed, row->left, FLOW_END_SHUTDOWN);
    }
}

static void looking_for_a_flow_does_not_spare_it(void **state)
{
    (void)state;
    struct closed closed = {0};
    struct flow_table *table = table_of(2, &closed);
    touch_all(table, "ab");
    find(table, 'a');
    touch_all(table, "c");
    closed_are(&closed, "a", FLOW_END_FORCED);
    flow_table_free(table);
}

static void the_cap_is_exact(void **state)
{
    (void)state;
    static const size_t caps[] = {1, 2, 7, 100, 4095, 4096, 4097, 10000};
    for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++) {
        struct flow_table *table = table_of(caps[i], NULL);
        for (uint32_t name = 1; name <= 20000; name++) {
            touch(table, name, 0);
            assert_int_equal(flow_table_count(table), name < caps[i] ? name : caps[i]);
        }
        assert_int_equal(flow_table_seen(table), 20000);
        assert_int_equal(flow_table_evicted(table), 20000 - caps[i]);
        flow_table_free(table);
    }
}

static void an_evicted_flow_that_comes_back_is_a_new_one(void **state)
{
    (void)state;
    struct flow_table *table = table_of(1, NULL);
    flow_count(touch(table, 'a', 0), FLOW_FORWARD, 20);
    touch(table, 'b', 0)->hit = true;
    struct flow *flow = touch(table, 'a', 5);
    assert_int_equal(flow->id, 3);
    assert_int_equal(flow_packets(flow, FLOW_FORWARD), 0);
    assert_int_equal(flow->hit, 0);
    assert_int_equal(flow->newest, 0);
    assert_int_equal(flow->first_ns, 5);
    assert_false(flow->referenced);
    flow_table_free(table);
}

/* ---- timeouts -------------------------------------------------------------------------------- */

struct timeout {
    uint8_t proto;
    int64_t seconds; /* idle for longer: over */
};

static const struct timeout timeouts[] = {
    {PROTO_TCP, 3600},  {PROTO_SCTP, 3600}, {PROTO_UDP, 300}, {PROTO_ICMP, 60},
    {PROTO_ICMPV6, 60}, {PROTO_GRE, 300},   {PROTO_ESP, 300}, {255, 300},
};

static void an_idle_flow_ends_and_begins_anew(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        struct closed closed = {0};
        struct flow_table *table = table_of(10, &closed);
        struct flow_key key = key_of('a', timeouts[i].proto);
        uint64_t hash = flow_table_hash(table, &key);
        int64_t limit = timeouts[i].seconds * NS_PER_S;
        flow_count(flow_table_touch(table, &key, hash, 1000).flow, FLOW_FORWARD, 20);
        assert_false(flow_table_touch(table, &key, hash, 1000 + limit).fresh);

        struct flow_touch touched = flow_table_touch(table, &key, hash, 1000 + 2 * limit + 1);
        struct flow *flow = touched.flow;
        assert_true(touched.fresh);
        closed_are(&closed, "a", FLOW_END_TIMEOUT);
        assert_int_equal(flow->id, 2);
        assert_int_equal(flow_packets(flow, FLOW_FORWARD), 0);
        assert_int_equal(flow->first_ns, 1000 + 2 * limit + 1);
        assert_memory_equal(&flow->key, &key, sizeof key);
        assert_ptr_equal(flow_table_find(table, &key, hash), flow);
        assert_int_equal(flow_table_timed_out(table), 1);
        assert_int_equal(flow_table_evicted(table), 0);
        assert_int_equal(flow_table_count(table), 1);
        flow_table_free(table);
    }
}

static void each_protocol_may_be_given_its_own_time(void **state)
{
    (void)state;
    static const uint32_t idle_s[FLOW_IDLES] = {7, 11, 13, 17, UINT32_MAX}; /* others first */
    static const struct timeout wanted[] = {
        {PROTO_TCP, 11}, {PROTO_UDP, 13},          {PROTO_UDPLITE, 13},      {PROTO_ICMP, 17},
        {PROTO_GRE, 7},  {PROTO_SCTP, UINT32_MAX}, {PROTO_DCCP, UINT32_MAX}, {255, 7},
    };
    const struct flow_table_config config = {
        .max_flows = 4, .seed = (const uint64_t[]){1, 2}, .idle_s = idle_s};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct flow_table *table = flow_table_new(&config, NULL);
        struct flow_key key = key_of('a', wanted[i].proto);
        uint64_t hash = flow_table_hash(table, &key);
        int64_t limit = wanted[i].seconds * NS_PER_S;
        assert_true(flow_table_touch(table, &key, hash, 0).fresh);
        assert_false(flow_table_touch(table, &key, hash, limit).fresh);
        assert_true(flow_table_touch(table, &key, hash, 2 * limit + 1).fresh);
        flow_table_free(table);
    }
}

static void the_ends_of_time_overflow_nothing(void **state)
{
    (void)state;
    struct flow_table *table = table_of(10, NULL);
    touch(table, 'a', INT64_MIN);
    assert_int_equal(touch(table, 'a', INT64_MAX)->id, 2);
    assert_int_equal(touch(table, 'a', INT64_MIN)->id, 2);
    assert_int_equal(touch(table, 'a', 0)->last_ns, INT64_MAX);
    flow_table_free(table);
}

/* ---- what a stranger may choose -------------------------------------------------------------- */

static void flood_sources(struct flow_key *key, uint32_t i)
{
    memcpy(key->addr[0].bytes, &i, sizeof i);
}

static void flood_ports(struct flow_key *key, uint32_t i)
{
    key->port[0] = (uint16_t)i;
    key->addr[1].bytes[3] = (uint8_t)(i >> 16);
}

static void flood_both_ends(struct flow_key *key, uint32_t i)
{
    uint32_t inverse = ~i;
    memcpy(key->addr[0].bytes, &i, sizeof i);
    memcpy(key->addr[1].bytes, &inverse, sizeof inverse);
}

static void flood_strides(struct flow_key *key, uint32_t i)
{
    uint32_t address = i << 15;
    memcpy(key->addr[0].bytes, &address, sizeof address);
    key->port[1] = (uint16_t)(i << 6);
}

static void flood_ipv6(struct flow_key *key, uint32_t i)
{
    key->family = FAMILY_IPV6;
    memcpy(key->addr[0].bytes + 4, &i, sizeof i);
    memcpy(key->addr[0].bytes + 12, &i, sizeof i);
}

static void (*const floods[])(struct flow_key *key, uint32_t i) = {
    flood_sources, flood_ports, flood_both_ends, flood_strides, flood_ipv6,
};

/* A search of k lines or more needs L >= k lines on end that are full, of keys that have their home
 * in those L lines: 8·L or more of them. Where homes are random and a segment is at most four
 * fifths full, their number has a mean of 6.4·L, and by Chernoff's bound reaches 8·L with a chance
 * of at most e^(-8·L·(0.8 - 1 - ln 0.8)) = e^(-0.185·L). Summed over all L >= k and the at most
 * n / (8·0.58) lines to begin in, for n = 50,000: 64,000·e^(-0.185·k). For k = 240 that is
 * 3·10^-15, for all of this test below 10^-13. Keys that fell together would make a search of n / 8
 * lines, which is 6250. */
static void flooding_it_makes_no_long_searches(void **state)
{
    (void)state;
    enum { FLOWS = 50000, LONGEST = 240 };
    for (size_t f = 0; f < sizeof floods / sizeof floods[0]; f++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct flow_table_config config = {.max_flows = FLOWS,
                                               .seed = (const uint64_t[]){seed, seed * 3}};
            struct flow_table *table = flow_table_new(&config, NULL);
            for (uint32_t i = 0; i < FLOWS; i++) {
                struct flow_key key = key_of(0, PROTO_UDP);
                floods[f](&key, i);
                uint64_t hash = flow_table_hash(table, &key);
                assert_true(flow_table_touch(table, &key, hash, 0).fresh);
            }
            assert_int_equal(flow_table_count(table), FLOWS);
            assert_in_range(flow_table_longest_probe(table), 1, LONGEST);
            flow_table_free(table);
        }
}

static bool was_evicted(const struct flow_table *table, uint32_t name)
{
    struct flow_key key = key_of(name, PROTO_UDP);
    return flow_table_was_evicted(table, flow_table_hash(table, &key));
}

static void evicted_flows_are_remembered(void **state)
{
    (void)state;
    struct flow_table *table = table_of(4, NULL);
    touch_all(table, "abcd");
    for (uint32_t name = 'a'; name <= 'z'; name++)
        assert_false(was_evicted(table, name));
    touch_all(table, "efghij");
    for (uint32_t name = 'a'; name <= 'j'; name++)
        assert_int_equal(was_evicted(table, name), find(table, name) == NULL);
    for (uint32_t name = 'k'; name <= 'z'; name++)
        assert_false(was_evicted(table, name));
    flow_table_free(table);
}

/* 300,000 leave few of the 262,144 places empty. A flow that never was is taken for one of them
 * once in 2^32: a million times asked, that is likely never. Of the last 10,000 evicted, one in 26
 * shares its place with a later one at most. */
static void what_was_never_there_is_not_remembered(void **state)
{
    (void)state;
    enum { FLOWS = 300000, LATEST = 10000, NEVER = 1000000, CAP = 16 };
    struct flow_table *table = table_of(CAP, NULL);
    for (uint32_t name = 1; name <= FLOWS; name++)
        touch(table, name, 0);
    for (uint32_t name = FLOWS + 1; name <= FLOWS + NEVER; name++)
        assert_false(was_evicted(table, name));
    unsigned remembered = 0;
    for (uint32_t name = FLOWS - CAP - LATEST; name < FLOWS - CAP; name++)
        remembered += was_evicted(table, name);
    assert_in_range(remembered, LATEST - LATEST / 26, LATEST);
    flow_table_free(table);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_touched_is_found_and_nothing_else),
        cmocka_unit_test(a_new_flow_begins_with_its_first_packet),
        cmocka_unit_test(a_flow_in_the_place_of_another_begins_as_any),
        cmocka_unit_test(time_that_goes_backwards_changes_no_time),
        cmocka_unit_test(flows_of_one_hash_are_told_apart),
        cmocka_unit_test(prefetching_changes_nothing),
        cmocka_unit_test(a_million_flows_are_all_found_where_they_began),
        cmocka_unit_test(the_least_recently_used_goes),
        cmocka_unit_test(looking_for_a_flow_does_not_spare_it),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(an_evicted_flow_that_comes_back_is_a_new_one),
        cmocka_unit_test(evicted_flows_are_remembered),
        cmocka_unit_test(what_was_never_there_is_not_remembered),
        cmocka_unit_test(an_idle_flow_ends_and_begins_anew),
        cmocka_unit_test(each_protocol_may_be_given_its_own_time),
        cmocka_unit_test(the_ends_of_time_overflow_nothing),
        cmocka_unit_test(flooding_it_makes_no_long_searches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
