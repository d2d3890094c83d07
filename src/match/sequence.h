/* Whether a quoted TCP segment was in flight: RFC 5927 4.1. */
#ifndef ICMPSCOPE_MATCH_SEQUENCE_H
#define ICMPSCOPE_MATCH_SEQUENCE_H

#include "match/match.h"
#include "match/verdict.h"

/* So far outside of what is in flight, in bytes, a number tells nothing: it may be of a segment
 * that was sent again, of a probe for a window or for life, or of one that the capture missed. */
enum { SEQUENCE_SLACK = 1 << 20 };

/* `quoted` is a TCP segment, with HAS_TCP_SEQ, of verdict->flow, in verdict->direction.
 *
 * IN_WINDOW: from the oldest number that the other side has not acknowledged to the next one to be
 * sent, both included, as a segment without data has the latter; to a connection that is only
 * begun, the number of the SYN.
 * OUT_OF_WINDOW: outside by more than SEQUENCE_SLACK, and by more than the windows that the other
 * side has advertised of late, as scaled (where its SYN is not among the newest packets, by as much
 * as may be). Never where the very packet is in the capture (VERDICT_HAS_SENT), or is there but for
 * its number, which firewalls rewrite: one of the same identification, not 0, and length.
 * UNKNOWN: all else. Where the other side's acknowledgements are all that is known, as only these
 * were captured, it is UNKNOWN or OUT_OF_WINDOW; without them it is UNKNOWN.
 *
 * Visits at most MATCH_WALK_SHORT packets, which are owed, and only where it might be
 * OUT_OF_WINDOW. */
enum seq_check sequence_check(struct matcher *matcher, const struct verdict *verdict,
                              const struct headers *quoted);

#endif
