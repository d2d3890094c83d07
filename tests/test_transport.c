/* Transport headers: which bytes give which members, by the RFC of each. */
#include "frame.h"

#include "decode/headers.h"

/* An IPv4 packet of 20 bytes of header and `payload` behind it. */
static struct headers headers_of(uint8_t proto, uint32_t payload)
{
    return (struct headers){
        .has = HAS_IP | HAS_PROTO | HAS_IP_ID,
        .family = FAMILY_IPV4,
        .proto = proto,
        .header_length = 20,
        .total_length = 20 + payload,
    };
}

/* Reads a copy of exactly its size. */
static enum decoded read_bytes(const uint8_t *bytes, size_t size, struct headers *out)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    struct cursor in = cursor_over(copy, size);
    enum decoded decoded = transport_decode(&in, out);
    free(copy);
    return decoded;
}

static enum decoded read_hex(const char *hex, struct headers *out)
{
    static struct frame frame;
    frame.size = 0;
    frame_put(&frame, hex);
    return read_bytes(frame.bytes, frame.size, out);
}

static const uint32_t BASE = HAS_IP | HAS_PROTO | HAS_IP_ID;

/* From how many bytes on a bit is set, at most five of them. */
static const struct {
    const char *name;
    uint8_t proto;
    const char *hex;
    struct {
        uint32_t bit;
        size_t bytes;
    } bits[5];
    size_t key; /* bytes without which no flow can be named: fewer are TRUNCATED */
} protocols[] = {
    {"TCP",
     6,
     "9c4001bb 01020304 0a0b0c0d 50182000 00000000 ffff",
     {{HAS_PORTS, 4},
      {HAS_TCP_SEQ, 8},
      {HAS_TCP_FLAGS, 16},
      {HAS_PAYLOAD_LEN, 16},
      {HAS_TCP_CHECKSUM, 18}},
     4},
    {"UDP",
     17,
     "9c400035 000aabcd ffff",
     {{HAS_PORTS, 4}, {HAS_UDP_LENGTH | HAS_PAYLOAD_LEN, 8}},
     4},
    {"UDP-Lite",
     136,
     "9c400035 0008abcd ffff",
     {{HAS_PORTS, 4}, {HAS_UDPLITE | HAS_PAYLOAD_LEN, 8}},
     4},
    {"DCCP", 33, "9c400035 03000000 00000000 ffff", {{HAS_PORTS, 4}, {HAS_PAYLOAD_LEN, 5}}, 4},
    {"SCTP",
     132,
     "9c400035 11223344 55667788 ffff",
     {{HAS_PORTS, 4}, {HAS_SCTP_VTAG, 8}, {HAS_SCTP_CHECKSUM | HAS_PAYLOAD_LEN, 12}},
     4},
    {"SCTP with data (RFC 9260 3.3.1)",
     132,
     "9c400035 11223344 55667788 00030014 0a0b0c0d ffff",
     {{HAS_PORTS, 4},
      {HAS_SCTP_VTAG, 8},
      {HAS_SCTP_CHECKSUM | HAS_PAYLOAD_LEN, 12},
      {HAS_SCTP_TSN, 20}},
     4},
    {"SCTP with interleaved data (RFC 8260 2.1)",
     132,
     "9c400035 11223344 55667788 40030018 0a0b0c0d ffff",
     {{HAS_PORTS, 4},
      {HAS_SCTP_VTAG, 8},
      {HAS_SCTP_CHECKSUM | HAS_PAYLOAD_LEN, 12},
      {HAS_SCTP_TSN, 20}},
     4},
    {"SCTP with an acknowledgement",
     132,
     "9c400035 11223344 55667788 03000010 0a0b0c0d ffff",
     {{HAS_PORTS, 4}, {HAS_SCTP_VTAG, 8}, {HAS_SCTP_CHECKSUM | HAS_PAYLOAD_LEN, 12}},
     4},
    {"ESP", 50, "11223344 00000005 ffff", {{HAS_ESP_SPI | HAS_PAYLOAD_LEN, 8}}, 0},
    {"GRE", 47, "00000800 ffff", {{HAS_PAYLOAD_LEN, 4}}, 4},
    {"GRE with a key", 47, "20000800 11223344 ffff", {{HAS_GRE_KEY | HAS_PAYLOAD_LEN, 8}}, 8},
    {"GRE with checksum, key, sequence",
     47,
     "b0000800 aaaa0000 11223344 00000001 ffff",
     {{HAS_GRE_KEY, 12}, {HAS_GRE_SEQ | HAS_PAYLOAD_LEN, 16}},
     16},
    {"GRE with a sequence", 47, "10000800 00000001 ffff", {{HAS_GRE_SEQ | HAS_PAYLOAD_LEN, 8}}, 8},
    {"ICMP echo",
     1,
     "0800abcd 12345678 ffff",
     {{HAS_ICMP_TYPE, 2}, {HAS_ICMP_ID | HAS_PAYLOAD_LEN, 8}},
     8},
    {"ICMP error", 1, "0301abcd 00000000 ffff", {{HAS_ICMP_TYPE, 2}, {HAS_PAYLOAD_LEN, 8}}, 2},
    {"ICMPv6 echo",
     58,
     "8000abcd 12345678 ffff",
     {{HAS_ICMP_TYPE, 2}, {HAS_ICMP_ID | HAS_PAYLOAD_LEN, 8}},
     8},
    {"ICMPv6 neighbour",
     58,
     "8700abcd 00000000 ffff",
     {{HAS_ICMP_TYPE, 2}, {HAS_PAYLOAD_LEN, 8}},
     2},
};

