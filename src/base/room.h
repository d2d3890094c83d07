/* Room in maps of a run that goes on for months: they refuse when they are full, and what was not
 * used for longest has to leave before that. */
#ifndef ICMPSCOPE_BASE_ROOM_H
#define ICMPSCOPE_BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

/* Of room_make(): values have no time, and the entries that came first leave. */
#define ROOM_BY_ORDER SIZE_MAX

/* Whether three quarters of a map are taken: is asked often, so that more than a quarter has to
 * come between two times to find it full. */
static inline bool room_is_short(const struct map *map)
{
    return map->count > 0 && map->count >= map->config.max / 4 * 3;
}

/* A time that half of the entries were not used after. `used_at` is the offset of an int64_t in the
 * values. */
int64_t room_half(const struct map *map, size_t used_at);

/* Where three quarters are taken, removes the half that was not used for longest; more only where
 * many were used at one time. Returns how many left. */
size_t room_make(struct map *map, size_t used_at);

#endif
