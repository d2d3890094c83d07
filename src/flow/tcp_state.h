/* How far a TCP connection is, from the flags and numbers that its flow has seen. */
#ifndef ICMPSCOPE_FLOW_TCP_STATE_H
#define ICMPSCOPE_FLOW_TCP_STATE_H

#include <stdbool.h>

#include "decode/packet.h"
#include "flow/key.h"
#include "flow/table.h"

/* RFC 9293 3.3.2, as EVE tells them: of the client, as the packets that were captured have it. */
enum tcp_state {
    TCP_STATE_NONE, /* they do not tell */
    TCP_STATE_SYN_SENT,
    TCP_STATE_SYN_RECV,
    TCP_STATE_ESTABLISHED,
    TCP_STATE_FIN_WAIT1,
    TCP_STATE_FIN_WAIT2,
    TCP_STATE_CLOSING,
    TCP_STATE_TIME_WAIT,
    TCP_STATE_CLOSE_WAIT,
    TCP_STATE_LAST_ACK,
    TCP_STATE_CLOSED,
    TCP_STATES
};

/* "syn_sent", …; NULL for TCP_STATE_NONE. */
extern const char *const tcp_state_names[TCP_STATES];

enum tcp_state tcp_state_get(const struct flow *flow);

/* Whether it has ended: a RST came, or a FIN from both sides. */
bool tcp_state_is_over(const struct flow *flow);

/* Whether the SYN `headers` begins another connection than the one that the flow knows, which has
 * ended: its number is none that this one has used. A SYN that is sent again, or captured twice,
 * does not. For tcp_state_is_reuse(). */
bool tcp_state_begins_another(const struct flow *flow, const struct headers *headers,
                              enum flow_direction direction);

/* Whether a packet of the flow begins another connection on its ports. Asked before the packet is
 * recorded in the flow. */
static inline bool tcp_state_is_reuse(const struct flow *flow, const struct headers *headers,
                                      enum flow_direction direction)
{
    const uint32_t needed = HAS_TCP_SEQ | HAS_TCP_FLAGS;
    return (headers->has & needed) == needed &&
           (headers->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
           tcp_state_begins_another(flow, headers, direction);
}

/* Then: ends the flow that was touched for the packet, with FLOW_END_TCP_REUSE, and begins one. */
void tcp_state_renew(struct flow_table *table, struct flow_touch *touch, int64_t time_ns);

#endif
