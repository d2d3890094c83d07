/* Tunnels that a UDP port suggests: what is one, what is none, and that nobody looks who is told
 * not to. Those of test_tunnel.c are not repeated here. */
#include "frame.h"

#define ETH(type) "020000000002 020000000001" type " "
/* 10.0.0.1 > 10.0.0.2, fd00::1 > fd00::2 */
#define IP4(total) "4500" total "00010000 40110000 0a000001 0a000002 "
#define IP6(payload)                                                                               \
    "60000000" payload "1140 fd000000000000000000000000000001"                                     \
    "fd000000000000000000000000000002 "
#define UDP(port, length) "c000" port length "0000 "
#define OUTER4            "10.0.0.1 10.0.0.2"
#define OUTER6            "fd00::1 fd00::2"
#define SNAP(type)        "aaaa03 000000" type " "
#define WLAN              "2c00 020000000002 020000000001 020000000003 1000 "

/* The inner packet has 32 bytes in IPv4, 60 in IPv6; the lengths around it were summed up by hand.
 */
static const struct carriage carriages[] = {
    {"VXLAN on the port of Linux", 101,
     IP4("0052") UDP("2118", "003e") "08000000 00006400" ETH("0800"), INNER_UDP4, "",
     "vxlan 100 " OUTER4},

    /* draft-ietf-nvo3-vxlan-gpe */
    {"VXLAN-GPE, IPv4", 101, IP4("0044") UDP("12b6", "0030") "0c000001 00006400", INNER_UDP4, "",
     "vxlan_gpe 100 " OUTER4},
    {"VXLAN-GPE, IPv6", 101, IP4("0060") UDP("12b6", "004c") "0c000002 00006400", INNER_TCP6, "",
     "vxlan_gpe 100 " OUTER4},
    {"VXLAN-GPE, Ethernet, broadcast", 101,
     IP4("0052") UDP("12b6", "003e") "0e000003 00006400" ETH("0800"), INNER_UDP4, "",
     "vxlan_gpe 100 " OUTER4},

    /* draft-ietf-intarea-gue */
    {"GUE, IPv4", 101, IP4("0040") UDP("17c0", "002c") "00040000", INNER_UDP4, "", "gue " OUTER4},
    {"GUE with a field, IPv6", 101, IP4("0060") UDP("17c0", "004c") "01290000 00000000", INNER_TCP6,
     "", "gue " OUTER4},
    {"GUE of variant 1", 101, IP4("003c") UDP("17c0", "0028"), INNER_UDP4, "", "gue " OUTER4},
    {"GUE of variant 1, IPv6 over IPv6", 101, IP6("0044") UDP("17c0", "0044"), INNER_TCP6, "",
     "gue " OUTER6},

    /* RFC 7510 */
    {"MPLS in UDP", 101, IP4("0040") UDP("19eb", "002c") "00010140", INNER_UDP4, "", "mpls 16"},
    {"MPLS in UDP, two labels, Ethernet", 101,
     IP4("0052") UDP("19eb", "003e") "00010040 00020140" ETH("0800"), INNER_UDP4, "", "mpls 32"},

    {"TZSP", 101, IP4("004f") UDP("9090", "003b") "01000001 01" ETH("0800"), INNER_UDP4, "",
     "tzsp " OUTER4},
    {"TZSP with tags, of a VLAN", 101,
     IP4("0058") UDP("9090", "0044") "01000001 0a01c4 0000 01" ETH("8100") "0005 0800", INNER_UDP4,
     "5", "tzsp " OUTER4},

    /* RFC 5415, 5416 */
    {"CAPWAP, 802.3", 101, IP4("0052") UDP("147f", "003e") "00100200 00000000" ETH("0800"),
     INNER_UDP4, "", "capwap " OUTER4},
    {"CAPWAP, 802.11", 101,
     IP4("0064") UDP("147f", "0050") "00104300 00000000"
                                     "0801" WLAN SNAP("0800"),
     INNER_UDP4, "", "capwap " OUTER4},
    {"CAPWAP, 802.11 with its bytes swapped, wireless information", 101,
     IP4("006c") UDP("147f", "0058") "00204320 00000000 04e74f00 00000000"
                                     "0108" WLAN SNAP("0800"),
     INNER_UDP4, "", "capwap " OUTER4},
    {"CAPWAP, 802.11 with QoS, swapped, IPv6", 101,
     IP4("0082") UDP("147f", "006e") "00104300 00000000"
                                     "0188" WLAN "0000" SNAP("86dd"),
     INNER_TCP6, "", "capwap " OUTER4},
    {"CAPWAP, 802.3, from the controller, of a VLAN", 101,
     IP4("0056") "147fc000 0042 0000 00100200 00000000" ETH("8100") "0009 0800", INNER_UDP4, "9",
     "capwap " OUTER4},
    {"CAPWAP, first fragment", 101, IP4("0052") UDP("147f", "003e") "00100280 00050000" ETH("0800"),
     INNER_UDP4, "", "capwap " OUTER4},
};

