/* PATHS: traceroutes, drawn hop by hop, and packets that circle. */
#include <errno.h>
#include <inttypes.h>

#include "base/rank.h"
#include "report/line.h"
#include "report/names.h"
#include "report/phrase.h"
#include "report/text.h"
#include "track/path.h"

enum { PATHS_SHOWN = 5, TIMES_SHOWN = 3, LABELS_SHOWN = 3 };

/* A path that is being drawn. */
struct drawing {
    struct page *page;
    const struct report *report;
    const struct path *path;
    const struct hops *hops;
    size_t columns; /* that addresses need */
};

/* ---- one hop --------------------------------------------------------------------------------- */

/* "0.08", "12.3", "120": milliseconds, as finely as matters. */
static void line_add_ms(struct line *line, uint64_t us)
{
    int digits = us < 10000 ? 2 : us < 100000 ? 1 : 0;
    line_add(line, "%.*f", digits, (double)us / 1000);
}

static void line_add_times(struct line *line, const struct hop *hop)
{
    if (hop->timed == 0)
        return;
    if (hop->timed > TIMES_SHOWN) {
        line_add_ms(line, hop->min_us);
        line_add(line, " to ");
        line_add_ms(line, hop->max_us);
        line_add(line, " ms, mean ");
        line_add_ms(line, hop->sum_us / hop->timed);
        line_add(line, " of %" PRIu32, hop->timed);
        return;
    }
    for (size_t i = 0; i < hop->timed; i++) {
        line_add_ms(line, hop->rtt_us[i]);
        line_add(line, " ");
    }
    line_add(line, "ms");
}

static void line_add_labels(struct line *line, const struct hop *hop)
{
    if (hop->label_count == 0)
        return;
    line_add(line, ", MPLS");
    for (size_t i = 0; i < hop->label_count && i < LABELS_SHOWN; i++)
        line_add(line, " %" PRIu32, hop->labels[i].label);
    line_add(line, hop->label_count > LABELS_SHOWN ? " ..." : "");
}

static void line_add_interface(struct line *line, const struct hop_interface *interface)
{
    enum { NAME_COLUMNS = 24 };
    char name[HOP_NAME + 1] = {0};
    if (interface->has == 0)
        return;
    line_add(line, ", %s interface", extension_role_names[interface->role]);
    if ((interface->has & OBJECT_HAS_NAME) != 0) {
        for (size_t i = 0; i < interface->name_size; i++)
            name[i] = interface->name[i];
        line_add(line, " ");
        line_add_name(line, name, NAME_COLUMNS);
    } else if ((interface->has & OBJECT_HAS_INDEX) != 0) {
        line_add(line, " %" PRIu32, interface->index);
    }
}

static void line_add_remarks(const struct drawing *drawing, struct line *line,
                             const struct hop *hop)
{
    if (hop->answer == HOP_UNREACHABLE)
        line_add(line, ", %s",
                 phrase_get((enum family)drawing->path->story.family, hop->type, hop->code)->what);
    if (hop->nat)
        line_add(line, ", translated on the way");
    line_add_labels(line, hop);
    line_add_interface(line, &hop->interface);
}

static void line_add_lost(struct line *line, uint32_t lost)
{
    if (lost > 0)
        line_add(line, ", %" PRIu32 " lost", lost);
}

static size_t addr_columns(const struct hop *hop, enum family family)
{
    struct line line;
    line_init(&line);
    line_add_addr(&line, hop->ip, family);
    return line.used;
}

/* The TTL stands at the first of those that answered it. */
static void draw_hop(const struct drawing *drawing, size_t ttl, const struct hop *hop, bool first)
{
    const enum family family = (enum family)drawing->path->story.family;
    struct line line;
    line_init(&line);
    if (first)
        line_add(&line, "%2zu  ", ttl);
    else
        line_add(&line, LINE_TIE LINE_TIE LINE_TIE LINE_TIE);
    line_add_addr(&line, hop->ip, family);
    for (size_t i = addr_columns(hop, family); i < drawing->columns; i++)
        line_add(&line, " ");
    line_add(&line, "  ");
    line_add_times(&line, hop);
    if (first)
        line_add_lost(&line, path_lost(drawing->path, ttl));
    line_add_remarks(drawing, &line, hop);
    page_text(drawing->page, 4, line.text);
}

