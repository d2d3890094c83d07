/* The bodies of ICMP messages, type by type, from hand-made bytes. */
#include "icmp_message.h"

static void check_quote(const struct icmp *icmp, enum family family)
{
    const struct headers *ip = &icmp->quote.ip;
    assert_true(icmp->has & ICMP_HAS_QUOTE);
    assert_int_equal(ip->family, family);
    assert_int_equal(ip->total_length, 60);
    assert_true(ip->has & HAS_PORTS);
    assert_int_equal(ip->src_port, 40001);
    assert_int_equal(ip->dst_port, 53);
    assert_int_equal(ip->udp_checksum, 0xbeef);
    assert_int_equal(icmp->quote.bytes, family == FAMILY_IPV4 ? 28 : 48);
    assert_false(icmp->quote.length_swapped);
}

/* ---- bodies --------------------------------------------------------------------------------- */

static void test_echo(void **state)
{
    (void)state;
    static const struct {
        enum family family;
        uint8_t type;
    } echoes[] = {{4, 8}, {4, 0}, {6, 128}, {6, 129}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t message[64] = {echoes[i].type, 0, 0, 0, 0x12, 0x34, 0x00, 0x07, 'a', 'b'};
        struct icmp icmp = decode_whole(echoes[i].family, message, sizeof message);
        assert_int_equal(icmp.has, ICMP_HAS_ID | ICMP_HAS_PAYLOAD);
        assert_int_equal(icmp.type, echoes[i].type);
        assert_int_equal(icmp.id, 0x1234);
        assert_int_equal(icmp.seq, 7);
        assert_int_equal(icmp.payload_length, 56);
        assert_false(icmp_is_error(&icmp));
    }
}

static void test_timestamp(void **state)
{
    (void)state;
    for (uint8_t type = 13; type <= 14; type++) {
        const uint8_t message[20] = {type, 0, 0, 0,    0,    9,    0,    3, 0, 0,
                                     0,    1, 0, 0x80, 0x00, 0x02, 0x80, 0, 0, 3};
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
        assert_int_equal(icmp.has, ICMP_HAS_ID | ICMP_HAS_TIMES);
        assert_int_equal(icmp.id, 9);
        assert_int_equal(icmp.seq, 3);
        assert_int_equal(icmp.originate_ms, 1);
        assert_int_equal(icmp.receive_ms, 0x00800002);
        assert_int_equal(icmp.transmit_ms, 0x80000003);
    }
}

/* RFC 8335 2 and 3: an identifier of 16 bits, a sequence number of 8, then flags: in a request 7
 * bits that are not used and L, in a reply 3 bits of state, 2 that are not used, A, 4 and 6. */
static void test_extended_echo(void **state)
{
    (void)state;
    static const uint8_t types[2][2] = {{42, 43}, {160, 161}};
    for (size_t i = 0; i < 4; i++) {
        const uint8_t message[8] = {types[i / 2][i % 2], 0, 0, 0, 0xab, 0xcd, 0x05, 0xff};
        struct icmp icmp = decode_whole(i < 2 ? FAMILY_IPV4 : FAMILY_IPV6, message, 8);
        assert_int_equal(icmp.has, i % 2 == 0
                                       ? ICMP_HAS_ID | ICMP_HAS_PROBE_LOCAL
                                       : ICMP_HAS_ID | ICMP_HAS_PROBE_REPLY | ICMP_HAS_PROBE_STATE);
        assert_int_equal(icmp.id, 0xabcd);
        assert_int_equal(icmp.seq, 5);
    }
}

static void test_destination_unreachable(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        const uint8_t message[] = {3, (uint8_t)code, 0, 0, 0, 0, 0x05, 0x78, QUOTE_V4};
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
        check_quote(&icmp, FAMILY_IPV4);
        assert_true(icmp_is_error(&icmp));
        assert_int_equal(icmp.code, code);
        /* RFC 1191 4: the next-hop MTU of code 4. */
        assert_int_equal((icmp.has & ICMP_HAS_MTU) != 0, code == 4);
        if (code == 4)
            assert_int_equal(icmp.mtu, 1400);
    }
}

