/* The keyed hash: it depends on all of its key and all of its secret, and spreads keys that a
 * stranger would choose to have them fall together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "hash_lab.h"

static struct hash_secret secret_of(uint64_t first, uint64_t second)
{
    struct hash_secret secret;
    hash_secret_init(&secret, (const uint64_t[]){first, second});
    return secret;
}

/* Worked by hand with a secret of small numbers: (1) alone is 1 + 2·3 = 7; (5, 7) is
 * 1 + (2 + 5)·(3 + 7) = 71; (5, 7, 11) is 71 + (5 + 11)·6 = 167. */
static void words_are_summed_in_pairs_over_the_secret(void **state)
{
    (void)state;
    const struct hash_secret secret = {.words = {1, 2, 3, 5, 6}};
    assert_int_equal(hash_words(&secret, (const uint32_t[]){0}, 1), hash_mix(7));
    assert_int_equal(hash_words(&secret, (const uint32_t[]){5, 7}, 2), hash_mix(71));
    assert_int_equal(hash_words(&secret, (const uint32_t[]){5, 7, 11}, 3), hash_mix(167));
    assert_int_equal(hash_words(&secret, NULL, 0), hash_mix(1));
}

/* Wherever a key stands, it is hashed as its words are; and it differs where any byte does. */
static void keys_are_hashed_and_compared_as_their_words(void **state)
{
    (void)state;
    const struct hash_secret secret = secret_of(8, 9);
    unsigned char place[4 * HASH_MAX_WORDS + 3], other[4 * HASH_MAX_WORDS];
    for (size_t i = 0; i < sizeof place; i++)
        place[i] = (unsigned char)(i * 37 + 11);
    for (size_t shift = 0; shift < 4; shift++)
        for (size_t count = 0; count <= HASH_MAX_WORDS; count++) {
            uint32_t words[HASH_MAX_WORDS] = {0};
            const size_t size = 4 * count;
            memcpy(words, place + shift, size);
            memcpy(other, place + shift, size);
            assert_true(hash_key(&secret, place + shift, size) ==
                        hash_words(&secret, words, count));
            assert_true(hash_key_equal(place + shift, other, size));
            for (size_t i = 0; i < size; i++) {
                other[i] ^= 0x80;
                assert_false(hash_key_equal(place + shift, other, size));
                other[i] ^= 0x80;
            }
        }
}

/* The first outputs of splitmix64 with the seed 1234567, as published with the test cases of other
 * implementations: its state is the seed plus so many times an odd constant. */
static void the_finaliser_is_that_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u,
                                        16408922859458223821u};
    uint64_t position = 1234567;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(hash_mix(position += 0x9e3779b97f4a7c15u) == expected[i]);
}

static void every_word_of_the_secret_depends_on_both_halves_of_the_seed(void **state)
{
    (void)state;
    struct hash_secret base = secret_of(1, 2), first = secret_of(3, 2), second = secret_of(1, 3);
    for (size_t i = 0; i <= HASH_MAX_WORDS; i++) {
        assert_true(base.words[i] != first.words[i]);
        assert_true(base.words[i] != second.words[i]);
    }
}

static void equal_halves_of_a_seed_leave_no_zeros_in_the_secret(void **state)
{
    (void)state;
    static const uint64_t seeds[][2] = {{0, 0}, {7, 7}, {UINT64_MAX, UINT64_MAX}, {0, UINT64_MAX}};
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        struct hash_secret secret = secret_of(seeds[s][0], seeds[s][1]);
        for (size_t i = 0; i <= HASH_MAX_WORDS; i++) {
            assert_true(secret.words[i] != 0);
            for (size_t j = 0; j < i; j++)
                assert_true(secret.words[i] != secret.words[j]);
        }
    }
}

static void is_product(uint64_t a, uint64_t b, uint64_t high, uint64_t low)
{
    const struct wide whole = wide_product(a, b), halves = wide_product_of_halves(a, b);
    assert_true(whole.high == high && whole.low == low);
    assert_true(halves.high == high && halves.low == low);
}

/* (2^64 - 1)^2 = 2^128 - 2^65 + 1, (2^32 - 1)^2 = 2^64 - 2^33 + 1, and some of powers of two. */
static void products_are_whole(void **state)
{
    (void)state;
    is_product(0, UINT64_MAX, 0, 0);
    is_product(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, 1);
    is_product(UINT32_MAX, UINT32_MAX, 0, UINT64_C(0xfffffffe00000001));
    is_product(UINT64_C(1) << 33, UINT64_C(1) << 62, UINT64_C(1) << 31, 0);
    is_product(UINT64_C(0x100000001), UINT64_C(0x100000001), 1, UINT64_C(0x200000001));
    is_product(UINT64_C(0xffffffff00000000), UINT32_MAX, UINT64_C(0xfffffffe), UINT64_C(1) << 32);
}

static void halves_of_products_are_added_each_by_itself(void **state)
{
    (void)state;
    const struct wide sum = wide_sum((struct wide){UINT64_MAX, 5}, (struct wide){2, UINT64_MAX});
    assert_true(sum.low == 1 && sum.high == 4);
    assert_true(wide_fold(UINT64_MAX, UINT64_MAX) == (1 ^ (UINT64_MAX - 1)));
}

/* (3 + 4)·(5 + 6) = 77; and of a sum of 2·2^64 + 1: (7 + 2)·(11 + 1) = 108, without an upper half.
 */
static void words_of_64_bits_are_multiplied_with_the_secret_added(void **state)
{
    (void)state;
    const struct hash_secret secret = {.words = {3, 5, 7, 11}};
    const struct wide pair = hash_wide_pair(&secret, 0, 4, 6);
    assert_true(pair.low == 77 && pair.high == 0);
    assert_true(hash_fold(&secret, 2, (struct wide){.low = 1, .high = 2}) == 108);
}

