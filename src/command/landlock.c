#include "command/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>

/* The interface as of version 7, which this system's headers may be older than (linux/landlock.h).
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_TRUNCATE = 1 << 14,
};

struct ruleset {
    uint64_t handled_fs, handled_net, scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

/* What there is to give up, from each version on. */
static const struct {
    size_t size; /* of struct ruleset, as that version knows it */
    struct ruleset all;
} versions[] = {
    [1] = {8, {(1 << 13) - 1, 0, 0}},
    [2] = {8, {(1 << 14) - 1, 0, 0}},  /* files moved to other folders */
    [3] = {8, {(1 << 15) - 1, 0, 0}},  /* truncated */
    [4] = {16, {(1 << 15) - 1, 3, 0}}, /* TCP */
    [5] = {16, {(1 << 16) - 1, 3, 0}}, /* ioctl() of devices */
    [6] = {24, {(1 << 16) - 1, 3, 3}}, /* sockets without a name, signals */
};
enum { VERSION_MOST = sizeof versions / sizeof versions[0] - 1 };

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

static int folder_allow(int rules, const struct landlock_folder *folder, uint64_t handled)
{
    uint64_t allowed = FS_WRITE_FILE | FS_READ_FILE | FS_MAKE_REG | FS_TRUNCATE;
    if (folder->replaces)
        allowed |= FS_REMOVE_FILE;
    struct path_beneath rule = {.allowed = allowed & handled,
                                .folder = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (rule.folder < 0)
        return 0; /* nothing in it can be opened either */
    long status = syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0);
    int number = errno;
    close(rule.folder);
    errno = number;
    return status == 0 ? 0 : -1;
}

int landlock_enter(int version, const struct landlock_folder *folders, size_t count,
                   struct error *error)
{
    const int known = version < VERSION_MOST ? version : VERSION_MOST;
    const struct ruleset *all = &versions[known].all;
    long rules = syscall(SYS_landlock_create_ruleset, all, versions[known].size, 0);
    if (rules < 0)
        return error_set(error, "Landlock: %s", strerror(errno));

    for (size_t i = 0; i < count; i++)
        if (folder_allow((int)rules, &folders[i], all->handled_fs) != 0) {
            error_set(error, "%s: Landlock: %s", folders[i].path, strerror(errno));
            close((int)rules);
            return -1;
        }
    long status = syscall(SYS_landlock_restrict_self, rules, 0);
    if (status != 0)
        error_set(error, "Landlock: %s", strerror(errno));
    close((int)rules);
    return status == 0 ? 0 : -1;
}

#else

int landlock_version(void)
{
    return 0;
}

int landlock_enter(int version, const struct landlock_folder *folders, size_t count,
                   struct error *error)
{
    (void)version, (void)folders, (void)count;
    return error_set(error, "Landlock: %s", strerror(ENOSYS));
}

#endif
