/* A writer that builds a jansson value: for the summary document, and to hold the stream to. */
#ifndef ICMPSCOPE_REPORT_JSON_BUILD_H
#define ICMPSCOPE_REPORT_JSON_BUILD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/writer.h"

enum { JSON_BUILD_DEPTH = 16 };

/* An object that is being built. */
struct json_build {
    json_t *open[JSON_BUILD_DEPTH]; /* containers, outermost first; all but the first borrowed */
    size_t depth;
    bool failed; /* memory ran out, or it is too deep */
};

/* Before the first: what jansson's tables are keyed with in this process, unpredictable where input
 * is hostile. Without it, and where a file cannot be opened any more, jansson takes the time. */
void json_build_seed(uint64_t seed);

/* Opens the object. */
void json_build_init(struct json_build *build);

/* Its members, through the calls of a writer, which borrows the build. */
struct writer json_build_writer(struct json_build *build);

/* The object, which the caller owns; NULL where anything failed. */
json_t *json_build_finish(struct json_build *build);

#endif
