#include "flow/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/prefetch.h"

/* A segment that is four fifths full grows by three eighths. */
enum { LINES_MIN = 2, FULL_NUMERATOR = 4, FULL_DENOMINATOR = 5, GROWTH = 3, GROWTH_OF = 8 };

static struct index_line *lines_new(uint32_t count)
{
    struct index_line *lines = aligned_alloc(CACHE_LINE, count * sizeof *lines);
    if (lines != NULL)
        memset(lines, 0, count * sizeof *lines);
    return lines;
}

int flow_index_init(struct flow_index *index)
{
    *index = (struct flow_index){0};
    for (size_t i = 0; i < INDEX_SEGMENTS; i++) {
        struct index_line *lines = lines_new(LINES_MIN);
        if (lines == NULL) {
            flow_index_fini(index);
            return -1;
        }
        index->segments[i] = (struct index_segment){.lines = lines, .line_count = LINES_MIN};
    }
    return 0;
}

void flow_index_fini(struct flow_index *index)
{
    for (size_t i = 0; i < INDEX_SEGMENTS; i++)
        free(index->segments[i].lines);
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

static uint32_t line_fill(const struct index_line *line)
{
    uint32_t fill = INDEX_LINE_SLOTS;
    while (fill > 0 && line->number[fill - 1] == 0)
        fill--;
    return fill;
}

static void segment_add(struct index_segment *segment, uint32_t part, uint32_t number)
{
    uint32_t i = index_home(segment, part);
    while (index_line_full(&segment->lines[i]))
        i = line_next(segment, i);
    struct index_line *line = &segment->lines[i];
    uint32_t slot = line_fill(line);
    line->part[slot] = part;
    line->number[slot] = number;
    segment->count++;
}

static bool segment_grow(struct index_segment *segment)
{
    const struct index_segment old = *segment;
    uint32_t line_count = old.line_count + 1 + old.line_count * GROWTH / GROWTH_OF;
    struct index_line *lines = lines_new(line_count);
    if (lines == NULL)
        return false;
    *segment = (struct index_segment){.lines = lines, .line_count = line_count};
    for (uint32_t i = 0; i < old.line_count; i++) {
        const struct index_line *line = &old.lines[i];
        uint32_t fill = line_fill(line);
        for (uint32_t slot = 0; slot < fill; slot++)
            segment_add(segment, line->part[slot], line->number[slot]);
    }
    free(old.lines);
    return true;
}

/* Without memory it is filled beyond the limit, but for one slot: searches need a line that is not
 * full to end. */
bool flow_index_reserve(struct flow_index *index, uint32_t part)
{
    struct index_segment *segment = segment_of(index, part);
    uint64_t slots = (uint64_t)segment->line_count * INDEX_LINE_SLOTS;
    bool full = ((uint64_t)segment->count + 1) * FULL_DENOMINATOR > slots * FULL_NUMERATOR;
    return !full || segment_grow(segment) || segment->count + 1 < slots;
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
    for (uint32_t i = index_home(segment, part);; i = line_next(segment, i))
        for (uint32_t slot = 0; slot < INDEX_LINE_SLOTS; slot++)
            if (segment->lines[i].number[slot] == number)
                return (struct place){i, slot};
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
            uint32_t home = index_home(segment, later->part[slot]);
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
        struct index_line *line = &segment->lines[gap.line];
        line->part[gap.slot] = segment->lines[from.line].part[from.slot];
        line->number[gap.slot] = segment->lines[from.line].number[from.slot];
        gap = from;
    }
    struct index_line *line = &segment->lines[gap.line];
    uint32_t last = line_fill(line) - 1;
    line->part[gap.slot] = line->part[last];
    line->number[gap.slot] = line->number[last];
    line->part[last] = line->number[last] = 0;
}

uint32_t flow_index_any(const struct flow_index *index, uint32_t part)
{
    const struct index_segment *segment = index_segment_of(index, part);
    uint32_t i = index_home(segment, part);
    while (segment->lines[i].number[0] == 0)
        i = line_next(segment, i);
    return segment->lines[i].number[0];
}

static size_t segment_longest_probe(const struct index_segment *segment)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < segment->line_count; i++) {
        const struct index_line *line = &segment->lines[i];
        uint32_t fill = line_fill(line);
        for (uint32_t slot = 0; slot < fill; slot++) {
            uint32_t home = index_home(segment, line->part[slot]);
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
