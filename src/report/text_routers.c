/* ROUTERS: who announces itself, and what. */
#include <string.h>

#include "base/timefmt.h"
#include "report/line.h"
#include "report/router_text.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "track/router.h"

enum { ROUTERS_SHOWN = 10, PREFIXES_SHOWN = 3 }; /* without -v */

static void line_add_seconds(struct line *line, uint32_t seconds)
{
    if (seconds == UINT32_MAX) /* RFC 4861 4.6.2 */
        line_add(line, "ever");
    else
        line_add_span(line, (int64_t)seconds * NS_PER_S);
}

/* "2001:db8::/64 for 1 d, preferred for 4 h" */
static void line_add_prefix(struct line *line, const struct router_prefix *prefix)
{
    char text[ROUTER_PREFIX_TEXT];
    line_add(line, "%s", router_prefix_format(&prefix->prefix, prefix->length, text, sizeof text));
    if (prefix->valid_s == 0) {
        line_add(line, " withdrawn");
        return;
    }
    line_add(line, " for ");
    line_add_seconds(line, prefix->valid_s);
    if (prefix->preferred_s == 0) {
        line_add(line, ", deprecated");
    } else if (prefix->preferred_s != prefix->valid_s) {
        line_add(line, ", preferred for ");
        line_add_seconds(line, prefix->preferred_s);
    }
}

static void line_add_prefixes(struct line *line, const struct router_says *says, bool all)
{
    size_t kept = router_kept(says->prefix_count, ROUTER_PREFIXES);
    size_t shown = all || kept < PREFIXES_SHOWN ? kept : PREFIXES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        line_add(line, "; ");
        line_add_prefix(line, &says->prefixes[i]);
    }
    if (shown >= says->prefix_count)
        return;
    line_add(line, "; and ");
    line_add_number(line, says->prefix_count - shown);
    line_add(line, " more");
}

static void line_add_role(struct line *line, const struct router *router)
{
    const struct router_says *says = &router->says;
    if (says->lifetime_s == 0) {
        line_add(line, router->served ? ": no default router any more" : ": no default router");
    } else {
        line_add(line, ": default router for ");
        line_add_seconds(line, says->lifetime_s);
    }
    if ((says->has & ROUTER_HAS_ND) != 0 && says->nd.preference != 0)
        line_add(line, ", %s preference", nd_preference_names[says->nd.preference & 3]);
}

static void line_add_servers(struct line *line, const struct router_says *says)
{
    for (size_t i = 0; i < router_kept(says->server_count, ROUTER_SERVERS); i++) {
        line_add(line, i == 0 ? "; DNS " : ", ");
        line_add_addr(line, says->servers[i], FAMILY_IPV6);
    }
}

static void line_add_changes(struct line *line, const struct router *router)
{
    if (router->changes != 0)
        line_add(line, "; changed ");
    line_add_bits(line, router->changes, router_change_names, ROUTER_CHANGES);
}

/* "fe80::1 at 02:00:00:00:00:01: default router for 30 min; 2001:db8::/64 for 1 d; MTU 1,500" */
static void print_router(struct page *page, const struct report *report, size_t position)
{
    const struct router *router = map_value_at(&report->stories->routers.map, position);
    const struct router_says *says = &router->says;
    char mac[ROUTER_MAC_TEXT];
    struct line line;
    line_init(&line);
    line_add_addr(&line, router->story.src, (enum family)router->story.family);
    if ((router->story.has & ROUTER_HAS_MAC) != 0)
        line_add(&line, " at %s", router_mac_format(router->mac, mac, sizeof mac));
    line_add_role(&line, router);
    line_add_prefixes(&line, says, report->config->verbosity > 0);
    if ((says->has & ROUTER_HAS_MTU) != 0) {
        line_add(&line, "; MTU ");
        line_add_number(&line, says->mtu);
    }
    line_add_servers(&line, says);
    line_add_changes(&line, router);
    line_add(&line, "; ");
    line_add_count(&line, router->seen.count, "advertisement");
    line_add_seen(&line, report, &router->seen);
    page_text(page, 2, line.text);
}

void text_routers(struct page *page, const struct report *report)
{
    text_list(page, report,
              &(struct text_list){.heading = "ROUTERS",
                                  .map = &report->stories->routers.map,
                                  .weight = router_weight,
                                  .shown = ROUTERS_SHOWN,
                                  .print = print_router});
}
