/* A writer of one large JSON document, in the memory of its largest piece: an entry of a list in a
 * section of it. What encloses pieces is written as it is opened; each piece is built by jansson
 * and written when it is complete. */
#ifndef ICMPSCOPE_REPORT_JSON_PIECES_H
#define ICMPSCOPE_REPORT_JSON_PIECES_H

#include <stdbool.h>

#include "report/json_build.h"
#include "report/out.h"
#include "report/writer.h"

struct json_pieces {
    struct out *out;
    struct json_build build; /* of the piece that is open: `pending` */
    unsigned depth;          /* containers that are open */
    bool pending;
    char *text;  /* owned, of the piece that was written last … */
    size_t size; /* … and how much room there is */
    bool first;  /* nothing was written yet to the container that is open */
};

/* Opens the document, an object. `out` is borrowed, and remembers failures. */
void json_pieces_init(struct json_pieces *pieces, struct out *out);

/* Its members, through the calls of a writer, which borrows `pieces`. */
struct writer json_pieces_writer(struct json_pieces *pieces);

/* Closes it, with a newline, and frees. */
void json_pieces_finish(struct json_pieces *pieces);

#endif
