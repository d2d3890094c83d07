#include "flow/packet_index.h"

#include <stdlib.h>

#include "base/hash.h"
#include "decode/cursor.h"

struct packet_place {
    ring_position before;
    struct packet_trait trait;
};

struct packet_index {
    const struct ring *ring;
    const struct flow_table *table;
    struct hash_secret secret;
    /* By hash, the newest packet, and by place in the ring the one before it of the same hash.
     * Packets that were overwritten end a chain, as all behind them are older. */
    ring_position *heads;
    struct packet_place *places;
    ring_position newest; /* that was entered */
    uint32_t kinds;       /* 1 << enum packet_trait_kind of all that were ever entered */
    bool failed;          /* no memory: not asked for again */
};

/* ---- sums ------------------------------------------------------------------------------------ */

uint16_t sum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint32_t addresses_sum(const struct flow_key *key)
{
    return addr_sum(&key->addr[0]) + addr_sum(&key->addr[1]);
}

/* One's complement arithmetic has two zeros. */
uint16_t payload_sum(uint16_t checksum, const struct flow_key *key)
{
    uint32_t covered = (uint16_t)~checksum;
    uint16_t endpoints = sum_fold(addresses_sum(key) + key->port[0] + key->port[1]);
    uint16_t sum = sum_fold(covered + (uint16_t)~endpoints);
    return sum == 0xffff ? 0 : sum;
}

/* ---- traits ---------------------------------------------------------------------------------- */

static struct packet_trait trait_make(enum packet_trait_kind kind, uint32_t high, uint32_t low)
{
    return (struct packet_trait){kind, high << 16 | low};
}

static struct packet_trait trait_none(void)
{
    return (struct packet_trait){TRAIT_NONE, 0};
}

/* A checksum of 0 was not computed (RFC 768). */
static struct packet_trait trait_udp(const struct ring_entry *entry, const struct flow_key *key)
{
    uint32_t length = entry->identity >> 16;
    if (entry->ip_id != 0)
        return trait_make(TRAIT_UDP_IP_ID, length, entry->ip_id);
    if (key == NULL || entry->sent.checksum == 0)
        return trait_none();
    return trait_make(TRAIT_UDP_SUM, length, payload_sum(entry->sent.checksum, key));
}

static struct packet_trait trait_icmp(const struct ring_entry *entry)
{
    uint32_t seq = entry->identity & 0xffff;
    return entry->ip_id != 0 ? trait_make(TRAIT_ICMP_IP_ID, seq, entry->ip_id)
                             : trait_make(TRAIT_ICMP_SEQ, seq, entry->length);
}

struct packet_trait packet_trait_of(const struct ring_entry *entry, const struct flow_key *key)
{
    const uint32_t has = entry->sent.has;
    if ((has & HAS_TCP_SEQ) != 0)
        return (struct packet_trait){TRAIT_TCP_SEQ, entry->identity};
    if ((has & HAS_UDP_LENGTH) != 0)
        return trait_udp(entry, key);
    if ((has & HAS_ICMP_ID) != 0)
        return trait_icmp(entry);
    if ((has & HAS_SCTP_VTAG) != 0)
        return (struct packet_trait){TRAIT_SCTP_VTAG, entry->identity};
    if ((has & HAS_ESP_SPI) != 0 && entry->identified)
        return (struct packet_trait){TRAIT_SPI, entry->identity};
    return entry->ip_id != 0 ? trait_make(TRAIT_IP_ID, entry->length, entry->ip_id) : trait_none();
}

/* ---- the index ------------------------------------------------------------------------------- */

struct packet_index *packet_index_new(const struct ring *ring, const struct flow_table *table,
                                      const uint64_t seed[2])
{
    struct packet_index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return NULL;
    *index = (struct packet_index){.ring = ring, .table = table};
    hash_secret_init(&index->secret, seed);
    return index;
}

void packet_index_free(struct packet_index *index)
{
    if (index == NULL)
        return;
    free(index->heads);
    free(index->places);
    free(index);
}

static ring_position *index_head(const struct packet_index *index, struct packet_trait trait)
{
    const uint32_t words[] = {trait.kind, trait.value};
    return &index->heads[hash_words(&index->secret, words, 2) & index->ring->mask];
}

