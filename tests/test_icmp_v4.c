/* What ICMPv4 messages other than errors hold, from hand-made bytes. */
#include "icmp_message.h"

#define IP_192(last) 192, 0, 2, last

/* ---- router advertisements (RFC 1256 3.1) --------------------------------------------------- */

/* Two addresses, of preference 1 and of the least there is; lifetime 1800 s. */
#define ADVERTISEMENT 9, 0, 0, 0, 2, 2, 0x07, 0x08, IP_192(1), 0, 0, 0, 1, IP_192(2), 0x80, 0, 0, 0

static void test_router_advertisement(void **state)
{
    (void)state;
    const uint8_t message[] = {ADVERTISEMENT};
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    const struct icmp_routers *routers = &icmp.body.v4.routers;
    assert_int_equal(icmp.has, 0);
    assert_int_equal(icmp.body.v4.has, ICMP_V4_HAS_ROUTERS);
    assert_int_equal(routers->lifetime_s, 1800);
    assert_int_equal(routers->count, 2);
    assert_int_equal(routers->kept, 2);
    assert_memory_equal(routers->list[1].address, "\300\0\002\002", 4);
    assert_int_equal(routers->list[0].preference, 1);
    assert_int_equal(routers->list[1].preference, INT32_MIN);
}

/* Every count and entry size over messages of every length: what is listed is there. */
static void test_entries_of_any_count_and_size(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 256; count++)
        for (unsigned words = 0; words < 256; words += words < 8 ? 1 : 31)
            for (size_t size = 8; size <= 264; size += 16) {
                uint8_t message[264] = {9, 0, 0, 0, (uint8_t)count, (uint8_t)words};
                struct icmp icmp = decode_whole(FAMILY_IPV4, message, size);
                const struct icmp_routers *routers = &icmp.body.v4.routers;
                size_t there = words < 2 ? 0 : (size - 8) / (4 * words);
                size_t kept = there < count ? there : count;
                assert_int_equal(routers->count, count);
                assert_int_equal(routers->kept, kept < ICMP_V4_ROUTERS ? kept : ICMP_V4_ROUTERS);
            }
}

/* RFC 5944 2.1: type 16, length 6 + 4 n; type 19, a byte a prefix; type 0, one byte alone. */
static void test_extensions_of_mobile_ip(void **state)
{
    (void)state;
    const uint8_t message[] = {ADVERTISEMENT, 16,        10, 0x12, 0x34, 0x02, 0x58, 0xb1,
                               0x80,          IP_192(9), 0,  19,   2,    24,   28};
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    const struct icmp_routers *routers = &icmp.body.v4.routers;
    assert_int_equal(icmp.body.v4.has,
                     ICMP_V4_HAS_ROUTERS | ICMP_V4_HAS_AGENT | ICMP_V4_HAS_PREFIXES);
    assert_int_equal(routers->agent.sequence, 0x1234);
    assert_int_equal(routers->agent.lifetime_s, 600);
    assert_int_equal(routers->agent.flags, 0xb180);
    assert_int_equal(routers->agent.care_of_count, 1);
    assert_memory_equal(routers->agent.care_of[0], "\300\0\002\011", 4);
    assert_int_equal(routers->prefix_count, 2);
    assert_memory_equal(routers->prefix_lengths, "\030\034", 2);
}

static void test_lengths_of_extensions_that_lie(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (unsigned length = 0; length < 256; length++) {
            uint8_t message[24 + 2 + 40] = {ADVERTISEMENT, (uint8_t)type, (uint8_t)length};
            memset(message + 26, 1, 40);
            struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
            const struct icmp_routers *routers = &icmp.body.v4.routers;
            bool agent = type == 16 && length >= 6 && length <= 40;
            bool prefixes = type == 19 && length <= 40;
            if (type != 0 && type != 1) /* what is behind an unknown one may be any */
                assert_int_equal((icmp.body.v4.has & ICMP_V4_HAS_AGENT) != 0, agent);
            if (agent)
                assert_int_equal(routers->agent.care_of_count, (length - 6) / 4);
            if (prefixes)
                assert_int_equal(routers->prefix_count, length);
        }
}

