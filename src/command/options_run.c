/* How the command runs. */
#include "command/option_row.h"

static int apply_metrics(struct options *options, const struct given *given, struct error *error)
{
    (void)error;
    options->metrics = given->value;
    return 0;
}

static int apply_metrics_file(struct options *options, const struct given *given,
                              struct error *error)
{
    (void)error;
    options->metrics_file = given->value;
    return 0;
}

static int apply_user(struct options *options, const struct given *given, struct error *error)
{
    (void)error;
    options->user = given->value;
    return 0;
}

static int apply_no_sandbox(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->sandbox = false;
    return 0;
}

static int apply_version(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->action = OPTIONS_VERSION;
    return 0;
}

static int apply_help(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->action = OPTIONS_HELP;
    return 0;
}

static const struct option_row rows[] = {
    {0, "metrics", "ADDRESS",
     "serve Prometheus metrics over HTTP at [ADDR:]PORT, by default on loopback", apply_metrics},
    {0, "metrics-file", "FILE", "write them to FILE each interval, for node_exporter",
     apply_metrics_file},
    {'Z', NULL, "USER", "as root: become USER once all is open, default nobody", apply_user},
    {0, "no-sandbox", NULL, "do not confine itself before it looks at packets", apply_no_sandbox},
    {0, "version", NULL, "print the version", apply_version},
    {'h', "help", NULL, "print this", apply_help},
};

const struct option_group options_run = {rows, sizeof rows / sizeof rows[0]};