static void draw_silence(const struct drawing *drawing, size_t from, size_t to)
{
    uint32_t lost = 0;
    struct line line;
    line_init(&line);
    for (size_t ttl = from; ttl <= to; ttl++)
        lost += path_lost(drawing->path, ttl);
    line_add(&line, "%2zu  *", from);
    for (size_t i = 1; i < drawing->columns; i++)
        line_add(&line, " ");
    if (to > from)
        line_add(&line, "  and so on to %zu", to);
    line_add(&line, lost > 0 ? "  (%" PRIu32 " lost)" : "  (no answer seen)", lost);
    page_text(drawing->page, 4, line.text);
}

static void draw_ttl(const struct drawing *drawing, size_t ttl)
{
    bool first = true;
    for (const struct hop *hop = hops_get(drawing->hops, drawing->path->hops[ttl]); hop != NULL;
         hop = hops_get(drawing->hops, hop->next)) {
        draw_hop(drawing, ttl, hop, first);
        first = false;
    }
}

static bool is_silent(const struct path *path, size_t ttl)
{
    return path->hops[ttl] == 0 && path->sent[ttl] > 0;
}

/* Silent hops in a row are one line where nothing answers behind them, or they are many. */
static void draw_hops(const struct drawing *drawing)
{
    enum { FEW = 3 };
    const struct path *path = drawing->path;
    for (size_t ttl = 1; ttl <= path->end; ttl++) {
        size_t last = ttl;
        if (!is_silent(path, ttl)) {
            draw_ttl(drawing, ttl);
            continue;
        }
        while (last < path->end && is_silent(path, last + 1))
            last++;
        if (last < path->end && last - ttl < FEW)
            last = ttl;
        draw_silence(drawing, ttl, last);
        ttl = last;
    }
}

/* ---- the line above -------------------------------------------------------------------------- */

static void line_add_pair(struct line *line, const struct path *path)
{
    const enum family family = (enum family)path->story.family;
    line_add_addr(line, path->story.src, family);
    line_add(line, " > ");
    line_add_addr(line, path->story.dst, family);
    line_add(line, "   ");
}

static void line_add_proto(struct line *line, uint8_t proto)
{
    char text[PROTO_NAME_SIZE];
    const char *name = proto_name(proto, text, sizeof text);
    line_add(line, "%s%s", name == text ? "protocol " : "", name);
}

/* "(frames 20 to 51)"; of several captures their names would be too long. */
static void line_add_frames(struct line *line, const struct drawing *drawing)
{
    const struct path *path = drawing->path;
    if (drawing->report->inputs->count > 1)
        return;
    if (path->first.frame == path->last.frame)
        return line_add(line, " (frame" LINE_TIE "%" PRIu64 ")", (uint64_t)path->first.frame);
    line_add(line, " (frames" LINE_TIE "%" PRIu64 " to" LINE_TIE "%" PRIu64 ")",
             (uint64_t)path->first.frame, (uint64_t)path->last.frame);
}

static void line_add_end(struct line *line, const struct path *path)
{
    if (path->reached)
        line_add(line, ", %u hop%s, reached", path->destination_ttl,
                 path->destination_ttl == 1 ? "" : "s");
    else
        line_add(line, ", not reached");
    if (path->loop)
        line_add(line, ", packets circle");
    if (path->rounds > 1)
        line_add(line, ", %" PRIu32 " rounds", path->rounds);
}

static void draw_trace(const struct drawing *drawing)
{
    static const char *const methods[PATH_METHODS] = {
        [PATH_UDP] = "UDP", [PATH_TCP] = "TCP", [PATH_ICMP] = "ICMP", [PATH_OTHER] = ""};
    static const char *const styles[PATH_STYLES] = {
        [PATH_STYLE_PARIS] = " (one flow)", [PATH_STYLE_MULTIPATH] = " (several flows)"};
    const struct path *path = drawing->path;
    struct line line;
    line_init(&line);
    line_add_pair(&line, path);
    line_add(&line, "traceroute, %s%s", methods[path->method],
             styles[path->style] != NULL ? styles[path->style] : "");
    line_add_end(&line, path);
    line_add_frames(&line, drawing);
    page_text(drawing->page, 2, line.text);
    draw_hops(drawing);
}

