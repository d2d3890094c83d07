/* IP headers of both families, options and extension headers, by their bytes (RFC 791, 8200). */
#include "frame.h"

#include "decode/headers.h"

#define ADDRS4 "c0000201 c6336402 "
#define ADDRS6 "20010db8000000000000000000000001 20010db8000000000000000000000002 "

/* Reads a copy of exactly its size. What is left of it is told in `left`. */
static enum decoded read_bytes(const uint8_t *bytes, size_t size, enum ip_trust trust,
                               struct headers *out, size_t *left)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(out, 0xa5, sizeof *out);
    struct cursor in = cursor_over(copy, size);
    enum decoded decoded = ip_decode(&in, out, trust);
    *left = cursor_left(&in);
    free(copy);
    return decoded;
}

static enum decoded read_hex(const char *hex, enum ip_trust trust, struct headers *out,
                             size_t *left)
{
    static struct frame frame;
    frame.size = 0;
    frame_put(&frame, hex);
    return read_bytes(frame.bytes, frame.size, trust, out, left);
}

/* ---- IPv4 ----------------------------------------------------------------------------------- */

static void test_ipv4_fields(void **state)
{
    (void)state;
    struct headers ip;
    size_t left;
    assert_int_equal(read_hex("45b8002c beef4000 7f840000" ADDRS4 "0102030405060708090a0b0c"
                              "0d0e0f101112131415161718",
                              IP_CAPTURED, &ip, &left),
                     DECODED);
    assert_int_equal(ip.has, HAS_IP | HAS_PROTO | HAS_IP_ID);
    assert_int_equal(ip.family, FAMILY_IPV4);
    assert_int_equal(ip.tos, 0xb8);
    assert_int_equal(ip.total_length, 44);
    assert_int_equal(ip.header_length, 20);
    assert_int_equal(ip.ip_id, 0xbeef);
    assert_true(ip.df);
    assert_false(ip.more_fragments);
    assert_int_equal(ip.ttl, 127);
    assert_int_equal(ip.proto, 132);
    assert_true(addresses_are(&ip, "192.0.2.1", "198.51.100.2"));
    for (size_t i = 4; i < sizeof ip.src.bytes; i++)
        assert_int_equal(ip.src.bytes[i] | ip.dst.bytes[i], 0);
    assert_int_equal(left, 24);
}

static void test_ipv4_header_length_is_honoured(void **state)
{
    (void)state;
    uint8_t bytes[80] = {0x40, 0, 0, 80, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2};
    struct headers ip;
    size_t left;
    for (unsigned words = 0; words < 16; words++) {
        bytes[0] = (uint8_t)(0x40 | words);
        enum decoded decoded = read_bytes(bytes, sizeof bytes, IP_CAPTURED, &ip, &left);
        assert_int_equal(decoded, words < 5 ? MALFORMED : DECODED);
        assert_int_equal(ip.has, words < 5 ? 0 : HAS_IP | HAS_PROTO | HAS_IP_ID);
        if (words < 5)
            continue;
        assert_int_equal(ip.header_length, words * 4);
        assert_int_equal(left, 80 - words * 4);
    }
}

static void test_ipv4_cut_anywhere_tells_no_more_than_there_is(void **state)
{
    (void)state;
    uint8_t bytes[60] = {0x4f, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2};
    struct headers ip;
    size_t left;
    for (int trust = IP_CAPTURED; trust <= IP_QUOTED; trust++)
        for (size_t size = 0; size <= sizeof bytes; size++) {
            enum decoded decoded = read_bytes(bytes, size, (enum ip_trust)trust, &ip, &left);
            assert_int_equal(decoded, size < 60 ? TRUNCATED : DECODED);
            assert_int_equal(ip.has, size < 20 ? 0 : HAS_IP | HAS_PROTO | HAS_IP_ID);
        }
}

