/* ICMP errors in words that a person acts on. */
#ifndef ICMPSCOPE_REPORT_PHRASE_H
#define ICMPSCOPE_REPORT_PHRASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "report/line.h"

/* How the reporter is named behind what happened. */
enum phrase_who { WHO_BY, WHO_AT, WHO_SAYS, WHO_FORMS };

struct phrase {
    const char *what; /* "refused" */
    enum phrase_who who;
};

/* Of an error; types and codes without a row of their own get one for the type, and unknown types a
 * general one. Never NULL. */
const struct phrase *phrase_get(enum family family, uint8_t type, uint8_t code);

/* " by ", ", says ", … ", say " of several. */
const char *phrase_who(const struct phrase *phrase, bool several);

/* "3/3", "v6 1/4" */
void line_add_code(struct line *line, enum family family, uint8_t type, uint8_t code);

/* A type and code by name: "port unreachable", "parameter problem: bad length". */
void line_add_type(struct line *line, enum family family, uint8_t type, uint8_t code);

#endif
