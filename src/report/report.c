#include "report/report.h"

#include "report/document.h"
#include "report/ecs.h"
#include "report/ndjson.h"
#include "report/text.h"

const struct report_format report_formats[] = {
    [ICMPSCOPE_TEXT] = {"text", NULL, text_finish},
    [ICMPSCOPE_JSON] = {"json", NULL, document_finish},
    [ICMPSCOPE_NDJSON] = {"ndjson", ndjson_event, NULL},
    [ICMPSCOPE_ECS] = {"ecs", ecs_event, NULL},
};

_Static_assert(sizeof report_formats / sizeof report_formats[0] == REPORT_FORMATS, "one row each");
_Static_assert(ICMPSCOPE_EVENT_ICMP == 1 << EVENT_ICMP && ICMPSCOPE_EVENT_FLOW == 1 << EVENT_FLOW &&
                   ICMPSCOPE_EVENT_STATS == 1 << EVENT_STATS &&
                   ICMPSCOPE_EVENT_ECHO == 1 << EVENT_ECHO &&
                   ICMPSCOPE_EVENT_FINDING == 1 << EVENT_FINDING &&
                   ICMPSCOPE_EVENT_ALL == (1 << EVENT_TYPES) - 1,
               "a bit for each type");

static bool event_is_wanted(const struct icmpscope_config *config, const struct event *event)
{
    if (event->type == EVENT_FLOW && event->hit == NULL && !config->all_flows)
        return false;
    return (config->events >> event->type & 1) != 0;
}

void report_event(const struct report *report, const struct event *event)
{
    const struct report_format *format = &report_formats[report->config->format];
    if (format->event != NULL && event_is_wanted(report->config, event))
        format->event(report, event);
}

void report_finish(const struct report *report)
{
    const struct report_format *format = &report_formats[report->config->format];
    if (format->finish != NULL)
        format->finish(report);
}

const char *report_capture_name(const struct report *report, uint16_t capture)
{
    return capture < report->inputs->count ? report->inputs->list[capture].path : NULL;
}

uint64_t report_uncounted(const struct report *report)
{
    return report->tally->health.uncounted + hits_refused(report->hits) +
           rewritings_refused(report->rewritings) + stories_lost(report->stories);
}
