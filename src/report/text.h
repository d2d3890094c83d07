/* The summary for a person with a terminal: what is wrong first. */
#ifndef ICMPSCOPE_REPORT_TEXT_H
#define ICMPSCOPE_REPORT_TEXT_H

#include "report/page.h"
#include "report/report.h"

/* Writes the summary. */
void text_finish(const struct report *report);

/* Its sections, in their order; each writes nothing where there is nothing to say. With
 * config->verbosity below 0 only what is wrong is said. */
void text_header(struct page *page, const struct report *report);
void text_errors(struct page *page, const struct report *report);
void text_flows(struct page *page, const struct report *report);
void text_untied(struct page *page, const struct report *report);
void text_doubts(struct page *page, const struct report *report);
void text_rewriting(struct page *page, const struct report *report);
void text_messages(struct page *page, const struct report *report);
void text_health(struct page *page, const struct report *report);

#endif
