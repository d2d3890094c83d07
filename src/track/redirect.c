/* A redirect is known by what it says; what the host does about it by its later packets to the
 * destination: the MAC address that they are sent to is that of the new gateway, or still that of
 * the one before. So it needs captures with link-layer addresses; without them, only that redirects
 * go on tells something. */
#include "track/redirect.h"

#include <string.h>

#include "base/room.h"
#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/redirect_doubt.h"
#include "track/redirect_hop.h"
#include "track/redirect_room.h"

enum {
    IPV4_REDIRECT = 5,
    IPV4_MASK_REPLY = 18,
    GRACE_NS = 100 * NS_PER_MS, /* what was on its way when the redirect came */
    IGNORED_NS = NS_PER_S, /* hosts need a moment: Linux to find the new gateway's MAC address */
    IGNORED_PACKETS = 2,
};

const char *const redirect_outcome_names[REDIRECT_OUTCOMES] = {
    [REDIRECT_UNKNOWN] = "unknown",
    [REDIRECT_OBEYED] = "obeyed",
    [REDIRECT_IGNORED] = "ignored",
};

const char *const redirect_reason_names[REDIRECT_REASONS] = {
    [REDIRECT_GATEWAY_NOT_ON_SUBNET] = "gateway_not_on_subnet",
    [REDIRECT_GATEWAY_ELSEWHERE] = "gateway_elsewhere",
    [REDIRECT_GATEWAY_NOT_LINK_LOCAL] = "gateway_not_link_local",
    [REDIRECT_GATEWAY_NOT_UNICAST] = "gateway_not_unicast",
    [REDIRECT_GATEWAY_IS_HOST] = "gateway_is_host",
    [REDIRECT_GATEWAY_IS_REPORTER] = "gateway_is_reporter",
    [REDIRECT_REPORTER_NOT_GATEWAY] = "reporter_not_gateway",
    [REDIRECT_REPORTER_MAC_DIFFERS] = "reporter_mac_differs",
    [REDIRECT_HOP_LIMIT_NOT_255] = "hop_limit_not_255",
    [REDIRECT_SOURCE_NOT_LINK_LOCAL] = "source_not_link_local",
    [REDIRECT_CODE_NOT_0] = "code_not_0",
    [REDIRECT_DESTINATION_MULTICAST] = "destination_multicast",
};

/* `gateway` is mixed, as a key holds so much and no more. */
struct redirect_key {
    uint32_t link, gateway;
    uint16_t family, code;
    struct addr host, dst, reporter;
};

/* ---- tables ---------------------------------------------------------------------------------- */

static void redirects_init(void *self, const struct track *track)
{
    struct redirects *redirects = self;
    const uint64_t *seed = track->seed;
    *redirects = (struct redirects){.track = track};
    map_init(&redirects->map, &(struct map_config){.key_size = sizeof(struct redirect_key),
                                                   .value_size = sizeof(struct redirect),
                                                   .max = REDIRECTS_MAX,
                                                   .seed = {seed[0], seed[1]}});
    map_init(&redirects->current, &(struct map_config){.key_size = sizeof(struct redirect_pair),
                                                       .value_size = sizeof(uint32_t),
                                                       .max = REDIRECTS_MAX,
                                                       .seed = {seed[0], seed[1]}});
    map_init(&redirects->masks, &(struct map_config){.key_size = sizeof(struct redirect_mask_key),
                                                     .value_size = sizeof(uint32_t),
                                                     .max = REDIRECT_MASKS_MAX,
                                                     .seed = {seed[0], seed[1]}});
    cache_init(&redirects->hops, &(struct cache_config){.key_size = sizeof(struct redirect_hop_key),
                                                        .value_size = sizeof(struct redirect_hop),
                                                        .max = REDIRECT_HOPS_MAX,
                                                        .seed = {seed[0], seed[1]}});
    link_neighbors_init(&redirects->neighbors, seed);
}

static void redirects_fini(void *self)
{
    struct redirects *redirects = self;
    map_fini(&redirects->map);
    map_fini(&redirects->current);
    map_fini(&redirects->masks);
    cache_fini(&redirects->hops);
    link_neighbors_fini(&redirects->neighbors);
}

