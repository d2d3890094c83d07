/* FLOWS HIT and NOT TIED: what happened to each flow, in words a person acts on. */
#include <errno.h>
#include <inttypes.h>

#include "base/rank.h"
#include "report/names.h"
#include "report/phrase.h"
#include "report/probe_set.h"
#include "report/text.h"

enum { FLOWS_SHOWN = 10, FILE_COLUMNS = 32 };

/* A flow's errors of one kind: rows of hit.by that one sentence covers. */
struct telling {
    const struct report *report;
    const struct hit *hit;
    const struct hit_by *first;
    const struct phrase *phrase;
    uint64_t count;
    size_t reporters;
};

/* ---- pieces of a sentence -------------------------------------------------------------------- */

/* "frame 2", or, of several captures, "b.pcap frame 2": not broken over two lines */
static void line_add_frame(struct line *line, const struct report *report, uint16_t capture,
                           uint64_t frame)
{
    const char *name = report_capture_name(report, capture);
    if (report->inputs->count > 1 && name != NULL) {
        line_add_name(line, name, FILE_COLUMNS);
        line_add(line, LINE_TIE);
    }
    line_add(line, "frame" LINE_TIE "%" PRIu64, frame);
}

/* Rows with more to say than who and how often get a sentence each. */
static bool by_stands_alone(const struct hit_by *by)
{
    return by->has_mtu || by->has_gateway;
}

static bool by_same_story(const struct hit_by *a, const struct hit_by *b)
{
    return a == b || (a->family == b->family && a->type == b->type && a->code == b->code &&
                      !by_stands_alone(a) && !by_stands_alone(b));
}

static struct telling telling_of(const struct report *report, const struct hit *hit, size_t index)
{
    const struct hit_by *first = hit_by_at(hit, index);
    struct telling telling = {.report = report,
                              .hit = hit,
                              .first = first,
                              .phrase =
                                  phrase_get((enum family)first->family, first->type, first->code)};
    for (size_t i = index; i < hit->by_count; i++) {
        if (!by_same_story(first, hit_by_at(hit, i)))
            continue;
        telling.count += hit_by_at(hit, i)->count;
        telling.reporters++;
    }
    return telling;
}

/* Whether a sentence for a row before it has covered this one. */
static bool story_was_told(const struct hit *hit, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (by_same_story(hit_by_at(hit, i), hit_by_at(hit, index)))
            return true;
    return false;
}

/* "192.0.2.1", "3 hosts: 192.0.2.1, 192.0.2.2, 192.0.2.3" */
static void line_add_reporters(struct line *line, const struct telling *telling)
{
    const struct hit *hit = telling->hit;
    const char *between = "";
    if (telling->reporters > 1)
        line_add(line, "%zu hosts: ", telling->reporters);
    for (size_t i = 0; i < hit->by_count; i++) {
        if (!by_same_story(telling->first, hit_by_at(hit, i)))
            continue;
        line_add(line, "%s", between);
        line_add_addr(line, hit_by_at(hit, i)->reporter, (enum family)hit_by_at(hit, i)->family);
        between = ", ";
    }
}

/* "refused 5 times by 192.168.1.105" */
static void line_add_what(struct line *line, const struct telling *telling)
{
    const struct hit_by *first = telling->first;
    line_add(line, "%s", telling->phrase->what);
    if (telling->count > 1) {
        line_add(line, " ");
        line_add_count(line, telling->count, "time");
    }
    if (first->has_mtu && first->mtu == 0)
        line_add(line, ": MTU not told");
    else if (first->has_mtu)
        line_add(line, ": MTU %" PRIu32, first->mtu);
    line_add(line, "%s", phrase_who(telling->phrase, telling->reporters > 1));
    line_add_reporters(line, telling);
    if (!first->has_gateway)
        return;
    line_add(line, " to use gateway ");
    line_add_addr(line, first->gateway, (enum family)first->family);
}

/* One end of the flow that a translated packet was sent in. */
static void line_add_end(struct line *line, const struct flow_key *key, unsigned end)
{
    enum family family = (enum family)key->family;
    if (key->icmp == 0 && (key->port[0] | key->port[1]) != 0)
        line_add_endpoint(line, key->addr[end], family, key->port[end]);
    else
        line_add_addr(line, key->addr[end], family);
}

