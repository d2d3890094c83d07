/* Packets as they come: what errors will look for. */
#ifndef ICMPSCOPE_MATCH_RECORD_H
#define ICMPSCOPE_MATCH_RECORD_H

#include "flow/table.h"
#include "match/brief.h"
#include "match/match.h"

/* Counts a packet in its flow and enters it in the ring, chained to the flow's packet before it.
 * The first packet of a flow makes its sender the initiator. Pays for a part of what walking back
 * has cost. Returns the entry, which is good until the next one. */
struct ring_entry *match_record(struct matcher *matcher, const struct flow_touch *touch,
                                const struct brief *brief);

#endif
