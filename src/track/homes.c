#include "track/homes.h"

#include <stdlib.h>

int homes_init(struct homes *homes, const char *const *nets, size_t count, struct error *error)
{
    *homes = (struct homes){0};
    if (count == 0)
        return 0;
    homes->list = calloc(count, sizeof *homes->list);
    if (homes->list == NULL)
        return error_set(error, "out of memory");
    for (; homes->count < count; homes->count++)
        if (net_parse(&homes->list[homes->count], nets[homes->count]) != 0)
            return error_set(error, "--home: '%s' is not a network, like 192.0.2.0/24",
                             nets[homes->count]);
    return 0;
}

void homes_fini(struct homes *homes)
{
    free(homes->list);
    *homes = (struct homes){0};
}

bool homes_are(const struct homes *homes, const struct addr *addr, enum family family)
{
    for (size_t i = 0; i < homes->count; i++)
        if (net_contains(&homes->list[i], addr, family))
            return true;
    return false;
}

bool homes_are_not(const struct homes *homes, const struct addr *addr, enum family family)
{
    return homes->count > 0 && !homes_are(homes, addr, family);
}
