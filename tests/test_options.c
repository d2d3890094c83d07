/* The command line: what each option sets, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/options.h"

enum { ARGUMENTS_MAX = 16 };

/* Splits `line` at spaces, as a shell would. */
static int options_from(struct options *options, const char *line, char *copy, struct error *error)
{
    char *argv[ARGUMENTS_MAX] = {"icmpscope"};
    int argc = 1;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return options_init(options, argc, argv, error);
}

static void good(struct options *options, const char *line, char *copy)
{
    struct error error = {""};
    if (options_from(options, line, copy, &error) != 0)
        fail_msg("'%s' was refused: %s", line, error.text);
}

static void files_come_bare_and_with_r_in_their_order(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    good(&options, "a.pcap -r b.pcap - c.pcap", copy);
    assert_int_equal(options.config.file_count, 4);
    /* getopt moves bare arguments behind the options: -r comes first. */
    assert_string_equal(options.files[0], "b.pcap");
    assert_string_equal(options.files[1], "a.pcap");
    assert_string_equal(options.files[2], "-");
    assert_string_equal(options.files[3], "c.pcap");
    assert_ptr_equal(options.config.files, options.files);
    options_fini(&options);
}

static void what_follows_two_dashes_is_a_file(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    good(&options, "-- -odd-name.pcap", copy);
    assert_int_equal(options.config.file_count, 1);
    assert_string_equal(options.files[0], "-odd-name.pcap");
    options_fini(&options);
}

static void every_value_reaches_the_configuration(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    good(&options,
         "x -f udp -c 12 --duration 1.5 --format ndjson --events icmp,stats --max-flows 7", copy);
    assert_string_equal(options.config.filter, "udp");
    assert_int_equal(options.config.max_packets, 12);
    assert_int_equal(options.config.max_duration_ns, 1500000000);
    assert_int_equal(options.config.format, ICMPSCOPE_NDJSON);
    assert_int_equal(options.config.events, ICMPSCOPE_EVENT_ICMP | ICMPSCOPE_EVENT_STATS);
    assert_int_equal(options.config.max_flows, 7);
    options_fini(&options);

    good(&options, "x --home 192.0.2.0/24 --home 2001:db8::/32", copy);
    assert_int_equal(options.config.home_count, 2);
    assert_string_equal(options.config.home[0], "192.0.2.0/24");
    assert_string_equal(options.config.home[1], "2001:db8::/32");
    options_fini(&options);

    good(&options, "x --sensor edge1 --community-id-seed 65535 --all-flows -l -v -o out.txt", copy);
    assert_string_equal(options.config.sensor, "edge1");
    assert_int_equal(options.config.community_id_seed, 65535);
    assert_true(options.config.all_flows);
    assert_true(options.config.flush_lines);
    assert_int_equal(options.config.verbosity, 1);
    assert_string_equal(options.output, "out.txt");
    assert_true(options.config.guess_tunnels);
    options_fini(&options);

    good(&options, "x --no-tunnel-guess", copy);
    assert_false(options.config.guess_tunnels);
    options_fini(&options);

    assert_int_equal(options.config.reorder_ns, 50000000);
    assert_int_equal(options.config.max_memory, 0);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_TCP], 3600);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_OTHER], 300);
    good(&options, "x --idle tcp=120,other=7,icmp=1", copy);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_TCP], 120);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_UDP], 300);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_ICMP], 1);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_SCTP], 3600);
    assert_int_equal(options.config.idle_s[ICMPSCOPE_IDLE_OTHER], 7);
    options_fini(&options);
    good(&options, "x --max-memory 48MiB", copy);
    assert_int_equal(options.config.max_memory, 48 << 20);
    options_fini(&options);
    good(&options, "x --reorder 2.5", copy);
    assert_int_equal(options.config.reorder_ns, 2500000);
    options_fini(&options);
    good(&options, "x --reorder 0", copy);
    assert_int_equal(options.config.reorder_ns, 0);
    options_fini(&options);

    good(&options, "x --progress never", copy);
    assert_int_equal(options.progress, PROGRESS_NEVER);
    options_fini(&options);
    good(&options, "x --progress never --progress auto", copy);
    assert_int_equal(options.progress, PROGRESS_AUTO);
    options_fini(&options);
}

