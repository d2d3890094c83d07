/* ERRORS and MESSAGES: what there was, by type and code. */
#include <errno.h>
#include <stdio.h>

#include "base/rank.h"
#include "report/phrase.h"
#include "report/table.h"
#include "report/text.h"

/* A table of messages is filled from this. */
struct list {
    const struct map *messages;
    const struct ranking *ranking;
};

static const struct message_key *list_key(const struct list *list, size_t row)
{
    return map_key_at(list->messages, list->ranking->list[row].position);
}

static const struct message_count *list_value(const struct list *list, size_t row)
{
    return map_value_at(list->messages, list->ranking->list[row].position);
}

/* The columns that both tables begin with: code, name, count. */
static void fill_message(const struct list *list, size_t row, struct table_cells *cells)
{
    const struct message_key *key = list_key(list, row);
    enum family family = (enum family)key->family;
    struct line line;

    line_init(&line);
    line_add_code(&line, family, key->type, key->code);
    table_cell_set(cells, 0, &line);
    line_init(&line);
    line_add_type(&line, family, key->type, key->code);
    table_cell_set(cells, 1, &line);
    line_init(&line);
    line_add_number(&line, list->ranking->list[row].weight);
    table_cell_set(cells, 2, &line);
}

/* "192.168.1.105", "192.168.1.105 +2" */
static void fill_reporters(const struct message_key *key, const struct message_count *count,
                           struct line *line)
{
    line_add_addr(line, count->reporter, (enum family)key->family);
    if (count->reporters < 2)
        return;
    line_add(line, " +");
    line_add_number(line, count->reporters - 1);
}

/* "5 packets", "3 packets, 1 flow, 2 none" */
static void fill_ties(const struct message_count *count, struct line *line)
{
    static const char *const nouns[VERDICTS] = {
        [VERDICT_EXACT] = "packet",         [VERDICT_FLOW] = "flow",
        [VERDICT_REVERSE] = "reverse flow", [VERDICT_NAT] = "translated flow",
        [VERDICT_FRAGMENT] = "fragment",
    };
    uint64_t none = count->verdicts[VERDICT_UNMATCHED] + count->verdicts[VERDICT_UNKEYED];
    for (size_t i = 0; i < VERDICTS; i++) {
        if (nouns[i] == NULL || count->verdicts[i] == 0)
            continue;
        line_add(line, line->used > 0 ? ", " : "");
        line_add_count(line, count->verdicts[i], nouns[i]);
    }
    if (none == 0)
        return;
    if (line->used > 0) {
        line_add(line, ", ");
        line_add_number(line, none);
        line_add(line, " ");
    }
    line_add(line, "none");
}

static void fill_error(const void *context, size_t row, struct table_cells *cells)
{
    const struct list *list = context;
    const struct message_count *count = list_value(list, row);
    struct line line;

    fill_message(list, row, cells);
    line_init(&line);
    line_add_number(&line, count->flows);
    table_cell_set(cells, 3, &line);
    line_init(&line);
    fill_reporters(list_key(list, row), count, &line);
    table_cell_set(cells, 4, &line);
    line_init(&line);
    fill_ties(count, &line);
    table_cell_set(cells, 5, &line);
}

static void fill_other(const void *context, size_t row, struct table_cells *cells)
{
    fill_message(context, row, cells);
}

static uint64_t error_weight(const void *value)
{
    return ((const struct message_count *)value)->errors;
}

/* What is no error. */
static uint64_t other_weight(const void *value)
{
    const struct message_count *count = value;
    return count->count - count->errors;
}

/* Names of both tables take as much, so that their counts stand under each other. */
enum { NAME_WISH = 32, NAME_MOST = 36, REPORTER_MOST = 24 };

static const struct table_column error_columns[] = {
    {.heading = NULL},
    {.heading = NULL, .wish = NAME_WISH, .most = NAME_MOST},
    {.heading = "count", .right = true, .alarm = true},
    {.heading = "flows", .right = true},
    {.heading = "reporters", .most = REPORTER_MOST},
    {.heading = "tied to"},
};

static const struct table_column other_columns[] = {
    {.heading = NULL},
    {.heading = NULL, .wish = NAME_WISH, .most = NAME_MOST},
    {.heading = "count", .right = true},
};

/* One of the two tables. */
struct kind {
    struct table table; /* without its rows */
    uint64_t (*weight)(const void *value);
};

static void print_messages(struct page *page, const struct report *report, const struct kind *kind)
{
    struct ranking ranking;
    const struct map *messages = &report->tally->messages;
    if (ranking_init(&ranking, messages, kind->weight) != 0) {
        out_fail(page->out, ENOMEM);
        return;
    }
    struct list list = {messages, &ranking};
    struct table table = kind->table;
    table.row_count = ranking.count;
    table.context = &list;
    if (table.row_count > 0)
        table_print(page, &table);
    ranking_fini(&ranking);
}

void text_errors(struct page *page, const struct report *report)
{
    static const struct kind errors = {
        {.title = "ERRORS", .columns = error_columns, .column_count = 6, .fill = fill_error},
        error_weight};
    print_messages(page, report, &errors);
}

void text_messages(struct page *page, const struct report *report)
{
    static const struct kind others = {
        {.title = "MESSAGES", .columns = other_columns, .column_count = 3, .fill = fill_other},
        other_weight};
    print_messages(page, report, &others);
}
