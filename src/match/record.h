/* Packets as they come: what errors will look for. */
#ifndef ICMPSCOPE_MATCH_RECORD_H
#define ICMPSCOPE_MATCH_RECORD_H

#include "decode/packet.h"
#include "flow/key.h"
#include "flow/table.h"
#include "match/match.h"

/* Counts `packet` in its flow and enters it in the ring, chained to the flow's packet before it.
 * `direction` is the packet's own. The first packet of a flow makes its sender the initiator. Pays
 * for a part of what walking back has cost. Returns the entry, which is good until the next one. */
struct ring_entry *match_record(struct matcher *matcher, const struct flow_touch *touch,
                                const struct packet *packet, enum flow_direction direction);

#endif
