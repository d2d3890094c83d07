#include "flow/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/inline.h"
#include "base/pages.h"

/* All segments grow by three eighths when one is four fifths full. */
enum { LINES_MIN = 2, FULL_NUMERATOR = 4, FULL_DENOMINATOR = 5, GROWTH = 3, GROWTH_OF = 8 };

/* For so many lines of a segment a number is added before the next one is moved: until the last is,
 * each gets an eighth of a number a line, which is little beside four fifths of eight. */
enum { LINES_A_NUMBER = 8 };

static size_t lines_size(size_t count)
{
    return count * sizeof(struct index_line);
}

/* What others peek into from now on was written before: also by memcpy(), which is not atomic, when
 * it was behind all lines. */
static void segment_publish(struct flow_index *index, size_t number)
{
    atomic_store_explicit(&index->line_counts[number], index->segments[number].line_count,
                          memory_order_release);
}

/* For all segments, and one more. NULL where there is not even memory for the fewest. */
static struct index_line *lines_reserve(uint32_t *line_max)
{
    for (;; *line_max /= 2) {
        struct index_line *lines =
            pages_reserve(lines_size((size_t)*line_max * (INDEX_SEGMENTS + 1)));
        if (lines != NULL || *line_max / 2 < LINES_MIN)
            return lines;
    }
}

int flow_index_init(struct flow_index *index, size_t max)
{
    const size_t slots = 2 * (max / INDEX_SEGMENTS) + 64;
    *index = (struct flow_index){.line_max = (uint32_t)(slots / INDEX_LINE_SLOTS),
                                 .line_count = LINES_MIN};
    index->lines = lines_reserve(&index->line_max);
    if (index->lines == NULL)
        return -1;
    memset(index->lines, 0, lines_size(LINES_MIN * INDEX_SEGMENTS));
    for (size_t i = 0; i < INDEX_SEGMENTS; i++) {
        index->segments[i] =
            (struct index_segment){.lines = index->lines + i * LINES_MIN, .line_count = LINES_MIN};
        segment_publish(index, i);
    }
    return 0;
}

void flow_index_fini(struct flow_index *index)
{
    free(index->lines);
}

static struct index_segment *segment_of(struct flow_index *index, uint32_t part)
{
    return &index->segments[part >> (32 - INDEX_SEGMENT_BITS)];
}

static uint32_t line_next(const struct index_segment *segment, uint32_t line)
{
    return line + 1 < segment->line_count ? line + 1 : 0;
}

/* Steps from one line to another. */
static uint32_t line_distance(const struct index_segment *segment, uint32_t from, uint32_t to)
{
    return to >= from ? to - from : to + (segment->line_count - from);
}

/* By halves, as a loop that ends anywhere is mispredicted. */
ALWAYS_INLINE uint32_t line_fill(const struct index_line *line)
{
    uint32_t fill = slot_get(&line->number[3]) != 0 ? 4 : 0;
    fill += slot_get(&line->number[fill + 1]) != 0 ? 2 : 0;
    fill += slot_get(&line->number[fill]) != 0;
    return fill + index_line_full(line);
}

static void line_set(struct index_line *line, uint32_t slot, uint32_t part, uint32_t number)
{
    slot_set(&line->part[slot], part);
    slot_set(&line->number[slot], number);
}

static void line_copy_slot(struct index_line *line, uint32_t slot, const struct index_line *from,
                           uint32_t from_slot)
{
    line_set(line, slot, slot_get(&from->part[from_slot]), slot_get(&from->number[from_slot]));
}

static void segment_add(struct index_segment *segment, uint32_t part, uint32_t number)
{
    uint32_t i = index_home(segment, part);
    while (index_line_full(&segment->lines[i]))
        i = line_next(segment, i);
    struct index_line *line = &segment->lines[i];
    line_set(line, line_fill(line), part, number);
    segment->count++;
}

/* ---- growth ---------------------------------------------------------------------------------- */

/* The large pages that begin in a segment that was moved, and are full with it and those behind. */
static void segment_join(struct flow_index *index, uint32_t number)
{
    const size_t size = lines_size(index->line_count), whole = size * INDEX_SEGMENTS;
    size_t from = (number * size + PAGES_LARGE - 1) / PAGES_LARGE * PAGES_LARGE;
    size_t to = ((number + 1) * size + PAGES_LARGE - 1) / PAGES_LARGE * PAGES_LARGE;
    if (from < index->large)
        from = index->large;
    if (to > whole)
        to = whole / PAGES_LARGE * PAGES_LARGE;
    if (from < to)
        pages_join((unsigned char *)index->lines + from, to - from);
}

static void line_clear(struct index_line *line)
{
    for (uint32_t slot = 0; slot < INDEX_LINE_SLOTS; slot++)
        line_set(line, slot, 0, 0);
}

/* Behind it all have moved, so that where it will stand holds what was there before, or itself. */
static void segment_move(struct flow_index *index, uint32_t number)
{
    struct index_segment *segment = &index->segments[number];
    struct index_line *through = index->lines + (size_t)INDEX_SEGMENTS * index->line_count;
    const uint32_t before = segment->line_count;
    memcpy(through, segment->lines, lines_size(before));
    *segment = (struct index_segment){.lines = index->lines + (size_t)number * index->line_count,
                                      .line_count = index->line_count};
    segment_publish(index, number);
    for (uint32_t i = 0; i < segment->line_count; i++)
        line_clear(&segment->lines[i]);
    for (uint32_t i = 0; i < before; i++) {
        uint32_t fill = line_fill(&through[i]);
        for (uint32_t slot = 0; slot < fill; slot++)
            segment_add(segment, slot_get(&through[i].part[slot]),
                        slot_get(&through[i].number[slot]));
    }
}

