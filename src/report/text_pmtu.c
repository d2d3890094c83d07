/* PATH MTU: what is known of paths that are narrower than their senders thought. */
#include <inttypes.h>
#include <string.h>

#include "base/timefmt.h"
#include "report/line.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/pmtu.h"

enum { PATHS_SHOWN = 10 };

/* Joins clauses of one sentence. */
static void line_add_comma(struct line *line, size_t from)
{
    if (line->used > from)
        line_add(line, "; ");
}

/* "1400, told by 198.51.100.6 5 times" */
static void line_add_told(struct line *line, const struct pmtu_path *path, enum family family)
{
    const struct pmtu_change *now = pmtu_history_now(&path->history);
    if (now == NULL)
        return;
    line_add(line, "%" PRIu32, now->mtu);
    if (!now->told) {
        line_add(line, ", as a packet of that length arrived");
        return;
    }
    line_add(line, path->plateau ? " at most, by RFC 1191, as none was told by " : ", told by ");
    line_add_addr(line, now->reporter, family);
    if (path->history.invalid)
        line_add(line, ", which no sender can obey");
    if (path->errors == 1)
        return;
    line_add(line, path->history.count > 1 ? ", one of" LINE_TIE : LINE_TIE);
    line_add_number(line, path->errors);
    line_add(line, path->history.count > 1 ? LINE_TIE "errors" : LINE_TIE "times");
}

/* "1400 bytes pass, 1404 do not" */
static void line_add_bounds(struct line *line, const struct pmtu_path *path, size_t from)
{
    bool silent = path->flows[PMTU_BLACK_HOLE] > 0;
    if (path->passed == 0 && path->refused == 0)
        return;
    line_add_comma(line, from);
    line_add(line, path->swept ? "swept: " : "");
    if (path->passed != 0)
        line_add(line, "%" PRIu32 " bytes pass", path->passed);
    if (path->refused != 0 && path->passed != 0)
        line_add(line, ", %" PRIu32 LINE_TIE "do" LINE_TIE "not%s", path->refused,
                 silent ? ", and no error says so" : "");
    else if (path->refused != 0)
        line_add(line, "%" PRIu32 " bytes do not pass%s", path->refused,
                 silent ? ", and no error says so" : "");
}

static void line_add_flows(struct line *line, const struct pmtu_path *path, size_t from)
{
    if (path->flows[PMTU_ADAPTED] > 0) {
        line_add_comma(line, from);
        line_add_count(line, path->flows[PMTU_ADAPTED], "flow");
        line_add(line, " adapted %s", path->flows[PMTU_ADAPTED] > 1 ? "within " : "after ");
        line_add_span(line, path->adapted_ns);
    }
    if (path->flows[PMTU_IGNORED] > 0) {
        line_add_comma(line, from);
        line_add_count(line, path->flows[PMTU_IGNORED], "flow");
        line_add(line, " ignored it");
    }
}

/* "TCP MSS 1460 becomes 1360 on the way (at 192.0.2.1)" */
static void line_add_clamp(struct line *line, const struct pmtu_path *path, enum family family,
                           size_t from)
{
    if (path->mss_sent == 0)
        return;
    line_add_comma(line, from);
    line_add(line, "TCP MSS %u becomes %u on the way", path->mss_sent, path->mss_seen);
    if (!path->mss_has_hop)
        return;
    line_add(line, " (at ");
    line_add_addr(line, path->mss_hop, family);
    line_add(line, ")");
}

/* "over time: 1400 at 09:00:03, 1300 at 09:00:04 (203.0.113.253), 1500 at 09:10:04" */
static void print_changes(struct page *page, const struct pmtu_path *path, enum family family)
{
    enum { DATE_SIZE = sizeof "2026-11-20 " - 1 };
    const struct pmtu_history *history = &path->history;
    struct line line;
    if (history->kept < 2)
        return;
    line_init(&line);
    line_add(&line, "over time: ");
    for (size_t i = 0; i < history->kept; i++) {
        const struct pmtu_change *change = &history->list[i];
        char time[TIMEFMT_SIZE];
        timefmt_date(change->time_ns, time, sizeof time);
        if (i > 0)
            line_add(&line,
                     i + 1 == history->kept && history->count > history->kept ? ", ..., " : ", ");
        line_add(&line, "%" PRIu32 LINE_TIE "at" LINE_TIE "%s", change->mtu, time + DATE_SIZE);
        if (!change->told)
            continue;
        line_add(&line, LINE_TIE "(");
        line_add_addr(&line, change->reporter, family);
        line_add(&line, ")");
    }
    page_text(page, 4, line.text);
}

static void print_advice(struct page *page, const struct pmtu_path *path, enum family family)
{
    struct pmtu_advice advice;
    struct line line;
    line_init(&line);
    if (!pmtu_path_advise(&advice, path, family))
        return;
    line_add(&line, "-> MTU %" PRIu32 ": TCP MSS %" PRIu32 ", ping -s %" PRIu32 " or less",
             advice.mtu, advice.tcp_mss, advice.ping_payload);
    page_text(page, 4, line.text);
}

static void print_path(struct page *page, const struct report *report, size_t position)
{
    const struct map *paths = &report->stories->pmtus.paths;
    const struct pmtu_path_key *key = map_key_at(paths, position);
    const struct pmtu_path *path = map_value_at(paths, position);
    const enum family family = (enum family)key->family;
    struct line line;
    line_init(&line);
    line_add_addr(&line, key->src, family);
    line_add(&line, " > ");
    line_add_addr(&line, key->dst, family);
    line_add(&line, ": ");
    size_t from = line.used;
    line_add_told(&line, path, family);
    line_add_flows(&line, path, from);
    line_add_bounds(&line, path, from);
    line_add_clamp(&line, path, family, from);
    line_add_seen(&line, report, &path->seen);
    page_text(page, 2, line.text);
    print_changes(page, path, family);
    print_advice(page, path, family);
}

void text_pmtu(struct page *page, const struct report *report)
{
    text_list(page, report,
              &(struct text_list){.heading = "PATH MTU",
                                  .map = &report->stories->pmtus.paths,
                                  .weight = pmtu_path_weight,
                                  .shown = PATHS_SHOWN,
                                  .print = print_path});
}
