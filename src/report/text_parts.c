#include "report/text_parts.h"

#include <stdbool.h>

void text_more(struct page *page, size_t hidden)
{
    struct line line;
    if (hidden == 0)
        return;
    line_init(&line);
    line_add(&line, "... and ");
    line_add_number(&line, hidden);
    line_add(&line, " more (-v lists them)");
    page_text(page, 2, line.text);
}

void line_add_frames(struct line *line, const struct report *report, const struct sightings *seen)
{
    enum { FRAMES_SHOWN = 5, NAME_COLUMNS = 30 };
    bool several = report->inputs->count > 1;
    size_t shown = seen->frame_count < FRAMES_SHOWN ? seen->frame_count : FRAMES_SHOWN;
    line_add(line, several ? "" : seen->frame_count == 1 ? "frame" LINE_TIE : "frames" LINE_TIE);
    for (size_t i = 0; i < shown; i++) {
        const struct sighting *frame = &seen->frames[i];
        line_add(line, i > 0 ? ", " : "");
        if (several && (i == 0 || frame->capture != seen->frames[i - 1].capture)) {
            const char *name = report_capture_name(report, (uint16_t)frame->capture);
            line_add_name(line, name != NULL ? name : "", NAME_COLUMNS);
            line_add(line, LINE_TIE);
        }
        line_add_number(line, frame->frame);
    }
    line_add(line, seen->frame_count > shown || seen->count > seen->frame_count ? ", ..." : "");
}

void line_add_seen(struct line *line, const struct report *report, const struct sightings *seen)
{
    if (seen->frame_count == 0)
        return;
    line_add(line, " (");
    line_add_frames(line, report, seen);
    line_add(line, ")");
}