/* ---- queries -------------------------------------------------------------------------------- */

static void test_address_mask(void **state)
{
    (void)state;
    for (uint8_t type = 17; type <= 18; type++) {
        const uint8_t message[] = {type, 0, 0, 0, 0, 7, 0, 9, 255, 255, 254, 0};
        const struct addr mask = {{255, 255, 254, 0}};
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
        assert_int_equal(icmp.has, ICMP_HAS_ID);
        assert_int_equal(icmp.body.v4.has, ICMP_V4_HAS_MASK);
        assert_memory_equal(&icmp.body.v4.mask, &mask, sizeof mask);
    }
}

/* RFC 792: the highest bit of any of the three times. */
static void test_times_that_are_not_standard(void **state)
{
    (void)state;
    for (unsigned marked = 0; marked < 8; marked++) {
        uint8_t message[20] = {14, 0, 0, 0, 0, 7, 0, 9, 0x7f, 0xff, 0, 0, 0, 0x80, 0, 0x80};
        for (unsigned i = 0; i < 3; i++)
            if (marked >> i & 1)
                message[8 + 4 * i] |= 0x80;
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
        assert_true(icmp.body.v4.has & ICMP_V4_HAS_STANDARD);
        assert_int_equal(icmp.body.v4.standard, marked == 0);
    }
}

/* RFC 1393. */
static void test_traceroute(void **state)
{
    (void)state;
    const uint8_t message[] = {30, 1, 0, 0,    0x12, 0x34, 9, 9,    0,    4,
                               0,  3, 0, 0x13, 0x12, 0xd0, 0, 0x00, 0x05, 0xdc};
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    assert_int_equal(icmp.has, 0);
    assert_int_equal(icmp.body.v4.has, ICMP_V4_HAS_TRACE);
    assert_int_equal(icmp.body.v4.trace.id, 0x1234);
    assert_int_equal(icmp.body.v4.trace.hops_out, 4);
    assert_int_equal(icmp.body.v4.trace.hops_back, 3);
    assert_int_equal(icmp.body.v4.trace.speed, 1250000);
    assert_int_equal(icmp.body.v4.trace.mtu, 1500);
}

/* RFC 1475: a pointer of 32 bits. RFC 2521: one of 16, behind 16 that are not used. */
static void test_pointers_of_other_errors(void **state)
{
    (void)state;
    const uint8_t conversion[] = {31, 5, 0, 0, 0, 1, 0, 9, QUOTE_V4};
    struct icmp icmp = decode_whole(FAMILY_IPV4, conversion, sizeof conversion);
    assert_int_equal(icmp.has, ICMP_HAS_QUOTE | ICMP_HAS_POINTER);
    assert_int_equal(icmp.pointer, 0x10009);
    assert_true(icmp_is_error(&icmp));

    for (unsigned pointer = 0; pointer < 40; pointer++) {
        const uint8_t failure[] = {40, 0, 0, 0, 0xff, 0xff, 0, (uint8_t)pointer, QUOTE_V4};
        icmp = decode_whole(FAMILY_IPV4, failure, sizeof failure);
        assert_int_equal(icmp.has, ICMP_HAS_QUOTE | ICMP_HAS_POINTER);
        assert_int_equal(icmp.pointer, pointer);
        bool there = pointer > 0 && pointer + 4 <= sizeof failure - 8;
        assert_int_equal(icmp.body.v4.has, there ? ICMP_V4_HAS_SPI : 0);
        if (pointer == 20)
            assert_int_equal(icmp.body.v4.spi, 0x9c410035);
    }
}

