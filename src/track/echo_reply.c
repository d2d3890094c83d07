#include "track/echo_parts.h"

#include <string.h>

/* Replies that are what was asked are no tunnel's. */
static void see_odd_reply(struct echoes *echoes, struct echo_pair *pair,
                          const struct echo_message *reply)
{
    if (pair == NULL || !reply->odd || reply->hash == pair->last_odd_reply)
        return;
    pair->odd_replies++;
    pair->last_odd_reply = reply->hash;
    echo_see(echoes, pair, ECHO_SEEN_ODD, reply);
}

/* ---- without a request ---------------------------------------------------------------------- */

/* A reply in the first moments may be to a request from before the capture; in the first seconds,
 * where the same host is asked in the capture, too. */
static void see_unsolicited(struct echoes *echoes, struct echo_pair *pair,
                            const struct echo_message *reply)
{
    int64_t since_ns = time_between(echoes->begin_ns, reply->time_ns);
    if (pair == NULL || (pair->sent > 0 && since_ns < ECHO_TIMEOUT_NS))
        return;
    pair->unasked += since_ns >= ECHO_END_S * (int64_t)NS_PER_S;
    echo_see(echoes, pair, ECHO_SEEN_UNSOLICITED, reply);
}

static void echoes_unsolicited(struct echoes *echoes, const struct echo_arrival *arrival)
{
    struct echo_pair *pair = echo_pair_open(&echoes->pairs, arrival->key);
    echoes->totals.unsolicited++;
    if (pair != NULL)
        echo_pair_unsolicited(pair, arrival->message);
    see_odd_reply(echoes, pair, arrival->message);
    see_unsolicited(echoes, pair, arrival->message);
    echoes_emit(echoes, ECHO_UNSOLICITED, arrival->key, NULL, arrival);
}

void echoes_early_gone(void *context, const void *key, void *value)
{
    echoes_unsolicited(context, &(struct echo_arrival){.key = key, .message = value});
}

bool echoes_take_early(struct echoes *echoes, bool due)
{
    const void *key;
    const struct echo_message *oldest = cache_oldest(&echoes->early, &key);
    if (oldest == NULL || (due && time_between(oldest->time_ns, echoes->now_ns) < ECHO_EARLY_NS))
        return false;
    struct echo_message message = *oldest;
    struct echo_key name;
    memcpy(&name, key, sizeof name);
    cache_remove(&echoes->early, &name);
    echoes_unsolicited(echoes, &(struct echo_arrival){.key = &name, .message = &message});
    return true;
}

/* ---- replies --------------------------------------------------------------------------------- */

uint64_t *echo_outcome_counter(struct echo_pair *pair, enum echo_outcome outcome)
{
    switch (outcome) {
    case ECHO_OUTCOME_LOST:
        return &pair->lost;
    case ECHO_OUTCOME_ERROR:
        return &pair->errors;
    case ECHO_OUTCOME_LOW_TTL:
        return &pair->low_ttl;
    case ECHO_OUTCOME_FORGOTTEN:
        return &pair->forgotten;
    case ECHO_OUTCOME_OPEN:
        break;
    }
    return &pair->at_end;
}

static void count_answered(struct echo_pair *pair, const struct echo_wait *wait)
{
    if (wait->outcome != ECHO_OUTCOME_OPEN) {
        --*echo_outcome_counter(pair, (enum echo_outcome)wait->outcome);
        pair->late += wait->outcome != ECHO_OUTCOME_FORGOTTEN;
    }
    echo_pair_answered(pair, &wait->request, wait->number);
}

/* A request whose predecessor had the same id and seq may get the reply to that. */
static void find_changed(struct echoes *echoes, const struct echo_wait *wait,
                         const struct echo_arrival *arrival)
{
    const struct finding_about about = {.src = arrival->key->asked,
                                        .dst = arrival->key->asker,
                                        .family = (uint8_t)arrival->key->family};
    const struct echo_message *reply = arrival->message;
    struct sightings seen = {0};
    if (wait->again)
        return;
    sightings_add_witness(&seen, wait->request.frame);
    sightings_add_frame(&seen, reply->frame, reply->time_ns);
    findings_add_seen(echoes->track->findings, FINDING_ECHO_MISMATCH, &about, &seen);
}

/* Of those that answer one request, a group's, the first counts. */
static void count_total(struct echo_totals *totals, const struct echo_wait *wait, int64_t rtt_ns)
{
    const bool late = wait->outcome != ECHO_OUTCOME_OPEN;
    echo_totals_rtt(totals, rtt_ns);
    if (!wait->answered)
        totals->outcomes[late ? ECHO_TOTAL_LATE : ECHO_TOTAL_ANSWERED]++;
}

static void count_reply(struct echoes *echoes, const struct echo_wait *wait,
                        const struct echo_arrival *arrival)
{
    struct echo_pair *pair = echo_pair_at(&echoes->pairs, wait->pair);
    const struct echo_message *reply = arrival->message;
    int64_t rtt_ns = time_between(wait->request.time_ns, reply->time_ns);
    bool changed = echo_message_compare(&wait->request, reply) == ECHO_DIFFERENT;
    if (changed)
        find_changed(echoes, wait, arrival);
    count_total(&echoes->totals, wait, rtt_ns);
    if (pair == NULL)
        return;
    pair->changed += changed;
    if (changed)
        see_odd_reply(echoes, pair, reply);
    if (!wait->answered)
        count_answered(pair, wait);
    echo_pair_reply(pair, reply, addr_equal(&arrival->key->asked, &wait->asked));
    if (rtt_ns >= 0)
        echo_pair_rtt(&echoes->pairs, pair, rtt_ns);
}

