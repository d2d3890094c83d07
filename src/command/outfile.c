#include "command/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/place.h"

/* What opening says beside the system's own words. */
static const char *explain(int number)
{
    switch (number) {
    case ELOOP:
        return "is a link, which is not followed";
    case ECHILD:
        return "the process that opens and renames it has ended";
    default:
        return strerror(number);
    }
}

static int outfile_failed(const char *path, int number, struct error *error)
{
    return error_set(error, "%s: %s", path != NULL ? path : "standard output", explain(number));
}

int outfile_open(struct outfile *file, const char *path, struct error *error)
{
    *file = (struct outfile){.fd = STDOUT_FILENO, .path = path};
    if (path == NULL) {
        file->terminal = isatty(STDOUT_FILENO);
        return 0;
    }

    file->made = !place_is_fixed(path);
    file->fd = file->made ? place_beside(path, &file->temporary) : place_open(path);
    if (file->fd < 0)
        return outfile_failed(path, errno, error);
    file->terminal = !file->made && isatty(file->fd);
    return 0;
}

int outfile_append(struct outfile *file, const char *path, struct error *error)
{
    *file = (struct outfile){.path = path, .appended = true};
    file->fd = place_append(path, &file->made);
    return file->fd >= 0 ? 0 : outfile_failed(path, errno, error);
}

static int outfile_open_anew(const struct outfile *file)
{
    bool made;
    return file->keeper != NULL ? keeper_open(file->keeper, file->kept)
                                : place_append(file->path, &made);
}

int outfile_reopen(struct outfile *file, struct error *error)
{
    if (!file->appended)
        return 0;
    int fd = outfile_open_anew(file);
    if (fd < 0)
        return error_set(error, "%s: %s; the old file is written on", file->path, explain(errno));
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    file->fd = fd;
    return 0;
}

int outfile_renew(struct outfile *file, struct error *error)
{
    const bool fixed = file->fixed >= 0;
    *file = (struct outfile){.path = file->path,
                             .renewed = !fixed,
                             .fixed = file->fixed,
                             .keeper = file->keeper,
                             .kept = file->kept};
    file->fd = fixed ? dup(file->fixed) : keeper_open(file->keeper, file->kept);
    return file->fd >= 0 ? 0 : outfile_failed(file->path, errno, error);
}

/* The last `size` bytes of the file are the beginning of what could not be written whole: what
 * stands behind the end of a line goes. */
static void append_trim(const struct outfile *file, const char *bytes, size_t size)
{
    size_t part = 0;
    while (part < size && bytes[size - 1 - part] != '\n')
        part++;
    const off_t end = lseek(file->fd, 0, SEEK_END);
    if (part > 0 && end >= (off_t)part && ftruncate(file->fd, end - (off_t)part) != 0)
        return; /* then it stays, as the last of its file */
}

int outfile_write(struct outfile *file, const char *bytes, size_t size)
{
    const char *begin = bytes;
    while (size > 0) {
        ssize_t n = write(file->fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            file->failure = errno;
            if (file->appended)
                append_trim(file, begin, (size_t)(bytes - begin));
            errno = file->failure;
            return -1;
        }
        file->written = true;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

static int outfile_settle(const struct outfile *file, bool keep)
{
    if (file->temporary == NULL && !file->renewed)
        return 0;
    if (file->keeper != NULL)
        return keeper_settle(file->keeper, file->kept, keep);
    return place_settle(file->path, file->temporary, keep);
}

static int outfile_close_failed(const struct outfile *file, struct error *error)
{
    if (file->failure == ECHILD && file->temporary != NULL)
        return error_set(error, "%s: %s: it is in %s", file->path, explain(ECHILD),
                         file->temporary);
    return outfile_failed(file->path, file->failure, error);
}

int outfile_close(struct outfile *file, bool keep, struct error *error)
{
    /* A full disk may only be noticed here (NFS, quotas). */
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    int failure = outfile_settle(file, keep && file->failure == 0);
    if (file->failure == 0)
        file->failure = failure;
    int status = file->failure != 0 ? outfile_close_failed(file, error) : 0;
    free(file->temporary);
    file->temporary = NULL;
    return status;
}
