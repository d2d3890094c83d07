/* Link types: the packet behind each, whole and cut at every byte. */
#include "frame.h"

#define MACS "020000000002 020000000001 "
#define SLL  "0000 0001 0006 020000000001 0000 "
#define SNAP "aaaa03 000000 "
#define Z8   "0000000000000000 "
#define Z60  Z8 Z8 Z8 Z8 Z8 Z8 Z8 "00000000 "

/* tcpdump.org/linktypes.html, IEEE 802.1Q, RFC 1042, 1661, 1662, 2516. */
static const struct carriage carriages[] = {
    {"Ethernet, IPv4", 1, MACS "0800", INNER_UDP4, "", ""},
    {"Ethernet, IPv6", 1, MACS "86dd", INNER_TCP6, "", ""},
    {"802.1Q", 1, MACS "8100 0064 0800", INNER_UDP4, "100", ""},
    {"802.1Q with priority and drop bit", 1, MACS "8100 f064 86dd", INNER_TCP6, "100", ""},
    {"802.1Q with id 0, a priority", 1, MACS "8100 a000 0800", INNER_UDP4, "0", ""},
    {"802.1ad", 1, MACS "88a8 0005 8100 0006 0800", INNER_UDP4, "5 6", ""},
    {"0x9100", 1, MACS "9100 0005 8100 0006 86dd", INNER_TCP6, "5 6", ""},
    {"802.1Q in itself", 1, MACS "8100 0fff 8100 0001 0800", INNER_UDP4, "4095 1", ""},
    {"six tags, of which four are kept", 1,
     MACS "88a8 0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 0800", INNER_UDP4, "1 2 3 4",
     ""},
    {"802.3 with SNAP", 1, MACS "0028 aaaa03 000000 0800", INNER_UDP4, "", ""},
    {"802.3 with the SNAP of 802.1H", 1, MACS "0044 aaaa03 0000f8 86dd", INNER_TCP6, "", ""},
    {"802.3 with SAP 6", 1, MACS "0023 060603", INNER_UDP4, "", ""},
    {"802.3 with SNAP in 802.1Q", 1, MACS "8100 0007 0028 aaaa03 000000 0800", INNER_UDP4, "7", ""},
    {"VN-TAG, 802.1Q", 1, MACS "8926 80010002 8100 0064 0800", INNER_UDP4, "100", ""},
    {"E-TAG", 1, MACS "893f 000000010002 86dd", INNER_TCP6, "", ""},
    {"HSR", 1, MACS "892f 0026 0001 0800", INNER_UDP4, "", ""},
    {"security group", 1, MACS "8909 0101 0001 0064 0800", INNER_UDP4, "", ""},
    {"MACsec that is not encrypted", 1, MACS "88e5 0000 00000001 0800", INNER_UDP4, "", ""},
    {"MACsec with a channel", 1, MACS "88e5 2000 00000001 0200000000010001 86dd", INNER_TCP6, "",
     ""},
    {"NULL, little-endian", 0, "02000000", INNER_UDP4, "", ""},
    {"NULL, big-endian", 0, "00000002", INNER_UDP4, "", ""},
    {"NULL, IPv6 of Linux", 0, "0a000000", INNER_TCP6, "", ""},
    {"NULL, IPv6 of NetBSD and OpenBSD", 0, "18000000", INNER_TCP6, "", ""},
    {"NULL, IPv6 of FreeBSD", 0, "1c000000", INNER_TCP6, "", ""},
    {"NULL, IPv6 of macOS", 0, "1e000000", INNER_TCP6, "", ""},
    {"NULL, IPv6 of macOS, big-endian", 0, "0000001e", INNER_TCP6, "", ""},
    {"LOOP", 108, "00000002", INNER_UDP4, "", ""},
    {"LOOP, IPv6", 108, "00000018", INNER_TCP6, "", ""},
    {"LOOP, in the order of the host", 108, "18000000", INNER_TCP6, "", ""},
    {"RAW, IPv4", 101, "", INNER_UDP4, "", ""},
    {"RAW, IPv6", 101, "", INNER_TCP6, "", ""},
    {"RAW as 12", 12, "", INNER_UDP4, "", ""},
    {"RAW as 14", 14, "", INNER_TCP6, "", ""},
    {"IPV4", 228, "", INNER_UDP4, "", ""},
    {"IPV6", 229, "", INNER_TCP6, "", ""},
    {"LINUX_SLL", 113, SLL "0800", INNER_UDP4, "", ""},
    {"LINUX_SLL, IPv6", 113, SLL "86dd", INNER_TCP6, "", ""},
    {"LINUX_SLL, 802.1Q", 113, SLL "8100 0064 0800", INNER_UDP4, "100", ""},
    {"LINUX_SLL, LLC", 113, SLL "0004 aaaa03 000000 0800", INNER_UDP4, "", ""},
    {"LINUX_SLL2", 276, "0800 0000 00000002 0001 00 06 020000000001 0000", INNER_UDP4, "", ""},
    {"LINUX_SLL2, IPv6", 276, "86dd 0000 00000002 0001 04 06 020000000001 0000", INNER_TCP6, "",
     ""},
    {"LINUX_SLL2, 802.1Q", 276, "8100 0000 00000002 0001 00 06 020000000001 0000 0064 0800",
     INNER_UDP4, "100", ""},
    {"PPP with address and control", 9, "ff03 0021", INNER_UDP4, "", ""},
    {"PPP without them", 9, "0021", INNER_UDP4, "", ""},
    {"PPP with a protocol of one byte", 9, "21", INNER_UDP4, "", ""},
    {"PPP, IPv6", 9, "ff03 0057", INNER_TCP6, "", ""},
    {"PPP_HDLC", 50, "ff03 0021", INNER_UDP4, "", ""},
    {"PPP_HDLC, IPv6", 50, "ff03 0057", INNER_TCP6, "", ""},
    {"PPP_HDLC that is Cisco's", 50, "0f00 0800", INNER_UDP4, "", ""},
    {"PPP_ETHER", 51, "1100 0001 0022 0021", INNER_UDP4, "", "pppoe 1"},
    {"C_HDLC", 104, "0f00 0800", INNER_UDP4, "", ""},
    {"C_HDLC, multicast, IPv6", 104, "8f00 86dd", INNER_TCP6, "", ""},
    {"PPP_PPPD", 166, "0003 0021", INNER_UDP4, "", ""},
    {"PPP_PPPD, sent, IPv6", 166, "0103 0057", INNER_TCP6, "", ""},
    {"PPP_WITH_DIR", 204, "01 ff03 0021", INNER_UDP4, "", ""},
    {"C_HDLC_WITH_DIR", 205, "00 0f00 86dd", INNER_TCP6, "", ""},
    {"SLIP", 8, "0145 000000000000 " Z8, INNER_UDP4, "", ""},

    /* ITU-T Q.922, RFC 2427 */
    {"FRELAY", 107, "1841 03 cc", INNER_UDP4, "", ""},
    {"FRELAY, IPv6", 107, "1841 03 8e", INNER_TCP6, "", ""},
    {"FRELAY, SNAP", 107, "1841 03 00 80 000000 0800", INNER_UDP4, "", ""},
    {"FRELAY, SNAP without padding", 107, "1841 03 80 000000 86dd", INNER_TCP6, "", ""},
    {"FRELAY, three bytes of address", 107, "184003 03 00 cc", INNER_UDP4, "", ""},
    {"FRELAY, four bytes of address", 107, "18400001 03 cc", INNER_UDP4, "", ""},
    {"FRELAY that is Cisco's", 107, "1841 0800", INNER_UDP4, "", ""},
    {"FRELAY, PPP", 107, "1841 03 cf 0021", INNER_UDP4, "", ""},
    {"FRELAY, bridged Ethernet", 107, "1841 03 00 80 0080c2 0007" MACS "0800", INNER_UDP4, "", ""},
    {"FRELAY_WITH_DIR", 206, "01 1841 03 cc", INNER_UDP4, "", ""},
    {"LINUX_SLL, Frame Relay", 113, "0000 0302 0002 1841000000000000 0000 1841 03 cc", INNER_UDP4,
     "", ""},

    /* RFC 2684 */
    {"ATM_RFC1483", 100, SNAP "0800", INNER_UDP4, "", ""},
    {"ATM_RFC1483, bridged Ethernet", 100, "aaaa03 0080c2 0007 0000" MACS "86dd", INNER_TCP6, "",
     ""},
    {"ATM_RFC1483, PPP", 100, "fefe03 cf 0021", INNER_UDP4, "", ""},

    /* IEEE 802.5, RFC 1042, 1390, 2625, 2734, 4391 */
    {"IEEE802_5", 6, "1040" MACS SNAP "0800", INNER_UDP4, "", ""},
    {"IEEE802_5, routed", 6, "1040 020000000002 820000000001 0630 0011 0020" SNAP "86dd",
     INNER_TCP6, "", ""},
    {"FDDI", 10, "50" MACS SNAP "0800", INNER_UDP4, "", ""},
    {"FDDI with a priority", 10, "57" MACS SNAP "0800", INNER_UDP4, "", ""},
    {"IP_OVER_FC", 122, "1000020000000002 1000020000000001" SNAP "0800", INNER_UDP4, "", ""},
    {"APPLE_IP_OVER_IEEE1394", 138, Z8 Z8 "86dd", INNER_TCP6, "", ""},
    {"IPOIB", 242, Z8 Z8 Z8 Z8 Z8 "0800 0000", INNER_UDP4, "", ""},

    {"MPLS", 219, "00010140", INNER_UDP4, "", "mpls 16"},
    {"NETANALYZER", 240, "00000000" MACS "0800", INNER_UDP4, "", ""},
    {"DSA_TAG_BRCM", 281, MACS "20000008 0800", INNER_UDP4, "", ""},
    {"DSA_TAG_BRCM_PREPEND", 282, "20000008" MACS "86dd", INNER_TCP6, "", ""},
    {"DSA_TAG_DSA", 284, MACS "c0180000 0800", INNER_UDP4, "", ""},
    {"DSA_TAG_EDSA, 802.1Q", 285, MACS "dada0000 c0180000 8100 0064 86dd", INNER_TCP6, "100", ""},
    {"NETANALYZER_TRANSPARENT", 241, "00000000 55555555555555d5" MACS "86dd", INNER_TCP6, "", ""},

    /* OpenBSD's <net/if_enc.h>, <net/if_pflog.h> in its versions; tcpdump.org/linktypes.html */
    {"ENC", 109, "02000000 00001234 00000000", INNER_UDP4, "", ""},
    {"ENC, IPv6, big-endian", 109, "00000018 00001234 00000000", INNER_TCP6, "", ""},
    {"PFLOG of 48 bytes", 117, "2d02 0000" Z8 Z8 Z8 Z8 Z8 "00000000", INNER_UDP4, "", ""},
    {"PFLOG of 64 bytes", 117, "3d02 0000" Z60, INNER_UDP4, "", ""},
    {"PFLOG of 64 bytes, IPv6 of OpenBSD", 117, "4018 0000" Z60, INNER_TCP6, "", ""},
    {"PFLOG of 100 bytes, IPv6 of FreeBSD", 117, "641c 0000" Z60 Z8 Z8 Z8 Z8 "00000000", INNER_TCP6,
     "", ""},
    {"IPNET", 226, "0102 0000 00000038 00000001 00000000 00000000 00000000", INNER_UDP4, "", ""},
    {"IPNET, IPv6", 226, "011a 0000 00000054 00000001 00000000 00000000 00000000", INNER_TCP6, "",
     ""},
    {"PKTAP, Ethernet", 258, "6c000000 01000000 01000000" Z60 Z8 Z8 Z8 Z8 "00000000" MACS "0800",
     INNER_UDP4, "", ""},
    {"PKTAP, raw", 258, "6c000000 01000000 0c000000" Z60 Z8 Z8 Z8 Z8 "00000000", INNER_TCP6, "",
     ""},
};

