/* The quoted packet: what it held, and how much of it there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/headers.h"
#include "decode/quote.h"

/* 10.0.0.1:40001 > 192.0.2.2:33435, UDP of 24 bytes, IP length 44, DF, id 0x1234, TTL 1. The header
 * checksum is right. */
static const uint8_t udp_quote[28] = {
    0x45, 0x00, 0x00, 0x2c, 0x12, 0x34, 0x40, 0x00, 0x01, 0x11, 0x9b, 0x8a, 0x0a, 0x00,
    0x00, 0x01, 0xc0, 0x00, 0x02, 0x02, 0x9c, 0x41, 0x82, 0x9b, 0x00, 0x18, 0xab, 0xcd,
};

/* udp_quote, then `fill` up to `size` bytes. */
static void make_quote(uint8_t *bytes, size_t size, uint8_t fill)
{
    memset(bytes, fill, size);
    memcpy(bytes, udp_quote, sizeof udp_quote);
}

static struct extent whole(const uint8_t *bytes, size_t size)
{
    return (struct extent){cursor_over(bytes, size), (uint32_t)size};
}

/* A copy of exactly its size, so that a sanitizer sees a byte read too many. */
static bool decode_copy(const uint8_t *bytes, size_t size, struct quote *out)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, bytes, size);
    bool decoded = quote_decode(whole(copy, size), out);
    free(copy);
    return decoded;
}

/* ---- what the quote holds ------------------------------------------------------------------- */

static void test_fields_of_the_shortest_legal_quote(void **state)
{
    (void)state;
    struct quote quote;
    assert_true(decode_copy(udp_quote, sizeof udp_quote, &quote));
    static const uint8_t src[4] = {10, 0, 0, 1}, dst[4] = {192, 0, 2, 2};
    assert_int_equal(quote.ip.family, FAMILY_IPV4);
    assert_memory_equal(quote.ip.src.bytes, src, 4);
    assert_memory_equal(quote.ip.dst.bytes, dst, 4);
    assert_int_equal(quote.ip.proto, PROTO_UDP);
    assert_int_equal(quote.ip.ttl, 1);
    assert_true(quote.ip.df);
    assert_int_equal(quote.ip.ip_id, 0x1234);
    assert_int_equal(quote.ip.total_length, 44);
    assert_true(quote.ip.has & HAS_PORTS);
    assert_int_equal(quote.ip.src_port, 40001);
    assert_int_equal(quote.ip.dst_port, 33435);
    assert_true(quote.ip.has & HAS_UDP_LENGTH);
    assert_int_equal(quote.ip.udp_length, 24);
    assert_int_equal(quote.ip.udp_checksum, 0xabcd);
    assert_int_equal(quote.bytes, 28);
    assert_false(quote.length_swapped);
}

/* RFC 791: the header is IHL words long, at least 5, and ports are behind it, wherever that is. */
static void test_every_ihl_and_every_length(void **state)
{
    (void)state;
    for (unsigned ihl = 0; ihl < 16; ihl++) {
        for (size_t size = 0; size <= 60 + 8; size++) {
            uint8_t bytes[68];
            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (uint8_t)i;
            memcpy(bytes, udp_quote, 20);
            bytes[0] = (uint8_t)(0x40 | ihl);
            bytes[3] = 68;

            struct quote quote;
            bool there = size >= 20 && ihl >= 5;
            assert_int_equal(decode_copy(bytes, size, &quote), there);
            if (!there)
                continue;
            assert_int_equal(quote.ip.proto, PROTO_UDP);
            assert_int_equal(quote.bytes, size);
            bool ports = size >= ihl * 4 + 4;
            assert_int_equal((quote.ip.has & HAS_PORTS) != 0, ports);
            if (ports)
                assert_int_equal(quote.ip.src_port, (ihl * 4) << 8 | (ihl * 4 + 1));
        }
    }
}

