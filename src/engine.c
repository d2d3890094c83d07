/* The way of a packet, station by station: engine_decode(), then engine_judge(). */
#include "engine.h"

#include "flow/tcp_state.h"
#include "match/record.h"

void engine_emit(void *context, const struct event *event)
{
    struct engine *engine = context;
    report_event(&engine->report, event);
}

void engine_flow_closed(void *context, const struct flow *flow, enum flow_end end)
{
    struct engine *engine = context;
    int64_t now_ns = engine->tally.last_ns;
    if (engine->idle_ns > now_ns)
        now_ns = engine->idle_ns;
    const struct hit *hit = flow->hit ? hits_flow_closed(&engine->hits, flow, now_ns) : NULL;
    if (hit != NULL || engine->config->all_flows)
        engine_emit(engine, &(struct event){.type = EVENT_FLOW,
                                            .flow_end = (uint8_t)end,
                                            .capture = hit != NULL ? hit->capture : 0,
                                            .time_ns = flow->last_ns,
                                            .flow = flow,
                                            .hit = hit});
    stories_flow_closed(&engine->stories, flow, hit);
}

void engine_flow_alive(void *context, const struct flow *flow)
{
    struct engine *engine = context;
    stories_flow_alive(&engine->stories, flow);
}

/* Whether --duration has passed; of interfaces the clock tells. */
static bool engine_is_late(const struct engine *engine, const struct record *record)
{
    const struct icmpscope_config *config = engine->config;
    return config->max_duration_ns > 0 && config->interface_count == 0 && engine->packets > 0 &&
           record->time_ns - engine->first_ns >= config->max_duration_ns;
}

static bool engine_wants(struct engine *engine, const struct record *record)
{
    if (engine->intake.filter != NULL && !filter_match(engine->intake.filter, record))
        return false;
    if (!engine_is_late(engine, record))
        return true;
    engine->over = true;
    return false;
}

/* A packet that is taken. The last of -c ends the reading: the next may never come. */
static void engine_count(struct engine *engine, const struct packet *packet)
{
    if (engine->packets == 0)
        engine->first_ns = packet->time_ns;
    engine->packets++;
    engine->over = engine->packets == engine->config->max_packets;
}

static struct decode_config engine_decode_config(struct engine *engine)
{
    return (struct decode_config){.guess_tunnels = engine->config->guess_tunnels,
                                  .fragments = &engine->fragments,
                                  .compared = &engine->compared};
}

/* The key of the flow that a packet belongs to, or that an error is about. */
static bool lookup_set(struct lookup *lookup, const struct packet *packet)
{
    if (packet_is_about_another(packet))
        return match_key(packet, &lookup->key, &lookup->direction);
    return flow_key_from(&lookup->key, &lookup->direction, &packet->ip, packet->context);
}

/* Decodes the records that pass. */
void engine_decode(struct engine *engine, struct batch *batch, size_t count)
{
    const struct decode_config decode = engine_decode_config(engine);
    const bool alone = !belt_is_running(&engine->belt);
    batch->count = 0;
    for (size_t i = 0; i < count && !engine->over; i++) {
        if (!engine_wants(engine, &batch->read[i]))
            continue;
        struct packet *packet = &batch->packets[batch->count];
        struct lookup *lookup = &batch->lookups[batch->count];
        decode_packet(&batch->read[i], &decode, packet, &batch->rooms[batch->count]);
        batch->records[batch->count] = &batch->read[i];
        batch->count++;
        if (alone)
            tally_packet(&engine->tally, packet);
        engine_count(engine, packet);

        lookup->keyed = lookup_set(lookup, packet);
        if (lookup->keyed)
            lookup->hash = flow_table_hash(engine->table, &lookup->key);
    }
}

void engine_prefetch_index(const struct engine *engine, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->lookups[i].keyed)
            flow_table_prefetch_index(engine->table, batch->lookups[i].hash);
}

void engine_prefetch_flows(const struct engine *engine, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct lookup *lookup = &batch->lookups[i];
        if (lookup->keyed)
            lookup->guess = flow_table_prefetch_flow(engine->table, lookup->hash);
    }
}

/* Who has been hit is known by another table, too. */
void engine_prefetch_hits(const struct engine *engine, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct lookup *lookup = &batch->lookups[i];
        const struct flow *flow =
            lookup->keyed ? flow_table_at(engine->table, lookup->guess) : NULL;
        if (flow != NULL && flow->hit)
            hits_prefetch(&engine->hits, flow);
    }
}