static size_t redirects_limit(void *self, double part)
{
    struct redirects *redirects = self;
    map_limit(&redirects->map, (size_t)(part * REDIRECTS_MAX));
    map_limit(&redirects->current, (size_t)(part * REDIRECTS_MAX));
    map_limit(&redirects->masks, (size_t)(part * REDIRECT_MASKS_MAX));
    cache_limit(&redirects->hops, (size_t)(part * REDIRECT_HOPS_MAX));
    return map_memory(&redirects->map.config) + map_memory(&redirects->current.config) +
           map_memory(&redirects->masks.config) + cache_memory(&redirects->hops.config) +
           link_neighbors_limit(&redirects->neighbors, part);
}

static uint64_t redirects_lost(const void *self)
{
    const struct redirects *redirects = self;
    return redirects->left + redirects->map.refused + redirects->current.refused +
           redirects->masks.refused + redirects->hops.evicted + redirects->neighbors.cache.evicted;
}

uint64_t redirect_weight(const void *value)
{
    return ((const struct redirect *)value)->seen.count;
}

/* ---- what the host does ---------------------------------------------------------------------- */

static const uint8_t *gateway_mac(const struct redirects *redirects,
                                  const struct redirect *redirect)
{
    if (redirect->has_gateway_mac)
        return redirect->gateway_mac;
    return link_neighbors_get(&redirects->neighbors, redirect->link, &redirect->gateway,
                              (enum family)redirect->story.family);
}

enum way { WAY_UNKNOWN, WAY_OLD, WAY_NEW };

/* Where the old gateway is not known from before, who redirected is taken for it; but not where
 * that is in doubt. */
static enum way way_of(const struct redirects *redirects, const struct redirect *redirect,
                       const uint8_t *to)
{
    const uint8_t *wanted = gateway_mac(redirects, redirect);
    bool is_new = wanted != NULL && link_mac_equal(to, wanted);
    if (redirect->old_tail != 0) {
        if (packet_mac_tail(to) == redirect->old_tail)
            return WAY_OLD;
        return is_new || wanted == NULL ? WAY_NEW : WAY_UNKNOWN;
    }
    if (link_mac_equal(to, redirect->reporter_mac))
        return is_new ? WAY_UNKNOWN : WAY_OLD;
    return is_new || (wanted == NULL && redirect->reasons == 0) ? WAY_NEW : WAY_UNKNOWN;
}

static void way_count(struct redirect *redirect, enum way way, const struct packet *packet)
{
    int64_t after = time_between(redirect->seen.first_ns, packet->time_ns);
    if (way == WAY_NEW && redirect->packets_new++ == 0) {
        redirect->obeyed_after_ns = after;
        redirect->obeyed_frame = packet->frame;
        redirect->story.has |= REDIRECT_HAS_OBEYED;
    }
    if (way != WAY_OLD || after < GRACE_NS)
        return;
    redirect->packets_old++;
    redirect->old_last_ns = packet->time_ns;
}

static struct redirect *redirect_current(const struct redirects *redirects, uint32_t link,
                                         enum family family, struct addr host, struct addr dst)
{
    const struct redirect_pair key = {link, (uint32_t)family, host, dst};
    const uint32_t *position = map_get(&redirects->current, &key);
    return position != NULL ? map_value_at(&redirects->map, *position) : NULL;
}

/* A packet of the host itself: routers forward it by the same link, which others see. */
static void redirects_watch(struct redirects *redirects, const struct packet *packet)
{
    const uint8_t both = MAC_HAS_DST | MAC_HAS_SRC;
    if (redirects->map.count == 0 || (packet->mac_has & both) != both)
        return;
    struct redirect *redirect = redirect_current(
        redirects, link_of(packet), (enum family)packet->ip.family, packet->ip.src, packet->ip.dst);
    if (redirect == NULL || !redirect->has_macs || redirect->last_frame == packet->frame ||
        !link_mac_equal(packet->macs + MAC_SRC, redirect->host_mac) ||
        link_mac_is_group(packet->macs + MAC_DST))
        return;
    redirect->last_frame = packet->frame;
    way_count(redirect, way_of(redirects, redirect, packet->macs + MAC_DST), packet);
}

