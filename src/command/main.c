/* The command: arguments, terminal, signals and files; the analysis is icmpscope_run(). */
#include "config.h"

#include <errno.h>
#if HAVE_MALLOC_H
#include <malloc.h>
#endif
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "command/interfaces.h"
#include "command/metrics_file.h"
#include "command/metrics_server.h"
#include "command/options.h"
#include "command/outputs.h"
#include "command/privileges.h"
#include "command/progress.h"
#include "command/sandbox.h"
#include "command/signals.h"
#include "icmpscope.h"

/* A mutable global, like those of signals.c: a signal handler has no argument. */
static struct progress progress;

/* What the command does while an analysis runs. */
struct session {
    struct outputs outputs;
    struct metrics_file metrics_file;
    struct metrics_server *metrics_server; /* or NULL */
    struct sandbox_needs needs;
    struct sandbox sandbox;
    bool verbose;
    bool failed; /* something else than the outputs was lost */
};

static int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t clock_wall(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Called by a signal handler. */
static void print_progress(void)
{
    progress_print(&progress, clock_now());
}

static void complain(void *context, const char *line)
{
    (void)context;
    progress_erase(&progress);
    fprintf(stderr, "icmpscope: %s\n", line);
}

static int put(void *context, const char *bytes, size_t size)
{
    struct session *session = context;
    if (session->outputs.report.terminal)
        progress_erase(&progress);
    return outfile_write(&session->outputs.report, bytes, size);
}

static int put_evidence(void *context, const char *bytes, size_t size)
{
    struct session *session = context;
    return outfile_write(&session->outputs.evidence, bytes, size);
}

/* All is open, and nothing was looked at. */
static int ready(void *context)
{
    struct session *session = context;
    struct error error = {""};
    if (sandbox_enter(&session->sandbox, &session->needs, &error) != 0) {
        complain(NULL, error.text);
        return -1;
    }
    if (session->verbose)
        sandbox_print(&session->sandbox, complain, NULL);
    return 0;
}

static void reopen(struct session *session, struct icmpscope *run)
{
    struct error error = {""};
    icmpscope_flush(run);
    if (outfile_reopen(&session->outputs.report, &error) != 0)
        complain(NULL, error.text);
}

static void check_keeper(struct session *session)
{
    struct error error = {""};
    if (keeper_check(&session->outputs.keeper, &error) == 0)
        return;
    complain(NULL, error.text);
    session->metrics_file.failing = true; /* and that is told */
}

static void tend(void *context, struct icmpscope *run)
{
    struct session *session = context;
    struct error error = {""};
    if (signals_take_reopen())
        reopen(session, run);
    metrics_server_tend(session->metrics_server, run);
    check_keeper(session);
    if (metrics_file_tend(&session->metrics_file, run, clock_now(), &error) != 0)
        complain(NULL, error.text);
}

static void finished(void *context, struct icmpscope *run)
{
    struct session *session = context;
    struct error error = {""};
    if (metrics_file_write(&session->metrics_file, run, &error) == 0)
        return;
    session->failed = true;
    complain(NULL, error.text);
}

static void print_line(void *context, const char *line)
{
    fprintf(context, "%s\n", line);
}

/* Text fits the terminal it goes to. */
static void terminal_set(struct options *options)
{
    bool terminal = options->output == NULL && isatty(STDOUT_FILENO);
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    bool plain = no_color != NULL && no_color[0] != '\0';
    options->config.color =
        options->color == COLOR_ALWAYS || (options->color == COLOR_AUTO && terminal && !plain);

    struct winsize size;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        options->config.width = size.ws_col;
}

static void tell_progress(void *context, const struct icmpscope_progress *state)
{
    (void)context;
    progress_update(&progress, state, clock_now());
}

/* The line is for a person who watches, and not to stand between lines of output. */
static void progress_set(const struct options *options, const struct outfile *out)
{
    const char *terminal = getenv("TERM");
    bool lines = out->terminal && options_ask_lines(options);
    bool able = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    bool drawing = options->progress == PROGRESS_AUTO && able && !lines;
    progress_init(&progress, STDERR_FILENO, drawing, clock_now());
}

/* As many captures at once as the system lets this user open. */
static void files_allow_most(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* where it fails, opening too many says so */
}

/* What is freed goes back to the system, so that what is kept is all that there is. glibc gives
 * back less and less by itself. */
static void memory_give_back(void)
{
#ifdef M_MMAP_THRESHOLD
    enum { THRESHOLD = 128 * 1024 };
    mallopt(M_MMAP_THRESHOLD, THRESHOLD);
    mallopt(M_TRIM_THRESHOLD, THRESHOLD);
    mallopt(M_ARENA_MAX, 1); /* what one thread frees, another one takes */
#endif
}

/* With -v it says where, for port 0 may be any. */
static int server_start(struct session *session, const struct options *options, struct error *error)
{
    char line[ERROR_TEXT_SIZE];
    if (options->metrics == NULL)
        return 0;
    session->metrics_server = metrics_server_open(options->metrics, error);
    if (session->metrics_server == NULL)
        return -1;
    snprintf(line, sizeof line, "metrics at %s", metrics_server_url(session->metrics_server));
    if (options->config.verbosity > 0)
        complain(NULL, line);
    return 0;
}

/* What of the system it goes on using. */
static void needs_set(struct session *session, const struct options *options)
{
    struct sandbox_needs *needs = &session->needs;
    needs->confined = options->sandbox;
    needs->calls = (struct calls){.captures = options->config.interface_count > 0,
                                  .serves = session->metrics_server != NULL,
                                  .asks = session->outputs.keeper.pid > 0,
                                  .threads = options->config.jobs > 1};
}

static void calls_set(struct icmpscope_config *config, struct session *session)
{
    config->write = put;
    config->write_evidence = put_evidence;
    config->complain = complain;
    config->progress = tell_progress;
    config->clock = clock_wall;
    config->ready = ready;
    config->tend = tend;
    config->finished = finished;
    config->context = session;
    config->stop = signals_stop();
    config->sandbox = session->sandbox.in_force;
    config->sandbox_missing = session->sandbox.missing;
}

/* The outputs are open. */
static enum icmpscope_status session_run(struct session *session, struct options *options,
                                         struct error *error)
{
    struct icmpscope_config *config = &options->config;
    terminal_set(options);
    progress_set(options, &session->outputs.report);
    metrics_file_init(&session->metrics_file, &session->outputs.metrics, config->interval_ns);
    const bool reopens = config->interface_count > 0 && options->output != NULL;
    if (signals_set(print_progress, reopens, error) != 0)
        return ICMPSCOPE_FAILED;
    const bool serves = session->metrics_server != NULL;
    const int watched[] = {signals_descriptor(),
                           serves ? metrics_server_descriptor(session->metrics_server) : -1};
    files_allow_most();
    if (config->max_memory > 0)
        memory_give_back();
    needs_set(session, options);
    calls_set(config, session);
    config->watched = watched;
    config->watched_count = 1 + (size_t)serves;
    enum icmpscope_status status = icmpscope_run(config);
    progress_erase(&progress);
    return status;
}

static enum icmpscope_status analyse(struct options *options, struct error *error)
{
    struct icmpscope_config *config = &options->config;
    struct session session = {.verbose = config->verbosity > 0};
    if (getentropy(config->seed, sizeof config->seed) != 0) {
        error_set(error, "no entropy from the system");
        return ICMPSCOPE_FAILED;
    }
    if (privileges_resolve(&session.needs.identity, options->user, error) != 0)
        return ICMPSCOPE_USAGE;
    if (server_start(&session, options, error) != 0)
        return ICMPSCOPE_FAILED;
    enum icmpscope_status status =
        outputs_open(&session.outputs, options, &session.needs.identity, error);
    if (status == ICMPSCOPE_OK) {
        status = session_run(&session, options, error);
        status = outputs_close(&session.outputs, status, error);
    }
    metrics_server_close(session.metrics_server);
    return session.failed && status == ICMPSCOPE_OK ? ICMPSCOPE_FAILED : status;
}

static int finish_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ICMPSCOPE_OK;
    complain(NULL, "standard output: write failed");
    return ICMPSCOPE_FAILED;
}

static int print_and_check(void (*print)(void))
{
    print();
    return finish_stdout();
}

static void print_help(void)
{
    options_help(print_line, stdout);
}

static void print_version(void)
{
    printf("icmpscope %s\n", icmpscope_version());
}

static int list_interfaces(const struct options *options)
{
    struct error error = {""};
    if (interfaces_print(stdout, options->config.verbosity > 0, &error) != 0) {
        complain(NULL, error.text);
        return ICMPSCOPE_FAILED;
    }
    return finish_stdout();
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error = {""};
    int status = ICMPSCOPE_USAGE;

    if (options_init(&options, argc, argv, &error) != 0)
        status = ICMPSCOPE_USAGE;
    else if (options.action == OPTIONS_HELP)
        status = print_and_check(print_help);
    else if (options.action == OPTIONS_LIST)
        status = list_interfaces(&options);
    else if (options.action == OPTIONS_VERSION)
        status = print_and_check(print_version);
    else
        status = (int)analyse(&options, &error);
    if (error_is_set(&error))
        complain(NULL, error.text);
    options_fini(&options);
    return status;
}
