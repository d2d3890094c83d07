/* REDIRECTS: who was told to use which gateway for what, and what came of it. */

#include "report/line.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/redirect.h"

enum { REDIRECTS_SHOWN = 10 }; /* without -v */

static void line_add_outcome(struct line *line, const struct redirect *redirect)
{
    switch (redirect->outcome) {
    case REDIRECT_OBEYED:
        line_add(line, "obeyed after ");
        line_add_span(line, redirect->obeyed_after_ns);
        break;
    case REDIRECT_IGNORED:
        line_add(line, "not obeyed");
        if (redirect->packets_old == 0)
            break;
        line_add(line, ": ");
        line_add_count(line, redirect->packets_old, "packet");
        line_add(line, " went the old way");
        break;
    default:
        line_add(line, "not known whether it was obeyed");
    }
}

/* "; doubtful: gateway not on subnet, reporter not gateway" */
static void line_add_reasons(struct line *line, uint32_t reasons)
{
    if (reasons != 0)
        line_add(line, "; doubtful: ");
    line_add_bits(line, reasons, redirect_reason_names, REDIRECT_REASONS);
}

static void line_add_way(struct line *line, const struct redirect *redirect, enum family family)
{
    if ((redirect->story.has & STORY_HAS_DST) == 0) {
        line_add(line, " to use ");
        line_add_addr(line, redirect->gateway, family);
        return;
    }
    line_add(line, " to reach ");
    line_add_addr(line, redirect->story.dst, family);
    if (addr_equal(&redirect->gateway, &redirect->story.dst)) {
        line_add(line, " directly");
        return;
    }
    line_add(line, " by ");
    line_add_addr(line, redirect->gateway, family);
}

/* "192.0.2.1 told 192.0.2.9 to reach 198.51.100.7 by 192.0.2.2, 2 times: obeyed after 1 s
 * (frames 3, 4)" */
static void print_redirect(struct page *page, const struct report *report, size_t position)
{
    const struct redirect *redirect = map_value_at(&report->stories->redirects.map, position);
    enum family family = (enum family)redirect->story.family;
    struct line line;
    line_init(&line);
    line_add_addr(&line, redirect->reporter, family);
    line_add(&line, " told ");
    line_add_addr(&line, redirect->story.src, family);
    line_add_way(&line, redirect, family);
    if (redirect->seen.count > 1) {
        line_add(&line, ", ");
        line_add_count(&line, redirect->seen.count, "time");
    }
    line_add(&line, ": ");
    line_add_outcome(&line, redirect);
    line_add_reasons(&line, redirect->reasons);
    line_add_seen(&line, report, &redirect->seen);
    page_text(page, 2, line.text);
}

void text_redirects(struct page *page, const struct report *report)
{
    text_list(page, report,
              &(struct text_list){.heading = "REDIRECTS",
                                  .map = &report->stories->redirects.map,
                                  .weight = redirect_weight,
                                  .shown = REDIRECTS_SHOWN,
                                  .print = print_redirect});
}
