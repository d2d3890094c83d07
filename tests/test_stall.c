/* A TCP connection that stalls: for the size of its packets, or not. Times are in milliseconds; the
 * headers of a segment take 52 bytes: IPv4, TCP, time stamps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/packet.h"
#include "track/stall.h"

enum { HEADERS = 52, LARGE = 1448 };

static const uint32_t gap = 0xfffffc00; /* numbers wrap behind it */

static const int64_t ms = NS_PER_MS;

static struct stall_segment data_at(int time_ms, uint32_t seq, uint32_t payload)
{
    return (struct stall_segment){.time_ns = time_ms * ms,
                                  .frame = {.frame = (uint64_t)time_ms + 1},
                                  .seq = seq,
                                  .length = HEADERS + payload,
                                  .payload = payload,
                                  .window = 100,
                                  .flags = TCP_ACK};
}

static struct stall_segment ack_at(int time_ms, uint32_t ack)
{
    struct stall_segment segment = data_at(time_ms, 1, 0);
    segment.ack = ack;
    return segment;
}

static void try_at(struct stall *stall, int time_ms, uint32_t payload)
{
    const struct stall_segment segment = data_at(time_ms, stall->una, payload);
    stall_try(stall, &segment);
}

/* A small segment of the first flight, 400 bytes long, is behind the gap; nothing else was said. */
static struct stall tried(const int *times_ms, size_t count)
{
    struct stall stall = {.una = gap};
    for (size_t i = 0; i < count; i++)
        try_at(&stall, times_ms[i], LARGE);
    const struct stall_segment original = data_at(0, gap, LARGE);
    const struct stall_segment small = data_at(1, gap + LARGE, 400);
    stall_recall_sent(&stall, &small);
    stall_recall_sent(&stall, &original);
    return stall;
}

static const int backing_off[] = {200, 600, 1400, 3000};

static struct stall stalled(void)
{
    return tried(backing_off, 4);
}

static void small_passed(struct stall *stall)
{
    const struct stall_segment small = data_at(1, gap + LARGE, 400);
    stall_sacked(stall, (struct stall_block){gap + LARGE, gap + LARGE + 400},
                 (struct sighting){.frame = 9});
    stall_recall_sent(stall, &small);
}

static bool judge(const struct stall *stall, struct stall_found *found)
{
    return stall_judge(stall, STALL_LEAST_IPV4, 0, found);
}

static void test_large_ones_in_vain_and_a_small_one_received(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    small_passed(&stall);
    assert_true(judge(&stall, &found));
    assert_int_equal(found.refused, HEADERS + LARGE);
    assert_int_equal(found.passed, HEADERS + 400);
    assert_int_equal(stall.first_ns, 0);
    assert_int_equal(stall.seen.count, 4);
}

/* The peer may be gone, or the way to it. */
static void test_nothing_small_received_is_no_proof(void **state)
{
    (void)state;
    const struct stall stall = stalled();
    struct stall_found found;
    assert_false(judge(&stall, &found));
}

static void test_a_large_one_received_is_plain_loss(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    small_passed(&stall);
    const struct stall_segment large = data_at(1, gap + LARGE + 400, LARGE);
    stall_sacked(&stall, (struct stall_block){large.seq, large.seq + LARGE},
                 (struct sighting){.frame = 11});
    stall_recall_sent(&stall, &large);
    assert_false(judge(&stall, &found));
}

static void test_what_is_acknowledged_at_last_was_plain_loss(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    small_passed(&stall);
    const struct stall_segment ack = ack_at(3100, gap + LARGE + 400);
    stall_heard(&stall, &ack);
    assert_int_equal(stall.una, gap + LARGE + 400);
    assert_false(judge(&stall, &found));
    assert_int_equal(stall.before, HEADERS + LARGE);
}

static void test_a_capture_may_end_too_early(void **state)
{
    (void)state;
    static const int soon[] = {200, 400, 800};
    struct stall two = tried(backing_off, 2), quick = tried(soon, 3);
    struct stall_found found;
    small_passed(&two);
    small_passed(&quick);
    assert_false(judge(&two, &found));
    assert_false(judge(&quick, &found)); /* all within 800 ms */
}

/* A mirror port shows each packet twice; what a gap makes a sender send comes at once. */
static void test_copies_are_no_tries(void **state)
{
    (void)state;
    static const int doubled[] = {200, 201, 600, 601, 649};
    const struct stall stall = tried(doubled, 5);
    assert_int_equal(stall.tries, 2);
}

static void test_a_closed_window_is_why(void **state)
{
    (void)state;
    struct stall stall = stalled(), opened = stalled();
    struct stall_found found;
    struct stall_segment closed = ack_at(700, gap), open = ack_at(800, gap);
    closed.window = 0;
    small_passed(&stall);
    small_passed(&opened);
    stall_heard(&stall, &closed);
    assert_false(judge(&stall, &found));
    stall_heard(&opened, &closed);
    stall_heard(&opened, &open);
    assert_true(judge(&opened, &found));
}