static void test_probe_flags(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        const uint8_t request[] = {42, 0, 0, 0, 0xab, 0xcd, 5, (uint8_t)flags},
                      reply[] = {43, 0, 0, 0, 0xab, 0xcd, 5, (uint8_t)flags},
                      failed[] = {43, 2, 0, 0, 0xab, 0xcd, 5, (uint8_t)flags};
        struct icmp icmp = decode_whole(FAMILY_IPV4, request, sizeof request);
        assert_int_equal(icmp.has, ICMP_HAS_ID | ICMP_HAS_PROBE_LOCAL);
        assert_int_equal(icmp.probe.local, flags & 1);

        icmp = decode_whole(FAMILY_IPV4, reply, sizeof reply);
        assert_int_equal((icmp.has & ICMP_HAS_PROBE_STATE) != 0, flags >= 0x20);
        assert_int_equal(icmp.probe.state, flags >> 5);
        assert_int_equal(icmp.probe.active, flags >> 2 & 1);
        assert_int_equal(icmp.probe.ipv4, flags >> 1 & 1);
        assert_int_equal(icmp.probe.ipv6, flags & 1);

        icmp = decode_whole(FAMILY_IPV4, failed, sizeof failed);
        assert_int_equal(icmp.has, ICMP_HAS_ID);
    }
}

/* ---- domain names (RFC 1788) ---------------------------------------------------------------- */

#define NAMES_HEADER 38, 0, 0, 0, 0, 7, 0, 9, 0, 0, 0x0e, 0x10

static void check_name(const struct icmp_names *names, size_t index, const char *expected)
{
    size_t begin = index > 0 ? names->ends[index - 1] : 0;
    assert_true(index < names->kept);
    assert_int_equal(names->ends[index] - begin, strlen(expected));
    assert_memory_equal(names->text + begin, expected, strlen(expected));
}

static void test_domain_names(void **state)
{
    (void)state;
    const uint8_t message[] = {NAMES_HEADER, 4, 'h', 'o', 's', 't', 2, 'n', 'l', 0, 0, 1, 'a', 0};
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    const struct icmp_names *names = &icmp.body.v4.names;
    assert_int_equal(icmp.has, ICMP_HAS_ID);
    assert_int_equal(icmp.body.v4.has, ICMP_V4_HAS_NAMES);
    assert_int_equal(names->ttl_s, 3600);
    assert_int_equal(names->count, 3);
    assert_false(names->malformed);
    check_name(names, 0, "host.nl");
    check_name(names, 1, ".");
    check_name(names, 2, "a");
}

static void test_names_that_end_early(void **state)
{
    (void)state;
    const uint8_t message[] = {NAMES_HEADER, 1, 'a', 0, 4, 'h', 'o', 's', 't', 0};
    for (size_t size = 12; size <= sizeof message; size++) {
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, size);
        const struct icmp_names *names = &icmp.body.v4.names;
        bool whole = size == 12 || size == 15 || size == sizeof message;
        assert_int_equal(names->malformed, !whole);
        assert_int_equal(names->count, (size >= 15) + (size == sizeof message));

        /* Where the capture ends early it is no fault of the sender. */
        struct headers ip = make_ip(FAMILY_IPV4, sizeof message);
        assert_int_equal(decode(message, size, &ip, &icmp), DECODED);
        assert_false(icmp.body.v4.names.malformed);
    }
}

/* A label's length from 0 to 255: 63 at most, and above that pointers or nothing known. */
static void test_every_length_of_a_label(void **state)
{
    (void)state;
    for (unsigned length = 0; length < 256; length++) {
        uint8_t message[12 + 1 + 255 + 1] = {NAMES_HEADER, (uint8_t)length};
        memset(message + 13, 'x', 255);
        message[13 + length] = 0;
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, 12 + 1 + length + (length > 0));
        assert_int_equal(icmp.body.v4.names.count, length <= 63);
        assert_int_equal(icmp.body.v4.names.malformed, length > 63);
        if (length > 0 && length <= 63)
            assert_int_equal(icmp.body.v4.names.ends[0], length);
    }
}

