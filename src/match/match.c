/* Where an error's quote leads: the flow, the packet, and how sure that is. */
#include "match/match.h"

#include <stdbool.h>
#include <stddef.h>

#include "decode/headers.h"
#include "decode/icmp.h"
#include "match/doubt.h"
#include "match/identity.h"
#include "match/nat.h"
#include "match/rewritten.h"
#include "match/search.h"
#include "match/sequence.h"

static bool packet_has_quote(const struct packet *packet)
{
    return packet->icmp != NULL && (packet->icmp->has & ICMP_HAS_QUOTE) != 0;
}

void verdict_take_flow(struct verdict *verdict, struct flow *flow)
{
    verdict->has |= VERDICT_HAS_FLOW;
    verdict->flow = flow;
    verdict->flow_id = flow->id;
    verdict->sent_key = flow->key;
}

static void verdict_take_trigger(struct verdict *verdict, uint16_t capture, uint64_t frame,
                                 int64_t rtt_ns)
{
    verdict->has |= VERDICT_HAS_TRIGGER;
    verdict->capture = capture;
    verdict->frame = frame;
    verdict->rtt_ns = rtt_ns;
    verdict->has |= rtt_ns >= 0 ? (uint32_t)VERDICT_HAS_RTT : 0;
}

void verdict_take_sent(struct verdict *verdict, const struct ring_entry *sent, int64_t time_ns)
{
    verdict_take_trigger(verdict, (uint16_t)sent->capture, sent->frame,
                         time_between(sent->time_ns, time_ns));
    verdict->has |= VERDICT_HAS_SENT;
    verdict->sent = *sent;
    verdict->ttl_sent = sent->sent.ttl;
}

static void verdict_packet(struct verdict *verdict, const struct found *found, int64_t time_ns)
{
    const struct search *search = &found->best;
    verdict->answers = found->past.prompt ? found->past.answers : 0;
    verdict->answer_ns = found->past.answer_ns;
    verdict->closed = found->whole && search->count == 0 && past_is_closed(&found->past);
    if (search->count > 1) {
        verdict->has |= VERDICT_HAS_CANDIDATES;
        verdict->candidates = search->count;
    }
    if (search->count != 1 || search->score < IDENTITY_TELLS)
        return;
    verdict->kind = VERDICT_EXACT;
    verdict_take_sent(verdict, search->trigger, time_ns);
    verdict->ttl_sent = search->ttl;
}

bool match_key(const struct packet *packet, struct flow_key *key, enum flow_direction *direction)
{
    return packet_has_quote(packet) &&
           flow_key_from(key, direction, &packet->icmp->quote.ip, packet->context);
}

static void verdict_flow(struct verdict *verdict, struct matcher *matcher,
                         const struct wanted *wanted)
{
    if (!wanted->keyed)
        return;
    struct flow *flow = flow_table_find(matcher->table, &wanted->key, wanted->hash);
    verdict->direction = (uint8_t)wanted->direction;
    verdict->kind = VERDICT_UNMATCHED;
    if (flow == NULL)
        return;

    verdict_take_flow(verdict, flow);
    verdict->kind = VERDICT_REVERSE;
    if (flow_packets(flow, wanted->direction) == 0)
        return;

    verdict->kind = VERDICT_FLOW;
    struct found found = search_flow(matcher, flow, wanted, wanted->direction);
    verdict_packet(verdict, &found, wanted->error->time_ns);
}

/* A later fragment has no ports: what it is a fragment of says whose it is. */
static void verdict_fragment(struct verdict *verdict, const struct matcher *matcher,
                             const struct packet *error)
{
    const struct headers *quoted = &error->icmp->quote.ip;
    struct fragment_key key = fragment_key_from(quoted, error->context);
    const struct fragment_datagram *datagram = fragment_table_find(matcher->fragments, &key);
    if (datagram == NULL)
        return;

    const struct fragment_frame *frame =
        fragment_table_frame(matcher->fragments, datagram, quoted->frag_offset);
    bool late = frame != NULL && search_has_waited(error) &&
                search_is_after(frame->capture, frame->frame, frame->time_ns, error);
    if (frame != NULL && !late) {
        verdict->kind = VERDICT_FRAGMENT;
        verdict_take_trigger(verdict, frame->capture, frame->frame,
                             time_between(frame->time_ns, error->time_ns));
    }
    if (!datagram->has_flow)
        return;

    uint64_t hash = flow_table_hash(matcher->table, &datagram->flow);
    struct flow *flow = flow_table_find(matcher->table, &datagram->flow, hash);
    if (flow == NULL)
        return;
    verdict->kind = VERDICT_FRAGMENT;
    verdict->direction = datagram->direction;
    verdict_take_flow(verdict, flow);
}