enum { CARRIAGES = sizeof carriages / sizeof carriages[0] };

/* Attributes are in the byte order of the machine, as capture/ leaves them. */
static const struct carriage nflog_little[] = {
    {"NFLOG", 239, "0200 0005 0800 0100 08000100 0500 0a00 00 000000 2400 0900", INNER_UDP4, "",
     ""},
    {"NFLOG, IPv6", 239, "0a00 0000 4000 0900", INNER_TCP6, "", ""},
};
static const struct carriage nflog_big[] = {
    {"NFLOG", 239, "0200 0005 0008 0001 08000100 0005 000a 00 000000 0024 0009", INNER_UDP4, "",
     ""},
    {"NFLOG, IPv6", 239, "0a00 0000 0040 0009", INNER_TCP6, "", ""},
};

static const struct carriage *nflog_here(void)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 1 ? nflog_little : nflog_big;
}

static void test_each_link_type_leads_to_its_packet(void **state)
{
    (void)state;
    carriages_check(carriages, CARRIAGES);
    carriages_check(nflog_here(), 2);
}

static void test_changed_bytes_do_no_harm(void **state)
{
    (void)state;
    carriages_check_mutated(carriages, CARRIAGES, 500);
    carriages_check_mutated(nflog_here(), 2, 5000);
}

