#include "command/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkstemp() makes a file that only its owner may read: give it what a new file would have. */
static void temporary_set_mode(int fd, const struct stat *old)
{
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = old != NULL ? old->st_mode & 0777 : 0666 & ~mask;
    if (fchmod(fd, mode) != 0)
        return; /* it stays private, which harms nobody */
}

/* Which of standard output and error is open to this file; -1: neither. /dev/stdout may be a
 * regular file, in whose place nothing can be put. */
static int standard_of(const struct stat *file)
{
    struct stat open;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (fstat(fd, &open) == 0 && open.st_dev == file->st_dev && open.st_ino == file->st_ino)
            return fd;
    return -1;
}

bool place_is_fixed(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && (!S_ISREG(found.st_mode) || standard_of(&found) >= 0);
}

int place_open(const char *path)
{
    struct stat found;
    int standard = stat(path, &found) == 0 ? standard_of(&found) : -1;
    if (standard >= 0) /* writes go on behind each other's */
        return fcntl(standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

int place_beside(const char *path, char **temporary)
{
    struct stat old;
    const bool exists = stat(path, &old) == 0;
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *name = malloc(size);
    if (name == NULL)
        return -1;
    snprintf(name, size, "%s.XXXXXX", path);
    int fd = mkstemp(name);
    if (fd < 0) {
        int number = errno;
        free(name);
        errno = number;
        return -1;
    }
    temporary_set_mode(fd, exists ? &old : NULL);
    *temporary = name;
    return fd;
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
int place_append(const char *path, bool *made)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
    int fd = open(path, flags | O_EXCL, 0666);
    *made = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(path, flags, 0666);
    if (fd < 0 || append_end_line(fd) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

int place_settle(const char *path, const char *temporary, bool keep)
{
    int failure = 0;
    if (keep && rename(temporary, path) != 0)
        failure = errno;
    if (!keep || failure != 0)
        unlink(temporary);
    return failure;
}

char *place_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
}
