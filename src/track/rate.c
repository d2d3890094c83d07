#include "track/rate.h"

#include <stddef.h>
#include <string.h>

#include "decode/icmp.h"

enum rate_kind { RATE_FLOOD, RATE_ERRORS };

/* ---- a rate ---------------------------------------------------------------------------------- */

/* After a second without any, what came before counts no more. */
static void rate_restart(struct rate *rate)
{
    rate->full = rate->over = false;
    rate->at = 0;
    if (rate->found)
        return;
    rate->seen = (struct sightings){0};
    rate->count = rate->votes = rate->leader_count = 0;
    rate->most = rate->second = 0;
}

/* Whether more than RATE_LIMIT came within the last second: of one that stays above it, each
 * message finds it so. Until it is full, what is read of times may be anything. */
static void rate_take_time(struct rate *rate, int64_t now_ns)
{
    uint32_t now_us = (uint32_t)((uint64_t)timefmt_us(now_ns));
    rate->times[rate->at] = now_us;
    rate->at = (uint8_t)((rate->at + 1) % (RATE_LIMIT + 1));
    rate->full = rate->full || rate->at == 0;
    int64_t span_us = (int64_t)(uint32_t)(now_us - rate->times[rate->at]);
    bool over = rate->full && span_us < NS_PER_S / NS_PER_US;
    if (over && !rate->over)
        rate->over_ns = time_between(span_us * NS_PER_US + now_ns % NS_PER_US, now_ns);
    rate->over = over;
}

static void rate_take_second(struct rate *rate, int64_t now_ns)
{
    if (rate->second == 0 || time_between(rate->second_ns, now_ns) >= NS_PER_S) {
        rate->second = 0;
        rate->second_ns = now_ns;
    }
    rate->second++;
    if (rate->over && rate->most <= RATE_LIMIT)
        rate->most = RATE_LIMIT + 1;
    if (rate->second > rate->most)
        rate->most = rate->second;
}

/* Who sends more than half of them, if anybody does, is the leader (Boyer and Moore, 1981);
 * leader_count is at most what it sent. */
static void rate_take_sender(struct rate *rate, const struct addr *sender)
{
    rate->count++;
    if (addr_equal(&rate->leader, sender)) {
        rate->votes++;
        rate->leader_count++;
    } else if (rate->votes > 0) {
        rate->votes--;
    } else {
        rate->leader = *sender;
        rate->votes = rate->leader_count = 1;
    }
}

static void rate_add(struct rate *rate, const struct packet *packet)
{
    /* An error that was held back is older than the newest. */
    int64_t now_ns = rate->count > 0 && time_between(packet->time_ns, rate->last_ns) > 0
                         ? rate->last_ns
                         : packet->time_ns;
    if (rate->count > 0 && time_between(rate->last_ns, now_ns) >= NS_PER_S)
        rate_restart(rate);
    rate->last_ns = now_ns;
    rate_take_time(rate, now_ns);
    rate_take_second(rate, now_ns);
    rate_take_sender(rate, &packet->ip.src);
    sightings_add(&rate->seen, packet);
}

static void rate_tell(struct rates *rates, const struct rate_key *key, const struct rate *rate)
{
    struct finding_about about = {.family = key->family};
    if (!rate->found)
        return;
    if (key->kind == RATE_ERRORS) {
        about.reporter = key->host;
    } else {
        about.dst = key->host;
        about.port = key->type;
        if (rate->leader_count * 2 >= rate->count)
            about.src = rate->leader;
    }
    struct finding *finding = findings_add_seen(
        rates->track->findings, key->kind == RATE_ERRORS ? FINDING_ERROR_RATE : FINDING_ICMP_FLOOD,
        &about, &rate->seen);
    if (finding == NULL)
        return;
    finding->limit = RATE_LIMIT;
    if (rate->most > finding->value)
        finding->value = rate->most;
}

static void rate_gone(void *context, const void *key, void *value)
{
    struct rates *rates = context;
    const struct rate *rate = value;
    rates->lost += rate->full;
    rate_tell(rates, key, rate);
}

/* ---- messages -------------------------------------------------------------------------------- */

static struct rate *rate_get(struct rates *rates, enum rate_kind kind, const struct addr *host,
                             uint8_t family, uint8_t type)
{
    struct rate_key key;
    memset(&key, 0, sizeof key);
    key.host = *host;
    key.kind = (uint8_t)kind;
    key.family = family;
    key.type = type;
    return cache_add(&rates->cache, &key, NULL);
}

/* The type that answers, or that is answered; 0 where there is none: that is an echo reply. */
static const struct asking {
    uint8_t family, request, reply;
} askings[] = {{FAMILY_IPV4, 8, 0},     {FAMILY_IPV4, 13, 14},   {FAMILY_IPV4, 15, 16},
               {FAMILY_IPV4, 17, 18},   {FAMILY_IPV4, 37, 38},   {FAMILY_IPV4, 42, 43},
               {FAMILY_IPV6, 128, 129}, {FAMILY_IPV6, 160, 161}, {FAMILY_IPV6, 139, 140}};

