/* The offset is that of the four-time method (RFC 5905 8): T1 when the request left, T2 when it
 * came, T3 when the reply left, T4 when that came: ((T2 - T1) + (T3 - T4)) / 2. The messages hold
 * the first three. T4 is taken as T1 and the time between the two captured packets. */
#include "track/clock.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/room.h"
#include "decode/icmp.h"

enum { DAY_MS = 24 * 3600 * 1000, TYPE_REQUEST = 13, TYPE_REPLY = 14 };

const char *const clock_reference_names[CLOCK_REFERENCES] = {
    [CLOCK_OF_ASKER] = "requester", [CLOCK_OF_CAPTURE] = "capture"};

/* ---- times of day ---------------------------------------------------------------------------- */

/* RFC 792: the highest bit marks a time that is not of milliseconds since midnight UTC. */
static bool time_is_standard(uint32_t ms)
{
    return ms < DAY_MS;
}

int32_t clock_difference(uint32_t from_ms, uint32_t to_ms)
{
    int64_t difference = ((int64_t)to_ms - (int64_t)from_ms) % DAY_MS;
    if (difference >= DAY_MS / 2)
        difference -= DAY_MS;
    if (difference < -DAY_MS / 2)
        difference += DAY_MS;
    return (int32_t)difference;
}

static uint32_t time_of_day(int64_t ns)
{
    int64_t ms = ns / NS_PER_MS % DAY_MS;
    return (uint32_t)(ms < 0 ? ms + DAY_MS : ms);
}

