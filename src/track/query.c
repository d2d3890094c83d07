#include "track/query.h"

#include <stddef.h>
#include <string.h>

#include "base/room.h"
#include "decode/icmp.h"

const char *const query_kind_names[QUERY_KINDS] = {
    [QUERY_INFORMATION] = "information",
    [QUERY_ADDRESS_MASK] = "address_mask",
    [QUERY_ROUTER_SOLICITATION] = "router_solicitation",
    [QUERY_DOMAIN_NAME] = "domain_name",
    [QUERY_EXTENDED_ECHO] = "extended_echo",
    [QUERY_NODE_INFORMATION] = "node_information",
};

const char *const query_status_names[QUERY_STATUSES] = {
    [QUERY_ANSWERED] = "answered",
    [QUERY_UNANSWERED] = "unanswered",
    [QUERY_UNANSWERED_AT_END] = "unanswered_at_end",
};

/* What tells the requests of a kind apart, besides who asks whom. */
enum query_token { BY_ADDRESS, BY_ID, BY_NONCE };

static const struct query_row {
    uint8_t family, request, reply; /* ICMP types */
    uint8_t kind, token;
} rows[] = {
    {FAMILY_IPV4, 15, 16, QUERY_INFORMATION, BY_ID},
    {FAMILY_IPV4, 17, 18, QUERY_ADDRESS_MASK, BY_ID},
    {FAMILY_IPV4, 10, 9, QUERY_ROUTER_SOLICITATION, BY_ADDRESS},
    {FAMILY_IPV4, 37, 38, QUERY_DOMAIN_NAME, BY_ID},
    {FAMILY_IPV4, 42, 43, QUERY_EXTENDED_ECHO, BY_ID},
    {FAMILY_IPV6, 160, 161, QUERY_EXTENDED_ECHO, BY_ID},
    {FAMILY_IPV6, 139, 140, QUERY_NODE_INFORMATION, BY_NONCE},
};

static const struct query_row *row_find(const struct icmp *icmp)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].family == icmp->family &&
            (rows[i].request == icmp->type || rows[i].reply == icmp->type))
            return &rows[i];
    return NULL;
}

