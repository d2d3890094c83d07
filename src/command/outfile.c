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

/* No link is followed: who may write to the folder could have put one there. */
static int append_open(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0666);
}

int outfile_append(struct outfile *file, const char *path, struct error *error)
{
    *file = (struct outfile){.fd = append_open(path), .path = path, .appended = true};
    if (file->fd < 0)
        return outfile_failed(path, errno, error);
    file->terminal = isatty(file->fd);
    return 0;
}

int outfile_reopen(struct outfile *file, struct error *error)
{
    if (!file->appended)
        return 0;
    int fd = append_open(file->path);
    if (fd < 0)
        return error_set(error, "%s: %s; the old file is written on", file->path, strerror(errno));
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    file->fd = fd;
    return 0;
}

int outfile_write(struct outfile *file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(file->fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            file->failure = errno;
            return -1;
        }
        file->written = true;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

int outfile_close(struct outfile *file, bool keep, struct error *error)
{
    /* A full disk may only be noticed here (NFS, quotas). */
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    bool whole = keep && file->failure == 0;
    if (file->temporary != NULL && whole && rename(file->temporary, file->path) != 0)
        file->failure = errno;
    if (file->temporary != NULL && (!whole || file->failure != 0))
        unlink(file->temporary);
    free(file->temporary);
    return file->failure != 0 ? outfile_failed(file->path, file->failure, error) : 0;
}
