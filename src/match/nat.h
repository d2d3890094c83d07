/* Errors about a packet whose addresses or ports were translated between the capture and the
 * reporter, or back: one endpoint and the packet's identity agree, the other endpoint does not. */
#ifndef ICMPSCOPE_MATCH_NAT_H
#define ICMPSCOPE_MATCH_NAT_H

#include "match/search.h"
#include "match/verdict.h"

/* Looks for the packet that `wanted` describes but for one endpoint, for a verdict that is
 * UNMATCHED so far. Where one packet fits, or the error's destination decides among several, the
 * verdict becomes NAT with its flow, trigger and `sent`; with `candidates` alone where it cannot be
 * decided. */
void nat_match(struct matcher *matcher, const struct wanted *wanted, struct verdict *verdict);

#endif
