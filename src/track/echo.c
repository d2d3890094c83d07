#include "track/echo_parts.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"

/* Why a request does not wait any longer. */
enum end { END_TIMEOUT, END_AGAIN, END_FORGOTTEN, END_CAPTURE };

/* ---- the end of waiting ---------------------------------------------------------------------- */

/* Whether a request that has not waited to the end would have been answered. */
static bool was_due(const struct echoes *echoes, const struct echo_pair *pair,
                    const struct echo_wait *wait)
{
    const int64_t least_ns = ECHO_END_S * (int64_t)NS_PER_S;
    int64_t age_ns = time_between(wait->request.time_ns, echoes->now_ns);
    return pair != NULL && pair->rtt_count > 0 && age_ns >= least_ns &&
           age_ns / 2 >= pair->rtt_most_ns;
}

/* What became of a request without a reply. */
static enum echo_outcome outcome_of(const struct echoes *echoes, const struct echo_pair *pair,
                                    const struct echo_wait *wait, enum end end)
{
    if (wait->failed)
        return ECHO_OUTCOME_ERROR;
    if (end != END_TIMEOUT && !was_due(echoes, pair, wait))
        return end == END_CAPTURE ? ECHO_OUTCOME_OPEN : ECHO_OUTCOME_FORGOTTEN;
    bool expires = pair != NULL && echo_pair_expires(pair, wait->request.ttl);
    return expires ? ECHO_OUTCOME_LOW_TTL : ECHO_OUTCOME_LOST;
}

static enum echo_total total_of(enum echo_outcome outcome)
{
    static const enum echo_total totals[] = {[ECHO_OUTCOME_OPEN] = ECHO_TOTAL_AT_END,
                                             [ECHO_OUTCOME_LOST] = ECHO_TOTAL_LOST,
                                             [ECHO_OUTCOME_ERROR] = ECHO_TOTAL_ERROR,
                                             [ECHO_OUTCOME_LOW_TTL] = ECHO_TOTAL_LOW_TTL,
                                             [ECHO_OUTCOME_FORGOTTEN] = ECHO_TOTAL_FORGOTTEN};
    return totals[outcome];
}

static void settle_unanswered(struct echoes *echoes, const struct echo_key *key,
                              struct echo_wait *wait, enum end end)
{
    struct echo_pair *pair = echo_pair_at(&echoes->pairs, wait->pair);
    enum echo_outcome outcome = outcome_of(echoes, pair, wait, end);
    if (pair != NULL && outcome == ECHO_OUTCOME_LOST) {
        echo_pair_lost(pair, &wait->request);
        echo_see_lost(echoes, pair, &wait->request);
    } else if (pair != NULL) {
        echo_pair_not_lost(pair);
        ++*echo_outcome_counter(pair, outcome);
    }
    wait->outcome = (uint8_t)outcome;
    echoes->totals.outcomes[total_of(outcome)]++;
    echoes->forgotten += end == END_FORGOTTEN && outcome == ECHO_OUTCOME_FORGOTTEN;
    if (outcome != ECHO_OUTCOME_FORGOTTEN)
        echoes_emit(echoes, outcome == ECHO_OUTCOME_OPEN ? ECHO_AT_END : ECHO_LOST, key, wait,
                    NULL);
}

static void settle(struct echoes *echoes, const struct echo_key *key, struct echo_wait *wait,
                   enum end end)
{
    struct echo_pair *pair = echo_pair_at(&echoes->pairs, wait->pair);
    if (wait->member)
        return;
    if (!wait->answered)
        settle_unanswered(echoes, key, wait, end);
    else if (pair != NULL)
        echo_pair_not_lost(pair);
    if (end == END_CAPTURE)
        return;
    struct echo_wait *past = cache_add(&echoes->past, key, NULL);
    if (past != NULL)
        *past = *wait;
}

static void waiting_gone(void *context, const void *key, void *value)
{
    settle(context, key, value, END_FORGOTTEN);
}

static bool take_oldest(struct echoes *echoes, bool due, enum end end)
{
    const void *key;
    struct echo_wait *oldest = cache_oldest(&echoes->waiting, &key);
    if (oldest == NULL || (due && time_between(oldest->added_ns, echoes->now_ns) < ECHO_TIMEOUT_NS))
        return false;
    struct echo_wait wait = *oldest;
    struct echo_key name;
    memcpy(&name, key, sizeof name);
    cache_remove(&echoes->waiting, &name);
    settle(echoes, &name, &wait, end);
    return true;
}

