/* The rows of the command line's table, and what those who read values share. */
#ifndef ICMPSCOPE_COMMAND_OPTION_ROW_H
#define ICMPSCOPE_COMMAND_OPTION_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "command/options.h"

/* What an option is given: its own row, and the value that was read. */
struct given {
    const struct option_row *row;
    const char *value;
};

struct option_row {
    char letter;       /* or 0 */
    const char *name;  /* or NULL */
    const char *value; /* what --help calls it; NULL: the option has none. In brackets: a number,
                        * which may be left out, and then is NULL; of a letter without a name */
    const char *help;
    int (*apply)(struct options *options, const struct given *given, struct error *error);
};

struct option_group {
    const struct option_row *rows;
    size_t count;
};

extern const struct option_group options_input;  /* what is read */
extern const struct option_group options_live;   /* … from interfaces */
extern const struct option_group options_output; /* what is written, and how */
extern const struct option_group options_limits; /* what is kept, and for how long */
extern const struct option_group options_run;    /* how the command runs */

/* "--name: 'value' is not `wanted`". Returns -1. */
int option_refuse(const struct given *given, const char *wanted, struct error *error);

/* A decimal number up to `max`. */
int option_number(const struct given *given, uint64_t max, uint64_t *number, struct error *error);

/* A time in seconds, or fractions of one, above 0. */
int option_seconds(const struct given *given, int64_t *ns, struct error *error);

/* The index of `value` among `count` names, or -1. */
int option_name(const char *const *names, size_t count, const char *value, size_t length);

#endif