/* False where as much is in use as was reserved. */
static bool index_begin_growth(struct flow_index *index)
{
    uint32_t line_count = index->line_count + 1 + index->line_count * GROWTH / GROWTH_OF;
    if (line_count > index->line_max)
        line_count = index->line_max;
    if (line_count == index->line_count)
        return false;
    index->line_count = line_count;
    index->unmoved = INDEX_SEGMENTS;
    index->wait = 0;
    return true;
}

static void index_move_next(struct flow_index *index)
{
    segment_move(index, --index->unmoved);
    segment_join(index, index->unmoved);
    index->wait = index->line_count / LINES_A_NUMBER;
    if (index->unmoved == 0)
        index->large =
            lines_size((size_t)index->line_count * INDEX_SEGMENTS) / PAGES_LARGE * PAGES_LARGE;
}

static uint32_t segment_slots(const struct index_segment *segment)
{
    return segment->line_count * INDEX_LINE_SLOTS;
}

static bool segment_should_grow(const struct index_segment *segment)
{
    return ((uint64_t)segment->count + 1) * FULL_DENOMINATOR >
           (uint64_t)segment_slots(segment) * FULL_NUMERATOR;
}

/* A segment may be filled but for one slot: searches need a line that is not full to end. A few of
 * them can be so full before their turn comes that they cannot wait, where they have few lines. */
bool flow_index_reserve(struct flow_index *index, uint32_t part)
{
    const struct index_segment *segment = segment_of(index, part);
    if (index->unmoved == 0 && segment_should_grow(segment))
        index_begin_growth(index);
    if (index->wait > 0)
        index->wait--;
    else if (index->unmoved > 0)
        index_move_next(index);
    while (segment->count + 1 >= segment_slots(segment)) {
        if (index->unmoved == 0 && !index_begin_growth(index))
            return false;
        index_move_next(index);
    }
    return true;
}

void flow_index_add(struct flow_index *index, uint32_t part, uint32_t number)
{
    segment_add(segment_of(index, part), part, number);
}

/* A slot of a segment. */
struct place {
    uint32_t line, slot;
};

static struct place segment_locate(const struct index_segment *segment, uint32_t part,
                                   uint32_t number)
{
    for (uint32_t i = index_home(segment, part);; i = line_next(segment, i)) {
        uint32_t matches = index_slots_equal(segment->lines[i].number, number);
        if (matches != 0)
            return (struct place){i, bits_lowest(matches)};
    }
}

/* Something that a search would miss were there room in `line`: it is in a later one, and its home
 * is not. */
static bool segment_find_displaced(const struct index_segment *segment, uint32_t line,
                                   struct place *place)
{
    for (uint32_t i = line_next(segment, line);; i = line_next(segment, i)) {
        const struct index_line *later = &segment->lines[i];
        uint32_t fill = line_fill(later), reach = line_distance(segment, line, i);
        for (uint32_t slot = 0; slot < fill; slot++) {
            uint32_t home = index_home(segment, slot_get(&later->part[slot]));
            *place = (struct place){i, slot};
            if (line_distance(segment, home, i) >= reach)
                return true;
        }
        if (fill < INDEX_LINE_SLOTS)
            return false;
    }
}

/* Removing leaves no mark: where a full line gets room, an entry displaced from it or past it moves
 * there, and leaves room in turn. */
void flow_index_remove(struct flow_index *index, uint32_t part, uint32_t number)
{
    struct index_segment *segment = segment_of(index, part);
    struct place gap = segment_locate(segment, part, number), from;
    segment->count--;
    while (index_line_full(&segment->lines[gap.line]) &&
           segment_find_displaced(segment, gap.line, &from)) {
        line_copy_slot(&segment->lines[gap.line], gap.slot, &segment->lines[from.line], from.slot);
        gap = from;
    }
    struct index_line *line = &segment->lines[gap.line];
    uint32_t last = line_fill(line) - 1;
    line_copy_slot(line, gap.slot, line, last);
    line_set(line, last, 0, 0);
}

uint32_t flow_index_any(const struct flow_index *index, uint32_t part)
{
    const struct index_segment *segment = index_segment_of(index, part);
    uint32_t i = index_home(segment, part);
    while (slot_get(&segment->lines[i].number[0]) == 0)
        i = line_next(segment, i);
    return slot_get(&segment->lines[i].number[0]);
}

static size_t segment_longest_probe(const struct index_segment *segment)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < segment->line_count; i++) {
        const struct index_line *line = &segment->lines[i];
        uint32_t fill = line_fill(line);
        for (uint32_t slot = 0; slot < fill; slot++) {
            uint32_t home = index_home(segment, slot_get(&line->part[slot]));
            size_t lines = (size_t)line_distance(segment, home, i) + 1;
            longest = lines > longest ? lines : longest;
        }
    }
    return longest;
}

size_t flow_index_longest_probe(const struct flow_index *index)
{
    size_t longest = 0;
    for (size_t i = 0; i < INDEX_SEGMENTS; i++) {
        size_t lines = segment_longest_probe(&index->segments[i]);
        longest = lines > longest ? lines : longest;
    }
    return longest;
}
