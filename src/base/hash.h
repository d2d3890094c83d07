/* Keyed hashing for tables whose keys a stranger chooses.
 *
 * Multilinear hashing (Lemire and Kaser, "Strongly universal string hashing is fast", 2013): the
 * chance that two keys of one length have the same result is at most 2^-33, whatever they are, as
 * long as the secret stays secret. On its own it would map keys that count up to values that are
 * evenly spaced, which a table may find clustered; a finaliser spreads those, so that any bits of
 * the result serve as an index. */
#ifndef ICMPSCOPE_BASE_HASH_H
#define ICMPSCOPE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/wide.h"

enum { HASH_MAX_WORDS = 16 };

/* One for each table, filled once a run. */
struct hash_secret {
    uint64_t words[HASH_MAX_WORDS + 1];
};

/* Expands 128 bits of entropy, which the caller gets from the system (or fixes, in a test). */
void hash_secret_init(struct hash_secret *secret, const uint64_t seed[2]);

/* The output function of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014, with the constants of Stafford's mix 13). That generator is this function
 * over evenly spaced values: just what multilinear hashing makes of keys that count up. */
static inline uint64_t hash_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* What the words `i` and `i` + 1 of a key, counted from 1, add to its sum. */
static inline uint64_t hash_pair(const struct hash_secret *secret, size_t i, uint32_t first,
                                 uint32_t second)
{
    return (secret->words[i] + first) * (secret->words[i + 1] + second);
}

/* Of `count` 32-bit words, at most HASH_MAX_WORDS. Keys of one table have one length, or hold
 * what tells their lengths apart.
 *
 * Where two keys differ in a word, their sums differ by a multiple of the secret word it was not
 * added to, and by what does not depend on that. The multiplier is below 2^32, so at most 2^31 of
 * the 2^64 values that the secret word may have make the sums equal. */
static inline uint64_t hash_words(const struct hash_secret *secret, const uint32_t *words,
                                  size_t count)
{
    uint64_t sum = secret->words[0];
    for (size_t i = 1; i < count; i += 2)
        sum += hash_pair(secret, i, words[i - 1], words[i]);
    if (count % 2 != 0)
        sum += hash_pair(secret, count, words[count - 1], 0);
    return hash_mix(sum);
}

/* The same with 64-bit words: NH (Black and others, "UMAC: fast and secure message authentication",
 * 1999). Two keys have one sum of products with a chance of at most 2^-64; of 2^-63 where no carry
 * goes from their lower halves to the upper ones, which leaves two such sums for one. */
static inline struct wide hash_wide_pair(const struct hash_secret *secret, size_t i, uint64_t first,
                                         uint64_t second)
{
    return wide_product(secret->words[i] + first, secret->words[i + 1] + second);
}

/* Such a sum in 64 bits, of which any serve as an index: the halves of one more product, with two
 * more words of the secret, on top of each other. That this loses nothing is not proven, but
 * the test of patterns sees none; wyhash and MUM-hash do the same. */
static inline uint64_t hash_fold(const struct hash_secret *secret, size_t i, struct wide sum)
{
    return wide_fold(secret->words[i] + sum.high, secret->words[i + 1] + sum.low);
}

/* hash_words() of a key in memory, `size` bytes, a multiple of 4. */
static inline uint64_t hash_key(const struct hash_secret *secret, const void *key, size_t size)
{
    const unsigned char *at = key;
    uint64_t sum = secret->words[0];
    uint32_t pair[2];
    size_t i = 1;
    for (; size >= sizeof pair; size -= sizeof pair, at += sizeof pair, i += 2) {
        memcpy(pair, at, sizeof pair);
        sum += hash_pair(secret, i, pair[0], pair[1]);
    }
    if (size == 0)
        return hash_mix(sum);
    memcpy(pair, at, sizeof pair[0]);
    return hash_mix(sum + hash_pair(secret, i, pair[0], 0));
}

/* Whether two such keys are the same. */
static inline bool hash_key_equal(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    uint64_t left, right;
    for (; size >= sizeof left; size -= sizeof left, x += sizeof left, y += sizeof left) {
        memcpy(&left, x, sizeof left);
        memcpy(&right, y, sizeof right);
        if (left != right)
            return false;
    }
    return size == 0 || memcmp(x, y, sizeof(uint32_t)) == 0;
}

#endif
