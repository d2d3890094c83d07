/* What finding flows will read is fetched ahead, and so it is guessed which flows they are. */
#include "base/prefetch.h"
#include "flow/table_parts.h"

void flow_table_prefetch_index(const struct flow_table *table, const uint64_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        prefetch(flow_index_line(&table->index, hash_part(hashes[i])));
}

/* In place of a number: it is not in its first line of the index, and there are others. */
static const uint32_t guess_behind = UINT32_MAX;

/* No branch hangs on what is in the line, which may be on its way yet: the processor would wait for
 * it before it goes on with the next one's wherever it took the wrong one. Where there is no flow,
 * some other is fetched. */
static inline struct flow_guess guess_first(const struct flow_table *table, uint64_t hash)
{
    const uint32_t part = hash_part(hash);
    const struct index_line *line = flow_index_line(&table->index, part);
    const uint32_t matches = index_line_matches(line, part);
    const uint32_t slot = bits_lowest(matches | 1u << (INDEX_LINE_SLOTS - 1));
    const uint32_t number = slot_get(&line->number[slot]) & (0u - (uint32_t)(matches != 0));
    const bool behind = (matches == 0) & index_line_full(line);
    struct flow *flow = flow_at(table, number + (number == 0));
    prefetch_range(flow, sizeof *flow);
    prefetch(line + behind);
    return (struct flow_guess){number != 0 ? flow : NULL, behind ? guess_behind : number};
}

static struct flow_guess guess_any(const struct flow_table *table, uint64_t hash)
{
    struct index_probe probe = flow_index_search(&table->index, hash_part(hash));
    uint32_t number = flow_index_next(&probe);
    if (number == 0)
        return (struct flow_guess){NULL, 0};
    struct flow *flow = flow_at(table, number);
    prefetch_range(flow, sizeof *flow);
    return (struct flow_guess){flow, number};
}

void flow_table_prefetch_flows(const struct flow_table *table, const uint64_t *hashes,
                               struct flow_guess *guesses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        guesses[i] = guess_first(table, hashes[i]);
    for (size_t i = 0; i < count; i++)
        if (guesses[i].number == guess_behind)
            guesses[i] = guess_any(table, hashes[i]);
}

/* ---- for another thread ---------------------------------------------------------------------- */

void flow_table_peek_index(const struct flow_table *table, const uint64_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        prefetch(flow_index_peek(&table->index, hash_part(hashes[i])).line);
}

/* The flow may be so new that its chunk cannot be seen yet: what is fetched is never looked at. */
static inline void peek_prefetch(const struct flow_table *table, uint32_t number)
{
    const uint32_t index = number - (number != 0);
    const uintptr_t chunk = (uintptr_t)chunk_at(&table->chunks[index >> CHUNK_BITS]);
    const uintptr_t flow = chunk + (index & (CHUNK_FLOWS - 1)) * sizeof(struct flow);
    prefetch_range((const void *)flow, sizeof(struct flow));
}

/* As guess_first(): no branch may hang on what is on its way yet. */
static inline uint32_t peek_first(const struct flow_table *table, uint64_t hash)
{
    const struct index_peek peek = flow_index_peek(&table->index, hash_part(hash));
    const uint32_t number = index_peek_number(&peek);
    const bool behind = (number == 0) & index_line_full(peek.line);
    peek_prefetch(table, number);
    prefetch(peek.line + behind);
    return behind ? guess_behind : number;
}

/* A few lines on are all that ever matter. */
static uint32_t peek_behind(const struct flow_table *table, uint64_t hash)
{
    enum { LINES = 4 };
    struct index_peek peek = flow_index_peek(&table->index, hash_part(hash));
    uint32_t number = 0;
    for (unsigned i = 0; i < LINES && number == 0 && index_line_full(peek.line); i++) {
        index_peek_next(&peek);
        number = index_peek_number(&peek);
    }
    peek_prefetch(table, number);
    return number;
}

void flow_table_peek(const struct flow_table *table, const uint64_t *hashes, uint32_t *numbers,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = peek_first(table, hashes[i]);
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == guess_behind)
            numbers[i] = peek_behind(table, hashes[i]);
}

void flow_table_prefetch_peeked(const struct flow_table *table, const uint64_t *hashes,
                                const uint32_t *numbers, struct flow_guess *guesses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = numbers[i] <= table->count ? numbers[i] : 0;
        struct flow *flow = flow_at(table, number + (number == 0));
        prefetch_range(flow, sizeof *flow);
        guesses[i] = (struct flow_guess){number != 0 ? flow : NULL, number};
        if (number == 0)
            prefetch(flow_index_line(&table->index, hash_part(hashes[i])));
    }
}
