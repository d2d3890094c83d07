#include "track/router_says.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"

/* ---- reading --------------------------------------------------------------------------------- */

static void read_prefix(struct router_says *says, const struct nd_option *option)
{
    if (says->prefix_count < ROUTER_PREFIXES)
        says->prefixes[says->prefix_count] =
            (struct router_prefix){.prefix = option->of.prefix.prefix,
                                   .length = option->of.prefix.length,
                                   .on_link = option->of.prefix.on_link,
                                   .autonomous = option->of.prefix.autonomous,
                                   .valid_s = option->of.prefix.valid_s,
                                   .preferred_s = option->of.prefix.preferred_s};
    says->prefix_count++;
}

static void read_route(struct router_says *says, const struct nd_option *option)
{
    if (says->route_count < ROUTER_ROUTES)
        says->routes[says->route_count] =
            (struct router_route){.prefix = option->of.route.prefix,
                                  .length = option->of.route.length,
                                  .preference = option->of.route.preference,
                                  .lifetime_s = option->of.route.lifetime_s};
    says->route_count++;
}

static void read_servers(struct router_says *says, const struct nd_option *option,
                         const struct icmp_v6 *v6)
{
    const struct slice *entries = &option->of.list.entries;
    for (unsigned i = 0; i < entries->kept; i++) {
        if (says->server_count < ROUTER_SERVERS)
            says->servers[says->server_count] = v6->addresses[entries->at + i];
        says->server_count++;
    }
}

static void read_option(struct router_says *says, const struct nd_option *option,
                        const struct icmp_v6 *v6)
{
    if (!option->decoded)
        return;
    switch (option->type) {
    case ND_PREFIX:
        read_prefix(says, option);
        break;
    case ND_ROUTE:
        read_route(says, option);
        break;
    case ND_RDNSS:
        read_servers(says, option, v6);
        break;
    case ND_MTU:
        says->mtu = option->of.number;
        says->has |= ROUTER_HAS_MTU;
        break;
    default:
        break;
    }
}

static void read_v6(struct router_says *says, const struct icmp_v6 *v6)
{
    if ((v6->has & ICMP_V6_HAS_ROUTER) == 0)
        return;
    says->has |= ROUTER_HAS_ND | ROUTER_HAS_LIFETIME;
    says->nd = v6->of.router;
    says->lifetime_s = v6->of.router.lifetime_s;
    for (size_t i = 0; i < v6->entries_kept; i++)
        read_option(says, &v6->list.options[i], v6);
}

static void read_v4(struct router_says *says, const struct icmp_v4 *v4)
{
    if ((v4->has & ICMP_V4_HAS_ROUTERS) == 0)
        return;
    says->has |= ROUTER_HAS_LIFETIME;
    says->lifetime_s = v4->routers.lifetime_s;
    says->address_count = v4->routers.kept;
    memcpy(says->addresses, v4->routers.list, v4->routers.kept * sizeof says->addresses[0]);
}

void router_says_read(struct router_says *says, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    memset(says, 0, sizeof *says);
    if (icmp->family == FAMILY_IPV6)
        read_v6(says, &icmp->body.v6);
    else
        read_v4(says, &icmp->body.v4);
}

/* ---- two of one router ----------------------------------------------------------------------- */

static bool same_flags(const struct nd_router *a, const struct nd_router *b)
{
    return a->managed == b->managed && a->other_config == b->other_config;
}

static const struct router_prefix *prefix_find(const struct router_says *says,
                                               const struct router_prefix *wanted)
{
    for (size_t i = 0; i < router_kept(says->prefix_count, ROUTER_PREFIXES); i++)
        if (says->prefixes[i].length == wanted->length &&
            addr_equal(&says->prefixes[i].prefix, &wanted->prefix))
            return &says->prefixes[i];
    return NULL;
}

/* Lifetimes may count down in real time (RFC 4861 6.2.1). */
static bool counts_down(uint32_t before, uint32_t now, int64_t elapsed_ns)
{
    const int64_t slack_s = 3;
    return now < before && (int64_t)(before - now) <= elapsed_ns / NS_PER_S + slack_s;
}

static uint32_t prefix_changes(const struct router_says *before, const struct router_says *now,
                               int64_t elapsed_ns)
{
    uint32_t changes = 0;
    if (before->prefix_count != now->prefix_count)
        changes |= 1u << ROUTER_CHANGED_PREFIXES;
    for (size_t i = 0; i < router_kept(now->prefix_count, ROUTER_PREFIXES); i++) {
        const struct router_prefix *new = &now->prefixes[i], *old = prefix_find(before, new);
        if (old == NULL || old->on_link != new->on_link || old->autonomous != new->autonomous)
            changes |= 1u << ROUTER_CHANGED_PREFIXES;
        else if ((old->valid_s != new->valid_s &&
                  !counts_down(old->valid_s, new->valid_s, elapsed_ns)) ||
                 (old->preferred_s != new->preferred_s &&
                  !counts_down(old->preferred_s, new->preferred_s, elapsed_ns)))
            changes |= 1u << ROUTER_CHANGED_PREFIX_LIFETIMES;
    }
    return changes;
}

static bool same_routes(const struct router_says *a, const struct router_says *b)
{
    if (a->route_count != b->route_count)
        return false;
    for (size_t i = 0; i < router_kept(a->route_count, ROUTER_ROUTES); i++)
        if (a->routes[i].length != b->routes[i].length ||
            a->routes[i].preference != b->routes[i].preference ||
            !addr_equal(&a->routes[i].prefix, &b->routes[i].prefix))
            return false;
    return true;
}

