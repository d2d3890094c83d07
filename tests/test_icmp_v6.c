/* The bodies of ICMPv6 messages that have no test of their own, from bytes made by hand after the
 * RFCs: renumbering, node information, mobility, certification paths, registration. */
#include "icmp_message.h"

static const struct addr address_1 = {{ADDRESS_V6(1)}}, address_2 = {{ADDRESS_V6(2)}};

static void check_addr(const struct addr *addr, const struct addr *expected)
{
    assert_memory_equal(addr, expected, sizeof *addr);
}

/* ---- renumbering (RFC 2894 3) -----------------------------------------------------------------
 */

static void test_renumbering_command(void **state)
{
    (void)state;
    const uint8_t message[] = {138, 0, 0, 0, 1, 2, 3,  4,  5,  0xe8, 0x03, 0xe8,         0,
                               0,   0, 0, 2, 3, 1, 48, 48, 64, 0,    0,    ADDRESS_V6(1)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct renumbering *told = &icmp.body.v6.of.renumbering;
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_RENUMBERING | ICMP_V6_HAS_RENUMBERED);
    assert_int_equal(told->sequence, 0x01020304);
    assert_int_equal(told->segment, 5);
    assert_true(told->test && told->result_wanted && told->all_interfaces && told->processed);
    assert_false(told->site_specific);
    assert_int_equal(told->max_delay_ms, 1000);
    assert_int_equal(told->operation, 2);
    assert_int_equal(told->match_length, 48);
    check_addr(&told->match_prefix, &address_1);
}

static void test_renumbering_result(void **state)
{
    (void)state;
    uint8_t message[16 + 28] = {138, 1, 0, 0, 0, 0, 0, 9, 0, 0x10};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_RENUMBERING);
    assert_int_equal(icmp.body.v6.of.renumbering.sequence, 9);
    assert_true(icmp.body.v6.of.renumbering.site_specific);
}

/* ---- node information (RFC 4620 4) -------------------------------------------------------------
 */

#define NODE_INFO(type, code, qtype, flags)                                                        \
    type, code, 0, 0, 0, qtype, 0, flags, 1, 2, 3, 4, 5, 6, 7, 8

static void test_query_about_an_address(void **state)
{
    (void)state;
    const uint8_t v6[] = {NODE_INFO(139, 0, 2, 0), ADDRESS_V6(1)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, v6, sizeof v6);
    const struct node_info *info = &icmp.body.v6.of.node_info;
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_NODE_INFO | ICMP_V6_HAS_SUBJECT);
    assert_int_equal(info->qtype, 2);
    assert_memory_equal(info->nonce, "\1\2\3\4\5\6\7\10", 8);
    assert_int_equal(info->subject_family, FAMILY_IPV6);
    check_addr(&info->subject, &address_1);

    const uint8_t v4[] = {NODE_INFO(139, 2, 4, 2), 192, 0, 2, 9};
    const struct addr subject = {{192, 0, 2, 9}};
    icmp = decode_whole(FAMILY_IPV6, v4, sizeof v4);
    assert_int_equal(info->subject_family, FAMILY_IPV4);
    assert_int_equal(info->flags, 2);
    check_addr(&info->subject, &subject);
}

static void test_query_about_a_name(void **state)
{
    (void)state;
    const uint8_t message[] = {NODE_INFO(139, 1, 3, 0x3e), 4, 'h', 'o', 's', 't', 0, 0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_NODE_INFO | ICMP_V6_HAS_NAMES);
    assert_int_equal(v6->of.node_info.flags, 0x3e);
    assert_int_equal(v6->of.node_info.names.total, 1);
    assert_string_equal((const char *)v6->bytes + v6->of.node_info.names.at, "host");
}

static void test_response_with_names(void **state)
{
    (void)state;
    const uint8_t message[] = {
        NODE_INFO(140, 0, 2, 0), 0, 0, 0, 60, 1, 'a', 0, 1, 'b', 2, 'c', 'd', 0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_NODE_INFO | ICMP_V6_HAS_NAMES | ICMP_V6_HAS_TTL);
    assert_int_equal(v6->of.node_info.ttl_s, 60);
    assert_int_equal(v6->of.node_info.names.kept, 2);
    assert_memory_equal(v6->bytes + v6->of.node_info.names.at, "a\0b.cd", 7);
}

