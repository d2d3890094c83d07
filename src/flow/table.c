#include "flow/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/prefetch.h"
#include "base/timefmt.h"
#include "flow/table_parts.h"

const uint32_t flow_idle_usual[FLOW_IDLES] = {
    [FLOW_IDLE_TCP] = 60 * 60,  [FLOW_IDLE_UDP] = 5 * 60,   [FLOW_IDLE_ICMP] = 60,
    [FLOW_IDLE_SCTP] = 60 * 60, [FLOW_IDLE_OTHER] = 5 * 60,
};

static const uint8_t idle_of_proto[PROTOCOLS] = {
    [PROTO_TCP] = FLOW_IDLE_TCP,   [PROTO_UDP] = FLOW_IDLE_UDP,     [PROTO_UDPLITE] = FLOW_IDLE_UDP,
    [PROTO_ICMP] = FLOW_IDLE_ICMP, [PROTO_ICMPV6] = FLOW_IDLE_ICMP, [PROTO_SCTP] = FLOW_IDLE_SCTP,
    [PROTO_DCCP] = FLOW_IDLE_SCTP,
};

/* ---- flows ----------------------------------------------------------------------------------- */

/* No flow has its number now, and no packet its key. */
static bool flow_is_spare(const struct flow *flow)
{
    return flow->id == 0;
}

/* Member by member, as whoever counts the first packet waits long for what was written across two
 * of them. */
static void flow_begin(struct flow_table *table, struct flow *flow, const struct flow_key *key,
                       int64_t time_ns)
{
    const uint64_t most = (UINT64_C(1) << FLOW_ID_BITS) - 1;
    flow->key = *key;
    flow->newest = 0;
    flow->last_ns = flow->first_ns = time_ns;
    for (unsigned i = 0; i < 2; i++) {
        flow->seq_next[i] = flow->ack[i] = flow->packets_low[i] = 0;
        flow->sent[i].packed = 0;
        flow->tcp_flags[i] = 0;
    }
    flow->id = table->seen++ % most + 1;
    flow->initiator = flow->referenced = flow->hit = flow->watched = flow->known = 0;
}

static void flow_close(const struct flow_table *table, const struct flow *flow, enum flow_end end)
{
    if (table->closed != NULL)
        table->closed(table->context, flow, end);
}

/* Time that goes backwards is no time idle. */
static bool flow_is_older(const struct flow *flow, int64_t time_ns, uint64_t limit_ns)
{
    return time_ns > flow->last_ns && (uint64_t)time_ns - (uint64_t)flow->last_ns > limit_ns;
}

static bool flow_is_idle(const struct flow_table *table, const struct flow *flow, int64_t time_ns)
{
    return flow_is_older(flow, time_ns, (uint64_t)table->idle_ns[flow->key.proto]);
}

static bool chunks_allocate(struct flow_table *table, size_t count)
{
    const size_t size = count * CHUNK_FLOWS * sizeof(struct flow);
    const size_t small = table->chunk_count == 0 ? PAGES_LARGE : 0;
    struct flow *flows = pages_reserve(size);
    if (flows == NULL)
        return false;
    if (count == CHUNKS_AT_ONCE)
        pages_enlarge((unsigned char *)flows + small, size - small);
    chunk_set(&table->allocated[table->allocated_count++], flows);
    for (size_t i = 0; i < count; i++)
        chunk_set(&table->chunks[table->chunk_count++], flows + i * CHUNK_FLOWS);
    return true;
}

/* One at least. */
static bool chunks_add(struct flow_table *table)
{
    size_t most = table->chunk_max - table->chunk_count;
    return (most >= CHUNKS_AT_ONCE && chunks_allocate(table, CHUNKS_AT_ONCE)) ||
           chunks_allocate(table, 1);
}

/* ---- the table ------------------------------------------------------------------------------- */

struct flow_table *flow_table_new(const struct flow_table_config *config, struct error *error)
{
    size_t max = config->max_flows < TABLE_MAX ? config->max_flows : TABLE_MAX;
    max += max == 0;
    struct flow_table *table = calloc(1, sizeof *table);
    size_t chunk_max = (max - 1) / CHUNK_FLOWS + 1;
    flow_chunk *chunks = calloc(2 * chunk_max, sizeof *chunks);
    if (table != NULL && chunks != NULL && flow_index_init(&table->index, max) == 0) {
        table->max = (uint32_t)max;
        table->chunks = chunks;
        table->chunk_max = chunk_max;
        table->allocated = chunks + chunk_max;
        table->closed = config->closed;
        table->alive = config->alive;
        table->context = config->context;
        hash_secret_init(&table->secret, config->seed);
        const uint32_t *idle_s = config->idle_s != NULL ? config->idle_s : flow_idle_usual;
        for (size_t i = 0; i < PROTOCOLS; i++)
            table->idle_ns[i] = (int64_t)idle_s[idle_of_proto[i]] * NS_PER_S;
        table->idle_other_ns = (int64_t)idle_s[FLOW_IDLE_OTHER] * NS_PER_S;
        if (chunks_add(table))
            return table;
        flow_index_fini(&table->index);
    }
    error_set(error, "cannot keep flows: %s", strerror(errno));
    free(chunks);
    free(table);
    return NULL;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t number = 1; number <= table->count; number++)
        if (!flow_is_spare(flow_at(table, number)))
            flow_close(table, flow_at(table, number), FLOW_END_SHUTDOWN);
    for (size_t i = 0; i < table->allocated_count; i++)
        free(chunk_at(&table->allocated[i]));
    free(table->chunks);
    fingerprints_fini(&table->fingerprints);
    flow_index_fini(&table->index);
    free(table);
}

