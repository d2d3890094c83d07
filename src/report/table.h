/* Tables for people: columns that align, whatever is in them. */
#ifndef ICMPSCOPE_REPORT_TABLE_H
#define ICMPSCOPE_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "report/page.h"

enum { TABLE_COLUMNS = 6, TABLE_CELL_SIZE = 192 };

/* The cells of one row; "" where there is nothing to say. */
struct table_cells {
    char text[TABLE_COLUMNS][TABLE_CELL_SIZE];
};

struct table_column {
    const char *heading; /* NULL: the table's title goes over it */
    bool right;          /* aligned to the right */
    bool alarm;          /* what it holds is what is wrong */
    size_t wish;         /* columns wide, where the page has room for it */
    size_t most;         /* columns wide, where the page has no room for all; 0: as it needs */
};

/* A table is filled twice: to be measured, and to be written. A cell that outgrows its column goes
 * on to the right, one that outgrows the page begins further left; what would follow it then stands
 * in the next line, in its own column. */
struct table {
    const char *title; /* NULL: no line of headings */
    const struct table_column *columns;
    size_t column_count;
    size_t row_count;
    void (*fill)(const void *context, size_t row, struct table_cells *cells);
    const void *context;
};

/* Set off like a section where it has a title. */
void table_print(struct page *page, const struct table *table);

/* Copies what a line holds into a cell. */
struct line;
void table_cell_set(struct table_cells *cells, size_t column, const struct line *line);

#endif
