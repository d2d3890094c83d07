/* What a confined process can no longer do, tried in a child of its own. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/sandbox.h"

#if defined __linux__ && !defined SANDBOX_OFF
#include <sys/prctl.h>
#include <sys/ptrace.h>

enum { NOT_ENTERED = 101 };

/* What one child does; its result is its exit status: 0, or an errno. */
typedef int deed(void);

static int result_of(long value)
{
    return value < 0 ? errno : 0;
}

/* Enters the sandbox and does it. The child's status, as waitpid() has it. */
static int confined_by(const struct sandbox_needs *needs, deed *deed)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct sandbox sandbox;
        struct error error = {""};
        int status = sandbox_enter(&sandbox, needs, &error);
        _exit(status != 0 ? NOT_ENTERED : deed());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static struct sandbox_needs needs_of_files(void)
{
    struct sandbox_needs needs = {.confined = true};
    struct error error = {""};
    assert_int_equal(privileges_resolve(&needs.identity, NULL, &error), 0);
    return needs;
}

static int confined(deed *deed)
{
    const struct sandbox_needs needs = needs_of_files();
    return confined_by(&needs, deed);
}

static void assert_killed(deed *deed)
{
    int status = confined(deed);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void assert_ends_with(int number, deed *deed)
{
    int status = confined(deed);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), number);
}

static int make_socket(void)
{
    return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int execute(void)
{
    return result_of(execl("/bin/true", "true", (char *)NULL));
}

static int make_process(void)
{
    return result_of(fork());
}

static int map_code(void)
{
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? errno : 0;
}

static int make_code(void)
{
    void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return data == MAP_FAILED ? ENOMEM : result_of(mprotect(data, 4096, PROT_READ | PROT_EXEC));
}

static int trace(void)
{
    return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int become_root(void)
{
    return result_of(setuid(0));
}

static int send_signal(void)
{
    return result_of(kill(getpid(), SIGUSR1));
}

static int remove_file(void)
{
    return result_of(unlink("/nonexistent"));
}

static void what_is_not_needed_kills(void **state)
{
    (void)state;
    static deed *const deeds[] = {make_socket, execute,     make_process, map_code,   make_code,
                                  trace,       become_root, send_signal,  remove_file};
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        assert_killed(deeds[i]);
}

static int open_file(void)
{
    return result_of(open("/dev/null", O_RDONLY));
}

static int ask_of_file(void)
{
    struct stat found;
    return result_of(stat("/dev/null", &found));
}

static void files_cannot_be_opened(void **state)
{
    (void)state;
    assert_ends_with(EACCES, open_file);
    assert_ends_with(EACCES, ask_of_file);
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* What analyses do with what is open, and in their memory. */
static int go_on(void)
{
    enum { COUNT = 100000 };
    struct stat found;
    int *numbers = malloc(COUNT * sizeof *numbers);
    if (numbers == NULL || fstat(STDERR_FILENO, &found) != 0)
        return 1;
    for (int i = 0; i < COUNT; i++)
        numbers[i] = COUNT - i;
    qsort(numbers, COUNT, sizeof *numbers, compare);
    numbers = realloc(numbers, 10 * COUNT * sizeof *numbers);
    int copy = dup(STDERR_FILENO);
    return numbers != NULL && numbers[0] == 1 && copy > 0 && close(copy) == 0 ? 0 : 2;
}

static void what_is_open_can_be_used(void **state)
{
    (void)state;
    assert_ends_with(0, go_on);
}

/* Where a folder may be written to, no other may, and no folder but for what it is for. */
static char folder[] = "sandbox-XXXXXX";

static int write_inside(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT, 0666);
    return fd < 0 ? errno : result_of(write(fd, "x", 1));
}

static int write_outside(void)
{
    return result_of(open("sandbox-outside", O_WRONLY | O_CREAT, 0666));
}

static int read_outside(void)
{
    return result_of(open("/etc/passwd", O_RDONLY));
}

static int replace_inside(void)
{
    char from[64], to[64];
    snprintf(from, sizeof from, "%s/file", folder);
    snprintf(to, sizeof to, "%s/other", folder);
    return result_of(rename(from, to));
}

static void a_folder_can_be_written_to_alone(void **state)
{
    (void)state;
    struct sandbox_needs needs = needs_of_files();
    char path[64];
    if (landlock_version() == 0)
        skip();
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0777), 0);
    struct landlock_folder allowed = {.path = folder};
    needs.identity.uid = geteuid(); /* the way to here may be closed to others */
    needs.folders = &allowed;
    needs.folder_count = 1;
    needs.calls.keeps = true;
    assert_int_equal(confined_by(&needs, write_inside), 0);
    assert_int_equal(WEXITSTATUS(confined_by(&needs, write_outside)), EACCES);
    assert_int_equal(WEXITSTATUS(confined_by(&needs, read_outside)), EACCES);
    assert_int_equal(WEXITSTATUS(confined_by(&needs, replace_inside)), EACCES);
    allowed.replaces = true;
    assert_int_equal(confined_by(&needs, replace_inside), 0);
    snprintf(path, sizeof path, "%s/other", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void *do_nothing(void *context)
{
    return context;
}

static int make_thread(void)
{
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, do_nothing, NULL);
    return failure != 0 ? failure : pthread_join(thread, NULL);
}

/* Who may start threads may still start no process, and the threads may do no more. */
static void *try_socket(void *context)
{
    socket(AF_INET, SOCK_STREAM, 0);
    return context;
}

static int make_socket_in_thread(void)
{
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, try_socket, NULL);
    return failure != 0 ? failure : pthread_join(thread, NULL);
}

