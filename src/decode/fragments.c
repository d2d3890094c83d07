#include "decode/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "decode/ip.h"

/* A mirror port, or an "any" capture, shows a fragment twice: the second of the last one begins no
 * datagram. Of those that are done, so many are remembered for so long. */
enum { DONE_MAX = 64, COPY_MS = 50 };

/* How far a batch may exceed the cap before fragments_due() is called. */
enum { MARGIN = 64 };

/* Fragments of one datagram come within that time, and with so few others begun between them. */
enum { TOGETHER_S = 1, TOGETHER_DATAGRAMS = 64 };

enum { ICMP_HEADER_SIZE = 8, TOTAL_LENGTH_MAX = 65535 };

struct fragment_key fragment_key_from(const struct headers *headers, uint32_t context)
{
    return (struct fragment_key){.src = headers->src,
                                 .dst = headers->dst,
                                 .ip_id = headers->ip_id,
                                 .family = headers->family,
                                 .proto = headers->proto,
                                 .context = context};
}

/* ---- the table ------------------------------------------------------------------------------- */

void fragments_init(struct fragments *fragments, const struct fragments_config *config)
{
    *fragments = (struct fragments){.max_datagrams = config->max_datagrams,
                                    .max_bytes = config->max_bytes,
                                    .compare = config->compare};
    if (fragments->max_datagrams == 0)
        fragments->max_datagrams = FRAGMENTS_DATAGRAMS;
    if (fragments->max_bytes == 0)
        fragments->max_bytes = FRAGMENTS_BYTES;
    hash_secret_init(&fragments->secret, config->seed);
}

static struct fragmented *entry_at(const struct fragments *fragments, uint32_t number)
{
    return number == 0 ? NULL : &fragments->list[number - 1];
}

static uint32_t entry_number(const struct fragments *fragments, const struct fragmented *entry)
{
    return (uint32_t)(entry - fragments->list) + 1;
}

void fragments_fini(struct fragments *fragments)
{
    for (size_t i = 0; i < fragments->used; i++)
        datagram_fini(&fragments->list[i].datagram);
    free(fragments->list);
    free(fragments->index);
    fragments->list = NULL;
    fragments->index = NULL;
    fragments->room = fragments->used = 0;
}

size_t fragments_memory(const struct fragments_config *config)
{
    size_t list = (config->max_datagrams + MARGIN + DONE_MAX) *
                  (sizeof(struct fragmented) + DATAGRAM_EXTRA + 8);
    return list + 3 * (config->max_bytes + config->max_bytes / 64) + DATAGRAM_MAX;
}

static bool fragments_allocate(struct fragments *fragments)
{
    size_t room = fragments->max_datagrams + MARGIN + DONE_MAX, buckets = 1;
    while (buckets < room)
        buckets *= 2;
    fragments->list = malloc(room * sizeof *fragments->list);
    fragments->index = calloc(buckets, sizeof *fragments->index);
    if (fragments->list == NULL || fragments->index == NULL) {
        fragments_fini(fragments);
        return false;
    }
    fragments->room = room;
    fragments->buckets = buckets;
    return true;
}

static uint32_t *fragments_bucket(const struct fragments *fragments, const struct fragment_key *key)
{
    uint32_t words[FRAGMENT_KEY_WORDS];
    memcpy(words, key, sizeof words);
    uint64_t hash = hash_words(&fragments->secret, words, FRAGMENT_KEY_WORDS);
    return &fragments->index[hash & (fragments->buckets - 1)];
}

static struct fragmented *fragments_find(const struct fragments *fragments,
                                         const struct fragment_key *key)
{
    struct fragmented *entry = entry_at(fragments, *fragments_bucket(fragments, key));
    while (entry != NULL && memcmp(&entry->key, key, sizeof *key) != 0)
        entry = entry_at(fragments, entry->bucket_next);
    return entry;
}

static void queue_push(struct fragments *fragments, struct fragmented *entry, unsigned queue)
{
    struct fragment_queue *to = &fragments->queues[queue];
    uint32_t number = entry_number(fragments, entry);
    entry->queue = (uint8_t)queue;
    entry->next = 0;
    entry->previous = to->tail;
    *(to->tail == 0 ? &to->head : &entry_at(fragments, to->tail)->next) = number;
    to->tail = number;
    to->count++;
}

static void queue_remove(struct fragments *fragments, struct fragmented *entry)
{
    struct fragment_queue *from = &fragments->queues[entry->queue];
    struct fragmented *previous = entry_at(fragments, entry->previous);
    struct fragmented *next = entry_at(fragments, entry->next);
    *(previous == NULL ? &from->head : &previous->next) = entry->next;
    *(next == NULL ? &from->tail : &next->previous) = entry->previous;
    from->count--;
}

static void entry_clear(struct fragments *fragments, struct fragmented *entry)
{
    fragments->bytes -= entry->datagram.capacity;
    datagram_fini(&entry->datagram);
}

