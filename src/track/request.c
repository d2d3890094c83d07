#include "track/request.h"

#include <string.h>

#include "match/search.h"

static void request_gone(void *context, const void *key, void *value)
{
    struct requests *requests = context;
    const struct request *request = value;
    (void)key;
    requests->lost += !request->answered && !request->alias;
}

void requests_init(struct requests *requests, const uint64_t seed[2])
{
    *requests = (struct requests){0};
    cache_init(&requests->cache, &(struct cache_config){.key_size = sizeof(struct request_key),
                                                        .value_size = sizeof(struct request),
                                                        .max = REQUESTS_MAX,
                                                        .seed = {seed[0], seed[1]},
                                                        .gone = request_gone,
                                                        .context = requests});
}

void requests_fini(struct requests *requests)
{
    cache_fini(&requests->cache);
}

size_t requests_limit(struct requests *requests, double part)
{
    cache_limit(&requests->cache, (size_t)(part * REQUESTS_MAX));
    return cache_memory(&requests->cache.config);
}

struct request_key request_key_of(const struct packet *packet, bool reply, uint8_t kind)
{
    const struct headers *ip = &packet->ip;
    struct request_key key;
    memset(&key, 0, sizeof key);
    key.asker = reply ? ip->dst : ip->src;
    key.asked = reply ? ip->src : ip->dst;
    if (!reply && addr_is_multicast(&key.asked, (enum family)ip->family))
        memset(&key.asked, 0, sizeof key.asked);
    key.context = packet->context;
    key.kind = kind;
    key.family = ip->family;
    return key;
}

static uint16_t packet_ip_id(const struct packet *packet)
{
    bool there = packet->ip.family == FAMILY_IPV4 && (packet->ip.has & HAS_IP_ID) != 0;
    return there ? (uint16_t)packet->ip.ip_id : 0;
}

/* What is asked again has another identification, where there is one at all; but nping gives all of
 * a run the same. */
static bool request_is_copy(const struct request *request, const struct packet *packet)
{
    const int64_t soon_ns = 2 * NS_PER_MS, late_ns = SEARCH_COPY_NS;
    int64_t since = time_between(request->time_ns, packet->time_ns);
    uint16_t id = packet_ip_id(packet);
    if (id != request->ip_id)
        return false;
    return since <= (id != 0 ? late_ns : soon_ns);
}

static void request_tell(struct requests *requests, const struct request_key *key,
                         const struct request *request, enum request_end end)
{
    if (!request->answered && !request->alias && requests->unanswered != NULL)
        requests->unanswered(requests->context, key, request, end);
}

struct request *requests_add(struct requests *requests, const struct request_key *key,
                             const struct packet *packet)
{
    struct request *request = cache_get(&requests->cache, key);
    if (request != NULL && request_is_copy(request, packet))
        return NULL;
    if (request != NULL)
        request_tell(requests, key, request, REQUEST_TIMED_OUT);
    request = cache_add(&requests->cache, key, NULL);
    if (request == NULL)
        return NULL;
    *request = (struct request){.time_ns = packet->time_ns,
                                .frame = {packet->frame, packet->capture},
                                .asker = packet->ip.src,
                                .asked = packet->ip.dst,
                                .ip_id = packet_ip_id(packet)};
    return request;
}

/* Of a request to a group each host may answer once: another reply of the same one is a copy. */
static bool answer_group(struct requests *requests, const struct request_key *key,
                         const struct request *before, struct request *out)
{
    struct request_key group = *key;
    memset(&group.asked, 0, sizeof group.asked);
    struct request *request = cache_get(&requests->cache, &group);
    if (request == NULL || (before != NULL && before->time_ns == request->time_ns))
        return false;
    request->answered = true;
    *out = *request;
    request = cache_add(&requests->cache, key, NULL);
    if (request == NULL)
        return true;
    *request = *out;
    request->alias = true;
    return true;
}

bool requests_answer(struct requests *requests, const struct request_key *key,
                     struct request *request)
{
    struct request *waiting = cache_get(&requests->cache, key);
    if (waiting == NULL || waiting->alias)
        return answer_group(requests, key, waiting, request);
    if (waiting->answered)
        return false;
    waiting->answered = true;
    *request = *waiting;
    return true;
}

static void requests_let_go(struct requests *requests, int64_t now_ns, bool all)
{
    struct request *request;
    const void *key;
    while ((request = cache_oldest(&requests->cache, &key)) != NULL) {
        bool due = time_between(request->time_ns, now_ns) >= request_wait_ns;
        if (!due && !all)
            return;
        request_tell(requests, key, request, due ? REQUEST_TIMED_OUT : REQUEST_AT_END);
        cache_remove(&requests->cache, key);
    }
}

void requests_expire(struct requests *requests, int64_t now_ns)
{
    requests_let_go(requests, now_ns, false);
}

void requests_finish(struct requests *requests, int64_t now_ns)
{
    requests_let_go(requests, now_ns, true);
}
