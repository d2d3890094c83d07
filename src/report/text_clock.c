/* CLOCKS: what timestamp replies say of the clocks of hosts. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/timefmt.h"
#include "report/line.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/clock.h"

enum { PAIRS_SHOWN = 10 };

/* "1.5 s", "12 ms" */
static void line_add_ms(struct line *line, int64_t ms)
{
    line_add_span(line, ms * NS_PER_MS);
}

/* Whose clock the other is held against. */
static void line_add_reference(struct line *line, const struct clock_pair *pair)
{
    if (pair->reference == CLOCK_OF_CAPTURE)
        line_add(line, "the clock of the capture");
    else
        line_add_addr(line, pair->story.src, FAMILY_IPV4);
}

/* "203.0.113.80 is 1.5 s ahead of 192.168.1.114" */
static void line_add_offset(struct line *line, const struct clock_pair *pair)
{
    int64_t ms = pair->best_ms;
    line_add_addr(line, pair->story.dst, FAMILY_IPV4);
    if (ms >= -1 && ms <= 1) {
        line_add(line, " has the time of ");
    } else {
        line_add(line, " is ");
        line_add_ms(line, llabs(ms));
        line_add(line, ms > 0 ? " ahead of " : " behind ");
    }
    line_add_reference(line, pair);
    if (pair->max_ms - pair->min_ms <= 1)
        return;
    line_add(line, " (between %d and %d" LINE_TIE "ms)", (int)pair->min_ms, (int)pair->max_ms);
}

/* One part in a million is 3.6 ms an hour. */
static void line_add_drift(struct line *line, const struct clock_pair *pair)
{
    double ppm;
    if (!clock_pair_drift(pair, &ppm) || fabs(ppm) < 1)
        return;
    line_add(line, ", %s %.0f" LINE_TIE "ms an hour (%.0f" LINE_TIE "ppm)",
             ppm > 0 ? "gains" : "loses", fabs(ppm) * 3.6, fabs(ppm));
}

/* Replies without a time that can be held against another. */
static void line_add_silent(struct line *line, const struct clock_pair *pair)
{
    line_add_addr(line, pair->story.dst, FAMILY_IPV4);
    if (pair->replies == 0)
        line_add(line, " has not answered ");
    else if (pair->nonstandard > 0)
        line_add(line, " gives times that are not of milliseconds since midnight UTC to ");
    else
        line_add(line, " has answered ");
    line_add_addr(line, pair->story.src, FAMILY_IPV4);
}

/* ": 3 requests, 2 answered, RTT 0.12 ms; bytes in the order of Windows" */
static void line_add_counts(struct line *line, const struct clock_pair *pair)
{
    line_add(line, ": ");
    line_add_count(line, pair->requests, "request");
    if (pair->replies == 0)
        return;
    if (pair->replies != pair->requests) {
        line_add(line, ", ");
        line_add_number(line, pair->replies);
        line_add(line, " answered");
    }
    line_add(line, ", RTT ");
    line_add_span(line, pair->rtt_min_ns);
    if (pair->byte_swapped > 0)
        line_add(line, "; its bytes are swapped, as Windows sends them");
}

static void print_pair(struct page *page, const struct report *report, size_t position)
{
    const struct clock_pair *pair = map_value_at(&report->stories->clocks.pairs, position);
    struct line line;
    line_init(&line);
    if (pair->offsets > 0) {
        line_add_offset(&line, pair);
        line_add_drift(&line, pair);
    } else {
        line_add_silent(&line, pair);
    }
    line_add_counts(&line, pair);
    line_add_seen(&line, report, &pair->seen);
    page_text(page, 2, line.text);
}

void text_clock(struct page *page, const struct report *report)
{
    text_list(page, report,
              &(struct text_list){.heading = "CLOCKS",
                                  .map = &report->stories->clocks.pairs,
                                  .weight = clock_pair_weight,
                                  .shown = PAIRS_SHOWN,
                                  .print = print_pair});
}
