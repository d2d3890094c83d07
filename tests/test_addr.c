/* Addresses as text and in order. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"

static struct addr ipv6(const char *text)
{
    uint8_t bytes[16];
    assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
    return addr_from_ipv6(bytes);
}

static struct addr ipv4(const char *text)
{
    uint8_t bytes[4];
    assert_int_equal(inet_pton(AF_INET, text, bytes), 1);
    return addr_from_ipv4(bytes);
}

static void ipv4_is_written_in_decimal(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.0.0.0",      "1.2.3.4",         "10.20.99.100",
                                        "127.0.0.1",    "192.168.1.105",   "255.255.255.255",
                                        "9.10.109.110", "200.100.101.199", "100.9.0.250"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char buf[ADDR_TEXT_SIZE];
        assert_string_equal(addr_format(ipv4(texts[i]), FAMILY_IPV4, buf, sizeof buf), texts[i]);
    }
}

/* All numbers, at each of the four places. */
static void every_number_is_written(void **state)
{
    (void)state;
    for (int place = 0; place < 4; place++)
        for (unsigned number = 0; number < 256; number++) {
            uint8_t bytes[4] = {7, 42, 199, 0};
            char ours[ADDR_TEXT_SIZE], systems[ADDR_TEXT_SIZE];
            bytes[place] = (uint8_t)number;
            addr_format(addr_from_ipv4(bytes), FAMILY_IPV4, ours, sizeof ours);
            assert_string_equal(ours, inet_ntop(AF_INET, bytes, systems, sizeof systems));
        }
}

/* All groups, between others; no other is zero. */
static void every_group_is_written(void **state)
{
    (void)state;
    for (unsigned group = 0; group < 65536; group++) {
        uint8_t bytes[16] = {0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6};
        char ours[ADDR_TEXT_SIZE], systems[ADDR_TEXT_SIZE];
        bytes[8] = (uint8_t)(group >> 8);
        bytes[9] = (uint8_t)group;
        addr_format(addr_from_ipv6(bytes), FAMILY_IPV6, ours, sizeof ours);
        assert_string_equal(ours, inet_ntop(AF_INET6, bytes, systems, sizeof systems));
    }
}

/* Of any address, no more is written over than is said. */
static void nothing_is_written_beyond_the_room(void **state)
{
    (void)state;
    const struct addr longest = ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    const struct addr mapped = ipv6("::ffff:255.255.255.255");
    const struct addr *const addrs[] = {&longest, &mapped};
    for (size_t i = 0; i < sizeof addrs / sizeof addrs[0]; i++) {
        char text[ADDR_ROOM + 1], buf[ADDR_TEXT_SIZE];
        text[ADDR_ROOM] = 'x';
        *addr_put(text, addrs[i], FAMILY_IPV6) = '\0';
        assert_int_equal(text[ADDR_ROOM], 'x');
        assert_string_equal(text, addr_format(*addrs[i], FAMILY_IPV6, buf, sizeof buf));
    }
    char none[1] = {'x'};
    assert_ptr_equal(addr_put(none, &longest, FAMILY_NONE), none);
}

/* From RFC 5952 section 4 and 5. */
static void ipv6_is_written_as_rfc_5952_says(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"2001:0db8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8::0:1", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* one group is not shortened */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* the longest run */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* the first of equal runs */
        {"2001:DB8::ABCD", "2001:db8::abcd"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"::ffff:0:0", "::ffff:0.0.0.0"},
        {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"fe80::1234:0:5678", "fe80::1234:0:5678"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char buf[ADDR_TEXT_SIZE];
        addr_format(ipv6(pairs[i][0]), FAMILY_IPV6, buf, sizeof buf);
        assert_string_equal(buf, pairs[i][1]);
    }
}

