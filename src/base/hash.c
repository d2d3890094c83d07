#include "base/hash.h"

/* The output function of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014, with the constants of Stafford's mix 13). That generator is this function
 * over evenly spaced values: just what multilinear hashing makes of keys that count up. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t splitmix_next(uint64_t *state)
{
    return mix(*state += 0x9e3779b97f4a7c15u);
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* Each word depends on both halves of the seed. Rotated, so that equal halves do not cancel. */
void hash_secret_init(struct hash_secret *secret, const uint64_t seed[2])
{
    uint64_t first = seed[0], second = seed[1];
    for (size_t i = 0; i <= HASH_MAX_WORDS; i++)
        secret->words[i] = splitmix_next(&first) ^ rotate(splitmix_next(&second), 23);
}

/* Of a pair of words that differs, the products differ by a multiple of one secret word plus what
 * does not depend on it; the multiplier is below 2^32, so at most 2^31 of the 2^64 values that the
 * word may have make the sums equal. */
uint64_t hash_words(const struct hash_secret *secret, const uint32_t *words, size_t count)
{
    const uint64_t *s = secret->words;
    uint64_t sum = s[0];
    size_t i = 0;
    for (; i + 1 < count; i += 2)
        sum += (s[i + 1] + words[i]) * (s[i + 2] + words[i + 1]);
    if (i < count)
        sum += (s[i + 1] + words[i]) * s[i + 2];
    return mix(sum);
}
