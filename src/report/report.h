/* Events and counts → what a person, a program or a pipeline reads. An output is one row of
 * report.c and one file. */
#ifndef ICMPSCOPE_REPORT_REPORT_H
#define ICMPSCOPE_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/inputs.h"
#include "icmpscope.h"
#include "report/out.h"
#include "track/event.h"
#include "track/hits.h"
#include "track/rewriting.h"
#include "track/stories.h"
#include "track/tally.h"

struct plans;

/* What outputs look at. All is borrowed. */
struct report {
    const struct icmpscope_config *config;
    const struct inputs *inputs;
    const struct tally *tally;
    const struct hits *hits;
    const struct rewritings *rewritings;
    const struct stories *stories;
    struct out *out;
    struct plans *plans; /* of the ndjson stream (report/plan.h), or NULL: each record is walked */
};

struct report_format {
    const char *name; /* "text", "json", "ndjson", "ecs" */
    /* Each is NULL where the format has nothing to write then. They write to report->out, which
     * remembers a failure. */
    void (*event)(const struct report *report, const struct event *event);
    void (*finish)(const struct report *report);
};

/* By enum icmpscope_format. */
extern const struct report_format report_formats[];
enum { REPORT_FORMATS = 4 };

/* An event that the configuration asks for goes to the format, others nowhere. */
void report_event(const struct report *report, const struct event *event);

/* All events have been: writes what the format ends with. The caller flushes. */
void report_finish(const struct report *report);

/* The path of an input as the user gave it, "-" for standard input; NULL where there is none of
 * that number. */
const char *report_capture_name(const struct report *report, uint16_t capture);

/* What found a table of a tracker full, or gave way in one before its time. */
uint64_t report_uncounted(const struct report *report);

#endif