/* Each bit of the result flips with probability one half. Over 8 secrets and all 512 bits of the
 * key that are 262,144 trials for the 64 bits together; their share of flips lies between 0.49
 * and 0.51 but for 10 standard deviations (each 0.001). */
static void flipping_any_bit_of_the_key_flips_half_of_the_result(void **state)
{
    (void)state;
    uint64_t flips = 0, trials = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct hash_secret secret = secret_of(seed, seed * 77);
        uint32_t words[HASH_MAX_WORDS] = {0};
        uint64_t base = hash_words(&secret, words, HASH_MAX_WORDS);
        for (size_t bit = 0; bit < HASH_MAX_WORDS * 32u; bit++) {
            words[bit / 32] ^= (uint32_t)1 << bit % 32;
            uint64_t changed = hash_words(&secret, words, HASH_MAX_WORDS) ^ base;
            assert_true(changed != 0);
            flips += bits_set(changed);
            trials += 64;
            words[bit / 32] = 0;
        }
    }
    assert_in_range(flips * 1000 / trials, 490, 510);
}

/* How a stranger may choose the i-th of many keys: counting up in one word, at its top, or in
 * several at once. */
static void key_counting(uint32_t *words, uint32_t i)
{
    words[2] = i;
}

static void key_counting_at_the_top(uint32_t *words, uint32_t i)
{
    words[0] = i << 16;
}

static void key_balanced(uint32_t *words, uint32_t i)
{
    words[0] = i;
    words[1] = 0u - i;
}

static void key_repeated(uint32_t *words, uint32_t i)
{
    for (size_t w = 0; w < 5; w++)
        words[w] = i;
}

static void key_grid(uint32_t *words, uint32_t i)
{
    words[1] = i & 0xff;
    words[3] = i >> 8;
}

static void (*const patterns[])(uint32_t *words, uint32_t i) = {
    key_counting, key_counting_at_the_top, key_balanced, key_repeated, key_grid,
};

enum { KEYS = 1 << 16, BUCKETS = 1 << 10, KEY_SIZE = 5 };

/* Chi-squared of how `KEYS` keys fall into `BUCKETS` buckets, by 10 bits of the hash at `shift`. */
static uint64_t chi_squared(void (*pattern)(uint32_t *, uint32_t), uint64_t seed, unsigned shift)
{
    struct hash_secret secret = secret_of(seed, ~seed);
    uint32_t counts[BUCKETS] = {0};
    for (uint32_t i = 0; i < KEYS; i++) {
        uint32_t words[KEY_SIZE] = {0};
        pattern(words, i);
        counts[hash_words(&secret, words, KEY_SIZE) >> shift & (BUCKETS - 1)]++;
    }
    uint64_t sum = 0, expected = KEYS / BUCKETS;
    for (size_t b = 0; b < BUCKETS; b++)
        sum += (counts[b] - expected) * (counts[b] - expected);
    return sum / expected;
}

/* For a random function, chi-squared of 1023 degrees of freedom is around 1023. With d degrees it
 * is above d + 2·sqrt(d·x) + 2·x, or below d - 2·sqrt(d·x), with a chance of at most e^-x each
 * (Laurent and Massart, 2000): with x = 40, outside 618 to 1507. Multilinear hashing without the
 * finaliser is. */
static void keys_that_follow_a_pattern_are_spread_evenly(void **state)
{
    (void)state;
    static const unsigned shifts[] = {0, 22, 32, 54};
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++)
        for (uint64_t seed = 0; seed < 6; seed++)
            for (size_t s = 0; s < sizeof shifts / sizeof shifts[0]; s++)
                assert_in_range(chi_squared(patterns[p], seed, shifts[s]), 618, 1507);
}

/* 2^31 pairs, each equal with a chance of at most 2^-33 by what is proven, and by what is seen of
 * 2^-64: over all patterns and secrets, one equal pair is expected in 10^9 runs. */
static void no_two_keys_of_a_pattern_have_the_same_hash(void **state)
{
    (void)state;
    uint64_t *hashes = malloc(KEYS * sizeof *hashes);
    assert_non_null(hashes);
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct hash_secret secret = secret_of(seed, seed + 1);
            for (uint32_t i = 0; i < KEYS; i++) {
                uint32_t words[KEY_SIZE] = {0};
                patterns[p](words, i);
                hashes[i] = hash_words(&secret, words, KEY_SIZE);
            }
            qsort(hashes, KEYS, sizeof *hashes, compare_u64);
            for (uint32_t i = 1; i < KEYS; i++)
                assert_true(hashes[i] != hashes[i - 1]);
        }
    free(hashes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_summed_in_pairs_over_the_secret),
        cmocka_unit_test(keys_are_hashed_and_compared_as_their_words),
        cmocka_unit_test(the_finaliser_is_that_of_splitmix64),
        cmocka_unit_test(every_word_of_the_secret_depends_on_both_halves_of_the_seed),
        cmocka_unit_test(equal_halves_of_a_seed_leave_no_zeros_in_the_secret),
        cmocka_unit_test(products_are_whole),
        cmocka_unit_test(halves_of_products_are_added_each_by_itself),
        cmocka_unit_test(words_of_64_bits_are_multiplied_with_the_secret_added),
        cmocka_unit_test(flipping_any_bit_of_the_key_flips_half_of_the_result),
        cmocka_unit_test(keys_that_follow_a_pattern_are_spread_evenly),
        cmocka_unit_test(no_two_keys_of_a_pattern_have_the_same_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