static void test_response_with_addresses(void **state)
{
    (void)state;
    const uint8_t v6_message[] = {
        NODE_INFO(140, 0, 3, 0), 0, 0, 0, 9, ADDRESS_V6(1), 0, 0, 0, 8, ADDRESS_V6(2)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, v6_message, sizeof v6_message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_NODE_INFO | ICMP_V6_HAS_ADDRESSES | ICMP_V6_HAS_TTL);
    assert_int_equal(v6->of.node_info.ttl_s, 9);
    assert_int_equal(v6->of.node_info.addresses.kept, 2);
    assert_int_equal(v6->of.node_info.addresses_family, FAMILY_IPV6);
    check_addr(&v6->addresses[1], &address_2);

    const uint8_t v4_message[] = {NODE_INFO(140, 0, 4, 0), 0, 0, 0, 9, 192, 0, 2, 1};
    const struct addr address = {{192, 0, 2, 1}};
    icmp = decode_whole(FAMILY_IPV6, v4_message, sizeof v4_message);
    assert_int_equal(v6->of.node_info.addresses_family, FAMILY_IPV4);
    assert_int_equal(v6->of.node_info.addresses.total, 1);
    check_addr(&v6->addresses[0], &address);
}

static void test_refusal_has_no_answer(void **state)
{
    (void)state;
    const uint8_t message[] = {NODE_INFO(140, 1, 3, 0), 0, 0, 0, 9, ADDRESS_V6(1)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_NODE_INFO);
}

/* ---- mobility (RFC 6275 6, RFC 5568 6.1) -------------------------------------------------------
 */

static void test_home_agent_discovery(void **state)
{
    (void)state;
    const uint8_t request[] = {144, 0, 0, 0, 0x12, 0x34, 0x80, 0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, request, sizeof request);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_IDENTIFIER | ICMP_V6_HAS_MOBILE_ROUTER);
    assert_int_equal(icmp.body.v6.of.mobile.identifier, 0x1234);
    assert_true(icmp.body.v6.of.mobile.mobile_router);

    const uint8_t reply[] = {145, 0, 0, 0, 0x12, 0x34, 0, 0, ADDRESS_V6(1), ADDRESS_V6(2)};
    icmp = decode_whole(FAMILY_IPV6, reply, sizeof reply);
    assert_true(icmp.body.v6.has & ICMP_V6_HAS_ADDRESSES);
    assert_false(icmp.body.v6.of.mobile.mobile_router);
    assert_int_equal(icmp.body.v6.of.mobile.addresses.kept, 2);
    check_addr(&icmp.body.v6.addresses[1], &address_2);
}

static void test_mobile_prefixes(void **state)
{
    (void)state;
    const uint8_t solicitation[] = {146, 0, 0, 0, 0xab, 0xcd, 0, 0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, solicitation, sizeof solicitation);
    assert_int_equal(icmp.body.v6.of.mobile.identifier, 0xabcd);

    const uint8_t advertisement[] = {147, 0, 0, 0, 0xab, 0xcd, 0x40, 0, LINK_LAYER_OPTION};
    icmp = decode_whole(FAMILY_IPV6, advertisement, sizeof advertisement);
    assert_int_equal(icmp.body.v6.has,
                     ICMP_V6_HAS_IDENTIFIER | ICMP_V6_HAS_MOBILE_FLAGS | ICMP_V6_HAS_OPTIONS);
    assert_false(icmp.body.v6.of.mobile.managed);
    assert_true(icmp.body.v6.of.mobile.other_config);
    assert_int_equal(icmp.body.v6.entry_count, 1);
}

static void test_certification_path(void **state)
{
    (void)state;
    const uint8_t solicitation[] = {148, 0, 0, 0, 0, 7, 0xff, 0xff, LINK_LAYER_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, solicitation, sizeof solicitation);
    assert_int_equal(icmp.body.v6.has,
                     ICMP_V6_HAS_IDENTIFIER | ICMP_V6_HAS_COMPONENT | ICMP_V6_HAS_OPTIONS);
    assert_int_equal(icmp.body.v6.of.mobile.component, 65535);

    const uint8_t advertisement[] = {149, 0, 0, 0, 0, 7, 0, 3, 0, 2, 0, 0, LINK_LAYER_OPTION};
    icmp = decode_whole(FAMILY_IPV6, advertisement, sizeof advertisement);
    assert_int_equal(icmp.body.v6.of.mobile.identifier, 7);
    assert_int_equal(icmp.body.v6.of.mobile.components, 3);
    assert_int_equal(icmp.body.v6.of.mobile.component, 2);
    assert_int_equal(icmp.body.v6.entry_count, 1);
}

