/* The way of a packet, station by station: engine_decode(), then engine_judge(). */
#include "engine.h"

#include "base/cold.h"
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
                                            .flow = hit != NULL ? &hit->flow : flow,
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
static void engine_count(struct engine *engine, const struct record *record)
{
    if (engine->packets == 0)
        engine->first_ns = record->time_ns;
    engine->packets++;
    engine->over = engine->packets == engine->config->max_packets;
}

/* Mostly nothing asks for some of them only. */
static bool engine_wants_all(const struct engine *engine, size_t count)
{
    const struct icmpscope_config *config = engine->config;
    const bool enough = config->max_packets != 0 && engine->packets + count >= config->max_packets;
    return engine->intake.filter == NULL && config->max_duration_ns <= 0 && !enough &&
           engine->packets > 0;
}

/* Moves those records together that pass. */
static size_t engine_choose(struct engine *engine, struct record *records, size_t count)
{
    size_t passed = 0;
    if (engine_wants_all(engine, count)) {
        engine->packets += count;
        return count;
    }
    for (size_t i = 0; i < count && !engine->over; i++) {
        if (!engine_wants(engine, &records[i]))
            continue;
        engine_count(engine, &records[i]);
        records[passed++] = records[i];
    }
    return passed;
}

static struct decode_config engine_decode_config(struct engine *engine)
{
    return (struct decode_config){.guess_tunnels = engine->config->guess_tunnels,
                                  .fragments = &engine->fragments,
                                  .compared = &engine->compared};
}

/* The key of the flow that a packet belongs to, or that an error is about. */
static bool brief_set_keyed(struct brief *brief, const struct packet *packet)
{
    enum flow_direction direction;
    const bool about = brief->about = packet_is_about_another(packet);
    const bool keyed = about ? match_key(packet, &brief->key, &direction)
                             : flow_key_from(&brief->key, &direction, &packet->ip, packet->context);
    if (keyed && !about)
        brief_set(brief, packet, direction);
    return keyed;
}

COLD static void engine_decode_whole(struct engine *engine, struct batch *batch, size_t index)
{
    const struct decode_config decode = engine_decode_config(engine);
    const size_t slot = batch->wholes++;
    struct packet *packet = &batch->packets[slot];
    struct brief *brief = &batch->briefs[index];
    decode_packet(&batch->read[index], &decode, packet, &batch->rooms[slot]);
    batch->slots[index] = (uint8_t)slot;
    brief_begin(brief, &batch->read[index]);
    brief->keyed = brief_set_keyed(brief, packet);
    if (brief->keyed)
        batch->hashes[index] = flow_table_hash(engine->table, &brief->key);
    if (brief->keyed && brief->about)
        batch->error_at[batch->errors++] = (uint8_t)index;
}

/* In a copy, which need not be in memory. */
static void engine_pass(struct engine *engine, struct batch *batch)
{
    struct passed passed = engine->passed;
    for (size_t i = 0; i < batch->count; i++) {
        const struct record *record = &batch->read[i];
        passed_add(&passed, record->time_ns, record->wire_length,
                   record->cap_length < record->wire_length);
    }
    batch->passed = engine->passed = passed;
}

/* Returns of how many the whole is wanted: for an evidence capture, of each. */
static size_t engine_read_plain(const struct engine *engine, struct batch *batch)
{
    if (engine->evidence == NULL)
        return briefs_read(batch->briefs, batch->hashes, batch->read, batch->count,
                           flow_table_secret(engine->table));
    for (size_t i = 0; i < batch->count; i++)
        batch->briefs[i].plain = false;
    return batch->count;
}

void engine_decode(struct engine *engine, struct batch *batch, size_t count)
{
    batch->count = engine_choose(engine, batch->read, count);
    batch->wholes = batch->errors = 0;
    const size_t wholes = engine_read_plain(engine, batch);
    for (size_t i = 0; batch->wholes < wholes; i++)
        if (!batch->briefs[i].plain)
            engine_decode_whole(engine, batch, i);
    engine_pass(engine, batch);
}

void engine_prefetch_index(const struct engine *engine, const struct batch *batch)
{
    if (!batch->is_peeked)
        flow_table_prefetch_index(engine->table, batch->hashes, batch->count);
}

static void prefetch_flows(const struct engine *engine, struct batch *batch, size_t from,
                           size_t count)
{
    if (batch->is_peeked)
        flow_table_prefetch_peeked(engine->table, batch->hashes + from, batch->peeked + from,
                                   batch->guesses + from, count);
    else
        flow_table_prefetch_flows(engine->table, batch->hashes + from, batch->guesses + from,
                                  count);
}

