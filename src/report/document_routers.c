#include "report/document_part.h"
#include "report/field.h"
#include "track/router.h"

static void put_router(const struct document *document, const void *key, const void *value)
{
    const struct router *router = value;
    const struct event event = {
        .type = EVENT_ROUTER, .time_ns = router->seen.first_ns, .story = &router->story};
    (void)key;
    field_walk_flat(document->writer, &fields_router, &event, document->report);
}

void document_put_routers(struct document *document)
{
    const struct routers *routers = &document->report->stories->routers;
    document_put_ranked(
        document, &(struct document_list){"routers", &routers->map, router_weight, put_router});
}
