#include "report/text_parts.h"

#include <errno.h>
#include <stdbool.h>

#include "base/rank.h"

void text_list(struct page *page, const struct report *report, const struct text_list *list)
{
    struct ranking ranking;
    if (ranking_init(&ranking, list->map, list->weight) != 0) {
        out_fail(page->out, ENOMEM);
        return;
    }
    bool all = report->config->verbosity > 0 || ranking.count <= list->shown;
    size_t shown = all ? ranking.count : list->shown;
    if (ranking.count > 0)
        page_section(page, list->heading, NULL);
    for (size_t i = 0; i < shown; i++)
        list->print(page, report, ranking.list[i].position);
    text_more(page, ranking.count - shown);
    ranking_fini(&ranking);
}

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

void line_add_bits(struct line *line, uint32_t bits, const char *const *names, unsigned count)
{
    const char *before = "";
    for (unsigned i = 0; i < count; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        line_add(line, "%s", before);
        for (const char *p = names[i]; *p != '\0'; p++)
            line_add(line, "%c", *p == '_' ? ' ' : *p);
        before = ", ";
    }
}

void line_add_seen(struct line *line, const struct report *report, const struct sightings *seen)
{
    if (seen->frame_count == 0)
        return;
    line_add(line, " (");
    line_add_frames(line, report, seen);
    line_add(line, ")");
}
