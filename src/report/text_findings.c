/* FINDINGS: what is wrong, the most severe first, and what to do about it. */
#include <errno.h>
#include <stdbool.h>

#include "base/rank.h"
#include "report/finding_text.h"
#include "report/line.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/findings.h"

enum { NAMES_SHOWN = 3 }; /* findings of one name, without -v */

static const struct finding *finding_at(const struct report *report, const struct rank *rank)
{
    return map_value_at(&report->stories->findings.map, rank->position);
}

static void print_finding(struct page *page, const struct report *report,
                          const struct finding *finding)
{
    const struct finding_type *type = &finding_types[finding->name];
    struct line line;
    line_init(&line);
    line_add(&line, "%s: ", severity_names[finding->severity]);
    finding_text_add(&line, type->text, finding);
    line_add(&line, " (%s, ", type->name);
    line_add_frames(&line, report, &finding->seen);
    line_add(&line, ")");
    page_text(page, 2, line.text);
}

/* Findings of one name and severity stand together, and have one advice. */
static void print_advice(struct page *page, const struct finding *finding)
{
    struct line line;
    line_init(&line);
    line_add(&line, "-> ");
    finding_text_add(&line, finding_types[finding->name].advice, finding);
    page_text(page, 4, line.text);
}

static void print_rest(struct page *page, const struct findings *findings, uint32_t name,
                       size_t hidden)
{
    uint64_t more = findings_more(findings, (enum finding_name)name)->count;
    struct line line;
    line_init(&line);
    line_add(&line, "... and ");
    if (hidden > 0) {
        line_add_number(&line, hidden);
        line_add(&line, " more like it (-v lists them)");
    }
    if (more > 0) {
        line_add(&line, hidden > 0 ? ", and " : "");
        line_add_count(&line, more, "sight");
        line_add(&line, " of others that are not listed");
    }
    if (hidden > 0 || more > 0)
        page_text(page, 4, line.text);
}

/* All findings of the name that stands at `at`, which is its heaviest. */
static void print_name(struct page *page, const struct report *report,
                       const struct ranking *ranking, size_t at)
{
    const struct findings *findings = &report->stories->findings;
    const struct finding *first = finding_at(report, &ranking->list[at]);
    bool all = report->config->verbosity > 0;
    size_t shown = 0, hidden = 0;
    for (size_t i = at; i < ranking->count; i++) {
        const struct finding *finding = finding_at(report, &ranking->list[i]);
        if (finding->name != first->name)
            continue;
        if (all || shown < NAMES_SHOWN)
            print_finding(page, report, finding);
        if (shown++ >= NAMES_SHOWN && !all)
            hidden++;
    }
    print_rest(page, findings, first->name, hidden);
    print_advice(page, first);
}

static void print_findings(struct page *page, const struct report *report,
                           const struct ranking *ranking)
{
    bool told[FINDINGS] = {false};
    page_section(page, "FINDINGS", NULL);
    for (size_t i = 0; i < ranking->count; i++) {
        const struct finding *finding = finding_at(report, &ranking->list[i]);
        if (!told[finding->name])
            print_name(page, report, ranking, i);
        told[finding->name] = true;
    }
}

void text_findings(struct page *page, const struct report *report)
{
    struct ranking ranking;
    if (ranking_init(&ranking, &report->stories->findings.map, finding_weight) != 0) {
        out_fail(page->out, ENOMEM);
        return;
    }
    if (ranking.count > 0)
        print_findings(page, report, &ranking);
    ranking_fini(&ranking);
}
