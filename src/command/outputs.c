#include "command/outputs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/place.h"

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
    char *folder = place_folder(path);
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
    const bool grows = options->config.interface_count > 0 && options->output != NULL &&
                       options_ask_lines(options);
    if (grows && !place_is_fixed(options->output))
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

static void files_give(const struct outputs *outputs, const struct identity *owner)
{
    const struct outfile *const files[] = {&outputs->report, &outputs->evidence};
    for (size_t i = 0; owner != NULL && i < sizeof files / sizeof files[0]; i++)
        if (files[i]->made && fchown(files[i]->fd, owner->uid, owner->gid) != 0)
            return; /* they stay ours, and can be written all the same */
}

/* What is done with the file later; false: nothing. */
static bool file_is_kept(const struct outfile *file, struct kept *kept)
{
    *kept = (struct kept){.path = file->path, .temporary = file->temporary};
    if (file->temporary != NULL)
        kept->how = KEPT_TEMPORARY;
    else if (file->appended)
        kept->how = KEPT_GROWING;
    else if (file->fd < 0 && file->path != NULL && file->fixed < 0)
        kept->how = KEPT_RENEWED;
    else
        return false;
    return true;
}

/* What is not made anew each time is opened now. */
static int metrics_open(struct outfile *metrics, struct error *error)
{
    if (metrics->path == NULL || !place_is_fixed(metrics->path))
        return 0;
    metrics->fixed = place_open(metrics->path);
    if (metrics->fixed >= 0)
        return 0;
    return error_set(error, "%s: %s", metrics->path, strerror(errno));
}

/* Once the files are there, and while it may still fork. */
static int outputs_keep(struct outputs *outputs, struct keeping *keeping, struct error *error)
{
    struct outfile *files[KEPT_MOST] = {&outputs->report, &outputs->evidence, &outputs->metrics};
    int status = metrics_open(&outputs->metrics, error);
    for (size_t i = 0; i < KEPT_MOST; i++)
        if (file_is_kept(files[i], &keeping->files[keeping->count])) {
            files[i]->keeper = &outputs->keeper;
            files[i]->kept = keeping->count++;
        }
    if (status == 0 && keeping->count > 0)
        status = keeper_start(&outputs->keeper, keeping, error);
    if (status == 0)
        return 0;
    for (size_t i = 0; i < KEPT_MOST; i++)
        files[i]->keeper = NULL;
    outputs_close(outputs, ICMPSCOPE_FAILED, error);
    return -1;
}

enum icmpscope_status outputs_open(struct outputs *outputs, const struct options *options,
                                   const struct identity *identity, struct error *error)
{
    const bool gives = identity->asked && privileges_change(identity);
    struct keeping keeping = {.owner = gives ? identity : NULL, .confined = options->sandbox};
    *outputs = (struct outputs){.evidence = {.fd = -1},
                                .metrics = {.fd = -1, .fixed = -1, .path = options->metrics_file},
                                .keeper = {.channel = -1}};
    if (names_check(options, error) != 0)
        return ICMPSCOPE_USAGE;
    if (report_open(outputs, options, error) != 0)
        return ICMPSCOPE_FAILED;
    evidence_open(outputs, options->evidence, error);
    files_give(outputs, keeping.owner);
    if (!error_is_set(error))
        outputs_keep(outputs, &keeping, error);
    return error_is_set(error) ? ICMPSCOPE_FAILED : ICMPSCOPE_OK;
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
