/* Fragments of ICMP: what is not kept, how much is, and what that costs. */
#include <time.h>

#include "fragment_lab.h"

/* ---- the caps ------------------------------------------------------------------------------- */

static void the_oldest_gives_way_at_the_cap(void **state)
{
    (void)state;
    enum { BATCH = 64, BATCHES = 20 };
    struct lab lab;
    uint8_t message[MESSAGE];
    lab_init(&lab);
    make_echo(message, MESSAGE, false);
    uint64_t given_up = 0;
    for (uint32_t i = 0; i < BATCH * BATCHES; i++) {
        struct part part = part_of(message, MESSAGE, 0, i % 2 ? IN_V6 : 0);
        part.id = i;
        lab.frame = i;
        assert_null(see(&lab, part));
        while (i % BATCH == BATCH - 1 && give_up(&lab))
            assert_incomplete(&lab, ++given_up, 1);
    }
    assert_int_equal(given_up, BATCH * BATCHES - FRAGMENTS_DATAGRAMS);
    assert_int_equal(lab.fragments.counts.evicted, given_up);
    while (give_up_all(&lab))
        given_up++;
    assert_int_equal(given_up, BATCH * BATCHES);
    assert_int_equal(lab.fragments.counts.incomplete, given_up);
    assert_int_equal(lab.fragments.bytes, 0);
    fragments_fini(&lab.fragments);
}

/* Nothing is lost where nobody asks for what is due: it passes, as the first alone. */
static void a_table_that_is_full_lets_messages_pass(void **state)
{
    (void)state;
    struct lab lab;
    uint8_t message[MESSAGE];
    uint32_t passed = 0, kept = 0;
    lab_init(&lab);
    make_echo(message, MESSAGE, false);
    for (uint32_t i = 0; i < 4000; i++) {
        struct part part = part_of(message, MESSAGE, 0, 0);
        part.id = i;
        if (see(&lab, part) != NULL) {
            assert_incomplete(&lab, lab.frame, 1);
            passed++;
        }
    }
    while (give_up_all(&lab))
        kept++;
    assert_int_equal(passed + kept, 4000);
    assert_in_range(kept, FRAGMENTS_DATAGRAMS, FRAGMENTS_DATAGRAMS + 200);
    fragments_fini(&lab.fragments);
}

/* ---- what is not kept ------------------------------------------------------------------------ */

static void fragments_cut_by_the_capture_pass(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    make_echo(message, MESSAGE, false);
    for (unsigned how = 0; how <= IN_V6; how++) {
        size_t header = how & IN_V6 ? 48 : 20;
        for (size_t captured = 0; captured < header + PIECE; captured++) {
            struct lab lab;
            lab_init(&lab);
            struct part first = part_of(message, MESSAGE, 0, how);
            struct part later = part_of(message, MESSAGE, 1, how);
            const struct icmp *icmp = see_cut(&lab, &first, captured);
            assert_int_equal(icmp != NULL, captured >= header + 2);
            if (icmp != NULL)
                assert_incomplete(&lab, 1, 1);
            assert_null(see_cut(&lab, &later, captured));
            assert_null(lab.fragments.list);
            fragments_fini(&lab.fragments);
        }
    }
}

static void fragments_of_other_protocols_pass(void **state)
{
    (void)state;
    uint8_t message[MESSAGE] = {0x9c, 0x40, 0, 53, 0, 149};
    for (unsigned how = 0; how <= IN_V6; how++) {
        struct lab lab;
        lab_init(&lab);
        for (size_t i = 0; i < PIECES; i++) {
            assert_null(see(&lab, part_of(message, MESSAGE, i, how | OF_UDP)));
            assert_int_equal(!!(lab.packet.ip.has & HAS_PORTS), i == 0);
            assert_true(lab.packet.ip.has & HAS_FRAGMENT);
        }
        assert_null(lab.fragments.list);
        fragments_fini(&lab.fragments);
    }
}