/* Frames without IP are decoded as far as there is anything: nothing is wrong with them. */
static void test_frames_without_ip_are_decoded(void **state)
{
    (void)state;
    static const struct {
        uint16_t link_type;
        const char *hex;
        const char *vlans;
    } rows[] = {
        {1, MACS "0806 0001080006040001", ""},        /* ARP */
        {1, MACS "88cc 0207040200000000", ""},        /* LLDP */
        {1, MACS "8100 0064 0806 00010800", "100"},   /* ARP in a VLAN */
        {1, MACS "0026 424203 0000000000", ""},       /* spanning tree */
        {1, MACS "000c aaaa03 00000c 2000 0102", ""}, /* CDP: another OUI */
        {1, MACS "0020 ffff 0020 0001", ""},          /* Novell's own 802.3 */
        {1, MACS "0028 aaaa13 000000 0800", ""}, /* SNAP in other than unnumbered information */
        {0, "07000000 45000020", ""},            /* AF_ISO */
        {0, "00000000 45000020", ""},            /* AF_UNSPEC */
        {113, "0004 0338 0000 0000000000000000 0000 45000020", ""}, /* netlink */
        {113, "0000 0321 0006 0200000000010000 0800 45000020", ""}, /* 802.11: no ethertype */
        {276, "0806 0000 00000002 0001 00 06 0200000000010000 0001", ""},
        {9, "ff03 c021 01010004", ""}, /* LCP */
        {50, "ff03 8021 01010004", ""},
        {51, "1109 0000 0004 01010000", ""}, /* discovery */
        {104, "8f00 8035 00000002", ""},     /* SLARP */
        {6, "1000" MACS "0011", ""},         /* Token Ring's own management */
        {10, "41" MACS "0011", ""},          /* FDDI's */
        {107, "1841 03 08 0046", ""},        /* Q.933 */
        {109, "00000000 00000000 00000000 45000020", ""},
        {117, "3d00 0000" Z60 "45000020", ""},
        {226, "0100 0000 00000038 00000001 00000000 00000000 00000000 45000020", ""},
        {239, "0200 0000", ""}, /* no attribute */
        {258, "0c000000 02000000 01000000 45000020", ""},
    };
    struct decoding out;
    char text[64];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        decode_hex(&out, rows[i].hex, rows[i].link_type);
        assert_int_equal(out.packet.decoded, DECODED);
        assert_int_equal(out.packet.ip.has, 0);
        assert_int_equal(out.packet.tunnel_count, 0);
        assert_string_equal(vlans_format(&out.packet, text, sizeof text), rows[i].vlans);
    }
}

