/* The process that works on files for another: what it does, and that it does nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/keeper.h"
#include "command/privileges.h"
#include "text_file.h"

enum { TEMPORARY, GROWING, RENEWED, FILES, PATH_SIZE = 64, PATIENCE_MS = 20000 };

/* One file of each sort in a folder of their own. */
struct folder {
    char path[32];
    char temporary[PATH_SIZE], place[FILES][PATH_SIZE];
    struct keeping keeping;
    struct keeper keeper;
};

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int folder_make(void **state)
{
    static const enum kept_how hows[FILES] = {KEPT_TEMPORARY, KEPT_GROWING, KEPT_RENEWED};
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "keeper-XXXXXX");
    if (mkdtemp(folder->path) == NULL)
        return -1;
    snprintf(folder->temporary, PATH_SIZE, "%s/temporary", folder->path);
    for (size_t i = 0; i < FILES; i++) {
        snprintf(folder->place[i], PATH_SIZE, "%s/place%zu", folder->path, i);
        folder->keeping.files[i] = (struct kept){hows[i], folder->place[i], NULL};
    }
    folder->keeping.files[TEMPORARY].temporary = folder->temporary;
    folder->keeping.count = FILES;
    folder->keeping.confined = true;
    folder->keeper.channel = -1;
    file_put(folder->temporary, "");
    *state = folder;
    return 0;
}

static struct folder *start(void **state)
{
    struct folder *folder = *state;
    struct error error = {""};
    assert_int_equal(keeper_start(&folder->keeper, &folder->keeping, &error), 0);
    return folder;
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;
    keeper_end(&folder->keeper);
    for (size_t i = 0; i < FILES; i++)
        unlink(folder->place[i]);
    int result = rmdir(folder->path); /* fails where a temporary file was left behind */
    free(folder);
    return result;
}

/* ---- what it does ----------------------------------------------------------------------------
 */

static void a_temporary_file_is_kept(void **state)
{
    struct folder *folder = start(state);
    assert_int_equal(keeper_settle(&folder->keeper, TEMPORARY, true), 0);
    assert_true(exists(folder->place[TEMPORARY]));
    assert_false(exists(folder->temporary));
    keeper_end(&folder->keeper);
    assert_true(exists(folder->place[TEMPORARY]));
}

static void a_temporary_file_is_removed(void **state)
{
    struct folder *folder = start(state);
    assert_int_equal(keeper_settle(&folder->keeper, TEMPORARY, false), 0);
    assert_false(exists(folder->place[TEMPORARY]));
    assert_false(exists(folder->temporary));
}

static void what_cannot_be_renamed_is_told(void **state)
{
    struct folder *folder = start(state);
    unlink(folder->temporary);
    assert_int_equal(keeper_settle(&folder->keeper, TEMPORARY, true), ENOENT);
}

static void without_a_word_all_are_removed(void **state)
{
    static const int others[] = {SIGTERM, SIGINT, SIGHUP, SIGXFSZ}; /* are for the other process */
    struct folder *folder = start(state);
    int fd = keeper_open(&folder->keeper, RENEWED); /* by then it ignores them */
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        kill(folder->keeper.pid, others[i]);
    assert_true(exists(folder->temporary));
    keeper_end(&folder->keeper);
    assert_false(exists(folder->temporary));
    assert_false(exists(folder->place[RENEWED]));
}