static void test_ipv4_total_length_bounds_what_was_captured(void **state)
{
    (void)state;
    static const struct {
        uint16_t total;
        enum decoded decoded;
        size_t left; /* of 40 bytes, behind a header of 24 */
        uint32_t total_length;
    } rows[] = {
        {24, DECODED, 0, 24},  /* no payload: all behind it is padding */
        {30, DECODED, 6, 30},  /* padding of 10 */
        {40, DECODED, 16, 40}, /**/
        {41, DECODED, 16, 41}, /* cut by the capture */
        {65535, DECODED, 16, 65535}, {23, MALFORMED, 20, 23}, /* less than its own header */
        {20, MALFORMED, 20, 20},                              /**/
        {1, MALFORMED, 20, 1},                                /**/
        {0, DECODED, 16, 40},                                 /* segmentation offload */
    };
    uint8_t bytes[40] = {0x46, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2};
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bytes[2] = (uint8_t)(rows[i].total >> 8);
        bytes[3] = (uint8_t)rows[i].total;
        assert_int_equal(read_bytes(bytes, sizeof bytes, IP_CAPTURED, &ip, &left), rows[i].decoded);
        assert_true(ip.has & HAS_IP);
        assert_int_equal(ip.total_length, rows[i].total_length);
        assert_int_equal(!!(ip.has & HAS_PROTO), rows[i].decoded == DECODED);
        assert_int_equal(left, rows[i].left);
    }
}

static void test_quoted_total_length_bounds_nothing(void **state)
{
    (void)state;
    static const uint16_t totals[] = {0, 1, 20, 24, 30, 40, 41, 0x2800, 65535};
    uint8_t bytes[40] = {0x46, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2};
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        bytes[2] = (uint8_t)(totals[i] >> 8);
        bytes[3] = (uint8_t)totals[i];
        assert_int_equal(read_bytes(bytes, sizeof bytes, IP_QUOTED, &ip, &left), DECODED);
        assert_int_equal(ip.total_length, totals[i]);
        assert_int_equal(left, 16);
    }
}

static void test_ipv4_fragments(void **state)
{
    (void)state;
    static const struct {
        uint16_t field;
        bool fragment, more, df;
        uint32_t offset;
    } rows[] = {
        {0x0000, false, false, false, 0}, /**/
        {0x4000, false, false, true, 0},  /**/
        {0x8000, false, false, false, 0}, /* the reserved bit */
        {0x2000, true, true, false, 0},   /* the first */
        {0x20b9, true, true, false, 1480},   {0x0172, true, false, false, 2960}, /* the last */
        {0x1fff, true, false, false, 65528}, {0x6001, true, true, true, 8},
    };
    uint8_t bytes[28] = {0x45, 0, 0, 28, 1, 2, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2};
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bytes[6] = (uint8_t)(rows[i].field >> 8);
        bytes[7] = (uint8_t)rows[i].field;
        assert_int_equal(read_bytes(bytes, sizeof bytes, IP_CAPTURED, &ip, &left), DECODED);
        assert_int_equal(!!(ip.has & HAS_FRAGMENT), rows[i].fragment);
        assert_int_equal(headers_are_later_fragment(&ip), rows[i].offset != 0);
        assert_int_equal(ip.df, rows[i].df);
        assert_int_equal(ip.ip_id, 0x0102);
        if (!rows[i].fragment)
            continue;
        assert_int_equal(ip.more_fragments, rows[i].more);
        assert_int_equal(ip.frag_offset, rows[i].offset);
    }
}

/* RFC 4302: 12 bytes and 12 of integrity check value. */
#define AH4(next) next "04 0000 00000001 00000002 a1a2a3a4 a5a6a7a8 a9aaabac "

static void test_ah_stays_in_the_chain(void **state)
{
    (void)state;
    struct headers ip;
    size_t left;
    read_hex("45000034 00000000 40330000" ADDRS4 AH4("11") "9c400035 00080000", IP_CAPTURED, &ip,
             &left);
    assert_int_equal(ip.proto, 17);
    assert_int_equal(ip.header_length, 44);
    assert_int_equal(left, 8);
    /* twice */
    read_hex("4500004c 00000000 40330000" ADDRS4 AH4("33") AH4("11") "9c400035 00080000",
             IP_CAPTURED, &ip, &left);
    assert_int_equal(ip.proto, 17);
    assert_int_equal(ip.header_length, 68);
    assert_int_equal(left, 8);
    /* IPv6 */
    read_hex("60000000 0020 33 40" ADDRS6 AH4("06") "9c400035 00080000", IP_CAPTURED, &ip, &left);
    assert_int_equal(ip.proto, 6);
    assert_int_equal(ip.header_length, 64);
    assert_int_equal(left, 8);
}