static void test_a_recalled_closed_window_is_why(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    struct stall_segment closed = ack_at(10, gap), open = ack_at(5, gap);
    closed.window = 0;
    small_passed(&stall);
    stall_recall_heard(&stall, &closed); /* newest first */
    stall_recall_heard(&stall, &open);
    assert_false(judge(&stall, &found));
}

/* RFC 4821: a smaller packet with the same data is acknowledged. */
static void test_who_comes_down_and_gets_through_proves_it(void **state)
{
    (void)state;
    static const int twice[] = {200, 600};
    struct stall stall = tried(twice, 2);
    struct stall_found found;
    try_at(&stall, 1400, 960);
    const struct stall_segment ack = ack_at(1500, gap + 960);
    stall_heard(&stall, &ack);
    assert_true(judge(&stall, &found));
    assert_int_equal(found.refused, HEADERS + LARGE);
    assert_int_equal(found.passed, HEADERS + 960);
}

static void test_who_comes_down_after_a_single_loss_proves_nothing(void **state)
{
    (void)state;
    static const int once[] = {200};
    struct stall stall = tried(once, 1);
    struct stall_found found;
    try_at(&stall, 600, 960);
    const struct stall_segment ack = ack_at(700, gap + 960);
    stall_heard(&stall, &ack);
    assert_false(judge(&stall, &found));
}

/* Steps down: what is told is the shortest that did not pass. */
static void test_of_steps_down_the_last_in_vain_is_told(void **state)
{
    (void)state;
    struct stall stall = tried(backing_off, 4);
    struct stall_found found;
    try_at(&stall, 6000, 1148);
    try_at(&stall, 12000, 500);
    const struct stall_segment ack = ack_at(12100, gap + 500);
    stall_heard(&stall, &ack);
    assert_true(judge(&stall, &found));
    assert_int_equal(found.refused, HEADERS + 1148);
    assert_int_equal(found.passed, HEADERS + 500);
}

static void test_a_proof_falls_when_large_ones_pass_again(void **state)
{
    (void)state;
    static const int twice[] = {200, 600};
    struct stall stall = tried(twice, 2);
    struct stall_found found;
    try_at(&stall, 1400, 960);
    const struct stall_segment through = ack_at(1500, gap + 960);
    stall_heard(&stall, &through);
    const struct stall_segment large = data_at(1600, gap + 960, LARGE);
    const struct stall_segment ack = ack_at(1700, gap + 960 + LARGE);
    stall_sent(&stall, &large);
    stall_heard(&stall, &ack);
    assert_false(judge(&stall, &found));
}

/* A probe of a larger size that is lost and cut up (RFC 4821 7.6). */
static void test_a_proof_stays_where_a_large_one_was_cut_up(void **state)
{
    (void)state;
    static const int twice[] = {200, 600};
    struct stall stall = tried(twice, 2);
    struct stall_found found;
    try_at(&stall, 1400, 960);
    const struct stall_segment through = ack_at(1500, gap + 960);
    stall_heard(&stall, &through);
    const struct stall_segment probe = data_at(1600, gap + 960, LARGE);
    struct stall_segment part = data_at(1800, gap + 960, 960);
    part.again = true;
    const struct stall_segment ack = ack_at(1900, gap + 960 + LARGE);
    stall_sent(&stall, &probe);
    stall_sent(&stall, &part);
    stall_heard(&stall, &ack);
    assert_true(judge(&stall, &found));
    assert_int_equal(found.refused, HEADERS + LARGE);
}

static void test_who_comes_down_in_vain_has_no_peer(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    small_passed(&stall);
    try_at(&stall, 6000, 340); /* shorter than what passed before */
    assert_false(judge(&stall, &found));
}

/* Without selective acknowledgements each small one that comes makes the peer repeat its last one.
 */
static void test_repeated_acks_tell_of_small_ones(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    const struct stall_segment again = ack_at(2, gap), first = ack_at(-5, gap);
    stall_recall_heard(&stall, &again);
    stall_recall_heard(&stall, &first);
    assert_true(judge(&stall, &found));
    assert_int_equal(found.passed, HEADERS + 400);
}

static void test_the_ack_of_what_was_before_is_no_repetition(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    const struct stall_segment first = ack_at(2, gap); /* while the large one was on its way */
    stall_recall_heard(&stall, &first);
    assert_false(judge(&stall, &found));
}

static void test_more_repetitions_than_small_ones_tell_of_large_ones(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    for (int i = 3; i >= 0; i--) {
        const struct stall_segment ack = ack_at(i == 0 ? -5 : i, gap);
        stall_recall_heard(&stall, &ack);
    }
    assert_false(judge(&stall, &found));
}

/* What the peer sends goes on, and is not sent again: our acknowledgements reach it. */
static void test_data_of_the_peer_that_go_on_tell_of_small_ones(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    struct stall_segment data = ack_at(700, gap), later = ack_at(1800, gap);
    data.payload = later.payload = 100;
    stall_heard(&stall, &data);
    const struct stall_segment bare = data_at(701, gap + LARGE + 400, 0);
    stall_sent(&stall, &bare);
    stall_heard(&stall, &later);
    assert_true(judge(&stall, &found));
    assert_int_equal(found.passed, HEADERS);
}

