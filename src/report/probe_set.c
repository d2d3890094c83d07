#include "report/probe_set.h"

#include <stdint.h>
#include <string.h>

#include "report/names.h"

/* Below what systems begin with: 64, 128, 255. */
enum { PROBE_TTL_MAX = 63 };

struct probe_key {
    struct addr src, dst;
    uint32_t family, proto;
};

struct probe_time {
    int64_t first_ns, last_ns;
};

static bool set_add(struct probe_set *set, const struct path *path)
{
    const struct story *story = &path->story;
    const struct probe_key key = {story->src, story->dst, story->family, path->proto};
    bool fresh;
    struct probe_time *time = map_add(&set->map, &key, &fresh);
    if (time == NULL)
        return false;
    if (fresh || path->first_ns < time->first_ns)
        time->first_ns = path->first_ns;
    if (fresh || path->last_ns > time->last_ns)
        time->last_ns = path->last_ns;
    return true;
}

int probe_set_init(struct probe_set *set, const struct paths *paths)
{
    map_init(&set->map,
             &(struct map_config){.key_size = sizeof(struct probe_key),
                                  .value_size = sizeof(struct probe_time),
                                  .max = PATHS_MAX,
                                  .seed = {paths->track->seed[0], paths->track->seed[1]}});
    for (size_t i = 0; i < paths->kept.count; i++) {
        const struct path *path = map_value_at(&paths->kept, i);
        if (!path->ordinary && !set_add(set, path))
            return -1;
    }
    return 0;
}

void probe_set_fini(struct probe_set *set)
{
    map_fini(&set->map);
}

bool probe_set_has(const struct probe_set *set, const struct hit *hit)
{
    const struct hit_verdict *verdict = &hit->verdict;
    const struct headers headers = hit->flow.id != 0 ? flow_headers(&hit->flow) : hit->quoted;
    const struct probe_key key = {headers.src, headers.dst, headers.family, headers.proto};
    const struct probe_time *time = map_get(&set->map, &key);
    return time != NULL && (verdict->has & VERDICT_HAS_SENT) != 0 &&
           verdict->ttl_sent <= PROBE_TTL_MAX && hit->first_ns >= time->first_ns &&
           hit->first_ns <= time->last_ns;
}
