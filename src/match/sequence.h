/* Whether a quoted TCP segment was in flight: RFC 5927 4.1. */
#ifndef ICMPSCOPE_MATCH_SEQUENCE_H
#define ICMPSCOPE_MATCH_SEQUENCE_H

#include "flow/table.h"
#include "match/verdict.h"

/* `quoted` is a TCP segment of `flow` that went in `direction`, with HAS_TCP_SEQ; `tied` says that
 * the very packet is in the capture. What both sides were seen to send and to acknowledge decides;
 * where that is not known, or was not all captured, it is UNKNOWN. */
enum seq_check sequence_check(const struct flow *flow, enum flow_direction direction,
                              const struct headers *quoted, bool tied);

#endif