/* "; sent as 10.0.0.2:40000 > 198.51.100.2:53 and translated" */
static void line_add_translated(struct line *line, const struct hit *hit)
{
    const struct hit_verdict *verdict = &hit->verdict;
    if (verdict->kind != VERDICT_NAT || (verdict->has & VERDICT_HAS_FLOW) == 0)
        return;
    line_add(line, "; sent as ");
    line_add_end(line, &hit->flow.key, verdict->direction);
    line_add(line, " > ");
    line_add_end(line, &hit->flow.key, !verdict->direction);
    line_add(line, " and translated");
}

/* Why the packet is not named. */
static void line_add_doubt(struct line *line, const struct hit_verdict *verdict)
{
    if (verdict->kind == VERDICT_REVERSE)
        line_add(line, "; only the other direction of the flow is in the capture");
    if (verdict->kind != VERDICT_FLOW)
        return;
    line_add(line, "; packet not identified");
    if ((verdict->has & VERDICT_HAS_CANDIDATES) == 0)
        return;
    line_add(line, ", one of ");
    line_add_number(line, verdict->candidates);
}

/* Of a flow's first error: ", first after 0.3 ms (frame 2, about frame 1)". */
static void line_add_first(struct line *line, const struct telling *telling)
{
    const struct hit_verdict *verdict = &telling->hit->verdict;
    bool many = telling->count > 1, tied = (verdict->has & VERDICT_HAS_TRIGGER) != 0;
    if ((verdict->has & VERDICT_HAS_RTT) != 0) {
        line_add(line, many ? ", first after " : " after ");
        line_add_span(line, verdict->rtt_ns);
    }
    line_add(line, many && !tied ? " (first in" LINE_TIE : " (");
    line_add_frame(line, telling->report, telling->hit->capture, telling->hit->frame);
    if (tied && verdict->capture == telling->hit->capture) {
        line_add(line, "," LINE_TIE "about" LINE_TIE "frame" LINE_TIE "%" PRIu64,
                 (uint64_t)verdict->frame);
    } else if (tied) {
        line_add(line, ", about" LINE_TIE);
        line_add_frame(line, telling->report, verdict->capture, verdict->frame);
    }
    line_add_translated(line, telling->hit);
    line_add_doubt(line, verdict);
    line_add(line, ")");
}

/* Of further kinds of error: " (first in frame 17)". */
static void line_add_later(struct line *line, const struct telling *telling)
{
    line_add(line, telling->count > 1 ? " (first in" LINE_TIE : " (");
    line_add_frame(line, telling->report, telling->first->capture, telling->first->frame);
    line_add(line, ")");
}

/* ---- flows ----------------------------------------------------------------------------------- */

/* "UDP 192.168.1.114:40113 > 192.168.1.105:8000", "ICMP 10.0.0.1 > 10.0.0.2 echo request, id 7" */
static void line_add_flow(struct line *line, const struct headers *flow)
{
    char text[PROTO_NAME_SIZE];
    enum family family = (enum family)flow->family;
    const char *proto = proto_name(flow->proto, text, sizeof text);
    line_add(line, "%s%s ", proto == text ? "protocol " : "", proto);
    if ((flow->has & HAS_PORTS) != 0) {
        line_add_endpoint(line, flow->src, family, flow->src_port);
        line_add(line, " > ");
        line_add_endpoint(line, flow->dst, family, flow->dst_port);
        return;
    }
    line_add_addr(line, flow->src, family);
    line_add(line, " > ");
    line_add_addr(line, flow->dst, family);
    if ((flow->has & HAS_ICMP_TYPE) == 0)
        return;
    line_add(line, " ");
    line_add_type(line, flow->proto == PROTO_ICMP ? FAMILY_IPV4 : FAMILY_IPV6, flow->icmp_type,
                  flow->icmp_code);
    if ((flow->has & HAS_ICMP_ID) != 0)
        line_add(line, ", id %u", flow->icmp_id);
}

static void print_telling(struct page *page, const struct telling *telling)
{
    struct line line;
    line_init(&line);
    line_add_what(&line, telling);
    if (telling->first == &telling->hit->first_by)
        line_add_first(&line, telling);
    else
        line_add_later(&line, telling);
    page_text(page, 4, line.text);
}

