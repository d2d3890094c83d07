/* The summary for a person with a terminal: what is wrong first. */
#ifndef ICMPSCOPE_REPORT_TEXT_H
#define ICMPSCOPE_REPORT_TEXT_H

#include "report/page.h"
#include "report/report.h"

/* Writes the summary. */
void text_finish(const struct report *report);

/* Its sections, in their order; each writes nothing where there is nothing to say. With
 * config->verbosity below 0 only the findings are told. */
void text_header(struct page *page, const struct report *report);
void text_errors(struct page *page, const struct report *report);
void text_flows(struct page *page, const struct report *report);
void text_untied(struct page *page, const struct report *report);
void text_doubts(struct page *page, const struct report *report);
void text_rewriting(struct page *page, const struct report *report);
void text_findings(struct page *page, const struct report *report);
void text_pmtu(struct page *page, const struct report *report);
void text_paths(struct page *page, const struct report *report);
void text_redirects(struct page *page, const struct report *report);
void text_routers(struct page *page, const struct report *report);
void text_echo(struct page *page, const struct report *report);
void text_clock(struct page *page, const struct report *report);
void text_queries(struct page *page, const struct report *report);
void text_messages(struct page *page, const struct report *report);
void text_health(struct page *page, const struct report *report);

#endif
