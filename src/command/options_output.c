/* What is written, and how. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/net.h"
#include "command/option_row.h"

static int apply_format(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {[ICMPSCOPE_TEXT] = "text",
                                        [ICMPSCOPE_JSON] = "json",
                                        [ICMPSCOPE_NDJSON] = "ndjson",
                                        [ICMPSCOPE_ECS] = "ecs"};
    int format =
        option_name(names, sizeof names / sizeof names[0], given->value, strlen(given->value));
    if (format < 0)
        return option_refuse(given, "text, json, ndjson or ecs", error);
    options->config.format = (enum icmpscope_format)format;
    return 0;
}

static int apply_ndjson(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.format = ICMPSCOPE_NDJSON;
    return 0;
}

static int apply_events(struct options *options, const struct given *given, struct error *error)
{
    /* bits of icmpscope_events */
    static const char *const names[] = {"icmp", "flow", "stats",    "echo",   "clock",  "query",
                                        "pmtu", "path", "redirect", "router", "finding"};
    unsigned events = 0;
    for (const char *p = given->value;; p++) {
        size_t length = strcspn(p, ",");
        int event = option_name(names, sizeof names / sizeof names[0], p, length);
        if (event < 0)
            return option_refuse(given,
                                 "a list of icmp, flow, echo, clock, query, pmtu, path, redirect, "
                                 "router, finding, stats",
                                 error);
        events |= 1u << event;
        p += length;
        if (*p == '\0')
            break;
    }
    options->config.events = events;
    return 0;
}

static int apply_all_flows(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.all_flows = true;
    return 0;
}

static int apply_output(struct options *options, const struct given *given, struct error *error)
{
    (void)error;
    options->output = strcmp(given->value, "-") == 0 ? NULL : given->value;
    return 0;
}

/* The name says which format. */
static int apply_evidence(struct options *options, const struct given *given, struct error *error)
{
    static const char suffix[] = ".pcapng";
    const size_t length = strlen(given->value), tail = sizeof suffix - 1;
    (void)error;
    bool ng = length >= tail && strcasecmp(given->value + length - tail, suffix) == 0;
    options->evidence = given->value;
    options->config.evidence = ng ? ICMPSCOPE_EVIDENCE_PCAPNG : ICMPSCOPE_EVIDENCE_PCAP;
    return 0;
}

static int apply_sensor(struct options *options, const struct given *given, struct error *error)
{
    enum { SENSOR_MAX = 255 }; /* bytes: a line of ndjson stays short */
    if (given->value[0] == '\0' || strlen(given->value) > SENSOR_MAX)
        return option_refuse(given, "a name of 1 to 255 bytes", error);
    options->config.sensor = given->value;
    return 0;
}

static int apply_home(struct options *options, const struct given *given, struct error *error)
{
    struct net net;
    if (net_parse(&net, given->value) != 0)
        return option_refuse(given, "a network, like 192.0.2.0/24", error);
    options->homes[options->config.home_count++] = given->value;
    return 0;
}

static int apply_seed(struct options *options, const struct given *given, struct error *error)
{
    uint64_t seed;
    if (option_number(given, UINT16_MAX, &seed, error) != 0)
        return -1;
    options->config.community_id_seed = (uint16_t)seed;
    return 0;
}

static int apply_lines(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.flush_lines = true;
    return 0;
}

static int apply_quiet(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.verbosity = -1;
    return 0;
}

static int apply_verbose(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.verbosity = 1;
    return 0;
}

static int apply_color(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
    int color = option_name(names, 3, given->value, strlen(given->value));
    if (color < 0)
        return option_refuse(given, "auto, always or never", error);
    options->color = (enum options_color)color;
    return 0;
}

static int apply_progress(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {[PROGRESS_AUTO] = "auto", [PROGRESS_NEVER] = "never"};
    int progress = option_name(names, 2, given->value, strlen(given->value));
    if (progress < 0)
        return option_refuse(given, "auto or never", error);
    options->progress = (enum options_progress)progress;
    return 0;
}

static const struct option_row rows[] = {
    {0, "format", "FORMAT", "text (default), json: one document, ndjson or ecs: a record a line",
     apply_format},
    {'J', NULL, NULL, "the same as --format ndjson", apply_ndjson},
    {0, "events", "LIST", "records in ndjson: icmp,flow,finding,stats,... (default: all)",
     apply_events},
    {0, "all-flows", NULL, "flow records also for flows that no error was about", apply_all_flows},
    {'o', NULL, "FILE", "write to FILE, which appears when all is written", apply_output},
    {'w', NULL, "FILE", "write each error and the packets of its flow to FILE: pcap, or .pcapng",
     apply_evidence},
    {0, "sensor", "NAME", "put NAME into every record", apply_sensor},
    {0, "home", "NET", "what counts as ours in findings, like 192.0.2.0/24; repeatable",
     apply_home},
    {0, "community-id-seed", "N", "seed of the Community ID, default 0", apply_seed},
    {'l', NULL, NULL, "hand on each line of ndjson at once", apply_lines},
    {'q', NULL, NULL, "text: only the findings", apply_quiet},
    {'v', NULL, NULL, "text: list everything", apply_verbose},
    {0, "color", "WHEN", "auto (default), always or never; NO_COLOR is honoured", apply_color},
    {0, "progress", "WHEN", "how far it is, on a terminal: auto (default) or never",
     apply_progress},
};

const struct option_group options_output = {rows, sizeof rows / sizeof rows[0]};
