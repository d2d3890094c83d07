/* An error's quote → the flow, the packet, a verdict and the reasons to doubt it. */
#ifndef ICMPSCOPE_MATCH_MATCH_H
#define ICMPSCOPE_MATCH_MATCH_H

#include <stdint.h>

#include "decode/packet.h"
#include "flow/fragment_table.h"
#include "flow/packet_index.h"
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
    struct packet_index *packets;           /* or NULL: translated packets are not found */
    int64_t reorder_ns; /* how much later than an error its packet may have been captured */
    uint32_t owed;      /* visits */
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

/* Whether the packet of an error that was judged so may still come: nothing in the ring fits. */
bool match_may_come(const struct verdict *verdict);

/* The same for an error that waited for packets captured up to matcher->reorder_ns after it; but
 * reasons to doubt it are not looked for, as mostly the first verdict stands: doubt_verdict(). */
void match_error_again(struct matcher *matcher, const struct packet *packet,
                       struct verdict *verdict);

/* For match/: what ties a verdict to a flow, and to the packet of it that triggered the error. */
void verdict_take_flow(struct verdict *verdict, struct flow *flow);
void verdict_take_sent(struct verdict *verdict, const struct ring_entry *sent, int64_t time_ns);

/* The headers that `verdict` (NULL: none) is about: of the packet that the error `packet` quotes,
 * or of the one in the tunnel. */
const struct headers *match_headers(const struct packet *packet, const struct verdict *verdict);

#endif