/* False where the message was cut off before its token. */
static bool key_take_token(struct request_key *key, const struct query_row *row,
                           const struct icmp *icmp)
{
    if (row->token == BY_ID) {
        key->token[0] = (uint32_t)icmp->id << 16 | icmp->seq;
        return (icmp->has & ICMP_HAS_ID) != 0;
    }
    if (row->token == BY_NONCE) {
        if ((icmp->body.v6.has & ICMP_V6_HAS_NODE_INFO) == 0)
            return false;
        memcpy(key->token, icmp->body.v6.of.node_info.nonce, sizeof key->token);
    }
    return true;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static struct query_pair *pair_get(struct queries *queries, const struct query *query,
                                   uint32_t context)
{
    struct query_pair_key key;
    memset(&key, 0, sizeof key);
    key.src = query->story.src;
    key.dst = query->story.dst;
    key.context = context;
    key.kind = query->kind;
    key.family = query->story.family;
    return map_add(&queries->pairs, &key, NULL);
}

uint64_t query_pair_weight(const void *value)
{
    const struct query_pair *pair = value;
    return pair->requests + pair->replies + 1;
}

static void pair_add(struct query_pair *pair, const struct query *query)
{
    pair->unanswered += query->status == QUERY_UNANSWERED;
    pair->unanswered_at_end += query->status == QUERY_UNANSWERED_AT_END;
    if (query->status == QUERY_ANSWERED || pair->replies == 0)
        pair->last = *query;
    if (query->status != QUERY_ANSWERED)
        return;
    pair->refused += (query->story.has & QUERY_HAS_CODE) != 0 && query->code != 0;
    bool first = pair->replies++ == 0;
    pair->rtt_min_ns = first || query->rtt_ns < pair->rtt_min_ns ? query->rtt_ns : pair->rtt_min_ns;
    pair->rtt_max_ns = first || query->rtt_ns > pair->rtt_max_ns ? query->rtt_ns : pair->rtt_max_ns;
}

/* ---- questions and answers ------------------------------------------------------------------- */

static struct query query_of(const struct request_key *key, const struct request *request)
{
    struct query query = {.story = {.has = STORY_HAS_SRC | STORY_HAS_DST,
                                    .family = key->family,
                                    .src = request->asker,
                                    .dst = request->asked},
                          .kind = key->kind,
                          .request_frame = request->frame.frame};
    if (key->kind != QUERY_NODE_INFORMATION && key->kind != QUERY_ROUTER_SOLICITATION) {
        query.id = (uint16_t)(key->token[0] >> 16);
        query.seq = (uint16_t)key->token[0];
        query.story.has |= QUERY_HAS_ID;
    }
    if (request->noted) {
        query.local = request->note != 0;
        query.story.has |= QUERY_HAS_LOCAL;
    }
    return query;
}

static void query_tell(struct queries *queries, const struct query *query, uint32_t context,
                       const struct event *event)
{
    struct query_pair *pair = pair_get(queries, query, context);
    if (pair != NULL)
        pair_add(pair, query);
    queries->track->emit(queries->track->context, event);
}

static void queries_unanswered(void *context, const struct request_key *key,
                               const struct request *request, enum request_end end)
{
    struct query query = query_of(key, request);
    query.status = end == REQUEST_TIMED_OUT ? QUERY_UNANSWERED : QUERY_UNANSWERED_AT_END;
    query_tell(context, &query, key->context,
               &(struct event){.type = EVENT_QUERY,
                               .capture = (uint16_t)request->frame.capture,
                               .frame = request->frame.frame,
                               .time_ns = request->time_ns,
                               .story = &query.story});
}

/* Advertisements to a group answer whoever asked last; that is kept under nobody's name. */
static bool answer_take(struct queries *queries, const struct request_key *key,
                        struct request *request)
{
    struct request_key of_anybody = *key, of_asker = *key;
    if (key->kind != QUERY_ROUTER_SOLICITATION)
        return requests_answer(&queries->requests, key, request);
    memset(&of_anybody.asker, 0, sizeof of_anybody.asker);
    if (requests_answer(&queries->requests, &of_anybody, request) &&
        addr_is_multicast(&key->asker, FAMILY_IPV4))
        of_asker.asker = request->asker;
    return requests_answer(&queries->requests, &of_asker, request);
}

static void queries_reply(struct queries *queries, const struct request_key *key,
                          const struct packet *packet)
{
    struct request request;
    if (!answer_take(queries, key, &request))
        return;
    struct query query = query_of(key, &request);
    int64_t rtt_ns = time_between(request.time_ns, packet->time_ns);
    query.story.dst = packet->ip.src;
    query.rtt_ns = rtt_ns > 0 ? rtt_ns : 0;
    query.story.has |= QUERY_HAS_RTT;
    query_take_answer(&query, packet);
    query_tell(queries, &query, key->context,
               &(struct event){.type = EVENT_QUERY,
                               .capture = packet->capture,
                               .frame = packet->frame,
                               .time_ns = packet->time_ns,
                               .packet = packet,
                               .story = &query.story});
}

static void queries_request(struct queries *queries, const struct request_key *key,
                            const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    struct request *request = requests_add(&queries->requests, key, packet);
    if (request == NULL)
        return;
    request->noted = (icmp->has & ICMP_HAS_PROBE_LOCAL) != 0;
    request->note = request->noted && icmp->probe.local;
    const struct query query = query_of(key, request);
    struct query_pair *pair = pair_get(queries, &query, key->context);
    if (pair != NULL && pair->requests++ == 0 && pair->replies == 0)
        pair->last = query;
    if (key->kind != QUERY_ROUTER_SOLICITATION)
        return;
    struct request_key of_anybody = *key;
    memset(&of_anybody.asker, 0, sizeof of_anybody.asker);
    request = requests_add(&queries->requests, &of_anybody, packet);
    if (request != NULL)
        request->alias = true;
}

static void queries_message(void *self, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct query_row *row = row_find(packet->icmp);
    if (row == NULL)
        return;
    bool reply = packet->icmp->type == row->reply;
    struct request_key key = request_key_of(packet, reply, row->kind);
    if (!key_take_token(&key, row, packet->icmp))
        return;
    if (reply)
        queries_reply(self, &key, packet);
    else
        queries_request(self, &key, packet);
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static struct map_config pairs_config(const uint64_t seed[2])
{
    return (struct map_config){.key_size = sizeof(struct query_pair_key),
                               .value_size = sizeof(struct query_pair),
                               .max = QUERY_PAIRS_MAX,
                               .seed = {seed[0], seed[1]}};
}

static void queries_init(void *self, const struct track *track)
{
    struct queries *queries = self;
    const struct map_config config = pairs_config(track->seed);
    queries->track = track;
    map_init(&queries->pairs, &config);
    requests_init(&queries->requests, track->seed);
    queries->requests.unanswered = queries_unanswered;
    queries->requests.context = queries;
}

static void queries_fini(void *self)
{
    struct queries *queries = self;
    requests_fini(&queries->requests);
    map_fini(&queries->pairs);
}

static size_t queries_limit(void *self, double part)
{
    struct queries *queries = self;
    map_limit(&queries->pairs, (size_t)(part * QUERY_PAIRS_MAX));
    return map_memory(&queries->pairs.config) + requests_limit(&queries->requests, part);
}

static void queries_tick(void *self, int64_t now_ns)
{
    struct queries *queries = self;
    requests_expire(&queries->requests, now_ns);
}

static void queries_make_room(void *self, int64_t now_ns)
{
    struct queries *queries = self;
    (void)now_ns;
    queries->left += room_make(&queries->pairs, ROOM_BY_ORDER);
}

static void queries_finish(void *self, int64_t now_ns)
{
    struct queries *queries = self;
    requests_finish(&queries->requests, now_ns);
}

static uint64_t queries_lost(const void *self)
{
    const struct queries *queries = self;
    return queries->pairs.refused + queries->left + queries->requests.lost;
}

const struct tracker tracker_query = {.init = queries_init,
                                      .fini = queries_fini,
                                      .limit = queries_limit,
                                      .messages = TRACKER_PLAIN,
                                      .message = queries_message,
                                      .tick = queries_tick,
                                      .make_room = queries_make_room,
                                      .finish = queries_finish,
                                      .lost = queries_lost};