void fragments_drop(struct fragments *fragments, struct fragmented *incomplete)
{
    uint32_t number = entry_number(fragments, incomplete);
    uint32_t *link = fragments_bucket(fragments, &incomplete->key);
    while (*link != number)
        link = &entry_at(fragments, *link)->bucket_next;
    *link = incomplete->bucket_next;
    queue_remove(fragments, incomplete);
    entry_clear(fragments, incomplete);
    incomplete->next = fragments->unused;
    fragments->unused = number;
}

static struct fragmented *entry_take(struct fragments *fragments)
{
    struct fragmented *entry = entry_at(fragments, fragments->unused);
    if (entry != NULL) {
        fragments->unused = entry->next;
        return entry;
    }
    return fragments->used < fragments->room ? &fragments->list[fragments->used++] : NULL;
}

static void entry_begin(struct fragments *fragments, struct fragmented *entry,
                        const struct packet *packet)
{
    entry->begun = entry->spoilt = false;
    entry->count = 0;
    entry->serial = fragments->serial++;
    entry->since_ns = entry->last_ns = packet->time_ns;
    entry->last_serial = fragments->serial;
    datagram_init(&entry->datagram);
    queue_push(fragments, entry,
               packet->ip.family == FAMILY_IPV6 ? FRAGMENTS_IPV6 : FRAGMENTS_IPV4);
}

static struct fragmented *entry_new(struct fragments *fragments, const struct fragment_key *key,
                                    const struct packet *packet)
{
    struct fragmented *entry = entry_take(fragments);
    if (entry == NULL)
        return NULL;
    uint32_t *bucket = fragments_bucket(fragments, key);
    entry->key = *key;
    entry->bucket_next = *bucket;
    *bucket = entry_number(fragments, entry);
    entry_begin(fragments, entry, packet);
    return entry;
}

/* ---- fragments ------------------------------------------------------------------------------- */

static bool is_copy_of_last(const struct fragmented *done, const struct packet *packet, size_t size)
{
    int64_t since = packet->time_ns - done->since_ns;
    return packet->ip.frag_offset == done->last_offset && size == done->last_size &&
           since <= (int64_t)COPY_MS * NS_PER_MS && since >= -(int64_t)COPY_MS * NS_PER_MS;
}

/* Bytes of the whole packet's length that are not of the datagram: of IPv6 only extension headers
 * before the fragment header count, as its payload length counts them. */
static uint32_t counted_header(const struct headers *ip)
{
    enum { FRAGMENT_HEADER_SIZE = 8 };
    if (ip->family == FAMILY_IPV4)
        return ip->header_length;
    return ip->header_length - IPV6_HEADER_SIZE - FRAGMENT_HEADER_SIZE;
}

/* Whether it can be kept at all. A header in front of the message, in what was fragmented, is in
 * none of the others: neither is its length. */
static bool is_sound(struct fragments *fragments, const struct headers *ip, size_t size)
{
    if (ip->total_length < ip->header_length || ip->total_length - ip->header_length != size)
        return false;
    fragments->counts.tiny += ip->frag_offset == 0 && size < ICMP_HEADER_SIZE;
    if (counted_header(ip) + ip->frag_offset + size > TOTAL_LENGTH_MAX) {
        fragments->counts.oversized++;
        return false;
    }
    return size > 0 && !(ip->more_fragments && size % DATAGRAM_BLOCK != 0) &&
           !(ip->has & HAS_FRAGMENT_CHAIN);
}

static bool is_together(const struct fragments *fragments, const struct fragmented *entry,
                        const struct packet *packet)
{
    int64_t since = time_between(entry->last_ns, packet->time_ns);
    return since <= (int64_t)TOGETHER_S * NS_PER_S && since >= -(int64_t)TOGETHER_S * NS_PER_S &&
           fragments->serial - entry->last_serial <= TOGETHER_DATAGRAMS;
}

/* RFC 5722 3: a datagram of IPv6 with overlapping fragments is none. Copies are no overlap (RFC
 * 8200 4.5). */
static enum fragments_fate entry_add(struct fragments *fragments, struct fragmented *entry,
                                     const struct packet *packet, struct cursor bytes)
{
    const struct datagram_piece piece = {packet->ip.frag_offset, packet->ip.more_fragments, bytes};
    size_t before = entry->datagram.capacity;
    entry->contradicted = false;
    enum datagram_fit fit = datagram_add(&entry->datagram, &piece);
    fragments->bytes += entry->datagram.capacity - before;
    if (fit == PIECE_REFUSED)
        return FRAGMENT_PASSED;
    if (fit == PIECE_CONTRADICTS || fit == PIECE_MISFITS) {
        fragments->counts.overlaps++;
        entry->contradicted = is_together(fragments, entry, packet);
        entry->spoilt = entry->key.family == FAMILY_IPV6;
    }
    entry->last_ns = packet->time_ns;
    entry->last_serial = fragments->serial;
    if (fit == PIECE_MISFITS)
        return FRAGMENT_PASSED;
    entry->count += fit != PIECE_COPY;
    if (piece.offset == 0 && !entry->begun) {
        entry->begun = true;
        entry->first = *packet;
        entry->tunnels = *packet->tunnels;
    }
    if (entry->spoilt || !datagram_is_whole(&entry->datagram))
        return FRAGMENT_KEPT;
    entry->last_offset = piece.offset;
    entry->last_size = (uint32_t)cursor_left(&bytes);
    return FRAGMENT_COMPLETE;
}