static void test_data_of_the_peer_that_are_sent_again_do_not(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    struct stall_segment data = ack_at(700, gap), later = ack_at(1800, gap);
    data.payload = later.payload = 100;
    later.again = true;
    stall_heard(&stall, &data);
    const struct stall_segment bare = data_at(701, gap + LARGE + 400, 0);
    stall_sent(&stall, &bare);
    stall_heard(&stall, &later);
    assert_false(judge(&stall, &found));
}

/* A ping that is answered meanwhile; but not where small data of the connection got no answer. */
static void test_what_passes_elsewhere_counts_where_nothing_small_was_in_vain(void **state)
{
    (void)state;
    struct stall stall = {.una = gap}, vain = stalled();
    struct stall_found found;
    for (size_t i = 0; i < 4; i++)
        try_at(&stall, backing_off[i], LARGE);
    assert_true(stall_judge(&stall, STALL_LEAST_IPV4, 84, &found));
    assert_int_equal(found.passed, 84);
    assert_false(stall_judge(&stall, STALL_LEAST_IPV4, HEADERS + LARGE, &found));
    assert_false(stall_judge(&vain, STALL_LEAST_IPV4, 84, &found));
}

static void test_small_packets_fall_into_no_black_hole(void **state)
{
    (void)state;
    struct stall stall = {.una = gap}, least = {.una = gap};
    struct stall_found found;
    for (size_t i = 0; i < 4; i++) {
        try_at(&stall, backing_off[i], 576 - HEADERS);
        try_at(&least, backing_off[i], 577 - HEADERS);
    }
    assert_false(stall_judge(&stall, STALL_LEAST_IPV4, 84, &found));
    assert_true(stall_judge(&least, STALL_LEAST_IPV4, 84, &found));
    assert_false(stall_judge(&least, STALL_LEAST_IPV6, 84, &found));
}

/* Segments that the network card cuts up: their packets are as long as the MSS allows. */
static void test_longer_ones_than_usual_need_the_mss(void **state)
{
    (void)state;
    struct stall stall = {.una = gap};
    struct stall_found found;
    for (size_t i = 0; i < 4; i++)
        try_at(&stall, backing_off[i], 2 * LARGE);
    assert_false(stall_judge(&stall, STALL_LEAST_IPV4, 84, &found));
    stall_bound(&stall, 1500);
    stall_bound(&stall, 8000);
    assert_true(stall_judge(&stall, STALL_LEAST_IPV4, 84, &found));
    assert_int_equal(found.refused, 1500);
}

static void test_more_blocks_than_are_kept_tell_nothing(void **state)
{
    (void)state;
    struct stall stall = stalled();
    struct stall_found found;
    small_passed(&stall);
    for (uint32_t i = 1; i <= STALL_BLOCKS; i++)
        stall_sacked(&stall, (struct stall_block){gap + i * 10000, gap + i * 10000 + 100},
                     (struct sighting){.frame = 20 + i});
    assert_false(judge(&stall, &found));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_ones_in_vain_and_a_small_one_received),
        cmocka_unit_test(test_nothing_small_received_is_no_proof),
        cmocka_unit_test(test_a_large_one_received_is_plain_loss),
        cmocka_unit_test(test_what_is_acknowledged_at_last_was_plain_loss),
        cmocka_unit_test(test_a_capture_may_end_too_early),
        cmocka_unit_test(test_copies_are_no_tries),
        cmocka_unit_test(test_a_closed_window_is_why),
        cmocka_unit_test(test_a_recalled_closed_window_is_why),
        cmocka_unit_test(test_who_comes_down_and_gets_through_proves_it),
        cmocka_unit_test(test_who_comes_down_after_a_single_loss_proves_nothing),
        cmocka_unit_test(test_of_steps_down_the_last_in_vain_is_told),
        cmocka_unit_test(test_a_proof_falls_when_large_ones_pass_again),
        cmocka_unit_test(test_a_proof_stays_where_a_large_one_was_cut_up),
        cmocka_unit_test(test_who_comes_down_in_vain_has_no_peer),
        cmocka_unit_test(test_repeated_acks_tell_of_small_ones),
        cmocka_unit_test(test_the_ack_of_what_was_before_is_no_repetition),
        cmocka_unit_test(test_more_repetitions_than_small_ones_tell_of_large_ones),
        cmocka_unit_test(test_data_of_the_peer_that_go_on_tell_of_small_ones),
        cmocka_unit_test(test_data_of_the_peer_that_are_sent_again_do_not),
        cmocka_unit_test(test_what_passes_elsewhere_counts_where_nothing_small_was_in_vain),
        cmocka_unit_test(test_small_packets_fall_into_no_black_hole),
        cmocka_unit_test(test_longer_ones_than_usual_need_the_mss),
        cmocka_unit_test(test_more_blocks_than_are_kept_tell_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
