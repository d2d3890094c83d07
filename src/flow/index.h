/* The index of the flow table: hash → numbers of flows. For table.c alone.
 *
 * Open addressing in buckets of a cache line, which are compared at once: finding a number reads
 * one line nearly always, and which of its eight slots holds it makes no branch to mispredict.
 * What does not fit into its home line is in the next that has room.
 *
 * The index is cut by the topmost bits of the hash into segments, which stand behind one another in
 * one piece of memory: reserved for all numbers there may be, touched as far as it is needed, and
 * in large pages wherever these are full. It grows in place: the last segment is moved further
 * back, with more lines, then the one before it, and so on, one at a time and only every so many
 * numbers, so that growth never stops for long. From 58 to 80 hundredths full, it takes from 10 to
 * 14 bytes a flow.
 *
 * It belongs to one thread. Another one may peek meanwhile, at no cost for the first: what it reads
 * is atomic, in no order, and what it makes of that is a guess. */
#ifndef ICMPSCOPE_FLOW_INDEX_H
#define ICMPSCOPE_FLOW_INDEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/bits.h"

enum { INDEX_LINE_SLOTS = 8, INDEX_SEGMENT_BITS = 6, INDEX_SEGMENTS = 1 << INDEX_SEGMENT_BITS };

/* Slots are filled from the first: a line is full where its last slot is taken. */
struct index_line {
    _Atomic uint32_t part[INDEX_LINE_SLOTS];   /* upper half of the hash */
    _Atomic uint32_t number[INDEX_LINE_SLOTS]; /* from 1; 0: empty */
};

_Static_assert(sizeof(struct index_line) == 64, "a cache line");

struct index_segment {
    struct index_line *lines;
    uint32_t line_count;
    uint32_t count; /* of numbers */
};

struct flow_index {
    struct index_segment segments[INDEX_SEGMENTS];
    struct index_line *lines; /* of all; a segment's worth more is what one is moved through */
    uint32_t line_max;        /* that were reserved for each segment */
    uint32_t line_count;      /* of those segments that have moved … */
    uint32_t unmoved;         /* … which these first ones have not; 0: it does not grow now */
    uint32_t wait;            /* numbers to be added before the next one moves */
    size_t large;             /* bytes from the start that were put into large pages */
    _Atomic uint32_t line_counts[INDEX_SEGMENTS]; /* those of the segments, to peek */
};

/* Where a search stands. */
struct index_probe {
    const struct index_segment *segment;
    uint32_t line;
    uint32_t part;
    uint32_t matches; /* a bit for each slot of the line that is still to be looked at */
};

/* For at most `max` numbers, of keys that nobody can choose: twice as many have room, however they
 * fall on the segments. -1 when memory runs out; where it is merely short, for fewer. */
int flow_index_init(struct flow_index *index, size_t max);
void flow_index_fini(struct flow_index *index);

/* Makes sure that one more number can be added for `part`. False where its segment has no room left
 * and cannot grow. */
bool flow_index_reserve(struct flow_index *index, uint32_t part);

/* After flow_index_reserve(). */
void flow_index_add(struct flow_index *index, uint32_t part, uint32_t number);

/* Removes a number that is there. */
void flow_index_remove(struct flow_index *index, uint32_t part, uint32_t number);

/* Some number in the segment of `part`, which is not empty. */
uint32_t flow_index_any(const struct flow_index *index, uint32_t part);

/* Lines that the worst find of a number in it reads. Reads the whole index. */
size_t flow_index_longest_probe(const struct flow_index *index);

static inline uint32_t slot_get(const _Atomic uint32_t *slot)
{
    return atomic_load_explicit(slot, memory_order_relaxed);
}

static inline void slot_set(_Atomic uint32_t *slot, uint32_t value)
{
    atomic_store_explicit(slot, value, memory_order_relaxed);
}

static inline const struct index_segment *index_segment_of(const struct flow_index *index,
                                                           uint32_t part)
{
    return &index->segments[part >> (32 - INDEX_SEGMENT_BITS)];
}

/* Lines are in the order of `part`, so that growth reads and writes memory in order. */
static inline uint32_t index_home_among(uint32_t line_count, uint32_t part)
{
    uint32_t within = part << INDEX_SEGMENT_BITS;
    return (uint32_t)((uint64_t)within * line_count >> 32);
}

static inline uint32_t index_home(const struct index_segment *segment, uint32_t part)
{
    return index_home_among(segment->line_count, part);
}

#ifdef __SSE2__