static uint32_t byte_swap(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

/* ---- one exchange ---------------------------------------------------------------------------- */

/* Times of day, in ms. */
struct times {
    uint32_t sent, received, returned; /* T1, T2, T3 */
};

static bool times_near(uint32_t reference, uint32_t ms)
{
    enum { NEAR_MS = 60 * 1000 };
    return time_is_standard(ms) && abs(clock_difference(reference, ms)) <= NEAR_MS;
}

/* That four bytes in the wrong order are a time within a minute of the right one by chance is one
 * in 30,000 for each of the two times. */
static bool times_are_swapped(const struct times *times)
{
    return !times_near(times->sent, times->received) &&
           times_near(times->sent, byte_swap(times->received)) &&
           times_near(times->sent, byte_swap(times->returned));
}

/* Scanners leave the time of the request zero, which it is at midnight only. */
static bool originate_is_set(uint32_t ms, int64_t captured_ns)
{
    enum { HOUR_MS = 3600 * 1000 };
    return time_is_standard(ms) &&
           (ms != 0 || abs(clock_difference(0, time_of_day(captured_ns))) < HOUR_MS);
}

static int32_t offset_of(const struct times *times, int64_t rtt_ns)
{
    const int64_t half_ms = NS_PER_MS / 2;
    int64_t there = clock_difference(times->sent, times->received);
    int64_t twice = 2 * there + clock_difference(times->received, times->returned);
    int64_t ns = (twice * NS_PER_MS - rtt_ns) / 2;
    return (int32_t)((ns < 0 ? ns - half_ms : ns + half_ms) / NS_PER_MS);
}

static void clock_take_times(struct clock *clock, const struct icmp *icmp,
                             const struct request *request)
{
    struct times times = {request->note, icmp->receive_ms, icmp->transmit_ms};
    bool asker_tells = request->noted && originate_is_set(request->note, request->time_ns);
    if (!asker_tells)
        times.sent = time_of_day(request->time_ns);
    clock->reference = asker_tells ? CLOCK_OF_ASKER : CLOCK_OF_CAPTURE;
    clock->byte_swapped = times_are_swapped(&times);
    clock->standard = !clock->byte_swapped && time_is_standard(icmp->originate_ms) &&
                      time_is_standard(times.received) && time_is_standard(times.returned);
    clock->story.has |= CLOCK_HAS_STANDARD;
    if (!clock->standard && !clock->byte_swapped)
        return;
    if (clock->byte_swapped) {
        times.received = byte_swap(times.received);
        times.returned = byte_swap(times.returned);
    }
    clock->offset_ms = offset_of(&times, clock->rtt_ns);
    clock->story.has |= CLOCK_HAS_OFFSET;
}

static struct clock clock_of(const struct packet *packet, const struct request *request)
{
    const struct icmp *icmp = packet->icmp;
    struct clock clock = {.story = {.has = STORY_HAS_SRC | STORY_HAS_DST,
                                    .family = packet->ip.family,
                                    .src = packet->ip.dst,
                                    .dst = packet->ip.src},
                          .id = icmp->id,
                          .seq = icmp->seq,
                          .request_frame = request->frame.frame,
                          .rtt_ns = time_between(request->time_ns, packet->time_ns)};
    if (clock.rtt_ns < 0)
        clock.rtt_ns = 0;
    if ((icmp->has & ICMP_HAS_TIMES) != 0)
        clock_take_times(&clock, icmp, request);
    return clock;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static struct clock_pair *pair_get(struct clocks *clocks, const struct addr *src,
                                   const struct addr *dst, uint32_t context)
{
    struct clock_pair_key key;
    memset(&key, 0, sizeof key);
    key.src = *src;
    key.dst = *dst;
    key.context = context;
    struct clock_pair *pair = map_add(&clocks->pairs, &key, NULL);
    if (pair != NULL)
        pair->story = (struct story){
            .has = STORY_HAS_SRC | STORY_HAS_DST, .family = FAMILY_IPV4, .src = *src, .dst = *dst};
    return pair;
}

static void line_add_point(struct clock_line *line, int64_t time_ns, double offset_ms)
{
    if (line->n == 0)
        line->begin_ns = time_ns;
    double t = (double)time_between(line->begin_ns, time_ns) / NS_PER_S;
    line->n++;
    line->t += t;
    line->o += offset_ms;
    line->tt += t * t;
    line->to += t * offset_ms;
}

static void pair_add_offset(struct clock_pair *pair, const struct clock *clock, int64_t time_ns)
{
    bool first = pair->offsets++ == 0;
    if (first) {
        pair->first_ns = time_ns;
        pair->origin_ms = clock->offset_ms;
        pair->reference = clock->reference;
    }
    int32_t since = (int32_t)(((int64_t)clock->offset_ms - pair->origin_ms) % DAY_MS);
    since = since >= DAY_MS / 2 ? since - DAY_MS : since < -DAY_MS / 2 ? since + DAY_MS : since;
    int32_t offset = pair->origin_ms + since;
    pair->last_ns = time_ns;
    pair->min_ms = first || offset < pair->min_ms ? offset : pair->min_ms;
    pair->max_ms = first || offset > pair->max_ms ? offset : pair->max_ms;
    pair->sum_ms += offset;
    if (first || clock->rtt_ns < pair->best_rtt_ns) {
        pair->best_rtt_ns = clock->rtt_ns;
        pair->best_ms = offset;
    }
    if (clock->reference == CLOCK_OF_CAPTURE)
        pair->reference = CLOCK_OF_CAPTURE;
    line_add_point(&pair->line, time_ns, since);
}

static void pair_add(struct clock_pair *pair, const struct clock *clock,
                     const struct packet *packet)
{
    bool first = pair->replies++ == 0;
    sightings_add(&pair->seen, packet);
    pair->rtt_min_ns = first || clock->rtt_ns < pair->rtt_min_ns ? clock->rtt_ns : pair->rtt_min_ns;
    pair->rtt_max_ns = first || clock->rtt_ns > pair->rtt_max_ns ? clock->rtt_ns : pair->rtt_max_ns;
    pair->byte_swapped += clock->byte_swapped;
    pair->nonstandard +=
        (clock->story.has & CLOCK_HAS_STANDARD) != 0 && !clock->standard && !clock->byte_swapped;
    if ((clock->story.has & CLOCK_HAS_OFFSET) != 0)
        pair_add_offset(pair, clock, packet->time_ns);
}

uint64_t clock_pair_weight(const void *value)
{
    const struct clock_pair *pair = value;
    return pair->requests + pair->replies + 1;
}

double clock_pair_mean_ms(const struct clock_pair *pair)
{
    return pair->offsets > 0 ? pair->sum_ms / (double)pair->offsets : 0;
}

bool clock_pair_drift(const struct clock_pair *pair, double *ppm)
{
    const struct clock_line *line = &pair->line;
    double spread = line->n * line->tt - line->t * line->t;
    int64_t span_ns = time_between(pair->first_ns, pair->last_ns);
    if (pair->offsets < CLOCK_DRIFT_REPLIES || span_ns < (int64_t)CLOCK_DRIFT_S * NS_PER_S ||
        spread <= 0)
        return false;
    *ppm = (line->n * line->to - line->t * line->o) / spread * 1000;
    return true;
}

/* ---- the tracker ----------------------------------------------------------------------------- */

static void clocks_unanswered(void *context, const struct request_key *key,
                              const struct request *request, enum request_end end)
{
    struct clock_pair *pair = pair_get(context, &request->asker, &request->asked, key->context);
    if (pair == NULL)
        return;
    pair->unanswered += end == REQUEST_TIMED_OUT;
    pair->unanswered_at_end += end == REQUEST_AT_END;
}

static struct map_config pairs_config(const uint64_t seed[2])
{
    return (struct map_config){.key_size = sizeof(struct clock_pair_key),
                               .value_size = sizeof(struct clock_pair),
                               .max = CLOCK_PAIRS_MAX,
                               .seed = {seed[0], seed[1]}};
}

static void clocks_init(void *self, const struct track *track)
{
    struct clocks *clocks = self;
    const struct map_config config = pairs_config(track->seed);
    clocks->track = track;
    map_init(&clocks->pairs, &config);
    requests_init(&clocks->requests, track->seed);
    clocks->requests.unanswered = clocks_unanswered;
    clocks->requests.context = clocks;
}

static void clocks_fini(void *self)
{
    struct clocks *clocks = self;
    requests_fini(&clocks->requests);
    map_fini(&clocks->pairs);
}

static size_t clocks_limit(void *self, double part)
{
    struct clocks *clocks = self;
    map_limit(&clocks->pairs, (size_t)(part * CLOCK_PAIRS_MAX));
    return map_memory(&clocks->pairs.config) + requests_limit(&clocks->requests, part);
}

/* Times of 1 ms say nothing where the way takes longer than the clocks differ. */
static void clocks_find(struct clocks *clocks, const struct clock *clock,
                        const struct packet *packet, const struct request *request)
{
    int64_t offset_ms = llabs((long long)clock->offset_ms);
    if ((clock->story.has & CLOCK_HAS_OFFSET) == 0 || clock->reference != CLOCK_OF_ASKER ||
        offset_ms <= CLOCK_FINDING_MS || clock->rtt_ns >= offset_ms * NS_PER_MS)
        return;
    const struct finding_about about = {
        .src = clock->story.src, .dst = clock->story.dst, .family = clock->story.family};
    struct sightings seen = {0};
    sightings_add_witness(&seen, request->frame);
    sightings_add(&seen, packet);
    struct finding *finding =
        findings_add_seen(clocks->track->findings, FINDING_CLOCK_OFFSET, &about, &seen);
    if (finding != NULL && (uint64_t)offset_ms > finding->value)
        finding->value = (uint64_t)offset_ms;
    if (finding != NULL)
        finding->limit = CLOCK_FINDING_MS;
}

static void clocks_reply(struct clocks *clocks, const struct request_key *key,
                         const struct packet *packet)
{
    struct request request;
    if (!requests_answer(&clocks->requests, key, &request))
        return;
    const struct clock clock = clock_of(packet, &request);
    struct clock_pair *pair = pair_get(clocks, &clock.story.src, &clock.story.dst, packet->context);
    if (pair != NULL)
        pair_add(pair, &clock, packet);
    clocks_find(clocks, &clock, packet, &request);
    clocks->track->emit(clocks->track->context, &(struct event){.type = EVENT_CLOCK,
                                                                .capture = packet->capture,
                                                                .frame = packet->frame,
                                                                .time_ns = packet->time_ns,
                                                                .packet = packet,
                                                                .story = &clock.story});
}

static void clocks_request(struct clocks *clocks, const struct request_key *key,
                           const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    struct request *request = requests_add(&clocks->requests, key, packet);
    if (request == NULL)
        return;
    request->noted = (icmp->has & ICMP_HAS_TIMES) != 0;
    request->note = request->noted ? icmp->originate_ms : 0;
    struct clock_pair *pair = pair_get(clocks, &packet->ip.src, &packet->ip.dst, packet->context);
    if (pair == NULL)
        return;
    pair->requests++;
    sightings_add(&pair->seen, packet);
}

static void clocks_message(void *self, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    bool reply = icmp->type == TYPE_REPLY;
    if (icmp->family != FAMILY_IPV4 || (icmp->type != TYPE_REQUEST && !reply) ||
        (icmp->has & ICMP_HAS_ID) == 0)
        return;
    struct request_key key = request_key_of(packet, reply, TYPE_REQUEST);
    key.token[0] = (uint32_t)icmp->id << 16 | icmp->seq;
    if (reply)
        clocks_reply(self, &key, packet);
    else
        clocks_request(self, &key, packet);
}

static void clocks_tick(void *self, int64_t now_ns)
{
    struct clocks *clocks = self;
    requests_expire(&clocks->requests, now_ns);
}

static void clocks_make_room(void *self, int64_t now_ns)
{
    struct clocks *clocks = self;
    (void)now_ns;
    clocks->left += room_make(&clocks->pairs, offsetof(struct clock_pair, seen.last_ns));
}

static void clocks_finish(void *self, int64_t now_ns)
{
    struct clocks *clocks = self;
    requests_finish(&clocks->requests, now_ns);
}

static uint64_t clocks_lost(const void *self)
{
    const struct clocks *clocks = self;
    return clocks->pairs.refused + clocks->left + clocks->requests.lost;
}

const struct tracker tracker_clock = {.init = clocks_init,
                                      .fini = clocks_fini,
                                      .limit = clocks_limit,
                                      .messages = TRACKER_PLAIN,
                                      .message = clocks_message,
                                      .tick = clocks_tick,
                                      .make_room = clocks_make_room,
                                      .finish = clocks_finish,
                                      .lost = clocks_lost};