static void test_ah_is_the_protocol_where_the_bytes_end_in_it(void **state)
{
    (void)state;
    struct frame frame = {.size = 0};
    frame_put(&frame, "45000034 00000000 40330000" ADDRS4 AH4("11") "9c400035 00080000");
    struct headers ip;
    size_t left;
    for (size_t size = 20; size < 44; size++) {
        assert_int_equal(read_bytes(frame.bytes, size, IP_QUOTED, &ip, &left), DECODED);
        assert_true(ip.has & HAS_PROTO);
        assert_int_equal(ip.proto, 51);
        assert_int_equal(ip.header_length, 20);
        assert_int_equal(left, size - 20);
    }
    frame.bytes[21] = 0; /* shorter than its own fixed part */
    assert_int_equal(read_bytes(frame.bytes, frame.size, IP_CAPTURED, &ip, &left), MALFORMED);
}

static void test_ah_behind_a_later_fragment_is_not_looked_for(void **state)
{
    (void)state;
    struct headers ip;
    size_t left;
    read_hex("45000034 00000010 40330000" ADDRS4 AH4("11") "9c400035 00080000", IP_CAPTURED, &ip,
             &left);
    assert_int_equal(ip.proto, 51);
    assert_int_equal(ip.header_length, 20);
}

/* ---- IPv6 ----------------------------------------------------------------------------------- */

static void test_ipv6_fields(void **state)
{
    (void)state;
    struct headers ip;
    size_t left;
    assert_int_equal(
        read_hex("6b8abcde 0008 11 39" ADDRS6 "9c400035 00080000", IP_CAPTURED, &ip, &left),
        DECODED);
    assert_int_equal(ip.has, HAS_IP | HAS_PROTO | HAS_FLOW_LABEL);
    assert_int_equal(ip.family, FAMILY_IPV6);
    assert_int_equal(ip.tos, 0xb8);
    assert_int_equal(ip.flow_label, 0xabcde);
    assert_int_equal(ip.total_length, 48);
    assert_int_equal(ip.header_length, 40);
    assert_int_equal(ip.ttl, 0x39);
    assert_int_equal(ip.proto, 17);
    assert_true(addresses_are(&ip, "2001:db8::1", "2001:db8::2"));
    assert_int_equal(left, 8);
}

#define OPTIONS(next)         next "00 0104 00000000 " /* PadN of 4 */
#define OPTIONS16(next)       next "01 010c 0000000000000000 00000000 "
#define ROUTING(next)         next "02 0401 00000000 20010db8000000000000000000000009 "
#define FRAGMENT(next, field) next "00" field "0badcafe "

/* Each chain ends with 8 bytes of the last protocol. */
static const struct chain {
    const char *name;
    const char *first, *hex; /* next header of the fixed header, and the extension headers */
    uint8_t proto;
    uint32_t header_length;
} chains[] = {
    {"none", "11", "", 17, 40},
    {"hop-by-hop", "00", OPTIONS("11"), 17, 48},
    {"hop-by-hop of 16 bytes", "00", OPTIONS16("3a"), 58, 56},
    {"destination options", "3c", OPTIONS("06"), 6, 48},
    {"routing", "2b", ROUTING("11"), 17, 64},
    {"fragment that is all", "2c", FRAGMENT("11", "0000"), 17, 48},
    {"authentication", "33", AH4("11"), 17, 64},
    {"mobility in front of something", "87", OPTIONS("11"), 17, 48},
    {"HIP in front of something", "8b", OPTIONS("11"), 17, 48},
    {"shim6 in front of something", "8c", OPTIONS("11"), 17, 48},
    {"mobility message", "87", "3b00 0000 00000000", 135, 40},
    {"HIP message", "8b", "3b00 0000 00000000", 139, 40},
    {"shim6 message", "8c", "3b00 0000 00000000", 140, 40},
    {"all of them", "00",
     OPTIONS("3c") OPTIONS("2b") ROUTING("2c") FRAGMENT("33", "0000") AH4("3c") OPTIONS16("32"), 50,
     128},
    {"nothing", "3b", "", 59, 40},
    {"nothing behind options", "3c", OPTIONS("3b"), 59, 48},
    {"a protocol nobody knows", "3c", OPTIONS("fd"), 253, 48},
};

static void chain_build(const struct chain *row, struct frame *frame)
{
    frame->size = 0;
    frame_put(frame, "60000000 0000 ");
    frame_put(frame, row->first);
    frame_put(frame, "40" ADDRS6);
    frame_put(frame, row->hex);
    frame_put(frame, "9c400035 00080000");
    frame->bytes[5] = (uint8_t)(frame->size - 40);
}

