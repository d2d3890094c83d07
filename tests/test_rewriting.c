/* Where on a path something was rewritten: what may be said of which hop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_lab.h"
#include "track/rewriting.h"

#define TOS (1u << REWRITTEN_TOS)

/* An error of one hop of a path, as the engine hands it on. */
struct hop {
    const char *reporter;
    uint8_t ttl;   /* of the probe */
    uint8_t shows; /* the TOS that it quotes */
    bool holds_none;
};

static const uint64_t seed[2] = {3, 4};

static struct headers probe(uint16_t port)
{
    struct headers headers = piece_headers(&(struct piece){.proto = PROTO_UDP, .length = 60});
    headers.dst_port = port;
    return headers;
}

static void hear(struct rewritings *rewritings, const struct hop *hop, uint16_t port)
{
    struct lab lab = {.frame = 0};
    struct icmp icmp;
    struct headers quoted = probe(port);
    quoted.ttl = 1;
    quoted.tos = hop->shows;
    struct packet error = lab_error(&lab, &icmp, &quoted, 1);
    error.ip.src = addr_of(hop->reporter);
    struct verdict verdict = {.has = VERDICT_HAS_SENT,
                              .compared = hop->holds_none ? 0 : TOS,
                              .rewritten = hop->shows != 0 ? TOS : 0,
                              .sent = {.sent = {.has = HAS_IP, .ttl = hop->ttl}}};
    rewritings_error(rewritings, &error, &verdict);
}

static struct rewriting_key key_of(uint32_t field)
{
    struct headers headers = probe(0);
    return (struct rewriting_key){{headers.src, headers.dst, FAMILY_IPV4, PROTO_UDP, {0, 0}},
                                  field};
}

/* What is said of the TOS after all hops; NULL in `first` where the first is not known. */
struct story {
    const char *name;
    struct hop hops[4];
    const char *first;
    uint8_t hop; /* nearest that shows it, first or not */
    uint64_t count;
};

static const struct story stories[] = {
    {"the nearest that was heard",
     {{"192.0.2.1", 1, 40, false}, {"192.0.2.2", 2, 40, false}},
     "192.0.2.1",
     1,
     2},
    {"behind two that do not show it",
     {{"192.0.2.1", 1, 0, false},
      {"192.0.2.2", 2, 0, false},
      {"192.0.2.3", 3, 40, false},
      {"192.0.2.4", 4, 40, false}},
     "192.0.2.3",
     3,
     2},
    {"the same, the last first",
     {{"192.0.2.4", 4, 40, false},
      {"192.0.2.3", 3, 40, false},
      {"192.0.2.2", 2, 0, false},
      {"192.0.2.1", 1, 0, false}},
     "192.0.2.3",
     3,
     2},
    {"a nearer one quotes too little to tell",
     {{"192.0.2.1", 1, 0, true}, {"192.0.2.3", 3, 40, false}},
     NULL,
     3,
     1},
    {"… but one before that tells",
     {{"192.0.2.1", 1, 0, false}, {"192.0.2.2", 2, 0, true}, {"192.0.2.3", 3, 40, false}},
     "192.0.2.3",
     3,
     1},
    {"put back later on",
     {{"192.0.2.1", 1, 40, false}, {"192.0.2.2", 2, 0, false}},
     "192.0.2.1",
     1,
     1},
    {"one hop that says both: two ways lead there",
     {{"192.0.2.1", 2, 0, false}, {"192.0.2.2", 2, 40, false}},
     "192.0.2.2",
     2,
     1},
};

static void the_first_hop_is_said_where_it_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        const struct story *story = &stories[i];
        struct rewritings rewritings;
        rewritings_init(&rewritings, seed);
        for (uint16_t at = 0; at < 4 && story->hops[at].reporter != NULL; at++)
            hear(&rewritings, &story->hops[at], (uint16_t)(33434 + at));

        const struct rewriting_key key = key_of(REWRITTEN_TOS);
        const struct rewriting *rewriting = rewritings_get(&rewritings, &key);
        assert_non_null(rewriting);
        if (rewriting_is_first(&rewritings, &key, rewriting) != (story->first != NULL))
            fail_msg("%s", story->name);
        if (story->first != NULL) {
            struct addr first = addr_of(story->first);
            assert_int_equal(addr_compare(&rewriting->reporter, &first), 0);
        }
        assert_int_equal(rewriting->hop, story->hop);
        assert_int_equal(rewriting->count, story->count);
        assert_int_equal(rewriting->pair.quoted, 40);
        rewritings_fini(&rewritings);
    }
}

