/* Where --metrics listens. */
#include "command/metrics_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void addresses_and_ports_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *url;
    } rows[] = {
        {"9123", "http://127.0.0.1:9123/metrics"},
        {"0", "http://127.0.0.1:0/metrics"},
        {"65535", "http://127.0.0.1:65535/metrics"},
        {"192.0.2.1:80", "http://192.0.2.1:80/metrics"},
        {"0.0.0.0:00080", "http://0.0.0.0:80/metrics"},
        {"[::]:9123", "http://[::]:9123/metrics"},
        {"[2001:db8::1]:9123", "http://[2001:db8::1]:9123/metrics"},
        {"[2001:0db8:0000:0000:0000:0000:192.168.100.200]:9123",
         "http://[2001:db8::c0a8:64c8]:9123/metrics"},
    };
    char url[METRICS_URL_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct metrics_address address;
        assert_int_equal(metrics_address_parse(&address, rows[i].text), 0);
        assert_string_equal(metrics_address_url(&address, url, sizeof url), rows[i].url);
    }
}

static void all_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        ":",
        ":9123",
        "9123:",
        "65536",
        "100000",
        "0x50",
        "+80",
        "-1",
        " 80",
        "80 ",
        "localhost:80",
        "192.0.2:80",
        "1.2.3.4",
        "192.0.2.1:",
        "::1:9123",
        "[::1]",
        "[::1]:",
        "[]:80",
        "[:80",
        "]:80",
        "[::1:80",
        "::1]:80",
        "[192.0.2.1]:80",
        "[::1]x:80",
        "[[::1]]:80",
        "[fe80::1%lo]:80",
        "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:80",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct metrics_address address;
        if (metrics_address_parse(&address, texts[i]) != -1)
            fail_msg("taken: %s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_ports_are_read),
        cmocka_unit_test(all_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