void engine_peek_index(const struct engine *engine, const struct batch *batch)
{
    flow_table_peek_index(engine->table, batch->hashes, batch->count);
}

void engine_peek_flows(const struct engine *engine, struct batch *batch)
{
    flow_table_peek(engine->table, batch->hashes, batch->peeked, batch->count);
}

static void prefetch_first_packets(const struct engine *engine, struct batch *batch)
{
    for (size_t i = 0; i < batch->errors; i++) {
        const struct flow *flow = batch->guesses[batch->error_at[i]].flow;
        batch->fetched[i] = flow != NULL ? flow->newest : 0;
        ring_prefetch_first(&engine->ring, batch->fetched[i]);
    }
}

/* Whether there may be more. */
static bool prefetch_next_packets(const struct engine *engine, struct batch *batch)
{
    ring_position more = 0;
    for (size_t i = 0; i < batch->errors; i++)
        more |= batch->fetched[i] = ring_prefetch_step(&engine->ring, batch->fetched[i]);
    return more != 0;
}

/* Errors look at the packets that their flows sent last, which are found one by the other: each is
 * on its way while a few flows are asked for. */
enum { FLOWS_A_STEP = 8, FEW_ERRORS = 8 };

static void prefetch_with_errors(const struct engine *engine, struct batch *batch)
{
    for (size_t i = 0; i < batch->errors; i++)
        prefetch_flows(engine, batch, batch->error_at[i], 1);
    size_t i = 0;
    for (bool more = true; more && i + FLOWS_A_STEP <= batch->count; i += FLOWS_A_STEP) {
        prefetch_flows(engine, batch, i, FLOWS_A_STEP);
        if (i == 0)
            prefetch_first_packets(engine, batch);
        else
            more = prefetch_next_packets(engine, batch);
    }
    if (i == 0)
        prefetch_first_packets(engine, batch);
    prefetch_flows(engine, batch, i, batch->count - i);
}

void engine_prefetch_flows(const struct engine *engine, struct batch *batch)
{
    if (batch->errors > 0 && batch->errors <= FEW_ERRORS) {
        prefetch_with_errors(engine, batch);
        return;
    }
    prefetch_flows(engine, batch, 0, batch->count);
    prefetch_first_packets(engine, batch);
}

/* Packets of flows that were hit are looked at by another table, too. */
void engine_prefetch_hits(const struct engine *engine, struct batch *batch)
{
    bool more = batch->errors > 0;
    if (!more && !hits_any(&engine->hits))
        return;
    for (size_t i = 0; i < batch->count; i++) {
        const struct flow *flow = batch->guesses[i].flow;
        if (flow != NULL)
            hits_prefetch(&engine->hits, flow);
        if (more && i % FLOWS_A_STEP == 0)
            more = prefetch_next_packets(engine, batch);
    }
}

static void engine_keep_evidence(struct engine *engine, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct packet *packet = batch_whole(batch, i);
        batch->evidence[i] = evidence_add(engine->evidence, &batch->read[i], packet);
        if (packet_is_about_another(packet))
            evidence_want(engine->evidence, batch->evidence[i]);
    }
}

/* A message in fragments was counted in its flow with the first of them. */
static bool packet_is_of_flow(const struct packet *packet)
{
    const struct icmp *icmp = packet->icmp;
    return icmp == NULL || !(icmp->has & ICMP_HAS_FRAGMENTS) || !icmp->begun_before;
}

/* Trackers that want the whole of a packet of a flow, which is as it was before. */
COLD static void engine_story_packet(struct engine *engine, const struct flow_touch *touch,
                                     struct batch *batch, size_t index, struct follow *follow)
{
    const struct brief *brief = &batch->briefs[index];
    const enum flow_direction direction = (enum flow_direction)brief->entry.direction;
    const struct sight sight = {.packet = batch_packet(batch, index),
                                .follow = follow,
                                .flow = touch->flow,
                                .direction = direction,
                                .again = story_is_again(touch->flow, brief, direction)};
    stories_packet(&engine->stories, &sight);
}

/* A packet of a flow: counted there, and remembered, so that errors can find it. */
static void engine_flow_packet(struct engine *engine, struct batch *batch, size_t index)
{
    const struct brief *brief = &batch->briefs[index];
    const int64_t time_ns = brief->entry.time_ns;
    const enum flow_direction direction = (enum flow_direction)brief->entry.direction;
    struct flow_touch touch = flow_table_touch_guess(
        engine->table, &brief->key, batch->hashes[index], batch->guesses[index], time_ns);
    if (!brief->plain && tcp_state_is_reuse(touch.flow, &batch_whole(batch, index)->ip, direction))
        tcp_state_renew(engine->table, &touch, time_ns);
    struct follow *follow = touch.flow->hit ? hits_packet(&engine->hits, touch.flow, brief) : NULL;
    if (stories_want(touch.flow, brief, direction) || (follow != NULL && follow_wants(follow)))
        engine_story_packet(engine, &touch, batch, index, follow);
    struct ring_entry *entry = match_record(&engine->matcher, &touch, brief);
    entry->evidence = batch->evidence[index];
    if (touch.flow->hit && engine->evidence != NULL)
        evidence_want(engine->evidence, entry->evidence);
}

