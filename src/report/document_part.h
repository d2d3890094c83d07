/* Parts of the summary document, for document.c: each writes a member of the whole. */
#ifndef ICMPSCOPE_REPORT_DOCUMENT_PART_H
#define ICMPSCOPE_REPORT_DOCUMENT_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "report/report.h"
#include "report/writer.h"

/* What the document is written from, and to. */
struct document {
    struct writer *writer;
    const struct report *report;
    bool failed; /* memory ran out */
};

/* A list that begins with what weighs most; what weighs nothing is left out. */
struct document_list {
    const char *name;
    const struct map *map;
    uint64_t (*weight)(const void *value);
    /* One entry, as members of the object that is open. */
    void (*put)(const struct document *document, const void *key, const void *value);
};

void document_open(const struct document *document, const char *key);
void document_close(const struct document *document);
void document_put_ranked(struct document *document, const struct document_list *list);

void document_put_echo(struct document *document);
void document_put_clock(struct document *document);
void document_put_queries(struct document *document);
void document_put_pmtu(struct document *document);
void document_put_paths(struct document *document);
void document_put_redirects(struct document *document);
void document_put_routers(struct document *document);
void document_put_findings(struct document *document);

#endif
