/* RPL control messages, from bytes made by hand after RFC 6550 6 and RFC 9009 4. */
#include "icmp_message.h"

static const struct addr address_1 = {{ADDRESS_V6(1)}}, address_2 = {{ADDRESS_V6(2)}};

static void check_addr(const struct addr *addr, const struct addr *expected)
{
    assert_memory_equal(addr, expected, sizeof *addr);
}

/* A DIS that holds the options `bytes`. */
static struct icmp decode_options(const uint8_t *bytes, size_t size)
{
    uint8_t message[256] = {155, 0};
    assert_true(size <= sizeof message - 6);
    memcpy(message + 6, bytes, size);
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, 6 + size);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_OPTIONS);
    return icmp;
}

#define OPTION(name, ...)                                                                          \
    const uint8_t bytes_of_##name[] = {__VA_ARGS__};                                               \
    struct icmp icmp_of_##name = decode_options(bytes_of_##name, sizeof bytes_of_##name);          \
    const struct rpl_option *name = &icmp_of_##name.body.v6.list.rpl_options[0];                   \
    assert_int_equal(icmp_of_##name.body.v6.entry_count, 1);                                       \
    assert_true(name->decoded);                                                                    \
    assert_int_equal(name->length, sizeof bytes_of_##name)

/* ---- messages -------------------------------------------------------------------------------- */

static void test_dio(void **state)
{
    (void)state;
    const uint8_t message[] = {
        155,           1, 0, 0, 30, 240, 0x01, 0x00, 0x80 | 2 << 3 | 5, 17, 0, 0,
        ADDRESS_V6(1), 0, 1, 2, 0,  0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_RPL_INSTANCE | ICMP_V6_HAS_RPL_DIO |
                                  ICMP_V6_HAS_RPL_DODAG | ICMP_V6_HAS_OPTIONS);
    assert_int_equal(v6->of.rpl.instance, 30);
    assert_int_equal(v6->of.rpl.version, 240);
    assert_int_equal(v6->of.rpl.rank, 256);
    assert_true(v6->of.rpl.grounded);
    assert_string_equal(rpl_mode_names[v6->of.rpl.mode], "storing");
    assert_int_equal(v6->of.rpl.preference, 5);
    assert_int_equal(v6->of.rpl.dtsn, 17);
    check_addr(&v6->of.rpl.dodag_id, &address_1);
    assert_int_equal(v6->entry_count, 0); /* Pad1 and PadN are no options to tell of */
}

static void test_dao(void **state)
{
    (void)state;
    const uint8_t with[] = {155, 2, 0, 0, 30, 0xc0, 0, 9, ADDRESS_V6(2), 9, 4, 1, 2, 3, 4};
    struct icmp icmp = decode_whole(FAMILY_IPV6, with, sizeof with);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_RPL_INSTANCE | ICMP_V6_HAS_RPL_DAO |
                                           ICMP_V6_HAS_RPL_DODAG | ICMP_V6_HAS_OPTIONS);
    assert_true(icmp.body.v6.of.rpl.ack_requested);
    assert_int_equal(icmp.body.v6.of.rpl.dao_sequence, 9);
    check_addr(&icmp.body.v6.of.rpl.dodag_id, &address_2);
    assert_int_equal(icmp.body.v6.entry_count, 1);

    const uint8_t without[] = {155, 2, 0, 0, 30, 0x00, 0, 10, 9, 4, 1, 2, 3, 4};
    icmp = decode_whole(FAMILY_IPV6, without, sizeof without);
    assert_int_equal(icmp.body.v6.has,
                     ICMP_V6_HAS_RPL_INSTANCE | ICMP_V6_HAS_RPL_DAO | ICMP_V6_HAS_OPTIONS);
    assert_false(icmp.body.v6.of.rpl.ack_requested);
    assert_int_equal(icmp.body.v6.entry_count, 1);
}

/* The bit that a DODAG follows is the first one in acknowledgements, the second one in what they
 * acknowledge. */
static void test_acknowledgements(void **state)
{
    (void)state;
    static const uint8_t codes[] = {3, 8};
    for (size_t i = 0; i < sizeof codes; i++) {
        const uint8_t message[] = {155, codes[i], 0, 0, 30, 0x80, 9, 129, ADDRESS_V6(1)};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        assert_int_equal(icmp.body.v6.of.rpl.dao_sequence, 9);
        assert_int_equal(icmp.body.v6.of.rpl.status, 129);
        assert_true(icmp.body.v6.has & ICMP_V6_HAS_RPL_STATUS);
        assert_true(icmp.body.v6.has & ICMP_V6_HAS_RPL_DODAG);
    }
}

static void test_cleanup(void **state)
{
    (void)state;
    const uint8_t message[] = {155, 7, 0, 0, 30, 0x80, 5, 9};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_true(icmp.body.v6.of.rpl.ack_requested);
    assert_int_equal(icmp.body.v6.of.rpl.status, 5);
    assert_int_equal(icmp.body.v6.of.rpl.dao_sequence, 9);
    assert_false(icmp.body.v6.has & ICMP_V6_HAS_RPL_DODAG);
}

/* ---- security ---------------------------------------------------------------------------------
 */

/* A DIS with a group key and a code of 4 bytes, which is no option. */
static void test_secured(void **state)
{
    (void)state;
    const uint8_t message[] = {
        155, 0x80, 0, 0, 0x80, 0, 0 << 6 | 0, 0, 0, 0,    1,    2, /* counter */
        7,   0,    0, 9, 4,    1, 2,          3, 4, 0xde, 0xad, 0xbe, 0xef};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_RPL_SECURITY | ICMP_V6_HAS_OPTIONS);
    assert_true(v6->of.rpl.counter_is_time);
    assert_false(v6->of.rpl.encrypted);
    assert_int_equal(v6->of.rpl.counter, 258);
    assert_int_equal(v6->of.rpl.key.kept, 1);
    assert_int_equal(v6->bytes[v6->of.rpl.key.at], 7);
    assert_int_equal(v6->entry_count, 1);
    assert_int_equal(v6->entries_fault, ENTRIES_FINE);
}

