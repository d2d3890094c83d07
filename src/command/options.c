#include "config.h"

#include "command/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "capture/nic.h"
#include "command/option_row.h"

/* In the order of --help. */
static const struct option_group *const groups[] = {&options_input, &options_live, &options_output,
                                                    &options_limits, &options_run};

enum { GROUPS = sizeof groups / sizeof groups[0], ROWS_MOST = 96, LONG_BASE = 256 };

/* The row of this number, counted through the groups; NULL behind the last one. */
static const struct option_row *row_at(size_t number)
{
    for (size_t i = 0; i < GROUPS; i++) {
        if (number < groups[i]->count)
            return &groups[i]->rows[number];
        number -= groups[i]->count;
    }
    return NULL;
}

static bool may_stand_alone(const struct option_row *row)
{
    return row->value != NULL && row->value[0] == '[';
}

/* The table in getopt's forms. An option without a letter has the value LONG_BASE + its row. */
struct getopt_tables {
    char letters[2 + 3 * ROWS_MOST];
    struct option names[ROWS_MOST + 1];
};

static void getopt_tables_fill(struct getopt_tables *tables)
{
    char *letter = tables->letters;
    struct option *name = tables->names;
    const struct option_row *row;
    *letter++ = ':'; /* a missing value is reported as ':' */
    for (int i = 0; i < ROWS_MOST && (row = row_at((size_t)i)) != NULL; i++) {
        int has_value = row->value != NULL;
        if (row->letter != 0)
            *letter++ = row->letter;
        if (row->letter != 0 && has_value)
            *letter++ = ':';
        if (may_stand_alone(row))
            *letter++ = ':';
        if (row->name != NULL)
            *name++ = (struct option){row->name, has_value, NULL, LONG_BASE + i};
    }
    *letter = '\0';
    *name = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *row_find(int code)
{
    if (code >= LONG_BASE)
        return row_at((size_t)(code - LONG_BASE));
    const struct option_row *row;
    for (size_t i = 0; code != 0 && (row = row_at(i)) != NULL; i++)
        if (row->letter == code)
            return row;
    return NULL;
}

static int option_unknown(int code, char **argv, struct error *error)
{
    const char *why = code == ':' ? "needs a value" : "is not an option, or takes no value";
    if (optopt > 0 && optopt < LONG_BASE)
        return error_set(error, "-%c %s; see icmpscope --help", optopt, why);
    return error_set(error, "%s %s; see icmpscope --help", argv[optind - 1], why);
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* As make takes its -j: a number that follows is the value, anything else is not. */
static const char *value_of(const struct option_row *row, int argc, char **argv)
{
    if (may_stand_alone(row) && optarg == NULL && optind < argc && is_number(argv[optind]))
        return argv[optind++];
    return optarg;
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
        struct given given = {row, value_of(row, argc, argv)};
        if (row->apply(options, &given, error) != 0)
            return -1;
    }
    while (optind < argc)
        options->files[options->config.file_count++] = argv[optind++];
    return 0;
}

/* A user of tcpdump gives the filter as bare words. */
static int refuse_words(const struct options *options, struct error *error)
{
    char words[ERROR_TEXT_SIZE / 2] = "";
    size_t used = 0;
    for (size_t i = 0; i < options->config.file_count && used < sizeof words; i++)
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", i > 0 ? " " : "",
                                 options->files[i]);
    if (used < sizeof words && nic_check_filter(words, NULL) == 0)
        return error_set(error, "-i captures from interfaces; to filter, use -f '%s'", words);
    return error_set(error, "-i captures from interfaces, and reads no file: %s",
                     options->files[0]);
}

/* What no single option can see. */
static int options_check(struct options *options, struct error *error)
{
    struct icmpscope_config *config = &options->config;
    static const int64_t interval_usual_ns = INT64_C(60) * NS_PER_S;
    if (options->action != OPTIONS_RUN)
        return 0;
    if (config->file_count == 0 && config->interface_count == 0)
        return error_set(error, "no capture named; see icmpscope --help");
    if (config->file_count > 0 && config->interface_count > 0)
        return refuse_words(options, error);
    if (config->interface_count > 0 && config->interval_ns == 0)
        config->interval_ns = interval_usual_ns;
    if (options->evidence != NULL && strcmp(options->evidence, "-") == 0 && options->output == NULL)
        return error_set(error,
                         "-w -: the report goes to standard output; -o FILE gives it a file");
    return 0;
}

int options_init(struct options *options, int argc, char **argv, struct error *error)
{
    *options = (struct options){.action = OPTIONS_RUN, .sandbox = true, .color = COLOR_AUTO};
    icmpscope_config_init(&options->config);
    options->files = calloc((size_t)argc + 1, sizeof *options->files);
    options->homes = calloc((size_t)argc + 1, sizeof *options->homes);
    options->interfaces = calloc((size_t)argc + 1, sizeof *options->interfaces);
    if (options->files == NULL || options->homes == NULL || options->interfaces == NULL)
        return error_set(error, "out of memory");
    options->config.interfaces = options->interfaces;
    options->config.files = options->files;
    options->config.home = options->homes;

    if (arguments_read(options, argc, argv, error) != 0)
        return -1;
    return options_check(options, error);
}

void options_fini(struct options *options)
{
    free(options->files);
    free(options->homes);
    free(options->interfaces);
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
    const struct option_row *row;
    for (size_t i = 0; (row = row_at(i)) != NULL; i++) {
        char label[64], line[160];
        row_label(row, label, sizeof label);
        snprintf(line, sizeof line, "  %-22s %s", label, row->help);
        print(context, line);
    }
    print(context, "");
    print(context,
          "Exit status: 0 all read, 1 something could not be read or written, 2 wrong usage,");
    print(context,
          "3 a capture is truncated or damaged: what could be read of it is in the output.");
}
