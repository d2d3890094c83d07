/* What is read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "capture/filter.h"
#include "command/option_row.h"

static int apply_file(struct options *options, const struct given *given, struct error *error)
{
    (void)error;
    options->files[options->config.file_count++] = given->value;
    return 0;
}

static int apply_filter(struct options *options, const struct given *given, struct error *error)
{
    (void)error;
    options->config.filter = given->value;
    return 0;
}

static int apply_filter_file(struct options *options, const struct given *given,
                             struct error *error)
{
    struct error why = {""};
    free(options->filter);
    options->filter = filter_read_file(given->value, &why);
    options->config.filter = options->filter;
    if (options->filter == NULL)
        return error_set(error, "%s: %s", given->value, why.text);
    return 0;
}

static int apply_count(struct options *options, const struct given *given, struct error *error)
{
    if (option_number(given, UINT64_MAX, &options->config.max_packets, error) != 0)
        return -1;
    return options->config.max_packets == 0 ? option_refuse(given, "a count from 1 on", error) : 0;
}

static int apply_duration(struct options *options, const struct given *given, struct error *error)
{
    return option_seconds(given, &options->config.max_duration_ns, error);
}

static int apply_no_tunnel_guess(struct options *options, const struct given *given,
                                 struct error *error)
{
    (void)given, (void)error;
    options->config.guess_tunnels = false;
    return 0;
}

static const struct option_row rows[] = {
    {'r', NULL, "FILE", "analyse FILE, the same as FILE alone; '-' is standard input", apply_file},
    {'f', NULL, "EXPR", "only packets that the BPF filter EXPR lets through", apply_filter},
    {'F', NULL, "FILE", "the same, with the filter read from FILE", apply_filter_file},
    {'c', NULL, "COUNT", "stop after COUNT packets", apply_count},
    {0, "duration", "SECONDS", "stop SECONDS of capture time after the first packet",
     apply_duration},
    {0, "no-tunnel-guess", NULL, "take no UDP port for a sign of a tunnel (VXLAN, GTP-U, ...)",
     apply_no_tunnel_guess},
};

const struct option_group options_input = {rows, sizeof rows / sizeof rows[0]};
