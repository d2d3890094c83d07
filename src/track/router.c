/* Routers of one link that contradict each other are told when both have repeated it: while a
 * network is renumbered, they do not all change at once. */
#include "track/router.h"

#include <stddef.h>
#include <string.h>

#include "base/room.h"
#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/link_neighbors.h"
#include "track/router_says.h"

enum { IPV4_ROUTER_ADVERTISEMENT = 9, LINKTYPE_SLL2 = 276 };

const char *const router_change_names[ROUTER_CHANGES] = {
    [ROUTER_CHANGED_LIFETIME] = "lifetime",
    [ROUTER_CHANGED_PREFERENCE] = "preference",
    [ROUTER_CHANGED_HOP_LIMIT] = "hop_limit",
    [ROUTER_CHANGED_FLAGS] = "flags",
    [ROUTER_CHANGED_TIMERS] = "timers",
    [ROUTER_CHANGED_MTU] = "mtu",
    [ROUTER_CHANGED_PREFIXES] = "prefixes",
    [ROUTER_CHANGED_PREFIX_LIFETIMES] = "prefix_lifetimes",
    [ROUTER_CHANGED_ROUTES] = "routes",
    [ROUTER_CHANGED_DNS] = "dns",
    [ROUTER_CHANGED_ADDRESSES] = "addresses",
};

struct router_key {
    uint32_t link, family;
    struct addr addr;
    uint8_t mac[MAC_SIZE], zero[2];
};

/* Positions in routers.map, in the order of their coming. */
struct router_link {
    uint32_t count;
    uint32_t routers[ROUTERS_OF_LINK];
};

struct dispute_key {
    uint32_t older, newer; /* positions in routers.map */
};

/* Bits of `sides`: who has repeated it since it began. */
enum { SIDE_OLDER = 1, SIDE_NEWER = 2, BOTH_SIDES = SIDE_OLDER | SIDE_NEWER };

struct dispute {
    uint8_t sides;
    bool told;
    struct sightings seen; /* until it is told */
};

/* ---- tables ---------------------------------------------------------------------------------- */

static void table_init(struct map *map, size_t key_size, size_t value_size, size_t max,
                       const uint64_t *seed)
{
    map_init(map, &(struct map_config){.key_size = key_size,
                                       .value_size = value_size,
                                       .max = max,
                                       .seed = {seed[0], seed[1]}});
}

static void routers_init(void *self, const struct track *track)
{
    struct routers *routers = self;
    const uint64_t *seed = track->seed;
    *routers = (struct routers){.track = track};
    table_init(&routers->map, sizeof(struct router_key), sizeof(struct router), ROUTERS_MAX, seed);
    table_init(&routers->links, sizeof(uint32_t), sizeof(struct router_link), ROUTER_LINKS_MAX,
               seed);
    table_init(&routers->disputes, sizeof(struct dispute_key), sizeof(struct dispute),
               ROUTER_DISPUTES_MAX, seed);
}

static void routers_fini(void *self)
{
    struct routers *routers = self;
    map_fini(&routers->map);
    map_fini(&routers->links);
    map_fini(&routers->disputes);
}

static size_t routers_limit(void *self, double part)
{
    struct routers *routers = self;
    map_limit(&routers->map, (size_t)(part * ROUTERS_MAX));
    map_limit(&routers->links, (size_t)(part * ROUTER_LINKS_MAX));
    map_limit(&routers->disputes, (size_t)(part * ROUTER_DISPUTES_MAX));
    return map_memory(&routers->map.config) + map_memory(&routers->links.config) +
           map_memory(&routers->disputes.config);
}

static uint64_t routers_lost(const void *self)
{
    const struct routers *routers = self;
    return routers->map.refused + routers->links.refused + routers->disputes.refused +
           routers->crowded;
}

uint64_t router_weight(const void *value)
{
    return ((const struct router *)value)->seen.count;
}

/* ---- a router -------------------------------------------------------------------------------- */

static struct router *router_open(struct routers *routers, const struct packet *packet, bool *fresh)
{
    struct router_key key;
    memset(&key, 0, sizeof key);
    key.link = link_of(packet);
    key.family = packet->icmp->family;
    key.addr = packet->ip.src;
    if ((packet->mac_has & MAC_HAS_SRC) != 0)
        memcpy(key.mac, packet->macs + MAC_SRC, MAC_SIZE);
    struct router *router = map_add(&routers->map, &key, fresh);
    if (router == NULL || !*fresh)
        return router;
    router->story =
        (struct story){.family = packet->icmp->family, .has = STORY_HAS_SRC, .src = packet->ip.src};
    router->link = key.link;
    memcpy(router->mac, key.mac, MAC_SIZE);
    return router;
}

static void router_update(struct router *router, const struct router_says *says,
                          const struct packet *packet)
{
    if (router->seen.count > 0) {
        int64_t elapsed_ns = time_between(router->seen.last_ns, packet->time_ns);
        uint32_t changes = router_says_changes(&router->says, says, elapsed_ns);
        router->changes |= changes;
        router->change_count += changes != 0;
        if (changes != 0)
            router->changed_ns = packet->time_ns;
    }
    router->says = *says;
    router->served |= says->lifetime_s > 0;
    sightings_add(&router->seen, packet);
}