static void test_encrypted_frames_are_unsupported(void **state)
{
    (void)state;
    static const char *const rows[] = {
        MACS "88e5 0c00 00000001 0102030405060708",
        MACS "88e5 2c00 00000001 0200000000010001 01020304",
        MACS "88e5 0400 00000001 0102030405060708",
        MACS "88e5 8000 00000001 0800 45000020", /* of another version */
    };
    struct decoding out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        decode_hex(&out, rows[i], 1);
        assert_int_equal(out.packet.decoded, UNSUPPORTED);
        assert_int_equal(out.packet.ip.has, 0);
    }
}

static void test_contradictions_are_malformed(void **state)
{
    (void)state;
    static const struct {
        uint16_t link_type;
        const char *hex;
    } rows[] = {
        {1, MACS "0800 60000000000006400000000000000000"}, /* ethertype and version differ */
        {1, MACS "86dd 45000014000000004006000000000000"},
        {228, "60000000000006400000000000000000"},
        {229, "4500001400000000400600000000000000000000"},
        {101, "35000014000000004006000000000000"},      /* version 3 */
        {51, "2100 0001 0022 0021"},                    /* PPPoE of another version */
        {107, "1940 03 cc 45000020"},                   /* an address of one byte */
        {107, "1840000000 03 cc 45000020"},             /* and of more than four */
        {117, "2c02 0000" Z60 "45000020"},              /* shorter than any version */
        {239, "0200 0000 0000 0900 45000020 00000000"}, /* an attribute of no length */
        {258, "0b000000 01000000 01000000 45000020"},
    };
    struct decoding out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        decode_hex(&out, rows[i].hex, rows[i].link_type);
        assert_int_equal(out.packet.decoded, MALFORMED);
        assert_int_equal(out.packet.ip.has, 0);
    }
}