static const struct asking *asking_find(const struct icmp *icmp)
{
    for (size_t i = 0; i < sizeof askings / sizeof askings[0]; i++)
        if (askings[i].family == icmp->family &&
            (askings[i].request == icmp->type || askings[i].reply == icmp->type))
            return &askings[i];
    return NULL;
}

/* A reply to what the host asked is no flood. */
static bool rate_take_credit(struct rates *rates, const struct packet *packet)
{
    enum { CREDIT_MOST = 1000 };
    const struct headers *ip = &packet->ip;
    const struct asking *asking = asking_find(packet->icmp);
    if (asking == NULL)
        return false;
    bool request = asking->request == packet->icmp->type;
    struct rate *rate =
        rate_get(rates, RATE_FLOOD, request ? &ip->src : &ip->dst, ip->family, asking->reply);
    if (rate == NULL)
        return false;
    if (request) {
        rate->credit += rate->credit < CREDIT_MOST;
        return false;
    }
    if (rate->credit == 0)
        return false;
    rate->credit--;
    return true;
}

/* Errors about what the host sent are no flood, either. */
static bool is_asked_for(struct rates *rates, const struct sight *sight)
{
    if (sight->verdict != NULL)
        return sight->verdict->kind < VERDICT_UNMATCHED;
    return rate_take_credit(rates, sight->packet);
}

static void rates_flood(struct rates *rates, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    if (is_asked_for(rates, sight))
        return;
    struct rate *rate =
        rate_get(rates, RATE_FLOOD, &packet->ip.dst, packet->ip.family, packet->icmp->type);
    if (rate == NULL)
        return;
    rate_add(rate, packet);
    rate->found =
        rate->found || (rate->over && time_between(rate->over_ns, rate->last_ns) >= rate_flood_ns);
}

/* A TTL that runs out is what a traceroute asks for: only of what was sent with an ordinary one it
 * counts. */
static bool is_of_traceroute(const struct sight *sight)
{
    enum { LOW_TTL = 32 };
    const struct icmp *icmp = sight->packet->icmp;
    const struct verdict *verdict = sight->verdict;
    if (icmp->type != (icmp->family == FAMILY_IPV4 ? 11 : 3) || icmp->code != 0)
        return false;
    return (verdict->has & VERDICT_HAS_SENT) == 0 || verdict->ttl_sent < LOW_TTL;
}

static void rates_errors(struct rates *rates, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    if (!icmp_is_error(packet->icmp) || is_of_traceroute(sight))
        return;
    struct rate *rate = rate_get(rates, RATE_ERRORS, &packet->ip.src, packet->ip.family, 0);
    if (rate == NULL)
        return;
    rate_add(rate, packet);
    rate->found = rate->found || rate->over;
}

static void rates_message(void *self, const struct sight *sight)
{
    struct rates *rates = self;
    if (copies_have(&rates->copies, sight->packet, sight->content))
        return;
    rates_flood(rates, sight);
    if (sight->verdict != NULL)
        rates_errors(rates, sight);
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void rates_init(void *self, const struct track *track)
{
    struct rates *rates = self;
    rates->track = track;
    rates->lost = 0;
    copies_init(&rates->copies, track->seed);
    cache_init(&rates->cache, &(struct cache_config){.key_size = sizeof(struct rate_key),
                                                     .value_size = sizeof(struct rate),
                                                     .cleared = offsetof(struct rate, seen.frames),
                                                     .max = RATES_MAX,
                                                     .seed = {track->seed[0], track->seed[1]},
                                                     .gone = rate_gone,
                                                     .context = rates});
}

static void rates_fini(void *self)
{
    struct rates *rates = self;
    cache_fini(&rates->cache);
}

static size_t rates_limit(void *self, double part)
{
    struct rates *rates = self;
    cache_limit(&rates->cache, (size_t)(part * RATES_MAX));
    return cache_memory(&rates->cache.config);
}

static void rates_review(void *self, int64_t now_ns)
{
    struct rates *rates = self;
    const struct rate *rate;
    const void *key = NULL;
    (void)now_ns;
    while ((rate = cache_next(&rates->cache, &key)) != NULL)
        rate_tell(rates, key, rate);
}

static void rates_finish(void *self, int64_t now_ns)
{
    struct rates *rates = self;
    struct rate *rate;
    const void *key;
    (void)now_ns;
    while ((rate = cache_oldest(&rates->cache, &key)) != NULL) {
        rate_tell(rates, key, rate);
        cache_remove(&rates->cache, key);
    }
}

static uint64_t rates_lost(const void *self)
{
    const struct rates *rates = self;
    return rates->lost;
}

const struct tracker tracker_rate = {.init = rates_init,
                                     .fini = rates_fini,
                                     .limit = rates_limit,
                                     .messages = TRACKER_ALL,
                                     .message = rates_message,
                                     .review = rates_review,
                                     .finish = rates_finish,
                                     .lost = rates_lost};
