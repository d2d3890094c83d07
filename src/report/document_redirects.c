#include "report/document_part.h"
#include "report/field.h"
#include "track/redirect.h"

static void put_redirect(const struct document *document, const void *key, const void *value)
{
    const struct redirect *redirect = value;
    const struct event event = {
        .type = EVENT_REDIRECT, .time_ns = redirect->seen.first_ns, .story = &redirect->story};
    (void)key;
    field_walk_flat(document->writer, &fields_redirect, &event, document->report);
}

void document_put_redirects(struct document *document)
{
    const struct redirects *redirects = &document->report->stories->redirects;
    document_put_ranked(document, &(struct document_list){"redirects", &redirects->map,
                                                          redirect_weight, put_redirect});
}
