#include "report/text.h"

#include <string.h>

#include "base/timefmt.h"
#include "report/line.h"

/* A section is a function and a row here. */
static const struct section {
    void (*print)(struct page *page, const struct report *report);
    bool quiet; /* with -q, too */
} sections[] = {
    {text_header, false},    {text_findings, true}, {text_errors, false},    {text_flows, false},
    {text_untied, false},    {text_doubts, false},  {text_pmtu, false},      {text_paths, false},
    {text_redirects, false}, {text_routers, false}, {text_rewriting, false}, {text_echo, false},
    {text_clock, false},     {text_queries, false}, {text_messages, false},  {text_health, false},
};

void text_finish(const struct report *report)
{
    struct page page;
    page_init(&page, report->out, report->config->width, report->config->color);
    bool quiet = report->config->verbosity < 0;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (sections[i].quiet || !quiet)
            sections[i].print(&page, report);
}

/* ---- the header ------------------------------------------------------------------------------ */

static const char *input_name(const struct input *input)
{
    return strcmp(input->path, "-") == 0 ? "standard input" : input->path;
}

/* As many names as there is room for. */
static void line_add_captures(struct line *line, const struct inputs *inputs, size_t columns)
{
    enum { MORE = 24 }; /* columns for " and 65,535 more" and a short name */
    size_t end = line->used + columns;
    for (size_t i = 0; i < inputs->count; i++) {
        size_t left = end > line->used ? end - line->used : 0;
        if (i > 0 && left < MORE + strlen(input_name(&inputs->list[i]))) {
            line_add(line, " and ");
            line_add_number(line, inputs->count - i);
            line_add(line, " more");
            return;
        }
        line_add(line, i > 0 ? ", " : "");
        line_add_name(line, input_name(&inputs->list[i]),
                      inputs->count > 1 && columns > 2 * MORE ? columns - MORE : columns);
    }
}

/* "2026-11-20 09:00:03 to 09:00:28 UTC (25 s)" */
static void line_add_period(struct line *line, const struct tally *tally)
{
    enum { DATE_SIZE = sizeof "2026-11-20 " - 1 };
    char first[TIMEFMT_SIZE], last[TIMEFMT_SIZE];
    timefmt_date(tally->first_ns, first, sizeof first);
    timefmt_date(tally->last_ns, last, sizeof last);
    line_add(line, "%s", first);
    if (strcmp(first, last) != 0)
        line_add(line, " to %s", strncmp(first, last, DATE_SIZE) == 0 ? last + DATE_SIZE : last);
    line_add(line, " UTC");
    if (tally->last_ns == tally->first_ns)
        return;
    line_add(line, " (");
    line_add_span(line, tally->last_ns - tally->first_ns);
    line_add(line, ")");
}

/* "14 packets, 5 ICMP (5 errors)" */
static void line_add_totals(struct line *line, const struct tally *tally)
{
    line_add_count(line, tally->packets, "packet");
    line_add(line, ", ");
    line_add_number(line, tally->icmp_messages);
    line_add(line, " ICMP");
    if (tally->icmp_messages == 0)
        return;
    line_add(line, " (");
    if (tally->errors == 0)
        line_add(line, "no errors");
    else
        line_add_count(line, tally->errors, "error");
    line_add(line, ")");
}

static void header_nothing(struct page *page, const struct report *report)
{
    const char *where = report->inputs->count > 1 ? "these captures" : "this capture";
    struct line line;
    line_init(&line);
    if (report->tally->packets == 0 && report->config->filter != NULL)
        line_add(&line, "No packet passed the filter.");
    else if (report->tally->packets == 0)
        line_add(&line, "No packets in %s.", where);
    else if (report->tally->icmp_messages == 0)
        line_add(&line, "No ICMP in %s%s.", where,
                 report->config->filter != NULL ? " that passes the filter" : "");
    else if (report->tally->errors == 0)
        line_add(&line, "No ICMP errors in %s.", where);
    if (line.used > 0)
        page_paragraph(page, line.text);
}

void text_header(struct page *page, const struct report *report)
{
    static const char tool[] = "icmpscope", gap[] = "   ";
    const struct tally *tally = report->tally;
    struct line period, totals, names, whole;
    line_init(&period);
    line_init(&totals);
    line_init(&names);
    line_init(&whole);
    if (tally->packets > 0)
        line_add_period(&period, tally);
    line_add_totals(&totals, tally);

    line_add_captures(&names, report->inputs, page->width - strlen(tool) - 2);
    if (period.used > 0)
        line_add(&period, "%s", gap);
    line_add(&period, "%s", totals.text);
    line_add(&whole, "%s%s%s", names.text, gap, period.text);
    if (strlen(tool) + 2 + text_columns(whole.text, whole.used) <= page->width) {
        page_section(page, tool, whole.text);
    } else {
        page_section(page, tool, names.text);
        page_text(page, 2, period.text);
    }
    header_nothing(page, report);
}