/* ---- a redirect ------------------------------------------------------------------------------ */

static bool is_redirect(const struct icmp *icmp)
{
    uint8_t type = icmp->family == FAMILY_IPV4 ? IPV4_REDIRECT : ND_REDIRECT;
    return icmp->type == type && (icmp->has & ICMP_HAS_GATEWAY) != 0;
}

static struct addr destination_of(const struct icmp *icmp)
{
    if (icmp->family == FAMILY_IPV6)
        return (icmp->has & ICMP_HAS_TARGET) != 0 ? icmp->target : (struct addr){{0}};
    return (icmp->has & ICMP_HAS_QUOTE) != 0 ? icmp->quote.ip.dst : (struct addr){{0}};
}

static uint32_t addr_mixed(const struct addr *addr)
{
    uint32_t mixed = 0;
    for (size_t i = 0; i < sizeof addr->bytes; i += sizeof mixed) {
        uint32_t word;
        memcpy(&word, addr->bytes + i, sizeof word);
        mixed = context_mix(mixed, word);
    }
    return mixed;
}

static void redirect_begin(struct redirect *redirect, const struct packet *packet)
{
    const uint8_t both = MAC_HAS_DST | MAC_HAS_SRC;
    const struct icmp *icmp = packet->icmp;
    redirect->story = (struct story){.family = icmp->family,
                                     .has = STORY_HAS_SRC,
                                     .src = packet->ip.dst,
                                     .dst = destination_of(icmp)};
    if (!addr_is_unspecified(&redirect->story.dst))
        redirect->story.has |= STORY_HAS_DST;
    if (icmp_code_get((enum family)icmp->family, icmp->type, icmp->code)->name != NULL)
        redirect->story.has |= REDIRECT_HAS_CODE_NAME;
    redirect->reporter = packet->ip.src;
    redirect->gateway = icmp->gateway;
    redirect->code = icmp->code;
    redirect->link = link_of(packet);
    redirect->has_macs =
        (packet->mac_has & both) == both && !link_mac_is_group(packet->macs + MAC_DST);
    memcpy(redirect->host_mac, packet->macs + MAC_DST, MAC_SIZE);
    memcpy(redirect->reporter_mac, packet->macs + MAC_SRC, MAC_SIZE);
    const uint8_t *told =
        icmp->family == FAMILY_IPV6 ? link_option_mac(packet, ND_TARGET_LINK_ADDRESS) : NULL;
    redirect->has_gateway_mac = told != NULL;
    if (told != NULL)
        memcpy(redirect->gateway_mac, told, MAC_SIZE);
}

static struct redirect *redirect_open(struct redirects *redirects, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    bool fresh;
    struct redirect_key key;
    memset(&key, 0, sizeof key);
    key.link = link_of(packet);
    key.gateway = addr_mixed(&icmp->gateway);
    key.family = icmp->family;
    key.code = icmp->code;
    key.host = packet->ip.dst;
    key.dst = destination_of(icmp);
    key.reporter = packet->ip.src;
    struct redirect *redirect = map_add(&redirects->map, &key, &fresh);
    if (redirect == NULL || !fresh)
        return redirect;
    redirect_begin(redirect, packet);
    redirect->position = (uint32_t)(redirects->map.count - 1);
    return redirect;
}

/* It is the last that the host was told of the destination. */
static void redirect_make_current(struct redirects *redirects, const struct redirect *redirect)
{
    const struct redirect_pair key = {redirect->link, redirect->story.family, redirect->story.src,
                                      redirect->story.dst};
    uint32_t *position = map_add(&redirects->current, &key, NULL);
    if (position != NULL)
        *position = redirect->position;
}

/* Redirects are judged late where the packet that they quote may still come: what the host did
 * meanwhile was taken for what came of the one before. */
