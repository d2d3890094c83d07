#include "config.h"

#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/net.h"
#include "base/quantity.h"
#include "base/timefmt.h"
#include "capture/filter.h"

/* What an option is given: its own row, and the value that was read. */
struct given {
    const struct option_row *row;
    const char *value;
};

struct option_row {
    char letter;       /* or 0 */
    const char *name;  /* or NULL */
    const char *value; /* what --help calls it; NULL: the option has none */
    const char *help;
    int (*apply)(struct options *options, const struct given *given, struct error *error);
};

static int value_refused(const struct given *given, const char *wanted, struct error *error)
{
    const struct option_row *row = given->row;
    if (row->name != NULL)
        return error_set(error, "--%s: '%s' is not %s", row->name, given->value, wanted);
    return error_set(error, "-%c: '%s' is not %s", row->letter, given->value, wanted);
}

static int number_read(const struct given *given, uint64_t max, uint64_t *number,
                       struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(given->value, &end, 10);
    if (!isdigit((unsigned char)given->value[0]) || *end != '\0' || errno != 0 || value > max)
        return value_refused(given, "a number in range", error);
    *number = value;
    return 0;
}

/* The index of `value` among `count` names, or -1. */
static int name_find(const char *const *names, size_t count, const char *value, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == length && memcmp(names[i], value, length) == 0)
            return (int)i;
    return -1;
}

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
    if (number_read(given, UINT64_MAX, &options->config.max_packets, error) != 0)
        return -1;
    return options->config.max_packets == 0 ? value_refused(given, "a count from 1 on", error) : 0;
}

static int apply_duration(struct options *options, const struct given *given, struct error *error)
{
    static const double longest = 1e9; /* seconds: thirty years, and far from overflowing */
    char *end;
    double seconds = strtod(given->value, &end);
    if (*end != '\0' || end == given->value || !(seconds > 0 && seconds <= longest))
        return value_refused(given, "a number of seconds", error);
    options->config.max_duration_ns = (int64_t)(seconds * NS_PER_S);
    return 0;
}

static int apply_format(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {
        [ICMPSCOPE_TEXT] = "text", [ICMPSCOPE_JSON] = "json", [ICMPSCOPE_NDJSON] = "ndjson"};
    int format = name_find(names, 3, given->value, strlen(given->value));
    if (format < 0)
        return value_refused(given, "text, json or ndjson", error);
    options->config.format = (enum icmpscope_format)format;
    return 0;
}

