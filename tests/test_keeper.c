/* The process that renames or removes what was written. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/keeper.h"

enum { FILES = 2, PATH_SIZE = 64 };

/* Two temporary files in a folder of their own, and the places they are for. */
struct folder {
    char path[32];
    char temporary[FILES][PATH_SIZE], place[FILES][PATH_SIZE];
    struct kept kept[FILES];
    struct keeper keeper;
};

static void file_make(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static int folder_make(void **state)
{
    struct error error = {""};
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "keeper-XXXXXX");
    if (mkdtemp(folder->path) == NULL)
        return -1;
    for (size_t i = 0; i < FILES; i++) {
        snprintf(folder->temporary[i], PATH_SIZE, "%s/temporary%zu", folder->path, i);
        snprintf(folder->place[i], PATH_SIZE, "%s/place%zu", folder->path, i);
        folder->kept[i] = (struct kept){folder->temporary[i], folder->place[i]};
        file_make(folder->temporary[i]);
    }
    *state = folder;
    return keeper_start(&folder->keeper, folder->kept, FILES, &error);
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;
    for (size_t i = 0; i < FILES; i++)
        unlink(folder->place[i]);
    int result = rmdir(folder->path); /* fails where a temporary file was left behind */
    free(folder);
    return result;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void one_is_kept_and_the_other_is_not(void **state)
{
    struct folder *folder = *state;
    assert_int_equal(keeper_settle(&folder->keeper, 1, true), 0);
    assert_true(exists(folder->place[1]));
    assert_false(exists(folder->temporary[1]));
    assert_true(exists(folder->temporary[0]));
    assert_int_equal(keeper_settle(&folder->keeper, 0, false), 0);
    keeper_end(&folder->keeper);
    assert_false(exists(folder->place[0]));
    assert_false(exists(folder->temporary[0]));
}

static void what_cannot_be_renamed_is_removed_and_told(void **state)
{
    struct folder *folder = *state;
    unlink(folder->temporary[0]);
    assert_int_equal(keeper_settle(&folder->keeper, 0, true), ENOENT);
    keeper_end(&folder->keeper);
    assert_false(exists(folder->temporary[1]));
}

static void without_a_word_all_are_removed(void **state)
{
    struct folder *folder = *state;
    kill(folder->keeper.pid, SIGTERM); /* is for the other process */
    kill(folder->keeper.pid, SIGINT);
    keeper_end(&folder->keeper);
    assert_false(exists(folder->temporary[0]));
    assert_false(exists(folder->temporary[1]));
}

/* It may be confined: what it asks for is nothing but the files that were named at the start. */
static void no_other_file_can_be_asked_for(void **state)
{
    struct folder *folder = *state;
    assert_int_equal(keeper_settle(&folder->keeper, FILES, true), ECHILD);
    keeper_end(&folder->keeper);
    assert_false(exists(folder->place[0]));
}

static void a_keeper_that_was_killed_is_told(void **state)
{
    struct folder *folder = *state;
    kill(folder->keeper.pid, SIGKILL);
    waitpid(folder->keeper.pid, NULL, 0);
    assert_int_not_equal(keeper_settle(&folder->keeper, 0, true), 0);
    keeper_end(&folder->keeper);
    for (size_t i = 0; i < FILES; i++)
        unlink(folder->temporary[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_is_kept_and_the_other_is_not, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(what_cannot_be_renamed_is_removed_and_told, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(without_a_word_all_are_removed, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(no_other_file_can_be_asked_for, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(a_keeper_that_was_killed_is_told, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
