#include "track/follow.h"

#include <stdlib.h>

#include "base/pages.h"
#include "base/timefmt.h"

size_t follows_limit(struct follows *follows, size_t max)
{
    follows->max = max;
    return max * sizeof(struct follow);
}

void follows_fini(struct follows *follows)
{
    free(follows->places);
    *follows = (struct follows){0};
}

static struct follow *follow_at(const struct follows *follows, uint32_t number)
{
    return &follows->places[number - 1];
}

/* 0 where there is no room. Only places that were given away are touched. */
static uint32_t number_take(struct follows *follows)
{
    const uint32_t spare = follows->spare;
    if (follows->places == NULL)
        follows->places = pages_reserve_rising(follows->max * sizeof *follows->places);
    if (follows->places == NULL)
        return 0;
    if (spare == 0)
        return follows->used < follows->max ? ++follows->used : 0;
    follows->spare = follow_at(follows, spare)->next_spare;
    return spare;
}

struct follow *follow_begin(struct follows *follows, struct flow *flow)
{
    const uint32_t number = number_take(follows);
    if (number == 0)
        return NULL;
    struct follow *follow = follow_at(follows, number);
    *follow = (struct follow){.flow = flow, .flow_id = flow->id, .first_ns = flow->first_ns};
    flow->hit = true;
    flow->follow = number;
    return follow;
}

struct follow *follow_of(const struct follows *follows, const struct flow *flow)
{
    const uint32_t number = (uint32_t)flow->follow;
    if (!flow->hit || number - 1 >= follows->used)
        return NULL;
    struct follow *follow = follow_at(follows, number);
    return follow->flow == flow && follow->flow_id == flow->id ? follow : NULL;
}

/* Since the sender's last packet, or since the error. */
static bool is_paused(const struct aftermath *after, const struct aftermath_packet *packet)
{
    const int64_t last_ns = after->packets > 0 ? after->last_ns : after->since_ns;
    return packet->direction == after->direction &&
           time_between(last_ns, packet->time_ns) >= FOLLOW_PAUSE_NS;
}

void follow_packet(struct follow *follow, const struct aftermath_packet *packet)
{
    follow->paused = is_paused(&follow->after, packet);
    aftermath_packet(&follow->after, packet);
}

void follow_end(struct follows *follows, struct follow *follow)
{
    follow->flow = NULL;
    follow->next_spare = follows->spare;
    follows->spare = (uint32_t)(follow - follows->places) + 1;
}

static void follow_forget(struct follows *follows, struct follow *follow)
{
    struct flow *flow = follow->flow;
    flow->hit = false;
    flow->first_ns = follow->first_ns;
    follow_end(follows, follow);
}

void follows_prune(struct follows *follows, bool (*leaves)(void *context, struct flow *flow),
                   void *context)
{
    for (uint32_t number = 1; number <= follows->used; number++) {
        struct follow *follow = follow_at(follows, number);
        if (follow->flow != NULL && leaves(context, follow->flow))
            follow_forget(follows, follow);
    }
}