static void engine_keep_evidence(struct engine *engine, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct packet *packet = &batch->packets[i];
        batch->lookups[i].evidence = evidence_add(engine->evidence, batch->records[i], packet);
        if (packet_is_about_another(packet))
            evidence_want(engine->evidence, batch->lookups[i].evidence);
    }
}

/* A message in fragments was counted in its flow with the first of them. */
static bool packet_is_of_flow(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp == NULL || !(icmp->has & ICMP_HAS_FRAGMENTS) || !icmp->begun_before;
}

/* The flow is as it was before the packet. */
static void engine_story_packet(struct engine *engine, struct flow *flow,
                                const struct packet *packet, enum flow_direction direction,
                                const struct hit *hit)
{
    const struct sight sight = {.packet = packet,
                                .hit = hit,
                                .flow = flow,
                                .direction = direction,
                                .again = story_is_again(flow, &packet->ip, direction)};
    stories_packet(&engine->stories, &sight);
}

/* A packet of a flow: counted there, and remembered, so that errors can find it. */
static void engine_flow_packet(struct engine *engine, const struct packet *packet,
                               const struct lookup *lookup)
{
    struct flow_touch touch = flow_table_touch_guess(engine->table, &lookup->key, lookup->hash,
                                                     lookup->guess, packet->time_ns);
    if (tcp_state_is_reuse(touch.flow, &packet->ip, lookup->direction))
        tcp_state_renew(engine->table, &touch, packet->time_ns);
    const struct hit *hit =
        touch.flow->hit ? hits_packet(&engine->hits, touch.flow, packet, lookup->direction) : NULL;
    if (stories_want(touch.flow, &packet->ip, lookup->direction))
        engine_story_packet(engine, touch.flow, packet, lookup->direction, hit);
    struct ring_entry *entry = match_record(&engine->matcher, &touch, packet, lookup->direction);
    entry->evidence = lookup->evidence;
    if (touch.flow->hit && engine->evidence != NULL)
        evidence_want(engine->evidence, entry->evidence);
}

/* A fragment of whatever protocol, so that errors that quote a later one find its flow. */
static void engine_fragment(struct engine *engine, const struct packet *packet,
                            const struct lookup *lookup)
{
    bool begins = lookup->keyed && !packet_is_about_another(packet);
    if ((packet->ip.has & HAS_FRAGMENT) != 0)
        fragment_table_add(&engine->fragment_table, packet, begins ? &lookup->key : NULL,
                           lookup->direction);
    stories_fragment(&engine->stories, &(struct sight){.packet = packet});
}

/* `verdict` is NULL for a message that is about no other packet. */
static void engine_tell(struct engine *engine, const struct packet *packet,
                        const struct verdict *verdict, const struct hit *hit)
{
    tally_message(&engine->tally, packet, verdict);
    engine_emit(engine, &(struct event){.type = EVENT_ICMP,
                                        .capture = packet->capture,
                                        .frame = packet->frame,
                                        .time_ns = packet->time_ns,
                                        .packet = packet,
                                        .verdict = verdict});
    stories_message(&engine->stories,
                    &(struct sight){.packet = packet, .verdict = verdict, .hit = hit});
}

static void engine_judged(struct engine *engine, const struct packet *packet,
                          const struct verdict *verdict, uint32_t evidence)
{
    if (engine->evidence != NULL)
        evidence_error(engine->evidence, evidence, packet, verdict);
    const struct hit *hit = hits_error(&engine->hits, packet, verdict);
    rewritings_error(&engine->rewritings, packet, verdict);
    engine_tell(engine, packet, verdict, hit);
}

/* An error that waited: its packets have come, or will not. */
static void engine_release(struct engine *engine, const struct held_error *held)
{
    struct verdict verdict;
    held_judge(held, &engine->matcher, &verdict);
    engine_judged(engine, &held->packet, &verdict, held->evidence);
}

static void engine_release_due(struct engine *engine, int64_t now_ns)
{
    const struct held_error *held;
    while ((held = held_take_due(&engine->held, now_ns, engine->config->reorder_ns)) != NULL)
        engine_release(engine, held);
}

static void engine_release_all(struct engine *engine)
{
    const struct held_error *held;
    while ((held = held_take(&engine->held)) != NULL)
        engine_release(engine, held);
}