static void a_thread_is_no_process(void **state)
{
    (void)state;
    struct sandbox_needs needs = needs_of_files();
    assert_int_equal(WTERMSIG(confined_by(&needs, make_thread)), SIGSYS);
    needs.calls.threads = true;
    assert_int_equal(confined_by(&needs, make_thread), 0);
    assert_int_equal(WTERMSIG(confined_by(&needs, make_process)), SIGSYS);
    assert_int_equal(WTERMSIG(confined_by(&needs, make_socket_in_thread)), SIGSYS);
}

/* Landlock by itself, without the filter of calls behind which it stands. */
static int connect_anywhere(void)
{
    const struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct error error = {""};
    if (!privileges_gain_none() || landlock_enter(landlock_version(), NULL, 0, &error) != 0)
        return NOT_ENTERED;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return result_of(connect(fd, (const struct sockaddr *)&there, sizeof there));
}

static void landlock_takes_the_network_too(void **state)
{
    (void)state;
    const struct sandbox_needs needs = {.confined = false};
    if (landlock_version() < 4)
        skip();
    assert_int_equal(WEXITSTATUS(confined_by(&needs, connect_anywhere)), EACCES);
}

/* Without the filter of calls, to see what the others hold alone. */
static int come_back(void)
{
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
        return 1;
    if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getgroups(0, NULL) != 0)
        return 2;
    return privileges_are_none() && prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 0 ? 0 : 3;
}

static void root_is_given_up_for_good(void **state)
{
    (void)state;
    struct sandbox_needs needs = {.confined = false};
    struct error error = {""};
    if (geteuid() != 0)
        skip();
    assert_int_equal(privileges_resolve(&needs.identity, "nobody", &error), 0);
    assert_int_equal(confined_by(&needs, come_back), 0);
}

static void users_are_names_or_numbers(void **state)
{
    (void)state;
    struct identity identity;
    struct error error = {""};
    char own[32];
    snprintf(own, sizeof own, "%ld", (long)geteuid());
    assert_int_equal(privileges_resolve(&identity, own, &error), 0);
    assert_false(privileges_change(&identity));
    assert_true(identity.asked);
    assert_int_equal(privileges_resolve(&identity, "12x", &error), -1);
    assert_string_equal(error.text, "-Z: no such user: 12x");
    error = (struct error){""};
    assert_int_equal(privileges_resolve(&identity, "4294967295", &error), -1);
    error = (struct error){""};
    assert_int_equal(privileges_resolve(&identity, "54321", &error), geteuid() == 0 ? 0 : -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_needed_kills),
        cmocka_unit_test(files_cannot_be_opened),
        cmocka_unit_test(what_is_open_can_be_used),
        cmocka_unit_test(a_folder_can_be_written_to_alone),
        cmocka_unit_test(a_thread_is_no_process),
        cmocka_unit_test(landlock_takes_the_network_too),
        cmocka_unit_test(root_is_given_up_for_good),
        cmocka_unit_test(users_are_names_or_numbers),
    };
    if (!calls_can_be_limited()) {
        puts("SKIP: this build has no libseccomp");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("SKIP: this build does not confine itself");
    return 77;
}

#endif
