/* Fragments of ICMP through decode_packet(): frames are put together here byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "decode/fragments.h"

enum { RAW = 101, MESSAGE = 6 * 8 * 3 + 5, PIECE = 24, PIECES = 7 };
enum { IN_V6 = 1, MORE = 2, OF_UDP = 4 };

static const int64_t second = 1000000000;

struct lab {
    struct fragments fragments;
    struct packet packet;
    struct decode_room room;
    uint64_t frame;
    int64_t now;
};

static void lab_init(struct lab *lab)
{
    static const uint64_t seed[2] = {5, 11};
    *lab = (struct lab){.now = 1000 * second};
    fragments_init(&lab->fragments, &(struct fragments_config){.seed = seed});
}

/* One fragment: `size` bytes of `message` from `offset` on, of datagram `id`. */
struct part {
    const uint8_t *message;
    size_t offset, size;
    uint32_t id;
    unsigned how;
};

static size_t put_ipv4(uint8_t *out, const struct part *part)
{
    size_t total = 20 + part->size;
    const uint8_t header[20] = {0x45,
                                0,
                                (uint8_t)(total >> 8),
                                (uint8_t)total,
                                (uint8_t)(part->id >> 8),
                                (uint8_t)part->id,
                                (uint8_t)((part->how & MORE ? 0x20 : 0) | part->offset / 8 >> 8),
                                (uint8_t)(part->offset / 8),
                                64,
                                part->how & OF_UDP ? 17 : 1,
                                0,
                                0,
                                192,
                                0,
                                2,
                                1,
                                198,
                                51,
                                100,
                                2};
    memcpy(out, header, sizeof header);
    return sizeof header;
}

static size_t put_ipv6(uint8_t *out, const struct part *part)
{
    size_t payload = 8 + part->size;
    const uint8_t header[48] = {0x60,
                                0,
                                0,
                                0,
                                (uint8_t)(payload >> 8),
                                (uint8_t)payload,
                                44,
                                64,
                                0x20,
                                1,
                                0xd,
                                0xb8,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                1,
                                0x20,
                                1,
                                0xd,
                                0xb8,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                2,
                                part->how & OF_UDP ? 17 : 58,
                                0,
                                (uint8_t)(part->offset >> 8),
                                (uint8_t)(part->offset | (part->how & MORE ? 1 : 0)),
                                (uint8_t)(part->id >> 24),
                                (uint8_t)(part->id >> 16),
                                (uint8_t)(part->id >> 8),
                                (uint8_t)part->id};
    memcpy(out, header, sizeof header);
    return sizeof header;
}

/* Decodes it as far as the first `captured` bytes, from memory of exactly that size. */
static const struct icmp *see_cut(struct lab *lab, const struct part *part, size_t captured)
{
    uint8_t frame[66000];
    size_t size = part->how & IN_V6 ? put_ipv6(frame, part) : put_ipv4(frame, part);
    memcpy(frame + size, part->message + part->offset, part->size);
    size += part->size;
    captured = captured < size ? captured : size;
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    assert_non_null(copy);
    memcpy(copy, frame, captured);
    const struct record record = {.time_ns = lab->now,
                                  .frame = ++lab->frame,
                                  .bytes = copy,
                                  .cap_length = (uint32_t)captured,
                                  .wire_length = (uint32_t)size,
                                  .link_type = RAW};
    const struct decode_config config = {.fragments = &lab->fragments};
    memset(&lab->room, 0xa5, sizeof lab->room);
    decode_packet(&record, &config, &lab->packet, &lab->room);
    free(copy);
    return lab->packet.icmp;
}

static const struct icmp *see(struct lab *lab, struct part part)
{
    return see_cut(lab, &part, SIZE_MAX);
}

static bool give_up(struct lab *lab)
{
    return fragments_give_up(&lab->fragments, lab->now, &lab->packet, &lab->room);
}

static bool give_up_all(struct lab *lab)
{
    return fragments_give_up(&lab->fragments, INT64_MAX, &lab->packet, &lab->room);
}

static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    return sum;
}

/* An echo request with a checksum that is right (RFC 1071, RFC 4443 2.3). */
static const uint8_t *make_echo(uint8_t *message, size_t size, bool v6)
{
    static const uint8_t pseudo[] = {0x20, 1, 0xd, 0xb8, 0, 1, 0x20, 1, 0xd, 0xb8, 0, 2, 0, 58};
    const uint8_t length[2] = {(uint8_t)(size >> 8), (uint8_t)size};
    for (size_t i = 0; i < size; i++)
        message[i] = (uint8_t)(i * 13 + 5);
    message[0] = v6 ? 128 : 8;
    message[1] = message[2] = message[3] = 0;
    uint32_t sum = sum_words(0, message, size);
    if (v6)
        sum = sum_words(sum_words(sum, pseudo, sizeof pseudo), length, sizeof length);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    message[2] = (uint8_t)(~sum >> 8);
    message[3] = (uint8_t)~sum;
    return message;
}

static struct part part_of(const uint8_t *message, size_t size, size_t number, unsigned how)
{
    size_t offset = number * PIECE;
    bool last = offset + PIECE >= size;
    return (struct part){message, offset, last ? size - offset : PIECE, 77,
                         how | (last ? 0 : MORE)};
}

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
        assert_whole(&lab, how, PIECES, true);
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

static void assert_incomplete(const struct lab *lab, uint64_t frame, uint32_t fragments)
{
    const struct icmp *icmp = lab->packet.icmp;
    assert_non_null(icmp);
    assert_int_equal(lab->packet.frame, frame);
    assert_int_equal(icmp->checksum, CHECKSUM_UNVERIFIED);
    assert_true(icmp->has & ICMP_HAS_FRAGMENTS);
    assert_false(icmp->complete);
    assert_int_equal(icmp->fragments, fragments);
    assert_true(lab->packet.ip.has & HAS_FRAGMENT);
}

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