static void test_ipv6_chains_lead_to_their_protocol(void **state)
{
    (void)state;
    struct frame frame;
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        print_message("    %s\n", chains[i].name);
        chain_build(&chains[i], &frame);
        for (int trust = IP_CAPTURED; trust <= IP_QUOTED; trust++) {
            enum decoded decoded =
                read_bytes(frame.bytes, frame.size, (enum ip_trust)trust, &ip, &left);
            assert_int_equal(decoded, DECODED);
            assert_true(ip.has & HAS_PROTO);
            assert_int_equal(ip.proto, chains[i].proto);
            assert_int_equal(ip.header_length, chains[i].header_length);
            assert_int_equal(ip.total_length, frame.size);
            assert_int_equal(left, frame.size - chains[i].header_length);
            assert_false(ip.has & HAS_FRAGMENT);
        }
    }
}

/* AH and messages are the protocol themselves where they are cut; the test of each is above. */
static bool ends_itself(const struct chain *chain, const struct headers *ip)
{
    return ip->proto == 51 || ip->proto == chain->proto;
}

static void test_ipv6_chains_cut_anywhere_tell_no_more_than_there_is(void **state)
{
    (void)state;
    struct frame frame;
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        chain_build(&chains[i], &frame);
        for (size_t size = 0; size < chains[i].header_length; size++) {
            enum decoded decoded = read_bytes(frame.bytes, size, IP_CAPTURED, &ip, &left);
            assert_int_equal(!!(ip.has & HAS_IP), size >= 40);
            if (ip.has & HAS_PROTO)
                assert_true(decoded == DECODED && ends_itself(&chains[i], &ip));
            else
                assert_int_equal(decoded, TRUNCATED);
        }
    }
}

static void test_ipv6_fragments(void **state)
{
    (void)state;
    static const struct {
        const char *hex; /* the chain behind a hop-by-hop header */
        bool fragment, more;
        uint32_t offset;
        uint8_t proto;
    } rows[] = {
        {FRAGMENT("11", "0000"), false, false, 0, 17}, /* atomic: RFC 6946 */
        {FRAGMENT("11", "0006"), false, false, 0, 17}, /* with reserved bits */
        {FRAGMENT("11", "0001"), true, true, 0, 17},   /* the first */
        {FRAGMENT("3c", "0001") OPTIONS("3a"), true, true, 0, 58},
        {FRAGMENT("11", "05a9"), true, true, 1448, 17},
        {FRAGMENT("3a", "0b50"), true, false, 2896, 58},
        {FRAGMENT("3c", "05a8") OPTIONS("3a"), true, false, 1448, 60}, /* options are not read */
    };
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char hex[512];
        snprintf(hex, sizeof hex, "60000000 0100 00 40" ADDRS6 OPTIONS("2c") "%s 0102030405060708",
                 rows[i].hex);
        assert_int_equal(read_hex(hex, IP_CAPTURED, &ip, &left), DECODED);
        assert_int_equal(!!(ip.has & HAS_FRAGMENT), rows[i].fragment);
        assert_true((ip.has & HAS_PROTO) && (ip.has & HAS_IP_ID));
        assert_true(ip.ip_id == 0x0badcafe);
        assert_int_equal(ip.proto, rows[i].proto);
        assert_int_equal(headers_are_later_fragment(&ip), rows[i].offset != 0);
        if (!rows[i].fragment)
            continue;
        assert_int_equal(ip.more_fragments, rows[i].more);
        assert_int_equal(ip.frag_offset, rows[i].offset);
    }
}

static void test_ipv6_payload_length_bounds_what_was_captured(void **state)
{
    (void)state;
    struct headers ip;
    size_t left;
    read_hex("60000000 0003 11 40" ADDRS6 "0102030405060708", IP_CAPTURED, &ip, &left);
    assert_int_equal(left, 3);
    read_hex("60000000 0003 11 40" ADDRS6 "0102030405060708", IP_QUOTED, &ip, &left);
    assert_int_equal(left, 8);
    read_hex("60000000 ffff 11 40" ADDRS6 "0102030405060708", IP_CAPTURED, &ip, &left);
    assert_int_equal(left, 8);
    assert_int_equal(ip.total_length, 40 + 65535);
    /* an extension header that the payload length cuts off */
    assert_int_equal(read_hex("60000000 0007 3c 40" ADDRS6 OPTIONS("11"), IP_CAPTURED, &ip, &left),
                     TRUNCATED);
}