static void redirect_take_over(struct redirect *redirect, struct redirect *before, int64_t told_ns)
{
    if (before == NULL || before == redirect || before->packets_new == 0 ||
        !addr_equal(&before->gateway, &redirect->gateway))
        return;
    int64_t after = time_between(told_ns, before->seen.first_ns + before->obeyed_after_ns);
    if (after < 0)
        return;
    redirect->old_tail = before->old_tail;
    redirect->packets_new = before->packets_new;
    redirect->obeyed_after_ns = after;
    redirect->obeyed_frame = before->obeyed_frame;
    redirect->story.has |= REDIRECT_HAS_OBEYED;
    before->packets_new = 0;
    before->story.has &= ~(uint32_t)REDIRECT_HAS_OBEYED;
}

static void redirect_suspect(struct redirects *redirects, const struct redirect *redirect,
                             const struct packet *packet)
{
    const struct finding_about about = {.src = redirect->story.src,
                                        .dst = redirect->story.dst,
                                        .reporter = redirect->reporter,
                                        .family = redirect->story.family};
    uint8_t severity = redirect_sure(redirect->reasons) != 0 ? SEVERITY_HIGH : SEVERITY_MEDIUM;
    struct finding *finding =
        findings_add(redirects->track->findings, FINDING_REDIRECT_SUSPECT, &about, packet);
    if (finding != NULL && (finding->seen.count == 1 || finding->severity < severity))
        finding->severity = severity;
}

static void redirects_told(struct redirects *redirects, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct verdict *verdict = sight->verdict;
    struct redirect *redirect = redirect_open(redirects, packet);
    if (redirect == NULL)
        return;
    struct redirect *before =
        redirect_current(redirects, redirect->link, (enum family)redirect->story.family,
                         redirect->story.src, redirect->story.dst);
    redirect_take_over(redirect, before, packet->time_ns);
    if (redirect->old_tail == 0)
        redirect->old_tail = redirect_hop_before(redirects, redirect, before, sight);
    sightings_add(&redirect->seen, packet);
    if (verdict != NULL && verdict->kind == VERDICT_EXACT &&
        time_between(redirect->seen.first_ns, packet->time_ns) >= GRACE_NS) {
        redirect->triggers++;
        redirect->trigger_last_ns = packet->time_ns;
    }
    redirect->reasons |= redirect_doubts(redirects, redirect, packet);
    redirect_make_current(redirects, redirect);
    if (verdict != NULL && verdict->flow != NULL)
        verdict->flow->watched = 1;
    if (redirect->reasons != 0 && (redirect->story.has & STORY_HAS_DST) != 0)
        redirect_suspect(redirects, redirect, packet);
}

/* ---- as a tracker ---------------------------------------------------------------------------- */

static void mask_note(struct redirects *redirects, const struct packet *packet)
{
    const struct addr *mask = &packet->icmp->body.v4.mask;
    uint32_t word = (uint32_t)mask->bytes[0] << 24 | (uint32_t)mask->bytes[1] << 16 |
                    (uint32_t)mask->bytes[2] << 8 | mask->bytes[3];
    uint32_t rest = ~word;
    if (word == 0 || (rest & (rest + 1)) != 0)
        return;
    const struct addr *const hosts[] = {&packet->ip.src, &packet->ip.dst};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct redirect_mask_key key = {.link = link_of(packet)};
        memcpy(key.host, hosts[i]->bytes, sizeof key.host);
        uint32_t *known = map_add(&redirects->masks, &key, NULL);
        if (known != NULL)
            *known = word;
    }
}

static void redirects_message(void *self, const struct sight *sight)
{
    struct redirects *redirects = self;
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    if (is_redirect(icmp)) {
        redirects_told(redirects, sight);
        return;
    }
    link_neighbors_learn(&redirects->neighbors, packet);
    if (icmp->family == FAMILY_IPV4 && icmp->type == IPV4_MASK_REPLY &&
        (icmp->body.v4.has & ICMP_V4_HAS_MASK) != 0)
        mask_note(redirects, packet);
    redirects_watch(redirects, packet);
    redirect_hop_note(redirects, packet);
}

static void redirects_packet(void *self, const struct sight *sight)
{
    redirects_watch(self, sight->packet);
}

static void redirects_arp(void *self, const struct sight *sight)
{
    struct redirects *redirects = self;
    link_neighbors_learn(&redirects->neighbors, sight->packet);
}

