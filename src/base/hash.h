/* Keyed hashing for tables whose keys a stranger chooses.
 *
 * Multilinear hashing (Lemire and Kaser, "Strongly universal string hashing is fast", 2013): for
 * keys of one fixed length the chance that two of them collide is 2^-32 for each half of the
 * result, whatever they are, as long as the secret stays secret. */
#ifndef ICMPSCOPE_BASE_HASH_H
#define ICMPSCOPE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_MAX_WORDS = 16 };

/* One for each table, filled once a run. */
struct hash_secret {
    uint64_t low[HASH_MAX_WORDS + 1];
    uint64_t high[HASH_MAX_WORDS + 1];
};

/* Expands 128 bits of entropy, which the caller gets from the system (or fixes, in a test). */
void hash_secret_init(struct hash_secret *secret, const uint64_t seed[2]);

/* Of `count` 32-bit words, at most HASH_MAX_WORDS. */
uint64_t hash_words(const struct hash_secret *secret, const uint32_t *words, size_t count);

#endif
