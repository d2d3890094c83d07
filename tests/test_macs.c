/* The MAC addresses that a packet came with, and what ARP says of them. */
#include "frame.h"

#define UDP4  "45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef"
#define IPIP  "45000034 12340000 40040000 c0000201 c6336402"
#define VXLAN "45000052 12340000 40110000 c0000201 c6336402 9c4012b5 003e0000 08000000 00006400"

enum { BOTH = MAC_HAS_DST | MAC_HAS_SRC };

/* "0a" and so on are the last bytes of addresses that begin with 02:00:00:00:00. */
static const struct row {
    const char *name;
    uint16_t link_type;
    const char *hex;
    uint8_t has, dst, src;
} rows[] = {
    {"Ethernet", 1, "02000000000b 02000000000a 0800" UDP4, BOTH, 0x0b, 0x0a},
    {"802.1Q", 1, "02000000000b 02000000000a 8100 0064 0800" UDP4, BOTH, 0x0b, 0x0a},
    {"a tunnel without frames", 1, "02000000000b 02000000000a 0800" IPIP UDP4, 0, 0, 0},
    {"a tunnel with a frame", 1,
     "02000000000b 02000000000a 0800" VXLAN "02000000000d 02000000000c 0800" UDP4, BOTH, 0x0d,
     0x0c},
    {"LINUX_SLL", 113, "0000 0001 0006 02000000000a 0000 0800" UDP4, MAC_HAS_SRC, 0, 0x0a},
    {"LINUX_SLL, of no Ethernet", 113, "0000 0200 0006 02000000000a 0000 0800" UDP4, 0, 0, 0},
    {"LINUX_SLL2", 276, "0800 0000 00000005 0001 00 06 02000000000a 0000" UDP4, MAC_HAS_SRC, 0,
     0x0a},
    {"raw IP", 101, UDP4, 0, 0, 0},
    /* IEEE 802.11 9.3.2.1: receiver, transmitter, then what else is needed */
    {"802.11, to the access point", 105,
     "0801 2c00 020000000001 02000000000a 02000000000b 1000 aaaa03 000000 0800" UDP4, BOTH, 0x0b,
     0x0a},
    {"802.11, from the access point", 105,
     "0802 2c00 02000000000b 020000000001 02000000000a 1000 aaaa03 000000 0800" UDP4, BOTH, 0x0b,
     0x0a},
    {"802.11, between stations", 105,
     "0800 2c00 02000000000b 02000000000a 020000000001 1000 aaaa03 000000 0800" UDP4, BOTH, 0x0b,
     0x0a},
    {"802.11, between access points", 105,
     "0803 2c00 020000000001 020000000002 02000000000b 1000 02000000000a aaaa03 000000 0800" UDP4,
     BOTH, 0x0b, 0x0a},
};

static void check_mac(const char *name, const uint8_t *mac, bool there, uint8_t last)
{
    const uint8_t wanted[MAC_SIZE] = {there ? 2 : 0, 0, 0, 0, 0, last};
    if (memcmp(mac, wanted, sizeof wanted) != 0)
        fail_msg("%s: another address, which ends in %02x", name, mac[MAC_SIZE - 1]);
}

static void test_each_link_type_gives_those_it_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct decoding got;
        decode_hex(&got, rows[i].hex, rows[i].link_type);
        if (got.packet.mac_has != rows[i].has || !(got.packet.ip.has & HAS_PORTS))
            fail_msg("%s: mac_has %u", rows[i].name, got.packet.mac_has);
        check_mac(rows[i].name, got.packet.macs + MAC_DST, rows[i].has & MAC_HAS_DST, rows[i].dst);
        check_mac(rows[i].name, got.packet.macs + MAC_SRC, rows[i].has & MAC_HAS_SRC, rows[i].src);
    }
}

#define ARP_HEAD "ffffffffffff 02000000000a 0806 "

static void test_arp_names_who_has_an_address(void **state)
{
    (void)state;
    static struct decoding got;
    char text[ADDR_TEXT_SIZE];
    decode_hex(&got, ARP_HEAD "0001 0800 06 04 0002 02000000000a c0000201 02000000000b c0000202",
               1);
    const struct arp *arp = got.packet.arp;
    assert_int_equal(got.packet.decoded, DECODED);
    assert_int_equal(got.packet.ip.has, 0);
    assert_non_null(arp);
    assert_int_equal(arp->operation, 2);
    assert_int_equal(arp->sender_mac[5], 0x0a);
    assert_string_equal(addr_format(arp->sender, FAMILY_IPV4, text, sizeof text), "192.0.2.1");
    assert_string_equal(addr_format(arp->target, FAMILY_IPV4, text, sizeof text), "192.0.2.2");
}

static void test_arp_of_other_networks_is_left_out(void **state)
{
    (void)state;
    static const char *const others[] = {
        "0006 0800 06 04 0002 02000000000a c0000201 02000000000b c0000202",
        "0001 86dd 06 04 0002 02000000000a c0000201 02000000000b c0000202",
        "0001 0800 08 04 0002 02000000000a c0000201 02000000000b c0000202",
        "0001 0800 06 10 0002 02000000000a c0000201 02000000000b c0000202",
        "0001 0800 06 04 0002 02000000000a c0000201 02000000000b c00002",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        static struct decoding got;
        char hex[256];
        snprintf(hex, sizeof hex, "%s%s", ARP_HEAD, others[i]);
        decode_hex(&got, hex, 1);
        assert_int_equal(got.packet.decoded, DECODED);
        assert_null(got.packet.arp);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_link_type_gives_those_it_has),
        cmocka_unit_test(test_arp_names_who_has_an_address),
        cmocka_unit_test(test_arp_of_other_networks_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
