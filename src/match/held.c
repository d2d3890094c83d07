#include "match/held.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/prefetch.h"
#include "match/doubt.h"
#include "match/search.h"

void held_init(struct held *held, size_t max)
{
    *held = (struct held){.max = max != 0 ? max : HELD_MAX};
}

void held_fini(struct held *held)
{
    free(held->errors);
    held->errors = NULL;
    held->count = 0;
}

bool held_is_full(const struct held *held)
{
    return held->count == held->max;
}

bool held_add(struct held *held, const struct packet *packet, const struct verdict *verdict,
              uint32_t evidence)
{
    if (held->errors == NULL)
        held->errors = malloc(held->max * sizeof *held->errors);
    if (held->errors == NULL || held_is_full(held)) {
        held->hurried++;
        return false;
    }

    struct held_error *error = &held->errors[(held->first + held->count++) % held->max];
    error->evidence = evidence;
    error->verdict = *verdict;
    error->verdict.flow = NULL;
    error->packet = *packet;
    icmp_copy(&error->room.icmp, packet->icmp);
    error->packet.icmp = &error->room.icmp;
    if (packet->tunnel_count > 0)
        error->room.tunnels = *packet->tunnels;
    error->packet.tunnels = &error->room.tunnels;
    return true;
}

/* The next one to be taken: it was written long ago, and what it holds stands at its beginning and
 * its end. */
static void held_prefetch(const struct held_error *error)
{
    prefetch_range(&error->packet, sizeof error->packet);
    prefetch_range(&error->room.icmp, offsetof(struct icmp, quote.inner));
    prefetch_range(&error->verdict, sizeof error->verdict);
}

const struct held_error *held_take(struct held *held)
{
    if (held->count == 0)
        return NULL;
    const struct held_error *oldest = &held->errors[held->first];
    held->first = (held->first + 1) % held->max;
    held->count--;
    held_prefetch(&held->errors[held->first]);
    return oldest;
}

const struct held_error *held_hurry(struct held *held)
{
    held->hurried += held->count > 0;
    return held_take(held);
}

const struct held_error *held_take_due(struct held *held, int64_t now_ns, int64_t wait_ns)
{
    if (held->count == 0)
        return NULL;
    int64_t apart = time_between(held->errors[held->first].packet.time_ns, now_ns);
    return apart > wait_ns || apart < -wait_ns ? held_take(held) : NULL;
}

void held_judge(const struct held_error *held, struct matcher *matcher, struct verdict *verdict)
{
    struct verdict again;
    match_error_again(matcher, &held->packet, &again);
    *verdict = held->verdict;
    if (again.kind < verdict->kind || (again.kind == verdict->kind && !match_may_come(&again))) {
        *verdict = again;
        doubt_verdict(&held->packet, verdict);
    } else if ((verdict->has & again.has & VERDICT_HAS_FLOW) != 0 &&
               again.flow_id == verdict->flow_id) {
        verdict->flow = again.flow; /* else it has gone */
    }
}
