/* An error's quote → the flow, the packet, a verdict and the reasons to doubt it. */
#ifndef ICMPSCOPE_MATCH_MATCH_H
#define ICMPSCOPE_MATCH_MATCH_H

#include <stdint.h>

#include "decode/packet.h"
#include "flow/fragment_table.h"
#include "flow/ring.h"
#include "flow/table.h"
#include "match/verdict.h"

/* The walk back to the triggering packet visits at most MATCH_WALK_MAX packets of the flow: what a
 * stranger's error costs must not depend on how busy the flow is. Nor must a flood of errors cost
 * many times what as many packets do: each visit is owed, each packet pays for some, and where more
 * than MATCH_WALK_CREDIT is owed, walks end after MATCH_WALK_SHORT. */
enum {
    MATCH_WALK_MAX = 1024,
    MATCH_WALK_SHORT = 64,
    MATCH_WALK_PAID = 8, /* by each packet that is recorded */
    MATCH_WALK_CREDIT = 1 << 20,
};

/* Where to look, borrowed. All the rest is zero at first. */
struct matcher {
    struct flow_table *table;
    struct ring *ring;
    const struct fragment_table *fragments; /* or NULL: errors about later ones are not tied */
    uint32_t owed;                          /* visits */
};

/* The key of the flow that the error `packet` is about; false where its quote names none. For
 * hashing and prefetching before match_error(). */
bool match_key(const struct packet *packet, struct flow_key *key, enum flow_direction *direction);

/* Judges the ICMP error `packet` (icmp_is_error(), or a redirect) by its quote. Changes neither
 * flow nor ring: an error does not count in the traffic of the flow it is about. Packets in a
 * tunnel are of the flow that their inner headers name, so a quoted one is looked for by these, and
 * by the outer ones where that ties it no better than to the flow's other direction. A quoted later
 * fragment is looked for by its identification: its own frame, and the flow of the first one. */
void match_error(struct matcher *matcher, const struct packet *packet, struct verdict *verdict);

/* The headers that `verdict` (NULL: none) is about: of the packet that the error `packet` quotes,
 * or of the one in the tunnel. */
const struct headers *match_headers(const struct packet *packet, const struct verdict *verdict);

#endif
