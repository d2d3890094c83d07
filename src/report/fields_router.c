/* The rows of `router`. */
#include "report/field.h"
#include "report/field_story.h"
#include "track/router.h"

static const struct field rows[] = {
    FIELD_STORY_SRC("who asked"),
    FIELD_STORY_DST("who was asked"),
};

const struct field_table fields_router = {rows, FIELD_COUNT(rows)};