static void put(int fd, const char *text)
{
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void a_growing_file_is_opened_again_and_again(void **state)
{
    struct folder *folder = start(state);
    const char *path = folder->place[GROWING];
    put(keeper_open(&folder->keeper, GROWING), "one\n{\"cut");
    put(keeper_open(&folder->keeper, GROWING), "two\n");
    file_holds(path, "one\n{\"cut\ntwo\n");
    unlink(path);
    put(keeper_open(&folder->keeper, GROWING), "three\n");
    file_holds(path, "three\n");
}

static void a_link_in_its_place_is_not_followed(void **state)
{
    struct folder *folder = start(state);
    assert_int_equal(symlink("place0", folder->place[GROWING]), 0);
    assert_int_equal(keeper_open(&folder->keeper, GROWING), -1);
    assert_int_equal(errno, ELOOP);
    assert_false(exists(folder->place[TEMPORARY]));
    unlink(folder->place[GROWING]);
    put(keeper_open(&folder->keeper, GROWING), "it goes on\n");
}

static void a_renewed_file_is_whole_each_time(void **state)
{
    const mode_t mask = umask(077);
    struct folder *folder = start(state);
    umask(mask);
    const char *path = folder->place[RENEWED];
    struct stat found;
    put(keeper_open(&folder->keeper, RENEWED), "one");
    assert_false(exists(path));
    assert_int_equal(keeper_settle(&folder->keeper, RENEWED, true), 0);
    file_holds(path, "one");
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0644);
    put(keeper_open(&folder->keeper, RENEWED), "tw");
    assert_int_equal(keeper_settle(&folder->keeper, RENEWED, false), 0);
    file_holds(path, "one");
    put(keeper_open(&folder->keeper, RENEWED), "three");
    assert_int_equal(keeper_settle(&folder->keeper, RENEWED, true), 0);
    file_holds(path, "three");
}

static void what_it_makes_belongs_to_its_owner(void **state)
{
    struct identity owner = {.asked = true, .uid = 54321, .gid = 54322};
    struct stat found;
    struct folder *folder = *state;
    if (geteuid() != 0 || chown(folder->path, 54320, 54320) != 0 ||
        chmod(folder->path, 01777) != 0) {
        unlink(folder->temporary); /* there is no keeper that would */
        skip();
    }
    folder->keeping.owner = &owner;
    folder = start(state);
    for (int i = 0; i < 2; i++) { /* the second time another's file is replaced */
        put(keeper_open(&folder->keeper, RENEWED), "metrics");
        assert_int_equal(keeper_settle(&folder->keeper, RENEWED, true), 0);
    }
    put(keeper_open(&folder->keeper, GROWING), "line\n");
    for (int i = GROWING; i <= RENEWED; i++) {
        assert_int_equal(stat(folder->place[i], &found), 0);
        assert_int_equal(found.st_uid, 54321);
        assert_int_equal(found.st_gid, 54322);
    }
}

/* ---- what it does not do ---------------------------------------------------------------------
 */

/* Whether nobody has the other end any more, of a pipe or of the channel. */
static bool is_over(int fd)
{
    char byte;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, PATIENCE_MS) == 1 && read(fd, &byte, 1) <= 0;
}

/* It may be confined: what it asks for is nothing but what was named at the start, in its turn. */
static const struct wrong {
    const char *what;
    size_t good; /* so many of the requests are answered; the next one is not */
    size_t size;
    struct keeper_request requests[3];
} wrongs[] = {
    {"a file that there is not", 0, 2, {{FILES, KEEPER_OPEN}}},
    {"a file far away", 0, 2, {{255, KEEPER_REMOVE}}},
    {"an act that there is not", 0, 2, {{GROWING, KEEPER_OPEN + 1}}},
    {"another", 0, 2, {{RENEWED, 255}}},
    {"a temporary file opened", 0, 2, {{TEMPORARY, KEEPER_OPEN}}},
    {"a temporary file settled twice", 1, 4, {{TEMPORARY, KEEPER_REMOVE}, {0, KEEPER_KEEP}}},
    {"a growing file removed", 0, 2, {{GROWING, KEEPER_REMOVE}}},
    {"a growing file removed that is open", 1, 4, {{GROWING, KEEPER_OPEN}, {1, KEEPER_REMOVE}}},
    {"a growing file renamed", 0, 2, {{GROWING, KEEPER_KEEP}}},
    {"a renewed file settled before it is open", 0, 2, {{RENEWED, KEEPER_KEEP}}},
    {"a renewed file opened twice", 1, 4, {{RENEWED, KEEPER_OPEN}, {RENEWED, KEEPER_OPEN}}},
    {"a renewed file settled twice",
     2,
     6,
     {{RENEWED, KEEPER_OPEN}, {RENEWED, KEEPER_REMOVE}, {RENEWED, KEEPER_REMOVE}}},
    {"half a request", 0, 1, {{GROWING, KEEPER_OPEN}}},
    {"half a second request", 1, 3, {{TEMPORARY, KEEPER_REMOVE}, {GROWING, KEEPER_OPEN}}},
};

