/* The rows of `redirect`. */
#include "report/field.h"
#include "report/field_story.h"
#include "track/redirect.h"

static const struct field rows[] = {
    FIELD_STORY_SRC("who asked"),
    FIELD_STORY_DST("who was asked"),
};

const struct field_table fields_redirect = {rows, FIELD_COUNT(rows)};