enum fragments_fate fragments_add(struct fragments *fragments, const struct packet *packet,
                                  struct cursor bytes, struct fragmented **whole)
{
    size_t size = cursor_left(&bytes);
    *whole = NULL;
    if (!is_sound(fragments, &packet->ip, size))
        return FRAGMENT_PASSED;
    if (fragments->list == NULL && !fragments_allocate(fragments))
        return FRAGMENT_PASSED;
    if (fragments->bytes > 2 * fragments->max_bytes)
        return FRAGMENT_PASSED;
    struct fragment_key key = fragment_key_from(&packet->ip, packet->context);
    struct fragmented *entry = fragments_find(fragments, &key);
    if (entry == NULL) {
        entry = entry_new(fragments, &key, packet);
    } else if (entry->queue == FRAGMENTS_DONE) {
        if (is_copy_of_last(entry, packet, size))
            return FRAGMENT_KEPT;
        queue_remove(fragments, entry);
        entry_begin(fragments, entry, packet);
    } else if (fragments->compare && !is_together(fragments, entry, packet)) {
        queue_remove(fragments, entry);
        entry_clear(fragments, entry);
        entry_begin(fragments, entry, packet);
    }
    if (entry == NULL)
        return FRAGMENT_PASSED;
    if (entry->spoilt)
        return entry->begun ? FRAGMENT_KEPT : FRAGMENT_PASSED;
    *whole = entry;
    return entry_add(fragments, entry, packet, bytes);
}

void fragments_finish(struct fragments *fragments, struct fragmented *whole, int64_t now_ns)
{
    queue_remove(fragments, whole);
    entry_clear(fragments, whole);
    whole->since_ns = now_ns;
    queue_push(fragments, whole, FRAGMENTS_DONE);
    struct fragment_queue *done = &fragments->queues[FRAGMENTS_DONE];
    if (done->count > DONE_MAX)
        fragments_drop(fragments, entry_at(fragments, done->head));
}

/* ---- giving up ------------------------------------------------------------------------------- */

/* The oldest of a queue, if its time is over. */
static struct fragmented *queue_expired(const struct fragments *fragments, unsigned queue,
                                        int64_t now_ns)
{
    static const int64_t seconds[] = {
        [FRAGMENTS_IPV4] = FRAGMENTS_SECONDS_IPV4, [FRAGMENTS_IPV6] = FRAGMENTS_SECONDS_IPV6};
    struct fragmented *oldest = entry_at(fragments, fragments->queues[queue].head);
    int64_t limit = fragments->compare ? 2 * TOGETHER_S : seconds[queue];
    bool over = oldest != NULL && oldest->since_ns < now_ns - limit * NS_PER_S;
    return over ? oldest : NULL;
}

static struct fragmented *fragments_oldest(const struct fragments *fragments)
{
    struct fragmented *v4 = entry_at(fragments, fragments->queues[FRAGMENTS_IPV4].head);
    struct fragmented *v6 = entry_at(fragments, fragments->queues[FRAGMENTS_IPV6].head);
    if (v4 == NULL || v6 == NULL)
        return v4 == NULL ? v6 : v4;
    return v4->serial < v6->serial ? v4 : v6;
}

static struct fragmented *fragments_expired(const struct fragments *fragments, int64_t now_ns)
{
    struct fragmented *v4 = queue_expired(fragments, FRAGMENTS_IPV4, now_ns);
    return v4 != NULL ? v4 : queue_expired(fragments, FRAGMENTS_IPV6, now_ns);
}

static bool fragments_are_full(const struct fragments *fragments)
{
    const struct fragment_queue *queues = fragments->queues;
    size_t waiting = queues[FRAGMENTS_IPV4].count + queues[FRAGMENTS_IPV6].count;
    return waiting > fragments->max_datagrams || fragments->bytes > fragments->max_bytes;
}

struct fragmented *fragments_due(struct fragments *fragments, int64_t now_ns)
{
    struct fragmented *due = fragments_expired(fragments, now_ns);
    if (due == NULL && fragments_are_full(fragments)) {
        due = fragments_oldest(fragments);
        fragments->counts.evicted += due != NULL;
    }
    fragments->counts.incomplete += due != NULL;
    return due;
}

bool fragments_are_due(const struct fragments *fragments, int64_t now_ns)
{
    return fragments_expired(fragments, now_ns) != NULL ||
           (fragments_are_full(fragments) && fragments_oldest(fragments) != NULL);
}