uint64_t flow_table_hash(const struct flow_table *table, const struct flow_key *key)
{
    return flow_key_hash(key, &table->secret);
}

const struct hash_secret *flow_table_secret(const struct flow_table *table)
{
    return &table->secret;
}

const int64_t *flow_table_idle(const struct flow_table *table)
{
    return table->idle_ns;
}

/* Number of the flow of this key, or 0. */
static uint32_t table_find(const struct flow_table *table, const struct flow_key *key,
                           uint64_t hash)
{
    struct index_probe probe = flow_index_search(&table->index, hash_part(hash));
    uint32_t number;
    while ((number = flow_index_next(&probe)) != 0)
        if (flow_key_equal(&flow_at(table, number)->key, key))
            break;
    return number;
}

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
    return flow_table_at(table, table_find(table, key, hash));
}

/* ---- eviction -------------------------------------------------------------------------------- */

bool flow_table_was_evicted(const struct flow_table *table, uint64_t hash)
{
    return fingerprints_have(&table->fingerprints, hash);
}

static struct candidate *candidate_at(struct flow_table *table, uint32_t number)
{
    return &table->candidates[number % HAND_AHEAD];
}

/* Its line of the index, and its fingerprint, which is written; and the flow that is so looked at
 * as many steps later, which is behind it unless the chunk ends. */
static void table_fetch_candidate(struct flow_table *table, uint32_t number)
{
    const struct flow *flow = flow_at(table, number);
    prefetch_range(flow + HAND_AHEAD, sizeof *flow);
    if (flow->referenced)
        return;
    const uint64_t hash = flow_table_hash(table, &flow->key);
    prefetch(flow_index_line(&table->index, hash_part(hash)));
    fingerprints_prefetch(&table->fingerprints, hash);
    *candidate_at(table, number) = (struct candidate){flow->id, hash};
}

/* Once the line of the index is there: where it is full, the next one is needed, too. */
static void table_fetch_next(struct flow_table *table, uint32_t number)
{
    const uint64_t hash = candidate_at(table, number)->hash;
    const struct index_line *line = flow_index_line(&table->index, hash_part(hash));
    prefetch(line + index_line_full(line));
}

static uint64_t table_hash_of(struct flow_table *table, const struct flow *flow, uint32_t number)
{
    const struct candidate *candidate = candidate_at(table, number);
    return candidate->id == flow->id ? candidate->hash : flow_table_hash(table, &flow->key);
}

/* Closes a flow so that another can have its number. */
static uint32_t table_give_up(struct flow_table *table, uint32_t number, enum flow_end end)
{
    const struct flow *flow = flow_at(table, number);
    uint64_t hash = table_hash_of(table, flow, number);
    flow_close(table, flow, end);
    flow_index_remove(&table->index, hash_part(hash), number);
    if (end == FLOW_END_FORCED)
        fingerprints_add(&table->fingerprints, hash);
    table->evicted += end == FLOW_END_FORCED;
    table->timed_out += end == FLOW_END_TIMEOUT;
    return number;
}

/* The next flow after the hand that was not used since the hand last passed it. Each step over a
 * flow that was used takes back its mark, which a packet had to set. */
static uint32_t table_least_used(struct flow_table *table)
{
    for (;;) {
        table->hand = table->hand < table->count ? table->hand + 1 : 1;
        if (table->count - table->hand >= HAND_AHEAD)
            table_fetch_candidate(table, table->hand + HAND_AHEAD);
        table_fetch_next(table, table->hand + HAND_AHEAD / 2);
        struct flow *flow = flow_at(table, table->hand);
        if (!flow->referenced)
            return table->hand;
        flow->referenced = false;
    }
}

