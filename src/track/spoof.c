#include "track/spoof.h"

#include <stddef.h>
#include <string.h>

#include "decode/icmp.h"

/* Who answers: a broadcast; or what was never sent, which the capture can tell where it sees the
 * flows of TCP, UDP and SCTP, and where it sees pings. */
enum spoof_kind { SPOOF_SMURF, SPOOF_TRANSPORT, SPOOF_PING, SPOOF_KINDS };

/* ---- who is answered ------------------------------------------------------------------------- */

static struct subject_key subject_of(enum spoof_kind kind, const struct addr *host, uint8_t family)
{
    struct subject_key key;
    memset(&key, 0, sizeof key);
    key.host = *host;
    key.kind = (uint8_t)kind;
    key.family = family;
    return key;
}

/* A host answers what was not sent. */
static void spoofs_unasked(struct spoofs *spoofs, enum spoof_kind kind, const struct packet *packet)
{
    const struct subject_key key = subject_of(kind, &packet->ip.dst, packet->ip.family);
    if (victims_add(&spoofs->victims, &packet->ip.dst, packet->ip.family) == NULL)
        return;
    struct counted *subject =
        distinct_add(&spoofs->answers, &key, &packet->ip.src, packet->time_ns);
    if (subject != NULL)
        sightings_add(&subject->seen, packet);
}