/* What the sentences leave out. */
static void print_rest(struct page *page, const struct hit *hit)
{
    struct line line;
    if (hit->by_more > 0) {
        line_init(&line);
        line_add(&line, "and ");
        line_add_count(&line, hit->by_more, "error");
        line_add(&line, " from further hosts");
        page_text(page, 4, line.text);
    }
    if (hit->flow_id == 0 || hit->exact == 0 || hit->exact == hit->count)
        return;
    line_init(&line);
    line_add_number(&line, hit->exact);
    line_add(&line, " of ");
    line_add_count(&line, hit->count, "error");
    line_add(&line, " tied to %s packet%s", hit->exact == 1 ? "its" : "their",
             hit->exact == 1 ? "" : "s");
    page_text(page, 4, line.text);
}

static bool by_is_ttl(const struct hit_by *by)
{
    return by->type == (by->family == FAMILY_IPV4 ? 11 : 3) && by->code == 0;
}

/* A TTL that ran out is what a traceroute asks for. */
static bool hit_is_all_ttl(const struct hit *hit)
{
    bool all = hit->by_more == 0;
    for (size_t i = 0; i < hit->by_count; i++)
        all = all && by_is_ttl(hit_by_at(hit, i));
    return all;
}

/* "then kept sending: 4 more packets in 20 s, not answered" */
static void line_add_continued(struct line *line, const struct aftermath *after)
{
    line_add(line, "then kept sending: ");
    line_add_count(line, after->packets, "more packet");
    line_add(line, " in ");
    line_add_span(line, (int64_t)((uint64_t)after->last_ns - (uint64_t)after->since_ns));
    line_add(line, ", not answered");
}

/* What the sender did next; nothing where the capture does not tell. */
static void print_aftermath(struct page *page, const struct hit *hit)
{
    static const char *const closings[] = {[CLOSING_NONE] = "closed the connection",
                                           [CLOSING_FIN] = "closed the connection (FIN)",
                                           [CLOSING_RST] = "closed the connection (RST)",
                                           [CLOSING_PEER_RST] =
                                               "the other side closed the connection (RST)"};
    static const char *const words[AFTERMATHS] = {[AFTERMATH_ADAPTED] = "then sent smaller packets",
                                                  [AFTERMATH_RECOVERED] =
                                                      "then answered by the other side",
                                                  [AFTERMATH_STOPPED] = "then nothing more"};
    const struct aftermath *after = &hit->after;
    struct line line;
    line_init(&line);
    if (hit->flow.id == 0 || after->verdict == AFTERMATH_UNKNOWN ||
        (after->verdict == AFTERMATH_STOPPED && hit_is_all_ttl(hit)))
        return;
    if (after->verdict == AFTERMATH_CONTINUED)
        line_add_continued(&line, after);
    else if (after->verdict == AFTERMATH_IGNORED)
        line_add(&line, "ignored it: kept sending %" PRIu32 "-byte packets",
                 aftermath_ignored_length(after));
    else if (after->verdict == AFTERMATH_RESET)
        line_add(&line, "then %s", closings[after->closing]);
    else
        line_add(&line, "%s", words[after->verdict]);
    page_text(page, 4, line.text);
}

static void print_hit(struct page *page, const struct report *report, const struct hit *hit)
{
    struct line line;
    line_init(&line);
    line_add_flow(&line, &hit->quoted);
    page_text(page, 2, line.text);
    for (size_t i = 0; i < hit->by_count; i++) {
        if (story_was_told(hit, i))
            continue;
        struct telling telling = telling_of(report, hit, i);
        print_telling(page, &telling);
    }
    print_rest(page, hit);
    print_aftermath(page, hit);
}

/* The most errors first; flows of a traceroute come after all others. */
static uint64_t hit_weight(const void *value)
{
    const struct hit *hit = value;
    const uint64_t others_first = (uint64_t)1 << 63;
    return hit->count | (hit_is_all_ttl(hit) ? 0 : others_first);
}

