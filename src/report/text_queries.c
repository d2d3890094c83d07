/* QUERIES: what else was asked by ICMP, and the answers. */
#include <stdbool.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "report/line.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/query.h"

enum { PAIRS_SHOWN = 10, NAME_COLUMNS = 40 };

static bool query_has(const struct query *query, uint32_t bit)
{
    return (query->story.has & bit) != 0;
}

static void line_add_mask(struct line *line, const struct query *query)
{
    if (!query_has(query, QUERY_HAS_MASK))
        return;
    line_add(line, ": ");
    line_add_addr(line, query->mask, FAMILY_IPV4);
}

static void line_add_routers(struct line *line, const struct query *query)
{
    if (!query_has(query, QUERY_HAS_ROUTERS))
        return;
    line_add(line, ": ");
    line_add_count(line, query->router_count, "router");
    if (query_has(query, QUERY_HAS_ROUTER)) {
        line_add(line, query->router_count > 1 ? ", best " : ", ");
        line_add_addr(line, query->router, FAMILY_IPV4);
    }
    line_add(line, ", for ");
    line_add_span(line, (int64_t)query->lifetime_s * NS_PER_S);
}

static void line_add_code(struct line *line, const struct query *query)
{
    const char *name =
        icmp_code_get((enum family)query->story.family, query->type, query->code)->name;
    line_add(line, ": %s", name != NULL ? name : "unknown code");
}

static void line_add_probe(struct line *line, const struct query *query)
{
    if (query->code != 0 || !query_has(query, QUERY_HAS_PROBE)) {
        line_add_code(line, query);
        return;
    }
    line_add(line, ": interface %s", query->active ? "up" : "down");
    if (query->active)
        line_add(line, "%s%s%s", query->ipv4 ? ", IPv4" : "", query->ipv6 ? ", IPv6" : "",
                 !query->ipv4 && !query->ipv6 ? ", no IP" : "");
    if (query_has(query, QUERY_HAS_STATE))
        line_add(line, ", neighbor %s", icmp_probe_state_names[query->state % ICMP_PROBE_STATES]);
}

static void line_add_node(struct line *line, const struct query *query)
{
    if (query_has(query, QUERY_HAS_CODE) && query->code != 0) {
        line_add_code(line, query);
        return;
    }
    if (query_has(query, QUERY_HAS_NAME)) {
        char name[QUERY_NAME_SIZE + 1];
        size_t length = query->name_length < QUERY_NAME_SIZE ? query->name_length : QUERY_NAME_SIZE;
        for (size_t i = 0; i < length; i++)
            name[i] = query->name[i] != '\0' ? query->name[i] : '?';
        name[length] = '\0';
        line_add(line, ": ");
        line_add_name(line, name, NAME_COLUMNS);
    }
    if (query_has(query, QUERY_HAS_ADDRESSES)) {
        line_add(line, ": ");
        line_add_addr(line, query->addresses[0], (enum family)query->address_family);
        if (query->address_count > 1)
            line_add(line, " and %d more", query->address_count - 1);
    }
}

/* What was asked for, and how its answer is put. */
static const struct wording {
    const char *noun;
    void (*answer)(struct line *line, const struct query *query);
} wordings[QUERY_KINDS] = {
    [QUERY_INFORMATION] = {"its network", NULL},
    [QUERY_ADDRESS_MASK] = {"the address mask", line_add_mask},
    [QUERY_ROUTER_SOLICITATION] = {"routers", line_add_routers},
    [QUERY_DOMAIN_NAME] = {"its name", line_add_node},
    [QUERY_EXTENDED_ECHO] = {"an interface", line_add_probe},
    [QUERY_NODE_INFORMATION] = {"node information", line_add_node},
};

/* "192.0.2.1 asked 192.0.2.2 for the address mask, after 0.3 ms: 255.255.255.0" */
static void print_pair(struct page *page, const struct report *report, size_t position)
{
    const struct query_pair *pair = map_value_at(&report->stories->queries.pairs, position);
    const struct query *last = &pair->last;
    const struct wording *wording = &wordings[last->kind];
    enum family family = (enum family)last->story.family;
    struct line line;
    line_init(&line);
    line_add_addr(&line, last->story.src, family);
    line_add(&line, " asked ");
    line_add_addr(&line, last->story.dst, family);
    line_add(&line, " for %s", wording->noun);
    if (pair->requests > 1) {
        line_add(&line, " ");
        line_add_count(&line, pair->requests, "time");
    }
    if (pair->replies == 0) {
        line_add(&line, ": no answer%s", pair->unanswered == 0 ? " before the capture ends" : "");
        page_text(page, 2, line.text);
        return;
    }
    line_add(&line, ", ");
    if (pair->requests > pair->replies) {
        line_add_number(&line, pair->replies);
        line_add(&line, " answered, ");
    }
    line_add(&line, "RTT ");
    line_add_span(&line, pair->rtt_min_ns);
    if (pair->refused > 0 && pair->replies > 1) {
        line_add(&line, ", ");
        line_add_number(&line, pair->refused);
        line_add(&line, " refused");
    }
    if (wording->answer != NULL && pair->replies > 1)
        line_add(&line, ", last");
    if (wording->answer != NULL)
        wording->answer(&line, last);
    page_text(page, 2, line.text);
}

void text_queries(struct page *page, const struct report *report)
{
    text_list(page, report,
              &(struct text_list){.heading = "QUERIES",
                                  .map = &report->stories->queries.pairs,
                                  .weight = query_pair_weight,
                                  .shown = PAIRS_SHOWN,
                                  .print = print_pair});
}
