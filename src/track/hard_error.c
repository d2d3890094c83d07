#include "track/hard_error.h"

#include "decode/icmp.h"

struct connection {
    struct finding_about about;
    struct sightings seen;
    uint64_t packets[2]; /* of the flow when the first came */
};

/* RFC 1122 4.2.3.9, RFC 5461 2: those that end a connection if they are believed. */
static bool is_hard(const struct icmp *icmp)
{
    static const struct {
        uint8_t family, type, code;
    } hard[] = {{4, 3, 2}, {4, 3, 3}, {6, 1, 4}, {6, 4, 1}};
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++)
        if (hard[i].family == icmp->family && hard[i].type == icmp->type &&
            hard[i].code == icmp->code)
            return true;
    return false;
}

/* Both sides have sent more than what opens a connection. */
static bool is_established(const struct flow *flow)
{
    enum { OPENING = 2 };
    return flow->key.proto == PROTO_TCP &&
           (flow->tcp_flags[0] & flow->tcp_flags[1] & TCP_ACK) != 0 &&
           ((flow->tcp_flags[0] | flow->tcp_flags[1]) & (TCP_RST | TCP_FIN)) == 0 &&
           flow_packets(flow, FLOW_FORWARD) >= OPENING &&
           flow_packets(flow, FLOW_BACKWARD) >= OPENING;
}

static void errors_message(void *self, const struct sight *sight)
{
    struct hard_errors *errors = self;
    const struct verdict *verdict = sight->verdict;
    bool fresh;
    if (verdict == NULL || verdict->flow == NULL || !is_hard(sight->packet->icmp) ||
        !is_established(verdict->flow))
        return;
    const uint64_t id = verdict->flow_id;
    struct connection *connection = cache_add(&errors->connections, &id, &fresh);
    if (connection == NULL)
        return;
    if (fresh) {
        connection->about = finding_about_error(sight->packet);
        connection->about.proto = PROTO_TCP;
        connection->packets[0] = flow_packets(verdict->flow, FLOW_FORWARD);
        connection->packets[1] = flow_packets(verdict->flow, FLOW_BACKWARD);
    }
    sightings_add(&connection->seen, sight->packet);
}

/* Whether it went on as if nothing were, both ways. Who restarts answers with a RST, or not. */
static void errors_flow_closed(void *self, const struct flow *flow, const struct hit *hit)
{
    enum { MORE = 2 };
    struct hard_errors *errors = self;
    const uint64_t id = flow->id;
    if (hit == NULL || flow->key.proto != PROTO_TCP)
        return;
    const struct connection *connection = cache_get(&errors->connections, &id);
    if (connection == NULL)
        return;
    bool goes_on = flow_packets(flow, FLOW_FORWARD) >= connection->packets[0] + MORE &&
                   flow_packets(flow, FLOW_BACKWARD) >= connection->packets[1] + MORE;
    bool reset = ((flow->tcp_flags[0] | flow->tcp_flags[1]) & TCP_RST) != 0;
    if (goes_on && !reset)
        findings_add_seen(errors->track->findings, FINDING_HARD_ERROR_ON_ESTABLISHED,
                          &connection->about, &connection->seen);
    cache_remove(&errors->connections, &id);
}

static void errors_init(void *self, const struct track *track)
{
    struct hard_errors *errors = self;
    *errors = (struct hard_errors){.track = track};
    cache_init(&errors->connections,
               &(struct cache_config){.key_size = sizeof(uint64_t),
                                      .value_size = sizeof(struct connection),
                                      .max = HARD_ERROR_CONNECTIONS,
                                      .seed = {track->seed[0], track->seed[1]}});
}

static void errors_fini(void *self)
{
    struct hard_errors *errors = self;
    cache_fini(&errors->connections);
}

static size_t errors_limit(void *self, double part)
{
    struct hard_errors *errors = self;
    cache_limit(&errors->connections, (size_t)(part * HARD_ERROR_CONNECTIONS));
    return cache_memory(&errors->connections.config);
}

static uint64_t errors_lost(const void *self)
{
    return ((const struct hard_errors *)self)->connections.evicted;
}

const struct tracker tracker_hard_error = {.init = errors_init,
                                           .fini = errors_fini,
                                           .limit = errors_limit,
                                           .messages = TRACKER_TIED,
                                           .message = errors_message,
                                           .flow_closed = errors_flow_closed,
                                           .lost = errors_lost};
