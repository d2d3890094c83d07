/* What stands in records and in text for people in place of what acts on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/escape.h"

static void text_for_people_is_escaped_once(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"plain \\ \"text\"", "plain \\ \"text\""},
        {"\033]0;x\007", "\\x1b]0;x\\x07"},
        {"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
        {"\xc2\x9bJ \u202e", "\\u009bJ \\u202e"},
        {"caf\u00e9", "caf\u00e9"},
        {"caf\xe9", "caf\\xe9"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char once[64], twice[64];
        bool whole;
        size_t size = escape_plain(once, sizeof once, pairs[i][0], strlen(pairs[i][0]), &whole);
        assert_true(whole);
        assert_int_equal(size, strlen(pairs[i][1]));
        assert_memory_equal(once, pairs[i][1], size);
        assert_int_equal(escape_plain(twice, sizeof twice, once, size, &whole), size);
        assert_memory_equal(once, twice, size);
    }
}

static void escapes_stop_at_a_whole_character(void **state)
{
    (void)state;
    char to[8];
    bool whole;
    assert_int_equal(escape_json(to, 5, "a\u00e9\u00e9b", 6, &whole), 5);
    assert_false(whole);
    assert_int_equal(escape_json(to, 4, "a\u00e9\u00e9b", 6, &whole), 3);
    assert_int_equal(escape_json(to, 7, "ab\ncd", 5, &whole), 2); /* \u000a needs six */
    assert_int_equal(escape_json(to, 8, "ab\ncd", 5, &whole), 8);
    assert_memory_equal(to, "ab\\u000a", 8);
    assert_int_equal(escape_json(to, 0, "ab", 2, &whole), 0);
    assert_false(whole);
    assert_int_equal(escape_json(to, 0, "", 0, &whole), 0);
    assert_true(whole);
}

/* Each byte at each place among printable ones: only 0x20 to 0x7e need no escape anywhere. */
static void what_needs_an_escape_is_found_anywhere(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 18; at++) {
            char text[18];
            memset(text, '~', sizeof text);
            text[at] = (char)byte;
            bool printable = byte >= 0x20 && byte <= 0x7e;
            assert_int_equal(escape_is_needless(text, sizeof text), printable);
            assert_true(escape_is_needless(text, at));
        }
}

/* Room is what counts, whether a text goes the short way or not. */
static void utf8_stops_where_the_room_does(void **state)
{
    (void)state;
    bool whole;
    char to[8];
    assert_int_equal(escape_utf8(to, 3, "abcd", 4, &whole), 3);
    assert_false(whole);
    assert_memory_equal(to, "abc", 3);
    assert_int_equal(escape_utf8(to, 4, "ab\"\\", 4, &whole), 4);
    assert_true(whole);
    assert_memory_equal(to, "ab\"\\", 4);
    assert_int_equal(escape_utf8(to, 8, "a\xff", 2, &whole), 5);
    assert_memory_equal(to, "a\\xff", 5);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_for_people_is_escaped_once),
        cmocka_unit_test(escapes_stop_at_a_whole_character),
        cmocka_unit_test(what_needs_an_escape_is_found_anywhere),
        cmocka_unit_test(utf8_stops_where_the_room_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