static inline uint32_t index_bits_equal(__m128i first, __m128i second, uint32_t value)
{
    const __m128i wanted = _mm_set1_epi32((int)value);
    const __m128i words =
        _mm_packs_epi32(_mm_cmpeq_epi32(first, wanted), _mm_cmpeq_epi32(second, wanted));
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(words, _mm_setzero_si128()));
}

/* Four slots of which each is read at once, and all are not. */
static inline __m128i index_slots_load(const _Atomic uint32_t *slots)
{
    const _Atomic uint64_t *pairs = (const _Atomic uint64_t *)slots;
    return _mm_set_epi64x((int64_t)atomic_load_explicit(&pairs[1], memory_order_relaxed),
                          (int64_t)atomic_load_explicit(&pairs[0], memory_order_relaxed));
}

/* A bit for each of a line's slots with this value, all compared at once: compilers do that with
 * the form below, too, but take twice as many instructions to make bits of it. */
static inline uint32_t index_slots_equal(const _Atomic uint32_t *slots, uint32_t value)
{
    const __m128i *parts = (const __m128i *)slots;
    return index_bits_equal(_mm_loadu_si128(parts), _mm_loadu_si128(parts + 1), value);
}

/* The same from another thread. */
static inline uint32_t index_slots_peek(const _Atomic uint32_t *slots, uint32_t value)
{
    return index_bits_equal(index_slots_load(slots), index_slots_load(slots + 4), value);
}

#else

static inline uint32_t index_slots_peek(const _Atomic uint32_t *slots, uint32_t value)
{
    uint32_t matches = 0;
    for (uint32_t i = 0; i < INDEX_LINE_SLOTS; i++)
        matches |= (uint32_t)(slot_get(&slots[i]) == value) << i;
    return matches;
}

static inline uint32_t index_slots_equal(const _Atomic uint32_t *slots, uint32_t value)
{
    return index_slots_peek(slots, value);
}

#endif

static inline uint32_t index_line_matches(const struct index_line *line, uint32_t part)
{
    return index_slots_equal(line->part, part);
}

static inline bool index_line_full(const struct index_line *line)
{
    return slot_get(&line->number[INDEX_LINE_SLOTS - 1]) != 0;
}

/* The line that a search begins with. */
static inline const struct index_line *flow_index_line(const struct flow_index *index,
                                                       uint32_t part)
{
    const struct index_segment *segment = index_segment_of(index, part);
    return &segment->lines[index_home(segment, part)];
}

static inline struct index_probe flow_index_search(const struct flow_index *index, uint32_t part)
{
    const struct index_segment *segment = index_segment_of(index, part);
    uint32_t line = index_home(segment, part);
    return (struct index_probe){segment, line, part,
                                index_line_matches(&segment->lines[line], part)};
}

/* The next number that may be the one that is looked for, or 0. */
static inline uint32_t flow_index_next(struct index_probe *probe)
{
    const struct index_segment *segment = probe->segment;
    for (;;) {
        const struct index_line *line = &segment->lines[probe->line];
        if (probe->matches != 0) {
            uint32_t slot = bits_lowest(probe->matches);
            probe->matches &= probe->matches - 1;
            /* An empty slot ends the search, as its line is the last. */
            return slot_get(&line->number[slot]);
        }
        if (!index_line_full(line))
            return 0;
        probe->line = probe->line + 1 < segment->line_count ? probe->line + 1 : 0;
        probe->matches = index_line_matches(&segment->lines[probe->line], probe->part);
    }
}

/* ---- for another thread ---------------------------------------------------------------------- */

/* Where its search stands: in a segment, or what was one a moment ago. */
struct index_peek {
    const struct index_line *line, *begin, *end;
    uint32_t part;
};

static inline struct index_peek flow_index_peek(const struct flow_index *index, uint32_t part)
{
    const uint32_t segment = part >> (32 - INDEX_SEGMENT_BITS);
    const uint32_t line_count =
        atomic_load_explicit(&index->line_counts[segment], memory_order_acquire);
    const struct index_line *begin = index->lines + (size_t)segment * line_count;
    return (struct index_peek){begin + index_home_among(line_count, part), begin,
                               begin + line_count, part};
}

/* A number that this line has for `part`, or 0. */
static inline uint32_t index_peek_number(const struct index_peek *peek)
{
    const uint32_t matches = index_slots_peek(peek->line->part, peek->part);
    const uint32_t slot = bits_lowest(matches | 1u << (INDEX_LINE_SLOTS - 1));
    return slot_get(&peek->line->number[slot]) & (0u - (uint32_t)(matches != 0));
}

static inline void index_peek_next(struct index_peek *peek)
{
    peek->line = peek->line + 1 < peek->end ? peek->line + 1 : peek->begin;
}

#endif
