/* The summary as one JSON document. */
#ifndef ICMPSCOPE_REPORT_DOCUMENT_H
#define ICMPSCOPE_REPORT_DOCUMENT_H

#include "report/report.h"
#include "report/writer.h"

/* Raised where a member is renamed, removed, or changes its meaning; not where one is added. */
enum { DOCUMENT_SCHEMA_VERSION = 1 };

/* Writes the document, on one line. */
void document_finish(const struct report *report);

/* Writes its members, as members of the object that is open. -1 when memory runs out. */
int document_write(struct writer *writer, const struct report *report);

#endif
