/* A line of text for people, put together piece by piece; cut where it outgrows its buffer. */
#ifndef ICMPSCOPE_REPORT_LINE_H
#define ICMPSCOPE_REPORT_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum { LINE_SIZE = 4096 };

/* A blank at which no line is broken; the page shows it as any other. */
#define LINE_TIE "\u00a0"

struct line {
    size_t used;
    char text[LINE_SIZE]; /* with a NUL */
};

void line_init(struct line *line);
void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "1,234,567" */
void line_add_number(struct line *line, uint64_t number);

/* "1 packet", "1,234 packets": `noun` in the singular, its plural ends in "s". */
void line_add_count(struct line *line, uint64_t count, const char *noun);

void line_add_addr(struct line *line, struct addr addr, enum family family);

/* "192.0.2.1:80", "[2001:db8::1]:80" */
void line_add_endpoint(struct line *line, struct addr addr, enum family family, uint16_t port);

/* "0.3 ms", tied */
void line_add_span(struct line *line, int64_t ns);

/* Text from outside, escaped (escape_plain()); what needs more than `columns` loses its middle:
 * "/data/capt...0001.pcap". At least 8. */
void line_add_name(struct line *line, const char *text, size_t columns);

/* Columns that text needs on a terminal, where it is escaped … */
size_t text_columns(const char *text, size_t size);

/* … and how many bytes of it, from its start, need at most so many. */
size_t text_prefix(const char *text, size_t size, size_t columns);

#endif