/* ---- packets that circle --------------------------------------------------------------------- */

static void draw_reporter(const struct drawing *drawing, const struct hop *hop)
{
    struct line line;
    line_init(&line);
    line_add_addr(&line, hop->ip, (enum family)drawing->path->story.family);
    line_add(&line, "  ");
    line_add_count(&line, hop->answers, "packet");
    line_add(&line, " ran out of TTL here, captured with %u", hop->ttl);
    line_add(&line, "%s", hop->timed > 0 ? ", after " : "");
    line_add_times(&line, hop);
    page_text(drawing->page, 4, line.text);
}

static void draw_reporters(const struct drawing *drawing, size_t *room)
{
    for (size_t place = 0; place <= PATH_TTLS; place++)
        for (const struct hop *hop = hops_get(drawing->hops, drawing->path->hops[place]);
             hop != NULL; hop = hops_get(drawing->hops, hop->next)) {
            if (*room == 0)
                return page_text(drawing->page, 4, "... and others");
            draw_reporter(drawing, hop);
            *room -= 1;
        }
}

static void draw_loop(const struct drawing *drawing)
{
    enum { REPORTERS_SHOWN = 8 };
    const struct path *path = drawing->path;
    size_t room = REPORTERS_SHOWN;
    struct line line;
    line_init(&line);
    line_add_pair(&line, path);
    line_add_proto(&line, path->proto);
    line_add(&line, ", packets circle until their TTL is used up");
    line_add_frames(&line, drawing);
    page_text(drawing->page, 2, line.text);
    if (path->passes > 1) {
        line_init(&line);
        line_add(&line, "one was captured at least %" PRIu32 " times, with a lower TTL each time",
                 path->passes);
        page_text(drawing->page, 4, line.text);
    }
    draw_reporters(drawing, &room);
}

/* ---- the section ----------------------------------------------------------------------------- */

static size_t columns_of(const struct path *path, const struct hops *hops)
{
    size_t most = 1;
    for (size_t ttl = 1; ttl <= path->end; ttl++)
        for (const struct hop *hop = hops_get(hops, path->hops[ttl]); hop != NULL;
             hop = hops_get(hops, hop->next)) {
            size_t columns = addr_columns(hop, (enum family)path->story.family);
            most = columns > most ? columns : most;
        }
    return most;
}

static void draw_path(struct page *page, const struct report *report, const struct path *path)
{
    const struct hops *hops = &report->stories->paths.hops;
    const struct drawing drawing = {page, report, path, hops, columns_of(path, hops)};
    if (path->ordinary)
        draw_loop(&drawing);
    else
        draw_trace(&drawing);
}

static void draw_rest(struct page *page, uint64_t hidden, uint64_t more)
{
    struct line line;
    line_init(&line);
    if (hidden + more == 0)
        return;
    line_add(&line, "... and ");
    line_add_number(&line, hidden + more);
    line_add(&line, hidden > 0 ? " more (-v lists %s)" : " more%s",
             hidden == 0 ? " that were not kept"
             : more > 0  ? "some of them"
                         : "them");
    page_text(page, 2, line.text);
}

static void draw_paths(struct page *page, const struct report *report,
                       const struct ranking *ranking)
{
    const struct paths *paths = &report->stories->paths;
    bool all = report->config->verbosity > 0 || ranking->count <= PATHS_SHOWN;
    size_t shown = all ? ranking->count : PATHS_SHOWN;
    page_section(page, "PATHS", NULL);
    for (size_t i = 0; i < shown; i++)
        draw_path(page, report, map_value_at(&paths->kept, ranking->list[i].position));
    draw_rest(page, ranking->count - shown, paths->more);
}

void text_paths(struct page *page, const struct report *report)
{
    struct ranking ranking;
    if (ranking_init(&ranking, &report->stories->paths.kept, path_weight) != 0) {
        out_fail(page->out, ENOMEM);
        return;
    }
    if (ranking.count > 0)
        draw_paths(page, report, &ranking);
    ranking_fini(&ranking);
}
