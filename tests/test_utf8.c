/* UTF-8, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

/* The bit patterns of RFC 3629 section 3, written out. */
static size_t encode(uint32_t code, char *to)
{
    if (code < 0x80)
        return to[0] = (char)code, 1;
    if (code < 0x800)
        return to[0] = (char)(0xc0 | code >> 6), to[1] = (char)(0x80 | (code & 63)), 2;
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 63));
        to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63));
    to[3] = (char)(0x80 | (code & 63));
    return 4;
}

static void every_character_is_read_and_no_surrogate(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[4];
        uint32_t found = 0;
        size_t length = encode(code, bytes);
        size_t expected = code >= 0xd800 && code <= 0xdfff ? 0 : length;
        if (utf8_decode(bytes, length, &found) != expected || (expected != 0 && found != code))
            fail_msg("U+%04X", (unsigned)code);
        if (expected > 1 && utf8_decode(bytes, length - 1, &found) != 0)
            fail_msg("U+%04X cut short", (unsigned)code);
    }
}

static void what_is_no_character_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\x80", /* a continuation alone */
        "\xbf",
        "\xc0\x80", /* overlong NUL */
        "\xc1\xbf", /* overlong DEL */
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf", /* overlong U+07FF, U+FFFF */
        "\xed\xa0\x80",
        "\xed\xbf\xbf",     /* surrogates */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xc3(",
        "\xe2\x28\xa1",
        "\xe2\x82(",
        "\xf0\x9f\x98(",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint32_t code;
        assert_int_equal(utf8_decode(texts[i], strlen(texts[i]), &code), 0);
        assert_false(utf8_valid(texts[i], strlen(texts[i])));
    }
    uint32_t code;
    assert_int_equal(utf8_decode("", 0, &code), 0);
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("a\0\xc3\xa9", 4));
}

static void what_acts_on_a_terminal_is_told(void **state)
{
    (void)state;
    static const uint32_t controls[] = {0,      7,      0x1b,   0x1f,   0x7f,   0x80,   0x9b,  0x9f,
                                        0x061c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069};
    static const uint32_t shown[] = {0x20, 0x7e, 0xa0, 0xe9, 0x4e2d, 0x200b, 0x202f, 0x1f600};
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
        assert_true(utf8_is_control(controls[i]));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        assert_false(utf8_is_control(shown[i]));
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(utf8_columns('a'), 1);
    assert_int_equal(utf8_columns(0xe9), 1);
    assert_int_equal(utf8_columns(0x4e2d), 2);
    assert_int_equal(utf8_columns(0xac00), 2);
    assert_int_equal(utf8_columns(0x1f600), 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_read_and_no_surrogate),
        cmocka_unit_test(what_is_no_character_is_refused),
        cmocka_unit_test(what_acts_on_a_terminal_is_told),
        cmocka_unit_test(wide_characters_take_two_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