static void test_encrypted(void **state)
{
    (void)state;
    const uint8_t message[] = {155, 0x81, 0, 0, 0, 0, 2 << 6 | 3, 0, 0, 0, 0, 1, 1, 2, 3, 4,
                               5,   6,    7, 8, 9, 1, 2,          3, 4, 5, 6, 7, 8, 9, 10};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_RPL_SECURITY);
    assert_true(icmp.body.v6.of.rpl.encrypted);
    assert_int_equal(icmp.body.v6.of.rpl.key_mode, 2);
    assert_int_equal(icmp.body.v6.of.rpl.level, 3);
    assert_int_equal(icmp.body.v6.of.rpl.key.kept, 9);
}

static void test_unknown_level_of_security(void **state)
{
    (void)state;
    const uint8_t message[] = {155, 0x81, 0, 0, 0, 0, 1 << 6 | 4, 0, 0, 0,
                               0,   1,    1, 2, 3, 4, 5,          6, 7, 8};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_RPL_SECURITY);
    assert_int_equal(icmp.body.v6.of.rpl.level, 4);
}

static void test_consistency_check(void **state)
{
    (void)state;
    const uint8_t message[] = {155, 0x8a, 0,  0,    0,    0,    1 << 6,        0, 0, 0,
                               0,   1,    30, 0x80, 0x12, 0x34, ADDRESS_V6(1), 0, 0, 0,
                               99,  1,    1,  1,    1};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_true(v6->has & ICMP_V6_HAS_RPL_CHECK);
    assert_int_equal(v6->of.rpl.instance, 30);
    assert_true(v6->of.rpl.response);
    assert_int_equal(v6->of.rpl.nonce, 0x1234);
    assert_int_equal(v6->of.rpl.destination_counter, 99);
    check_addr(&v6->of.rpl.dodag_id, &address_1);
    const uint8_t plain[] = {155, 0x0a, 0, 0, 30, 0x80, 0x12, 0x34, ADDRESS_V6(1), 0, 0, 0, 99};
    icmp = decode_whole(FAMILY_IPV6, plain, sizeof plain);
    assert_int_equal(icmp.body.v6.has, 0);
}

/* ---- options ----------------------------------------------------------------------------------
 */

static void test_configuration(void **state)
{
    (void)state;
    OPTION(option, 4, 14, 0x0d, 8, 12, 10, 0x07, 0x00, 0x01, 0x00, 0, 1, 0, 30, 0x00, 0x3c);
    assert_true(option->of.configuration.authenticated);
    assert_int_equal(option->of.configuration.path_control, 5);
    assert_int_equal(option->of.configuration.doublings, 8);
    assert_int_equal(option->of.configuration.minimum, 12);
    assert_int_equal(option->of.configuration.redundancy, 10);
    assert_int_equal(option->of.configuration.max_rank_increase, 1792);
    assert_int_equal(option->of.configuration.min_hop_rank_increase, 256);
    assert_int_equal(option->of.configuration.objective, 1);
    assert_int_equal(option->of.configuration.lifetime, 30);
    assert_int_equal(option->of.configuration.lifetime_unit_s, 60);
}

