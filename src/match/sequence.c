#include "match/sequence.h"

#include <stdbool.h>
#include <stddef.h>

#include "decode/tcp_options.h"
#include "match/identity.h"

enum { TCP_CONTROL = TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK };
enum { SHIFT_MAX = 14, WINDOW_MAX = UINT16_MAX << SHIFT_MAX }; /* RFC 7323 2.3 */

/* What one side has in flight. Numbers are compared modulo 2^32 (RFC 9293 3.4). */
struct flight {
    uint32_t una, next; /* the oldest unacknowledged, and the next to be sent */
    bool open;          /* what was sent is not known */
};

/* Acknowledged was only what was sent, even if the capture missed it. Numbers that are further
 * apart than any window were not of one connection, or not of any. */
static bool flight_settle(struct flight *flight)
{
    uint32_t missed = flight->una - flight->next;
    if (flight->next - flight->una <= (uint32_t)WINDOW_MAX)
        return true;
    flight->next = flight->una;
    return missed <= SEQUENCE_SLACK;
}

static bool flight_of(struct flight *flight, const struct flow *flow, unsigned direction)
{
    enum flow_direction other = flow_direction_other(direction);
    bool sent = flow_knows_seq(flow, direction);
    bool acknowledged = flow_knows_ack(flow, other);
    uint32_t una = flow->ack[other], next = flow->seq_next[direction];
    if (sent && acknowledged) {
        *flight = (struct flight){una, next, false};
        return flight_settle(flight);
    }
    if (acknowledged) {
        *flight = (struct flight){una, una, true};
        return true;
    }
    /* Who has sent no more than a SYN has seen no answer. */
    *flight = (struct flight){next - 1, next, false};
    return sent && (flow->tcp_flags[direction] & TCP_CONTROL) == TCP_SYN;
}

/* How far outside, by the shorter way. */
static uint32_t flight_miss(const struct flight *flight, uint32_t seq)
{
    if (seq - flight->una <= flight->next - flight->una)
        return 0;
    uint32_t before = flight->una - seq, behind = seq - flight->next;
    return before < behind ? before : behind;
}

/* ---- windows --------------------------------------------------------------------------------- */

/* What one side has advertised: the windows of SYNs are not scaled (RFC 7323 2.2). */
struct windows {
    uint32_t largest, of_syn;
    uint8_t shift;
    bool seen;
    bool renumbered; /* a packet of the other side is the quoted one but for its number */
};

static void windows_visit(struct windows *windows, const struct sent *sent)
{
    if ((sent->has & HAS_TCP_FLAGS) == 0)
        return;
    windows->seen = true;
    if ((sent->tcp_flags & TCP_SYN) == 0) {
        windows->largest =
            sent->tcp_window > windows->largest ? sent->tcp_window : windows->largest;
        return;
    }
    windows->of_syn = sent->tcp_window;
    if ((sent->has & HAS_TCP_SYN) == 0)
        return;
    bool scaled = (sent->tcp_options & TCP_HAS_WINDOW_SCALE) != 0;
    windows->shift = scaled ? sent->tcp_window_scale : 0;
    windows->shift = windows->shift < SHIFT_MAX ? windows->shift : SHIFT_MAX;
}

/* The very packet but for its number: a firewall on the way adds the same to all numbers, and does
 * not take it off again in quotes. Who forges knows no identification. */
static bool is_renumbered(const struct ring_entry *sent, const struct headers *quoted)
{
    return identity_ip_id_agrees(sent, quoted) && identity_length_agrees(sent, quoted);
}

/* How far from what is in flight the receiver may have let the sender send. */
static uint32_t window_of(struct matcher *matcher, const struct verdict *verdict,
                          const struct headers *quoted)
{
    const struct flow *flow = verdict->flow;
    const enum flow_direction receiver = flow_direction_other(verdict->direction);
    struct windows windows = {.shift = SHIFT_MAX};
    ring_position position = flow->newest;
    const struct ring_entry *entry = ring_get(matcher->ring, position);
    uint32_t visits = 0;
    for (; visits < MATCH_WALK_SHORT && entry != NULL; visits++) {
        if (entry->direction == receiver)
            windows_visit(&windows, &entry->sent);
        else
            windows.renumbered |= is_renumbered(entry, quoted);
        entry = ring_get_previous(matcher->ring, &position);
    }
    if (matcher->owed < MATCH_WALK_CREDIT)
        matcher->owed += visits;
    if (windows.renumbered)
        return UINT32_MAX;
    if (!windows.seen && flow_packets(flow, receiver) > 0)
        return WINDOW_MAX;
    uint32_t scaled = windows.largest << windows.shift;
    return scaled > windows.of_syn ? scaled : windows.of_syn;
}

enum seq_check sequence_check(struct matcher *matcher, const struct verdict *verdict,
                              const struct headers *quoted)
{
    struct flight flight;
    if (!flight_of(&flight, verdict->flow, verdict->direction))
        return SEQ_UNKNOWN;
    uint32_t miss = flight_miss(&flight, quoted->tcp_seq);
    if (miss == 0)
        return flight.open ? SEQ_UNKNOWN : SEQ_IN_WINDOW;
    if (miss <= SEQUENCE_SLACK || (verdict->has & VERDICT_HAS_SENT) != 0)
        return SEQ_UNKNOWN;
    return miss <= window_of(matcher, verdict, quoted) ? SEQ_UNKNOWN : SEQ_OUT_OF_WINDOW;
}
