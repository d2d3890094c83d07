/* The command: arguments, terminal, signals and files; the analysis is icmpscope_run(). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "icmpscope.h"
#include "options.h"
#include "outfile.h"

/* The one mutable global: a signal handler has no argument. */
static volatile sig_atomic_t stop;

static void stop_on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* The first one ends the reading, and what there is is printed; a second one kills. */
static void signals_set(void)
{
    struct sigaction action = {.sa_handler = stop_on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_DFL); /* whoever closes the pipe has seen enough: end quietly */
}

static void complain(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "icmpscope: %s\n", line);
}

static int put(void *context, const char *bytes, size_t size)
{
    return outfile_write(context, bytes, size);
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

static enum icmpscope_status analyse(struct options *options)
{
    struct icmpscope_config *config = &options->config;
    struct error error = {""};
    struct outfile out;
    if (getentropy(config->seed, sizeof config->seed) != 0) {
        complain(NULL, "no entropy from the system");
        return ICMPSCOPE_FAILED;
    }
    if (outfile_open(&out, options->output, &error) != 0) {
        complain(NULL, error.text);
        return ICMPSCOPE_FAILED;
    }
    terminal_set(options);
    signals_set();
    config->write = put;
    config->complain = complain;
    config->context = &out;
    config->stop = &stop;

    enum icmpscope_status status = icmpscope_run(config);
    bool keep = out.written || status == ICMPSCOPE_OK || status == ICMPSCOPE_DAMAGED;
    if (outfile_close(&out, keep, &error) == 0)
        return status;
    if (out.failure != EPIPE) /* SIGPIPE was ignored by whoever started this: as quiet as it */
        complain(NULL, error.text);
    return ICMPSCOPE_FAILED;
}

static int print_and_check(void (*print)(void))
{
    print();
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ICMPSCOPE_OK;
    complain(NULL, "standard output: write failed");
    return ICMPSCOPE_FAILED;
}

static void print_help(void)
{
    options_help(print_line, stdout);
}

static void print_version(void)
{
    printf("icmpscope %s\n", icmpscope_version());
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error = {""};
    int status = ICMPSCOPE_USAGE;

    if (options_init(&options, argc, argv, &error) != 0)
        complain(NULL, error.text);
    else if (options.action == OPTIONS_HELP)
        status = print_and_check(print_help);
    else if (options.action == OPTIONS_VERSION)
        status = print_and_check(print_version);
    else
        status = (int)analyse(&options);
    options_fini(&options);
    return status;
}