static void test_mtu_of_0_is_an_mtu(void **state)
{
    (void)state;
    const uint8_t message[] = {3, 4, 0, 0, 0, 0, 0, 0, QUOTE_V4};
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    assert_true(icmp.has & ICMP_HAS_MTU);
    assert_int_equal(icmp.mtu, 0);
}

static void test_redirect(void **state)
{
    (void)state;
    const uint8_t message[] = {5, 1, 0, 0, 192, 0, 2, 254, QUOTE_V4};
    const struct addr gateway = {{192, 0, 2, 254}};
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    check_quote(&icmp, FAMILY_IPV4);
    assert_int_equal(icmp.has, ICMP_HAS_QUOTE | ICMP_HAS_GATEWAY);
    assert_memory_equal(&icmp.gateway, &gateway, sizeof gateway);
}

static void test_parameter_problem(void **state)
{
    (void)state;
    const uint8_t v4[] = {12, 0, 0, 0, 20, 0, 0, 0, QUOTE_V4};
    struct icmp icmp = decode_whole(FAMILY_IPV4, v4, sizeof v4);
    check_quote(&icmp, FAMILY_IPV4);
    assert_int_equal(icmp.has, ICMP_HAS_QUOTE | ICMP_HAS_POINTER);
    assert_int_equal(icmp.pointer, 20);

    const uint8_t v6[] = {4, 1, 0, 0, 0x00, 0x01, 0x00, 0x28, QUOTE_V6};
    icmp = decode_whole(FAMILY_IPV6, v6, sizeof v6);
    check_quote(&icmp, FAMILY_IPV6);
    assert_int_equal(icmp.has, ICMP_HAS_QUOTE | ICMP_HAS_POINTER);
    assert_int_equal(icmp.pointer, 0x10028);
}

static void test_packet_too_big(void **state)
{
    (void)state;
    const uint8_t message[] = {2, 0, 0, 0, 0x00, 0x01, 0x05, 0x00, QUOTE_V6};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    check_quote(&icmp, FAMILY_IPV6);
    assert_int_equal(icmp.has, ICMP_HAS_QUOTE | ICMP_HAS_MTU);
    assert_int_equal(icmp.mtu, 0x10500);
}

static void test_errors_with_a_quote_alone(void **state)
{
    (void)state;
    static const uint8_t v4[] = {4, 11}, v6[] = {1, 3, 100, 101};
    for (size_t i = 0; i < sizeof v4; i++) {
        const uint8_t message[] = {v4[i], 0, 0, 0, 0, 0, 0, 0, QUOTE_V4};
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
        check_quote(&icmp, FAMILY_IPV4);
        assert_int_equal(icmp.has, ICMP_HAS_QUOTE);
        assert_true(icmp_is_error(&icmp));
    }
    for (size_t i = 0; i < sizeof v6; i++) {
        const uint8_t message[] = {v6[i], 0, 0, 0, 0, 0, 0, 0, QUOTE_V6};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        check_quote(&icmp, FAMILY_IPV6);
        assert_int_equal(icmp.has, ICMP_HAS_QUOTE);
        assert_true(icmp_is_error(&icmp));
    }
}

/* Translators quote what they were sent: RFC 7915 leaves some of it untranslated. */
static void test_a_quote_of_the_other_family(void **state)
{
    (void)state;
    const uint8_t v4[] = {11, 0, 0, 0, 0, 0, 0, 0, QUOTE_V6},
                  v6[] = {3, 0, 0, 0, 0, 0, 0, 0, QUOTE_V4};
    struct icmp icmp = decode_whole(FAMILY_IPV4, v4, sizeof v4);
    check_quote(&icmp, FAMILY_IPV6);
    icmp = decode_whole(FAMILY_IPV6, v6, sizeof v6);
    check_quote(&icmp, FAMILY_IPV4);
}

/* RFC 4884 4: type 3 and the others of ICMP have the attribute in the sixth byte, ICMPv6 in the
 * fifth; it ends the quote there. The extension behind 128 bytes has a version and no objects. */
