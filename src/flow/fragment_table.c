#include "flow/fragment_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"

void fragment_table_init(struct fragment_table *table, const uint64_t seed[2])
{
    *table = (struct fragment_table){.datagrams = NULL};
    hash_secret_init(&table->secret, seed);
}

void fragment_table_fini(struct fragment_table *table)
{
    free(table->datagrams);
    free(table->frames);
    table->datagrams = NULL;
    table->frames = NULL;
}

size_t fragment_table_memory(void)
{
    return (size_t)FRAGMENT_TABLE_SETS * FRAGMENT_TABLE_WAYS * sizeof(struct fragment_datagram) +
           FRAGMENT_TABLE_FRAMES * sizeof(struct fragment_frame);
}

static bool table_allocate(struct fragment_table *table)
{
    size_t count = (size_t)FRAGMENT_TABLE_SETS * FRAGMENT_TABLE_WAYS;
    table->datagrams = calloc(count, sizeof *table->datagrams);
    table->frames = malloc(FRAGMENT_TABLE_FRAMES * sizeof *table->frames);
    if (table->datagrams != NULL && table->frames != NULL)
        return true;
    fragment_table_fini(table);
    return false;
}

static struct fragment_datagram *table_set(const struct fragment_table *table,
                                           const struct fragment_key *key)
{
    uint32_t words[FRAGMENT_KEY_WORDS];
    memcpy(words, key, sizeof words);
    uint64_t hash = hash_words(&table->secret, words, FRAGMENT_KEY_WORDS);
    return table->datagrams + (hash % FRAGMENT_TABLE_SETS) * FRAGMENT_TABLE_WAYS;
}

static struct fragment_datagram *set_find(struct fragment_datagram *set,
                                          const struct fragment_key *key)
{
    for (size_t i = 0; i < FRAGMENT_TABLE_WAYS; i++)
        if (set[i].serial != 0 && memcmp(&set[i].key, key, sizeof *key) == 0)
            return &set[i];
    return NULL;
}

/* A free place, or that of the datagram longest without a fragment. */
static struct fragment_datagram *set_oldest(struct fragment_datagram *set)
{
    struct fragment_datagram *oldest = set;
    for (size_t i = 1; i < FRAGMENT_TABLE_WAYS; i++)
        if (set[i].serial < oldest->serial)
            oldest = &set[i];
    return oldest;
}

static bool is_over(const struct fragment_datagram *datagram, int64_t now_ns)
{
    return now_ns - datagram->last_ns > (int64_t)FRAGMENT_TABLE_SECONDS * NS_PER_S;
}

/* An identification that is used again, for another flow or after its time, is of another datagram.
 */
static bool is_another(const struct fragment_datagram *datagram, const struct flow_key *flow,
                       int64_t now_ns)
{
    if (is_over(datagram, now_ns))
        return true;
    return flow != NULL && datagram->has_flow && memcmp(&datagram->flow, flow, sizeof *flow) != 0;
}

static void datagram_begin(struct fragment_datagram *datagram, const struct fragment_key *key)
{
    datagram->key = *key;
    datagram->has_flow = false;
    datagram->newest = 0;
}

static struct fragment_datagram *
table_touch(struct fragment_table *table, const struct packet *packet, const struct flow_key *flow)
{
    const struct fragment_key key = fragment_key_from(&packet->ip, packet->context);
    struct fragment_datagram *set = table_set(table, &key);
    struct fragment_datagram *datagram = set_find(set, &key);
    if (datagram == NULL) {
        datagram = set_oldest(set);
        table->evicted += datagram->serial != 0 && !is_over(datagram, packet->time_ns);
        datagram_begin(datagram, &key);
    } else if (is_another(datagram, flow, packet->time_ns)) {
        datagram_begin(datagram, &key);
    }
    datagram->serial = ++table->serial;
    datagram->last_ns = packet->time_ns;
    return datagram;
}

static struct fragment_frame *frame_at(const struct fragment_table *table, uint32_t position)
{
    return &table->frames[position % FRAGMENT_TABLE_FRAMES];
}

void fragment_table_add(struct fragment_table *table, const struct packet *packet,
                        const struct flow_key *flow, enum flow_direction direction)
{
    if (table->datagrams == NULL && !table_allocate(table))
        return;
    struct fragment_datagram *datagram = table_touch(table, packet, flow);
    if (++table->position == 0) /* which is none */
        table->position++;
    *frame_at(table, table->position) = (struct fragment_frame){.time_ns = packet->time_ns,
                                                                .frame = packet->frame,
                                                                .offset = packet->ip.frag_offset,
                                                                .previous = datagram->newest,
                                                                .capture = packet->capture};
    datagram->newest = table->position;
    if (flow == NULL)
        return;
    datagram->has_flow = true;
    datagram->flow = *flow;
    datagram->direction = (uint8_t)direction;
}

const struct fragment_datagram *fragment_table_find(const struct fragment_table *table,
                                                    const struct fragment_key *key)
{
    return table->datagrams == NULL ? NULL : set_find(table_set(table, key), key);
}

const struct fragment_frame *fragment_table_frame(const struct fragment_table *table,
                                                  const struct fragment_datagram *datagram,
                                                  uint32_t offset)
{
    uint32_t position = datagram->newest;
    for (int i = 0; i < FRAGMENT_TABLE_WALK && position != 0; i++) {
        if (table->position - position >= FRAGMENT_TABLE_FRAMES)
            return NULL;
        const struct fragment_frame *frame = frame_at(table, position);
        if (frame->offset == offset)
            return frame;
        position = frame->previous;
    }
    return NULL;
}