enum { CARRIAGES = sizeof carriages / sizeof carriages[0] };

static void test_each_encapsulation_leads_to_its_packet(void **state)
{
    (void)state;
    carriages_check(carriages, CARRIAGES);
}

static void test_changed_bytes_do_no_harm(void **state)
{
    (void)state;
    carriages_check_mutated(carriages, CARRIAGES, 2000);
}

static void check_plain_datagram(const struct packet *packet)
{
    assert_int_equal(packet->decoded, DECODED);
    assert_int_equal(packet->tunnel_count, 0);
    assert_int_equal(packet->context, 0);
    assert_int_equal(packet->ip.proto, 17);
    assert_true(addresses_are(&packet->ip, "10.0.0.1", "10.0.0.2") ||
                addresses_are(&packet->ip, "fd00::1", "fd00::2"));
    assert_true(packet->ip.has & HAS_PORTS);
}

#define PACKET4 "45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef "

/* One of each port, among them those of test_tunnel.c. */
static const char *const datagrams[] = {
    IP4("0046") UDP("06a5", "0032") "0002 0005 0006 ff030021" PACKET4,
    IP4("0044") UDP("0868", "0030") "30ff0020 00000abc" PACKET4,
    IP4("0058") UDP("0dd8", "0044") "60000000 00140640 20010000000000000000000000000001"
                                    "20010db8000000000000000000000002 9c4001bb 01020304 0a0b0c0d"
                                    "5018ffff 00000000",
    IP4("0052") UDP("12b5", "003e") "08000000 00006400" ETH("0800") PACKET4,
    IP4("0044") UDP("12b6", "0030") "0c000001 00006400" PACKET4,
    IP4("0052") UDP("147f", "003e") "00100200 00000000" ETH("0800") PACKET4,
    IP4("0040") UDP("17c0", "002c") "00040000" PACKET4,
    IP4("0044") UDP("17c1", "0030") "00000800 00006400" PACKET4,
    IP4("0040") UDP("19eb", "002c") "00010140" PACKET4,
    IP4("0052") UDP("2118", "003e") "08000000 00006400" ETH("0800") PACKET4,
    IP4("004f") UDP("9090", "003b") "01000001 01" ETH("0800") PACKET4,
};

static void decode_as(struct decoding *out, const struct frame *frame, bool guess_tunnels)
{
    const struct decode_config config = {.guess_tunnels = guess_tunnels};
    struct record record = {
        .bytes = frame->bytes,
        .cap_length = (uint32_t)frame->size,
        .wire_length = (uint32_t)frame->size,
        .link_type = 101,
    };
    decode_packet(&record, &config, &out->packet, &out->room);
}

static void test_nobody_guesses_who_is_told_not_to(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    for (size_t i = 0; i < sizeof datagrams / sizeof datagrams[0]; i++) {
        frame.size = 0;
        frame_put(&frame, datagrams[i]);
        decode_as(&out, &frame, true);
        assert_int_equal(out.packet.tunnel_count, 1);
        decode_as(&out, &frame, false);
        check_plain_datagram(&out.packet);
    }
}

/* What an IP protocol number names is no guess. */
static void test_protocols_are_no_guess(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    frame_put(&frame, "45000034 00010000 40040000 0a000001 0a000002" PACKET4);
    decode_as(&out, &frame, false);
    assert_int_equal(out.packet.tunnel_count, 1);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
}

