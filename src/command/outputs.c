#include "command/outputs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- names ----------------------------------------------------------------------------------- */

/* NULL and "-" are what is open as `standard`. */
static bool file_stat(const char *path, int standard, struct stat *found)
{
    if (path == NULL || strcmp(path, "-") == 0)
        return fstat(standard, found) == 0;
    return stat(path, found) == 0;
}

static bool stat_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The folder that a file which is not there yet would be in. */
static bool folder_stat(const char *path, struct stat *found)
{
    char *folder = outfile_folder(path);
    bool known = folder != NULL && stat(folder, found) == 0;
    free(folder);
    return known;
}

/* A terminal or /dev/null takes what both write. */
static bool outputs_collide(const char *a, const char *b)
{
    struct stat one, other;
    bool exists = file_stat(a, STDOUT_FILENO, &one), also = file_stat(b, STDOUT_FILENO, &other);
    if (exists && also)
        return stat_same(&one, &other) && !S_ISCHR(one.st_mode);
    if (exists || also || a == NULL || strcmp(last_part(a), last_part(b)) != 0)
        return false;
    return folder_stat(a, &one) && folder_stat(b, &other) && stat_same(&one, &other);
}

static int refuse_input(const struct options *options, const char *output, struct error *error)
{
    struct stat out, in;
    if (output == NULL || strcmp(output, "-") == 0 || stat(output, &out) != 0 ||
        !S_ISREG(out.st_mode))
        return 0;
    for (size_t i = 0; i < options->config.file_count; i++)
        if (file_stat(options->files[i], STDIN_FILENO, &in) && stat_same(&in, &out))
            return error_set(error, "%s: is a capture to be read, and is not overwritten", output);
    return 0;
}

static int names_check(const struct options *options, struct error *error)
{
    if (refuse_input(options, options->output, error) != 0 ||
        refuse_input(options, options->evidence, error) != 0 ||
        refuse_input(options, options->metrics_file, error) != 0)
        return -1;
    if (options->metrics_file != NULL &&
        (outputs_collide(options->output, options->metrics_file) ||
         (options->evidence != NULL && outputs_collide(options->evidence, options->metrics_file))))
        return error_set(error, "%s: the metrics need a file of their own", options->metrics_file);
    if (options->evidence != NULL && outputs_collide(options->output, options->evidence))
        return error_set(error, "%s: the report and the evidence cannot be one file",
                         options->evidence);
    return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* A stream of records is there for others to read while it grows; a summary comes at the end. */
static int report_open(struct outputs *outputs, const struct options *options, struct error *error)
{
    struct stat found;
    const bool grows = options->config.interface_count > 0 && options->output != NULL &&
                       options_ask_lines(options);
    if (grows && (stat(options->output, &found) != 0 || S_ISREG(found.st_mode)))
        return outfile_append(&outputs->report, options->output, error);
    return outfile_open(&outputs->report, options->output, error);
}

static int evidence_open(struct outputs *outputs, const char *path, struct error *error)
{
    if (path == NULL)
        return 0;
    if (outfile_open(&outputs->evidence, strcmp(path, "-") == 0 ? NULL : path, error) == 0)
        return 0;
    outputs->evidence.fd = -1;
    return outfile_close(&outputs->report, false, error);
}

/* Once the files are there, and while it may still fork. */
static int outputs_keep(struct outputs *outputs, struct error *error)
{
    struct outfile *files[KEPT_MOST] = {&outputs->report, &outputs->evidence};
    struct kept kept[KEPT_MOST];
    size_t count = 0;
    for (size_t i = 0; i < KEPT_MOST; i++)
        if (files[i]->temporary != NULL) {
            files[i]->kept = count;
            kept[count++] = (struct kept){files[i]->temporary, files[i]->path};
        }
    if (count == 0)
        return 0;
    if (keeper_start(&outputs->keeper, kept, count, error) != 0) {
        outputs_close(outputs, ICMPSCOPE_FAILED, error);
        return -1;
    }
    for (size_t i = 0; i < KEPT_MOST; i++)
        files[i]->keeper = &outputs->keeper;
    return 0;
}

enum icmpscope_status outputs_open(struct outputs *outputs, const struct options *options,
                                   struct error *error)
{
    *outputs = (struct outputs){.evidence = {.fd = -1}, .keeper = {.channel = -1}};
    if (names_check(options, error) != 0)
        return ICMPSCOPE_USAGE;
    if (report_open(outputs, options, error) != 0)
        return ICMPSCOPE_FAILED;
    evidence_open(outputs, options->evidence, error);
    if (!error_is_set(error))
        outputs_keep(outputs, error);
    return error_is_set(error) ? ICMPSCOPE_FAILED : ICMPSCOPE_OK;
}

char *outputs_folder(const struct outputs *outputs)
{
    return outputs->report.appended ? outfile_folder(outputs->report.path) : NULL;
}

void outputs_give(const struct outputs *outputs, uid_t uid, gid_t gid)
{
    if (outputs->report.made && fchown(outputs->report.fd, uid, gid) != 0)
        return; /* opening it again will say so */
}

static enum icmpscope_status file_close(struct outfile *file, enum icmpscope_status status,
                                        struct error *error)
{
    struct error why = {""};
    bool keep = file->written || status == ICMPSCOPE_OK || status == ICMPSCOPE_DAMAGED;
    if (outfile_close(file, keep, &why) == 0)
        return status;
    if (file->failure != EPIPE) /* SIGPIPE was ignored by whoever started this: as quiet as it */
        error_set(error, "%s", why.text);
    return ICMPSCOPE_FAILED;
}

enum icmpscope_status outputs_close(struct outputs *outputs, enum icmpscope_status status,
                                    struct error *error)
{
    enum icmpscope_status report = file_close(&outputs->report, status, error);
    enum icmpscope_status evidence =
        outputs->evidence.fd >= 0 ? file_close(&outputs->evidence, status, error) : report;
    keeper_end(&outputs->keeper);
    return report == status ? evidence : report;
}