/* Both lengths say 20 bytes of IP, of which the IP header claims 32. */
static void test_lengths_of_the_link_bound_the_packet(void **state)
{
    (void)state;
    struct decoding out;
    decode_hex(&out,
               MACS "001c aaaa03 000000 0800 45000020 12340000 40110000 c0000201 c6336402"
                    "9c400035 000cabcd",
               1);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
    assert_false(out.packet.ip.has & HAS_PORTS);
    decode_hex(&out,
               "1100 0001 0016 0021 45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd",
               51);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
    assert_false(out.packet.ip.has & HAS_PORTS);
}

/* LINKTYPE values from tcpdump.org/linktypes.html. */
static void test_known_link_types_are_those_with_a_row(void **state)
{
    (void)state;
    static const uint16_t known[] = {0,   1,   6,   8,   9,   10,  12,  14,  50,  51,  100,
                                     101, 104, 105, 107, 108, 109, 113, 117, 119, 122, 127,
                                     138, 163, 166, 192, 204, 205, 206, 219, 226, 228, 229,
                                     239, 240, 241, 242, 258, 276, 281, 282, 284, 285};
    size_t count = 0;
    for (uint32_t type = 0; type <= UINT16_MAX; type++) {
        const char *name = "unset";
        bool row = decode_link_type_known((uint16_t)type, &name);
        bool expected = count < sizeof known / sizeof known[0] && known[count] == type;
        assert_int_equal(row, expected);
        assert_int_equal(decode_link_type_known((uint16_t)type, NULL), expected);
        if (expected)
            assert_true(name != NULL && name[0] != '\0' && strcmp(name, "unset") != 0);
        else
            assert_null(name);
        count += expected;
    }
    assert_int_equal(count, sizeof known / sizeof known[0]);
}

static void test_unknown_link_types_are_unsupported(void **state)
{
    (void)state;
    static const uint16_t unknown[] = {2, 13, 102, 147, 277, 65535};
    struct decoding out;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        decode_hex(&out, inners[INNER_UDP4].hex, unknown[i]);
        assert_int_equal(out.packet.decoded, UNSUPPORTED);
        assert_int_equal(out.packet.ip.has, 0);
        assert_int_equal(out.packet.vlan_count, 0);
        assert_int_equal(out.packet.context, 0);
        assert_null(out.packet.icmp);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_link_type_leads_to_its_packet),
    cmocka_unit_test(test_changed_bytes_do_no_harm),
    cmocka_unit_test(test_frames_without_ip_are_decoded),
    cmocka_unit_test(test_encrypted_frames_are_unsupported),
    cmocka_unit_test(test_contradictions_are_malformed),
    cmocka_unit_test(test_lengths_of_the_link_bound_the_packet),
    cmocka_unit_test(test_known_link_types_are_those_with_a_row),
    cmocka_unit_test(test_unknown_link_types_are_unsupported),
};

int main(void)
{
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
