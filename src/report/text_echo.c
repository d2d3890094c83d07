/* ECHO: who pings whom, what is lost, and how long it takes. */
#include <errno.h>

#include "base/rank.h"
#include "decode/echo_payload.h"
#include "report/line.h"
#include "report/table.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/echo.h"

enum { PAIRS_SHOWN = 10 };

struct list {
    const struct echo_pairs *pairs;
    const struct ranking *ranking;
};

/* "3.5 %", and "< 0.1 %" rather than 0. */
static void line_add_share(struct line *line, uint64_t part, uint64_t all)
{
    double percent = 100.0 * (double)part / (double)all;
    if (percent < 0.1)
        line_add(line, "<" LINE_TIE "0.1" LINE_TIE "%%");
    else
        line_add(line, "%.*f" LINE_TIE "%%", percent < 10 ? 1 : 0, percent);
}

static void line_add_hosts(struct line *line, const struct echo_pair_key *key)
{
    line_add_addr(line, key->src, (enum family)key->family);
    line_add(line, " > ");
    line_add_addr(line, key->dst, (enum family)key->family);
}

static void line_add_lost(struct line *line, const struct echo_pair *pair)
{
    line_add_number(line, pair->lost);
    if (pair->lost == 0)
        return;
    line_add(line, " (");
    line_add_share(line, pair->lost, pair->lost + pair->answered);
    line_add(line, ")");
}

static void line_add_quantile(struct line *line, const struct list *list,
                              const struct echo_pair *pair, unsigned percent)
{
    int64_t ns = echo_pair_quantile(list->pairs, pair, percent);
    if (ns >= 0)
        line_add_span(line, ns);
}

static void line_add_note(struct line *line, uint64_t count, const char *one, const char *many)
{
    if (count == 0)
        return;
    line_add(line, line->used > 0 ? ", " : "");
    line_add_number(line, count);
    line_add(line, LINE_TIE "%s", count == 1 ? one : many);
}

static void line_add_ttls(struct line *line, const struct echo_pair *pair)
{
    if (pair->ttl_changes > 0)
        line_add(line, "%sTTL" LINE_TIE "%u" LINE_TIE "to" LINE_TIE "%u",
                 line->used > 0 ? ", " : "", pair->ttl_least, pair->ttl_most);
}

/* What is not as it should be, in few words. */
static void line_add_notes(struct line *line, const struct echo_pair *pair)
{
    if (pair->longest > 1)
        line_add(line, "%llu" LINE_TIE "in" LINE_TIE "a" LINE_TIE "row",
                 (unsigned long long)pair->longest);
    line_add_note(line, pair->errors, "error", "errors");
    line_add_note(line, pair->low_ttl, "low TTL", "low TTL");
    line_add_note(line, pair->at_end, "still open", "still open");
    line_add_note(line, pair->forgotten, "unclear", "unclear");
    line_add_note(line, pair->late, "late", "late");
    line_add_note(line, pair->duplicates, "duplicate", "duplicates");
    line_add_note(line, pair->reordered, "reordered", "reordered");
    line_add_note(line, pair->changed, "changed", "changed");
    line_add_note(line, pair->unsolicited, "unsolicited", "unsolicited");
    if (pair->replies > pair->answered)
        line_add_note(line, pair->replies, "reply", "replies");
    line_add_ttls(line, pair);
    if (!pair->programs && pair->program != ECHO_PROGRAM_NONE)
        line_add(line, "%s%s" LINE_TIE "ping", line->used > 0 ? ", " : "",
                 echo_program_names[pair->program]);
}

static void fill_pair(const void *context, size_t row, struct table_cells *cells)
{
    const struct list *list = context;
    size_t position = list->ranking->list[row].position;
    const struct echo_pair *pair = map_value_at(&list->pairs->map, position);
    struct line lines[TABLE_COLUMNS];
    for (size_t i = 0; i < TABLE_COLUMNS; i++)
        line_init(&lines[i]);
    line_add_hosts(&lines[0], map_key_at(&list->pairs->map, position));
    line_add_number(&lines[1], pair->sent);
    line_add_lost(&lines[2], pair);
    line_add_quantile(&lines[3], list, pair, 50);
    line_add_quantile(&lines[4], list, pair, 95);
    line_add_notes(&lines[5], pair);
    for (size_t i = 0; i < TABLE_COLUMNS; i++)
        table_cell_set(cells, i, &lines[i]);
}

static const struct table_column columns[] = {
    {.heading = NULL, .most = 42},
    {.heading = "sent", .right = true},
    {.heading = "lost", .right = true, .alarm = true},
    {.heading = "median", .right = true},
    {.heading = "95 %", .right = true},
    {.heading = "besides"},
};

static void print_pairs(struct page *page, const struct report *report,
                        const struct ranking *ranking)
{
    const struct list list = {&report->stories->echoes.pairs, ranking};
    bool all = report->config->verbosity > 0 || ranking->count <= PAIRS_SHOWN;
    struct table table = {.title = "ECHO",
                          .columns = columns,
                          .column_count = TABLE_COLUMNS,
                          .row_count = all ? ranking->count : PAIRS_SHOWN,
                          .fill = fill_pair,
                          .context = &list};
    table_print(page, &table);
    text_more(page, ranking->count - table.row_count);
}

void text_echo(struct page *page, const struct report *report)
{
    struct ranking ranking;
    if (ranking_init(&ranking, &report->stories->echoes.pairs.map, echo_pair_weight) != 0) {
        out_fail(page->out, ENOMEM);
        return;
    }
    if (ranking.count > 0)
        print_pairs(page, report, &ranking);
    ranking_fini(&ranking);
}
