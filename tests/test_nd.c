/* Neighbor Discovery: its messages and the walk over their options, from bytes made by hand after
 * the RFCs.
 */
#include "icmp_message.h"

#define SOLICITATION 133, 0, 0, 0, 0, 0, 0, 0

static const struct addr address_1 = {{ADDRESS_V6(1)}}, address_2 = {{ADDRESS_V6(2)}};

static void check_addr(const struct addr *addr, const struct addr *expected)
{
    assert_memory_equal(addr, expected, sizeof *addr);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void test_router_advertisement(void **state)
{
    (void)state;
    const uint8_t message[] = {134, 0, 0,    0,    64, 0xc8, 0x07, 0x08, /* M O, high; 1800 s */
                               0,   0, 0x75, 0x30, 0,  0,    0x03, 0xe8, LINK_LAYER_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct nd_router *router = &icmp.body.v6.of.router;
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_ROUTER | ICMP_V6_HAS_OPTIONS);
    assert_int_equal(router->hop_limit, 64);
    assert_true(router->managed && router->other_config);
    assert_false(router->home_agent || router->proxy || router->snac);
    assert_string_equal(nd_preference_names[router->preference], "high");
    assert_int_equal(router->lifetime_s, 1800);
    assert_int_equal(router->reachable_ms, 30000);
    assert_int_equal(router->retransmit_ms, 1000);
    assert_int_equal(icmp.body.v6.entry_count, 1);
}

static void test_each_flag_of_a_router_advertisement(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 8; bit++) {
        const uint8_t message[16] = {134, 0, 0, 0, 0, (uint8_t)(1u << bit)};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        const struct nd_router *router = &icmp.body.v6.of.router;
        assert_int_equal(router->managed, bit == 7);
        assert_int_equal(router->other_config, bit == 6);
        assert_int_equal(router->home_agent, bit == 5);
        assert_int_equal(router->preference, bit == 4 ? 2 : bit == 3 ? 1 : 0);
        assert_int_equal(router->proxy, bit == 2);
        assert_int_equal(router->snac, bit == 1);
    }
}

static void test_neighbor_solicitation(void **state)
{
    (void)state;
    const uint8_t message[] = {135, 0, 0, 0, 0, 0, 0, 0, ADDRESS_V6(1), LINK_LAYER_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.has, ICMP_HAS_TARGET);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_OPTIONS);
    check_addr(&icmp.target, &address_1);
    assert_int_equal(icmp.body.v6.entry_count, 1);
}

static void test_neighbor_advertisement(void **state)
{
    (void)state;
    for (unsigned bit = 5; bit < 8; bit++) {
        const uint8_t message[] = {136, 0, 0, 0, (uint8_t)(1u << bit), 0, 0, 0, ADDRESS_V6(2)};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        check_addr(&icmp.target, &address_2);
        assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_NEIGHBOR | ICMP_V6_HAS_OPTIONS);
        assert_int_equal(icmp.body.v6.of.neighbor.router, bit == 7);
        assert_int_equal(icmp.body.v6.of.neighbor.solicited, bit == 6);
        assert_int_equal(icmp.body.v6.of.neighbor.override, bit == 5);
    }
}

static void test_redirect_has_its_options(void **state)
{
    (void)state;
    const uint8_t message[] = {REDIRECT_V6, LINK_LAYER_OPTION, REDIRECTED_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_true(icmp.has & ICMP_HAS_QUOTE);
    assert_int_equal(icmp.body.v6.entry_count, 2);
    assert_int_equal(icmp.body.v6.list.options[0].type, 2);
    assert_int_equal(icmp.body.v6.list.options[1].type, 4);
    assert_int_equal(icmp.body.v6.list.options[1].of.number, 48);
}

static void test_inverse_discovery(void **state)
{
    (void)state;
    for (uint8_t type = 141; type <= 142; type++) {
        const uint8_t message[] = {
            type, 0, 0, 0, 0, 0, 0, 0, 9, 5, 0, 0, 0, 0, 0, 0, ADDRESS_V6(1), ADDRESS_V6(2)};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        const struct icmp_v6 *v6 = &icmp.body.v6;
        assert_int_equal(v6->entry_count, 1);
        assert_int_equal(v6->list.options[0].of.list.entries.kept, 2);
        check_addr(&v6->addresses[1], &address_2);
    }
}

/* ---- hostile options --------------------------------------------------------------------------
 */

static void test_registered_options_have_names(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        bool registered = (type >= 1 && type <= 42 && type != 22) || type == 138 || type == 139 ||
                          type == 144 || type == 253 || type == 254;
        assert_int_equal(nd_option_name((uint8_t)type) != NULL, registered);
    }
}

