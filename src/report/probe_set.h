/* Which of the flows hit are probes of a traceroute that PATHS tells of. */
#ifndef ICMPSCOPE_REPORT_PROBE_SET_H
#define ICMPSCOPE_REPORT_PROBE_SET_H

#include <stdbool.h>

#include "base/map.h"
#include "track/hits.h"
#include "track/path.h"

struct probe_set {
    struct map map; /* endpoints and protocol → when */
};

/* -1 when memory runs out; either way probe_set_fini() frees. */
int probe_set_init(struct probe_set *set, const struct paths *paths);
void probe_set_fini(struct probe_set *set);

/* Whether packets of it were probes: sent with a TTL that does not do for ordinary ones, between
 * the same hosts while the traceroute went on. */
bool probe_set_has(const struct probe_set *set, const struct hit *hit);

#endif
