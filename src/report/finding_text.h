/* Findings in words: the templates of track/findings.def, with what a finding holds. */
#ifndef ICMPSCOPE_REPORT_FINDING_TEXT_H
#define ICMPSCOPE_REPORT_FINDING_TEXT_H

#include "report/line.h"
#include "track/findings.h"

/* Adds a template's text; in it stand for what a settled finding holds:
 *     {src} {dst} {reporter}      addresses
 *     {src:, by}                  ", by" and the address, where there is one: any words
 *     {port} {value} {limit}      numbers
 *     {count}                     how often it was seen
 *     {value:packet}              "1 packet", "7 packets": any of the numbers, any noun
 * Anything else between braces is left as it is. */
void finding_text_add(struct line *line, const char *text, const struct finding *finding);

#endif
