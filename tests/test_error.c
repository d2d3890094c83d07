/* Error texts: one line, the first one wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void nothing_is_set_at_first(void **state)
{
    (void)state;
    struct error error = {""};
    assert_false(error_is_set(&error));
}

static void the_first_error_wins(void **state)
{
    (void)state;
    struct error error = {""};
    assert_int_equal(error_set(&error, "at offset %d", 24), -1);
    assert_int_equal(error_set(&error, "something else"), -1);
    assert_string_equal(error.text, "at offset 24");
    assert_true(error_is_set(&error));
}

static void control_characters_do_not_get_through(void **state)
{
    (void)state;
    struct error error = {""};
    error_set(&error, "%s", "a\nb\033[31mc\x7f \x9b \xc2\x9b \xe2\x80\xae \xc3\xa9");
    assert_string_equal(error.text, "a?b?[31mc? ? ?? ??? \xc3\xa9");
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    char text[ERROR_TEXT_SIZE + 100];
    struct error error = {""};
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    error_set(&error, "%s", text);
    assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, "unheard"), -1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_set_at_first),
    cmocka_unit_test(the_first_error_wins),
    cmocka_unit_test(control_characters_do_not_get_through),
    cmocka_unit_test(a_long_text_is_cut),
    cmocka_unit_test(nobody_needs_to_listen),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
