#include "track/echo_pair.h"

#include <stddef.h>
#include <string.h>

#include "base/room.h"
#include "base/timefmt.h"
#include "decode/echo_payload.h"

/* ---- buckets --------------------------------------------------------------------------------- */

/* Each doubling of the time is divided into 64 buckets of one width: the middle of a bucket is
 * within 1/128 of any time in it. */
enum { STEPS = 64 };

struct rtt_key {
    uint32_t pair, bucket;
};

static uint32_t bucket_of(int64_t ns)
{
    uint64_t value = (uint64_t)ns;
    uint32_t shift = 0;
    while (value >> shift >= 2 * STEPS)
        shift++;
    return shift * STEPS + (uint32_t)(value >> shift);
}

/* The shortest time in a bucket: the inverse of bucket_of(). */
static int64_t bucket_from(uint32_t bucket)
{
    if (bucket < 2 * STEPS)
        return bucket;
    uint32_t shift = bucket / STEPS - 1;
    return (int64_t)((uint64_t)(bucket % STEPS + STEPS) << shift);
}

bool echo_pair_bucket(const struct echo_pairs *pairs, const struct echo_pair *pair,
                      struct echo_bucket *bucket)
{
    uint32_t last = pair->rtt_count > 0 ? bucket_of(pair->rtt_most_ns) : 0;
    for (uint32_t i = bucket->next; pair->rtt_count > 0 && i <= last;) {
        const struct rtt_key key = {pair->id, i};
        bool row = (pair->octaves >> (i / STEPS) & 1) != 0;
        const uint64_t *count = row ? map_get(&pairs->rtts, &key) : NULL;
        i += row ? 1 : STEPS - i % STEPS;
        if (count == NULL)
            continue;
        *bucket = (struct echo_bucket){i, bucket_from(i - 1), bucket_from(i), *count};
        return true;
    }
    return false;
}

int64_t echo_pair_quantile(const struct echo_pairs *pairs, const struct echo_pair *pair,
                           unsigned percent)
{
    struct echo_bucket bucket = {0};
    uint64_t rank = (pair->rtt_count * percent + 99) / 100, below = 0;
    if (pair->rtts_missing)
        return -1;
    while (echo_pair_bucket(pairs, pair, &bucket)) {
        below += bucket.count;
        if (below < rank)
            continue;
        int64_t middle = bucket.from_ns + (bucket.to_ns - bucket.from_ns) / 2;
        if (middle < pair->rtt_least_ns)
            return pair->rtt_least_ns;
        return middle > pair->rtt_most_ns ? pair->rtt_most_ns : middle;
    }
    return -1;
}

