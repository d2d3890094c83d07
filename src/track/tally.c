#include "track/tally.h"

#include <stddef.h>

#include "base/room.h"
#include "decode/icmp.h"

void tally_init(struct tally *tally, const uint64_t seed[2])
{
    const struct {
        struct map *map;
        struct map_config config;
    } maps[] = {
        {&tally->messages,
         {sizeof(struct message_key), sizeof(struct message_count), TALLY_MESSAGES_MAX, {0}}},
        {&tally->reporters,
         {sizeof(struct reporter_key), sizeof(struct reporter_count), TALLY_REPORTERS_MAX, {0}}},
        {&tally->message_flows, {sizeof(struct message_flow_key), 0, TALLY_PAIRS_MAX, {0}}},
        {&tally->message_reporters, {sizeof(struct message_reporter_key), 0, TALLY_PAIRS_MAX, {0}}},
    };
    *tally = (struct tally){0};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        struct map_config config = maps[i].config;
        config.seed[0] = seed[0];
        config.seed[1] = seed[1] + i;
        map_init(maps[i].map, &config);
    }
}

size_t tally_limit(struct tally *tally, const struct tally_caps *caps)
{
    map_limit(&tally->messages, caps->messages);
    map_limit(&tally->reporters, caps->reporters);
    map_limit(&tally->message_flows, caps->pairs);
    map_limit(&tally->message_reporters, caps->pairs);
    return map_memory(&tally->messages.config) + map_memory(&tally->reporters.config) +
           map_memory(&tally->message_flows.config) + map_memory(&tally->message_reporters.config);
}

void tally_fini(struct tally *tally)
{
    map_fini(&tally->messages);
    map_fini(&tally->reporters);
    map_fini(&tally->message_flows);
    map_fini(&tally->message_reporters);
}

void tally_passed(struct tally *tally, const struct passed *passed)
{
    if (passed->packets == 0)
        return;
    tally->packets = passed->packets;
    tally->bytes = passed->bytes;
    tally->health.snapped = passed->snapped;
    tally->health.time_backwards = passed->time_backwards;
    tally->first_ns = passed->first_ns;
    tally->last_ns = passed->last_ns;
    tally->previous_ns = passed->previous_ns;
}

void tally_decoded(struct tally *tally, enum decoded decoded)
{
    struct health *health = &tally->health;
    health->truncated += decoded == TRUNCATED;
    health->malformed += decoded == MALFORMED;
    health->unsupported += decoded == UNSUPPORTED;
}

/* Adds to a set; true where it was new. A full set is counted. */
static bool tally_distinct(struct tally *tally, struct map *set, const void *key)
{
    bool fresh;
    if (map_add(set, key, &fresh) == NULL)
        tally->health.uncounted++;
    return fresh;
}

static void tally_reporter(struct tally *tally, const struct packet *packet)
{
    struct reporter_key key = {packet->ip.src, packet->ip.family};
    struct reporter_count *count = map_add(&tally->reporters, &key, NULL);
    if (count == NULL)
        tally->health.uncounted++;
    else
        *count = (struct reporter_count){count->errors + 1, packet->time_ns};
    reporter_labels_count(&tally->reporter_labels, packet, count != NULL ? count->errors : 0);
}

/* What is known of one type and code of error. */
static void tally_cause(struct tally *tally, struct message_count *count,
                        const struct message_key *key, const struct packet *packet,
                        const struct verdict *verdict)
{
    struct message_flow_key flow = {*key, {verdict->flow_id >> 32, (uint32_t)verdict->flow_id}};
    struct message_reporter_key reporter = {*key, packet->ip.src};

    count->errors++;
    count->verdicts[verdict->kind]++;
    if ((verdict->has & VERDICT_HAS_FLOW) != 0)
        count->flows += tally_distinct(tally, &tally->message_flows, &flow);
    if (count->errors == 1)
        count->reporter = packet->ip.src;
    count->reporters += tally_distinct(tally, &tally->message_reporters, &reporter);
}

static void tally_anomalies(struct tally *tally, const struct packet *packet,
                            const struct verdict *verdict)
{
    for (unsigned i = 0; i < ANOMALIES; i++) {
        struct anomaly_count *anomaly = &tally->anomalies[i];
        if ((verdict->anomalies >> i & 1) == 0)
            continue;
        if (anomaly->count++ > 0)
            continue;
        anomaly->frame = packet->frame;
        anomaly->capture = packet->capture;
    }
}

void tally_message(struct tally *tally, const struct packet *packet, const struct verdict *verdict)
{
    const struct icmp *icmp = packet->icmp;
    struct health *health = &tally->health;
    const struct message_key key = {icmp->family, icmp->type, icmp->code, 0};
    struct message_count *count = map_add(&tally->messages, &key, NULL);

    tally->icmp_messages++;
    health->bad_checksum += icmp->checksum == CHECKSUM_BAD;
    health->unverified_checksum += icmp->checksum == CHECKSUM_UNVERIFIED;
    health->unassigned +=
        icmp_type_get((enum family)icmp->family, icmp->type)->status == ICMP_UNASSIGNED;
    if (count == NULL)
        health->uncounted++;
    else
        count->last_ns = packet->time_ns;
    if (count != NULL)
        count->count++;
    if (verdict != NULL && verdict->anomalies != 0)
        tally_anomalies(tally, packet, verdict);
    if (verdict == NULL || !icmp_is_error(icmp))
        return;

    tally->errors++;
    tally->verdicts[verdict->kind]++;
    tally->about_errors += verdict->kind == VERDICT_UNKEYED &&
                           (verdict->anomalies >> ANOMALY_ERROR_ABOUT_ERROR & 1) != 0;
    tally_reporter(tally, packet);
    if (count != NULL)
        tally_cause(tally, count, &key, packet, verdict);
}

void tally_make_room(struct tally *tally)
{
    tally->health.uncounted +=
        room_make(&tally->messages, offsetof(struct message_count, last_ns)) +
        room_make(&tally->reporters, offsetof(struct reporter_count, last_ns));
    room_make(&tally->message_flows, ROOM_BY_ORDER);
    room_make(&tally->message_reporters, ROOM_BY_ORDER);
}