/* Every pattern of zero and non-zero groups, with short and long ones. */
static void ipv6_equals_inet_ntop(void **state)
{
    (void)state;
    static const uint16_t values[] = {0x1, 0x10, 0xabc, 0xffff};
    for (unsigned pattern = 0; pattern < 256 * 4; pattern++) {
        uint8_t bytes[16] = {0};
        for (unsigned group = 0; group < 8; group++) {
            uint16_t value = pattern >> group & 1 ? values[(group + pattern / 256) % 4] : 0;
            bytes[2 * group] = (uint8_t)(value >> 8);
            bytes[2 * group + 1] = (uint8_t)value;
        }
        char ours[ADDR_TEXT_SIZE], systems[INET6_ADDRSTRLEN];
        addr_format(addr_from_ipv6(bytes), FAMILY_IPV6, ours, sizeof ours);
        assert_non_null(inet_ntop(AF_INET6, bytes, systems, sizeof systems));
        assert_string_equal(ours, systems);
    }
}

static void no_family_or_a_short_buffer_gives_nothing(void **state)
{
    (void)state;
    char buf[ADDR_TEXT_SIZE] = "before";
    assert_string_equal(addr_format(ipv4("1.2.3.4"), FAMILY_NONE, buf, sizeof buf), "");
    strcpy(buf, "before");
    assert_string_equal(addr_format(ipv4("1.2.3.4"), FAMILY_IPV4, buf, 8), "");
    assert_int_equal(buf[1], 'e');
    buf[0] = 'x';
    addr_format(ipv4("1.2.3.4"), FAMILY_IPV4, buf, 0);
    assert_int_equal(buf[0], 'x');
}

static void order_is_that_of_the_wire(void **state)
{
    (void)state;
    struct addr low = ipv4("10.0.0.255"), high = ipv4("10.0.1.0");
    assert_true(addr_compare(&low, &high) < 0);
    assert_true(addr_compare(&high, &low) > 0);
    assert_int_equal(addr_compare(&low, &low), 0);
}

static void an_ipv4_address_leaves_the_rest_zero(void **state)
{
    (void)state;
    struct addr a = ipv4("1.2.3.4"), b = ipv6("102:304::");
    assert_int_equal(addr_compare(&a, &b), 0);
}

static void multicast_and_broadcast_are_told(void **state)
{
    (void)state;
    struct addr addr = ipv4("224.0.0.1");
    assert_true(addr_is_multicast(&addr, FAMILY_IPV4));
    assert_false(addr_is_multicast(&addr, FAMILY_NONE));
    addr = ipv4("239.255.255.255");
    assert_true(addr_is_multicast(&addr, FAMILY_IPV4));
    addr = ipv4("255.255.255.255");
    assert_true(addr_is_multicast(&addr, FAMILY_IPV4));
    addr = ipv4("223.255.255.255");
    assert_false(addr_is_multicast(&addr, FAMILY_IPV4));
    addr = ipv4("240.0.0.1");
    assert_false(addr_is_multicast(&addr, FAMILY_IPV4));
    addr = ipv6("ff02::1");
    assert_true(addr_is_multicast(&addr, FAMILY_IPV6));
    addr = ipv6("fe80::1");
    assert_false(addr_is_multicast(&addr, FAMILY_IPV6));
}

static void the_unspecified_address_is_told(void **state)
{
    (void)state;
    struct addr addr = ipv6("::");
    assert_true(addr_is_unspecified(&addr));
    addr = ipv6("::1");
    assert_false(addr_is_unspecified(&addr));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(ipv4_is_written_in_decimal),
    cmocka_unit_test(every_number_is_written),
    cmocka_unit_test(every_group_is_written),
    cmocka_unit_test(nothing_is_written_beyond_the_room),
    cmocka_unit_test(ipv6_is_written_as_rfc_5952_says),
    cmocka_unit_test(ipv6_equals_inet_ntop),
    cmocka_unit_test(no_family_or_a_short_buffer_gives_nothing),
    cmocka_unit_test(order_is_that_of_the_wire),
    cmocka_unit_test(an_ipv4_address_leaves_the_rest_zero),
    cmocka_unit_test(multicast_and_broadcast_are_told),
    cmocka_unit_test(the_unspecified_address_is_told),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
