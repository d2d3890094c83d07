#include "report/document_part.h"
#include "report/field.h"
#include "track/findings.h"

static void put_finding(const struct document *document, const void *key, const void *value)
{
    const struct finding *finding = value;
    const struct event event = {
        .type = EVENT_FINDING, .time_ns = finding->seen.last_ns, .story = &finding->story};
    (void)key;
    field_walk_flat(document->writer, &fields_finding, &event, document->report);
}

void document_put_findings(struct document *document)
{
    const struct findings *findings = &document->report->stories->findings;
    document_put_ranked(
        document, &(struct document_list){"findings", &findings->map, finding_weight, put_finding});
}
