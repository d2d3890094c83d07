#include "match/search.h"

#include <stddef.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "match/identity.h"

/* How far apart the copies of one packet are captured, by a mirror port or on several interfaces.
 */
enum { COPY_NS = 50 * NS_PER_MS };

/* What is looked for, and what was found so far: before the error, and after it. */
struct walk {
    const struct wanted *wanted;
    enum flow_direction direction;
    struct search before, after;
    struct past past;
};

int64_t search_time_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

bool search_has_waited(const struct packet *error)
{
    const struct icmp *icmp = error->icmp;
    return (icmp->has & ICMP_HAS_FRAGMENTS) != 0 && !icmp->complete;
}

bool search_is_after(uint16_t capture, uint64_t frame, int64_t time_ns, const struct packet *error)
{
    return capture == error->capture ? frame > error->frame : time_ns > error->time_ns;
}

/* Of IPv4: each packet sent has an identification of its own, so that equal ones are copies. */
bool search_is_copy(const struct ring_entry *a, const struct ring_entry *b)
{
    int64_t apart = search_time_between(b->time_ns, a->time_ns);
    return a->ip_id != 0 && a->ip_id == b->ip_id && a->identity == b->identity &&
           a->length == b->length && apart >= -COPY_NS && apart <= COPY_NS;
}

static void search_visit(struct search *search, const struct ring_entry *entry, int score,
                         bool copies)
{
    if (score == IDENTITY_CONTRADICTS || score < search->score)
        return;
    if (score > search->score)
        *search = (struct search){.score = score, .trigger = entry};
    if (entry->sent.ttl > search->ttl)
        search->ttl = entry->sent.ttl;
    if (search->count > 0 && copies && search_is_copy(search->last, entry))
        return;
    search->last = entry;
    search->count++;
}

/* A packet that was captured after the error may be the one where clocks or queues differ, or a
 * later one that is like it. */
static bool late_is_sure(const struct matcher *matcher, const struct wanted *wanted,
                         const struct ring_entry *entry)
{
    int64_t late = search_time_between(wanted->error->time_ns, entry->time_ns);
    bool unique = entry->ip_id != 0 && identity_ip_id_agrees(entry, wanted->headers);
    return late <= matcher->reorder_ns && (unique || entry->capture != wanted->error->capture);
}

/* One packet of the flow, of either direction. */
static void search_packet(struct matcher *matcher, struct walk *walk,
                          const struct ring_entry *entry)
{
    const struct wanted *wanted = walk->wanted;
    bool late = wanted->waited && search_is_after((uint16_t)entry->capture, entry->frame,
                                                  entry->time_ns, wanted->error);
    if (!late)
        past_visit(&walk->past, entry, wanted->headers->proto, walk->direction);
    if (entry->direction != (unsigned)walk->direction ||
        (late && !late_is_sure(matcher, wanted, entry)))
        return;
    search_visit(late ? &walk->after : &walk->before, entry, identity_score(entry, wanted->headers),
                 wanted->headers->family == FAMILY_IPV4);
}

/* Where the flow's first packet was visited, or one from before any that can have caused it. */
static bool walk_was_whole(const struct walk *walk, const struct flow *flow, uint32_t visits)
{
    uint64_t packets = flow_packets(flow, FLOW_FORWARD) + flow_packets(flow, FLOW_BACKWARD);
    int64_t back = search_time_between(walk->past.oldest_ns, walk->wanted->error->time_ns);
    return visits >= packets ||
           (walk->past.newer != NULL && back > SEARCH_LATE_S * (int64_t)NS_PER_S);
}

struct found search_flow(struct matcher *matcher, const struct flow *flow,
                         const struct wanted *wanted, enum flow_direction direction)
{
    struct walk walk = {.wanted = wanted, .direction = direction};
    uint32_t limit = matcher->owed < MATCH_WALK_CREDIT ? MATCH_WALK_MAX : MATCH_WALK_SHORT;
    uint32_t visits = 0;
    ring_position position = flow->newest;
    const struct ring_entry *entry = ring_get(matcher->ring, position);
    for (; visits < limit && entry != NULL; visits++) {
        search_packet(matcher, &walk, entry);
        entry = ring_get_previous(matcher->ring, &position);
    }
    if (matcher->owed < MATCH_WALK_CREDIT)
        matcher->owed += visits;
    return (struct found){.best = walk.before.count > 0 ? walk.before : walk.after,
                          .past = walk.past,
                          .whole = walk_was_whole(&walk, flow, visits)};
}