static void the_name_of_the_evidence_says_its_format(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    static const struct {
        const char *line;
        enum icmpscope_evidence format;
    } rows[] = {{"x", ICMPSCOPE_EVIDENCE_NONE},
                {"-w out.pcap x", ICMPSCOPE_EVIDENCE_PCAP},
                {"-w pcapng x", ICMPSCOPE_EVIDENCE_PCAP},
                {"-w .pcapng x", ICMPSCOPE_EVIDENCE_PCAPNG},
                {"-w a/b.PcapNG x", ICMPSCOPE_EVIDENCE_PCAPNG},
                {"-w out.pcapng.gz x", ICMPSCOPE_EVIDENCE_PCAP},
                {"-o report -w - x", ICMPSCOPE_EVIDENCE_PCAP}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        good(&options, rows[i].line, copy);
        assert_int_equal(options.config.evidence, rows[i].format);
        assert_int_equal(options.evidence == NULL, rows[i].format == ICMPSCOPE_EVIDENCE_NONE);
        options_fini(&options);
    }
}

static void defaults_are_text_on_standard_output(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    good(&options, "x", copy);
    assert_int_equal(options.action, OPTIONS_RUN);
    assert_int_equal(options.config.format, ICMPSCOPE_TEXT);
    assert_null(options.output);
    assert_null(options.config.filter);
    assert_int_equal(options.config.verbosity, 0);
    assert_int_equal(options.color, COLOR_AUTO);
    assert_int_equal(options.progress, PROGRESS_AUTO);
    assert_int_equal(options.config.width, 100);
    options_fini(&options);
}

/* Contract: -j is the JSON document. As make has it: with a number it is how many at a time. */
static void j_is_json_or_a_number_of_threads(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        unsigned jobs;
        enum icmpscope_format format;
        size_t files;
    } rows[] = {
        {"x", 0, ICMPSCOPE_TEXT, 1},          {"-j x", 0, ICMPSCOPE_JSON, 1},
        {"-j 2 x", 2, ICMPSCOPE_TEXT, 1},     {"-j2 x", 2, ICMPSCOPE_TEXT, 1},
        {"x -j 3", 3, ICMPSCOPE_TEXT, 1},     {"x -j 3 y", 3, ICMPSCOPE_TEXT, 2},
        {"-j 2 -j x", 2, ICMPSCOPE_JSON, 1},  {"-qj 2 x", 2, ICMPSCOPE_TEXT, 1},
        {"--jobs 4 x", 4, ICMPSCOPE_TEXT, 1}, {"-j -- 2", 0, ICMPSCOPE_JSON, 1},
        {"-j 2x", 0, ICMPSCOPE_JSON, 1},      {"-j ./2", 0, ICMPSCOPE_JSON, 1},
        {"-j 1 2", 1, ICMPSCOPE_TEXT, 1},     {"-j 1024 x", 1024, ICMPSCOPE_TEXT, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char copy[256];
        struct options options;
        good(&options, rows[i].words, copy);
        assert_int_equal(options.config.jobs, rows[i].jobs);
        assert_int_equal(options.config.format, rows[i].format);
        assert_int_equal(options.config.file_count, rows[i].files);
        options_fini(&options);
    }
}

static void the_last_of_several_formats_counts(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    good(&options, "-j x -J", copy);
    assert_int_equal(options.config.format, ICMPSCOPE_NDJSON);
    options_fini(&options);
    good(&options, "-j x --format ecs", copy);
    assert_int_equal(options.config.format, ICMPSCOPE_ECS);
    assert_true(options_ask_lines(&options));
    options_fini(&options);
    good(&options, "-J x -j -q -o -", copy);
    assert_int_equal(options.config.format, ICMPSCOPE_JSON);
    assert_int_equal(options.config.verbosity, -1);
    assert_null(options.output);
    options_fini(&options);
}

static void help_and_version_need_no_file(void **state)
{
    (void)state;
    char copy[256];
    struct options options;
    good(&options, "--help", copy);
    assert_int_equal(options.action, OPTIONS_HELP);
    options_fini(&options);
    good(&options, "-h", copy);
    assert_int_equal(options.action, OPTIONS_HELP);
    options_fini(&options);
    good(&options, "--version", copy);
    assert_int_equal(options.action, OPTIONS_VERSION);
    options_fini(&options);
}

