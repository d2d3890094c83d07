/* How the command runs. */
#include "command/metrics_address.h"
#include "command/metrics_server.h"
#include "command/option_row.h"

static int apply_jobs(struct options *options, const struct given *given, struct error *error)
{
    enum { JOBS_MOST = 1024 };
    uint64_t jobs;
    if (option_number(given, JOBS_MOST, &jobs, error) != 0)
        return -1;
    options->config.jobs = (unsigned)jobs;
    return jobs == 0 ? option_refuse(given, "a number of threads from 1 on", error) : 0;
}

/* It was the summary's before it was make's. */
static int apply_j(struct options *options, const struct given *given, struct error *error)
{
    if (given->value != NULL)
        return apply_jobs(options, given, error);
    options->config.format = ICMPSCOPE_JSON;
    return 0;
}

static int apply_metrics(struct options *options, const struct given *given, struct error *error)
{
    struct metrics_address address;
    if (!metrics_server_is_there)
        return error_set(error, "--metrics: this icmpscope was built without libmicrohttpd; "
                                "--metrics-file needs none");
    if (metrics_address_parse(&address, given->value) != 0)
        return option_refuse(given, "a port, or like 192.0.2.1:9123 or [2001:db8::1]:9123", error);
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
    {'j', NULL, "[N]", "with a number N, the same as --jobs N; alone, as --format json", apply_j},
    {0, "jobs", "N", "share the work among N threads, default 1", apply_jobs},
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