static void test_an_option_of_no_length_ends_them(void **state)
{
    (void)state;
    const uint8_t message[] = {SOLICITATION, LINK_LAYER_OPTION, 1, 0, 1, 2, 3, 4, 5, 6};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_ZERO_LENGTH);
    assert_int_equal(icmp.body.v6.entry_count, 1);
}

static void test_an_option_beyond_the_message(void **state)
{
    (void)state;
    const uint8_t message[] = {SOLICITATION, 3, 4, 64, 0, 0, 0, 0, 0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
    assert_int_equal(icmp.body.v6.entry_count, 1);
    assert_false(icmp.body.v6.list.options[0].decoded);
    const uint8_t half[] = {SOLICITATION, 3};
    icmp = decode_whole(FAMILY_IPV6, half, sizeof half);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
}

static void test_what_the_capture_cut_is_no_fault(void **state)
{
    (void)state;
    const uint8_t message[] = {SOLICITATION, LINK_LAYER_OPTION, LINK_LAYER_OPTION};
    struct headers ip = make_ip(FAMILY_IPV6, sizeof message);
    for (size_t captured = 9; captured < sizeof message; captured++) {
        struct icmp icmp;
        assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
        assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_FINE);
    }
}

static void test_more_options_than_are_kept(void **state)
{
    (void)state;
    uint8_t message[8 + 20 * 8] = {SOLICITATION};
    for (unsigned i = 0; i < 20; i++)
        memcpy(message + 8 + i * 8, (const uint8_t[]){LINK_LAYER_OPTION}, 8);
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.entry_count, 20);
    assert_int_equal(icmp.body.v6.entries_kept, V6_ENTRIES_MAX);
    assert_int_equal(icmp.body.v6.bytes_used, 16 * 6);
}

/* Every type and length, the message cut at every byte: what is read stays inside. */
static void test_every_option_with_every_length(void **state)
{
    (void)state;
    uint8_t message[8 + 48];
    for (unsigned type = 0; type < 256; type++) {
        for (unsigned length = 0; length < 256; length += length < 8 ? 1 : 49) {
            memset(message, (int)(type * 7 + length), sizeof message);
            memcpy(message, (const uint8_t[]){SOLICITATION, (uint8_t)type, (uint8_t)length}, 10);
            struct headers ip = make_ip(FAMILY_IPV6, sizeof message);
            for (size_t captured = 8; captured <= sizeof message; captured++) {
                struct icmp icmp;
                assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
                const struct icmp_v6 *v6 = &icmp.body.v6;
                assert_true(v6->entries_kept <= V6_ENTRIES_MAX);
                assert_true(v6->entries_kept <= v6->entry_count);
                assert_true(v6->bytes_used <= V6_BYTES_MAX);
                assert_true(v6->addresses_used <= V6_ADDRESSES_MAX);
                if (length == 0 && captured > 9)
                    assert_int_equal(v6->entries_fault, ENTRIES_ZERO_LENGTH);
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_router_advertisement),
        cmocka_unit_test(test_each_flag_of_a_router_advertisement),
        cmocka_unit_test(test_neighbor_solicitation),
        cmocka_unit_test(test_neighbor_advertisement),
        cmocka_unit_test(test_redirect_has_its_options),
        cmocka_unit_test(test_inverse_discovery),
        cmocka_unit_test(test_registered_options_have_names),
        cmocka_unit_test(test_an_option_of_no_length_ends_them),
        cmocka_unit_test(test_an_option_beyond_the_message),
        cmocka_unit_test(test_what_the_capture_cut_is_no_fault),
        cmocka_unit_test(test_more_options_than_are_kept),
        cmocka_unit_test(test_every_option_with_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