static void test_ipv6_needs_its_40_bytes(void **state)
{
    (void)state;
    uint8_t bytes[48] = {0x60, 0x0a, 0xbc, 0xde, 0x00, 0x0c, 17, 1};
    bytes[8] = 0x20;
    bytes[24] = 0x20;
    bytes[40] = 0x12;
    bytes[41] = 0x34;
    bytes[47] = 1;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct quote quote;
        assert_int_equal(decode_copy(bytes, size, &quote), size >= 40);
        if (size < 40)
            continue;
        assert_int_equal(quote.ip.family, FAMILY_IPV6);
        assert_int_equal(quote.ip.total_length, 52);
        assert_int_equal((quote.ip.has & HAS_PORTS) != 0, size >= 44);
        assert_int_equal((quote.ip.has & HAS_UDP_LENGTH) != 0, size >= 48);
        assert_int_equal(quote.bytes, size);
    }
}

static void test_other_versions_are_no_quote(void **state)
{
    (void)state;
    uint8_t bytes[64];
    make_quote(bytes, sizeof bytes, 0x11);
    for (unsigned version = 0; version < 16; version++) {
        struct quote quote;
        bytes[0] = (uint8_t)(version << 4 | 5);
        assert_int_equal(decode_copy(bytes, sizeof bytes, &quote), version == 4 || version == 6);
    }
}

/* RFC 1122 3.2.2: ports are in the first fragment only. */
static void test_a_later_fragment_has_no_ports(void **state)
{
    (void)state;
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[6] = 0x00;
    bytes[7] = 0xb9; /* 185 * 8 */
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.ip.has & HAS_FRAGMENT);
    assert_int_equal(quote.ip.frag_offset, 1480);
    assert_false(quote.ip.has & (HAS_PORTS | HAS_UDP_LENGTH));
}

static void test_a_quoted_icmp_error_is_not_followed(void **state)
{
    (void)state;
    /* A port unreachable, which quotes udp_quote: type and code are told, no more. */
    uint8_t bytes[20 + 8 + 28] = {0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
    bytes[20] = 3;
    bytes[21] = 3;
    memcpy(bytes + 28, udp_quote, sizeof udp_quote);
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.ip.has & HAS_ICMP_TYPE);
    assert_int_equal(quote.ip.icmp_type, 3);
    assert_int_equal(quote.ip.icmp_code, 3);
    assert_false(quote.ip.has & HAS_PORTS);
}

/* ---- how many bytes of it are quoted -------------------------------------------------------- */

static void test_zeros_behind_the_total_length_are_padding(void **state)
{
    (void)state;
    uint8_t bytes[128];
    make_quote(bytes, sizeof bytes, 0);
    memset(bytes + 28, 0x55, 16);
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_int_equal(quote.bytes, 44);
}

static void test_other_bytes_behind_it_are_quoted(void **state)
{
    (void)state;
    /* A host that has taken the header's length off the total length: 44 - 20. */
    uint8_t bytes[44];
    make_quote(bytes, sizeof bytes, 0x55);
    bytes[3] = 24;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_int_equal(quote.bytes, 44);
    assert_false(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 24);
}

static void test_a_total_length_below_the_header_bounds_nothing(void **state)
{
    (void)state;
    uint8_t bytes[44];
    make_quote(bytes, sizeof bytes, 0);
    bytes[3] = 19;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_int_equal(quote.bytes, 44);
    assert_int_equal(quote.ip.src_port, 40001);
}

static void test_padding_is_not_transport_header(void **state)
{
    (void)state;
    /* An IP packet of 24 bytes, padded: it ends behind its ports. */
    uint8_t bytes[128] = {0};
    memcpy(bytes, udp_quote, 24);
    bytes[3] = 24;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_int_equal(quote.bytes, 24);
    assert_true(quote.ip.has & HAS_PORTS);
    assert_false(quote.ip.has & HAS_UDP_LENGTH);
}

static void test_bytes_count_on_the_wire_not_in_the_capture(void **state)
{
    (void)state;
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[2] = 0x02; /* total length 0x022c, 556 */
    struct quote quote;
    for (size_t captured = 20; captured <= sizeof bytes; captured++) {
        struct extent from = {cursor_over(bytes, captured), 548};
        assert_true(quote_decode(from, &quote));
        assert_int_equal(quote.bytes, 548);
    }
}

/* ---- byte-swapped total lengths ------------------------------------------------------------- */