/* A number for one more flow, and room for it in the index. */
static uint32_t table_take_number(struct flow_table *table, uint32_t part)
{
    if (!flow_index_reserve(&table->index, part))
        return table_give_up(table, flow_index_any(&table->index, part), FLOW_END_FORCED);
    if (table->spare != 0) {
        uint32_t number = table->spare;
        table->spare = flow_at(table, number)->newest;
        table->spares--;
        return number;
    }
    /* Where memory is short, this is not the place to ask again for every flow. */
    if (table->count == table->chunk_count * CHUNK_FLOWS && table->count < table->max &&
        !chunks_add(table))
        table->max = table->count;
    if (table->count < table->max)
        return ++table->count;
    return table_give_up(table, table_least_used(table), FLOW_END_FORCED);
}

void flow_table_renew(struct flow_table *table, struct flow *flow, enum flow_end end,
                      int64_t time_ns)
{
    const struct flow_key key = flow->key;
    flow_close(table, flow, end);
    flow_begin(table, flow, &key, time_ns);
}

/* Returns whether it is another flow now. */
static bool table_use(struct flow_table *table, struct flow *flow, int64_t time_ns)
{
    if (flow_is_idle(table, flow, time_ns)) {
        table->timed_out++;
        flow_table_renew(table, flow, FLOW_END_TIMEOUT, time_ns);
        return true;
    }
    flow_used(flow, time_ns);
    return false;
}

static struct flow_touch touch_known(struct flow_table *table, struct flow_guess known,
                                     int64_t time_ns)
{
    int64_t before_ns = known.flow->last_ns;
    bool fresh = table_use(table, known.flow, time_ns);
    return (struct flow_touch){known.flow, known.number, fresh, before_ns};
}

struct flow_touch flow_table_touch(struct flow_table *table, const struct flow_key *key,
                                   uint64_t hash, int64_t time_ns)
{
    uint32_t number = table_find(table, key, hash);
    if (number != 0)
        return touch_known(table, (struct flow_guess){flow_at(table, number), number}, time_ns);
    number = table_take_number(table, hash_part(hash));
    flow_index_add(&table->index, hash_part(hash), number);
    struct flow *flow = flow_at(table, number);
    flow_begin(table, flow, key, time_ns);
    return (struct flow_touch){flow, number, true, time_ns};
}

/* Whoever has this key and a number is in the index with it. */
struct flow_touch flow_table_touch_guess(struct flow_table *table, const struct flow_key *key,
                                         uint64_t hash, struct flow_guess guess, int64_t time_ns)
{
    if (guess.flow != NULL && flow_key_equal(&guess.flow->key, key))
        return touch_known(table, guess, time_ns);
    return flow_table_touch(table, key, hash, time_ns);
}

/* ---- idle flows ------------------------------------------------------------------------------ */

static uint64_t sweep_limit(const struct flow_table *table, const struct flow *flow)
{
    int64_t limit = table->idle_ns[flow->key.proto];
    uint8_t either = flow->tcp_flags[0] | flow->tcp_flags[1];
    bool over = (either & TCP_RST) != 0 || (flow->tcp_flags[0] & flow->tcp_flags[1] & TCP_FIN) != 0;
    if (over && table->idle_other_ns < limit)
        limit = table->idle_other_ns;
    return (uint64_t)limit + FLOW_GRACE_S * (uint64_t)NS_PER_S;
}

static void sweep_close(struct flow_table *table, uint32_t number)
{
    struct flow *flow = flow_at(table, number);
    table_give_up(table, number, FLOW_END_TIMEOUT);
    flow->id = 0;
    flow->key.family = FAMILY_NONE;
    flow->newest = table->spare;
    table->spare = number;
    table->spares++;
}

bool flow_table_sweep(struct flow_table *table, int64_t now_ns, size_t steps)
{
    for (; steps > 0 && table->swept < table->count; steps--) {
        const struct flow *flow = flow_at(table, ++table->swept);
        if (flow_is_spare(flow))
            continue;
        if (flow_is_older(flow, now_ns, sweep_limit(table, flow)))
            sweep_close(table, table->swept);
        else if (table->alive != NULL)
            table->alive(table->context, flow);
    }
    if (table->swept < table->count)
        return false;
    table->swept = 0;
    return true;
}

struct flow *flow_table_at(const struct flow_table *table, uint32_t number)
{
    if (number == 0 || number > table->count || flow_is_spare(flow_at(table, number)))
        return NULL;
    return flow_at(table, number);
}

size_t flow_table_count(const struct flow_table *table)
{
    return table->count - table->spares;
}

size_t flow_table_places(const struct flow_table *table)
{
    return table->count;
}

uint64_t flow_table_seen(const struct flow_table *table)
{
    return table->seen;
}

uint64_t flow_table_evicted(const struct flow_table *table)
{
    return table->evicted;
}

uint64_t flow_table_timed_out(const struct flow_table *table)
{
    return table->timed_out;
}

size_t flow_table_longest_probe(const struct flow_table *table)
{
    return flow_index_longest_probe(&table->index);
}
