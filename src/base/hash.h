/* Keyed hashing for tables whose keys a stranger chooses.
 *
 * Multilinear hashing (Lemire and Kaser, "Strongly universal string hashing is fast", 2013): the
 * chance that two keys of one length have the same result is at most 2^-33, whatever they are, as
 * long as the secret stays secret. On its own it would map keys that count up to values that are
 * evenly spaced, which a table may find clustered; a finaliser spreads those, so that any bits of
 * the result serve as an index. */
#ifndef ICMPSCOPE_BASE_HASH_H
#define ICMPSCOPE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_MAX_WORDS = 16 };

/* One for each table, filled once a run. */
struct hash_secret {
    uint64_t words[HASH_MAX_WORDS + 1];
};

/* Expands 128 bits of entropy, which the caller gets from the system (or fixes, in a test). */
void hash_secret_init(struct hash_secret *secret, const uint64_t seed[2]);

/* Of `count` 32-bit words, at most HASH_MAX_WORDS. Keys of one table have one length, or hold
 * what tells their lengths apart. */
uint64_t hash_words(const struct hash_secret *secret, const uint32_t *words, size_t count);

#endif
