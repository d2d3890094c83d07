/* The bytes of a datagram in fragments, held against arrays in which each byte has a flag. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/datagram.h"

enum { SPACE = 160 }; /* bytes in which pieces are put: small, so that they meet */

/* What came first stays, byte by byte. `end` is that of the last piece, or 0. */
struct reference {
    uint8_t bytes[SPACE];
    bool known[SPACE];
    size_t end, reach;
};

static enum datagram_fit reference_add(struct reference *to, const struct datagram_piece *piece)
{
    size_t size = cursor_left(&piece->bytes), end = piece->offset + size;
    if (to->end != 0 && (piece->more ? end > to->end : end != to->end))
        return PIECE_MISFITS;
    if (to->end == 0 && !piece->more && to->reach > end)
        return PIECE_MISFITS;
    bool fresh = !piece->more && to->end == 0, differs = false;
    to->end = piece->more ? to->end : end;
    to->reach = end > to->reach ? end : to->reach;
    for (size_t i = 0; i < size; i++) {
        size_t at = piece->offset + i;
        differs = differs || (to->known[at] && to->bytes[at] != piece->bytes.p[i]);
        fresh = fresh || !to->known[at];
        to->bytes[at] = to->known[at] ? to->bytes[at] : piece->bytes.p[i];
        to->known[at] = true;
    }
    return differs ? PIECE_CONTRADICTS : fresh ? PIECE_NEW : PIECE_COPY;
}

static bool reference_is_whole(const struct reference *of)
{
    for (size_t i = 0; i < of->end; i++)
        if (!of->known[i])
            return false;
    return of->end > 0;
}

static uint32_t next_random(uint32_t *state)
{
    return *state = *state * 1664525 + 1013904223;
}

/* A piece of the message, now and then with a byte that is wrong, or an end that is. */
static struct datagram_piece random_piece(uint32_t *state, uint8_t bytes[SPACE])
{
    uint32_t blocks = SPACE / DATAGRAM_BLOCK, first = (next_random(state) >> 8) % blocks;
    uint32_t offset = first * DATAGRAM_BLOCK;
    uint32_t size = (1 + (next_random(state) >> 8) % (blocks - first)) * DATAGRAM_BLOCK;
    bool last = offset + size == SPACE || (next_random(state) >> 8) % 50 == 0;
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((offset + i) * 7 + 1);
    if (last)
        size -= 3; /* all last pieces at the end of the space end alike, and in an odd place */
    if ((next_random(state) >> 8) % 10 == 0)
        bytes[(next_random(state) >> 8) % size] ^= 0x55;
    return (struct datagram_piece){offset, !last, cursor_over(bytes, size)};
}

static void pieces_at_random_agree_with_the_reference(void **state)
{
    (void)state;
    uint32_t random = 1, wholes = 0, fits[PIECE_REFUSED + 1] = {0};
    for (int round = 0; round < 3000; round++) {
        struct datagram datagram;
        struct reference reference = {.end = 0};
        datagram_init(&datagram);
        for (int i = 0; i < 12; i++) {
            uint8_t bytes[SPACE];
            struct datagram_piece piece = random_piece(&random, bytes);
            enum datagram_fit expected = reference_add(&reference, &piece);
            assert_int_equal(datagram_add(&datagram, &piece), expected);
            assert_int_equal(datagram_is_whole(&datagram), reference_is_whole(&reference));
            fits[expected]++;
        }
        for (size_t i = 0; i < SPACE; i++)
            if (reference.known[i])
                assert_int_equal(datagram.bytes[i], reference.bytes[i]);
        wholes += datagram_is_whole(&datagram);
        datagram_fini(&datagram);
    }
    assert_in_range(wholes, 300, 2999);
    for (int fit = PIECE_NEW; fit <= PIECE_MISFITS; fit++)
        assert_in_range(fits[fit], 300, 36000);
}

static void the_largest_datagram_has_its_last_byte(void **state)
{
    (void)state;
    static uint8_t bytes[DATAGRAM_MAX];
    struct datagram datagram;
    datagram_init(&datagram);
    memset(bytes, 0x5a, sizeof bytes);
    struct datagram_piece last = {65528, false, cursor_over(bytes, 7)};
    struct datagram_piece rest = {0, true, cursor_over(bytes, 65528)};
    assert_int_equal(datagram_add(&datagram, &last), PIECE_NEW);
    assert_false(datagram_is_whole(&datagram));
    assert_int_equal(datagram_add(&datagram, &rest), PIECE_NEW);
    assert_true(datagram_is_whole(&datagram));
    assert_int_equal(datagram.size, 65535);
    assert_memory_equal(datagram.bytes, bytes, sizeof bytes);
    datagram_fini(&datagram);
}

static void the_last_piece_alone_ends_what_came_before_it(void **state)
{
    (void)state;
    static const uint8_t bytes[16] = {0};
    struct datagram datagram;
    datagram_init(&datagram);
    struct datagram_piece all = {0, true, cursor_over(bytes, 16)};
    struct datagram_piece end = {8, false, cursor_over(bytes, 8)};
    assert_int_equal(datagram_add(&datagram, &all), PIECE_NEW);
    assert_false(datagram_is_whole(&datagram));
    assert_int_equal(datagram_add(&datagram, &end),
                     PIECE_NEW); /* though all its bytes were there */
    assert_true(datagram_is_whole(&datagram));
    assert_int_equal(datagram_add(&datagram, &end), PIECE_COPY);
    datagram_fini(&datagram);
}

/* Pieces behind one another, with holes between some; then each block by itself, with other bytes.
 */
static void of_long_pieces_each_block_is_known(void **state)
{
    (void)state;
    enum { BLOCKS = 1024 };
    static const uint32_t sizes[] = {1, 62, 1, 64, 1, 127, 128, 63, 65, 200, 2, 190};
    static const uint32_t holes[] = {0, 0, 0, 1, 0, 0, 0, 2, 0, 61, 0, 3};
    static const uint8_t sent[BLOCKS * DATAGRAM_BLOCK], other[DATAGRAM_BLOCK] = {1};
    bool known[BLOCKS] = {false};
    struct datagram datagram;
    uint32_t block = 0;
    datagram_init(&datagram);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        block += holes[i];
        struct datagram_piece piece = {block * DATAGRAM_BLOCK, true,
                                       cursor_over(sent, sizes[i] * DATAGRAM_BLOCK)};
        assert_int_equal(datagram_add(&datagram, &piece), PIECE_NEW);
        for (uint32_t end = block + sizes[i]; block < end; block++)
            known[block] = true;
    }
    assert_int_equal(datagram.blocks, 1 + 62 + 1 + 64 + 1 + 127 + 128 + 63 + 65 + 200 + 2 + 190);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        struct datagram_piece piece = {i * DATAGRAM_BLOCK, true, cursor_over(other, sizeof other)};
        assert_int_equal(datagram_add(&datagram, &piece), known[i] ? PIECE_CONTRADICTS : PIECE_NEW);
    }
    datagram_fini(&datagram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_at_random_agree_with_the_reference),
        cmocka_unit_test(of_long_pieces_each_block_is_known),
        cmocka_unit_test(the_largest_datagram_has_its_last_byte),
        cmocka_unit_test(the_last_piece_alone_ends_what_came_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