/* Of an entry whose number may be that of another flow by now: then its trait is not what it had,
 * and whoever finds it finds that it does not fit. */
static struct packet_trait index_trait(const struct packet_index *index,
                                       const struct ring_entry *entry)
{
    const struct flow *flow = flow_table_at(index->table, entry->flow);
    return packet_trait_of(entry, flow != NULL ? &flow->key : NULL);
}

static bool index_allocate(struct packet_index *index)
{
    if (index->heads != NULL || index->failed)
        return index->heads != NULL;
    size_t places = (size_t)index->ring->mask + 1;
    index->heads = calloc(places, sizeof *index->heads);
    index->places = malloc(places * sizeof *index->places);
    if (index->heads != NULL && index->places != NULL)
        return true;
    free(index->heads);
    free(index->places);
    index->heads = NULL;
    index->places = NULL;
    index->failed = true;
    return false;
}

static void index_enter(struct packet_index *index, ring_position position)
{
    const struct ring_entry *entry = ring_get(index->ring, position);
    if (entry == NULL) /* position 0, which is none */
        return;
    struct packet_trait trait = index_trait(index, entry);
    if (trait.kind == TRAIT_NONE)
        return;
    index->kinds |= UINT32_C(1) << trait.kind;
    ring_position *head = index_head(index, trait);
    index->places[position & index->ring->mask] = (struct packet_place){*head, trait};
    *head = position;
}

/* Enters the packets that came since; not those that were overwritten meanwhile. */
static void index_catch_up(struct packet_index *index)
{
    const struct ring *ring = index->ring;
    if (ring->newest - index->newest > ring->mask)
        index->newest = ring->newest - ring->mask - 1;
    while (index->newest != ring->newest)
        index_enter(index, ++index->newest);
}

struct packet_walk packet_index_search(struct packet_index *index, struct packet_trait trait,
                                       uint32_t limit)
{
    struct packet_walk walk = {.index = index, .trait = trait, .limit = limit};
    if (trait.kind == TRAIT_NONE || !index_allocate(index))
        return walk;
    index_catch_up(index);
    if ((index->kinds >> trait.kind & 1) != 0)
        walk.position = *index_head(index, trait);
    return walk;
}

/* Where the next packet of the chain stands, which is an older one. A position that was overwritten
 * 2^32 packets ago may name one that is not. */
static ring_position index_before(const struct packet_index *index, ring_position position)
{
    const struct ring *ring = index->ring;
    ring_position before = index->places[position & ring->mask].before;
    return ring->newest - before > ring->newest - position ? before : 0;
}

const struct ring_entry *packet_walk_next(struct packet_walk *walk, ring_position *position)
{
    const struct packet_index *index = walk->index;
    while (walk->visits < walk->limit) {
        const struct ring_entry *entry = ring_get(index->ring, walk->position);
        if (entry == NULL) {
            walk->position = 0;
            return NULL;
        }
        *position = walk->position;
        walk->position = index_before(index, walk->position);
        walk->visits++;
        struct packet_trait trait = index->places[*position & index->ring->mask].trait;
        if (trait.kind == walk->trait.kind && trait.value == walk->trait.value)
            return entry;
    }
    return NULL;
}

bool packet_walk_is_cut(const struct packet_walk *walk)
{
    return ring_get(walk->index->ring, walk->position) != NULL;
}

/* A flow keeps its number until it is evicted, and its packets are chained from the newest: one
 * that the chain reaches is the flow's. As long as none was evicted every number is the first
 * flow's that had it; but one that ended and began anew has an end to its chain, too, so that the
 * chain is followed in any case. */
struct flow *packet_index_flow(const struct packet_index *index, ring_position position,
                               uint32_t *visits)
{
    const struct ring *ring = index->ring;
    const struct ring_entry *entry = ring_get(ring, position);
    struct flow *flow = entry != NULL ? flow_table_at(index->table, entry->flow) : NULL;
    if (flow == NULL)
        return NULL;

    const uint32_t age = ring->newest - position;
    ring_position at = flow->newest;
    const struct ring_entry *sent = ring_get(ring, at);
    uint32_t left = *visits;
    while (left > 0 && sent != NULL && sent->flow == entry->flow && age > ring->newest - at) {
        left--;
        sent = ring_get_previous(ring, &at);
    }
    *visits = left;
    return sent == entry ? flow : NULL;
}