/* Whatever else the IP length says, members come from bytes that are there. */
static void test_each_member_needs_its_bytes(void **state)
{
    (void)state;
    struct frame frame;
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        print_message("    %s\n", protocols[i].name);
        frame.size = 0;
        frame_put(&frame, protocols[i].hex);
        for (size_t size = 0; size <= frame.size; size++) {
            struct headers out = headers_of(protocols[i].proto, (uint32_t)frame.size);
            uint32_t expected = BASE;
            for (size_t bit = 0; bit < 5; bit++)
                if (size >= protocols[i].bits[bit].bytes)
                    expected |= protocols[i].bits[bit].bit;
            enum decoded decoded = read_bytes(frame.bytes, size, &out);
            assert_int_equal(out.has, expected);
            assert_int_equal(decoded, size < protocols[i].key ? TRUNCATED : DECODED);
        }
    }
}

/* ---- values --------------------------------------------------------------------------------- */

static void test_tcp_values(void **state)
{
    (void)state;
    struct headers out = headers_of(6, 100);
    assert_int_equal(read_hex("9c4001bb fedcba98 89abcdef 81d2f00f 00000000 0101080a 00000000"
                              "00000000",
                              &out),
                     DECODED);
    assert_int_equal(out.src_port, 40000);
    assert_int_equal(out.dst_port, 443);
    assert_true(out.tcp_seq == 0xfedcba98);
    assert_true(out.tcp_ack == 0x89abcdef);
    assert_int_equal(out.tcp_flags, 0xd2); /* CWR, ECE, ACK, SYN: RFC 9293 3.1 */
    assert_int_equal(out.tcp_window, 0xf00f);
    assert_int_equal(out.payload_length, 68); /* 100 - 8 words */
}

static void test_udp_values(void **state)
{
    (void)state;
    struct headers out = headers_of(17, 100);
    assert_int_equal(read_hex("9c400035 0064abcd", &out), DECODED);
    assert_int_equal(out.src_port, 40000);
    assert_int_equal(out.dst_port, 53);
    assert_int_equal(out.udp_length, 100);
    assert_int_equal(out.udp_checksum, 0xabcd);
    assert_int_equal(out.payload_length, 92);
}

static void test_values_of_the_others(void **state)
{
    (void)state;
    struct headers out = headers_of(132, 50);
    read_hex("13881389 fedcba98 00000000", &out);
    assert_int_equal(out.src_port, 5000);
    assert_int_equal(out.dst_port, 5001);
    assert_true(out.sctp_vtag == 0xfedcba98);
    assert_int_equal(out.payload_length, 38);

    out = headers_of(132, 50);
    read_hex("13881389 fedcba98 89abcdef 00030014 76543210", &out);
    assert_true(out.sctp_checksum == 0x89abcdef && out.sctp_tsn == 0x76543210);

    out = headers_of(136, 50);
    read_hex("13881389 0014abcd", &out);
    assert_int_equal(out.udp_length, 20); /* the coverage */
    assert_int_equal(out.udp_checksum, 0xabcd);

    out = headers_of(47, 50);
    read_hex("b0000800 aaaa0000 11223344 fedcba98", &out);
    assert_true(out.gre_key == 0x11223344 && out.gre_seq == 0xfedcba98);

    out = headers_of(50, 50);
    read_hex("fedcba98 89abcdef", &out);
    assert_true(out.spi == 0xfedcba98 && out.spi_seq == 0x89abcdef);
    assert_int_equal(out.payload_length, 42);

    out = headers_of(33, 50);
    read_hex("13881389 04000000 00000000 00000000", &out);
    assert_int_equal(out.src_port, 5000);
    assert_int_equal(out.payload_length, 34);

    out = headers_of(136, 50);
    read_hex("13881389 0008abcd", &out);
    assert_int_equal(out.dst_port, 5001);
    assert_int_equal(out.payload_length, 42);
}