static void values_that_vary_are_said_to(void **state)
{
    (void)state;
    const struct rewriting_key key = key_of(REWRITTEN_TOS);
    struct rewritings rewritings;
    rewritings_init(&rewritings, seed);
    hear(&rewritings, &(struct hop){"192.0.2.2", 2, 40, false}, 1);
    hear(&rewritings, &(struct hop){"192.0.2.3", 3, 40, false}, 2);
    assert_false(rewritings_get(&rewritings, &key)->varies);
    hear(&rewritings, &(struct hop){"192.0.2.3", 3, 80, false}, 3);
    assert_true(rewritings_get(&rewritings, &key)->varies);
    assert_int_equal(rewritings_get(&rewritings, &key)->pair.quoted, 40);
    hear(&rewritings, &(struct hop){"192.0.2.1", 1, 80, false}, 4);
    assert_int_equal(rewritings_get(&rewritings, &key)->pair.quoted, 80); /* the nearest */
    assert_int_equal(rewritings_get(&rewritings, &key)->count, 4);
    rewritings_fini(&rewritings);
}

/* ---- hops ------------------------------------------------------------------------------------ */

struct distance {
    const char *name;
    uint8_t type, code, sent, quoted, hop;
};

static const struct distance distances[] = {
    {"a TTL of 3 that ran out", 11, 0, 3, 1, 3},
    {"… of which the router quotes 0", 11, 0, 3, 0, 3},
    {"… of which MPLS has kept more", 11, 0, 3, 2, 3},
    {"refused by the fourth, as it came there", 3, 3, 4, 1, 4},
    {"a router on the way, at which 62 of 64 were left", 3, 4, 64, 62, 3},
    {"the first one", 3, 13, 64, 64, 1},
    {"fragments did not arrive: no TTL ran out", 11, 1, 64, 60, 5},
    {"more than was sent", 3, 3, 64, 65, 0},
    {"further away than there are hops", 3, 3, 255, 0, 0},
};

static void hops_are_counted_from_where_it_was_captured(void **state)
{
    (void)state;
    struct lab lab = {.frame = 0};
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        const struct distance *row = &distances[i];
        struct headers quoted = probe(1);
        quoted.ttl = row->quoted;
        struct icmp icmp;
        struct packet error = lab_error(&lab, &icmp, &quoted, 1);
        icmp.type = row->type;
        icmp.code = row->code;
        const struct verdict verdict = {.sent = {.sent = {.ttl = row->sent}}};
        if (rewriting_hop(&error, &verdict) != row->hop)
            fail_msg("%s: %u", row->name, rewriting_hop(&error, &verdict));
    }
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static void what_no_packet_was_found_for_is_not_kept(void **state)
{
    (void)state;
    struct rewritings rewritings;
    struct lab lab = {.frame = 0};
    struct icmp icmp;
    struct headers quoted = probe(1);
    struct packet error = lab_error(&lab, &icmp, &quoted, 1);
    const struct verdict verdict = {.kind = VERDICT_UNMATCHED};
    rewritings_init(&rewritings, seed);
    rewritings_error(&rewritings, &error, &verdict);
    assert_int_equal(rewritings.paths.count + rewritings.map.count, 0);
    rewritings_fini(&rewritings);
}

static void a_full_table_refuses_and_counts(void **state)
{
    (void)state;
    struct rewritings rewritings;
    struct lab lab = {.frame = 0};
    rewritings_init(&rewritings, seed);
    for (uint32_t i = 0; i < REWRITING_PATHS_MAX + 10; i++) {
        struct icmp icmp;
        struct headers quoted = probe(1);
        quoted.dst.bytes[0] = (uint8_t)(i >> 8);
        quoted.dst.bytes[1] = (uint8_t)i;
        struct packet error = lab_error(&lab, &icmp, &quoted, 1);
        const struct verdict verdict = {.has = VERDICT_HAS_SENT, .compared = TOS};
        rewritings_error(&rewritings, &error, &verdict);
    }
    assert_int_equal(rewritings.paths.count, REWRITING_PATHS_MAX);
    assert_int_equal(rewritings_refused(&rewritings), 10);
    rewritings_fini(&rewritings);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_hop_is_said_where_it_is_known),
        cmocka_unit_test(values_that_vary_are_said_to),
        cmocka_unit_test(hops_are_counted_from_where_it_was_captured),
        cmocka_unit_test(what_no_packet_was_found_for_is_not_kept),
        cmocka_unit_test(a_full_table_refuses_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
