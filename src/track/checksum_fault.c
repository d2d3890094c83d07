#include "track/checksum_fault.h"

#include <string.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "track/near.h"

struct sender {
    struct addr addr;
    uint32_t family;
};

/* What came from it with a wrong checksum. */
struct sender_faults {
    struct addr dst; /* of the first */
    struct sightings seen;
    bool travelled; /* one of them lost TTL: it was not captured by the host that sent it */
};

static uint32_t sender_bit(const struct checksum_faults *faults, const struct sender *sender)
{
    uint32_t words[sizeof *sender / sizeof(uint32_t)];
    memcpy(words, sender, sizeof words);
    return (uint32_t)(hash_words(&faults->secret, words, sizeof words / sizeof words[0]) %
                      CHECKSUM_GOOD_BITS);
}

static void faults_message(void *self, const struct sight *sight)
{
    struct checksum_faults *faults = self;
    const struct packet *packet = sight->packet;
    const struct sender sender = {packet->ip.src, packet->ip.family};
    if (packet->icmp->checksum == CHECKSUM_GOOD) {
        uint32_t bit = sender_bit(faults, &sender);
        faults->good[bit / 8] |= (uint8_t)(1u << bit % 8);
        return;
    }
    if (packet->icmp->checksum != CHECKSUM_BAD)
        return;
    bool fresh;
    struct sender_faults *bad = cache_add(&faults->senders, &sender, &fresh);
    if (bad == NULL)
        return;
    if (fresh)
        bad->dst = packet->ip.dst;
    bad->travelled |= packet->ip.ttl != 1 && !near_ttl(packet->ip.ttl);
    sightings_add(&bad->seen, packet);
}

/* Where all that a host sends looks wrong and none of it has travelled, the checksum is what its
 * network card was still to fill in. */
static void sender_settle(void *context, const void *key, void *value)
{
    struct checksum_faults *faults = context;
    const struct sender *sender = key;
    const struct sender_faults *bad = value;
    uint32_t bit = sender_bit(faults, sender);
    bool good = (faults->good[bit / 8] >> bit % 8 & 1) != 0;
    if (!good && !bad->travelled)
        return;
    const struct finding_about about = {
        .src = sender->addr, .dst = bad->dst, .family = (uint8_t)sender->family};
    findings_add_seen(faults->track->findings, FINDING_BAD_CHECKSUM, &about, &bad->seen);
}

static void faults_init(void *self, const struct track *track)
{
    struct checksum_faults *faults = self;
    memset(faults, 0, sizeof *faults);
    faults->track = track;
    hash_secret_init(&faults->secret, track->seed);
    cache_init(&faults->senders, &(struct cache_config){.key_size = sizeof(struct sender),
                                                        .value_size = sizeof(struct sender_faults),
                                                        .max = CHECKSUM_SENDERS,
                                                        .seed = {track->seed[0], track->seed[1]},
                                                        .gone = sender_settle,
                                                        .context = faults});
}

static void faults_fini(void *self)
{
    struct checksum_faults *faults = self;
    cache_fini(&faults->senders);
}

static size_t faults_limit(void *self, double part)
{
    struct checksum_faults *faults = self;
    cache_limit(&faults->senders, (size_t)(part * CHECKSUM_SENDERS));
    return cache_memory(&faults->senders.config);
}

static void faults_finish(void *self, int64_t now_ns)
{
    struct checksum_faults *faults = self;
    const void *key;
    void *value;
    (void)now_ns;
    while ((value = cache_oldest(&faults->senders, &key)) != NULL) {
        sender_settle(faults, key, value);
        cache_remove(&faults->senders, key);
    }
}

/* In a run of months every bit would be set, and whoever leaves the checksum to its card be found:
 * each day begins without, and with those that are to be told afresh. */
static void faults_make_room(void *self, int64_t now_ns)
{
    const int64_t day_ns = (int64_t)24 * 3600 * NS_PER_S;
    struct checksum_faults *faults = self;
    if (faults->good_ns == 0)
        faults->good_ns = now_ns;
    if (time_between(faults->good_ns, now_ns) < day_ns)
        return;
    faults_finish(self, now_ns);
    memset(faults->good, 0, sizeof faults->good);
    faults->good_ns = now_ns;
}

static void faults_review(void *self, int64_t now_ns)
{
    struct checksum_faults *faults = self;
    const void *key = NULL;
    void *value;
    (void)now_ns;
    while ((value = cache_next(&faults->senders, &key)) != NULL)
        sender_settle(faults, key, value);
}

const struct tracker tracker_checksum_fault = {.init = faults_init,
                                               .fini = faults_fini,
                                               .limit = faults_limit,
                                               .messages = TRACKER_ALL,
                                               .message = faults_message,
                                               .make_room = faults_make_room,
                                               .review = faults_review,
                                               .finish = faults_finish};