static void test_ipv6_payload_length_of_zero(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t total;
        size_t left;
    } rows[] = {
        {"06 40" ADDRS6 "0102030405060708", 48, 8}, /* offload: to the end */
        {"3b 40" ADDRS6 "000000000000", 40, 0},     /* nothing, then padding */
        /* RFC 2675: the length is in an option, of 4 bytes */
        {"00 40" ADDRS6 "0600 c204 00010008 0102030405060708", 40 + 65544, 8},
        {"00 40" ADDRS6 "0601 0104 00000000 0000 c204 00010010 0102", 40 + 65552, 2},
        {"00 40" ADDRS6 "0600 c203 00010008 0102030405060708", 56, 8}, /* not of 4 bytes */
        {"00 40" ADDRS6 "0600 c204 ffffffff 0102030405060708", 56, 8}, /* beyond 32 bits */
        {"00 40" ADDRS6 "0600 0104 00000000 0102030405060708", 56, 8}, /* not there */
    };
    struct headers ip;
    size_t left;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char hex[512];
        snprintf(hex, sizeof hex, "60000000 0000 %s", rows[i].hex);
        assert_int_equal(read_hex(hex, IP_CAPTURED, &ip, &left), DECODED);
        assert_true(ip.total_length == rows[i].total);
        assert_int_equal(left, rows[i].left);
    }
}

static void test_other_versions_are_malformed(void **state)
{
    (void)state;
    uint8_t bytes[60] = {0};
    struct headers ip;
    size_t left;
    for (unsigned version = 0; version < 16; version++) {
        bytes[0] = (uint8_t)(version << 4 | 5);
        bytes[3] = 60;
        enum decoded decoded = read_bytes(bytes, sizeof bytes, IP_CAPTURED, &ip, &left);
        assert_int_equal(decoded == MALFORMED, version != 4 && version != 6);
        if (version != 4 && version != 6)
            assert_int_equal(ip.has, 0);
    }
}

/* 8,000 options, and as many extension headers: each is passed once. */
static void test_long_chains_end(void **state)
{
    (void)state;
    struct frame *frame = calloc(1, sizeof *frame);
    assert_non_null(frame);
    struct headers ip;
    size_t left;
    frame_put(frame, "60000000 fff8 3c 40" ADDRS6);
    while (frame->size < 40 + 8000 * 8)
        frame_put(frame, OPTIONS("3c"));
    assert_int_equal(read_bytes(frame->bytes, frame->size, IP_CAPTURED, &ip, &left), TRUNCATED);
    assert_int_equal(left, 0);
    frame_put(frame, OPTIONS("3b"));
    assert_int_equal(read_bytes(frame->bytes, frame->size, IP_CAPTURED, &ip, &left), DECODED);
    assert_int_equal(ip.proto, 59);
    assert_int_equal(ip.header_length, 40 + 8001 * 8);
    free(frame);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_ipv4_fields),
    cmocka_unit_test(test_ipv4_header_length_is_honoured),
    cmocka_unit_test(test_ipv4_cut_anywhere_tells_no_more_than_there_is),
    cmocka_unit_test(test_ipv4_total_length_bounds_what_was_captured),
    cmocka_unit_test(test_quoted_total_length_bounds_nothing),
    cmocka_unit_test(test_ipv4_fragments),
    cmocka_unit_test(test_ah_stays_in_the_chain),
    cmocka_unit_test(test_ah_is_the_protocol_where_the_bytes_end_in_it),
    cmocka_unit_test(test_ah_behind_a_later_fragment_is_not_looked_for),
    cmocka_unit_test(test_ipv6_fields),
    cmocka_unit_test(test_ipv6_chains_lead_to_their_protocol),
    cmocka_unit_test(test_ipv6_chains_cut_anywhere_tell_no_more_than_there_is),
    cmocka_unit_test(test_ipv6_fragments),
    cmocka_unit_test(test_ipv6_payload_length_bounds_what_was_captured),
    cmocka_unit_test(test_ipv6_payload_length_of_zero),
    cmocka_unit_test(test_other_versions_are_malformed),
    cmocka_unit_test(test_long_chains_end),
};

int main(void)
{
    return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
