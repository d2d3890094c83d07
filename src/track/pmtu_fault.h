/* What is wrong with an MTU that an error tells: pmtu_too_low, pmtu_not_smaller, pmtu_without_df.
 */
#ifndef ICMPSCOPE_TRACK_PMTU_FAULT_H
#define ICMPSCOPE_TRACK_PMTU_FAULT_H

#include "track/tracker.h"

/* RFC 1191 7 has plateaus down to 68, and 552 is what the least of the usual links leave: 576 (RFC
 * 791) with headers taken off. */
enum { PMTU_LEAST_V4 = 68, PMTU_LOW_V4 = 552, PMTU_LEAST_V6 = 1280 };

/* Adds what the message shows by itself. For each that tells an MTU. */
void pmtu_faults_message(struct findings *findings, const struct sight *sight);

#endif
