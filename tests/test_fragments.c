/* Fragments of ICMP put together: orders, copies, overlaps, holes. */
#include "fragment_lab.h"

/* ---- whole ----------------------------------------------------------------------------------- */

static void assert_whole(const struct lab *lab, unsigned how, uint32_t fragments, bool begun_before)
{
    const struct icmp *icmp = lab->packet.icmp;
    const struct headers *ip = &lab->packet.ip;
    assert_non_null(icmp);
    assert_int_equal(lab->packet.decoded, DECODED);
    assert_int_equal(icmp->type, how & IN_V6 ? 128 : 8);
    assert_int_equal(icmp->length, MESSAGE);
    assert_int_equal(icmp->checksum, CHECKSUM_GOOD);
    assert_int_equal(icmp->id, (4 * 13 + 5) << 8 | (5 * 13 + 5));
    assert_true(icmp->has & ICMP_HAS_FRAGMENTS);
    assert_true(icmp->complete);
    assert_int_equal(icmp->fragments, fragments);
    assert_int_equal(icmp->begun_before, begun_before);
    assert_false(ip->has & HAS_FRAGMENT);
    assert_true(ip->has & HAS_ICMP_ID);
    assert_int_equal(ip->total_length, (how & IN_V6 ? 40 : 20) + MESSAGE);
    assert_int_equal(ip->payload_length, MESSAGE - 8);
    assert_int_equal(lab->packet.frame, lab->frame);
}

/* The next permutation in the order of their numbers (Knuth, algorithm L); false after the last. */
static bool permute(size_t *order, size_t count)
{
    size_t i = count - 1, j = count - 1;
    while (i > 0 && order[i - 1] > order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] < order[i - 1])
        j--;
    size_t swap = order[j];
    order[j] = order[i - 1];
    order[i - 1] = swap;
    for (j = count - 1; i < j; i++, j--) {
        swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    return true;
}

static void check_orders(unsigned how)
{
    enum { SIX = 6 };
    struct lab lab;
    uint8_t message[MESSAGE];
    size_t order[SIX] = {0, 1, 2, 3, 4, 5}, orders = 0;
    lab_init(&lab);
    make_echo(message, MESSAGE, how & IN_V6);
    do {
        for (size_t i = 0; i < SIX; i++) {
            struct part part = part_of(message, MESSAGE, order[i], how);
            part.id = (uint32_t)orders;
            if (order[i] == SIX - 1) { /* the rest of the message, which has seven pieces */
                part.size = MESSAGE - part.offset;
                part.how = how;
            }
            const struct icmp *icmp = see(&lab, part);
            assert_int_equal(icmp != NULL, i == SIX - 1);
        }
        assert_whole(&lab, how, SIX, order[SIX - 1] != 0);
        orders++;
    } while (permute(order, SIX));
    assert_int_equal(orders, 720);
    assert_false(give_up_all(&lab));
    assert_int_equal(lab.fragments.counts.incomplete, 0);
    assert_int_equal(lab.fragments.counts.overlaps, 0);
    assert_int_equal(lab.fragments.bytes, 0);
    fragments_fini(&lab.fragments);
}

static void six_fragments_of_ipv4_in_every_order(void **state)
{
    (void)state;
    check_orders(0);
}

static void six_fragments_of_ipv6_in_every_order(void **state)
{
    (void)state;
    check_orders(IN_V6);
}

/* The quote goes on in the second fragment: port 53 is in the first, the rest is payload. */
static void an_error_has_all_of_its_quote(void **state)
{
    (void)state;
    uint8_t message[64] = {3, 3, 0,  0, 0, 0, 0,  0, 0x45, 0, 0,    60,   0, 9,  0, 0,  64, 17,
                           0, 0, 10, 0, 0, 1, 10, 0, 0,    2, 0x9c, 0x40, 0, 53, 0, 40, 1,  2};
    struct lab lab;
    lab_init(&lab);
    assert_null(see(&lab, (struct part){message, 0, 24, 5, MORE}));
    const struct icmp *icmp = see(&lab, (struct part){message, 24, 40, 5, 0});
    assert_non_null(icmp);
    assert_true(icmp->has & ICMP_HAS_QUOTE);
    assert_int_equal(icmp->quote.bytes, 56);
    assert_int_equal(icmp->quote.ip.dst_port, 53);
    fragments_fini(&lab.fragments);
}

/* ---- copies and reuse ------------------------------------------------------------------------ */

static void a_mirrored_fragment_begins_no_datagram(void **state)
{
    (void)state;
    struct lab lab;
    uint8_t message[MESSAGE];
    lab_init(&lab);
    make_echo(message, MESSAGE, false);
    for (size_t i = 0; i < PIECES; i++) {
        struct part part = part_of(message, MESSAGE, i, 0);
        assert_int_equal(see(&lab, part) != NULL, i == PIECES - 1);
        if (i == PIECES - 1)
            assert_whole(&lab, 0, PIECES, true);
        lab.now += 100;
        assert_null(see(&lab, part));
    }
    assert_false(give_up_all(&lab));
    assert_int_equal(lab.fragments.counts.incomplete, 0);
    assert_int_equal(lab.fragments.counts.overlaps, 0);
    fragments_fini(&lab.fragments);
}

/* The same identification again: a datagram of its own, even at once, and even if only its last
 * fragment is there and it comes later than a copy would. */