static void a_filter_file_is_read(void **state)
{
    (void)state;
    char path[] = "filter-XXXXXX", line[64], copy[256];
    struct options options;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "udp port 53\n", 12), 12);
    close(fd);
    snprintf(line, sizeof line, "x -F %s", path);
    good(&options, line, copy);
    assert_ptr_equal(options.config.filter, options.filter);
    assert_non_null(strstr(options.filter, "udp port 53"));
    options_fini(&options);
    unlink(path);
}

static void mistakes_are_told_in_one_line_that_names_the_option(void **state)
{
    (void)state;
    static const struct {
        const char *line, *named;
    } mistakes[] = {
        {"", "no capture"},
        {"-c 0 x", "-c"},
        {"-c -1 x", "-c"},
        {"-c 12x x", "-c"},
        {"-c 99999999999999999999999 x", "-c"},
        {"--idle tcp x", "--idle"},
        {"--idle tcp= x", "--idle"},
        {"--idle =5 x", "--idle"},
        {"--idle tcp=0 x", "--idle"},
        {"--idle tcp=-5 x", "--idle"},
        {"--idle tcp=5, x", "--idle"},
        {"--idle tcp=5,,udp=5 x", "--idle"},
        {"--idle tcp=5s x", "--idle"},
        {"--idle gre=5 x", "--idle"},
        {"--idle tcp=31536001 x", "--idle"},
        {"--idle tcp=99999999999999999999 x", "--idle"},
        {"--max-memory 0 x", "--max-memory"},
        {"--max-memory 1.5G x", "--max-memory"},
        {"--max-memory lots x", "--max-memory"},
        {"--reorder -1 x", "--reorder"},
        {"--reorder nan x", "--reorder"},
        {"--reorder 3600001 x", "--reorder"},
        {"--reorder 50ms x", "--reorder"},
        {"--duration 0 x", "--duration"},
        {"--duration nan x", "--duration"},
        {"--duration inf x", "--duration"},
        {"--duration 1e300 x", "--duration"},
        {"--duration 1s x", "--duration"},
        {"--format xml x", "--format"},
        {"--events icmp,,flow x", "--events"},
        {"--events icmp, x", "--events"},
        {"--events dns x", "--events"},
        {"--home 192.0.2.0/33 x", "--home"},
        {"--home example.org x", "--home"},
        {"--max-flows 0 x", "--max-flows"},
        {"--max-flows 4294967295 x", "--max-flows"},
        {"--community-id-seed 65536 x", "--community-id-seed"},
        {"--color sometimes x", "--color"},
        {"--progress always x", "--progress"},
        {"x --progress", "--progress"},
        {"-F /nonexistent/filter x", "/nonexistent/filter"},
        {"-X x", "-X"},
        {"--nonsense x", "--nonsense"},
        {"--all-flows=1 x", "--all-flows"},
        {"x -c", "-c"},
        {"-w - x", "-w -"},
        {"-w - -o - x", "-w -"},
        {"x --format", "--format"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct options options;
        struct error error = {""};
        char copy[256];
        if (options_from(&options, mistakes[i].line, copy, &error) == 0)
            fail_msg("'%s' was taken", mistakes[i].line);
        if (strstr(error.text, mistakes[i].named) == NULL)
            fail_msg("'%s': '%s' does not name %s", mistakes[i].line, error.text,
                     mistakes[i].named);
        assert_null(strchr(error.text, '\n'));
        options_fini(&options);
    }
}

static void count_line(void *context, const char *line)
{
    assert_true(strlen(line) <= 100);
    assert_null(strchr(line, '\n'));
    ++*(int *)context;
}

static void help_is_lines_of_at_most_a_hundred_columns(void **state)
{
    (void)state;
    int lines = 0;
    options_help(count_line, &lines);
    assert_true(lines > 20);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_bare_and_with_r_in_their_order),
        cmocka_unit_test(what_follows_two_dashes_is_a_file),
        cmocka_unit_test(every_value_reaches_the_configuration),
        cmocka_unit_test(the_name_of_the_evidence_says_its_format),
        cmocka_unit_test(defaults_are_text_on_standard_output),
        cmocka_unit_test(j_is_json_or_a_number_of_threads),
        cmocka_unit_test(the_last_of_several_formats_counts),
        cmocka_unit_test(help_and_version_need_no_file),
        cmocka_unit_test(a_filter_file_is_read),
        cmocka_unit_test(mistakes_are_told_in_one_line_that_names_the_option),
        cmocka_unit_test(help_is_lines_of_at_most_a_hundred_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
