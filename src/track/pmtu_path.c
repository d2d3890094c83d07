#include "track/pmtu_path.h"

#include <string.h>

const char *const pmtu_outcome_names[PMTU_OUTCOMES] = {[PMTU_ADAPTED] = "adapted",
                                                       [PMTU_IGNORED] = "ignored",
                                                       [PMTU_UNKNOWN] = "unknown",
                                                       [PMTU_BLACK_HOLE] = "black_hole_suspected"};

struct pmtu_path_key pmtu_path_key_of(const struct flow_key *key, enum flow_direction direction)
{
    return (struct pmtu_path_key){.src = key->addr[direction],
                                  .dst = key->addr[!direction],
                                  .family = key->family,
                                  .context = key->context};
}

struct pmtu_path *pmtu_path_get(struct map *paths, const struct pmtu_path_key *key, int64_t time_ns)
{
    bool fresh;
    struct pmtu_path *path = map_add(paths, key, &fresh);
    if (path == NULL)
        return NULL;
    if (fresh || time_ns < path->first_ns)
        path->first_ns = time_ns;
    if (fresh || time_ns > path->last_ns)
        path->last_ns = time_ns;
    return path;
}

uint64_t pmtu_path_weight(const void *value)
{
    const struct pmtu_path *path = value;
    const uint64_t most = (uint64_t)1 << 56;
    uint64_t wrong = path->flows[PMTU_BLACK_HOLE] > 0 ? 2 : path->flows[PMTU_IGNORED] > 0;
    return wrong << 60 | (path->errors < most ? path->errors + 1 : most);
}

bool pmtu_path_advise(struct pmtu_advice *advice, const struct pmtu_path *path, enum family family)
{
    if (path->history.kept > 0)
        return pmtu_history_advise(advice, &path->history, family);
    if (path->passed == 0 && path->refused == 0)
        return false;
    return pmtu_advise_between(advice, path->passed, path->refused, family);
}

struct map_config pmtu_paths_config(const uint64_t seed[2])
{
    return (struct map_config){.key_size = sizeof(struct pmtu_path_key),
                               .value_size = sizeof(struct pmtu_path),
                               .max = PMTU_PATHS_MAX,
                               .seed = {seed[0], seed[1]}};
}