/* Of each one thing is not as its specification has it. `payload` is all behind the UDP header. */
static const struct {
    const char *name, *port, *payload;
} no_tunnels[] = {
    {"VXLAN on the port of GPE", "12b6", "08000000 00006400" ETH("0800") PACKET4},
    {"GPE on the port of VXLAN", "12b5", "0c000003 00006400" ETH("0800") PACKET4},
    {"GPE without a VNI", "12b6", "04000001 00006400" PACKET4},
    {"GPE of another version", "12b6", "1c000001 00006400" PACKET4},
    {"GPE of OAM", "12b6", "0d000001 00006400" PACKET4},
    {"GPE with reserved bits", "12b6", "0c010001 00006400" PACKET4},
    {"GPE with reserved bits in the end", "12b6", "0c000001 00006401" PACKET4},
    {"GPE of another family", "12b6", "0c000002 00006400" PACKET4},
    {"GPE of an unknown protocol", "12b6", "0c000005 00006400" PACKET4},
    {"GUE, control", "17c0", "20040000" PACKET4},
    {"GUE of variant 2", "17c0", "80040000" PACKET4},
    {"GUE of another protocol", "17c0", "00060000" PACKET4},
    {"GUE with fields beyond the end", "17c0", "1f040000" PACKET4},
    {"GUE of variant 1 and version 5", "17c0", "55000020 12340000 40110000 c0000201 c6336402"},
    {"MPLS without a bottom", "19eb", "00010040 00010040"},
    {"MPLS of no IP", "19eb", "00010140 01020304 05060708"},
    {"MPLS of IP longer than the datagram", "19eb",
     "00010140 45000021 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef"},
    {"TZSP of another version", "9090", "02000001 01" ETH("0800") PACKET4},
    {"TZSP, keep-alive", "9090", "01040001 01" ETH("0800") PACKET4},
    {"TZSP of 802.11", "9090", "01000012 01" ETH("0800") PACKET4},
    {"TZSP of tags without an end", "9090", "01000001 0a01c4 0a01c4 0a01c4 0a01c4"},
    {"TZSP with a tag beyond the end", "9090", "01000001 0aff01"},
    {"CAPWAP, encrypted", "147f", "01000000 16feff00 00000000" PACKET4},
    {"CAPWAP of another version", "147f", "10100200 00000000" ETH("0800") PACKET4},
    {"CAPWAP, keep-alive", "147f", "00100208 00000000" ETH("0800") PACKET4},
    {"CAPWAP with reserved flags", "147f", "00100201 00000000" ETH("0800") PACKET4},
    {"CAPWAP with reserved bits", "147f", "00100200 00000001" ETH("0800") PACKET4},
    {"CAPWAP with a header too short", "147f", "00080200 00000000" ETH("0800") PACKET4},
    {"CAPWAP with a header beyond the end", "147f", "00f80200 00000000" ETH("0800") PACKET4},
    {"CAPWAP, later fragment", "147f", "00100280 00050008" ETH("0800") PACKET4},
    {"CAPWAP of ARP", "147f", "00100200 00000000" ETH("0806") "00010800 06040001"},
    {"CAPWAP, 802.11, protected", "147f", "00104300 00000000 0841" WLAN SNAP("0800") PACKET4},
    {"CAPWAP, 802.11, management", "147f", "00104300 00000000 8000" WLAN SNAP("0800") PACKET4},
    {"CAPWAP of another binding", "147f", "00104700 00000000 0801" WLAN SNAP("0800") PACKET4},
    {"CAPWAP, 802.11 of IP longer than itself", "147f",
     "00104300 00000000 0801" WLAN SNAP("0800") "45000021 12340000 40110000 c0000201 c6336402"
                                                "9c400035 000cabcd deadbeef"},
    {"CAPWAP, control", "147e", "00100200 00000000" ETH("0800") PACKET4},
};

static void put_length(struct frame *frame, size_t at, size_t length)
{
    frame->bytes[at] = (uint8_t)(length >> 8);
    frame->bytes[at + 1] = (uint8_t)length;
}

static void test_a_port_is_no_proof(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    for (size_t i = 0; i < sizeof no_tunnels / sizeof no_tunnels[0]; i++) {
        print_message("    %s\n", no_tunnels[i].name);
        frame.size = 0;
        frame_put(&frame, IP4("0000") "c000");
        frame_put(&frame, no_tunnels[i].port);
        frame_put(&frame, "00000000");
        frame_put(&frame, no_tunnels[i].payload);
        put_length(&frame, 2, frame.size);
        put_length(&frame, 24, frame.size - 20);
        decode_frame(&out, &frame, 101);
        check_plain_datagram(&out.packet);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_encapsulation_leads_to_its_packet),
    cmocka_unit_test(test_changed_bytes_do_no_harm),
    cmocka_unit_test(test_nobody_guesses_who_is_told_not_to),
    cmocka_unit_test(test_protocols_are_no_guess),
    cmocka_unit_test(test_a_port_is_no_proof),
};

int main(void)
{
    return cmocka_run_group_tests_name("tunnel_guess", tests, NULL, NULL);
}