/* What the above comes to for most packets: plain ones of a flow that is where it was guessed, and
 * which nobody else asks for. False, and nothing is done, for others. */
static inline bool engine_quick_packet(struct matcher *matcher, const int64_t *idle_ns,
                                       const struct brief *brief, struct flow_guess known)
{
    if (known.flow == NULL || known.flow->hit ||
        stories_want(known.flow, brief, (enum flow_direction)brief->entry.direction) ||
        !flow_use(known.flow, &brief->key, brief->entry.time_ns, idle_ns[brief->key.proto]))
        return false;
    match_record_plain(matcher, known, brief);
    return true;
}

/* A fragment of whatever protocol, so that errors that quote a later one find its flow. */
static void engine_fragment(struct engine *engine, const struct batch *batch, size_t index)
{
    const struct packet *packet = batch_whole(batch, index);
    const struct brief *brief = &batch->briefs[index];
    bool begins = brief->keyed && !packet_is_about_another(packet);
    if ((packet->ip.has & HAS_FRAGMENT) != 0)
        fragment_table_add(&engine->fragment_table, packet, begins ? &brief->key : NULL,
                           (enum flow_direction)brief->entry.direction);
    stories_fragment(&engine->stories, &(struct sight){.packet = packet});
}

/* `verdict` is NULL for a message that is about no other packet. */
static void engine_tell(struct engine *engine, const struct packet *packet,
                        const struct verdict *verdict, struct follow *follow)
{
    tally_message(&engine->tally, packet, verdict);
    engine_emit(engine, &(struct event){.type = EVENT_ICMP,
                                        .capture = packet->capture,
                                        .frame = packet->frame,
                                        .time_ns = packet->time_ns,
                                        .packet = packet,
                                        .verdict = verdict});
    stories_message(&engine->stories,
                    &(struct sight){.packet = packet, .verdict = verdict, .follow = follow});
}

static void engine_judged(struct engine *engine, const struct packet *packet,
                          const struct verdict *verdict, uint32_t evidence)
{
    if (engine->evidence != NULL)
        evidence_error(engine->evidence, evidence, packet, verdict);
    hits_error(&engine->hits, packet, verdict);
    rewritings_error(&engine->rewritings, packet, verdict);
    const struct flow *flow = verdict->flow;
    engine_tell(engine, packet, verdict,
                flow != NULL ? follow_of(&engine->hits.follows, flow) : NULL);
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

static void engine_packet(struct engine *engine, struct batch *batch, size_t index)
{
    const struct packet *packet = batch_whole(batch, index);
    const bool keyed = batch->briefs[index].keyed;
    if (keyed && !packet_is_about_another(packet) && packet_is_of_flow(packet))
        engine_flow_packet(engine, batch, index);
    if ((packet->ip.has & (HAS_FRAGMENT | HAS_FRAGMENT_OVERLAP)) != 0)
        engine_fragment(engine, batch, index);
    if (packet->icmp != NULL)
        engine_message(engine, packet, batch->evidence[index]);
    if (!keyed && packet->arp != NULL)
        stories_arp(&engine->stories, &(struct sight){.packet = packet});
}

static void engine_tally(struct engine *engine, const struct batch *batch)
{
    tally_passed(&engine->tally, &batch->passed);
    for (size_t i = 0; i < batch->wholes; i++)
        if (batch->packets[i].decoded != DECODED)
            tally_decoded(&engine->tally, (enum decoded)batch->packets[i].decoded);
}

void engine_judge(struct engine *engine, struct batch *batch)
{
    engine_tally(engine, batch);
    if (engine->evidence != NULL)
        engine_keep_evidence(engine, batch);
    const int64_t *idle_ns = flow_table_idle(engine->table);
    for (size_t i = 0; i < batch->count; i++) {
        const struct brief *brief = &batch->briefs[i];
        if (engine->held.count > 0)
            engine_release_due(engine, brief->entry.time_ns);
        if (!brief->plain)
            engine_packet(engine, batch, i);
        else if (!engine_quick_packet(&engine->matcher, idle_ns, brief, batch->guesses[i]))
            engine_flow_packet(engine, batch, i);
    }
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