static int apply_json(struct options *options, const struct given *given, struct error *error)
{
    (void)given, (void)error;
    options->config.format = ICMPSCOPE_JSON;
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
        int event = name_find(names, sizeof names / sizeof names[0], p, length);
        if (event < 0)
            return value_refused(given,
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

static int apply_no_tunnel_guess(struct options *options, const struct given *given,
                                 struct error *error)
{
    (void)given, (void)error;
    options->config.guess_tunnels = false;
    return 0;
}

static int apply_max_flows(struct options *options, const struct given *given, struct error *error)
{
    uint64_t flows;
    if (number_read(given, UINT32_MAX - 1, &flows, error) != 0)
        return -1;
    options->config.max_flows = (size_t)flows;
    return flows == 0 ? value_refused(given, "a number of flows from 1 on", error) : 0;
}

static int apply_max_memory(struct options *options, const struct given *given, struct error *error)
{
    uint64_t bytes;
    if (quantity_bytes(given->value, &bytes) != 0 || bytes == 0 || bytes > SIZE_MAX)
        return value_refused(given, "an amount of memory, like 96M or 2GiB", error);
    options->config.max_memory = (size_t)bytes;
    return 0;
}

/* "tcp=600,udp=30" */
static int apply_idle(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {[ICMPSCOPE_IDLE_OTHER] = "other",
                                        [ICMPSCOPE_IDLE_TCP] = "tcp",
                                        [ICMPSCOPE_IDLE_UDP] = "udp",
                                        [ICMPSCOPE_IDLE_ICMP] = "icmp",
                                        [ICMPSCOPE_IDLE_SCTP] = "sctp"};
    enum { SECONDS_MOST = 365 * 24 * 3600 };
    for (const char *p = given->value;; p++) {
        size_t length = strcspn(p, "=");
        int idle = name_find(names, ICMPSCOPE_IDLES, p, length);
        p += length + (p[length] == '=');
        char *end = (char *)p;
        errno = 0;
        unsigned long seconds = isdigit((unsigned char)*p) ? strtoul(p, &end, 10) : 0;
        if (idle < 0 || seconds == 0 || seconds > SECONDS_MOST || (*end != '\0' && *end != ','))
            return value_refused(given, "a list like tcp=3600,udp=300,icmp=60,sctp=3600,other=300",
                                 error);
        options->config.idle_s[idle] = (uint32_t)seconds;
        p = end;
        if (*p == '\0')
            return 0;
    }
}

/* Milliseconds of capture time, or fractions of one. */
static int apply_reorder(struct options *options, const struct given *given, struct error *error)
{
    static const double longest =
        3600e3; /* an hour: errors come in time, or their packets do not */
    char *end;
    double ms = strtod(given->value, &end);
    if (*end != '\0' || end == given->value || !(ms >= 0 && ms <= longest))
        return value_refused(given, "a number of milliseconds up to an hour", error);
    options->config.reorder_ns = (int64_t)(ms * NS_PER_MS);
    return 0;
}

static int apply_sensor(struct options *options, const struct given *given, struct error *error)
{
    enum { SENSOR_MAX = 255 }; /* bytes: a line of ndjson stays short */
    if (given->value[0] == '\0' || strlen(given->value) > SENSOR_MAX)
        return value_refused(given, "a name of 1 to 255 bytes", error);
    options->config.sensor = given->value;
    return 0;
}

static int apply_seed(struct options *options, const struct given *given, struct error *error)
{
    uint64_t seed;
    if (number_read(given, UINT16_MAX, &seed, error) != 0)
        return -1;
    options->config.community_id_seed = (uint16_t)seed;
    return 0;
}

static int apply_home(struct options *options, const struct given *given, struct error *error)
{
    struct net net;
    if (net_parse(&net, given->value) != 0)
        return value_refused(given, "a network, like 192.0.2.0/24", error);
    options->homes[options->config.home_count++] = given->value;
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
    int color = name_find(names, 3, given->value, strlen(given->value));
    if (color < 0)
        return value_refused(given, "auto, always or never", error);
    options->color = (enum options_color)color;
    return 0;
}

static int apply_progress(struct options *options, const struct given *given, struct error *error)
{
    static const char *const names[] = {[PROGRESS_AUTO] = "auto", [PROGRESS_NEVER] = "never"};
    int progress = name_find(names, 2, given->value, strlen(given->value));
    if (progress < 0)
        return value_refused(given, "auto or never", error);
    options->progress = (enum options_progress)progress;
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
    {'r', NULL, "FILE", "analyse FILE, the same as FILE alone; '-' is standard input", apply_file},
    {'f', NULL, "EXPR", "only packets that the BPF filter EXPR lets through", apply_filter},
    {'F', NULL, "FILE", "the same, with the filter read from FILE", apply_filter_file},
    {'c', NULL, "COUNT", "stop after COUNT packets", apply_count},
    {0, "duration", "SECONDS", "stop SECONDS of capture time after the first packet",
     apply_duration},
    {0, "format", "FORMAT", "text (default), json: one document, or ndjson: a record a line",
     apply_format},
    {'j', NULL, NULL, "the same as --format json", apply_json},
    {'J', NULL, NULL, "the same as --format ndjson", apply_ndjson},
    {0, "events", "LIST", "records in ndjson: icmp,flow,finding,stats,... (default: all)",
     apply_events},
    {0, "all-flows", NULL, "flow records also for flows that no error was about", apply_all_flows},
    {'o', NULL, "FILE", "write to FILE, which appears when all is written", apply_output},
    {'w', NULL, "FILE", "write each error and the packets of its flow to FILE: pcap, or .pcapng",
     apply_evidence},
    {0, "no-tunnel-guess", NULL, "take no UDP port for a sign of a tunnel (VXLAN, GTP-U, ...)",
     apply_no_tunnel_guess},
    {0, "max-flows", "N", "keep at most N flows, default 4194304; the oldest give way",
     apply_max_flows},
    {0, "max-memory", "SIZE", "stay below SIZE (96M, 2G): less is kept of everything",
     apply_max_memory},
    {0, "idle", "LIST", "seconds after which idle flows end: tcp=3600,udp=300,icmp=60, ...",
     apply_idle},
    {0, "reorder", "MS", "how much later than an error its packet may come, default 50",
     apply_reorder},
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
    {0, "version", NULL, "print the version", apply_version},
    {'h', "help", NULL, "print this", apply_help},
};

enum { ROWS = sizeof rows / sizeof rows[0], LONG_BASE = 256 };

/* The table in getopt's forms. An option without a letter has the value LONG_BASE + its row. */
struct getopt_tables {
    char letters[2 + 2 * ROWS];
    struct option names[ROWS + 1];
};

static void getopt_tables_fill(struct getopt_tables *tables)
{
    char *letter = tables->letters;
    struct option *name = tables->names;
    *letter++ = ':'; /* a missing value is reported as ':' */
    for (int i = 0; i < ROWS; i++) {
        int has_value = rows[i].value != NULL;
        if (rows[i].letter != 0)
            *letter++ = rows[i].letter;
        if (rows[i].letter != 0 && has_value)
            *letter++ = ':';
        if (rows[i].name != NULL)
            *name++ = (struct option){rows[i].name, has_value, NULL, LONG_BASE + i};
    }
    *letter = '\0';
    *name = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *row_find(int code)
{
    if (code >= LONG_BASE && code < LONG_BASE + ROWS)
        return &rows[code - LONG_BASE];
    for (int i = 0; i < ROWS; i++)
        if (code != 0 && rows[i].letter == code)
            return &rows[i];
    return NULL;
}

static int option_unknown(int code, char **argv, struct error *error)
{
    const char *why = code == ':' ? "needs a value" : "is not an option, or takes no value";
    if (optopt > 0 && optopt < LONG_BASE)
        return error_set(error, "-%c %s; see icmpscope --help", optopt, why);
    return error_set(error, "%s %s; see icmpscope --help", argv[optind - 1], why);
}

static int arguments_read(struct options *options, int argc, char **argv, struct error *error)
{
    struct getopt_tables tables;
    getopt_tables_fill(&tables);
#if HAVE_DECL_OPTRESET
    optreset = 1;
    optind = 1;
#else
    optind = 0; /* glibc, musl: forget where a call before this one stopped */
#endif
    opterr = 0;

    int code;
    while ((code = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        const struct option_row *row = row_find(code);
        if (row == NULL || code == ':' || code == '?')
            return option_unknown(code, argv, error);
        struct given given = {row, optarg};
        if (row->apply(options, &given, error) != 0)
            return -1;
    }
    while (optind < argc)
        options->files[options->config.file_count++] = argv[optind++];
    return 0;
}

int options_init(struct options *options, int argc, char **argv, struct error *error)
{
    *options = (struct options){.action = OPTIONS_RUN, .color = COLOR_AUTO};
    icmpscope_config_init(&options->config);
    options->files = calloc((size_t)argc + 1, sizeof *options->files);
    options->homes = calloc((size_t)argc + 1, sizeof *options->homes);
    if (options->files == NULL || options->homes == NULL)
        return error_set(error, "out of memory");
    options->config.files = options->files;
    options->config.home = options->homes;

    if (arguments_read(options, argc, argv, error) != 0)
        return -1;
    if (options->action == OPTIONS_RUN && options->config.file_count == 0)
        return error_set(error, "no capture named; see icmpscope --help");
    if (options->evidence != NULL && strcmp(options->evidence, "-") == 0 && options->output == NULL)
        return error_set(error,
                         "-w -: the report goes to standard output; -o FILE gives it a file");
    return 0;
}

void options_fini(struct options *options)
{
    free(options->files);
    free(options->homes);
    free(options->filter);
}

/* "-r FILE", "--duration SECONDS", "-h, --help". */
static const char *row_label(const struct option_row *row, char *buf, size_t size)
{
    char letter[4] = "", name[32] = "";
    if (row->letter != 0)
        snprintf(letter, sizeof letter, "-%c", row->letter);
    if (row->name != NULL)
        snprintf(name, sizeof name, "--%s", row->name);
    const char *comma = row->letter != 0 && row->name != NULL ? ", " : "";
    const char *space = row->value != NULL ? " " : "";
    snprintf(buf, size, "%s%s%s%s%s", letter, comma, name, space, row->value ? row->value : "");
    return buf;
}

void options_help(void (*print)(void *context, const char *line), void *context)
{
    print(context, "usage: icmpscope [options] FILE...");
    print(context, "");
    print(context, "Reads packet captures and ties each ICMP error to the flow it is about.");
    print(context, "");
    for (int i = 0; i < ROWS; i++) {
        char label[64], line[160];
        row_label(&rows[i], label, sizeof label);
        snprintf(line, sizeof line, "  %-22s %s", label, rows[i].help);
        print(context, line);
    }
    print(context, "");
    print(context,
          "Exit status: 0 all read, 1 something could not be read or written, 2 wrong usage,");
    print(context,
          "3 a capture is truncated or damaged: what could be read of it is in the output.");
}
