/* The stream of records: one JSON object a line, as things happen. */
#ifndef ICMPSCOPE_REPORT_NDJSON_H
#define ICMPSCOPE_REPORT_NDJSON_H

#include "report/report.h"

void ndjson_event(const struct report *report, const struct event *event);

#endif