/* RFC 4302 2: the last of a chain only where it is cut, so it is TRUNCATED whatever is there. */
static void test_ah_gives_its_spi(void **state)
{
    (void)state;
    struct frame frame = {.size = 0};
    frame_put(&frame, "06040000 fedcba98 89abcdef 00112233");
    for (size_t size = 0; size <= frame.size; size++) {
        struct headers out = headers_of(51, 100);
        assert_int_equal(read_bytes(frame.bytes, size, &out), TRUNCATED);
        assert_int_equal(!!(out.has & HAS_ESP_SPI), size >= 12);
        if (size >= 12)
            assert_true(out.spi == 0xfedcba98 && out.spi_seq == 0x89abcdef);
    }
}

static void test_gre_keys(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t key, size;
    } rows[] = {
        {"20000800 fedcba98", 0xfedcba98, 8},
        {"a0000800 12345678 fedcba98", 0xfedcba98, 12},
        {"30000800 fedcba98 00000001", 0xfedcba98, 12},
        {"2001880b 0014abcd", 0xabcd, 8},                    /* PPTP: length, call (RFC 2637) */
        {"3081880b 0014abcd 00000001 00000001", 0xabcd, 16}, /* and acknowledgement */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct headers out = headers_of(47, 100);
        assert_int_equal(read_hex(rows[i].hex, &out), DECODED);
        assert_true(out.has & HAS_GRE_KEY);
        assert_true(out.gre_key == rows[i].key);
        assert_int_equal(out.payload_length, 100 - rows[i].size);
    }
    struct headers out = headers_of(47, 100);
    read_hex("10000800 fedcba98", &out);
    assert_false(out.has & HAS_GRE_KEY);
}

/* RFC 792: echo, timestamp, information; 950: mask; 8335: extended echo, whose sequence number has
 * 8 bits; 4443: echo. */
static int sequence_bits(uint8_t proto, unsigned type)
{
    static const uint8_t icmp[] = {0, 8, 13, 14, 15, 16, 17, 18};
    if (proto == 58)
        return type == 128 || type == 129 ? 16 : type == 160 || type == 161 ? 8 : 0;
    if (type == 42 || type == 43)
        return 8;
    for (size_t i = 0; i < sizeof icmp; i++)
        if (icmp[i] == type)
            return 16;
    return 0;
}

static void test_only_types_that_have_identifiers_give_them(void **state)
{
    (void)state;
    static const uint8_t protos[] = {1, 58};
    uint8_t bytes[8] = {0, 7, 0, 0, 0xab, 0xcd, 0xef, 0x12};
    for (size_t i = 0; i < sizeof protos; i++)
        for (unsigned type = 0; type < 256; type++) {
            struct headers out = headers_of(protos[i], 8);
            out.family = protos[i] == 1 ? FAMILY_IPV4 : FAMILY_IPV6;
            bytes[0] = (uint8_t)type;
            assert_int_equal(read_bytes(bytes, sizeof bytes, &out), DECODED);
            assert_int_equal(out.icmp_type, type);
            assert_int_equal(out.icmp_code, 7);
            int bits = sequence_bits(protos[i], type);
            assert_int_equal(!!(out.has & HAS_ICMP_ID), bits != 0);
            if (bits == 0)
                continue;
            assert_int_equal(out.icmp_id, 0xabcd);
            assert_int_equal(out.icmp_seq, bits == 16 ? 0xef12 : 0xef);
        }
}

/* ---- what is not read ----------------------------------------------------------------------- */

static void test_later_fragments_have_no_transport(void **state)
{
    (void)state;
    uint8_t bytes[40];
    memset(bytes, 0x50, sizeof bytes);
    for (unsigned proto = 0; proto < 256; proto++) {
        struct headers out = headers_of((uint8_t)proto, sizeof bytes);
        out.has |= HAS_FRAGMENT;
        out.frag_offset = 8;
        uint32_t before = out.has;
        assert_int_equal(read_bytes(bytes, sizeof bytes, &out), DECODED);
        assert_int_equal(out.has, before);
        out.frag_offset = 0;
        read_bytes(bytes, sizeof bytes, &out);
        if (proto == 6 || proto == 17)
            assert_true(out.has & HAS_PORTS);
    }
}

