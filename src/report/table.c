#include "report/table.h"

#include <string.h>

#include "report/escape.h"
#include "report/line.h"

enum { TABLE_INDENT = 2, GAP = 2 };

/* Where each column begins, and how wide it is. */
struct layout {
    size_t start[TABLE_COLUMNS], width[TABLE_COLUMNS];
};

static void table_cells_get(const struct table *table, size_t row, struct table_cells *cells)
{
    struct table_cells raw;
    for (size_t i = 0; i < table->column_count; i++)
        raw.text[i][0] = '\0';
    table->fill(table->context, row, &raw);
    for (size_t i = 0; i < table->column_count; i++) {
        bool whole;
        size_t size = escape_plain(cells->text[i], TABLE_CELL_SIZE - 1, raw.text[i],
                                   strlen(raw.text[i]), &whole);
        cells->text[i][size] = '\0';
    }
}

static size_t cell_columns(const char *text)
{
    return text_columns(text, strlen(text));
}

static size_t layout_end(const struct table *table, struct layout *layout)
{
    size_t at = TABLE_INDENT;
    for (size_t i = 0; i < table->column_count; i++) {
        layout->start[i] = at;
        at += layout->width[i] + GAP;
    }
    return at - GAP;
}

static void layout_measure(const struct table *table, struct layout *layout)
{
    struct table_cells cells;
    for (size_t i = 0; i < table->column_count; i++)
        layout->width[i] =
            table->columns[i].heading != NULL ? strlen(table->columns[i].heading) : 0;
    for (size_t row = 0; row < table->row_count; row++) {
        table_cells_get(table, row, &cells);
        for (size_t i = 0; i < table->column_count; i++) {
            size_t columns = cell_columns(cells.text[i]);
            if (columns > layout->width[i])
                layout->width[i] = columns;
        }
    }
}

/* Columns get what they need; where that is too much for the page, the `most` they may have; where
 * there is room left, what they wish. */
static void layout_fit(const struct page *page, const struct table *table, struct layout *layout)
{
    for (size_t i = 0; i < table->column_count; i++) {
        size_t most = table->columns[i].most;
        if (layout_end(table, layout) > page->width && most > 0 && layout->width[i] > most)
            layout->width[i] = most;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        size_t wish = table->columns[i].wish, end = layout_end(table, layout);
        if (wish <= layout->width[i] || end >= page->width)
            continue;
        size_t more = wish - layout->width[i], room = page->width - end;
        layout->width[i] += more < room ? more : room;
    }
    layout_end(table, layout);
}

/* Where the pen stands in the line. */
struct pen {
    struct page *page;
    const struct layout *layout;
    size_t column;
};

/* Writes `text`, which fits the page, where column `i` wants it. */
static void pen_put(struct pen *pen, size_t i, const struct table_column *look, const char *text)
{
    size_t columns = cell_columns(text), start = pen->layout->start[i];
    if (columns == 0)
        return;
    if (look->right && columns < pen->layout->width[i])
        start += pen->layout->width[i] - columns;
    if (start + columns > pen->page->width)
        start = pen->page->width - columns;
    if (pen->column > 0 && start < pen->column + 1) {
        out_text(pen->page->out, "\n");
        pen->column = 0;
    }
    page_blanks(pen->page, start - pen->column);
    page_styled(pen->page, look->alarm ? PAGE_ALARM : PAGE_PLAIN, text, strlen(text));
    pen->column = start + columns;
}

static void table_head(struct page *page, const struct table *table, const struct layout *layout)
{
    struct pen pen = {page, layout, strlen(table->title)};
    page_set_off(page);
    page_styled(page, PAGE_HEADING, table->title, pen.column);
    for (size_t i = 0; i < table->column_count; i++) {
        struct table_column look = table->columns[i];
        look.alarm = false;
        if (look.heading != NULL)
            pen_put(&pen, i, &look, look.heading);
    }
    out_text(page->out, "\n");
}

static void table_row(struct page *page, const struct table *table, const struct layout *layout,
                      size_t row)
{
    struct pen pen = {page, layout, 0};
    struct table_cells cells;
    table_cells_get(table, row, &cells);
    for (size_t i = 0; i < table->column_count; i++) {
        struct line line;
        line_init(&line);
        line_add_name(&line, cells.text[i], page->width - TABLE_INDENT);
        pen_put(&pen, i, &table->columns[i], line.text);
    }
    out_text(page->out, "\n");
}

void table_print(struct page *page, const struct table *table)
{
    struct layout layout;
    layout_measure(table, &layout);
    layout_fit(page, table, &layout);
    if (table->title != NULL)
        table_head(page, table, &layout);
    for (size_t row = 0; row < table->row_count; row++)
        table_row(page, table, &layout, row);
}

void table_cell_set(struct table_cells *cells, size_t column, const struct line *line)
{
    size_t size = line->used < TABLE_CELL_SIZE ? line->used : TABLE_CELL_SIZE - 1;
    memcpy(cells->text[column], line->text, size);
    cells->text[column][size] = '\0';
}