static void bucket_add(struct echo_pairs *pairs, struct echo_pair *pair, int64_t rtt_ns)
{
    const struct rtt_key key = {pair->id, bucket_of(rtt_ns)};
    uint64_t *count = map_add(&pairs->rtts, &key, NULL);
    if (count != NULL)
        ++*count;
    pair->octaves |= (uint64_t)1 << (key.bucket / STEPS);
    pair->rtts_missing |= count == NULL;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static void config_fill(struct map_config configs[2], const uint64_t seed[2])
{
    configs[0] = (struct map_config){.key_size = sizeof(struct echo_pair_key),
                                     .value_size = sizeof(struct echo_pair),
                                     .max = ECHO_PAIRS_MAX,
                                     .seed = {seed[0], seed[1]}};
    configs[1] = (struct map_config){.key_size = sizeof(struct rtt_key),
                                     .value_size = sizeof(uint64_t),
                                     .max = ECHO_RTTS_MAX,
                                     .seed = {seed[0], seed[1]}};
}

void echo_pairs_init(struct echo_pairs *pairs, const uint64_t seed[2])
{
    struct map_config configs[2];
    pairs->last_id = 0;
    pairs->left = 0;
    config_fill(configs, seed);
    map_init(&pairs->map, &configs[0]);
    map_init(&pairs->rtts, &configs[1]);
}

void echo_pairs_fini(struct echo_pairs *pairs)
{
    map_fini(&pairs->map);
    map_fini(&pairs->rtts);
}

size_t echo_pairs_limit(struct echo_pairs *pairs, double part)
{
    map_limit(&pairs->map, (size_t)(part * ECHO_PAIRS_MAX));
    map_limit(&pairs->rtts, (size_t)(part * ECHO_RTTS_MAX));
    return map_memory(&pairs->map.config) + map_memory(&pairs->rtts.config);
}

struct echo_pair *echo_pair_open(struct echo_pairs *pairs, const struct echo_key *key)
{
    const struct echo_pair_key pair_key = {key->asker, key->asked, key->family, key->context};
    bool fresh;
    struct echo_pair *pair = map_add(&pairs->map, &pair_key, &fresh);
    if (pair != NULL && fresh)
        *pair = (struct echo_pair){.position = (uint32_t)pairs->map.count, .id = ++pairs->last_id};
    return pair;
}

struct echo_pair *echo_pair_at(const struct echo_pairs *pairs, uint32_t position)
{
    return position > 0 ? map_value_at(&pairs->map, position - 1) : NULL;
}

/* ---- room ------------------------------------------------------------------------------------ */

bool echo_pairs_pick(struct echo_pairs *pairs)
{
    const struct map *map = &pairs->map;
    if (!room_is_short(map) && !room_is_short(&pairs->rtts))
        return false;
    const int64_t until_ns = room_half(map, offsetof(struct echo_pair, last_ns));
    uint32_t stay = 0;
    for (size_t i = 0; i < map->count; i++) {
        struct echo_pair *pair = map_value_at(map, i);
        pair->position = pair->last_ns > until_ns ? ++stay : 0;
    }
    return true;
}

/* Ids grow with positions. */
bool echo_pair_stays(const struct echo_pairs *pairs, uint32_t id)
{
    size_t from = 0, to = pairs->map.count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct echo_pair *pair = map_value_at(&pairs->map, middle);
        if (pair->id == id)
            return pair->position != 0;
        if (pair->id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

static bool rtts_leave(void *context, const void *key, void *value)
{
    uint32_t id;
    (void)value;
    memcpy(&id, key, sizeof id);
    return !echo_pair_stays(context, id);
}

static bool pair_leaves(void *context, const void *key, void *value)
{
    (void)context, (void)key;
    return ((const struct echo_pair *)value)->position == 0;
}

void echo_pairs_leave(struct echo_pairs *pairs)
{
    map_prune(&pairs->rtts, rtts_leave, pairs);
    pairs->left += map_prune(&pairs->map, pair_leaves, pairs);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void pair_at_time(struct echo_pair *pair, int64_t time_ns)
{
    bool fresh = pair->sent + pair->replies + pair->unsolicited == 0;
    if (fresh || time_ns < pair->first_ns)
        pair->first_ns = time_ns;
    if (fresh || time_ns > pair->last_ns)
        pair->last_ns = time_ns;
}

/* A payload that is no program's may be a program's that was told to carry it. */
static void pair_program(struct echo_pair *pair, uint8_t program)
{
    if (echo_program_names[program] == NULL)
        return;
    pair->programs |= pair->program != ECHO_PROGRAM_NONE && pair->program != program;
    pair->program = program;
}

uint64_t echo_pair_sent(struct echo_pair *pair, const struct echo_message *request)
{
    pair_at_time(pair, request->time_ns);
    pair_program(pair, request->program);
    if (pair->sent == 0 || request->ttl < pair->ttl_sent_least)
        pair->ttl_sent_least = request->ttl;
    if (request->ttl > pair->ttl_sent_most)
        pair->ttl_sent_most = request->ttl;
    if (request->odd && request->hash != pair->last_odd_request) {
        pair->odd_requests++;
        pair->last_odd_request = request->hash;
    }
    return ++pair->sent;
}

void echo_pair_lost(struct echo_pair *pair, const struct echo_message *request)
{
    if (pair->lost == 0 || request->length < pair->shortest_lost)
        pair->shortest_lost = request->length;
    if (pair->lost == 0) {
        pair->first_lost = request->frame;
        pair->first_lost_ns = request->time_ns;
    }
    pair->lost++;
    pair->bursts += pair->run == 0;
    pair->run++;
    if (pair->run > pair->longest)
        pair->longest = pair->run;
}

void echo_pair_not_lost(struct echo_pair *pair)
{
    pair->run = 0;
}

/* Where nothing was answered that shows how far a TTL has to reach, several ones tell of a program
 * that looks for hops, with TTLs that are lower than those that hosts begin with. */
bool echo_pair_expires(const struct echo_pair *pair, uint8_t ttl)
{
    enum { LOWEST_OF_HOSTS = 32 };
    if (pair->ttl_arrived > 0)
        return ttl < pair->ttl_arrived;
    return pair->ttl_sent_least != pair->ttl_sent_most && ttl < LOWEST_OF_HOSTS;
}

/* ---- replies --------------------------------------------------------------------------------- */

void echo_pair_answered(struct echo_pair *pair, const struct echo_message *request, uint64_t number)
{
    pair->answered++;
    pair->reordered += number < pair->last_answered;
    if (number > pair->last_answered)
        pair->last_answered = number;
    if (pair->ttl_arrived == 0 || request->ttl < pair->ttl_arrived)
        pair->ttl_arrived = request->ttl;
    if (request->length > pair->longest_answered)
        pair->longest_answered = request->length;
}

void echo_pair_unsolicited(struct echo_pair *pair, const struct echo_message *reply)
{
    pair_at_time(pair, reply->time_ns);
    pair->unsolicited++;
}

void echo_pair_reply(struct echo_pair *pair, const struct echo_message *reply, bool from_asked)
{
    pair_at_time(pair, reply->time_ns);
    pair->ttl_changes += from_asked && pair->replies > 0 && reply->ttl != pair->ttl_last;
    if (pair->replies == 0 || reply->ttl < pair->ttl_least)
        pair->ttl_least = reply->ttl;
    if (pair->replies == 0 || reply->ttl > pair->ttl_most)
        pair->ttl_most = reply->ttl;
    pair->ttl_last = reply->ttl;
    pair->replies++;
}

void echo_pair_rtt(struct echo_pairs *pairs, struct echo_pair *pair, int64_t rtt_ns)
{
    if (pair->rtt_count > 0) {
        int64_t apart = rtt_ns - pair->rtt_last_ns;
        pair->jitter_sum_ns += (uint64_t)(apart < 0 ? -apart : apart);
        pair->jitter_count++;
    }
    if (pair->rtt_count == 0 || rtt_ns < pair->rtt_least_ns)
        pair->rtt_least_ns = rtt_ns;
    if (pair->rtt_count == 0 || rtt_ns > pair->rtt_most_ns)
        pair->rtt_most_ns = rtt_ns;
    pair->rtt_last_ns = rtt_ns;
    pair->rtt_count++;
    pair->rtt_sum_ns += (uint64_t)rtt_ns;
    bucket_add(pairs, pair, rtt_ns);
}

uint64_t echo_pair_weight(const void *value)
{
    const struct echo_pair *pair = value;
    const uint64_t most = UINT32_MAX;
    uint64_t all = pair->sent + pair->unsolicited;
    uint64_t lost = pair->lost < most ? pair->lost : most;
    return lost << 32 | (all < most ? all : most);
}
