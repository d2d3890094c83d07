/* Frames through all of decode/: what holds of any packet, whatever way it came. */
#include "frame.h"

#include <time.h>

#define ETH(type) "020000000002 020000000001" type " "
#define UDP4      "45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef "
#define ECHO4     "45000020 12340000 40010000 c0000201 c6336402 0800abcd 12345678 deadbeef "

static void test_record_is_handed_on(void **state)
{
    (void)state;
    struct frame frame = {.size = 0};
    struct decoding out;
    frame_put(&frame, ETH("0800") UDP4);
    decode_bytes(&out, frame.bytes, frame.size, frame.size, 1);
    assert_int_equal(out.packet.time_ns, 1000);
    assert_int_equal(out.packet.frame, 7);
    assert_int_equal(out.packet.capture, 3);
    assert_int_equal(out.packet.link_type, 1);
    assert_int_equal(out.packet.cap_length, 46);
    assert_int_equal(out.packet.wire_length, 46);
    assert_false(out.packet.snapped);
    assert_ptr_equal(out.packet.tunnels, &out.room.tunnels);
    decode_bytes(&out, frame.bytes, frame.size, 1500, 1);
    assert_int_equal(out.packet.wire_length, 1500);
    assert_true(out.packet.snapped);
    decode_bytes(&out, frame.bytes, frame.size, 10, 1); /* which no capture should say */
    assert_int_equal(out.packet.cap_length, 46);
    assert_false(out.packet.snapped);
}

static void test_frames_of_no_bytes(void **state)
{
    (void)state;
    static const uint16_t link_types[] = {0,   1,   6,   8,   9,   10,  12,  50,  51,  100, 101,
                                          104, 105, 107, 108, 109, 113, 117, 119, 122, 127, 138,
                                          163, 166, 192, 204, 205, 206, 219, 226, 228, 229, 239,
                                          240, 241, 242, 258, 276, 281, 282, 284, 285};
    struct decoding out;
    for (size_t i = 0; i < sizeof link_types / sizeof link_types[0]; i++) {
        decode_bytes(&out, (const uint8_t *)"", 0, 60, link_types[i]);
        assert_int_equal(out.packet.decoded, TRUNCATED);
        assert_int_equal(out.packet.ip.has, 0);
    }
}

/* Ethernet pads to 60 bytes: what is behind the IP length takes no part. */
static void test_padding_is_no_payload(void **state)
{
    (void)state;
    struct decoding out;
    decode_hex(&out, ETH("0800") UDP4 "0000000000000000000000000000", 1);
    assert_int_equal(out.packet.decoded, DECODED);
    assert_int_equal(out.packet.ip.payload_length, 4);
    decode_hex(&out, ETH("0800") ECHO4 "0000000000000000000000000000", 1);
    assert_non_null(out.packet.icmp);
    assert_int_equal(out.packet.icmp->length, 12);
}

/* ---- how far it came ------------------------------------------------------------------------ */

/* A header that the IP length ends is wrong, one that the capture ends is cut. */
static void test_truncated_is_what_the_capture_cut(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        size_t beyond; /* bytes of the frame that were not captured */
        enum decoded decoded;
    } rows[] = {
        {ETH("0800") "45000020 12340000 40110000 c0000201 c6336402 9c40", 10, TRUNCATED},
        {ETH("0800") "45000020 12340000 40110000 c0000201 c6336402 9c40", 0, TRUNCATED},
        {ETH("0800") "45000016 12340000 40110000 c0000201 c6336402 9c40", 0, MALFORMED},
        {ETH("0800") "45000016 12340000 40110000 c0000201 c6336402 9c40 00000000", 0, MALFORMED},
        {ETH("0800") "45000016 12340000 40110000 c0000201 c6336402 9c40 00000000", 9, MALFORMED},
        {ETH("0800") "45000018 12340000 40010000 c0000201 c6336402 0800abcd 0000", 0, MALFORMED},
        {ETH("0800") "4500001c 12340000 40010000 c0000201 c6336402 0800abcd 0000", 2, TRUNCATED},
        {ETH("0800") "45000014 12340000 40110000 c0000201 c6336402", 0, MALFORMED},
        {ETH("0800") "45000013 12340000 40110000 c0000201 c6336402 9c400035", 0, MALFORMED},
        {ETH("0800") "45000020 12340000 40110000 c0000201 c6336402 9c400035", 8, DECODED},
        {ETH("86dd") "60000000 00073c40 20010db8000000000000000000000001"
                     "20010db8000000000000000000000002 1100010400000000 9c400035",
         0, MALFORMED},
    };
    struct decoding out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame frame = {.size = 0};
        frame_put(&frame, rows[i].hex);
        decode_bytes(&out, frame.bytes, frame.size, frame.size + rows[i].beyond, 1);
        assert_int_equal(out.packet.decoded, rows[i].decoded);
        assert_true(out.packet.ip.has & HAS_IP);
    }
}

