#include "report/page.h"

#include <string.h>

#include "report/escape.h"
#include "report/line.h"

/* ECMA-48 "select graphic rendition" */
static const char *const styles[] = {
    [PAGE_PLAIN] = "", [PAGE_HEADING] = "\033[1m", [PAGE_ALARM] = "\033[31m"};
static const char style_off[] = "\033[0m";

enum { HANG = 2, GAP = 2 };

void page_init(struct page *page, struct out *out, size_t width, bool color)
{
    page->out = out;
    page->width = width < PAGE_WIDTH_MIN ? PAGE_WIDTH_MIN : width;
    page->color = color;
    page->started = false;
}

void page_blanks(struct page *page, size_t count)
{
    out_printf(page->out, "%*s", (int)count, "");
}

void page_styled(struct page *page, enum page_style style, const char *text, size_t size)
{
    bool styled = page->color && style != PAGE_PLAIN && size > 0;
    if (styled)
        out_text(page->out, styles[style]);
    out_bytes(page->out, text, size);
    if (styled)
        out_text(page->out, style_off);
}

/* ---- paragraphs ------------------------------------------------------------------------------ */

/* Where the pen stands while words are put one after the other, and where further lines begin. */
struct pen {
    struct page *page;
    size_t column, hang;
};

static void pen_break(struct pen *pen)
{
    out_text(pen->page->out, "\n");
    page_blanks(pen->page, pen->hang);
    pen->column = pen->hang;
}

/* Ties are blanks again. */
static void page_bytes(struct page *page, const char *bytes, size_t size)
{
    static const char tie[] = LINE_TIE;
    const char *end = bytes + size, *at;
    while ((at = memmem(bytes, (size_t)(end - bytes), tie, strlen(tie))) != NULL) {
        out_bytes(page->out, bytes, (size_t)(at - bytes));
        out_text(page->out, " ");
        bytes = at + strlen(tie);
    }
    out_bytes(page->out, bytes, (size_t)(end - bytes));
}

/* A word with `gap` blanks before it, of which nothing is left where the line breaks. A word that
 * is wider than a line is broken itself. */
static void pen_word(struct pen *pen, size_t gap, const char *word, size_t size)
{
    size_t columns = text_columns(word, size), width = pen->page->width;
    if (size == 0)
        return;
    if (pen->column + gap + columns <= width) {
        page_blanks(pen->page, gap);
        pen->column += gap;
    } else if (gap > 0) {
        pen_break(pen);
    }
    while (pen->column + columns > width) {
        size_t part = text_prefix(word, size, width - pen->column);
        page_bytes(pen->page, word, part);
        pen_break(pen);
        word += part;
        size -= part;
        columns = text_columns(word, size);
    }
    page_bytes(pen->page, word, size);
    pen->column += columns;
}

/* Words that are tied: apart where they are wider than a line. */
static void pen_tied(struct pen *pen, size_t gap, const char *words, size_t size)
{
    static const char tie[] = LINE_TIE;
    const char *end = words + size, *at;
    if (pen->hang + text_columns(words, size) > pen->page->width) {
        while ((at = memmem(words, (size_t)(end - words), tie, strlen(tie))) != NULL) {
            pen_word(pen, gap, words, (size_t)(at - words));
            words = at + strlen(tie);
            gap = 1;
        }
    }
    pen_word(pen, gap, words, (size_t)(end - words));
}

static void page_words(struct page *page, size_t column, size_t hang, const char *text)
{
    struct pen pen = {page, column, hang};
    while (*text != '\0') {
        size_t gap = strspn(text, " "), size = strcspn(text + gap, " ");
        if (size > 0)
            pen_tied(&pen, gap, text + gap, size);
        text += gap + size;
    }
    out_text(page->out, "\n");
}

/* Everything that is printed is made safe here, or for tables in table.c. */
static void page_escaped(struct page *page, size_t column, size_t hang, const char *text)
{
    char safe[LINE_SIZE];
    bool whole;
    size_t size = escape_plain(safe, sizeof safe - 1, text, strlen(text), &whole);
    safe[size] = '\0';
    page_words(page, column, hang, safe);
}

void page_set_off(struct page *page)
{
    if (page->started)
        out_text(page->out, "\n");
    page->started = true;
}

void page_section(struct page *page, const char *heading, const char *text)
{
    size_t size = strlen(heading);
    page_set_off(page);
    page_styled(page, PAGE_HEADING, heading, size);
    if (text == NULL) {
        out_text(page->out, "\n");
        return;
    }
    page_blanks(page, GAP);
    page_escaped(page, size + GAP, size + GAP, text);
}

void page_paragraph(struct page *page, const char *text)
{
    page_set_off(page);
    page_escaped(page, 0, HANG, text);
}

void page_text(struct page *page, size_t indent, const char *text)
{
    page_blanks(page, indent);
    page_escaped(page, indent, indent + HANG, text);
}
