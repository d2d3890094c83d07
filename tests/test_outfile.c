/* Output files: whole or not there. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/outfile.h"
#include "text_file.h"

/* Each test works in a folder of its own. */
struct folder {
    char path[32];
    char file[64];
};

static int folder_make(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "outfile-XXXXXX");
    if (folder == NULL || mkdtemp(folder->path) == NULL)
        return -1;
    snprintf(folder->file, sizeof folder->file, "%s/out", folder->path);
    *state = folder;
    return 0;
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    int result = rmdir(folder->path); /* fails where a temporary file was left behind */
    free(folder);
    return result;
}

static void a_file_appears_only_at_the_end(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    assert_int_equal(outfile_open(&out, folder->file, &error), 0);
    assert_int_equal(outfile_write(&out, "hello", 5), 0);
    assert_int_equal(access(folder->file, F_OK), -1);
    assert_int_equal(outfile_close(&out, true, &error), 0);
    file_holds(folder->file, "hello");
}

static void an_old_file_stays_until_the_new_one_is_whole(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    file_put(folder->file, "old");
    chmod(folder->file, 0640);
    assert_int_equal(outfile_open(&out, folder->file, &error), 0);
    outfile_write(&out, "new", 3);
    file_holds(folder->file, "old");
    assert_int_equal(outfile_close(&out, true, &error), 0);
    file_holds(folder->file, "new");

    struct stat status;
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void what_is_not_kept_leaves_no_trace(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    file_put(folder->file, "old");
    assert_int_equal(outfile_open(&out, folder->file, &error), 0);
    outfile_write(&out, "half", 4);
    assert_int_equal(outfile_close(&out, false, &error), 0);
    file_holds(folder->file, "old");
}

static void a_new_file_has_the_mode_the_umask_gives(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    mode_t old = umask(027);
    assert_int_equal(outfile_open(&out, folder->file, &error), 0);
    assert_int_equal(outfile_close(&out, true, &error), 0);
    umask(old);
    struct stat status;
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void a_full_device_is_told_with_its_name(void **state)
{
    (void)state;
    struct outfile out;
    struct error error = {""};
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(outfile_open(&out, "/dev/full", &error), 0);
    assert_int_equal(outfile_write(&out, "x", 1), -1);
    assert_int_equal(out.failure, ENOSPC);
    assert_int_equal(outfile_close(&out, true, &error), -1);
    assert_non_null(strstr(error.text, "/dev/full: "));
    assert_non_null(strstr(error.text, strerror(ENOSPC)));
    assert_int_equal(access("/dev/full", F_OK), 0);
}

static void a_folder_that_is_missing_is_told(void **state)
{
    (void)state;
    struct outfile out;
    struct error error = {""};
    assert_int_equal(outfile_open(&out, "nowhere/at/all", &error), -1);
    assert_non_null(strstr(error.text, "nowhere/at/all: "));
}

static void a_growing_file_is_there_at_once_and_keeps_what_it_had(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    file_put(folder->file, "old\n");
    assert_int_equal(outfile_append(&out, folder->file, &error), 0);
    assert_int_equal(outfile_write(&out, "new\n", 4), 0);
    file_holds(folder->file, "old\nnew\n");
    assert_int_equal(outfile_close(&out, true, &error), 0);
    file_holds(folder->file, "old\nnew\n");
}

static void a_line_that_was_cut_off_before_is_ended(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    file_put(folder->file, "{\"cut");
    assert_int_equal(outfile_append(&out, folder->file, &error), 0);
    assert_int_equal(outfile_write(&out, "new\n", 4), 0);
    assert_int_equal(outfile_close(&out, true, &error), 0);
    file_holds(folder->file, "{\"cut\nnew\n");
}

static void a_growing_file_can_be_rotated(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    char moved[80];
    snprintf(moved, sizeof moved, "%s.1", folder->file);
    assert_int_equal(outfile_append(&out, folder->file, &error), 0);
    assert_int_equal(outfile_write(&out, "one\n", 4), 0);
    assert_int_equal(rename(folder->file, moved), 0);
    assert_int_equal(outfile_write(&out, "two\n", 4), 0);
    assert_int_equal(outfile_reopen(&out, &error), 0);
    assert_int_equal(outfile_write(&out, "three\n", 6), 0);
    assert_int_equal(outfile_close(&out, true, &error), 0);
    file_holds(moved, "one\ntwo\n");
    file_holds(folder->file, "three\n");
    unlink(moved);
}

static void what_cannot_be_opened_anew_is_written_on(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    char moved[80];
    snprintf(moved, sizeof moved, "%s.1", folder->file);
    assert_int_equal(outfile_append(&out, folder->file, &error), 0);
    assert_int_equal(rename(folder->file, moved), 0);
    assert_int_equal(symlink("out.1", folder->file), 0);
    assert_int_equal(outfile_reopen(&out, &error), -1);
    assert_non_null(
        strstr(error.text, "is a link, which is not followed; the old file is written"));
    assert_int_equal(outfile_write(&out, "two\n", 4), 0);
    assert_int_equal(outfile_close(&out, true, &(struct error){""}), 0);
    file_holds(moved, "two\n");
    unlink(moved);
}

/* A limit of what a file may hold is like a full disk: part of a write is done. */
static void of_a_line_that_does_not_fit_nothing_stays(void **state)
{
    struct folder *folder = *state;
    struct outfile out;
    struct error error = {""};
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 10;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(outfile_append(&out, folder->file, &error), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(outfile_write(&out, "one\ntwo\nthree\n", 14), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(outfile_close(&out, true, &error), -1);
    assert_non_null(strstr(error.text, strerror(EFBIG)));
    file_holds(folder->file, "one\ntwo\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_appears_only_at_the_end, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(an_old_file_stays_until_the_new_one_is_whole, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(what_is_not_kept_leaves_no_trace, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_new_file_has_the_mode_the_umask_gives, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_growing_file_is_there_at_once_and_keeps_what_it_had,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_line_that_was_cut_off_before_is_ended, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_growing_file_can_be_rotated, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(what_cannot_be_opened_anew_is_written_on, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(of_a_line_that_does_not_fit_nothing_stays, folder_make,
                                        folder_remove),
        cmocka_unit_test(a_full_device_is_told_with_its_name),
        cmocka_unit_test(a_folder_that_is_missing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