/* ---- ICMP ----------------------------------------------------------------------------------- */

static void test_icmp_ends_the_way(void **state)
{
    (void)state;
    struct decoding out;
    /* port unreachable, about a GRE packet: what is quoted is not crossed */
    decode_hex(&out,
               ETH("0800") "45000050 12340000 40010000 c0000201 c6336402 0303abcd 00000000"
                           "45000038 00010000 402f0000 c6336402 c0000201 00000800" UDP4,
               1);
    assert_int_equal(out.packet.decoded, DECODED);
    assert_ptr_equal(out.packet.icmp, &out.room.icmp);
    assert_int_equal(out.packet.icmp->type, 3);
    assert_int_equal(out.packet.ip.icmp_type, 3);
    assert_int_equal(out.packet.ip.icmp_code, 3);
    assert_false(out.packet.ip.has & HAS_ICMP_ID);
    assert_int_equal(out.packet.tunnel_count, 0);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
}

static void test_icmp_echo_has_its_identifier_in_both(void **state)
{
    (void)state;
    struct decoding out;
    decode_hex(&out, ETH("0800") ECHO4, 1);
    assert_true(out.packet.ip.has & HAS_ICMP_ID);
    assert_int_equal(out.packet.ip.icmp_id, 0x1234);
    assert_int_equal(out.packet.ip.icmp_seq, 0x5678);
    assert_non_null(out.packet.icmp);
    assert_int_equal(out.packet.icmp->id, 0x1234);
    assert_int_equal(out.packet.icmp->seq, 0x5678);
}

static void test_icmp_needs_type_and_code(void **state)
{
    (void)state;
    struct frame frame = {.size = 0};
    struct decoding out;
    frame_put(&frame, ETH("0800") ECHO4);
    for (size_t size = 34; size <= frame.size; size++) {
        decode_bytes(&out, frame.bytes, size, frame.size, 1);
        assert_int_equal(out.packet.icmp != NULL, size >= 36);
        assert_int_equal(!!(out.packet.ip.has & HAS_ICMP_TYPE), size >= 36);
        assert_int_equal(!!(out.packet.ip.has & HAS_ICMP_ID), size >= 42);
        assert_int_equal(out.packet.decoded, size >= 42 ? DECODED : TRUNCATED);
    }
}

static void test_later_fragments_are_not_read(void **state)
{
    (void)state;
    static const char *const rows[] = {
        ETH("0800") "45000020 12340010 40010000 c0000201 c6336402 0800abcd 12345678 deadbeef",
        ETH("0800") "45000020 12342010 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef",
        ETH("0800") "45000034 12340010 40040000 c0000201 c6336402" UDP4,
        ETH("0800") "45000038 12340010 402f0000 c0000201 c6336402 00000800" UDP4,
    };
    struct decoding out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        decode_hex(&out, rows[i], 1);
        assert_int_equal(out.packet.decoded, DECODED);
        assert_null(out.packet.icmp);
        assert_int_equal(out.packet.tunnel_count, 0);
        assert_int_equal(out.packet.ip.has, HAS_IP | HAS_PROTO | HAS_IP_ID | HAS_FRAGMENT);
    }
}

/* ---- the shortcut --------------------------------------------------------------------------- */

#define SAME(member) assert_true(a->member == b->member)

/* All that the presence bits vouch for. */
static void check_headers_equal(const struct headers *a, const struct headers *b)
{
    assert_int_equal(a->has, b->has);
    if (!(a->has & HAS_IP))
        return;
    SAME(family), SAME(ttl), SAME(tos), SAME(total_length);
    assert_memory_equal(&a->src, &b->src, sizeof a->src);
    assert_memory_equal(&a->dst, &b->dst, sizeof a->dst);
    if (a->has & HAS_IP_ID)
        SAME(ip_id);
    if (a->family == FAMILY_IPV4)
        SAME(df);
    if (a->has & HAS_PROTO)
        SAME(proto), SAME(header_length);
    if (a->has & HAS_FRAGMENT)
        SAME(frag_offset), SAME(more_fragments);
    if (a->has & HAS_FLOW_LABEL)
        SAME(flow_label);
    if (a->has & HAS_PORTS)
        SAME(src_port), SAME(dst_port);
    if (a->has & HAS_TCP_SEQ)
        SAME(tcp_seq);
    if (a->has & HAS_TCP_FLAGS)
        SAME(tcp_ack), SAME(tcp_flags), SAME(tcp_window);
    if (a->has & HAS_UDP_LENGTH)
        SAME(udp_length), SAME(udp_checksum);
    if (a->has & HAS_PAYLOAD_LEN)
        SAME(payload_length);
}