static bool same_addresses(const struct router_says *a, const struct router_says *b)
{
    if (a->address_count != b->address_count)
        return false;
    for (size_t i = 0; i < a->address_count; i++)
        if (memcmp(a->addresses[i].address, b->addresses[i].address,
                   sizeof a->addresses[i].address) != 0 ||
            a->addresses[i].preference != b->addresses[i].preference)
            return false;
    return true;
}

static bool same_servers(const struct router_says *a, const struct router_says *b)
{
    size_t kept = router_kept(a->server_count, ROUTER_SERVERS);
    return a->server_count == b->server_count &&
           memcmp(a->servers, b->servers, kept * sizeof a->servers[0]) == 0;
}

uint32_t router_says_changes(const struct router_says *before, const struct router_says *now,
                             int64_t elapsed_ns)
{
    const struct nd_router *old = &before->nd, *new = &now->nd;
    bool same_mtu =
        (before->has & ROUTER_HAS_MTU) == (now->has & ROUTER_HAS_MTU) && before->mtu == now->mtu;
    bool same_timers =
        old->reachable_ms == new->reachable_ms && old->retransmit_ms == new->retransmit_ms;
    const struct {
        bool same;
        uint8_t change;
    } rows[] = {
        {before->lifetime_s == now->lifetime_s, ROUTER_CHANGED_LIFETIME},
        {old->preference == new->preference, ROUTER_CHANGED_PREFERENCE},
        {old->hop_limit == new->hop_limit, ROUTER_CHANGED_HOP_LIMIT},
        {same_flags(old, new), ROUTER_CHANGED_FLAGS},
        {same_timers, ROUTER_CHANGED_TIMERS},
        {same_mtu, ROUTER_CHANGED_MTU},
        {same_routes(before, now), ROUTER_CHANGED_ROUTES},
        {same_servers(before, now), ROUTER_CHANGED_DNS},
        {same_addresses(before, now), ROUTER_CHANGED_ADDRESSES},
    };
    uint32_t changes = prefix_changes(before, now, elapsed_ns);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        changes |= rows[i].same ? 0 : 1u << rows[i].change;
    return changes;
}

/* ---- two of two routers ---------------------------------------------------------------------- */

static bool is_withdrawn(const struct router_prefix *prefix)
{
    return prefix->valid_s == 0 || prefix->preferred_s == 0;
}

/* Whether lifetimes are so different that neither counting down nor rounding explains it. */
static bool far_apart(uint32_t a, uint32_t b)
{
    uint32_t more = a > b ? a : b, less = a > b ? b : a;
    return less < more / 2;
}

static uint32_t shared_prefix_disputes(const struct router_prefix *a, const struct router_prefix *b)
{
    uint32_t disputes = 0;
    if (is_withdrawn(a) || is_withdrawn(b))
        return 0;
    if (a->on_link != b->on_link || a->autonomous != b->autonomous)
        disputes |= ROUTER_DISPUTE_PREFIX_FLAGS;
    if (far_apart(a->valid_s, b->valid_s) || far_apart(a->preferred_s, b->preferred_s))
        disputes |= ROUTER_DISPUTE_PREFIX_LIFETIMES;
    return disputes;
}

static bool has_live_prefix(const struct router_says *says)
{
    for (size_t i = 0; i < router_kept(says->prefix_count, ROUTER_PREFIXES); i++)
        if (!is_withdrawn(&says->prefixes[i]))
            return true;
    return false;
}

static uint32_t prefix_disputes(const struct router_says *a, const struct router_says *b)
{
    uint32_t disputes = 0;
    bool shared = false;
    for (size_t i = 0; i < router_kept(a->prefix_count, ROUTER_PREFIXES); i++) {
        const struct router_prefix *other = prefix_find(b, &a->prefixes[i]);
        if (other == NULL)
            continue;
        shared = true;
        disputes |= shared_prefix_disputes(&a->prefixes[i], other);
    }
    if (!shared && has_live_prefix(a) && has_live_prefix(b))
        disputes |= ROUTER_DISPUTE_PREFIXES;
    return disputes;
}

static uint32_t mtu_of(const struct router_says *says)
{
    const uint32_t ethernet = 1500; /* RFC 2464 2 */
    return (says->has & ROUTER_HAS_MTU) != 0 ? says->mtu : ethernet;
}

/* RFC 4191 2.1: the reserved value is as good as none. */
static int preference_of(const struct router_says *says)
{
    static const int ranks[] = {[0] = 0, [1] = 1, [2] = 0, [3] = -1};
    return ranks[says->nd.preference & 3];
}

static bool outbids(const struct router_says *older, const struct router_says *newer)
{
    bool sets_mtu = (newer->has & ROUTER_HAS_MTU) != 0 && mtu_of(newer) != mtu_of(older);
    return sets_mtu || preference_of(newer) > preference_of(older);
}

uint32_t router_says_disputes(const struct router_says *older, const struct router_says *newer)
{
    uint32_t has = older->has & newer->has;
    if ((has & ROUTER_HAS_ND) == 0 || older->lifetime_s == 0 || newer->lifetime_s == 0)
        return 0;
    uint32_t disputes = prefix_disputes(older, newer);
    uint8_t hops = older->nd.hop_limit, other_hops = newer->nd.hop_limit;
    if ((disputes & ROUTER_DISPUTE_PREFIXES) != 0 && outbids(older, newer))
        disputes |= ROUTER_DISPUTE_OUTBIDS;
    if ((has & ROUTER_HAS_MTU) != 0 && older->mtu != newer->mtu)
        disputes |= ROUTER_DISPUTE_MTU;
    if (hops != 0 && other_hops != 0 && hops != other_hops)
        disputes |= ROUTER_DISPUTE_HOP_LIMIT;
    if (!same_flags(&older->nd, &newer->nd))
        disputes |= ROUTER_DISPUTE_FLAGS;
    return disputes;
}
