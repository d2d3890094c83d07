/* The ecs format: the records of ndjson in the names of the Elastic Common Schema. */
#ifndef ICMPSCOPE_REPORT_ECS_H
#define ICMPSCOPE_REPORT_ECS_H

#include "report/report.h"

/* Writes the record of an event as one line, under 8 KiB. Members are walked twice: what ecs_map.h
 * has a name for is kept, and written sorted by object; then all else, under `icmpscope`. */
void ecs_event(const struct report *report, const struct event *event);

#endif
