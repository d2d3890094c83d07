/* What sections of the summary share: each lists the first of something, and says where it was
 * seen.
 */
#ifndef ICMPSCOPE_REPORT_TEXT_PARTS_H
#define ICMPSCOPE_REPORT_TEXT_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "report/line.h"
#include "report/page.h"
#include "report/report.h"
#include "track/sightings.h"

/* A section that lists a map's entries, heaviest first: without -v the first ones, and how many
 * more there are. One with no entries is left out. */
struct text_list {
    const char *heading;
    const struct map *map;
    uint64_t (*weight)(const void *value);
    size_t shown; /* without -v */
    /* The entry at this position in the map. */
    void (*print)(struct page *page, const struct report *report, size_t position);
};

void text_list(struct page *page, const struct report *report, const struct text_list *list);

/* "... and 7 more (-v lists them)"; nothing for 0. */
void text_more(struct page *page, size_t hidden);

/* "frame 17", "frames 17, 21, 30, ..."; of several captures "a.pcap 17, 21, b.pcap 3". */
void line_add_frames(struct line *line, const struct report *report, const struct sightings *seen);

/* The names of the bits that are set among the first `count`, as words: "gateway elsewhere, ...".
 */
void line_add_bits(struct line *line, uint32_t bits, const char *const *names, unsigned count);

/* Those frames in parentheses, behind a blank: " (frames 17, 21)". Nothing where no frame is known.
 */
void line_add_seen(struct line *line, const struct report *report, const struct sightings *seen);

#endif