static void test_length_attribute_ends_the_quote(void **state)
{
    (void)state;
    static const struct {
        enum family family;
        uint8_t type, at, length;
        uint32_t bytes;
    } errors[] = {
        {4, 3, 5, 32, 128}, {4, 11, 5, 32, 128}, {4, 12, 5, 32, 128}, {6, 1, 4, 16, 128},
        {6, 3, 4, 16, 128}, {4, 4, 5, 32, 132},  {4, 5, 5, 32, 132},  {6, 2, 4, 16, 132},
        {4, 3, 4, 32, 132}, {6, 1, 5, 16, 132},  {6, 4, 7, 16, 132},
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        const uint8_t v4[] = {QUOTE_V4}, v6[] = {QUOTE_V6};
        uint8_t message[8 + 128 + 4];
        memset(message, 0xaa, sizeof message);
        memset(message, 0, 8);
        message[0] = errors[i].type;
        message[errors[i].at] = errors[i].length;
        if (errors[i].family == FAMILY_IPV4)
            memcpy(message + 8, v4, sizeof v4);
        else
            memcpy(message + 8, v6, sizeof v6);
        message[8 + 2] = message[8 + 4] = 2; /* long enough a packet, whichever family */
        message[8 + 128] = 0x20;
        struct icmp icmp = decode_whole(errors[i].family, message, sizeof message);
        assert_true(icmp.has & ICMP_HAS_QUOTE);
        assert_int_equal(icmp.quote.bytes, errors[i].bytes);
        assert_int_equal(icmp.quote.ip.src_port, 40001);
    }
}

/* ---- redirects of ICMPv6 (RFC 4861 4.5) ----------------------------------------------------- */

static void test_redirect_v6(void **state)
{
    (void)state;
    const uint8_t message[] = {REDIRECT_V6, LINK_LAYER_OPTION, REDIRECTED_OPTION};
    const struct addr better = {{ADDRESS_V6(0xfe)}}, destination = {{ADDRESS_V6(9)}};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.has, ICMP_HAS_GATEWAY | ICMP_HAS_TARGET | ICMP_HAS_QUOTE);
    assert_memory_equal(&icmp.gateway, &better, sizeof better);
    assert_memory_equal(&icmp.target, &destination, sizeof destination);
    check_quote(&icmp, FAMILY_IPV6);
    assert_false(icmp_is_error(&icmp));
    assert_int_equal(icmp_type_get(FAMILY_IPV6, 137)->klass, ICMP_DISCOVERY);
}

static void test_the_option_ends_the_quote(void **state)
{
    (void)state;
    /* An option of 7 * 8 bytes, then one that is no part of the quote. */
    const uint8_t message[] = {REDIRECT_V6, REDIRECTED_OPTION, LINK_LAYER_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    check_quote(&icmp, FAMILY_IPV6);
}

static void test_an_option_longer_than_the_message(void **state)
{
    (void)state;
    uint8_t message[] = {REDIRECT_V6, REDIRECTED_OPTION};
    message[41] = 255;
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    check_quote(&icmp, FAMILY_IPV6);
}

static void test_options_without_end(void **state)
{
    (void)state;
    uint8_t message[] = {REDIRECT_V6, LINK_LAYER_OPTION, REDIRECTED_OPTION};
    message[41] = 0; /* RFC 4861 4.6: such a message is to be discarded */
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.has, ICMP_HAS_GATEWAY | ICMP_HAS_TARGET);
}

static void test_the_first_redirected_header_counts(void **state)
{
    (void)state;
    const uint8_t message[] = {REDIRECT_V6, 4, 1, 0, 0, 0, 0, 0, 0, REDIRECTED_OPTION};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.has, ICMP_HAS_GATEWAY | ICMP_HAS_TARGET);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_timestamp),
        cmocka_unit_test(test_extended_echo),
        cmocka_unit_test(test_destination_unreachable),
        cmocka_unit_test(test_mtu_of_0_is_an_mtu),
        cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_parameter_problem),
        cmocka_unit_test(test_packet_too_big),
        cmocka_unit_test(test_errors_with_a_quote_alone),
        cmocka_unit_test(test_a_quote_of_the_other_family),
        cmocka_unit_test(test_length_attribute_ends_the_quote),
        cmocka_unit_test(test_redirect_v6),
        cmocka_unit_test(test_the_option_ends_the_quote),
        cmocka_unit_test(test_an_option_longer_than_the_message),
        cmocka_unit_test(test_options_without_end),
        cmocka_unit_test(test_the_first_redirected_header_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
