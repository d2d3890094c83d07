/* Waiting for bytes: who is called meanwhile, and what ends it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/wait.h"

/* What is done in the pauses of a wait. */
struct pauses {
    int made, most; /* the last of them says that it is over */
    int fill;       /* what the second one writes a byte to; or -1 */
    int drain;      /* what each reads, if it can; or -1 */
};

static bool on_pause(void *context)
{
    struct pauses *pauses = context;
    char bytes[8];
    pauses->made++;
    if (pauses->drain >= 0)
        assert_int_equal(read(pauses->drain, bytes, sizeof bytes), 1);
    if (pauses->fill >= 0 && pauses->made == 2)
        assert_int_equal(write(pauses->fill, "x", 1), 1);
    return pauses->made < pauses->most;
}

struct pipes {
    int data[2], watched[2];
};

static int set_up(void **state)
{
    static struct pipes pipes;
    *state = &pipes;
    return pipe(pipes.data) != 0 || pipe(pipes.watched) != 0;
}

static int tear_down(void **state)
{
    struct pipes *pipes = *state;
    for (int i = 0; i < 2; i++) {
        close(pipes->data[i]);
        close(pipes->watched[i]);
    }
    return 0;
}

static void pauses_are_made_until_something_comes(void **state)
{
    struct pipes *pipes = *state;
    struct pauses pauses = {.most = 10, .fill = pipes->data[1], .drain = -1};
    const struct wait wait = {.pause = on_pause, .context = &pauses};
    char byte = 0;
    assert_int_equal(wait_read(&wait, pipes->data[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(pauses.made, 2);
}

static void no_pause_is_made_where_something_is_there(void **state)
{
    struct pipes *pipes = *state;
    struct pauses pauses = {.most = 10, .fill = -1, .drain = -1};
    const struct wait wait = {.pause = on_pause, .context = &pauses};
    char bytes[4];
    assert_int_equal(write(pipes->data[1], "abc", 3), 3);
    assert_int_equal(wait_read(&wait, pipes->data[0], bytes, sizeof bytes), 3);
    assert_int_equal(pauses.made, 0);
}

static void the_end_of_a_pipe_is_something(void **state)
{
    struct pipes *pipes = *state;
    struct pauses pauses = {.most = 10, .fill = -1, .drain = -1};
    const struct wait wait = {.pause = on_pause, .context = &pauses};
    char byte;
    close(pipes->data[1]);
    pipes->data[1] = dup(pipes->watched[1]); /* for tear_down() */
    assert_int_equal(wait_read(&wait, pipes->data[0], &byte, 1), 0);
    assert_int_equal(pauses.made, 0);
}

static void a_pause_can_end_it(void **state)
{
    struct pipes *pipes = *state;
    struct pauses pauses = {.most = 3, .fill = -1, .drain = -1};
    const struct wait wait = {.pause = on_pause, .context = &pauses};
    char byte;
    errno = 0;
    assert_int_equal(wait_read(&wait, pipes->data[0], &byte, 1), -1);
    assert_int_equal(errno, EINTR);
    assert_int_equal(pauses.made, 3);
}

static void what_is_watched_is_told_at_once(void **state)
{
    struct pipes *pipes = *state;
    struct pauses pauses = {.most = 1, .fill = -1, .drain = pipes->watched[0]};
    const struct wait wait = {
        .watched = &pipes->watched[0], .watched_count = 1, .pause = on_pause, .context = &pauses};
    struct pollfd polled = {.fd = pipes->data[0], .events = POLLIN};
    assert_int_equal(write(pipes->watched[1], "w", 1), 1);
    assert_int_equal(wait_once(&wait, &polled, 1), -1); /* drained, and that was all */
    assert_int_equal(pauses.made, 1);
}

static void what_is_watched_does_not_hide_what_came(void **state)
{
    struct pipes *pipes = *state;
    struct pauses pauses = {.most = 10, .fill = -1, .drain = pipes->watched[0]};
    const struct wait wait = {
        .watched = &pipes->watched[0], .watched_count = 1, .pause = on_pause, .context = &pauses};
    struct pollfd polled = {.fd = pipes->data[0], .events = POLLIN};
    assert_int_equal(write(pipes->watched[1], "w", 1), 1);
    assert_int_equal(write(pipes->data[1], "d", 1), 1);
    assert_int_equal(wait_once(&wait, &polled, 1), 1);
    assert_true(polled.revents & POLLIN);
    assert_int_equal(pauses.made, 1);
}

static void a_stop_ends_it_without_a_signal(void **state)
{
    struct pipes *pipes = *state;
    static const volatile sig_atomic_t stop = 1;
    const struct wait wait = {.stop = &stop};
    char byte;
    errno = 0;
    assert_int_equal(wait_read(&wait, pipes->data[0], &byte, 1), -1);
    assert_int_equal(errno, EINTR);
}

static void what_is_there_is_read_although_it_is_stopped(void **state)
{
    struct pipes *pipes = *state;
    static const volatile sig_atomic_t stop = 1;
    const struct wait wait = {.stop = &stop};
    char byte;
    assert_int_equal(write(pipes->data[1], "d", 1), 1);
    assert_int_equal(wait_read(&wait, pipes->data[0], &byte, 1), 1);
}

static void several_are_polled_together(void **state)
{
    struct pipes *pipes = *state;
    const struct wait wait = {.stop = NULL};
    struct pollfd polled[] = {{.fd = pipes->data[0], .events = POLLIN},
                              {.fd = pipes->watched[0], .events = POLLIN}};
    assert_int_equal(write(pipes->watched[1], "w", 1), 1);
    assert_int_equal(wait_once(&wait, polled, 2), 1);
    assert_int_equal(polled[0].revents, 0);
    assert_int_equal(polled[1].revents, POLLIN);
}

static void without_a_wait_it_is_a_read(void **state)
{
    struct pipes *pipes = *state;
    char byte = 0;
    assert_int_equal(write(pipes->data[1], "d", 1), 1);
    assert_int_equal(wait_read(NULL, pipes->data[0], &byte, 1), 1);
    assert_int_equal(byte, 'd');
    assert_false(wait_is_stopped(NULL));
}

static void what_cannot_be_read_fails(void **state)
{
    (void)state;
    const struct wait wait = {.stop = NULL};
    char byte;
    errno = 0;
    assert_int_equal(wait_read(&wait, STDIN_FILENO + 1000, &byte, 1), -1);
    assert_int_equal(errno, EBADF);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    TEST(pauses_are_made_until_something_comes),
    TEST(no_pause_is_made_where_something_is_there),
    TEST(the_end_of_a_pipe_is_something),
    TEST(a_pause_can_end_it),
    TEST(what_is_watched_is_told_at_once),
    TEST(what_is_watched_does_not_hide_what_came),
    TEST(a_stop_ends_it_without_a_signal),
    TEST(what_is_there_is_read_although_it_is_stopped),
    TEST(several_are_polled_together),
    TEST(without_a_wait_it_is_a_read),
    TEST(what_cannot_be_read_fails),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