static void take_reply(struct echoes *echoes, struct echo_wait *wait,
                       const struct echo_arrival *arrival)
{
    struct echo_speaker *asker =
        echo_speaker_open(echoes, &arrival->key->asker, arrival->key->family);
    if (asker != NULL)
        asker->answered = true;
    count_reply(echoes, wait, arrival);
    echoes_emit(echoes, ECHO_ANSWERED, arrival->key, wait, arrival);
    wait->answered = true;
    wait->reply = echo_message_print(arrival->message);
}

void echoes_take_early_reply(struct echoes *echoes, const struct echo_key *key)
{
    const struct echo_message *early = cache_get(&echoes->early, key);
    struct echo_wait *wait = early != NULL ? cache_get(&echoes->waiting, key) : NULL;
    if (wait == NULL)
        return;
    struct echo_message reply = *early;
    cache_remove(&echoes->early, key);
    take_reply(echoes, wait, &(struct echo_arrival){.key = key, .message = &reply});
}

static void take_further(struct echoes *echoes, struct echo_wait *wait,
                         const struct echo_arrival *arrival)
{
    struct echo_pair *pair = echo_pair_at(&echoes->pairs, wait->pair);
    bool copy = echo_message_is_copy(arrival->message, &wait->reply, wait->copied);
    wait->reply = echo_message_print(arrival->message);
    if (copy)
        return;
    echoes->totals.duplicates++;
    if (pair != NULL)
        pair->duplicates++;
    echoes_emit(echoes, ECHO_DUPLICATE, arrival->key, wait, arrival);
}

/* Of several requests with the same id and seq the last one waits, and the one before it is in
 * `past`: what the reply carries tells which one it is to. `message` may be NULL. */
static struct echo_wait *echo_find(const struct echoes *echoes, const struct echo_key *key,
                                   const struct echo_message *message)
{
    struct echo_wait *wait = cache_get(&echoes->waiting, key);
    if (wait != NULL && (!wait->again || message == NULL ||
                         echo_message_compare(&wait->request, message) != ECHO_DIFFERENT))
        return wait;
    struct echo_wait *past = cache_get(&echoes->past, key);
    if (wait == NULL)
        return past;
    bool fits = past != NULL && echo_message_compare(&past->request, message) == ECHO_EQUAL;
    return fits ? past : wait;
}

/* The request of an asker that somebody else answers, or that was in another VLAN or tunnel. */
struct echo_wait *echo_find_elsewhere(const struct echoes *echoes, const struct echo_key *key)
{
    struct echo_anyone_key name = {key->asker, key->id, key->seq, key->family};
    const struct echo_anyone *anyone = cache_get(&echoes->anyone, &name);
    if (anyone == NULL)
        return NULL;
    struct echo_key other = *key;
    other.asked = anyone->asked;
    other.context = anyone->context;
    struct echo_wait *wait = echo_find(echoes, &other, NULL);
    return wait == NULL || wait->member ? NULL : wait;
}

/* A group is asked, and each of its hosts answers. A subnet's broadcast looks like any other
 * address: what the reply carries has to tell that it is one to this request. */
static bool is_reply_from_elsewhere(const struct echo_wait *wait,
                                    const struct echo_arrival *arrival)
{
    enum { TELLS = 8 };
    const struct echo_key *key = arrival->key;
    enum echo_equal equal = echo_message_compare(&wait->request, arrival->message);
    bool asked = addr_equal(&wait->asked, &key->asked) ||
                 addr_is_multicast(&wait->asked, (enum family)key->family);
    return asked ? equal != ECHO_DIFFERENT
                 : equal == ECHO_EQUAL && arrival->message->length >= TELLS;
}

static bool take_reply_from_elsewhere(struct echoes *echoes, const struct echo_arrival *arrival)
{
    struct echo_wait *wait = echo_find_elsewhere(echoes, arrival->key);
    if (wait == NULL || !is_reply_from_elsewhere(wait, arrival))
        return false;
    take_reply(echoes, wait, arrival);
    struct echo_wait copy = *wait;
    copy.member = true;
    copy.added_ns = arrival->message->time_ns;
    struct echo_wait *member = cache_add(&echoes->waiting, arrival->key, NULL);
    if (member != NULL)
        *member = copy;
    return true;
}

static void hold_early(struct echoes *echoes, const struct echo_arrival *arrival)
{
    bool fresh;
    struct echo_message *early = cache_add(&echoes->early, arrival->key, &fresh);
    if (early != NULL && fresh) {
        *early = *arrival->message;
        return;
    }
    if (early != NULL) {
        const struct echo_print first = echo_message_print(early);
        if (echo_message_is_copy(arrival->message, &first, true))
            return;
    }
    echoes_unsolicited(echoes, arrival);
}

void echoes_reply(struct echoes *echoes, const struct packet *packet)
{
    struct echo_key key;
    struct echo_message message;
    echo_key_from(&key, packet, ECHO_REPLY);
    echo_message_from(&message, packet);
    echo_speaker_open(echoes, &key.asked, key.family);
    const struct echo_arrival arrival = {&key, &message, packet};
    struct echo_wait *wait = echo_find(echoes, &key, &message);
    if (wait != NULL && wait->answered)
        take_further(echoes, wait, &arrival);
    else if (wait != NULL)
        take_reply(echoes, wait, &arrival);
    else if (!take_reply_from_elsewhere(echoes, &arrival))
        hold_early(echoes, &arrival);
}
