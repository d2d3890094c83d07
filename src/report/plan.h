/* Records of messages, written by plans.
 *
 * Most messages are of few shapes: of one type and code, about packets of one protocol, with the
 * same members. For a shape that has come twice the rows of the field table that apply are noted
 * once, and what stands between their values is put together: keys, brackets, names. A record of
 * that shape is then a few texts with values between them, and asks once whether it has room.
 * Whatever is rare is left to field_walk(), which writes the same. */
#ifndef ICMPSCOPE_REPORT_PLAN_H
#define ICMPSCOPE_REPORT_PLAN_H

#include <stdbool.h>

#include "report/json_stream.h"
#include "report/report.h"

enum { PLANS = 64 }; /* shapes that are kept: of those that fall on one place the latest */

struct plans; /* opaque */

/* NULL when memory runs out. */
struct plans *plans_new(void);
void plans_free(struct plans *plans);

/* Writes the members of `event` into `stream`, in which nothing was written yet. False where there
 * is no plan for it, or the line might lack room: then the stream is to be begun anew. */
bool plans_write(struct plans *plans, struct json_stream *stream, const struct event *event,
                 const struct report *report);

#endif