static void test_a_swapped_length_by_the_header_checksum(void **state)
{
    (void)state;
    /* Total length 36, DF: its checksum is 5c92. Swapped to 9216. */
    static const uint8_t bytes[28] = {
        0x45, 0x00, 0x24, 0x00, 0x12, 0x34, 0x40, 0x00, 0x40, 0x11, 0x5c, 0x92, 0x0a, 0x00,
        0x00, 0x01, 0xc0, 0x00, 0x02, 0x02, 0x9c, 0x41, 0x82, 0x9b, 0x00, 0x10, 0xab, 0xcd,
    };
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 36);
    assert_int_equal(quote.ip.src_port, 40001);
}

static void test_a_swapped_length_by_the_udp_length(void **state)
{
    (void)state;
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[2] = 0x2c;
    bytes[3] = 0x00;
    bytes[10] = bytes[11] = 0; /* BSD cleared the checksum */
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 44);
    assert_int_equal(quote.bytes, 28);
}

/* 1029 (0x0405) swapped is 1284: neither is odd, but the UDP length is 1009. */
static void test_a_swapped_length_that_could_be_one_by_the_udp_length(void **state)
{
    (void)state;
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[2] = 0x05;
    bytes[3] = 0x04;
    bytes[10] = bytes[11] = 0;
    bytes[24] = 1009 >> 8;
    bytes[25] = 1009 & 255;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 1029);
    bytes[25]++; /* agrees with neither */
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_false(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 1284);
}

static void test_a_df_bit_swapped_along_is_no_fragment(void **state)
{
    (void)state;
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[2] = 0x2c;
    bytes[3] = 0x00;
    bytes[6] = 0x00;
    bytes[7] = 0x40;
    struct quote quote;
    for (int round = 0; round < 2; round++) {
        assert_true(decode_copy(bytes, sizeof bytes, &quote));
        assert_true(quote.length_swapped);
        assert_int_equal(quote.ip.total_length, 44);
        assert_true(quote.ip.df);
        assert_false(quote.ip.has & HAS_FRAGMENT);
        assert_int_equal(quote.ip.dst_port, 33435);
        /* Once more, with nothing to tell but a fragment at 512 that has 11264 bytes. */
        bytes[9] = PROTO_TCP;
    }
}

static void test_a_length_shorter_than_the_quote_is_swapped(void **state)
{
    (void)state;
    /* TCP, total length 1280 (0x0500) swapped to 5, no checksum: 28 bytes are quoted. */
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[2] = 0x00;
    bytes[3] = 0x05;
    bytes[9] = PROTO_TCP;
    bytes[10] = bytes[11] = 0;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 1280);
    assert_int_equal(quote.bytes, 28);
}

/* A whole TCP segment without data is quoted, and the header checksum is cleared. */
static void test_a_swapped_length_by_the_size_of_the_quote(void **state)
{
    (void)state;
    uint8_t bytes[52];
    make_quote(bytes, sizeof bytes, 0x55);
    bytes[2] = 0x34; /* 13312, swapped 52 */
    bytes[3] = 0x00;
    bytes[9] = PROTO_TCP;
    bytes[10] = bytes[11] = 0;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 52);
    assert_int_equal(quote.bytes, 52);
    /* The shortest quote has its size from RFC 792, not from the packet. */
    bytes[2] = 0x1c;
    assert_true(decode_copy(bytes, 28, &quote));
    assert_false(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 0x1c00);
}

