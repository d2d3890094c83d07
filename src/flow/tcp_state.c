#include "flow/tcp_state.h"

#include <stdint.h>

const char *const tcp_state_names[TCP_STATES] = {
    [TCP_STATE_SYN_SENT] = "syn_sent",       [TCP_STATE_SYN_RECV] = "syn_recv",
    [TCP_STATE_ESTABLISHED] = "established", [TCP_STATE_FIN_WAIT1] = "fin_wait1",
    [TCP_STATE_FIN_WAIT2] = "fin_wait2",     [TCP_STATE_CLOSING] = "closing",
    [TCP_STATE_TIME_WAIT] = "time_wait",     [TCP_STATE_CLOSE_WAIT] = "close_wait",
    [TCP_STATE_LAST_ACK] = "last_ack",       [TCP_STATE_CLOSED] = "closed",
};

bool tcp_state_is_over(const struct flow *flow)
{
    const uint8_t *flags = flow->tcp_flags;
    return ((flags[0] | flags[1]) & TCP_RST) != 0 || (flags[0] & flags[1] & TCP_FIN) != 0;
}

/* Whether the other side has acknowledged all that `side` sent. */
static bool is_acknowledged(const struct flow *flow, unsigned side)
{
    bool known = flow_knows_seq(flow, side) && flow_knows_ack(flow, !side);
    return known && (int32_t)(flow->ack[!side] - flow->seq_next[side]) >= 0;
}

/* After a FIN of either side or both (RFC 9293 figure 5). */
static enum tcp_state state_ending(const struct flow *flow)
{
    unsigned client = flow->initiator, server = !client;
    bool client_fin = (flow->tcp_flags[client] & TCP_FIN) != 0;
    bool server_fin = (flow->tcp_flags[server] & TCP_FIN) != 0;
    bool client_done = is_acknowledged(flow, client), server_done = is_acknowledged(flow, server);
    if (!client_fin)
        return TCP_STATE_CLOSE_WAIT;
    if (!server_fin)
        return client_done ? TCP_STATE_FIN_WAIT2 : TCP_STATE_FIN_WAIT1;
    if (client_done && server_done)
        return TCP_STATE_CLOSED;
    if (client_done)
        return TCP_STATE_TIME_WAIT;
    return server_done ? TCP_STATE_LAST_ACK : TCP_STATE_CLOSING;
}

enum tcp_state tcp_state_get(const struct flow *flow)
{
    const uint8_t *flags = flow->tcp_flags;
    uint8_t any = flags[0] | flags[1];
    if ((any & TCP_RST) != 0)
        return TCP_STATE_CLOSED;
    if ((any & TCP_FIN) != 0)
        return state_ending(flow);
    if ((flags[0] & flags[1] & TCP_ACK) != 0)
        return TCP_STATE_ESTABLISHED;
    if ((any & TCP_SYN) == 0)
        return TCP_STATE_NONE;
    return (any & TCP_ACK) != 0 ? TCP_STATE_SYN_RECV : TCP_STATE_SYN_SENT;
}

bool tcp_state_begins_another(const struct flow *flow, const struct headers *headers,
                              enum flow_direction direction)
{
    if (!tcp_state_is_over(flow))
        return false;
    if (!flow_knows_seq(flow, direction))
        return true;
    /* All that this side sent lies before seq_next, and is no more than its packets held. Of more
     * than a quarter of all numbers the oldest may be in use again. */
    const uint64_t quarter = (uint64_t)1 << 30;
    uint64_t sent = flow_bytes(flow, direction);
    uint32_t before = flow->seq_next[direction] - headers->tcp_seq;
    return before == 0 || before > (sent < quarter ? sent : quarter);
}

void tcp_state_renew(struct flow_table *table, struct flow_touch *touch, int64_t time_ns)
{
    touch->flow->last_ns = touch->before_ns;
    flow_table_renew(table, touch->flow, FLOW_END_TCP_REUSE, time_ns);
    touch->fresh = true;
}
