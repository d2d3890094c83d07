/* What a path's MTU was over time, and advice, as JSON. */
#ifndef ICMPSCOPE_REPORT_PMTU_CHANGES_H
#define ICMPSCOPE_REPORT_PMTU_CHANGES_H

#include "base/addr.h"
#include "report/writer.h"
#include "track/pmtu_history.h"

/* [{"timestamp": ..., "mtu": 1400, "reporter": ...}, ...] */
void pmtu_changes_put(struct writer *writer, const char *key, const struct pmtu_history *history,
                      enum family family);

/* {"mtu": 1400, "tcp_mss": 1360, "ping_payload": 1372} */
void pmtu_advice_put(struct writer *writer, const char *key, const struct pmtu_advice *advice);

#endif