/* What is listed of `map`, and what is not: probes are told by their path. */
struct listing {
    struct ranking ranking;
    struct probe_set probes;
    size_t shown, hidden, probing;
};

static bool listing_open(struct listing *listing, const struct report *report,
                         const struct map *map)
{
    *listing = (struct listing){.shown = 0};
    int failed = probe_set_init(&listing->probes, &report->stories->paths);
    return ranking_init(&listing->ranking, map, hit_weight) == 0 && failed == 0;
}

static void print_hidden(struct page *page, const struct listing *listing)
{
    struct line line;
    line_init(&line);
    line_add(&line, listing->shown > 0 ? "... and " : "");
    if (listing->hidden > 0) {
        line_add_number(&line, listing->hidden);
        line_add(&line, " more (-v lists them)");
    }
    if (listing->probing > 0) {
        line_add(&line, listing->hidden > 0 ? ", and " : "");
        line_add_count(&line, listing->probing, "flow");
        line_add(&line, " of %s: see PATHS",
                 listing->probing == 1 ? "a traceroute" : "traceroutes");
    }
    if (listing->hidden > 0 || listing->probing > 0)
        page_text(page, 2, line.text);
}

static void print_listing(struct page *page, const struct report *report, const struct map *map,
                          struct listing *listing)
{
    bool all = report->config->verbosity > 0;
    size_t most = FLOWS_SHOWN;
    for (size_t i = 0; i < listing->ranking.count; i++) {
        const struct hit *hit = map_value_at(map, listing->ranking.list[i].position);
        bool probe = !all && probe_set_has(&listing->probes, hit);
        listing->probing += probe;
        listing->hidden += !probe && !all && listing->shown >= most;
        if (probe || (!all && listing->shown >= most))
            continue;
        print_hit(page, report, hit);
        listing->shown++;
    }
    print_hidden(page, listing);
}

static void print_hits(struct page *page, const struct report *report, const struct map *map)
{
    struct listing listing;
    if (listing_open(&listing, report, map))
        print_listing(page, report, map, &listing);
    else
        out_fail(page->out, ENOMEM);
    ranking_fini(&listing.ranking);
    probe_set_fini(&listing.probes);
}

void text_flows(struct page *page, const struct report *report)
{
    if (report->hits->map.count == 0)
        return;
    page_section(page, "FLOWS HIT", NULL);
    print_hits(page, report, &report->hits->map);
}

/* ---- errors tied to no flow ------------------------------------------------------------------ */

void text_untied(struct page *page, const struct report *report)
{
    const struct tally *tally = report->tally;
    uint64_t unmatched = tally->verdicts[VERDICT_UNMATCHED];
    uint64_t about_errors = tally->about_errors;
    uint64_t unkeyed = tally->verdicts[VERDICT_UNKEYED] - about_errors;
    bool forgotten = tally->health.evicted_flows > 0 || tally->health.timed_out_flows > 0;
    uint64_t errors = unmatched + unkeyed + about_errors;
    if (errors == 0 && report->hits->untied.count == 0)
        return;

    struct line line;
    line_init(&line);
    if (errors == 0)
        line_add(&line, "translated packets that several hosts have sent alike");
    if (unmatched > 0) {
        line_add_count(&line, unmatched, "error");
        line_add(&line, " about %s in this capture%s", unmatched == 1 ? "a flow not" : "flows not",
                 forgotten ? " or no longer remembered" : "");
        uint64_t evicted = tally->anomalies[ANOMALY_FLOW_EVICTED].count;
        if (evicted > 0) {
            line_add(&line, " (");
            line_add_number(&line, evicted);
            line_add(&line, " about flows that gave way)");
        }
    }
    line_add(&line, unmatched > 0 && unkeyed > 0 ? "; " : "");
    if (unkeyed > 0) {
        line_add_count(&line, unkeyed, "error");
        line_add(&line, " with too little of the quoted packet to name its flow");
    }
    if (about_errors > 0) {
        line_add(&line, unmatched + unkeyed > 0 ? "; " : "");
        line_add_count(&line, about_errors, "error");
        line_add(&line, " about %s", about_errors == 1 ? "another error" : "other errors");
    }
    page_section(page, "NOT TIED", line.text);
    print_hits(page, report, &report->hits->untied);
}