/* The routers of its link, with this one, which may be new there. */
static struct router_link *link_open(struct routers *routers, const struct router *router,
                                     bool fresh)
{
    struct router_link *link = map_add(&routers->links, &router->link, NULL);
    if (link == NULL || !fresh)
        return link;
    if (link->count < ROUTERS_OF_LINK)
        link->routers[link->count++] = (uint32_t)(routers->map.count - 1);
    else
        routers->crowded++;
    return link;
}

/* ---- those that contradict each other -------------------------------------------------------- */

static struct finding_about rogue_about(const struct router *rogue, const struct router *other)
{
    return (struct finding_about){
        .src = rogue->story.src, .reporter = other->story.src, .family = FAMILY_IPV6};
}

static void rogue_severity(struct finding *finding, uint8_t severity)
{
    if (finding != NULL && (finding->value == 0 || finding->severity < severity)) {
        finding->severity = severity;
        finding->value = 1;
    }
}

static void dispute_tell(struct routers *routers, struct dispute *dispute,
                         const struct finding_about *about, uint32_t bits)
{
    struct finding *finding =
        findings_add_seen(routers->track->findings, FINDING_ROGUE_ROUTER, about, &dispute->seen);
    rogue_severity(finding, (bits & ROUTER_DISPUTE_GRAVE) != 0 ? SEVERITY_MEDIUM : SEVERITY_LOW);
    memset(&dispute->seen, 0, sizeof dispute->seen);
    dispute->told = true;
}

/* `speaker`, which is one of the two, has just said something. */
static void dispute_see(struct routers *routers, const struct dispute_key *key,
                        const struct router *speaker, const struct packet *packet)
{
    const struct router *older = map_value_at(&routers->map, key->older);
    const struct router *newer = map_value_at(&routers->map, key->newer);
    const struct router *silent = speaker == older ? newer : older;
    uint32_t bits = router_says_disputes(&older->says, &newer->says);
    struct dispute *dispute = map_get(&routers->disputes, key);
    if (bits == 0) {
        if (dispute != NULL)
            memset(dispute, 0, sizeof *dispute);
        return;
    }
    dispute = map_add(&routers->disputes, key, NULL);
    if (dispute == NULL)
        return;
    if (dispute->sides == 0)
        sightings_add_witness(&dispute->seen, silent->seen.frames[silent->seen.frame_count - 1]);
    sightings_add(&dispute->seen, packet);
    dispute->sides |= speaker == older ? SIDE_OLDER : SIDE_NEWER;
    const struct finding_about about = rogue_about(newer, older);
    if (dispute->told || dispute->sides == BOTH_SIDES)
        dispute_tell(routers, dispute, &about, bits);
}

/* A lifetime of 0 makes hosts forget a router. From a MAC address that never had another one in the
 * router's name, it is not the router that leaves. */
static void dismissal_see(struct routers *routers, const struct router *speaker,
                          const struct router *other, const struct packet *packet)
{
    if (speaker->says.lifetime_s > 0 || speaker->served || !other->served ||
        !addr_equal(&speaker->story.src, &other->story.src) || link_mac_is_shared(speaker->mac) ||
        link_mac_is_shared(other->mac))
        return;
    const struct finding_about about = rogue_about(speaker, other);
    struct sightings seen = {0};
    sightings_add_witness(&seen, other->seen.frames[0]);
    sightings_add(&seen, packet);
    rogue_severity(findings_add_seen(routers->track->findings, FINDING_ROGUE_ROUTER, &about, &seen),
                   SEVERITY_MEDIUM);
}

/* Captures on several interfaces that do not say which each packet is of, show no link. */
static bool shows_link(const struct packet *packet)
{
    return (packet->mac_has & MAC_HAS_DST) != 0 || packet->link_type == LINKTYPE_SLL2;
}

static void link_see(struct routers *routers, const struct router_link *link,
                     const struct router *speaker, const struct packet *packet)
{
    size_t at = 0;
    while (at < link->count && map_value_at(&routers->map, link->routers[at]) != speaker)
        at++;
    if (at == link->count)
        return;
    for (size_t i = 0; i < link->count; i++) {
        if (i == at)
            continue;
        const struct router *other = map_value_at(&routers->map, link->routers[i]);
        const struct dispute_key key = {link->routers[i < at ? i : at],
                                        link->routers[i < at ? at : i]};
        if (other->story.family != FAMILY_IPV6)
            continue;
        if (!addr_equal(&other->story.src, &speaker->story.src))
            dispute_see(routers, &key, speaker, packet);
        dismissal_see(routers, speaker, other, packet);
    }
}

/* ---- as a tracker ---------------------------------------------------------------------------- */