static void answers_take(int channel, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int failure = -1;
        assert_int_equal(recv(channel, &failure, sizeof failure, MSG_WAITALL), sizeof failure);
        assert_int_equal(failure, 0);
    }
}

static void wrong_try(void **state, const struct wrong *wrong)
{
    struct error error = {""};
    struct folder *folder = start(state);
    struct keeper *keeper = &folder->keeper;
    print_message("%s\n", wrong->what);
    file_put(folder->temporary, "");
    assert_int_equal(write(keeper->channel, wrong->requests, wrong->size), wrong->size);
    if (wrong->size % sizeof(struct keeper_request) != 0)
        shutdown(keeper->channel, SHUT_WR);
    answers_take(keeper->channel, wrong->good);
    assert_true(is_over(keeper->channel));
    assert_false(exists(folder->temporary));
    assert_false(exists(folder->place[TEMPORARY]));
    assert_false(exists(folder->place[RENEWED]));
    while (keeper_check(keeper, &error) == 0)
        poll(NULL, 0, 1);
    assert_string_equal(error.text, "the process that works on files has ended; what is open is "
                                    "written on");
    keeper_end(keeper);
}

static void wrong_requests_end_it(void **state)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
        wrong_try(state, &wrongs[i]);
}

static void it_has_nothing_else_open(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct folder *folder = start(state);
    close(ends[1]);
    assert_true(is_over(ends[0]));
    put(keeper_open(&folder->keeper, GROWING), "it still runs\n");
    close(ends[0]);
}

static void request_with_descriptor(int channel, int fd)
{
    struct keeper_request request = {TEMPORARY, KEEPER_KEEP};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = ""};
    struct iovec data = {&request, sizeof request};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
    assert_int_equal(sendmsg(channel, &message, 0), sizeof request);
}

static void it_takes_no_descriptor(void **state)
{
    int ends[2];
    struct folder *folder = start(state);
    assert_int_equal(pipe(ends), 0);
    request_with_descriptor(folder->keeper.channel, ends[1]);
    close(ends[1]);
    answers_take(folder->keeper.channel, 1);
    assert_true(is_over(ends[0]));
    put(keeper_open(&folder->keeper, GROWING), "it still runs\n");
    close(ends[0]);
}

static void one_that_was_killed_is_told(void **state)
{
    struct error error = {""};
    struct folder *folder = start(state);
    assert_int_equal(keeper_check(&folder->keeper, &error), 0);
    kill(folder->keeper.pid, SIGKILL);
    while (keeper_check(&folder->keeper, &error) == 0)
        poll(NULL, 0, 1);
    assert_string_equal(error.text, "the process that works on files was killed by signal 9; what "
                                    "is open is written on");
    error = (struct error){""};
    assert_int_equal(keeper_check(&folder->keeper, &error), 0); /* once */
    assert_int_equal(keeper_settle(&folder->keeper, TEMPORARY, true), ECHILD);
    assert_int_equal(keeper_open(&folder->keeper, GROWING), -1);
    assert_int_equal(errno, ECHILD);
    unlink(folder->temporary);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_make, folder_remove)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_temporary_file_is_kept),
        TEST(a_temporary_file_is_removed),
        TEST(what_cannot_be_renamed_is_told),
        TEST(without_a_word_all_are_removed),
        TEST(a_growing_file_is_opened_again_and_again),
        TEST(a_link_in_its_place_is_not_followed),
        TEST(a_renewed_file_is_whole_each_time),
        TEST(what_it_makes_belongs_to_its_owner),
        TEST(wrong_requests_end_it),
        TEST(it_has_nothing_else_open),
        TEST(it_takes_no_descriptor),
        TEST(one_that_was_killed_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