static bool was_evicted(const struct matcher *matcher, const struct wanted *wanted)
{
    return wanted->keyed && flow_table_was_evicted(matcher->table, wanted->hash);
}

/* Of the packet inside a tunnel that is quoted. Returns whether one of its key gave way. */
static bool verdict_inside(struct verdict *inner, struct matcher *matcher,
                           const struct packet *error, bool waited)
{
    const struct quote *quote = &error->icmp->quote;
    const struct wanted inside =
        search_wanted(matcher, &quote->inner.ip, quote->inner.context, error, waited);
    inner->inner = true;
    verdict_flow(inner, matcher, &inside);
    return was_evicted(matcher, &inside);
}

/* Packets in a tunnel are of the flow that their inner headers name. Where neither ties it, it is
 * about the packet that is quoted. */
static void verdict_packets(struct verdict *verdict, struct matcher *matcher,
                            const struct packet *error, bool waited)
{
    const struct quote *quote = &error->icmp->quote;
    const struct wanted outer = search_wanted(matcher, &quote->ip, error->context, error, waited);
    bool evicted = was_evicted(matcher, &outer);
    if ((quote->has & QUOTE_HAS_INNER) != 0) {
        struct verdict inner = *verdict;
        evicted = verdict_inside(&inner, matcher, error, waited) || evicted;
        if (inner.kind > VERDICT_FLOW)
            verdict_flow(verdict, matcher, &outer);
        if ((inner.has & VERDICT_HAS_FLOW) != 0 && inner.kind <= verdict->kind)
            *verdict = inner;
    } else {
        verdict_flow(verdict, matcher, &outer);
    }
    if (verdict->kind != VERDICT_UNMATCHED)
        return;
    /* What gave way was captured as it is quoted, and so not translated. Translated packets are
     * looked for when none that is as quoted will come any more. */
    if (evicted)
        verdict->anomalies |= 1u << ANOMALY_FLOW_EVICTED;
    else if (waited || matcher->reorder_ns <= 0)
        nat_match(matcher, &outer, verdict);
}

/* What the flow and the packet say about the quote. */
static void verdict_compare(struct verdict *verdict, struct matcher *matcher,
                            const struct packet *error)
{
    const struct headers *quoted = match_headers(error, verdict);
    if ((verdict->has & VERDICT_HAS_SENT) != 0)
        rewritten_compare(error, verdict);
    if (verdict->flow == NULL || quoted->proto != PROTO_TCP || (quoted->has & HAS_TCP_SEQ) == 0)
        return;
    verdict->has |= VERDICT_HAS_SEQ_CHECK;
    verdict->seq_check = (uint8_t)sequence_check(matcher, verdict, quoted);
}

static void verdict_make(struct verdict *verdict, struct matcher *matcher,
                         const struct packet *error, bool waited)
{
    *verdict = (struct verdict){.kind = VERDICT_UNKEYED};
    if (packet_has_quote(error)) {
        if (matcher->fragments != NULL && headers_are_later_fragment(&error->icmp->quote.ip))
            verdict_fragment(verdict, matcher, error);
        else
            verdict_packets(verdict, matcher, error, waited);
        verdict_compare(verdict, matcher, error);
    }
}

void match_error(struct matcher *matcher, const struct packet *packet, struct verdict *verdict)
{
    verdict_make(verdict, matcher, packet, search_has_waited(packet));
    doubt_verdict(packet, verdict);
}

/* FLOW with candidates has packets that fit. */
bool match_may_come(const struct verdict *verdict)
{
    const uint32_t found = VERDICT_HAS_TRIGGER | VERDICT_HAS_CANDIDATES;
    bool tied_at_all = verdict->kind == VERDICT_UNMATCHED || verdict->kind == VERDICT_REVERSE ||
                       verdict->kind == VERDICT_FLOW || verdict->kind == VERDICT_NAT;
    return tied_at_all && (verdict->has & found) == 0;
}

void match_error_again(struct matcher *matcher, const struct packet *packet,
                       struct verdict *verdict)
{
    verdict_make(verdict, matcher, packet, true);
}

const struct headers *match_headers(const struct packet *packet, const struct verdict *verdict)
{
    const struct quote *quote = &packet->icmp->quote;
    return verdict != NULL && verdict->inner ? &quote->inner.ip : &quote->ip;
}