static void test_more_names_than_are_kept(void **state)
{
    (void)state;
    static uint8_t message[60012] = {NAMES_HEADER};
    for (size_t at = 12; at < sizeof message; at += 60) {
        message[at] = 58;
        memset(message + at + 1, 'n', 58);
    }
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    assert_int_equal(icmp.body.v4.names.count, 1000);
    assert_int_equal(icmp.body.v4.names.kept, ICMP_V4_NAMES);

    memset(message + 12, 0, sizeof message - 12); /* the root, again and again */
    icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    assert_int_equal(icmp.body.v4.names.count, 60000);
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* Types whose body no RFC describes: how long it is. */
static void test_bodies_that_no_rfc_describes(void **state)
{
    (void)state;
    static const uint8_t types[] = {6, 32, 33, 34, 35, 36, 39, 253, 254};
    for (size_t i = 0; i < sizeof types; i++) {
        const uint8_t message[11] = {types[i]};
        struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
        assert_int_equal(icmp.has, 0);
        assert_int_equal(icmp.body.v4.has, ICMP_V4_HAS_DATA);
        assert_int_equal(icmp.body.v4.data_length, 7);
    }
    const uint8_t mobility[] = {41, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3};
    struct icmp icmp = decode_whole(FAMILY_IPV4, mobility, sizeof mobility);
    assert_int_equal(icmp.body.v4.has, ICMP_V4_HAS_SUBTYPE | ICMP_V4_HAS_DATA);
    assert_int_equal(icmp.body.v4.subtype, 2);
    assert_int_equal(icmp.body.v4.data_length, 3);
}

/* Each type, cut after each byte by the capture: no member without its bytes. */
static void test_every_type_cut_after_every_byte(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        uint32_t has, needs;
    } members[] = {
        {9, ICMP_V4_HAS_ROUTERS, 8}, {13, ICMP_V4_HAS_STANDARD, 20}, {14, ICMP_V4_HAS_STANDARD, 20},
        {17, ICMP_V4_HAS_MASK, 12},  {18, ICMP_V4_HAS_MASK, 12},     {30, ICMP_V4_HAS_TRACE, 20},
        {38, ICMP_V4_HAS_NAMES, 12}, {41, ICMP_V4_HAS_SUBTYPE, 8},
    };
    uint8_t message[64];
    memset(message, 2, sizeof message);
    for (unsigned type = 0; type < 256; type++) {
        message[0] = (uint8_t)type;
        uint32_t needs = 0, has = 0;
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
            if (members[i].type == type) {
                needs = members[i].needs;
                has = members[i].has;
            }
        for (size_t captured = 2; captured <= sizeof message; captured++) {
            struct headers ip = make_ip(FAMILY_IPV4, sizeof message);
            struct icmp icmp;
            assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
            assert_int_equal((icmp.body.v4.has & has) != 0, has != 0 && captured >= needs);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_router_advertisement),
        cmocka_unit_test(test_entries_of_any_count_and_size),
        cmocka_unit_test(test_extensions_of_mobile_ip),
        cmocka_unit_test(test_lengths_of_extensions_that_lie),
        cmocka_unit_test(test_address_mask),
        cmocka_unit_test(test_times_that_are_not_standard),
        cmocka_unit_test(test_traceroute),
        cmocka_unit_test(test_pointers_of_other_errors),
        cmocka_unit_test(test_probe_flags),
        cmocka_unit_test(test_domain_names),
        cmocka_unit_test(test_names_that_end_early),
        cmocka_unit_test(test_every_length_of_a_label),
        cmocka_unit_test(test_more_names_than_are_kept),
        cmocka_unit_test(test_bodies_that_no_rfc_describes),
        cmocka_unit_test(test_every_type_cut_after_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
