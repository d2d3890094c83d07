#include "match/search.h"

#include <stddef.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "match/identity.h"

/* So close that nothing is sent again so soon. */
enum { COPY_CLOSE_NS = NS_PER_MS / 2 };

/* What is looked for, and what was found so far: before the error, and after it. */
struct walk {
    const struct wanted *wanted;
    enum flow_direction direction;
    struct search before, after;
    uint32_t sent;                 /* packets of that direction, copies left out … */
    const struct ring_entry *last; /* … the last of them that was visited */
    bool numbered; /* … of which one has another identification than the quoted one */
    struct past past;
};

struct wanted search_wanted(const struct matcher *matcher, const struct headers *headers,
                            uint32_t context, const struct packet *error, bool waited)
{
    struct wanted wanted;
    wanted.headers = headers;
    wanted.context = context;
    wanted.error = error;
    wanted.waited = waited;
    wanted.keyed = flow_key_from(&wanted.key, &wanted.direction, headers, context);
    wanted.hash = wanted.keyed ? flow_table_hash(matcher->table, &wanted.key) : 0;
    return wanted;
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

static bool tcp_is_alike(const struct sent *x, const struct sent *y)
{
    return (x->has & y->has & HAS_TCP_FLAGS) == 0 ||
           (x->tcp_ack == y->tcp_ack && x->tcp_flags == y->tcp_flags &&
            x->tcp_window == y->tcp_window);
}

/* In all but what routers change. */
static bool is_alike(const struct ring_entry *a, const struct ring_entry *b)
{
    const uint32_t summed = HAS_TCP_CHECKSUM | HAS_UDP_LENGTH | HAS_UDPLITE | HAS_SCTP_CHECKSUM;
    const struct sent *x = &a->sent, *y = &b->sent;
    const uint32_t has = x->has & y->has;
    if (a->ip_id != b->ip_id || a->identity != b->identity || a->length != b->length)
        return false;
    return ((has & summed) == 0 || x->checksum == y->checksum) &&
           ((has & HAS_SCTP_TSN) == 0 || x->sctp_tsn == y->sctp_tsn) &&
           ((has & HAS_ICMP_TYPE) == 0 || x->icmp_type == y->icmp_type) &&
           ((has & HAS_FLOW_LABEL) == 0 || x->flow_label == y->flow_label) && tcp_is_alike(x, y);
}

static bool is_within(const struct ring_entry *a, const struct ring_entry *b, int64_t ns)
{
    int64_t apart = time_between(b->time_ns, a->time_ns);
    return apart >= -ns && apart <= ns;
}

/* Acknowledgements without data are sent twice at once, as alike as copies are, where segments are
 * lost on the way to their sender. They have a header's length. */
static bool is_bare(const struct ring_entry *entry)
{
    enum { OPENS_OR_ENDS = 7, HEADER_MAX = 60 };
    return (entry->sent.has & HAS_TCP_FLAGS) != 0 && entry->length <= HEADER_MAX &&
           entry->length % 4 == 0 && (entry->sent.tcp_flags & OPENS_OR_ENDS) == 0;
}

/* `a` came later. Only what was forwarded in between has a lower TTL. That two captures have one
 * each says nothing: they may be one that was dealt out. */
static bool is_sure_copy(const struct ring_entry *a, const struct ring_entry *b)
{
    bool forwarded = a->sent.ttl < b->sent.ttl;
    bool content = identity_has_content(a);
    bool close = is_within(a, b, COPY_CLOSE_NS) && content && !is_bare(a);
    return is_alike(a, b) &&
           (close || (forwarded && (a->ip_id != 0 || content) && is_within(a, b, SEARCH_COPY_NS)));
}

bool search_is_copy(const struct ring_entry *a, const struct ring_entry *b)
{
    return a->ip_id != 0 && is_alike(a, b) && is_within(a, b, SEARCH_COPY_NS);
}

static void search_count(struct search *search, const struct ring_entry *entry)
{
    const struct ring_entry *last = search->last;
    search->last = entry;
    if (last != NULL && is_sure_copy(last, entry))
        return;
    search->count++;
    search->numbered_count += last == NULL || !search_is_copy(last, entry);
}

static void search_visit(struct search *search, const struct ring_entry *entry,
                         const struct headers *quoted)
{
    int score = identity_score(entry, quoted);
    score += score >= IDENTITY_TELLS && !identity_content_differs(entry, quoted);
    if (score == IDENTITY_CONTRADICTS || score < search->score)
        return;
    if (score > search->score)
        *search = (struct search){.score = score, .trigger = entry};
    if (entry->sent.ttl > search->ttl)
        search->ttl = entry->sent.ttl;
    search_count(search, entry);
}

/* Of IPv4 alone. Who numbers his packets gives each a number of its own: equal ones are copies. Who
 * has one number for all does not tell them apart by it. */
static bool is_numbered_otherwise(const struct ring_entry *entry, const struct headers *quoted)
{
    return quoted->family == FAMILY_IPV4 && entry->ip_id != 0 && entry->ip_id != quoted->ip_id;
}

/* Where the identification does not tell packets apart, what they carry has to. */
static void search_settle(struct search *search, const struct walk *walk)
{
    const struct headers *quoted = walk->wanted->headers;
    const struct ring_entry *entry = search->trigger;
    if (walk->numbered)
        search->count = search->numbered_count;
    if (entry == NULL || (walk->numbered && identity_ip_id_agrees(entry, quoted)))
        return;
    bool told = identity_content_agrees(entry, quoted) ||
                (walk->sent == 1 && identity_length_agrees(entry, quoted));
    if (!told || identity_content_differs(entry, quoted))
        search->score = IDENTITY_POSSIBLE;
}

/* A packet that was captured after the error may be the one where clocks or queues differ, or a
 * later one that is like it. */
static bool late_is_sure(const struct matcher *matcher, const struct wanted *wanted,
                         const struct ring_entry *entry)
{
    int64_t late = time_between(wanted->error->time_ns, entry->time_ns);
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
    if (entry->direction != (unsigned)walk->direction)
        return;
    walk->sent += walk->last == NULL || !search_is_copy(walk->last, entry);
    walk->last = entry;
    walk->numbered |= is_numbered_otherwise(entry, wanted->headers);
    if (!late || late_is_sure(matcher, wanted, entry))
        search_visit(late ? &walk->after : &walk->before, entry, wanted->headers);
}

/* The identification of a packet that came after the error says that it is no later one only where
 * its sender has not one for all. */
static struct search walk_settle(struct walk *walk)
{
    search_settle(&walk->before, walk);
    search_settle(&walk->after, walk);
    if (walk->before.count > 0 || walk->after.trigger == NULL)
        return walk->before;
    bool elsewhere = walk->after.trigger->capture != walk->wanted->error->capture;
    return walk->numbered || walk->sent == 1 || elsewhere ? walk->after : walk->before;
}

/* Where the flow's first packet was visited, or one from before any that can have caused it. */
static bool walk_was_whole(const struct walk *walk, const struct flow *flow, uint32_t visits)
{
    uint64_t packets = flow_packets(flow, FLOW_FORWARD) + flow_packets(flow, FLOW_BACKWARD);
    int64_t back = time_between(walk->past.oldest_ns, walk->wanted->error->time_ns);
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
    ring_position ahead = ring_prefetch(matcher->ring, position, SEARCH_AHEAD);
    const struct ring_entry *entry = ring_get(matcher->ring, position);
    for (; visits < limit && entry != NULL; visits++) {
        ahead = ring_prefetch(matcher->ring, ahead, 1);
        search_packet(matcher, &walk, entry);
        entry = ring_get_previous(matcher->ring, &position);
    }
    if (matcher->owed < MATCH_WALK_CREDIT)
        matcher->owed += visits;
    return (struct found){.best = walk_settle(&walk),
                          .past = walk.past,
                          .whole = walk_was_whole(&walk, flow, visits)};
}