/* Ethernet has one; the same packet in LINUX_SLL goes through the layers. */
static void check_both_ways(const struct frame *ethernet, size_t size, size_t wire)
{
    static struct frame cooked;
    struct decoding a, b;
    bool v6 = ethernet->bytes[12] == 0x86;
    cooked.size = 0;
    frame_put(&cooked, "0000 0001 0006 020000000001 0000");
    memcpy(cooked.bytes + 14, v6 ? "\x86\xdd" : "\x08\x00", 2);
    memcpy(cooked.bytes + 16, ethernet->bytes + 14, size - 14);
    decode_bytes(&a, ethernet->bytes, size, wire, 1);
    decode_bytes(&b, cooked.bytes, size + 2, wire + 2, 113);
    assert_int_equal(a.packet.decoded, b.packet.decoded);
    assert_int_equal(a.packet.tunnel_count, b.packet.tunnel_count);
    assert_int_equal(a.packet.context, b.packet.context);
    assert_int_equal(a.packet.vlan_count, b.packet.vlan_count);
    check_headers_equal(&a.packet.ip, &b.packet.ip);
}

static void test_most_frequent_packets_take_no_other_way_than_the_rest(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        ETH("0800") UDP4,
        ETH("0800") "45b80030 beef4000 3f060000 c0000201 c6336402 9c4001bb 01020304 0a0b0c0d"
                    "60182000 00000000 02040218 deadbeef",
        ETH("86dd") "6b8abcde 00140640 20010db8000000000000000000000001"
                    "20010db8000000000000000000000002 9c4001bb 01020304 0a0b0c0d 5018ffff 00000000",
        ETH("86dd") "60000000 000c1140 20010db8000000000000000000000001"
                    "20010db8000000000000000000000002 9c400035 000cabcd deadbeef",
    };
    static struct frame frame;
    uint32_t random = 99;
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
        for (int round = 0; round < 20000; round++) {
            frame.size = 0;
            frame_put(&frame, seeds[i]);
            for (uint32_t n = random_next(&random) % 3; n > 0; n--)
                frame.bytes[14 + random_next(&random) % (frame.size - 14)] =
                    (uint8_t)(random_next(&random) >> 11);
            size_t size = 14 + random_next(&random) % (frame.size - 13);
            check_both_ways(&frame, size, random_next(&random) % 2 ? size : frame.size);
        }
}

/* ---- what a sender can make it cost --------------------------------------------------------- */

/* Headers in headers, up to 64 KiB. */
static const struct bomb {
    const char *name;
    uint16_t link_type;
    const char *first, *layer, *last;
    enum decoded decoded;
    int tunnels, vlans;
} bombs[] = {
    {"IPv4 in IPv4", 101, "", "4500ffff 00000000 40040000 0a000001 0a000002", UDP4, UNSUPPORTED, 8,
     0},
    {"IPv6 in IPv6", 101, "",
     "60000000 ffff2940 fd000000000000000000000000000001 fd000000000000000000000000000002", UDP4,
     UNSUPPORTED, 8, 0},
    {"GRE in GRE", 101, "", "4500ffff 00000000 402f0000 0a000001 0a000002 00000800", UDP4,
     UNSUPPORTED, 8, 0},
    {"Ethernet in GRE", 101, "",
     "4500ffff 00000000 402f0000 0a000001 0a000002 00006558" ETH("0800"), UDP4, UNSUPPORTED, 8, 0},
    {"VLAN", 1, "020000000002 020000000001 8100", "0001 8100", "0001 0800" UDP4, DECODED, 0, 4},
    {"SNAP in VLAN", 1, "020000000002 020000000001 8100", "0001 05dc aaaa03 000000 8100",
     "0001 0800" UDP4, UNSUPPORTED, 0, 4},
    {"MPLS", 1, ETH("8847"), "00010040", "00010140" UDP4, DECODED, 1, 0},
    {"options in IPv6", 101,
     "60000000 ffff3c40 fd000000000000000000000000000001 fd000000000000000000000000000002",
     "3c00010400000000", "1100010400000000 9c400035 000cabcd deadbeef", DECODED, 0, 0},
    {"AH in IPv4", 101, "4500ffff 00000000 40330000 0a000001 0a000002",
     "33010000 00000001 00000001", "11010000 00000001 00000001 9c400035 000cabcd deadbeef", DECODED,
     0, 0},
    {"Ethernet in 802.1ah", 1, "", ETH("88e7") "00000007", ETH("0800") UDP4, UNSUPPORTED, 0, 0},
    {"NSH", 1, ETH("894f"), "0fc20204 00002aff", "0fc20201 00002aff" UDP4, UNSUPPORTED, 0, 0},
    {"PPI in PPI", 192, "", "0000 0800 c0000000", "0000 0800 65000000" UDP4, UNSUPPORTED, 0, 0},
    {"PKTAP in PKTAP", 258, "", "0c000000 01000000 02010000", "0c000000 01000000 65000000" UDP4,
     UNSUPPORTED, 0, 0},
    {"words of radiotap", 127, "0000 ffff 01000080", "00000080", "00000000", TRUNCATED, 0, 0},
    {"attributes of NFLOG", 239, "0200 0000", "0404 0a0a", UDP4, DECODED, 0, 0},
    {"bytes of a Frame Relay address", 107, "", "18", "1903cc" UDP4, MALFORMED, 0, 0},
};