static bool is_advertisement(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    if (icmp->family == FAMILY_IPV6)
        return icmp->type == ND_ROUTER_ADVERTISEMENT && link_is_valid_discovery(packet) &&
               link_addr_is_local(&packet->ip.src) && (icmp->body.v6.has & ICMP_V6_HAS_ROUTER) != 0;
    return icmp->type == IPV4_ROUTER_ADVERTISEMENT && icmp->checksum != CHECKSUM_BAD &&
           (icmp->body.v4.has & ICMP_V4_HAS_ROUTERS) != 0;
}

static void routers_message(void *self, const struct sight *sight)
{
    struct routers *routers = self;
    const struct packet *packet = sight->packet;
    bool fresh;
    if (!is_advertisement(packet))
        return;
    struct router *router = router_open(routers, packet, &fresh);
    if (router == NULL)
        return;
    struct router_says says;
    router_says_read(&says, packet);
    router_update(router, &says, packet);
    const struct router_link *link = link_open(routers, router, fresh);
    if (link != NULL && router->story.family == FAMILY_IPV6 && shows_link(packet))
        link_see(routers, link, router, packet);
}

static void router_settle(struct router *router)
{
    static const uint8_t none[MAC_SIZE];
    router->story.has = STORY_HAS_SRC | router->says.has;
    if (!link_mac_equal(router->mac, none))
        router->story.has |= ROUTER_HAS_MAC;
    if (router->change_count > 0)
        router->story.has |= ROUTER_HAS_CHANGES;
}

/* While it runs, that a router goes on to say the same is no news. */
static bool router_is_news(const struct router *router, bool at_end)
{
    return router->told_count == 0 || router->told_changes != router->change_count ||
           router->told_has != router->story.has ||
           (at_end && router->told_count != router->seen.count);
}

static void router_tell(const struct track *track, struct router *router)
{
    router->told_count = router->seen.count;
    router->told_changes = router->change_count;
    router->told_has = router->story.has;
    track->emit(track->context, &(struct event){.type = EVENT_ROUTER,
                                                .capture = (uint16_t)router->seen.frames[0].capture,
                                                .frame = router->seen.frames[0].frame,
                                                .time_ns = router->seen.first_ns,
                                                .story = &router->story});
}

static void routers_tell(struct routers *routers, bool at_end)
{
    for (size_t i = 0; i < routers->map.count; i++) {
        struct router *router = map_value_at(&routers->map, i);
        router_settle(router);
        if (router_is_news(router, at_end))
            router_tell(routers->track, router);
    }
}

/* An advertisement comes each half an hour at least (RFC 4861 6.2.1), and is good for 18 hours at
 * most: a day later a router is no more. */
static const int64_t router_day_ns = (int64_t)24 * 3600 * NS_PER_S;

struct routers_leaving {
    struct routers *routers;
    int64_t until_ns;
};

static bool router_leaves(void *context, const void *key, void *value)
{
    const struct routers_leaving *leaving = context;
    (void)key;
    return ((const struct router *)value)->seen.last_ns <= leaving->until_ns;
}

static bool any_leaves(void *context, const void *key, void *value)
{
    (void)context, (void)key, (void)value;
    return true;
}

/* Who is where is noted anew, in the same order; what they contradict each other in shows again
 * with what they say next. */
static void routers_leave(struct routers *routers, int64_t until_ns)
{
    struct routers_leaving leaving = {routers, until_ns};
    routers->crowded += map_prune(&routers->map, router_leaves, &leaving);
    map_prune(&routers->disputes, any_leaves, NULL);
    map_prune(&routers->links, any_leaves, NULL);
    for (size_t i = 0; i < routers->map.count; i++) {
        const struct router *router = map_value_at(&routers->map, i);
        struct router_link *link = map_add(&routers->links, &router->link, NULL);
        if (link != NULL && link->count < ROUTERS_OF_LINK)
            link->routers[link->count++] = (uint32_t)i;
    }
}

static void routers_make_room(void *self, int64_t now_ns)
{
    struct routers *routers = self;
    const size_t last_at = offsetof(struct router, seen.last_ns);
    int64_t until_ns = now_ns - router_day_ns;
    bool past = false;
    for (size_t i = 0; i < routers->map.count && !past; i++)
        past = router_leaves(&(struct routers_leaving){routers, until_ns}, NULL,
                             map_value_at(&routers->map, i));
    bool short_of_room = room_is_short(&routers->map) || room_is_short(&routers->links) ||
                         room_is_short(&routers->disputes);
    if (!past && !short_of_room)
        return;
    routers_tell(routers, true);
    routers_leave(routers, past ? until_ns : room_half(&routers->map, last_at));
}

static void routers_review(void *self, int64_t now_ns)
{
    (void)now_ns;
    routers_tell(self, false);
}

static void routers_finish(void *self, int64_t now_ns)
{
    (void)now_ns;
    routers_tell(self, true);
}

const struct tracker tracker_router = {
    .init = routers_init,
    .fini = routers_fini,
    .limit = routers_limit,
    .messages = TRACKER_PLAIN,
    .message = routers_message,
    .make_room = routers_make_room,
    .review = routers_review,
    .finish = routers_finish,
    .lost = routers_lost,
};
