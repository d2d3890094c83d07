/* Text for people: sections and paragraphs, wrapped; tables are in table.h. All that reaches the
 * reader goes through them: nothing acts on the terminal, and no line is wider than the page. */
#ifndef ICMPSCOPE_REPORT_PAGE_H
#define ICMPSCOPE_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "report/out.h"

enum { PAGE_WIDTH_MIN = 60 }; /* what is narrower is taken as that */

struct page {
    struct out *out;
    size_t width; /* columns */
    bool color;
    bool started; /* something was written: the next section is set off */
};

void page_init(struct page *page, struct out *out, size_t width, bool color);

/* Begins a section: a heading, and, in the same line, `text` (or NULL). */
void page_section(struct page *page, const char *heading, const char *text);

/* A paragraph without a heading, set off like a section. */
void page_paragraph(struct page *page, const char *text);

/* A paragraph `indent` columns in; the lines that it wraps to are two columns further in. */
void page_text(struct page *page, size_t indent, const char *text);

/* What these are made of. `text` is safe already. */
enum page_style { PAGE_PLAIN, PAGE_HEADING, PAGE_ALARM };
void page_styled(struct page *page, enum page_style style, const char *text, size_t size);
void page_blanks(struct page *page, size_t count);
void page_set_off(struct page *page); /* an empty line, but at the start */

#endif