/* When the capture began: the first packet of all is the first that the ring was given. */
static int64_t begin_of(const struct ring *ring, int64_t now_ns)
{
    const struct ring_entry *first = ring != NULL ? ring_get(ring, 1) : NULL;
    return first != NULL && first->time_ns < now_ns ? first->time_ns : now_ns;
}

static void echoes_tick(void *self, int64_t now_ns)
{
    struct echoes *echoes = self;
    if (!echoes->begun)
        echoes->begin_ns = begin_of(echoes->track->ring, now_ns);
    echoes->begun = true;
    echoes->now_ns = now_ns;
    while (take_oldest(echoes, true, END_TIMEOUT))
        ;
    while (echoes_take_early(echoes, true))
        ;
}

/* ---- requests -------------------------------------------------------------------------------- */

static void anyone_note(struct echoes *echoes, const struct echo_key *key)
{
    const struct echo_anyone_key name = {key->asker, key->id, key->seq, key->family};
    struct echo_anyone *anyone = cache_add(&echoes->anyone, &name, NULL);
    if (anyone != NULL)
        *anyone = (struct echo_anyone){key->asked, key->context};
}

/* One with the same id and seq waits already. True where it is the same request. */
static bool request_is_known(struct echoes *echoes, const struct echo_key *key,
                             const struct echo_message *message, bool *again)
{
    struct echo_wait *wait = cache_get(&echoes->waiting, key);
    *again = wait != NULL;
    if (wait == NULL)
        return false;
    if (echo_message_is_copy(message, &wait->copy, true)) {
        wait->copy = echo_message_print(message);
        wait->copied = true;
        return true;
    }
    struct echo_wait before = *wait;
    cache_remove(&echoes->waiting, key);
    settle(echoes, key, &before, END_AGAIN);
    return false;
}

static void wait_begin(struct echoes *echoes, const struct echo_key *key,
                       const struct echo_message *message, bool again)
{
    struct echo_pair *pair = echo_pair_open(&echoes->pairs, key);
    struct echo_wait wait = {.request = *message,
                             .copy = echo_message_print(message),
                             .asked = key->asked,
                             .added_ns = message->time_ns,
                             .again = again};
    echoes->totals.requests++;
    if (pair != NULL) {
        uint64_t odd = pair->odd_requests;
        wait.number = echo_pair_sent(pair, message);
        wait.pair = pair->position;
        if (pair->odd_requests > odd)
            echo_see(echoes, pair, ECHO_SEEN_ODD, message);
    }
    struct echo_wait *place = cache_add(&echoes->waiting, key, NULL);
    if (place == NULL)
        echoes->forgotten++;
    else
        *place = wait;
}