static void test_prefixes(void **state)
{
    (void)state;
    const struct addr prefix = {{0xfd, 0, 0, 0, 0, 0, 0, 1}};
    OPTION(target, 5, 18, 0, 128, ADDRESS_V6(2));
    assert_int_equal(target->of.prefix.length, 128);
    check_addr(&target->of.prefix.prefix, &address_2);
    OPTION(cut, 5, 10, 0, 64, 0xfd, 0, 0, 0, 0, 0, 0, 1);
    check_addr(&cut->of.prefix.prefix, &prefix);
    OPTION(route, 3, 14, 64, 0x08, 0, 0, 0x0e, 0x10, 0xfd, 0, 0, 0, 0, 0, 0, 1);
    assert_int_equal(route->of.prefix.preference, 1);
    assert_int_equal(route->of.prefix.lifetime_s, 3600);
    check_addr(&route->of.prefix.prefix, &prefix);
    OPTION(whole, 8, 30, 64, 0x60, 0, 0, 0, 60, 0, 0, 0, 30, 0, 0, 0, 0, ADDRESS_V6(1));
    assert_false(whole->of.prefix.on_link);
    assert_true(whole->of.prefix.autonomous && whole->of.prefix.router_address);
    assert_int_equal(whole->of.prefix.lifetime_s, 60);
    assert_int_equal(whole->of.prefix.preferred_s, 30);
    check_addr(&whole->of.prefix.prefix, &address_1);
}

static void test_transit(void **state)
{
    (void)state;
    OPTION(with, 6, 20, 0x80, 0x40, 5, 255, ADDRESS_V6(1));
    assert_true(with->of.transit.external && with->of.transit.has_parent);
    assert_int_equal(with->of.transit.path_control, 0x40);
    assert_int_equal(with->of.transit.sequence, 5);
    assert_int_equal(with->of.transit.lifetime, 255);
    check_addr(&with->of.transit.parent, &address_1);
    OPTION(without, 6, 4, 0, 0, 0, 0);
    assert_false(without->of.transit.external || without->of.transit.has_parent);
}

static void test_solicited_and_the_rest(void **state)
{
    (void)state;
    OPTION(solicited, 7, 19, 30, 0xa0, ADDRESS_V6(1), 3);
    assert_int_equal(solicited->of.solicited.instance, 30);
    assert_true(solicited->of.solicited.by_version && solicited->of.solicited.by_dodag);
    assert_false(solicited->of.solicited.by_instance);
    assert_int_equal(solicited->of.solicited.version, 3);
    OPTION(descriptor, 9, 4, 1, 2, 3, 4);
    assert_int_equal(descriptor->of.descriptor, 0x01020304);
    OPTION(metrics, 2, 6, 7, 0, 0, 2, 0, 128);
    assert_int_equal(metrics->of.data.kept, 6);
    OPTION(unknown, 200, 2, 1, 2);
    assert_int_equal(unknown->of.data.kept, 2);
    assert_null(rpl_option_name(200));
}

static void test_options_beyond_the_message(void **state)
{
    (void)state;
    const uint8_t beyond[] = {155, 0, 0, 0, 0, 0, 5, 18, 0, 128};
    struct icmp icmp = decode_whole(FAMILY_IPV6, beyond, sizeof beyond);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
    const uint8_t half[] = {155, 0, 0, 0, 0, 0, 5};
    icmp = decode_whole(FAMILY_IPV6, half, sizeof half);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
    assert_int_equal(icmp.body.v6.entry_count, 0);
}

static void test_every_code_and_option_cut_at_every_byte(void **state)
{
    (void)state;
    uint8_t message[96];
    struct headers ip = make_ip(FAMILY_IPV6, sizeof message);
    for (unsigned i = 0; i < 256; i++) {
        for (size_t captured = 2; captured <= sizeof message; captured++) {
            struct icmp icmp;
            memset(message, (int)i, sizeof message);
            message[0] = 155;
            message[1] = (uint8_t)i;
            assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
            assert_true(icmp.body.v6.entries_kept <= V6_ENTRIES_MAX);
            memset(message + 6, (int)i, sizeof message - 6);
            message[1] = 0;
            message[4] = message[5] = 0;
            assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
            assert_true(icmp.body.v6.bytes_used <= V6_BYTES_MAX);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dio),
        cmocka_unit_test(test_dao),
        cmocka_unit_test(test_acknowledgements),
        cmocka_unit_test(test_cleanup),
        cmocka_unit_test(test_secured),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_unknown_level_of_security),
        cmocka_unit_test(test_consistency_check),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_transit),
        cmocka_unit_test(test_solicited_and_the_rest),
        cmocka_unit_test(test_options_beyond_the_message),
        cmocka_unit_test(test_every_code_and_option_cut_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
