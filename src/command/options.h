/* The command line. One table drives parsing, --help and the check of the manual. */
#ifndef ICMPSCOPE_COMMAND_OPTIONS_H
#define ICMPSCOPE_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "icmpscope.h"

enum options_action { OPTIONS_RUN, OPTIONS_LIST, OPTIONS_HELP, OPTIONS_VERSION };
enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum options_progress { PROGRESS_AUTO, PROGRESS_NEVER };

struct options {
    enum options_action action;
    struct icmpscope_config config; /* its `files` are `files` */
    const char **files;             /* owned; the strings are argv's */
    const char **interfaces;        /* the same, of -i … */
    const char **homes;             /* … and of --home */
    char *filter;                   /* owned, of -F, or NULL */
    const char *output;             /* of -o, or NULL for standard output */
    const char *evidence;     /* of -w, where config.evidence is set: "-" is standard output */
    const char *user;         /* of -Z, or NULL */
    const char *metrics;      /* of --metrics, or NULL */
    const char *metrics_file; /* of --metrics-file, or NULL */
    bool sandbox;
    enum options_color color;
    enum options_progress progress;
};

/* Reads the arguments. On -1 `error` has one line, and it is the user's mistake. Either way
 * options_fini() frees. */
int options_init(struct options *options, int argc, char **argv, struct error *error);
void options_fini(struct options *options);

/* The text of --help: one line an option. */
void options_help(void (*print)(void *context, const char *line), void *context);

/* Whether the report is a stream of records, a line each. */
static inline bool options_ask_lines(const struct options *options)
{
    enum icmpscope_format format = options->config.format;
    return format == ICMPSCOPE_NDJSON || format == ICMPSCOPE_ECS;
}

#endif
