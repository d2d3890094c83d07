#include "match/held.h"

#include <stdlib.h>

void held_init(struct held *held)
{
    *held = (struct held){.errors = NULL};
}

void held_fini(struct held *held)
{
    free(held->errors);
    held->errors = NULL;
}

bool held_is_full(const struct held *held)
{
    return held->count == HELD_MAX;
}

bool held_add(struct held *held, const struct packet *packet, uint32_t evidence)
{
    if (held->errors == NULL)
        held->errors = malloc(HELD_MAX * sizeof *held->errors);
    if (held->errors == NULL || held_is_full(held))
        return false;

    struct held_error *error = &held->errors[(held->first + held->count++) % HELD_MAX];
    error->evidence = evidence;
    error->packet = *packet;
    error->room.icmp = *packet->icmp;
    error->packet.icmp = &error->room.icmp;
    if (packet->tunnel_count > 0)
        error->room.tunnels = *packet->tunnels;
    error->packet.tunnels = &error->room.tunnels;
    return true;
}

const struct held_error *held_take(struct held *held, int64_t before_ns)
{
    if (held->count == 0)
        return NULL;
    const struct held_error *oldest = &held->errors[held->first];
    if (oldest->packet.time_ns >= before_ns)
        return NULL;
    held->first = (held->first + 1) % HELD_MAX;
    held->count--;
    return oldest;
}
