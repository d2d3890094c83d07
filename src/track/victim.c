#include "track/victim.h"

#include <stddef.h>
#include <string.h>

#include "base/bits.h"

void victims_init(struct victims *victims, const uint64_t *seed,
                  void (*gone)(void *context, const void *key, void *value), void *context)
{
    memset(victims, 0, sizeof *victims);
    cache_init(&victims->cache,
               &(struct cache_config){.key_size = sizeof(struct victim_key),
                                      .value_size = sizeof(struct victim),
                                      .cleared = offsetof(struct victim, errors.frames),
                                      .max = VICTIMS_MAX,
                                      .seed = {seed[0], seed[1]},
                                      .gone = gone,
                                      .context = context});
}

static struct victim_key victim_key_of(const struct addr *host, uint8_t family)
{
    struct victim_key key;
    memset(&key, 0, sizeof key);
    key.host = *host;
    key.family = family;
    return key;
}

static uint32_t host_bit(const struct addr *host)
{
    return (uint32_t)addr_spread(host) % VICTIM_BITS;
}

/* A bit too many, of one that was removed, does no harm. */
void victims_mark(struct victims *victims)
{
    const size_t places = cache_places(&victims->cache);
    memset(victims->bits, 0, sizeof victims->bits);
    victims->since = 0;
    for (size_t i = 0; i < places; i++) {
        const struct victim_key *key = cache_key_at(&victims->cache, i);
        bits_add(victims->bits, host_bit(&key->host));
    }
}

/* Of those that have given way bits stay: where there may be as many of them as of others, all are
 * set anew, so that few flows are looked for in vain. */
struct victim *victims_add(struct victims *victims, const struct addr *host, uint8_t family)
{
    const struct victim_key key = victim_key_of(host, family);
    bool fresh = false;
    struct victim *victim = cache_add(&victims->cache, &key, &fresh);
    bits_add(victims->bits, host_bit(&key.host));
    if (fresh && ++victims->since > VICTIMS_MAX)
        victims_mark(victims);
    return victim;
}

/* `of` is the direction from the victim. Who has not asked resets the connection, if anything. */
static void flows_add(struct victim_flows *flows, const struct flow *flow, unsigned of)
{
    const uint8_t sent = flow->tcp_flags[of], got = flow->tcp_flags[1 - of];
    const uint64_t a_few = 4;
    uint64_t there = flow_packets(flow, FLOW_FORWARD), back = flow_packets(flow, FLOW_BACKWARD);
    bool data = ((sent | got) & (TCP_PSH | TCP_FIN)) != 0;
    flows->taken_up += (got & TCP_SYN) != 0 && (sent & (TCP_SYN | TCP_ACK)) == TCP_ACK;
    flows->both_ways += there > 0 && back > 0;
    flows->one_way +=
        flow->key.proto == PROTO_TCP && data && (there == 0 || back == 0) && there + back >= a_few;
}

void victims_count_flow(struct victims *victims, const struct flow *flow, size_t offset)
{
    if (victims->cache.count == 0 || !victim_counts(flow->key.proto))
        return;
    for (size_t i = 0; i < 2; i++) {
        if (!bits_have(victims->bits, host_bit(&flow->key.addr[i])))
            continue;
        const struct victim_key key = victim_key_of(&flow->key.addr[i], flow->key.family);
        char *victim = cache_get(&victims->cache, &key);
        if (victim != NULL)
            flows_add((struct victim_flows *)(void *)(victim + offset), flow, (unsigned)i);
    }
}