static void bomb_build(const struct bomb *bomb, struct frame *frame)
{
    frame->size = 0;
    frame_put(frame, bomb->first);
    size_t before = frame->size;
    frame_put(frame, bomb->layer);
    size_t layer = frame->size - before;
    while (frame->size + layer + 128 < FRAME_MAX) {
        memcpy(frame->bytes + frame->size, frame->bytes + before, layer);
        frame->size += layer;
    }
    frame_put(frame, bomb->last);
}

static void test_deep_nesting_ends_in_time(void **state)
{
    (void)state;
    struct frame *frame = calloc(1, sizeof *frame);
    assert_non_null(frame);
    struct decoding out;
    clock_t start = clock();
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        print_message("    %s\n", bombs[i].name);
        bomb_build(&bombs[i], frame);
        for (int round = 0; round < 20; round++)
            decode_frame(&out, frame, bombs[i].link_type);
        assert_int_equal(out.packet.decoded, bombs[i].decoded);
        assert_int_equal(out.packet.tunnel_count, bombs[i].tunnels);
        assert_int_equal(out.packet.vlan_count, bombs[i].vlans);
    }
    /* 180 frames: a pass over each takes less than a millisecond with sanitizers, and one that is
     * quadratic in its layers would take some hundred. */
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    free(frame);
}

/* Eight encapsulations are crossed, and the ninth is not: its outer header is the last. */
static void test_tunnels_are_crossed_up_to_their_cap(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    for (int depth = 0; depth <= 10; depth++) {
        frame.size = 0;
        for (int i = 0; i < depth; i++)
            frame_put(&frame, "4500ffff 00000000 40040000 0a000001 0a000002");
        frame_put(&frame, UDP4);
        decode_frame(&out, &frame, 101);
        assert_int_equal(out.packet.decoded, depth <= 8 ? DECODED : UNSUPPORTED);
        assert_int_equal(out.packet.tunnel_count, depth <= 8 ? depth : 8);
        assert_true(depth <= 8 ? addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2")
                               : addresses_are(&out.packet.ip, "10.0.0.1", "10.0.0.2"));
    }
}

/* Bytes without any sense, in every link type. */
static void test_noise_does_no_harm(void **state)
{
    (void)state;
    static const uint16_t link_types[] = {0, 1, 9, 12, 50, 51, 101, 104, 108, 113, 228, 229, 276};
    enum { LINK_TYPES = sizeof link_types / sizeof link_types[0] };
    struct decoding out;
    uint8_t bytes[128];
    uint32_t random = 4242;
    for (int round = 0; round < 50000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(random_next(&random) >> 7);
        decode_bytes(&out, bytes, random_next(&random) % sizeof bytes, sizeof bytes,
                     link_types[round % LINK_TYPES]);
        packet_check_sane(&out.packet);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_record_is_handed_on),
    cmocka_unit_test(test_frames_of_no_bytes),
    cmocka_unit_test(test_padding_is_no_payload),
    cmocka_unit_test(test_truncated_is_what_the_capture_cut),
    cmocka_unit_test(test_icmp_ends_the_way),
    cmocka_unit_test(test_icmp_echo_has_its_identifier_in_both),
    cmocka_unit_test(test_icmp_needs_type_and_code),
    cmocka_unit_test(test_later_fragments_are_not_read),
    cmocka_unit_test(test_most_frequent_packets_take_no_other_way_than_the_rest),
    cmocka_unit_test(test_deep_nesting_ends_in_time),
    cmocka_unit_test(test_tunnels_are_crossed_up_to_their_cap),
    cmocka_unit_test(test_noise_does_no_harm),
};

int main(void)
{
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