static bool spoofs_are_early(struct spoofs *spoofs, int64_t now_ns)
{
    if (!spoofs->begun)
        spoofs->begin_ns = now_ns;
    spoofs->begun = true;
    return time_between(spoofs->begin_ns, now_ns) < spoof_grace_ns;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* RFC 7690: of hosts that share an address each gets what is meant for others. */
static bool is_of_equal_cost_path(const struct icmp *icmp)
{
    return icmp_tells_mtu(icmp);
}

/* Whether it says that somebody sends in the name of whom it came to. */
static bool is_unasked(const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct verdict *verdict = sight->verdict;
    const struct headers *quoted = &packet->icmp->quote.ip;
    bool evicted = (verdict->anomalies >> ANOMALY_FLOW_EVICTED & 1) != 0;
    bool fragment = (quoted->has & HAS_FRAGMENT) != 0 && quoted->frag_offset > 0;
    return verdict->kind == VERDICT_UNMATCHED && !evicted && !fragment &&
           addr_equal(&quoted->src, &packet->ip.dst) && !is_of_equal_cost_path(packet->icmp);
}

static void spoofs_error(struct spoofs *spoofs, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    if (!icmp_is_error(icmp) || (icmp->has & ICMP_HAS_QUOTE) == 0 ||
        copies_have(&spoofs->copies, packet, sight->content))
        return;
    bool transport = victim_counts(icmp->quote.ip.proto);
    bool unasked = is_unasked(sight) && !spoofs_are_early(spoofs, packet->time_ns);
    struct victim *victim = victims_add(&spoofs->victims, &packet->ip.dst, packet->ip.family);
    if (victim == NULL)
        return;
    if (transport && sight->verdict->kind < VERDICT_UNMATCHED)
        victim->matched++;
    if (!unasked)
        return;
    if (transport) {
        victim->unmatched++;
        sightings_add(&victim->errors, packet);
    }
    spoofs_unasked(spoofs, transport ? SPOOF_TRANSPORT : SPOOF_PING, packet);
}

/* ---- echo ------------------------------------------------------------------------------------ */

static struct asked_key asked_key_of(const struct packet *packet, bool reply, bool anybody)
{
    struct asked_key key;
    memset(&key, 0, sizeof key);
    key.asker = reply ? packet->ip.dst : packet->ip.src;
    if (!anybody)
        key.asked = reply ? packet->ip.src : packet->ip.dst;
    key.context = packet->context;
    key.id = packet->icmp->id;
    key.family = packet->ip.family;
    return key;
}

/* That some ping of the host was answered is kept in the same place. */
static struct asked_key answered_key_of(const struct addr *host, uint8_t family)
{
    struct asked_key key;
    memset(&key, 0, sizeof key);
    key.asker = *host;
    key.family = family;
    key.answered = 1;
    return key;
}

static void spoofs_request(struct spoofs *spoofs, const struct packet *packet)
{
    const int64_t while_ns = (int64_t)60 * NS_PER_S;
    const struct asked_key exact = asked_key_of(packet, false, false);
    const struct asked_key anybody = asked_key_of(packet, false, true);
    bool fresh;
    cache_add(&spoofs->asked, &exact, NULL);
    struct asked *asked = cache_add(&spoofs->asked, &anybody, &fresh);
    if (asked == NULL)
        return;
    bool other = !fresh && !addr_equal(&asked->asked, &packet->ip.dst);
    bool recent = !fresh && time_between(asked->time_ns, packet->time_ns) <= while_ns;
    if (fresh || other || !recent)
        asked->frame = (struct sighting){packet->frame, packet->capture};
    asked->several = recent && (asked->several || other);
    asked->asked = packet->ip.dst;
    asked->time_ns = packet->time_ns;
}

/* 255.255.255.255 */
static bool is_everybody(const struct addr *addr)
{
    static const uint8_t bytes[4] = {255, 255, 255, 255};
    return memcmp(addr->bytes, bytes, sizeof bytes) == 0;
}

/* A host that was not asked itself answers what was sent to another address: that may be one that
 * many listen to. RFC 2644 is about broadcasts, which only IPv4 has; who pings a group wants to
 * know who is in it. */
static void spoofs_group_reply(struct spoofs *spoofs, const struct packet *packet,
                               const struct asked *asked)
{
    bool everybody = is_everybody(&asked->asked);
    bool group = addr_is_multicast(&asked->asked, FAMILY_IPV4) && !everybody;
    if (packet->ip.family != FAMILY_IPV4 || group || (asked->several && !everybody))
        return;
    struct subject_key key = subject_of(SPOOF_SMURF, &packet->ip.dst, packet->ip.family);
    key.other = asked->asked;
    const struct sighting frame = asked->frame;
    struct counted *subject =
        distinct_add(&spoofs->answers, &key, &packet->ip.src, packet->time_ns);
    if (subject == NULL)
        return;
    sightings_add_witness(&subject->seen, frame);
    sightings_add(&subject->seen, packet);
}

static void spoofs_reply(struct spoofs *spoofs, const struct packet *packet)
{
    const struct asked_key exact = asked_key_of(packet, true, false);
    const struct asked_key anybody = asked_key_of(packet, true, true);
    if (cache_get(&spoofs->asked, &exact) != NULL) {
        const struct asked_key answered = answered_key_of(&packet->ip.dst, packet->ip.family);
        cache_add(&spoofs->asked, &answered, NULL);
        spoofs->echo_answered = true;
        return;
    }
    const struct asked *asked = cache_get(&spoofs->asked, &anybody);
    if (asked != NULL)
        spoofs_group_reply(spoofs, packet, asked);
    else if (spoofs->asked.evicted == 0 && !spoofs_are_early(spoofs, packet->time_ns))
        spoofs_unasked(spoofs, SPOOF_PING, packet);
}

static void spoofs_message(void *self, const struct sight *sight)
{
    struct spoofs *spoofs = self;
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    bool v4 = icmp->family == FAMILY_IPV4;
    spoofs_are_early(spoofs, packet->time_ns);
    if (sight->verdict != NULL)
        spoofs_error(spoofs, sight);
    else if ((icmp->has & ICMP_HAS_ID) == 0)
        return;
    else if (icmp->type == (v4 ? 8 : 128))
        spoofs_request(spoofs, packet);
    else if (icmp->type == (v4 ? 0 : 129))
        spoofs_reply(spoofs, packet);
}

/* ---- flows ----------------------------------------------------------------------------------- */

/* An answer to a SYN that the capture has not seen. */
static void spoofs_packet(void *self, const struct sight *sight)
{
    struct spoofs *spoofs = self;
    const struct headers *ip = &sight->packet->ip;
    if ((ip->has & HAS_TCP_FLAGS) == 0 || (ip->tcp_flags & 0x3f) != (TCP_SYN | TCP_ACK) ||
        flow_packets(sight->flow, FLOW_FORWARD) + flow_packets(sight->flow, FLOW_BACKWARD) > 0 ||
        spoofs_are_early(spoofs, sight->packet->time_ns))
        return;
    spoofs_unasked(spoofs, SPOOF_TRANSPORT, sight->packet);
}

void spoofs_flow_closed(struct spoofs *spoofs, const struct flow *flow)
{
    victims_count_flow(&spoofs->victims, flow, offsetof(struct victim, ended));
}

void spoofs_flow_alive(struct spoofs *spoofs, const struct flow *flow)
{
    victims_count_flow(&spoofs->victims, flow, offsetof(struct victim, walked));
}

static uint32_t victim_hosts(const struct spoofs *spoofs, const struct victim_key *key)
{
    const struct subject_key subject = subject_of(SPOOF_TRANSPORT, &key->host, key->family);
    const struct counted *answers = distinct_get(&spoofs->answers, &subject);
    return answers != NULL ? answers->most : 0;
}

void spoofs_walked(struct spoofs *spoofs)
{
    struct victim *victim;
    const void *key = NULL;
    victims_mark(&spoofs->victims);
    while ((victim = cache_next(&spoofs->victims.cache, &key)) != NULL) {
        victim->alive = victim->walked;
        victim->walked = (struct victim_flows){0};
        victim->hosts_sure = victim->hosts_before;
        victim->hosts_before = victim_hosts(spoofs, key);
    }
}

/* ---- what is found --------------------------------------------------------------------------- */

static void smurf_tell(struct spoofs *spoofs, const struct subject_key *key,
                       const struct counted *subject)
{
    const struct finding_about about = {.src = key->host, .dst = key->other, .family = key->family};
    if (subject->most < SPOOF_SMURF_HOSTS)
        return;
    struct finding *finding =
        findings_add_seen(spoofs->track->findings, FINDING_SMURF, &about, &subject->seen);
    if (finding == NULL)
        return;
    finding->value = subject->most;
    finding->limit = SPOOF_SMURF_HOSTS;
}

static void subject_gone(void *context, const struct subject_key *key,
                         const struct counted *subject)
{
    if (key->kind == SPOOF_SMURF)
        smurf_tell(context, key, subject);
}

/* The capture sees both directions of what the host does: else what seems unasked may be seen in
 * one only. */
static bool victim_is_seen_whole(const struct victim *victim, uint64_t least)
{
    const struct victim_flows *ended = &victim->ended, *alive = &victim->alive;
    uint64_t both_ways = ended->both_ways + alive->both_ways;
    return both_ways >= least && (ended->one_way + alive->one_way) * 10 <= both_ways;
}

static bool is_home(const struct spoofs *spoofs, const struct victim_key *key)
{
    return homes_are(spoofs->track->homes, &key->host, (enum family)key->family);
}

/* `hosts` of them answered whatever flows are known. */
static const struct counted *answers_to_packets(const struct spoofs *spoofs,
                                                const struct victim_key *key,
                                                const struct victim *victim, uint32_t hosts)
{
    const struct subject_key subject = subject_of(SPOOF_TRANSPORT, &key->host, key->family);
    uint64_t least = is_home(spoofs, key) && spoofs->track->outlook->both_ways > 0 ? 0 : 1;
    if (!victim_is_seen_whole(victim, least) || victim->matched > victim->unmatched)
        return NULL;
    const struct counted *answers = distinct_get(&spoofs->answers, &subject);
    return hosts < victim->ended.taken_up + victim->alive.taken_up + SPOOF_HOSTS ? NULL : answers;
}

static const struct counted *answers_to_pings(const struct spoofs *spoofs,
                                              const struct victim_key *key)
{
    const struct subject_key subject = subject_of(SPOOF_PING, &key->host, key->family);
    const struct asked_key answered = answered_key_of(&key->host, key->family);
    if (cache_get(&spoofs->asked, &answered) == NULL &&
        !(is_home(spoofs, key) && spoofs->echo_answered))
        return NULL;
    return distinct_get(&spoofs->answers, &subject);
}

static bool backscatter_tell(const struct spoofs *spoofs, const struct victim_key *key,
                             const struct counted *subject)
{
    const struct finding_about about = {.dst = key->host, .family = key->family};
    if (subject == NULL || subject->most < SPOOF_HOSTS)
        return false;
    struct finding *finding =
        findings_add_seen(spoofs->track->findings, FINDING_BACKSCATTER, &about, &subject->seen);
    if (finding == NULL)
        return true;
    finding->limit = SPOOF_HOSTS;
    if (subject->most > finding->value)
        finding->value = subject->most;
    return true;
}

static void unsolicited_tell(const struct spoofs *spoofs, const struct victim_key *key,
                             const struct victim *victim)
{
    const struct finding_about about = {.dst = key->host, .family = key->family};
    if (victim->unmatched < SPOOF_ERRORS || victim->unmatched < victim->matched ||
        !victim_is_seen_whole(victim, SPOOF_BOTH_WAYS))
        return;
    struct finding *finding = findings_add_seen(spoofs->track->findings, FINDING_UNSOLICITED_ERRORS,
                                                &about, &victim->errors);
    if (finding == NULL)
        return;
    finding->value = victim->unmatched;
    finding->limit = SPOOF_ERRORS;
}

static void victim_tell(const struct spoofs *spoofs, const struct victim_key *key,
                        const struct victim *victim, uint32_t hosts)
{
    bool theirs = homes_are_not(spoofs->track->homes, &key->host, (enum family)key->family);
    bool told =
        !theirs && backscatter_tell(spoofs, key, answers_to_packets(spoofs, key, victim, hosts));
    told = (!theirs && backscatter_tell(spoofs, key, answers_to_pings(spoofs, key))) || told;
    if (!told)
        unsolicited_tell(spoofs, key, victim);
}

/* ---- the tracker ----------------------------------------------------------------------------- */

/* Without its flows nothing can be said of it. */
static void victim_gone(void *context, const void *key, void *value)
{
    struct spoofs *spoofs = context;
    (void)key, (void)value;
    spoofs->lost++;
}

static void spoofs_init(void *self, const struct track *track)
{
    struct spoofs *spoofs = self;
    memset(spoofs, 0, sizeof *spoofs);
    spoofs->track = track;
    copies_init(&spoofs->copies, track->seed);
    distinct_init(&spoofs->answers, track->seed, spoof_window_ns);
    spoofs->answers.gone = subject_gone;
    spoofs->answers.context = spoofs;
    cache_init(&spoofs->asked, &(struct cache_config){.key_size = sizeof(struct asked_key),
                                                      .value_size = sizeof(struct asked),
                                                      .max = SPOOF_ASKED_MAX,
                                                      .seed = {track->seed[0], track->seed[1]}});
    victims_init(&spoofs->victims, track->seed, victim_gone, spoofs);
}

static void spoofs_fini(void *self)
{
    struct spoofs *spoofs = self;
    cache_fini(&spoofs->asked);
    cache_fini(&spoofs->victims.cache);
    distinct_fini(&spoofs->answers);
}

static size_t spoofs_limit(void *self, double part)
{
    struct spoofs *spoofs = self;
    cache_limit(&spoofs->asked, (size_t)(part * SPOOF_ASKED_MAX));
    cache_limit(&spoofs->victims.cache, (size_t)(part * VICTIMS_MAX));
    return distinct_limit(&spoofs->answers, part) + cache_memory(&spoofs->asked.config) +
           cache_memory(&spoofs->victims.cache.config);
}

static void spoofs_tick(void *self, int64_t now_ns)
{
    spoofs_are_early(self, now_ns);
}

/* What is unasked may be asked for by a flow that goes on: those have to be known. */
static void spoofs_review(void *self, int64_t now_ns)
{
    struct spoofs *spoofs = self;
    const void *key = NULL;
    const struct victim *victim;
    (void)now_ns;
    while ((victim = cache_next(&spoofs->victims.cache, &key)) != NULL)
        victim_tell(spoofs, key, victim, victim->hosts_sure);
    distinct_review(&spoofs->answers);
}

static void spoofs_finish(void *self, int64_t now_ns)
{
    struct spoofs *spoofs = self;
    const void *key;
    struct victim *victim;
    (void)now_ns;
    while ((victim = cache_oldest(&spoofs->victims.cache, &key)) != NULL) {
        victim->alive = (struct victim_flows){0};
        victim_tell(spoofs, key, victim, victim_hosts(spoofs, key));
        cache_remove(&spoofs->victims.cache, key);
    }
    distinct_finish(&spoofs->answers);
}

static uint64_t spoofs_lost(const void *self)
{
    const struct spoofs *spoofs = self;
    return spoofs->lost + spoofs->answers.lost;
}

const struct tracker tracker_spoof = {.init = spoofs_init,
                                      .fini = spoofs_fini,
                                      .limit = spoofs_limit,
                                      .messages = TRACKER_ALL,
                                      .message = spoofs_message,
                                      .packet = spoofs_packet,
                                      .tick = spoofs_tick,
                                      .review = spoofs_review,
                                      .finish = spoofs_finish,
                                      .lost = spoofs_lost};