/* Whether an error of which no packet is there waits for it. */
static bool engine_hold(struct engine *engine, const struct packet *packet,
                        const struct verdict *verdict, uint32_t evidence)
{
    if (engine->config->reorder_ns <= 0 || !match_may_come(verdict))
        return false;
    if (held_is_full(&engine->held))
        engine_release(engine, held_hurry(&engine->held));
    return held_add(&engine->held, packet, verdict, evidence);
}

static void engine_error(struct engine *engine, const struct packet *packet, uint32_t evidence)
{
    struct verdict verdict;
    match_error(&engine->matcher, packet, &verdict);
    if (!engine_hold(engine, packet, &verdict, evidence))
        engine_judged(engine, packet, &verdict, evidence);
}

static void engine_message(struct engine *engine, const struct packet *packet, uint32_t evidence)
{
    if (packet_is_about_another(packet))
        engine_error(engine, packet, evidence);
    else
        engine_tell(engine, packet, NULL, NULL);
}

bool engine_is_due(const struct engine *engine, int64_t now_ns)
{
    return fragments_are_due(&engine->fragments, now_ns);
}

/* Their first fragments say what there is. */
void engine_give_up(struct engine *engine, int64_t now_ns)
{
    const struct decode_config decode = engine_decode_config(engine);
    struct decode_room *room = &belt_next(&engine->belt)->rooms[0];
    struct packet packet;
    while (fragments_give_up(&decode, now_ns, &packet, room))
        engine_message(engine, &packet, 0);
}

static void engine_packet(struct engine *engine, const struct packet *packet,
                          const struct lookup *lookup)
{
    if (engine->held.count > 0)
        engine_release_due(engine, packet->time_ns);
    if (lookup->keyed && !packet_is_about_another(packet) && packet_is_of_flow(packet))
        engine_flow_packet(engine, packet, lookup);
    if ((packet->ip.has & (HAS_FRAGMENT | HAS_FRAGMENT_OVERLAP)) != 0)
        engine_fragment(engine, packet, lookup);
    if (packet->icmp != NULL)
        engine_message(engine, packet, lookup->evidence);
    if (!lookup->keyed && packet->arp != NULL)
        stories_arp(&engine->stories, &(struct sight){.packet = packet});
}

void engine_tally(struct engine *engine, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        tally_packet(&engine->tally, &batch->packets[i]);
}

void engine_judge(struct engine *engine, struct batch *batch)
{
    if (engine->evidence != NULL)
        engine_keep_evidence(engine, batch);
    for (size_t i = 0; i < batch->count; i++)
        engine_packet(engine, &batch->packets[i], &batch->lookups[i]);
}

/* Who follows the output of an interface sees each packet at once. */
void engine_tick(struct engine *engine, int64_t now_ns)
{
    stories_tick(&engine->stories, now_ns);
    if (engine->config->interface_count > 0)
        out_flush(&engine->out);
    atomic_store_explicit(&engine->messages, engine->tally.icmp_messages + engine->held.count,
                          memory_order_relaxed);
}

void engine_age(struct engine *engine, int64_t now_ns)
{
    engine_give_up(engine, now_ns);
    engine_release_due(engine, now_ns);
    stories_tick(&engine->stories, now_ns);
}

/* At most a second's share at a time: where the clock was set, nothing has to be made up for. */
void engine_sweep(struct engine *engine, int64_t now_ns, int64_t elapsed_ns)
{
    const size_t places = flow_table_places(engine->table);
    if (elapsed_ns > NS_PER_S)
        elapsed_ns = NS_PER_S;
    const uint64_t share_us = (uint64_t)(elapsed_ns / NS_PER_US);
    const uint64_t whole_us = (uint64_t)ENGINE_SWEEP_S * (NS_PER_S / NS_PER_US);
    engine->idle_ns = now_ns;
    if (flow_table_sweep(engine->table, now_ns, (size_t)(places * share_us / whole_us) + 1))
        stories_walked(&engine->stories);
}

void engine_make_room(struct engine *engine, int64_t now_ns)
{
    tally_make_room(&engine->tally);
    hits_make_room(&engine->hits);
    rewritings_make_room(&engine->rewritings);
    stories_make_room(&engine->stories, now_ns);
}

void engine_drain(struct engine *engine)
{
    engine_give_up(engine, INT64_MAX);
    engine_release_all(engine);
}
