/* The hash of flow keys: it spreads keys that a stranger chooses. How much is asked for is
 * explained in test_hash.c, where the same is asked of the hash of other keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/key.h"
#include "hash_lab.h"

enum { KEYS = 1 << 16, BUCKETS = 1 << 10 };

static void put_u32(struct addr *addr, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        addr->bytes[at + i] = (uint8_t)(value >> 8 * (3 - i));
}

/* How the i-th of many keys may be chosen. */
static void count_hosts(struct flow_key *key, uint32_t i)
{
    put_u32(&key->addr[0], 0, 0x0a000000 + i);
}

static void count_networks(struct flow_key *key, uint32_t i)
{
    put_u32(&key->addr[1], 0, i << 16);
}

static void count_ports(struct flow_key *key, uint32_t i)
{
    key->port[0] = (uint16_t)i;
}

static void count_both_ways(struct flow_key *key, uint32_t i)
{
    put_u32(&key->addr[0], 0, i);
    put_u32(&key->addr[1], 0, 0u - i);
}

static void count_ports_in_a_grid(struct flow_key *key, uint32_t i)
{
    key->port[0] = (uint16_t)(i & 0xff);
    key->port[1] = (uint16_t)(i & 0xff00);
}

static void count_in_all(struct flow_key *key, uint32_t i)
{
    put_u32(&key->addr[0], 0, i);
    put_u32(&key->addr[1], 0, i);
    key->port[0] = key->port[1] = (uint16_t)i;
}

static void count_contexts(struct flow_key *key, uint32_t i)
{
    key->context = i;
}

static void count_the_rest(struct flow_key *key, uint32_t i)
{
    key->proto = (uint8_t)i;
    key->icmp = (uint8_t)(i >> 8);
}

static void count_interfaces(struct flow_key *key, uint32_t i)
{
    put_u32(&key->addr[1], 12, i);
}

static void count_prefixes(struct flow_key *key, uint32_t i)
{
    put_u32(&key->addr[0], 4, i);
}

static const struct pattern {
    void (*choose)(struct flow_key *key, uint32_t i);
    uint8_t family;
} patterns[] = {
    {count_hosts, FAMILY_IPV4},     {count_networks, FAMILY_IPV4},
    {count_ports, FAMILY_IPV4},     {count_both_ways, FAMILY_IPV4},
    {count_in_all, FAMILY_IPV4},    {count_ports_in_a_grid, FAMILY_IPV4},
    {count_contexts, FAMILY_IPV4},  {count_the_rest, FAMILY_IPV4},
    {count_hosts, FAMILY_IPV6},     {count_interfaces, FAMILY_IPV6},
    {count_prefixes, FAMILY_IPV6},  {count_ports, FAMILY_IPV6},
    {count_both_ways, FAMILY_IPV6}, {count_in_all, FAMILY_IPV6},
    {count_contexts, FAMILY_IPV6},  {count_the_rest, FAMILY_IPV6},
};

enum { PATTERNS = sizeof patterns / sizeof patterns[0] };

static uint64_t hash_of(const struct pattern *pattern, const struct hash_secret *secret, uint32_t i)
{
    struct flow_key key;
    memset(&key, 0, sizeof key);
    key.family = pattern->family;
    key.proto = PROTO_TCP;
    pattern->choose(&key, i);
    return flow_key_hash(&key, secret);
}

static struct hash_secret secret_of(uint64_t seed)
{
    struct hash_secret secret;
    hash_secret_init(&secret, (const uint64_t[]){seed, ~seed});
    return secret;
}

static uint64_t chi_squared(const struct pattern *pattern, uint64_t seed, unsigned shift)
{
    const struct hash_secret secret = secret_of(seed);
    uint32_t counts[BUCKETS] = {0};
    for (uint32_t i = 0; i < KEYS; i++)
        counts[hash_of(pattern, &secret, i) >> shift & (BUCKETS - 1)]++;
    uint64_t sum = 0;
    const uint64_t expected = KEYS / BUCKETS;
    for (size_t b = 0; b < BUCKETS; b++)
        sum += (counts[b] - expected) * (counts[b] - expected);
    return sum / expected;
}

/* The table takes its segment and line from the uppermost bits, what it compares from the upper
 * half, and fingerprints from the lowest. */
static void keys_that_follow_a_pattern_are_spread_evenly(void **state)
{
    (void)state;
    static const unsigned shifts[] = {0, 22, 32, 54};
    for (size_t p = 0; p < PATTERNS; p++)
        for (uint64_t seed = 0; seed < 4; seed++)
            for (size_t s = 0; s < sizeof shifts / sizeof shifts[0]; s++)
                assert_in_range(chi_squared(&patterns[p], seed, shifts[s]), 618, 1507);
}

static void no_two_keys_of_a_pattern_have_the_same_hash(void **state)
{
    (void)state;
    uint64_t *hashes = malloc(KEYS * sizeof *hashes);
    assert_non_null(hashes);
    for (size_t p = 0; p < PATTERNS; p++) {
        const struct hash_secret secret = secret_of(p);
        for (uint32_t i = 0; i < KEYS; i++)
            hashes[i] = hash_of(&patterns[p], &secret, i);
        qsort(hashes, KEYS, sizeof *hashes, compare_u64);
        for (uint32_t i = 1; i < KEYS; i++)
            assert_true(hashes[i] != hashes[i - 1]);
    }
    free(hashes);
}

/* Of 352 bits of an IPv6 key, with 8 secrets; an IPv4 key, of which 192 bits are zero, is asked for
 * byte by byte in test_key.c. */
static void flipping_any_bit_of_the_key_flips_half_of_the_result(void **state)
{
    (void)state;
    uint64_t flips = 0, trials = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        const struct hash_secret secret = secret_of(seed * 77);
        struct flow_key key;
        memset(&key, 0, sizeof key);
        key.family = FAMILY_IPV6;
        const uint64_t base = flow_key_hash(&key, &secret);
        for (size_t bit = 0; bit < sizeof key * 8; bit++) {
            ((uint8_t *)&key)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            const uint64_t changed = flow_key_hash(&key, &secret) ^ base;
            ((uint8_t *)&key)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_true(changed != 0);
            flips += bits_set(changed);
            trials += 64;
        }
    }
    assert_in_range(flips * 1000 / trials, 490, 510);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_follow_a_pattern_are_spread_evenly),
        cmocka_unit_test(no_two_keys_of_a_pattern_have_the_same_hash),
        cmocka_unit_test(flipping_any_bit_of_the_key_flips_half_of_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
