/* The rows of `pmtu`. */
#include "report/field.h"
#include "report/field_story.h"
#include "track/pmtu.h"

static const struct field rows[] = {
    FIELD_STORY_SRC("who asked"),
    FIELD_STORY_DST("who was asked"),
};

const struct field_table fields_pmtu = {rows, FIELD_COUNT(rows)};
