/* Amounts as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/quantity.h"

static void sizes_have_the_letters_of_powers_of_1024(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = {
        {"0", 0},
        {"12", 12},
        {"1K", 1024},
        {"1k", 1024},
        {"2KiB", 2048},
        {"48M", 50331648},
        {"48mib", 50331648},
        {"1G", 1073741824},
        {"3GiB", 3221225472},
        {"1T", 1099511627776},
        {"18446744073709551615", UINT64_MAX},
        {"17179869183G", UINT64_MAX - 0x3fffffff},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t bytes = 1;
        assert_int_equal(quantity_bytes(rows[i].text, &bytes), 0);
        assert_int_equal(bytes, rows[i].bytes);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "K",
        "M1",
        "-1",
        "+1",
        " 1",
        "1 M",
        "1MB",
        "1.5M",
        "1Mi",
        "1iB",
        "1KiBi",
        "0x10",
        "1KM",
        "1P",
        "18446744073709551616",
        "17179869184G",
        "99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint64_t bytes = 7;
        if (quantity_bytes(texts[i], &bytes) != -1)
            fail_msg("'%s' was taken", texts[i]);
        assert_int_equal(bytes, 7);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(sizes_have_the_letters_of_powers_of_1024),
    cmocka_unit_test(anything_else_is_refused),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