static void an_identification_is_used_again(void **state)
{
    (void)state;
    struct lab lab;
    uint8_t message[MESSAGE];
    lab_init(&lab);
    make_echo(message, MESSAGE, false);
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < PIECES; i++)
            assert_int_equal(see(&lab, part_of(message, MESSAGE, i, 0)) != NULL, i == PIECES - 1);
    lab.now += second;
    assert_null(see(&lab, part_of(message, MESSAGE, PIECES - 1, 0)));
    assert_false(give_up_all(&lab));
    assert_int_equal(lab.fragments.counts.incomplete, 1);
    fragments_fini(&lab.fragments);
}

/* ---- what contradicts ------------------------------------------------------------------------ */

/* RFC 5722: no datagram of IPv6. Of IPv4 what came first stays. */
static void check_overlap(unsigned how, bool whole)
{
    struct lab lab;
    uint8_t message[MESSAGE], forged[MESSAGE];
    lab_init(&lab);
    make_echo(message, MESSAGE, how & IN_V6);
    memset(forged, 0xee, sizeof forged);
    for (size_t i = 0; i + 1 < PIECES; i++)
        assert_null(see(&lab, part_of(message, MESSAGE, i, how)));
    assert_null(see(&lab, (struct part){forged, 8, 32, 77, how | MORE}));
    assert_int_equal(lab.fragments.counts.overlaps, 1);
    const struct icmp *icmp = see(&lab, part_of(message, MESSAGE, PIECES - 1, how));
    assert_int_equal(icmp != NULL, whole);
    if (whole)
        assert_whole(&lab, how, PIECES + 1, true);
    assert_int_equal(give_up_all(&lab), !whole);
    assert_int_equal(lab.fragments.counts.incomplete, !whole);
    fragments_fini(&lab.fragments);
}

static void what_came_first_stays_in_ipv4(void **state)
{
    (void)state;
    check_overlap(0, true);
}

static void an_overlap_spoils_a_datagram_of_ipv6(void **state)
{
    (void)state;
    check_overlap(IN_V6, false);
}

static void two_ends_are_an_overlap(void **state)
{
    (void)state;
    struct lab lab;
    uint8_t message[MESSAGE];
    lab_init(&lab);
    make_echo(message, MESSAGE, false);
    assert_null(see(&lab, part_of(message, MESSAGE, PIECES - 1, 0)));
    assert_null(see(&lab, (struct part){message, 48, 24, 77, 0}));        /* ends before it */
    assert_null(see(&lab, (struct part){message, 48, 24 * 4, 77, MORE})); /* ends in it: fits */
    assert_int_equal(lab.fragments.counts.overlaps, 1);
    fragments_fini(&lab.fragments);
}

/* RFC 791: 65,535 bytes, header included. RFC 8200 4.5: 65,535 behind the fixed header. */
static void a_ping_of_death_is_counted(void **state)
{
    (void)state;
    static const struct {
        unsigned how;
        size_t offset, size;
        bool oversized;
    } rows[] = {
        {0, 65504, 11, false},    {0, 65504, 12, true},
        {0, 65528, 400, true},    {MORE, 65528, 8, true},
        {IN_V6, 65528, 7, false}, {IN_V6, 65528, 8, true},
        {IN_V6, 65520, 16, true}, {IN_V6 | MORE, 65520, 8, false},
    };
    static uint8_t message[66000];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab lab;
        lab_init(&lab);
        assert_null(
            see(&lab, (struct part){message, rows[i].offset, rows[i].size, 9, rows[i].how}));
        assert_int_equal(lab.fragments.counts.oversized, rows[i].oversized);
        fragments_fini(&lab.fragments);
    }
}

/* ---- what is not all there ------------------------------------------------------------------- */

static void a_hole_leaves_what_the_first_one_has(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    for (size_t hole = 0; hole < PIECES; hole++) {
        struct lab lab;
        lab_init(&lab);
        make_echo(message, MESSAGE, false);
        for (size_t i = PIECES; i-- > 0;)
            if (i != hole)
                assert_null(see(&lab, part_of(message, MESSAGE, i, 0)));
        uint64_t first = lab.frame;
        lab.now += 31 * second;
        assert_int_equal(give_up(&lab), hole != 0);
        if (hole != 0)
            assert_incomplete(&lab, first, PIECES - 1);
        assert_false(give_up(&lab));
        assert_int_equal(lab.fragments.counts.incomplete, 1);
        assert_int_equal(lab.fragments.counts.evicted, 0);
        fragments_fini(&lab.fragments);
    }
}

/* RFC 8200 4.5: 60 seconds; of IPv4 half of that. */
static void each_family_waits_its_time(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    for (unsigned how = 0; how <= IN_V6; how++) {
        struct lab lab;
        lab_init(&lab);
        make_echo(message, MESSAGE, how);
        assert_null(see(&lab, part_of(message, MESSAGE, 0, how)));
        lab.now += (how & IN_V6 ? 60 : 30) * second;
        assert_false(give_up(&lab));
        lab.now += 1;
        assert_true(give_up(&lab));
        assert_incomplete(&lab, 1, 1);
        fragments_fini(&lab.fragments);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_fragments_of_ipv4_in_every_order),
        cmocka_unit_test(six_fragments_of_ipv6_in_every_order),
        cmocka_unit_test(an_error_has_all_of_its_quote),
        cmocka_unit_test(a_mirrored_fragment_begins_no_datagram),
        cmocka_unit_test(an_identification_is_used_again),
        cmocka_unit_test(what_came_first_stays_in_ipv4),
        cmocka_unit_test(an_overlap_spoils_a_datagram_of_ipv6),
        cmocka_unit_test(two_ends_are_an_overlap),
        cmocka_unit_test(a_ping_of_death_is_counted),
        cmocka_unit_test(a_hole_leaves_what_the_first_one_has),
        cmocka_unit_test(each_family_waits_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