static void test_a_swapped_payload_length_of_ipv6(void **state)
{
    (void)state;
    /* TCP, a payload of 40 (0x0028), all of it quoted; then of 1240 (0x04d8), the first 60. */
    uint8_t bytes[100] = {0x60, 0, 0, 0, 0x28, 0x00, PROTO_TCP, 64, 0x20, 1};
    bytes[24] = 0x20;
    bytes[41] = 80;
    bytes[79] = bytes[99] = 1;
    struct quote quote;
    assert_true(decode_copy(bytes, 80, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 80);
    assert_int_equal(quote.ip.src_port, 80);
    bytes[4] = 0xd8;
    bytes[5] = 0x04;
    assert_true(decode_copy(bytes, 100, &quote));
    assert_false(quote.length_swapped); /* nothing tells */
    assert_int_equal(quote.ip.total_length, 40 + 0xd804);
}

static void test_lengths_that_could_be_right_stay(void **state)
{
    (void)state;
    static const struct {
        uint8_t length[2], fragment[2], checksum[2], proto;
    } quotes[] = {
        {{0x23, 0x28}, {0x40, 0x00}, {0x39, 0x99}, PROTO_TCP}, /* 9000: a jumbo frame */
        {{0x23, 0x28}, {0x40, 0x00}, {0x00, 0x00}, PROTO_TCP}, /* nothing tells */
        {{0x05, 0xdc}, {0x40, 0x00}, {0x56, 0xe5}, PROTO_TCP}, /* 1500 */
        {{0x00, 0x08}, {0x40, 0x00}, {0x00, 0x00}, PROTO_TCP}, /* less the header: 28 - 20 */
        {{0x01, 0x9c}, {0x00, 0x40}, {0x00, 0x00}, PROTO_TCP}, /* a fragment at 512, of 412 */
        {{0x06, 0x06}, {0x40, 0x00}, {0x00, 0x00}, PROTO_UDP}, /* 1542 either way */
        {{0x00, 0x00}, {0x40, 0x00}, {0x00, 0x00}, PROTO_TCP},
    };
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        uint8_t bytes[28];
        make_quote(bytes, sizeof bytes, 0);
        memcpy(bytes + 2, quotes[i].length, 2);
        memcpy(bytes + 6, quotes[i].fragment, 2);
        bytes[8] = 64;
        bytes[9] = quotes[i].proto;
        memcpy(bytes + 10, quotes[i].checksum, 2);
        struct quote quote;
        assert_true(decode_copy(bytes, sizeof bytes, &quote));
        assert_false(quote.length_swapped);
        assert_int_equal(quote.ip.total_length, quotes[i].length[0] << 8 | quotes[i].length[1]);
    }
}

static void test_a_right_udp_length_vetoes(void **state)
{
    (void)state;
    /* 9216 and a UDP length of 9196: right, though 36 would also be a length. */
    uint8_t bytes[28];
    make_quote(bytes, sizeof bytes, 0);
    bytes[2] = 0x24;
    bytes[3] = 0x00;
    bytes[24] = 0x23;
    bytes[25] = 0xec;
    struct quote quote;
    assert_true(decode_copy(bytes, sizeof bytes, &quote));
    assert_false(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 9216);
}

static void test_a_swapped_length_of_an_authenticated_packet(void **state)
{
    (void)state;
    /* AH counts as header (RFC 4302), longer here than what is looked at again. */
    uint8_t bytes[20 + 264 + 8] = {0};
    memcpy(bytes, udp_quote, 20);
    bytes[2] = 0x2c;
    bytes[3] = 0x01;
    bytes[9] = PROTO_AH;
    bytes[20] = PROTO_UDP;
    bytes[21] = 64; /* (64 + 2) * 4 */
    bytes[291] = 1;
    for (size_t size = 20; size <= sizeof bytes; size++) {
        struct quote quote;
        assert_true(decode_copy(bytes, size, &quote));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_the_shortest_legal_quote),
        cmocka_unit_test(test_every_ihl_and_every_length),
        cmocka_unit_test(test_ipv6_needs_its_40_bytes),
        cmocka_unit_test(test_other_versions_are_no_quote),
        cmocka_unit_test(test_a_later_fragment_has_no_ports),
        cmocka_unit_test(test_a_quoted_icmp_error_is_not_followed),
        cmocka_unit_test(test_zeros_behind_the_total_length_are_padding),
        cmocka_unit_test(test_other_bytes_behind_it_are_quoted),
        cmocka_unit_test(test_a_total_length_below_the_header_bounds_nothing),
        cmocka_unit_test(test_padding_is_not_transport_header),
        cmocka_unit_test(test_bytes_count_on_the_wire_not_in_the_capture),
        cmocka_unit_test(test_a_swapped_length_by_the_header_checksum),
        cmocka_unit_test(test_a_swapped_length_by_the_udp_length),
        cmocka_unit_test(test_a_swapped_length_that_could_be_one_by_the_udp_length),
        cmocka_unit_test(test_a_df_bit_swapped_along_is_no_fragment),
        cmocka_unit_test(test_a_length_shorter_than_the_quote_is_swapped),
        cmocka_unit_test(test_a_swapped_length_by_the_size_of_the_quote),
        cmocka_unit_test(test_a_swapped_payload_length_of_ipv6),
        cmocka_unit_test(test_lengths_that_could_be_right_stay),
        cmocka_unit_test(test_a_right_udp_length_vetoes),
        cmocka_unit_test(test_a_swapped_length_of_an_authenticated_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
