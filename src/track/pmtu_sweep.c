#include "track/pmtu_sweep.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"

/* Pings of two sizes are no sweep. Where nothing is refused, one more, and as long as the shortest
 * packets that are worth to ask about. */
enum { SIZES_LEAST = 3, SIZES_UNREFUSED = 4, LENGTH_UNREFUSED = 1280 };

/* Lost requests that are no plain loss: so many, or fewer where smaller ones are answered later, or
 * were all answered. */
enum { SILENT_LEAST = 3, SILENT_SURE = 2, SURE_ANSWERS = 4, LOSS_SHARE = 4, SILENT_LENGTH = 576 };

struct cache_config sweeps_config(const uint64_t seed[2])
{
    return (struct cache_config){.key_size = sizeof(struct pmtu_path_key),
                                 .value_size = sizeof(struct sweep),
                                 .max = PMTU_SWEEPS_MAX,
                                 .seed = {seed[0], seed[1]}};
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static struct sweep_size *size_find(struct sweep *sweep, uint32_t message)
{
    for (size_t i = 0; i < sweep->kept; i++)
        if (sweep->sizes[i].message == message)
            return &sweep->sizes[i];
    return NULL;
}

/* The one that tells least: the smallest of two that were answered, else the largest of all. */
static size_t size_least_telling(const struct sweep *sweep)
{
    size_t answered = 0, smallest = 0, largest = 0;
    for (size_t i = 0; i < sweep->kept; i++) {
        const struct sweep_size *size = &sweep->sizes[i];
        if (size->answered > 0 && (answered == 0 || size->length < sweep->sizes[smallest].length))
            smallest = i;
        answered += size->answered > 0;
        if (size->length > sweep->sizes[largest].length)
            largest = i;
    }
    return answered > 1 ? smallest : largest;
}

static struct sweep_size *size_add(struct sweep *sweep, uint32_t message, uint32_t length)
{
    size_t at = sweep->kept < PMTU_SWEEP_SIZES ? sweep->kept++ : size_least_telling(sweep);
    sweep->distinct++;
    sweep->sizes[at] = (struct sweep_size){.length = length, .message = message};
    return &sweep->sizes[at];
}

/* ---- what is seen ---------------------------------------------------------------------------- */

static bool is_echo(const struct icmp *icmp, bool reply)
{
    enum { V4_REPLY = 0, V4_REQUEST = 8, V6_REQUEST = 128, V6_REPLY = 129 };
    if (icmp->family == FAMILY_IPV4)
        return icmp->type == (reply ? V4_REPLY : V4_REQUEST);
    return icmp->type == (reply ? V6_REPLY : V6_REQUEST);
}

/* The sender of IPv6 makes fragments itself: a whole packet went as it is. */
static bool is_whole(const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    return (packet->icmp->has & ICMP_HAS_FRAGMENTS) == 0 && (ip->has & HAS_FRAGMENT) == 0 &&
           (ip->family == FAMILY_IPV6 || ip->df);
}

static void sweeps_request(struct cache *sweeps, const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    const struct pmtu_path_key key = {ip->src, ip->dst, ip->family, packet->context};
    bool fresh;
    if (!is_whole(packet) || addr_is_multicast(&ip->dst, (enum family)ip->family))
        return;
    struct sweep *sweep = cache_add(sweeps, &key, &fresh);
    if (sweep == NULL)
        return;
    if (fresh) {
        sweep->first_ns = packet->time_ns;
        sweep->first = (struct sighting){packet->frame, packet->capture};
    }
    sweep->last_ns = packet->time_ns;
    struct sweep_size *size = size_find(sweep, packet->icmp->length);
    if (size == NULL)
        size = size_add(sweep, packet->icmp->length, ip->total_length);
    bool copy = size->sent > 0 && time_between(size->sent_ns, packet->time_ns) < PMTU_SWEEP_COPY_NS;
    size->sent += size->sent < UINT32_MAX && !copy;
    if (!copy)
        size->sent_ns = packet->time_ns;
}

static uint32_t sweeps_reply(struct cache *sweeps, const struct packet *packet)
{
    const struct headers *ip = &packet->ip;
    const struct pmtu_path_key key = {ip->dst, ip->src, ip->family, packet->context};
    struct sweep *sweep = cache_get(sweeps, &key);
    struct sweep_size *size = sweep != NULL ? size_find(sweep, packet->icmp->length) : NULL;
    if (size == NULL || size->answered >= size->sent)
        return 0;
    size->answered++;
    size->answered_ns = packet->time_ns;
    int64_t took = time_between(size->sent_ns, packet->time_ns);
    if (took > sweep->reply_ns)
        sweep->reply_ns = took;
    return size->length;
}

uint32_t sweeps_echo(struct cache *sweeps, const struct packet *packet)
{
    if (is_echo(packet->icmp, true))
        return sweeps_reply(sweeps, packet);
    if (is_echo(packet->icmp, false))
        sweeps_request(sweeps, packet);
    return 0;
}

void sweeps_error(struct cache *sweeps, const struct pmtu_path_key *key, uint32_t length,
                  const struct pmtu_change *told)
{
    struct sweep *sweep = cache_get(sweeps, key);
    if (sweep == NULL)
        return;
    sweep->errors++;
    if (told->mtu > 0 && (sweep->told.mtu == 0 || told->mtu < sweep->told.mtu))
        sweep->told = *told;
    for (size_t i = 0; i < sweep->kept; i++) {
        if (sweep->sizes[i].length != length)
            continue;
        sweep->sizes[i].refused = true;
        sweep->sizes[i].refused_ns = told->time_ns;
    }
}

/* ---- what it comes to ------------------------------------------------------------------------ */

static const struct sweep_size *largest_answered(const struct sweep *sweep, uint32_t below)
{
    const struct sweep_size *found = NULL;
    for (size_t i = 0; i < sweep->kept; i++) {
        const struct sweep_size *size = &sweep->sizes[i];
        if (size->answered > 0 && size->length < below &&
            (found == NULL || size->length > found->length))
            found = size;
    }
    return found;
}

static const struct sweep_size *smallest_refused(const struct sweep *sweep, uint32_t above)
{
    const struct sweep_size *found = NULL;
    for (size_t i = 0; i < sweep->kept; i++) {
        const struct sweep_size *size = &sweep->sizes[i];
        if (size->refused && size->length > above &&
            (found == NULL || size->length < found->length))
            found = size;
    }
    return found;
}

/* The bounds that answers and errors give. Where they contradict each other the path has changed,
 * and the later one holds. */
static void result_bounds(const struct sweep *sweep, struct sweep_result *result)
{
    const struct sweep_size *answered = largest_answered(sweep, UINT32_MAX);
    const struct sweep_size *refused = smallest_refused(sweep, 0);
    if (answered != NULL && refused != NULL && answered->length >= refused->length) {
        if (answered->answered_ns > refused->refused_ns)
            refused = smallest_refused(sweep, answered->length);
        else
            answered = largest_answered(sweep, refused->length);
    }
    result->passed = answered != NULL ? answered->length : 0;
    result->refused = refused != NULL ? refused->length : 0;
}

/* Requests that were not answered, above and below the largest that was. */
struct losses {
    uint64_t above, below, below_sent;
    uint32_t smallest; /* above */
    int64_t since_ns;  /* of the first of them */
    int64_t answer_ns; /* the last answer to a smaller one */
};

/* How long a reply is waited for. */
static int64_t reply_wait(const struct sweep *sweep)
{
    if (sweep->reply_ns < PMTU_SWEEP_REPLY_LEAST_NS / PMTU_SWEEP_REPLY_TIMES)
        return PMTU_SWEEP_REPLY_LEAST_NS;
    if (sweep->reply_ns > PMTU_SWEEP_REPLY_NS / PMTU_SWEEP_REPLY_TIMES)
        return PMTU_SWEEP_REPLY_NS;
    return sweep->reply_ns * PMTU_SWEEP_REPLY_TIMES;
}

static void losses_count(struct losses *losses, const struct sweep_size *size, uint32_t passed,
                         int64_t waited_ns)
{
    bool waited = size->sent_ns <= waited_ns;
    if (size->length <= passed) {
        losses->below += size->sent - size->answered;
        losses->below_sent += size->sent;
        if (size->answered > 0 && size->answered_ns > losses->answer_ns)
            losses->answer_ns = size->answered_ns;
    } else if (!size->refused && size->answered == 0 && waited) {
        if (losses->above == 0 || size->length < losses->smallest)
            losses->smallest = size->length;
        if (losses->above == 0 || size->sent_ns < losses->since_ns)
            losses->since_ns = size->sent_ns;
        losses->above += size->sent;
    }
}

static void result_silence(const struct sweep *sweep, int64_t now_ns, struct sweep_result *result)
{
    struct losses losses = {.answer_ns = INT64_MIN};
    const int64_t waited_ns = time_between(reply_wait(sweep), now_ns);
    for (size_t i = 0; i < sweep->kept; i++)
        losses_count(&losses, &sweep->sizes[i], result->passed, waited_ns);
    bool between = losses.above > 0 && losses.answer_ns > losses.since_ns;
    bool sure = between || (losses.below == 0 && losses.below_sent >= SURE_ANSWERS);
    if (result->passed == 0 || losses.above < (sure ? SILENT_SURE : SILENT_LEAST) ||
        losses.smallest < SILENT_LENGTH || losses.below * LOSS_SHARE > losses.below_sent ||
        (result->refused != 0 && result->refused <= losses.smallest))
        return;
    result->refused = losses.smallest;
    result->silent = true;
}

bool sweep_judge(const struct sweep *sweep, int64_t now_ns, struct sweep_result *result)
{
    *result = (struct sweep_result){0};
    if (sweep->distinct < SIZES_LEAST)
        return false;
    result_bounds(sweep, result);
    result_silence(sweep, now_ns, result);
    if (result->refused != 0)
        return true;
    return sweep->distinct >= SIZES_UNREFUSED && result->passed >= LENGTH_UNREFUSED;
}