static void echoes_request(struct echoes *echoes, const struct packet *packet)
{
    struct echo_key key;
    struct echo_message message;
    bool again;
    echo_key_from(&key, packet, ECHO_REQUEST);
    echo_message_from(&message, packet);
    if (request_is_known(echoes, &key, &message, &again))
        return;
    echo_speaker_open(echoes, &key.asker, key.family);
    if (!again)
        cache_remove(&echoes->past, &key);
    wait_begin(echoes, &key, &message, again);
    anyone_note(echoes, &key);
    echoes_take_early_reply(echoes, &key);
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* The request that an error quotes, as it was sent: it will have no reply. */
static void echoes_error(struct echoes *echoes, const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    const struct headers *quoted = &icmp->quote.ip;
    const uint32_t all = HAS_IP | HAS_ICMP_TYPE | HAS_ICMP_ID;
    if ((icmp->has & ICMP_HAS_QUOTE) == 0 || (quoted->has & all) != all || !icmp_is_error(icmp) ||
        quoted->icmp_type != (quoted->family == FAMILY_IPV6 ? 128 : 8))
        return;
    struct echo_key key = {quoted->src,      quoted->dst,    quoted->icmp_id,
                           quoted->icmp_seq, quoted->family, packet->context};
    struct echo_wait *wait = cache_get(&echoes->waiting, &key);
    if (wait == NULL)
        wait = echo_find_elsewhere(echoes, &key);
    if (wait == NULL || wait->failed || wait->outcome != ECHO_OUTCOME_OPEN ||
        !addr_equal(&wait->asked, &quoted->dst))
        return;
    wait->failed = true;
    wait->error = (struct echo_error){.reporter = packet->ip.src,
                                      .frame = {packet->frame, packet->capture},
                                      .type = icmp->type,
                                      .code = icmp->code};
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void echoes_message(void *self, const struct sight *sight)
{
    struct echoes *echoes = self;
    const struct packet *packet = sight->packet;
    if (sight->verdict != NULL) {
        echoes_error(echoes, packet);
        return;
    }
    enum echo_kind kind = echo_kind_of(packet);
    if (kind == ECHO_NEITHER)
        return;
    echoes_tick(echoes, packet->time_ns);
    if (kind == ECHO_REQUEST)
        echoes_request(echoes, packet);
    else
        echoes_reply(echoes, packet);
}

static struct cache_config cache_config_of(struct echoes *echoes, size_t key, size_t value,
                                           size_t max)
{
    const uint64_t *seed = echoes->track->seed;
    return (struct cache_config){.key_size = key,
                                 .value_size = value,
                                 .max = max,
                                 .seed = {seed[0], seed[1]},
                                 .context = echoes};
}

static void echoes_init_maps(struct echoes *echoes)
{
    const uint64_t *seed = echoes->track->seed;
    struct map_config config = {.key_size = sizeof(struct echo_seen_key),
                                .value_size = sizeof(struct sightings),
                                .max = ECHO_SEEN_MAX,
                                .seed = {seed[0], seed[1]}};
    map_init(&echoes->seen, &config);
    config.key_size = sizeof(struct echo_speaker_key);
    config.value_size = sizeof(struct echo_speaker);
    config.max = ECHO_SPEAKERS_MAX;
    map_init(&echoes->speakers, &config);
    echo_pairs_init(&echoes->pairs, seed);
}

static void echoes_init(void *self, const struct track *track)
{
    struct echoes *echoes = self;
    *echoes = (struct echoes){.track = track};
    struct cache_config config = cache_config_of(echoes, sizeof(struct echo_key),
                                                 sizeof(struct echo_wait), ECHO_WAITING_MAX);
    config.gone = waiting_gone;
    cache_init(&echoes->waiting, &config);
    config.gone = NULL;
    config.max = ECHO_PAST_MAX;
    cache_init(&echoes->past, &config);
    config = cache_config_of(echoes, sizeof(struct echo_anyone_key), sizeof(struct echo_anyone),
                             ECHO_WAITING_MAX);
    cache_init(&echoes->anyone, &config);
    config = cache_config_of(echoes, sizeof(struct echo_key), sizeof(struct echo_message),
                             ECHO_EARLY_MAX);
    config.gone = echoes_early_gone;
    cache_init(&echoes->early, &config);
    echoes_init_maps(echoes);
}

static void echoes_fini(void *self)
{
    struct echoes *echoes = self;
    cache_fini(&echoes->waiting);
    cache_fini(&echoes->past);
    cache_fini(&echoes->anyone);
    cache_fini(&echoes->early);
    map_fini(&echoes->seen);
    map_fini(&echoes->speakers);
    echo_pairs_fini(&echoes->pairs);
}

static size_t cache_part(struct cache *cache, size_t max, double part)
{
    cache_limit(cache, (size_t)(part * (double)max));
    return cache_memory(&cache->config);
}

static size_t map_part(struct map *map, size_t max, double part)
{
    map_limit(map, (size_t)(part * (double)max));
    return map_memory(&map->config);
}

static size_t echoes_limit(void *self, double part)
{
    struct echoes *echoes = self;
    return cache_part(&echoes->waiting, ECHO_WAITING_MAX, part) +
           cache_part(&echoes->past, ECHO_PAST_MAX, part) +
           cache_part(&echoes->anyone, ECHO_WAITING_MAX, part) +
           cache_part(&echoes->early, ECHO_EARLY_MAX, part) +
           map_part(&echoes->seen, ECHO_SEEN_MAX, part) +
           map_part(&echoes->speakers, ECHO_SPEAKERS_MAX, part) +
           echo_pairs_limit(&echoes->pairs, part);
}

static void echoes_review(void *self, int64_t now_ns)
{
    (void)now_ns;
    echo_findings_judge(self);
}

static void echoes_finish(void *self, int64_t now_ns)
{
    struct echoes *echoes = self;
    echoes_tick(echoes, now_ns);
    while (take_oldest(echoes, false, END_CAPTURE))
        ;
    while (echoes_take_early(echoes, false))
        ;
    echo_findings_judge(echoes);
}

static uint64_t echoes_lost(const void *self)
{
    const struct echoes *echoes = self;
    return echoes->forgotten + echoes->pairs.left + echoes->pairs.map.refused +
           echoes->pairs.rtts.refused + echoes->seen.refused + echoes->speakers.refused;
}

const struct tracker tracker_echo = {.init = echoes_init,
                                     .fini = echoes_fini,
                                     .limit = echoes_limit,
                                     .messages = TRACKER_ALL,
                                     .message = echoes_message,
                                     .tick = echoes_tick,
                                     .make_room = echoes_make_room,
                                     .review = echoes_review,
                                     .finish = echoes_finish,
                                     .lost = echoes_lost};
