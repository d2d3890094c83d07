#include "base/hash.h"

/* splitmix64 (Steele, Lea and Flood, 2014): spreads the seed over the whole secret. */
static uint64_t seed_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void hash_secret_init(struct hash_secret *secret, const uint64_t seed[2])
{
    uint64_t low = seed[0], high = seed[1];
    for (size_t i = 0; i <= HASH_MAX_WORDS; i++) {
        secret->low[i] = seed_next(&low);
        secret->high[i] = seed_next(&high);
    }
}

uint64_t hash_words(const struct hash_secret *secret, const uint32_t *words, size_t count)
{
    uint64_t low = secret->low[0], high = secret->high[0];
    for (size_t i = 0; i < count; i += 2) {
        uint64_t a = words[i], b = i + 1 < count ? words[i + 1] : 0;
        low += (secret->low[i + 1] + a) * (secret->low[i + 2] + b);
        high += (secret->high[i + 1] + a) * (secret->high[i + 2] + b);
    }
    return (high & 0xffffffff00000000u) | low >> 32;
}
