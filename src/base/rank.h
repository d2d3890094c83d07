/* The entries of a map in order of weight, for lists that begin with the most. */
#ifndef ICMPSCOPE_BASE_RANK_H
#define ICMPSCOPE_BASE_RANK_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

struct rank {
    uint64_t weight;
    size_t position; /* in the map */
};

struct ranking {
    struct rank *list; /* heaviest first; of equal weight in the order of their coming */
    size_t count;
    uint64_t total; /* of the weights */
};

/* Those that weigh something. -1 when memory runs out. */
int ranking_init(struct ranking *ranking, const struct map *map,
                 uint64_t (*weight)(const void *value));
void ranking_fini(struct ranking *ranking);

#endif
