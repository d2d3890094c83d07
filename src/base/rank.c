#include "base/rank.h"

#include <stdlib.h>

static int rank_compare(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

int ranking_init(struct ranking *ranking, const struct map *map,
                 uint64_t (*weight)(const void *value))
{
    *ranking = (struct ranking){0};
    if (map->count == 0)
        return 0;
    ranking->list = malloc(map->count * sizeof *ranking->list);
    if (ranking->list == NULL)
        return -1;
    for (size_t i = 0; i < map->count; i++) {
        struct rank rank = {weight(map_value_at(map, i)), i};
        if (rank.weight == 0)
            continue;
        ranking->list[ranking->count++] = rank;
        ranking->total += rank.weight;
    }
    qsort(ranking->list, ranking->count, sizeof *ranking->list, rank_compare);
    return 0;
}

void ranking_fini(struct ranking *ranking)
{
    free(ranking->list);
    *ranking = (struct ranking){0};
}