static void sizes_that_no_fragment_has_pass(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    struct lab lab;
    lab_init(&lab);
    make_echo(message, MESSAGE, false);
    assert_null(see(&lab, (struct part){message, 0, 0, 1, MORE}));
    assert_null(see(&lab, (struct part){message, 16, 0, 1, 0}));
    assert_null(see(&lab, (struct part){message, 16, 13, 1, MORE}));
    assert_non_null(see(&lab, (struct part){message, 0, 13, 1, MORE}));
    assert_int_equal(lab.fragments.counts.tiny, 1);
    assert_non_null(see(&lab, (struct part){message, 0, 7, 1, MORE}));
    assert_int_equal(lab.fragments.counts.tiny, 2);
    assert_null(lab.fragments.list);
    fragments_fini(&lab.fragments);
}

/* Destination options in what is fragmented (RFC 8200 4.5): the later fragments do not say that it
 * is ICMP, and the offset of the message is that of none of them. */
static void extension_headers_inside_pass(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0x60, 0, 0, 0, 0, 24, 44, 64, 0xfe, 0x80, 0, 0, 0, 0, 0, 0,
                                    0,    0, 0, 0, 0, 0,  0,  1,  0xfe, 0x80, 0, 0, 0, 0, 0, 0,
                                    0,    0, 0, 0, 0, 0,  0,  2,  60,   0,    0, 1, 0, 0, 0, 9,
                                    58,   0, 1, 4, 0, 0,  0,  0,  128,  0,    0, 0, 0, 1, 0, 2};
    struct lab lab;
    lab_init(&lab);
    const struct record record = {.frame = 1,
                                  .bytes = frame,
                                  .cap_length = sizeof frame,
                                  .wire_length = sizeof frame,
                                  .link_type = RAW};
    const struct decode_config config = {.fragments = &lab.fragments};
    decode_packet(&record, &config, &lab.packet, &lab.room);
    assert_incomplete(&lab, 1, 1);
    assert_int_equal(lab.packet.icmp->seq, 2);
    assert_null(lab.fragments.list);
    fragments_fini(&lab.fragments);
}

/* ---- what it costs --------------------------------------------------------------------------- */

/* Quadratic, each of these takes minutes; as it is, milliseconds. */
static void assert_seconds_below(clock_t since, double most)
{
    assert_true((double)(clock() - since) / CLOCKS_PER_SEC < most);
}

static void first_fragments_that_are_never_complete_cost_little(void **state)
{
    (void)state;
    uint8_t message[1480];
    struct lab lab;
    lab_init(&lab);
    make_echo(message, sizeof message, false);
    clock_t since = clock();
    for (uint32_t i = 0; i < 200000; i++) {
        see(&lab, (struct part){message, 0, 1480, i, (i & 1 ? IN_V6 : 0) | MORE});
        while (i % 64 == 63 && give_up(&lab))
            ;
        assert_in_range(lab.fragments.bytes, 0, FRAGMENTS_BYTES + 64 * 1480);
    }
    assert_seconds_below(since, 5);
    fragments_fini(&lab.fragments);
}

static void overlapping_fragments_of_one_datagram_cost_little(void **state)
{
    (void)state;
    static uint8_t message[66000];
    struct lab lab;
    lab_init(&lab);
    clock_t since = clock();
    for (uint32_t i = 0; i < 50000; i++)
        see(&lab, (struct part){message, (i * 8) % 64000, 1480, 3, MORE});
    assert_seconds_below(since, 5);
    assert_int_equal(lab.fragments.counts.overlaps, 0);
    fragments_fini(&lab.fragments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_gives_way_at_the_cap),
        cmocka_unit_test(a_table_that_is_full_lets_messages_pass),
        cmocka_unit_test(fragments_cut_by_the_capture_pass),
        cmocka_unit_test(fragments_of_other_protocols_pass),
        cmocka_unit_test(sizes_that_no_fragment_has_pass),
        cmocka_unit_test(extension_headers_inside_pass),
        cmocka_unit_test(first_fragments_that_are_never_complete_cost_little),
        cmocka_unit_test(overlapping_fragments_of_one_datagram_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
