#include "command/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* Whom root becomes where the system has nobody of that name. */
enum { NOBODY = 65534 };

/* ---- whom to become ---------------------------------------------------------------------------
 */

static bool number_read(const char *text, uid_t *number)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *number = (uid_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value < (uid_t)-1;
}

static int identity_find(struct identity *identity, const char *user, struct error *error)
{
    uid_t number;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL && number_read(user, &number)) {
        entry = getpwuid(number);
        identity->uid = number;
        identity->gid = (gid_t)number;
    } else if (entry == NULL) {
        return error_set(error, "-Z: no such user: %s", user);
    }
    if (entry != NULL) {
        identity->uid = entry->pw_uid;
        identity->gid = entry->pw_gid;
    }
    identity->name = user;
    return 0;
}

int privileges_resolve(struct identity *identity, const char *user, struct error *error)
{
    *identity = (struct identity){.uid = geteuid(), .gid = getegid()};
    if (user == NULL && geteuid() != 0)
        return 0;
    if (user == NULL) {
        if (identity_find(identity, "nobody", NULL) != 0)
            *identity = (struct identity){.uid = NOBODY, .gid = NOBODY};
        identity->name = "nobody";
        return 0;
    }
    identity->asked = true;
    if (identity_find(identity, user, error) != 0)
        return -1;
    if (privileges_change(identity) && geteuid() != 0)
        return error_set(error, "-Z %s: only root can become another user", user);
    return 0;
}

bool privileges_change(const struct identity *identity)
{
    return identity->uid != geteuid();
}

/* ---- capabilities -----------------------------------------------------------------------------
 */

#ifdef __linux__

enum { CAPABILITIES_MOST = 64 };

static struct __user_cap_header_struct own_capabilities(void)
{
    return (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
}

/* What can be dropped only while there are capabilities, and is of no use without them. */
static void bounds_drop(void)
{
    prctl(PR_SET_SECUREBITS,
          SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
              SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
          0, 0, 0);
    for (unsigned long i = 0; i < CAPABILITIES_MOST; i++)
        prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* All are of the first 32. A file of another's in a folder like /tmp is only its owner's to
 * replace: CAP_FOWNER. */
static const uint32_t capabilities_kept[] = {
    [PRIVILEGES_NONE] = 0,
    [PRIVILEGES_FILES] = 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER,
    [PRIVILEGES_GIVING] = 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER | 1U << CAP_CHOWN,
};

typedef struct __user_cap_data_struct capability_sets[_LINUX_CAPABILITY_U32S_3];

/* Whether it has no others. What is ambient is permitted and inheritable. */
static bool capabilities_are_within(uint32_t kept)
{
    struct __user_cap_header_struct header = own_capabilities();
    capability_sets sets = {{0, 0, 0}};
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    uint32_t others = (sets[0].effective | sets[0].permitted | sets[0].inheritable) & ~kept;
    for (size_t i = 1; i < _LINUX_CAPABILITY_U32S_3; i++)
        others |= sets[i].effective | sets[i].permitted | sets[i].inheritable;
    return others == 0;
}

static int capabilities_drop(enum privileges_kept keeps, struct error *error)
{
    struct __user_cap_header_struct header = own_capabilities();
    capability_sets had = {{0, 0, 0}}, sets = {{0, 0, 0}};
    if (syscall(SYS_capget, &header, had) == 0)
        sets[0].permitted = sets[0].effective = had[0].permitted & capabilities_kept[keeps];
    if (syscall(SYS_capset, &header, sets) != 0)
        return error_set(error, "capabilities cannot be dropped: %s", strerror(errno));
    if (!capabilities_are_within(capabilities_kept[keeps]))
        return error_set(error, "capabilities were dropped, and are still there");
    return 0;
}

bool privileges_are_none(void)
{
    return capabilities_are_within(0);
}

bool privileges_gain_none(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

#else

static void bounds_drop(void)
{
}

static int capabilities_drop(enum privileges_kept keeps, struct error *error)
{
    (void)keeps, (void)error;
    return 0;
}

bool privileges_are_none(void)
{
    return geteuid() != 0;
}

bool privileges_gain_none(void)
{
    return false;
}

#endif

/* ---- users and groups -------------------------------------------------------------------------
 */

static int groups_set(const struct identity *identity, struct error *error)
{
    if (setgroups(0, NULL) != 0)
        return error_set(error, "supplementary groups cannot be given up: %s", strerror(errno));
    if (setgid(identity->gid) != 0)
        return error_set(error, "cannot become group %ld: %s", (long)identity->gid,
                         strerror(errno));
    return 0;
}

/* A user namespace may have no user but its root: seteuid() tries that without a way of no return.
 */
static bool is_alone(const struct identity *identity)
{
    if (seteuid(identity->uid) != 0)
        return errno == EINVAL;
    return seteuid(0) != 0;
}

static int user_set(const struct identity *identity, struct error *error)
{
    if (!identity->asked && is_alone(identity))
        return 0;
    if (groups_set(identity, error) != 0)
        return -1;
    if (setuid(identity->uid) != 0)
        return error_set(error, "cannot become user %s: %s", identity->name, strerror(errno));
    return 0;
}

/* Of all three ids none may be root's. */
static int check_no_return(struct error *error)
{
    if (getuid() == 0 || geteuid() == 0)
        return 0; /* it did not leave */
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || getuid() == 0 || geteuid() == 0)
        return error_set(error, "root was given up, and can be had back");
    return 0;
}

int privileges_drop(const struct identity *identity, struct error *error)
{
    const bool changes = privileges_change(identity);
    bounds_drop();
    if (!changes && geteuid() == 0 && setgroups(0, NULL) != 0 && errno != EPERM)
        return error_set(error, "supplementary groups cannot be given up: %s", strerror(errno));
    if (changes && user_set(identity, error) != 0)
        return -1;
    if (capabilities_drop(identity->keeps, error) != 0)
        return -1;
    return check_no_return(error);
}

void privileges_hide(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
