#include "track/redirect_room.h"

#include <stddef.h>

#include "base/room.h"

struct redirects_leaving {
    const struct redirects *redirects;
    int64_t until_ns;
};

static bool redirect_leaves(void *context, const void *key, void *value)
{
    const struct redirects_leaving *leaving = context;
    (void)key;
    return ((const struct redirect *)value)->seen.last_ns <= leaving->until_ns;
}

/* What the host was told last has left, or will be elsewhere. */
static bool current_leaves(void *context, const void *key, void *value)
{
    const struct redirects_leaving *leaving = context;
    uint32_t *position = value;
    struct redirect *redirect = map_value_at(&leaving->redirects->map, *position);
    (void)key;
    *position = redirect->position;
    return redirect_leaves(context, NULL, redirect);
}

void redirects_leave(struct redirects *redirects)
{
    const size_t last_at = offsetof(struct redirect, seen.last_ns);
    struct redirects_leaving leaving = {redirects, room_half(&redirects->map, last_at)};
    uint32_t stay = 0;
    for (size_t i = 0; i < redirects->map.count; i++) {
        struct redirect *redirect = map_value_at(&redirects->map, i);
        redirect->position = stay;
        stay += !redirect_leaves(&leaving, NULL, redirect);
    }
    map_prune(&redirects->current, current_leaves, &leaving);
    redirects->left += map_prune(&redirects->map, redirect_leaves, &leaving);
}
