#include "command/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int outfile_failed(const char *path, int number, struct error *error)
{
    return error_set(error, "%s: %s", path != NULL ? path : "standard output", strerror(number));
}

/* mkstemp() makes a file that only its owner may read: give it what a new file would have. */
static void temporary_set_mode(int fd, const struct stat *old)
{
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = old != NULL ? old->st_mode & 0777 : 0666 & ~mask;
    if (fchmod(fd, mode) != 0)
        return; /* it stays private, which harms nobody */
}

static int outfile_open_beside(struct outfile *file, const struct stat *old, struct error *error)
{
    size_t size = strlen(file->path) + sizeof ".XXXXXX";
    file->temporary = malloc(size);
    if (file->temporary == NULL)
        return error_set(error, "out of memory");
    snprintf(file->temporary, size, "%s.XXXXXX", file->path);

    file->fd = mkstemp(file->temporary);
    if (file->fd < 0) {
        int number = errno;
        free(file->temporary);
        file->temporary = NULL;
        return outfile_failed(file->path, number, error);
    }
    temporary_set_mode(file->fd, old);
    return 0;
}

int outfile_open(struct outfile *file, const char *path, struct error *error)
{
    *file = (struct outfile){.fd = STDOUT_FILENO, .path = path};
    if (path == NULL) {
        file->terminal = isatty(STDOUT_FILENO);
        return 0;
    }

    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (!exists || S_ISREG(old.st_mode))
        return outfile_open_beside(file, exists ? &old : NULL, error);

    file->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (file->fd < 0)
        return outfile_failed(path, errno, error);
    file->terminal = isatty(file->fd);
    return 0;
}

/* A line that was cut off when the disk was full, or the power went, must not run into ours. */
static int append_end_line(int fd)
{
    char last = '\n';
    const off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n')
        return 0;
    return write(fd, "\n", 1) == 1 ? 0 : -1;
}

/* No link is followed: who may write to the folder could have put one there. */
static int append_open(const char *path)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0 || append_end_line(fd) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

char *outfile_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
}

static const char *append_explain(int number)
{
    return number == ELOOP ? "is a link, which is not followed" : strerror(number);
}

int outfile_append(struct outfile *file, const char *path, struct error *error)
{
    struct stat found;
    *file = (struct outfile){.path = path, .appended = true, .made = lstat(path, &found) != 0};
    file->fd = append_open(path);
    if (file->fd < 0)
        return error_set(error, "%s: %s", path, append_explain(errno));
    return 0;
}

int outfile_reopen(struct outfile *file, struct error *error)
{
    if (!file->appended)
        return 0;
    int fd = append_open(file->path);
    if (fd < 0)
        return error_set(error, "%s: %s; the old file is written on", file->path,
                         append_explain(errno));
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    file->fd = fd;
    return 0;
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
    if (file->keeper != NULL)
        return keeper_settle(file->keeper, file->kept, keep);
    return kept_settle(&(struct kept){file->temporary, file->path}, keep);
}

int outfile_close(struct outfile *file, bool keep, struct error *error)
{
    /* A full disk may only be noticed here (NFS, quotas). */
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    bool whole = keep && file->failure == 0;
    int failure = file->temporary != NULL ? outfile_settle(file, whole) : 0;
    if (file->failure == 0)
        file->failure = failure;
    free(file->temporary);
    return file->failure != 0 ? outfile_failed(file->path, file->failure, error) : 0;
}
