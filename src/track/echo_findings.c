/* What is found in echoes when all is read. */
#include <string.h>

#include "base/room.h"
#include "track/echo_parts.h"

/* echo_loss: of so many requests and more, at least so many percent. A capture that shows no reply
 * to any request of the asker may show one direction only, and one in which all lost requests are
 * larger than all answered ones tells of a path MTU, not of loss. */
enum { LOSS_REQUESTS = 20, LOSS_PERCENT = 10 };

/* icmp_tunnel: so many messages each way, each another than the one before, that no ping sends, and
 * replies that are not what was asked. */
enum { TUNNEL_MESSAGES = 16 };

/* echo_unsolicited: where the host that got them was not seen sending echoes itself, the capture
 * has to show both directions of at least so many flows, and of few but one. */
enum { BOTH_WAYS = 8, ONE_WAY_SHARE = 4 };

static struct finding_about about_of(const struct echo_pair_key *key)
{
    return (struct finding_about){.src = key->src, .dst = key->dst, .family = (uint8_t)key->family};
}

static const struct echo_speaker *speaker_of(const struct echoes *echoes, const struct addr *addr,
                                             uint32_t family)
{
    const struct echo_speaker_key key = {*addr, family};
    return map_get(&echoes->speakers, &key);
}

static const struct sightings *seen_of(const struct echoes *echoes, const struct echo_pair *pair,
                                       enum echo_seen what)
{
    const struct echo_seen_key key = {pair->id, (uint32_t)what};
    return map_get(&echoes->seen, &key);
}

/* `count` is how many there were: the frames of some may be missing. */
static struct finding *tell(const struct echoes *echoes, enum finding_name name,
                            const struct finding_about *about, const struct sightings *seen,
                            uint64_t count)
{
    if (seen == NULL)
        return NULL;
    struct sightings all = *seen;
    all.count = count;
    return findings_add_seen(echoes->track->findings, name, about, &all);
}

static void judge_loss(const struct echoes *echoes, const struct echo_pair_key *key,
                       const struct echo_pair *pair)
{
    uint64_t known = pair->answered + pair->lost;
    const struct echo_speaker *asker = speaker_of(echoes, &key->src, key->family);
    bool by_size = pair->answered > 0 && pair->shortest_lost > pair->longest_answered;
    if (known < LOSS_REQUESTS || pair->lost < (known * LOSS_PERCENT + 99) / 100 || by_size)
        return;
    if (pair->answered == 0 && (asker == NULL || !asker->answered))
        return;
    const struct finding_about about = about_of(key);
    struct finding *finding =
        tell(echoes, FINDING_ECHO_LOSS, &about, seen_of(echoes, pair, ECHO_SEEN_LOST), pair->lost);
    if (finding == NULL)
        return;
    finding->value += pair->lost;
    finding->limit += known;
}

static void judge_tunnel(const struct echoes *echoes, const struct echo_pair_key *key,
                         const struct echo_pair *pair)
{
    const struct finding_about about = about_of(key);
    if (pair->odd_requests >= TUNNEL_MESSAGES && pair->odd_replies >= TUNNEL_MESSAGES)
        tell(echoes, FINDING_ICMP_TUNNEL, &about, seen_of(echoes, pair, ECHO_SEEN_ODD),
             pair->odd_requests + pair->odd_replies);
}

static bool is_two_way(const struct outlook *outlook)
{
    return outlook->both_ways >= BOTH_WAYS &&
           outlook->one_way <= outlook->both_ways / ONE_WAY_SHARE;
}

/* The pair is who would have asked whom: the finding is about who answered. */
static void judge_unsolicited(const struct echoes *echoes, const struct echo_pair_key *key,
                              const struct echo_pair *pair)
{
    const struct sightings *seen = seen_of(echoes, pair, ECHO_SEEN_UNSOLICITED);
    if (seen == NULL || pair->unasked == 0 || echoes->forgotten > 0)
        return;
    if (speaker_of(echoes, &key->src, key->family) == NULL && !is_two_way(echoes->track->outlook))
        return;
    const struct finding_about about = {
        .src = key->dst, .dst = key->src, .family = (uint8_t)key->family};
    tell(echoes, FINDING_ECHO_UNSOLICITED, &about, seen, seen->count);
}

static void judge(const struct echoes *echoes, size_t position)
{
    const struct map *map = &echoes->pairs.map;
    const struct echo_pair_key *key = map_key_at(map, position);
    const struct echo_pair *pair = map_value_at(map, position);
    judge_loss(echoes, key, pair);
    judge_tunnel(echoes, key, pair);
    judge_unsolicited(echoes, key, pair);
}

void echo_findings_judge(struct echoes *echoes)
{
    for (size_t i = 0; i < echoes->pairs.map.count; i++)
        judge(echoes, i);
}

/* ---- room ------------------------------------------------------------------------------------ */

static void waits_move(struct echoes *echoes, struct cache *waits)
{
    const void *key = NULL;
    struct echo_wait *wait;
    while ((wait = cache_next(waits, &key)) != NULL) {
        const struct echo_pair *pair = echo_pair_at(&echoes->pairs, wait->pair);
        wait->pair = pair != NULL ? pair->position : 0;
    }
}

static bool seen_leaves(void *context, const void *key, void *value)
{
    struct echo_seen_key of;
    (void)value;
    memcpy(&of, key, sizeof of);
    return !echo_pair_stays(context, of.pair);
}

void echoes_make_room(void *self, int64_t now_ns)
{
    struct echoes *echoes = self;
    (void)now_ns;
    room_make(&echoes->seen, ROOM_BY_ORDER);
    room_make(&echoes->speakers, ROOM_BY_ORDER);
    if (!echo_pairs_pick(&echoes->pairs))
        return;
    for (size_t i = 0; i < echoes->pairs.map.count; i++) {
        const struct echo_pair *pair = map_value_at(&echoes->pairs.map, i);
        if (pair->position == 0)
            judge(echoes, i);
    }
    waits_move(echoes, &echoes->waiting);
    waits_move(echoes, &echoes->past);
    map_prune(&echoes->seen, seen_leaves, &echoes->pairs);
    echo_pairs_leave(&echoes->pairs);
}

/* ---- what is remembered for findings --------------------------------------------------------- */

static struct sightings *seen_open(struct echoes *echoes, const struct echo_pair *pair,
                                   enum echo_seen what)
{
    const struct echo_seen_key key = {pair->id, (uint32_t)what};
    return map_add(&echoes->seen, &key, NULL);
}

/* A single loss is no finding: with many hosts asked once there is nothing to remember. */
void echo_see_lost(struct echoes *echoes, const struct echo_pair *pair,
                   const struct echo_message *request)
{
    struct sightings *seen = pair->lost > 1 ? seen_open(echoes, pair, ECHO_SEEN_LOST) : NULL;
    if (seen == NULL)
        return;
    if (seen->count == 0)
        sightings_add_frame(seen, pair->first_lost, pair->first_lost_ns);
    sightings_add_frame(seen, request->frame, request->time_ns);
}

void echo_see(struct echoes *echoes, const struct echo_pair *pair, enum echo_seen what,
              const struct echo_message *message)
{
    struct sightings *seen = pair != NULL ? seen_open(echoes, pair, what) : NULL;
    if (seen != NULL)
        sightings_add_frame(seen, message->frame, message->time_ns);
}

struct echo_speaker *echo_speaker_open(struct echoes *echoes, const struct addr *addr,
                                       uint32_t family)
{
    const struct echo_speaker_key key = {*addr, family};
    return map_add(&echoes->speakers, &key, NULL);
}
