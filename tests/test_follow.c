/* Flows that errors were about: found by the number that stands in them, as long as they go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "track/follow.h"

static void a_flow_is_found_until_it_ends(void **state)
{
    (void)state;
    struct follows follows = {0};
    struct flow first = {.id = 7, .first_ns = -5}, second = {.id = 8, .first_ns = 900};
    assert_true(follows_limit(&follows, 2) >= 2 * sizeof(struct follow));
    assert_null(follow_of(&follows, &first));

    struct follow *one = follow_begin(&follows, &first);
    struct follow *two = follow_begin(&follows, &second);
    assert_non_null(one);
    assert_non_null(two);
    assert_true(first.hit && second.hit);
    assert_ptr_equal(follow_of(&follows, &first), one);
    assert_ptr_equal(follow_of(&follows, &second), two);
    assert_int_equal(one->first_ns, -5);
    assert_int_equal(two->first_ns, 900);

    follow_end(&follows, one);
    assert_null(follow_of(&follows, &first));
    assert_ptr_equal(follow_of(&follows, &second), two);
    follows_fini(&follows);
}

static void no_more_are_followed_than_there_may_be_at_once(void **state)
{
    (void)state;
    struct follows follows = {0};
    struct flow flows[4] = {{.id = 1}, {.id = 2}, {.id = 3, .first_ns = 33}, {.id = 4}};
    follows_limit(&follows, 2);
    follow_begin(&follows, &flows[0]);
    follow_begin(&follows, &flows[1]);
    assert_null(follow_begin(&follows, &flows[2]));
    assert_false(flows[2].hit);
    assert_int_equal(flows[2].first_ns, 33);

    for (int i = 0; i < 2; i++)
        follow_end(&follows, follow_of(&follows, &flows[i]));
    struct follow *three = follow_begin(&follows, &flows[2]);
    assert_non_null(three);
    assert_int_equal(three->first_ns, 33);
    assert_int_equal(three->after.packets, 0);
    assert_non_null(follow_begin(&follows, &flows[3]));
    assert_ptr_equal(follow_of(&follows, &flows[2]), three);
    follows_fini(&follows);
}

/* The number in a flow is no proof: its place may have gone to another flow. */
static void a_number_of_another_flow_finds_nothing(void **state)
{
    (void)state;
    struct follows follows = {0};
    struct flow flow = {.id = 7}, copy, later = {.id = 9, .hit = true}, far = later;
    follows_limit(&follows, 2);
    follow_begin(&follows, &flow);
    copy = flow;
    later.follow = flow.follow;
    far.follow = 2;
    assert_null(follow_of(&follows, &copy));
    assert_null(follow_of(&follows, &later));
    assert_null(follow_of(&follows, &far));
    flow.id = 8;
    assert_null(follow_of(&follows, &flow));
    follows_fini(&follows);
}

static void where_its_hit_is_stands_beside_the_number(void **state)
{
    (void)state;
    struct follows follows = {0};
    struct flow first = {.id = 7, .first_ns = -5}, second = {.id = 8};
    follows_limit(&follows, 2);
    follow_begin(&follows, &first);
    struct follow *two = follow_begin(&follows, &second);
    assert_int_equal(follow_hit(&second), 0);
    follow_set_hit(&second, 65535);
    follow_set_hit(&second, 300);
    assert_int_equal(follow_hit(&second), 300);
    assert_int_equal(follow_hit(&first), 0);
    assert_ptr_equal(follow_of(&follows, &second), two);
    follow_prefetch(&follows, &second);
    follows_fini(&follows);
}

/* The error at 1 s, then packets of its sender but for one: which of them come after a pause. */
static void what_comes_after_a_pause_is_wanted_where_it_is_watched(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms;
        uint8_t direction;
        bool wanted;
    } rows[] = {{1049, FLOW_FORWARD, false},  {1098, FLOW_FORWARD, false},
                {1148, FLOW_FORWARD, true},   {1150, FLOW_FORWARD, false},
                {1199, FLOW_BACKWARD, false}, {1200, FLOW_FORWARD, true}};
    const int64_t ms = 1000 * 1000;
    struct follows follows = {0};
    struct flow flow = {.id = 7};
    follows_limit(&follows, 1);
    struct follow *follow = follow_begin(&follows, &flow);
    follow->after.since_ns = 1000 * ms;
    follow->after.direction = FLOW_FORWARD;
    for (int watched = 1; watched >= 0; watched--) {
        follow->watched = watched;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const struct aftermath_packet packet = {.time_ns = rows[i].at_ms * ms,
                                                    .direction = rows[i].direction};
            follow_packet(follow, &packet);
            assert_int_equal(follow_wants(follow), watched && rows[i].wanted);
        }
        assert_int_equal(follow->after.packets, watched ? 5 : 10);
    }
    follows_fini(&follows);
}

static bool is_seven(void *context, struct flow *flow)
{
    (void)context;
    return flow->id == 7;
}

static void a_flow_that_is_not_followed_any_more_is_as_before(void **state)
{
    (void)state;
    struct follows follows = {0};
    struct flow leaves = {.id = 7, .first_ns = 70}, stays = {.id = 8, .first_ns = 80};
    follows_limit(&follows, 3);
    follow_begin(&follows, &leaves);
    follow_begin(&follows, &stays);
    follows_prune(&follows, is_seven, NULL);
    assert_false(leaves.hit);
    assert_int_equal(leaves.first_ns, 70);
    assert_true(stays.hit);
    assert_non_null(follow_of(&follows, &stays));
    follows_fini(&follows);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_is_found_until_it_ends),
        cmocka_unit_test(no_more_are_followed_than_there_may_be_at_once),
        cmocka_unit_test(a_number_of_another_flow_finds_nothing),
        cmocka_unit_test(where_its_hit_is_stands_beside_the_number),
        cmocka_unit_test(what_comes_after_a_pause_is_wanted_where_it_is_watched),
        cmocka_unit_test(a_flow_that_is_not_followed_any_more_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
