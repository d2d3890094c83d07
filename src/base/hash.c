#include "base/hash.h"

static uint64_t splitmix_next(uint64_t *state)
{
    return hash_mix(*state += 0x9e3779b97f4a7c15u);
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
