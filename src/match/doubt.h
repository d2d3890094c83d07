/* Reasons to doubt an error: the bits of verdict.anomalies. */
#ifndef ICMPSCOPE_MATCH_DOUBT_H
#define ICMPSCOPE_MATCH_DOUBT_H

#include "decode/packet.h"
#include "match/verdict.h"

/* Adds to verdict->anomalies what the message itself, its quote, and all else that the verdict says
 * give reason for; sets VERDICT_HAS_ANOMALIES where there is any. Called last. */
void doubt_verdict(const struct packet *error, struct verdict *verdict);

#endif
