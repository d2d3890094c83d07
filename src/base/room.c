#include "base/room.h"

#include <stdlib.h>
#include <string.h>

static int64_t used_ns(const void *value, size_t used_at)
{
    int64_t time_ns;
    memcpy(&time_ns, (const char *)value + used_at, sizeof time_ns);
    return time_ns;
}

static int time_compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Without memory for all, the entry in the middle of the order of coming says it. */
int64_t room_half(const struct map *map, size_t used_at)
{
    const size_t half = map->count / 2;
    if (map->count == 0)
        return INT64_MIN;
    int64_t *times = malloc(map->count * sizeof *times);
    if (times == NULL)
        return used_ns(map_value_at(map, half), used_at);
    for (size_t i = 0; i < map->count; i++)
        times[i] = used_ns(map_value_at(map, i), used_at);
    qsort(times, map->count, sizeof *times, time_compare);
    int64_t result = times[half > 0 ? half - 1 : 0];
    free(times);
    return result;
}

struct leaving {
    size_t used_at;
    int64_t until_ns;
    size_t left; /* by order: so many are still to leave */
};

static bool is_old(void *context, const void *key, void *value)
{
    struct leaving *leaving = context;
    (void)key;
    if (leaving->used_at != ROOM_BY_ORDER)
        return used_ns(value, leaving->used_at) <= leaving->until_ns;
    if (leaving->left == 0)
        return false;
    leaving->left--;
    return true;
}

size_t room_make(struct map *map, size_t used_at)
{
    struct leaving leaving = {.used_at = used_at, .left = map->count / 2};
    if (!room_is_short(map))
        return 0;
    if (used_at != ROOM_BY_ORDER)
        leaving.until_ns = room_half(map, used_at);
    return map_prune(map, is_old, &leaving);
}
