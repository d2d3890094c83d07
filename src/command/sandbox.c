#include "config.h"

#include "command/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Sanitizers read /proc, trace the process and start others; coverage is written to files. */
#ifndef SANDBOX_OFF
#define SANDBOX_OFF NULL
#endif

static const char *const part_names[] = {[SANDBOX_USER] = "user",
                                         [SANDBOX_CAPABILITIES] = "capabilities",
                                         [SANDBOX_NO_NEW_PRIVS] = "no_new_privs",
                                         [SANDBOX_LANDLOCK] = "landlock",
                                         [SANDBOX_SECCOMP] = "seccomp"};

/* ---- entering ---------------------------------------------------------------------------------
 */

static bool landlock_part(struct sandbox *sandbox, const struct sandbox_needs *needs)
{
    struct error *why = &sandbox->why[SANDBOX_LANDLOCK];
    int version = landlock_version();
    if (version == 0) {
        error_set(why, "the kernel has none");
        return false;
    }
    if (landlock_enter(version, needs->folders, needs->folder_count, why) != 0)
        return false;
    sandbox->landlock = version;
    return true;
}

static bool seccomp_part(struct sandbox *sandbox, const struct sandbox_needs *needs)
{
    return calls_limit(&needs->calls, &sandbox->why[SANDBOX_SECCOMP]) == 0;
}

/* In their order: the later ones take away what the earlier ones need. */
static void parts_enter(struct sandbox *sandbox, const struct sandbox_needs *needs,
                        bool in_force[SANDBOX_PARTS])
{
    privileges_hide();
    in_force[SANDBOX_NO_NEW_PRIVS] = privileges_gain_none();
    in_force[SANDBOX_LANDLOCK] = in_force[SANDBOX_NO_NEW_PRIVS] && landlock_part(sandbox, needs);
    in_force[SANDBOX_SECCOMP] = in_force[SANDBOX_NO_NEW_PRIVS] && seccomp_part(sandbox, needs);
}

static void parts_name(struct sandbox *sandbox, const bool in_force[SANDBOX_PARTS])
{
    size_t forced = 0, missing = 0;
    for (size_t i = 0; i < SANDBOX_PARTS; i++)
        if (in_force[i])
            sandbox->in_force[forced++] = part_names[i];
        else
            sandbox->missing[missing++] = part_names[i];
}

static void explain(struct sandbox *sandbox, const char *why)
{
    for (size_t i = 0; i < SANDBOX_PARTS; i++)
        error_set(&sandbox->why[i], "%s", why);
}

int sandbox_enter(struct sandbox *sandbox, const struct sandbox_needs *needs, struct error *error)
{
    const char *off = SANDBOX_OFF;
    const bool confined = needs->confined && off == NULL;
    bool in_force[SANDBOX_PARTS] = {false};
    *sandbox = (struct sandbox){.user = needs->identity.name};
    if ((confined || needs->identity.asked) && privileges_drop(&needs->identity, error) != 0)
        return -1;

    in_force[SANDBOX_USER] = geteuid() != 0;
    in_force[SANDBOX_CAPABILITIES] = privileges_are_none();
    if (confined)
        parts_enter(sandbox, needs, in_force);
    else
        explain(sandbox, off != NULL ? off : "--no-sandbox");
    if (geteuid() == 0 && privileges_change(&needs->identity))
        error_set(&sandbox->why[SANDBOX_USER], "this user namespace has root alone");
    parts_name(sandbox, in_force);
    return 0;
}

/* ---- telling ----------------------------------------------------------------------------------
 */

enum { LINE_SIZE = 1024 };

/* How a part that is in force is told. */
static void put_part(const struct sandbox *sandbox, const char *name, char *buf, size_t size)
{
    if (name == part_names[SANDBOX_USER] && sandbox->user != NULL)
        snprintf(buf, size, "user %s", sandbox->user);
    else if (name == part_names[SANDBOX_USER])
        snprintf(buf, size, "user %ld", (long)geteuid());
    else if (name == part_names[SANDBOX_CAPABILITIES])
        snprintf(buf, size, "no capabilities");
    else if (name == part_names[SANDBOX_NO_NEW_PRIVS])
        snprintf(buf, size, "no new privileges");
    else if (name == part_names[SANDBOX_LANDLOCK])
        snprintf(buf, size, "Landlock %d", sandbox->landlock);
    else
        snprintf(buf, size, "%s", name);
}

static void line_add(char line[LINE_SIZE], const char *text)
{
    size_t used = strlen(line);
    bool first = used == 0 || line[used - 1] == ':';
    snprintf(line + used, LINE_SIZE - used, "%s%s", first ? " " : ", ", text);
}

static const struct error *why_missing(const struct sandbox *sandbox, const char *name)
{
    size_t part = 0;
    while (part_names[part] != name)
        part++;
    return &sandbox->why[part];
}

void sandbox_print(const struct sandbox *sandbox, void (*print)(void *context, const char *line),
                   void *context)
{
    char line[LINE_SIZE] = "sandbox:", part[LINE_SIZE / 4];
    for (const char *const *name = sandbox->in_force; *name != NULL; name++) {
        put_part(sandbox, *name, part, sizeof part);
        line_add(line, part);
    }
    if (sandbox->in_force[0] != NULL)
        print(context, line);

    snprintf(line, sizeof line, "sandbox: not in force:");
    for (const char *const *name = sandbox->missing; *name != NULL; name++) {
        const struct error *why = why_missing(sandbox, *name);
        snprintf(part, sizeof part, error_is_set(why) ? "%s (%.200s)" : "%s", *name, why->text);
        line_add(line, part);
    }
    if (sandbox->missing[0] != NULL)
        print(context, line);
}