static void test_protocols_without_a_row_are_left_alone(void **state)
{
    (void)state;
    static const uint8_t known[] = {1, 6, 17, 33, 47, 50, 51, 58, 132, 136};
    uint8_t bytes[40];
    memset(bytes, 0x50, sizeof bytes);
    for (unsigned proto = 0; proto < 256; proto++) {
        struct headers out = headers_of((uint8_t)proto, sizeof bytes);
        bool row = memchr(known, (int)proto, sizeof known) != NULL;
        enum decoded decoded = read_bytes(bytes, sizeof bytes, &out);
        assert_int_equal(out.has != BASE, row);
        if (!row)
            assert_int_equal(decoded, DECODED);
    }
}

/* ---- contradictions ------------------------------------------------------------------------- */

static void test_headers_that_contradict_themselves_are_malformed(void **state)
{
    (void)state;
    static const struct {
        uint8_t proto;
        const char *hex;
        uint32_t has;
    } rows[] = {
        /* a data offset of 4 words; of 0 */
        {6, "9c4001bb 01020304 0a0b0c0d 40182000 00000000",
         HAS_PORTS | HAS_TCP_SEQ | HAS_TCP_FLAGS},
        {6, "9c4001bb 01020304 0a0b0c0d 00182000 00000000",
         HAS_PORTS | HAS_TCP_SEQ | HAS_TCP_FLAGS},
        /* a data offset beyond the IP length of 40 */
        {6, "9c4001bb 01020304 0a0b0c0d f0182000 00000000",
         HAS_PORTS | HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_TCP_CHECKSUM},
        {17, "9c400035 0007abcd", HAS_PORTS | HAS_UDP_LENGTH}, /* RFC 768: at least 8 */
        {17, "9c400035 0001abcd", HAS_PORTS | HAS_UDP_LENGTH},
        {33, "9c400035 02000000", HAS_PORTS}, /* RFC 4340 5.1: at least 3 words */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct headers out = headers_of(rows[i].proto, 40);
        assert_int_equal(read_hex(rows[i].hex, &out), MALFORMED);
        assert_int_equal(out.has, BASE | rows[i].has);
    }
}

/* The options of TCP may go on in the next fragment (RFC 1858 tells of who uses that). */
static void test_header_longer_than_a_fragment_is_no_contradiction(void **state)
{
    (void)state;
    struct headers out = headers_of(6, 24);
    out.has |= HAS_FRAGMENT;
    out.frag_offset = 0;
    assert_int_equal(read_hex("9c4001bb 01020304 0a0b0c0d f0182000 00000000 01010101", &out),
                     DECODED);
    assert_false(out.has & HAS_PAYLOAD_LEN);
}

static void test_udp_length_of_zero_is_that_of_a_jumbogram(void **state)
{
    (void)state;
    struct headers out = headers_of(17, 70000);
    assert_int_equal(read_hex("9c400035 0000abcd", &out), DECODED);
    assert_int_equal(out.payload_length, 69992);
}

/* Quoting hosts change the total length; one that makes no sense says nothing of the payload. */
static void test_total_length_below_the_header_gives_no_payload_length(void **state)
{
    (void)state;
    for (uint32_t total = 0; total < 20; total++) {
        struct headers out = headers_of(17, 0);
        out.total_length = total;
        assert_int_equal(read_hex("9c400035 0010abcd", &out), DECODED);
        assert_int_equal(out.has, BASE | HAS_PORTS | HAS_UDP_LENGTH);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_member_needs_its_bytes),
    cmocka_unit_test(test_tcp_values),
    cmocka_unit_test(test_udp_values),
    cmocka_unit_test(test_values_of_the_others),
    cmocka_unit_test(test_ah_gives_its_spi),
    cmocka_unit_test(test_gre_keys),
    cmocka_unit_test(test_only_types_that_have_identifiers_give_them),
    cmocka_unit_test(test_later_fragments_have_no_transport),
    cmocka_unit_test(test_protocols_without_a_row_are_left_alone),
    cmocka_unit_test(test_headers_that_contradict_themselves_are_malformed),
    cmocka_unit_test(test_header_longer_than_a_fragment_is_no_contradiction),
    cmocka_unit_test(test_udp_length_of_zero_is_that_of_a_jumbogram),
    cmocka_unit_test(test_total_length_below_the_header_gives_no_payload_length),
};

int main(void)
{
    return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