static enum redirect_outcome outcome_of(const struct redirect *redirect)
{
    int64_t first_ns = redirect->seen.first_ns;
    if (redirect->packets_new > 0)
        return REDIRECT_OBEYED;
    if (redirect->packets_old >= IGNORED_PACKETS &&
        time_between(first_ns, redirect->old_last_ns) >= IGNORED_NS)
        return REDIRECT_IGNORED;
    if (redirect_sure(redirect->reasons) == 0 && redirect->triggers >= IGNORED_PACKETS &&
        time_between(first_ns, redirect->trigger_last_ns) >= IGNORED_NS)
        return REDIRECT_IGNORED;
    return REDIRECT_UNKNOWN;
}

/* The reporter was the host's gateway, and the new one is on the link. */
static bool is_proven(const struct redirects *redirects, const struct redirect *redirect)
{
    if (redirect->reasons != 0 || !redirect->has_macs || redirect->old_tail == 0 ||
        redirect->old_tail != packet_mac_tail(redirect->reporter_mac))
        return false;
    return redirect->story.family == FAMILY_IPV6 || gateway_mac(redirects, redirect) != NULL ||
           redirect_is_on_subnet(redirects, redirect);
}

static void redirect_settle(const struct redirects *redirects, struct redirect *redirect)
{
    redirect->outcome = (uint8_t)outcome_of(redirect);
    redirect->legitimate = is_proven(redirects, redirect);
    redirect->story.has &= ~(uint32_t)REDIRECT_HAS_LEGITIMATE;
    if (redirect->legitimate || redirect_sure(redirect->reasons) != 0)
        redirect->story.has |= REDIRECT_HAS_LEGITIMATE;
    if (redirect->reasons != 0)
        redirect->story.has |= REDIRECT_HAS_REASONS;
}

/* While it runs, that its packets go on as they did is no news. */
static bool redirect_is_news(struct redirect *redirect, bool at_end)
{
    uint64_t packets = redirect->packets_old + redirect->packets_new;
    bool news = redirect->told_count != redirect->seen.count ||
                redirect->told_has != redirect->story.has ||
                redirect->told_reasons != redirect->reasons ||
                redirect->told_outcome != redirect->outcome ||
                (at_end && redirect->told_packets != packets);
    redirect->told_count = redirect->seen.count;
    redirect->told_has = redirect->story.has;
    redirect->told_reasons = redirect->reasons;
    redirect->told_outcome = redirect->outcome;
    if (news)
        redirect->told_packets = packets;
    return news;
}

static void redirect_tell(const struct redirects *redirects, const struct redirect *redirect)
{
    const struct track *track = redirects->track;
    const struct sighting *first = &redirect->seen.frames[0];
    track->emit(track->context, &(struct event){.type = EVENT_REDIRECT,
                                                .capture = (uint16_t)first->capture,
                                                .frame = first->frame,
                                                .time_ns = redirect->seen.first_ns,
                                                .story = &redirect->story});
}

static void redirects_tell(struct redirects *redirects, bool at_end)
{
    for (size_t i = 0; i < redirects->map.count; i++) {
        struct redirect *redirect = map_value_at(&redirects->map, i);
        redirect_settle(redirects, redirect);
        if (redirect_is_news(redirect, at_end))
            redirect_tell(redirects, redirect);
    }
}

static void redirects_make_room(void *self, int64_t now_ns)
{
    struct redirects *redirects = self;
    (void)now_ns;
    room_make(&redirects->masks, ROOM_BY_ORDER);
    if (!room_is_short(&redirects->map))
        return;
    redirects_tell(redirects, true);
    redirects_leave(redirects);
}

static void redirects_review(void *self, int64_t now_ns)
{
    (void)now_ns;
    redirects_tell(self, false);
}

static void redirects_finish(void *self, int64_t now_ns)
{
    (void)now_ns;
    redirects_tell(self, true);
}

const struct tracker tracker_redirect = {
    .init = redirects_init,
    .fini = redirects_fini,
    .limit = redirects_limit,
    .messages = TRACKER_ALL,
    .message = redirects_message,
    .packet = redirects_packet,
    .arp = redirects_arp,
    .make_room = redirects_make_room,
    .review = redirects_review,
    .finish = redirects_finish,
    .lost = redirects_lost,
};
