#include "report/document_part.h"
#include "report/field.h"
#include "track/path.h"

static void put_path(const struct document *document, const void *key, const void *value)
{
    const struct path *path = value;
    const struct event event = {.type = EVENT_PATH,
                                .capture = path->first.capture,
                                .time_ns = path->last_ns,
                                .story = &path->story};
    (void)key;
    field_walk_flat(document->writer, &fields_path, &event, document->report);
}

void document_put_paths(struct document *document)
{
    const struct paths *paths = &document->report->stories->paths;
    document_put_ranked(document,
                        &(struct document_list){"paths", &paths->kept, path_weight, put_path});
}