static void test_fast_handover(void **state)
{
    (void)state;
    const uint8_t message[] = {154, 0, 0, 0, 2, 0, 0x12, 0x34, LINK_LAYER_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has,
                     ICMP_V6_HAS_SUBTYPE | ICMP_V6_HAS_IDENTIFIER | ICMP_V6_HAS_OPTIONS);
    assert_int_equal(icmp.body.v6.of.mobile.subtype, 2);
    assert_int_equal(icmp.body.v6.of.mobile.identifier, 0x1234);

    const uint8_t experiment[] = {150, 0, 0, 0, 4, 0, 0, 0};
    icmp = decode_whole(FAMILY_IPV6, experiment, sizeof experiment);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_SUBTYPE | ICMP_V6_HAS_OPTIONS);
    assert_int_equal(icmp.body.v6.of.mobile.subtype, 4);
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

/* RFC 8505 4.2: the code says how long the verifier is, in units of 64 bits; 0 is RFC 6775's. */
static void test_duplicate_address(void **state)
{
    (void)state;
    static const uint8_t sizes[] = {8, 8, 16, 24, 32};
    for (uint8_t type = 157; type <= 158; type++) {
        for (uint8_t code = 0; code < sizeof sizes; code++) {
            uint8_t message[8 + 32 + 16] = {type, code, 0, 0, 1, 9, 0, 30, 2, 0, 0, 0xff};
            memcpy(message + 8 + sizes[code], address_1.bytes, 16);
            struct icmp icmp = decode_whole(FAMILY_IPV6, message, 24u + sizes[code]);
            const struct registration *told = &icmp.body.v6.of.registration;
            assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_REGISTRATION);
            assert_int_equal(told->status, 1);
            assert_int_equal(told->tid, 9);
            assert_int_equal(told->lifetime_min, 30);
            assert_int_equal(told->rovr.kept, sizes[code]);
            assert_memory_equal(icmp.body.v6.bytes + told->rovr.at, "\2\0\0\xff", 4);
            check_addr(&told->address, &address_1);
        }
    }
}

static void test_locators(void **state)
{
    (void)state;
    const uint8_t message[] = {156, 0, 0, 0, 3, 1, 0, 0};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_LOCATORS);
    assert_int_equal(icmp.body.v6.of.locators.count, 3);
    assert_int_equal(icmp.body.v6.of.locators.operation, 1);
}

/* Each type, its bytes of one kind, cut at every byte: nothing is kept beyond the stores, and no
 * slice leads out of them. */
static void test_every_type_cut_at_every_byte(void **state)
{
    (void)state;
    static const uint8_t fills[] = {0x00, 0x01, 0x02, 0x04, 0x3f, 0x7f, 0x80, 0xff};
    uint8_t message[300];
    struct headers ip = make_ip(FAMILY_IPV6, sizeof message);
    for (unsigned type = 128; type < 162; type++) {
        for (size_t fill = 0; fill < sizeof fills; fill++) {
            memset(message, fills[fill], sizeof message);
            message[0] = (uint8_t)type;
            for (size_t captured = 2; captured <= sizeof message; captured++) {
                struct icmp icmp;
                assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
                const struct icmp_v6 *v6 = &icmp.body.v6;
                assert_true(v6->entries_kept <= V6_ENTRIES_MAX);
                assert_true(v6->bytes_used <= V6_BYTES_MAX);
                assert_true(v6->addresses_used <= V6_ADDRESSES_MAX);
                if (captured <= 4)
                    assert_int_equal(
                        v6->has & ~(uint32_t)(ICMP_V6_HAS_ADVERTISEMENT | ICMP_V6_HAS_SEEDS), 0);
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renumbering_command),
        cmocka_unit_test(test_renumbering_result),
        cmocka_unit_test(test_query_about_an_address),
        cmocka_unit_test(test_query_about_a_name),
        cmocka_unit_test(test_response_with_names),
        cmocka_unit_test(test_response_with_addresses),
        cmocka_unit_test(test_refusal_has_no_answer),
        cmocka_unit_test(test_home_agent_discovery),
        cmocka_unit_test(test_mobile_prefixes),
        cmocka_unit_test(test_certification_path),
        cmocka_unit_test(test_fast_handover),
        cmocka_unit_test(test_duplicate_address),
        cmocka_unit_test(test_locators),
        cmocka_unit_test(test_every_type_cut_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
