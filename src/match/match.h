/* An error's quote → the flow, the packet, a verdict and the reasons to doubt it. */
#ifndef ICMPSCOPE_MATCH_MATCH_H
#define ICMPSCOPE_MATCH_MATCH_H

#include <stdint.h>

#include "decode/packet.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "match/verdict.h"

/* The flow walk back to the triggering packet visits at most so many packets: what a stranger's
 * error costs must not depend on how busy the flow is. */
enum { MATCH_WALK_MAX = 1024 };

/* Where to look. Borrowed. */
struct matcher {
    struct flow_table *table;
    struct ring *ring;
};

/* The key of the flow that the error `packet` is about; false where its quote names none. For
 * hashing and prefetching before match_error(). */
bool match_key(const struct packet *packet, struct flow_key *key, enum flow_direction *direction);

/* Judges the ICMP error `packet` (icmp_is_error(), or a redirect) by its quote. Changes neither
 * flow nor ring: an error does not count in the traffic of the flow it is about. */
void match_error(const struct matcher *matcher, const struct packet *packet,
                 struct verdict *verdict);

#endif
