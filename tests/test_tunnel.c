/* Encapsulations: the packet inside each, the list of what was crossed, and what is no tunnel. */
#include "frame.h"

#define ETH(type) "020000000002 020000000001" type " "
/* 10.0.0.1 > 10.0.0.2, fd00::1 > fd00::2 */
#define IP4(total, proto) "4500" total "00010000 40" proto "0000 0a000001 0a000002 "
#define IP6(payload, next)                                                                         \
    "60000000" payload next "40 fd000000000000000000000000000001"                                  \
    "fd000000000000000000000000000002 "
#define UDP(port, length) "c000" port length "0000 "
#define OUTER4            "10.0.0.1 10.0.0.2"
#define OUTER6            "fd00::1 fd00::2"

/* The inner packet has 32 bytes in IPv4, 60 in IPv6; the lengths around it were summed up by hand.
 */
static const struct carriage carriages[] = {
    /* RFC 2003, 4213, 2473, 4302 */
    {"IPv4 in IPv4", 101, IP4("0034", "04"), INNER_UDP4, "", "ipip " OUTER4},
    {"IPv6 in IPv4", 101, IP4("0050", "29"), INNER_TCP6, "", "sit " OUTER4},
    {"IPv4 in IPv6", 101, IP6("0020", "04"), INNER_UDP4, "", "ipip " OUTER6},
    {"IPv6 in IPv6", 101, IP6("003c", "29"), INNER_TCP6, "", "ipip " OUTER6},
    {"IPv4 in AH in IPv4", 101,
     IP4("004c", "33") "04040000 00000001 00000001 000000000000000000000000", INNER_UDP4, "",
     "ipip " OUTER4},
    {"IPv4 in IPv4 in IPv4", 101, IP4("0048", "04") IP4("0034", "04"), INNER_UDP4, "",
     "ipip " OUTER4 ", ipip " OUTER4},

    /* RFC 2516, 1661 */
    {"PPPoE", 1, ETH("8864") "11000001 0022 0021", INNER_UDP4, "", "pppoe 1"},
    {"PPPoE, IPv6, in a VLAN", 1, ETH("8100") "0007 8864 1100abcd 003e 0057", INNER_TCP6, "7",
     "pppoe 43981"},

    /* RFC 3032, 5332, 4448 */
    {"MPLS", 1, ETH("8847") "00010140", INNER_UDP4, "", "mpls 16"},
    {"MPLS, IPv6, multicast", 1, ETH("8848") "000101ff", INNER_TCP6, "", "mpls 16"},
    {"MPLS, three labels", 1, ETH("8847") "00010040 00020e40 fffff140", INNER_UDP4, "",
     "mpls 1048575"},
    {"MPLS over PPP", 9, "ff030281 00010140", INNER_UDP4, "", "mpls 16"},
    {"pseudowire with a control word", 1, ETH("8847") "00010140 00000000" ETH("0800"), INNER_UDP4,
     "", "mpls 16"},
    {"pseudowire without", 1, ETH("8847") "00010140" ETH("86dd"), INNER_TCP6, "", "mpls 16"},
    {"pseudowire without, of an address that begins like IPv4", 1,
     ETH("8847") "00010140 450000000002 020000000001 0800", INNER_UDP4, "", "mpls 16"},
    {"pseudowire without, of an address that begins like IPv6", 1,
     ETH("8847") "00010140 600000000002 02000000ffff 8100 0009 0800", INNER_UDP4, "9", "mpls 16"},

    /* RFC 2784, 2890, 2637, 7637 */
    {"GRE", 101, IP4("0038", "2f") "00000800", INNER_UDP4, "", "gre " OUTER4},
    {"GRE, IPv6", 101, IP4("0054", "2f") "000086dd", INNER_TCP6, "", "gre " OUTER4},
    {"GRE over IPv6", 101, IP6("0024", "2f") "00000800", INNER_UDP4, "", "gre " OUTER6},
    {"GRE with checksum, key and sequence", 101,
     IP4("0044", "2f") "b0000800 11110000 00000007 00000001", INNER_UDP4, "", "gre 7 " OUTER4},
    {"GRE, Ethernet", 101, IP4("0046", "2f") "00006558" ETH("0800"), INNER_UDP4, "", "gre " OUTER4},
    {"GRE, Ethernet, VLAN", 101, IP4("004e", "2f") "20006558 00000064" ETH("8100") "0003 0800",
     INNER_UDP4, "3", "gre 100 " OUTER4},
    {"GRE, WCCP", 101, IP4("0038", "2f") "0000883e", INNER_UDP4, "", "gre " OUTER4},
    {"GRE, WCCP of version 2", 101, IP4("003c", "2f") "0000883e 01020304", INNER_UDP4, "",
     "gre " OUTER4},
    {"NVGRE", 101, IP4("004a", "2f") "20006558 00640001" ETH("0800"), INNER_UDP4, "",
     "nvgre 25600 " OUTER4},
    {"NVGRE, the least and the greatest subnet", 101,
     IP4("0074", "2f") "20006558 001000ff" ETH("0800")
         IP4("004a", "2f") "20006558 fffffe00" ETH("0800"),
     INNER_UDP4, "", "nvgre 4096 " OUTER4 ", nvgre 16777214 " OUTER4},
    {"GRE with a key of a reserved subnet", 101, IP4("004a", "2f") "20006558 000fffff" ETH("0800"),
     INNER_UDP4, "", "gre 1048575 " OUTER4},
    {"GRE with a key that is no subnet, for a sequence number is there", 101,
     IP4("004e", "2f") "30006558 00640001 00000001" ETH("0800"), INNER_UDP4, "",
     "gre 6553601 " OUTER4},
    {"GRE, MPLS", 101, IP4("003c", "2f") "00008847 00010140", INNER_UDP4, "",
     "gre " OUTER4 ", mpls 16"},
    {"PPTP", 101, IP4("0044", "2f") "3001880b 00240009 00000001 ff030021", INNER_UDP4, "",
     "pptp 9 " OUTER4},
    {"PPTP with acknowledgement", 101,
     IP4("0048", "2f") "3081880b 00240009 00000001 00000001 ff030021", INNER_UDP4, "",
     "pptp 9 " OUTER4},
    {"ERSPAN type I", 101, IP4("0046", "2f") "000088be" ETH("0800"), INNER_UDP4, "",
     "erspan " OUTER4},
    {"ERSPAN type II", 101, IP4("0052", "2f") "100088be 00000001 10010064 00000001" ETH("0800"),
     INNER_UDP4, "", "erspan 100 " OUTER4},
    {"ERSPAN type III", 101,
     IP4("0056", "2f") "100022eb 00000001 20010064 00000000 00008000" ETH("0800"), INNER_UDP4, "",
     "erspan 100 " OUTER4},
    {"ERSPAN type III with a platform header", 101,
     IP4("005e", "2f") "100022eb 00000001 200103ff 00000000 00008001 0000000000000000" ETH("0800"),
     INNER_UDP4, "", "erspan 1023 " OUTER4},
    {"ERSPAN type III of an IP packet", 101,
     IP4("0048", "2f") "100022eb 00000001 20010064 00000000 00008800", INNER_UDP4, "",
     "erspan 100 " OUTER4},

    /* RFC 3378, 3931, 4719, 4023 */
    {"EtherIP", 101, IP4("0044", "61") "3000" ETH("0800"), INNER_UDP4, "", "etherip " OUTER4},
    {"L2TPv3", 101, IP4("0046", "73") "00000007" ETH("0800"), INNER_UDP4, "", "l2tpv3 7 " OUTER4},
    {"L2TPv3 with a cookie and a sublayer, over IPv6", 101,
     IP6("005a", "73") "00000007 0102030405060708 40000001" ETH("86dd"), INNER_TCP6, "",
     "l2tpv3 7 " OUTER6},
    {"MPLS in IP", 101, IP4("0038", "89") "00010140", INNER_UDP4, "", "mpls 16"},

    /* IEEE 802.1ah, RFC 8300 */
    {"802.1ah", 1, ETH("88e7") "20012345" ETH("0800"), INNER_UDP4, "", "pbb 74565"},
    {"802.1ah with a B-TAG, of a VLAN", 1, ETH("88a8") "0064 88e7 00000007" ETH("8100") "0005 86dd",
     INNER_TCP6, "100 5", "pbb 7"},
    {"NSH", 1, ETH("894f") "0fc20201 00002aff", INNER_UDP4, "", "nsh 42"},
    {"NSH with metadata, Ethernet", 1,
     ETH("894f") "0fc60103 00002aff 00000000000000000000000000000000" ETH("86dd"), INNER_TCP6, "",
     "nsh 42"},
    {"NSH, IPv6", 1, ETH("894f") "0fc20202 00002aff", INNER_TCP6, "", "nsh 42"},
    {"NSH, MPLS", 1, ETH("894f") "0fc20205 00002aff 00010140", INNER_UDP4, "", "nsh 42, mpls 16"},

    /* RFC 7348 */
    {"VXLAN", 101, IP4("0052", "11") UDP("12b5", "003e") "08000000 00006400" ETH("0800"),
     INNER_UDP4, "", "vxlan 100 " OUTER4},
    {"VXLAN over IPv6", 101, IP6("005a", "11") UDP("12b5", "005a") "08000000 ffffff00" ETH("86dd"),
     INNER_TCP6, "", "vxlan 16777215 " OUTER6},
    {"VXLAN in a VLAN, of a VLAN", 1,
     ETH("8100") "0004 0800" IP4("0056", "11")
         UDP("12b5", "0042") "08000000 00000000" ETH("8100") "0005 0800",
     INNER_UDP4, "4 5", "vxlan 0 " OUTER4},
    {"VXLAN with a group policy", 101,
     IP4("0052", "11") UDP("12b5", "003e") "88081234 00006400" ETH("0800"), INNER_UDP4, "",
     "vxlan 100 " OUTER4},

    {"VXLAN over Ethernet", 1,
     ETH("0800") IP4("0052", "11") UDP("12b5", "003e") "08000000 00006400" ETH("0800"), INNER_UDP4,
     "", "vxlan 100 " OUTER4},

    /* RFC 8926 */
    {"Geneve, IPv4", 101, IP4("0044", "11") UDP("17c1", "0030") "00000800 00006400", INNER_UDP4, "",
     "geneve 100 " OUTER4},
    {"Geneve, IPv6", 101, IP4("0060", "11") UDP("17c1", "004c") "000086dd 00006400", INNER_TCP6, "",
     "geneve 100 " OUTER4},
    {"Geneve, Ethernet, with an option", 101,
     IP4("005a", "11") UDP("17c1", "0046") "02406558 00006400 01028001 00000000" ETH("0800"),
     INNER_UDP4, "", "geneve 100 " OUTER4},

    /* 3GPP TS 29.281 */
    {"GTP-U", 101, IP4("0044", "11") UDP("0868", "0030") "30ff0020 00000abc", INNER_UDP4, "",
     "gtpu 2748 " OUTER4},
    {"GTP-U with a sequence number, IPv6", 101,
     IP4("0064", "11") UDP("0868", "0050") "32ff0040 fedcba98 00010000", INNER_TCP6, "",
     "gtpu 4275878552 " OUTER4},
    {"GTP-U with two extension headers", 101,
     IP4("0054", "11") UDP("0868", "0040") "36ff0030 00000abc 00010085 01100985 0210090000000000",
     INNER_UDP4, "", "gtpu 2748 " OUTER4},

    /* RFC 4380 */
    {"Teredo", 101, IP4("0058", "11") UDP("0dd8", "0044"), INNER_TEREDO, "", "teredo " OUTER4},
    {"Teredo from the server", 101, IP4("0058", "11") "0dd8c000 0044 0000", INNER_TEREDO, "",
     "teredo " OUTER4},
    {"Teredo with an origin", 101, IP4("0060", "11") UDP("0dd8", "004c") "000063bf 3ffffdfe",
     INNER_TEREDO, "", "teredo " OUTER4},
    {"Teredo with authentication and origin", 101,
     IP4("006d", "11") UDP("0dd8", "0059") "00010000 0102030405060708 00 000063bf 3ffffdfe",
     INNER_TEREDO, "", "teredo " OUTER4},
    {"Teredo with an identified authentication", 101,
     IP4("006a", "11") UDP("0dd8", "0056") "00010203 aabb ccddee 0102030405060708 00", INNER_TEREDO,
     "", "teredo " OUTER4},

    /* RFC 2661 */
    {"L2TP", 101, IP4("0046", "11") UDP("06a5", "0032") "0002 0005 0006 ff030021", INNER_UDP4, "",
     "l2tp 327686 " OUTER4},
    {"L2TP with length, sequence and offset", 101,
     IP4("004e", "11") UDP("06a5", "003a") "4a02 0032 0005 0006 0001 0002 0002 ffff 0021",
     INNER_UDP4, "", "l2tp 327686 " OUTER4},
    {"L2TP, IPv6, priority", 101, IP4("0062", "11") UDP("06a5", "004e") "0102 0005 0006 ff030057",
     INNER_TCP6, "", "l2tp 327686 " OUTER4},
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
    carriages_check_mutated(carriages, CARRIAGES, 1000);
}

static void test_every_type_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < TUNNEL_TYPES; i++) {
        assert_non_null(tunnel_names[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tunnel_names[i], tunnel_names[j]);
    }
    assert_string_equal(tunnel_names[TUNNEL_GRE], "gre");
    assert_string_equal(tunnel_names[TUNNEL_IPIP], "ipip");
    assert_string_equal(tunnel_names[TUNNEL_SIT], "sit");
    assert_string_equal(tunnel_names[TUNNEL_VXLAN], "vxlan");
    assert_string_equal(tunnel_names[TUNNEL_GENEVE], "geneve");
    assert_string_equal(tunnel_names[TUNNEL_GTPU], "gtpu");
    assert_string_equal(tunnel_names[TUNNEL_MPLS], "mpls");
    assert_string_equal(tunnel_names[TUNNEL_PPPOE], "pppoe");
}

/* ---- what is no tunnel ---------------------------------------------------------------------- */

#define PACKET4 "45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef "
#define HEAD4   "45000020 12340000 40110000 c0000201 c6336402"

/* A datagram of 10.0.0.1 to one of the ports, of which one thing is not as the specification has
 * it: it stays what it is. `payload` is all that is behind the UDP header. */
static const struct {
    const char *name, *port, *payload;
} no_tunnels[] = {
    {"VXLAN without its flag", "12b5", "00000000 00006400" ETH("0800") PACKET4},
    {"VXLAN with an unknown flag", "12b5", "0c000000 00006400" ETH("0800") PACKET4},
    {"VXLAN with reserved bits", "12b5", "08000100 00006400" ETH("0800") PACKET4},
    {"VXLAN with reserved bits in the end", "12b5", "08000000 00006401" ETH("0800") PACKET4},
    {"VXLAN of ARP", "12b5", "08000000 00006400" ETH("0806") "0001080006040001"},
    {"VXLAN of IPv4 that is not", "12b5", "08000000 00006400" ETH("0800") "60000020" PACKET4},
    {"VXLAN of IPv4 longer than itself", "12b5",
     "08000000 00006400" ETH("0800") "45000021 12340000 40110000 c0000201 c6336402 9c400035"
                                     "000cabcd deadbeef"},
    {"VXLAN of IPv4 shorter than its header", "12b5",
     "08000000 00006400" ETH("0800") "45000013 12340000 40110000 c0000201 c6336402"},
    {"VXLAN of IPv4 with a header of four words", "12b5",
     "08000000 00006400" ETH("0800") "44000020 12340000 40110000 c0000201 c6336402 9c400035"
                                     "000cabcd deadbeef"},
    {"VXLAN cut short", "12b5", "08000000 000064"},
    {"Geneve of version 1", "17c1", "40000800 00006400" PACKET4},
    {"Geneve with reserved bits", "17c1", "00010800 00006400" PACKET4},
    {"Geneve with reserved bits in the end", "17c1", "00000800 00006401" PACKET4},
    {"Geneve of another protocol", "17c1", "00000806 00006400" PACKET4},
    {"Geneve of another family", "17c1", "000086dd 00006400" PACKET4},
    {"Geneve with options beyond the end", "17c1", "3f000800 00006400" PACKET4},
    {"GTP-U of version 2", "0868", "50ff0020 00000abc" PACKET4},
    {"GTP' ", "0868", "20ff0020 00000abc" PACKET4},
    {"GTP-U with the spare bit", "0868", "38ff0020 00000abc" PACKET4},
    {"GTP-U echo request", "0868", "30010020 00000abc" PACKET4},
    {"GTP-U longer than the datagram", "0868", "30ff0021 00000abc" PACKET4},
    {"GTP-U shorter than the datagram", "0868", "30ff001f 00000abc" PACKET4},
    {"GTP-U with an extension of no length", "0868", "34ff0028 00000abc 00000085 00100900" PACKET4},
    {"GTP-U with extensions beyond the end", "0868", "34ff0028 00000abc 00000085 ff100985" PACKET4},
    {"GTP-U of no IP", "0868", "30ff0004 00000abc 15000000"},
    {"Teredo of IPv4", "0dd8", PACKET4},
    {"Teredo of addresses that are not", "0dd8",
     "60000000 00003b40 20010db8000000000000000000000001 20010db8000000000000000000000002"},
    {"Teredo longer than the datagram", "0dd8",
     "60000000 00013b40 20010000000000000000000000000001 20010db8000000000000000000000002"},
    {"L2TP control message", "06a5", "8002 0005 0006 ff030021" PACKET4},
    {"L2TP of version 3", "06a5", "0003 0005 0006 ff030021" PACKET4},
    {"L2TP with reserved bits", "06a5", "0012 0005 0006 ff030021" PACKET4},
    {"L2TP longer than the datagram", "06a5", "4002 002d 0005 0006 ff030021" PACKET4},
    {"L2TP shorter than the datagram", "06a5", "4002 002b 0005 0006 ff030021" PACKET4},
    {"L2TP of LCP", "06a5", "0002 0005 0006 ff03c021 01010004"},
    {"L2TP with an offset beyond the end", "06a5", "0202 0005 0006 ffff 0021" PACKET4},
    {"a header of the right form on another port", "12b7", "08000000 00006400" ETH("0800") PACKET4},
};

static void put_length(struct frame *frame, size_t at, size_t length)
{
    frame->bytes[at] = (uint8_t)(length >> 8);
    frame->bytes[at + 1] = (uint8_t)length;
}

static void datagram_build(struct frame *frame, const char *port, const char *payload)
{
    frame->size = 0;
    frame_put(frame, IP4("0000", "11") "c000");
    frame_put(frame, port);
    frame_put(frame, "00000000");
    frame_put(frame, payload);
    put_length(frame, 2, frame->size);
    put_length(frame, 24, frame->size - 20);
}

static void check_plain_datagram(const struct packet *packet)
{
    assert_int_equal(packet->decoded, DECODED);
    assert_int_equal(packet->tunnel_count, 0);
    assert_int_equal(packet->context, 0);
    assert_int_equal(packet->ip.proto, 17);
    assert_true(addresses_are(&packet->ip, "10.0.0.1", "10.0.0.2"));
    assert_true(packet->ip.has & HAS_PORTS);
    assert_int_equal(packet->ip.src_port, 49152);
}

static void test_a_port_is_no_proof(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    for (size_t i = 0; i < sizeof no_tunnels / sizeof no_tunnels[0]; i++) {
        print_message("    %s\n", no_tunnels[i].name);
        datagram_build(&frame, no_tunnels[i].port, no_tunnels[i].payload);
        decode_frame(&out, &frame, 101);
        check_plain_datagram(&out.packet);
    }
}

/* The UDP length is what the inner packet is held against, and has to fit the IP length. */
static void test_udp_length_has_to_fit(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    datagram_build(&frame, "12b5", "08000000 00006400" ETH("0800") PACKET4);
    decode_frame(&out, &frame, 101);
    assert_int_equal(out.packet.tunnel_count, 1);
    put_length(&frame, 24, frame.size - 20 + 1);
    decode_frame(&out, &frame, 101);
    check_plain_datagram(&out.packet);
    put_length(&frame, 24, frame.size - 20 - 1);
    decode_frame(&out, &frame, 101);
    check_plain_datagram(&out.packet);
}

/* A payload length of 0 reaches to the end, which is that of the datagram. */
static void test_what_is_behind_the_datagram_takes_no_part(void **state)
{
    (void)state;
    struct decoding out;
    decode_hex(&out,
               IP4("0054", "11") UDP("17c1", "0038") "000086dd 00006400 60000000 00001140"
                                                     "20010db8000000000000000000000001"
                                                     "20010db8000000000000000000000002"
                                                     "9c400035 00080000",
               101);
    assert_int_equal(out.packet.tunnel_count, 1);
    assert_true(addresses_are(&out.packet.ip, "2001:db8::1", "2001:db8::2"));
    assert_false(out.packet.ip.has & HAS_PORTS);
}

/* The first fragment of a datagram holds less than its UDP length says, and the inner header. */
static void test_first_fragment_of_a_tunnel_is_crossed(void **state)
{
    (void)state;
    static struct frame frame;
    struct decoding out;
    datagram_build(&frame, "12b5", "08000000 00006400" ETH("0800") HEAD4 "9c400035");
    frame.bytes[6] = 0x20;
    put_length(&frame, 24, 8 + 8 + 14 + 32);
    decode_frame(&out, &frame, 101);
    assert_int_equal(out.packet.tunnel_count, 1);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
    frame.bytes[7] = 1;
    decode_frame(&out, &frame, 101);
    assert_int_equal(out.packet.tunnel_count, 0);
    assert_true(addresses_are(&out.packet.ip, "10.0.0.1", "10.0.0.2"));
    assert_false(out.packet.ip.has & HAS_PORTS);
}

/* Something in a tunnel that is not IP: the outer packet is the one to speak of. */
static void test_tunnels_without_ip_leave_the_outer_packet(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum decoded decoded;
    } rows[] = {
        {IP4("0024", "2f") "00000806 0001080006040001 00000000", DECODED},  /* ARP in GRE */
        {IP4("0018", "2f") "00000000", DECODED},                            /* Cisco's keepalive */
        {IP4("0020", "2f") "2081880b 00000009 00000001", DECODED},          /* PPTP, ack alone */
        {IP4("0024", "2f") "3001880b 00040009 00000001 c0210101", DECODED}, /* PPTP, LCP */
        {IP4("002a", "2f") "00006558" ETH("0806") "00010800", DECODED},
        {IP4("001c", "2f") "40000800 00000000", UNSUPPORTED}, /* source routes of RFC 1701 */
        {IP4("001c", "2f") "00020800 00000000", UNSUPPORTED}, /* version 2 */
        {IP4("001c", "2f") "20010800 00000000", MALFORMED},   /* version 1 that is not PPP */
        {IP4("0020", "2f") "100088be 00000001 70010064", TRUNCATED},
        {IP4("0024", "2f") "100088be 00000001 70010064 00000000", UNSUPPORTED},
        {IP4("0034", "04") "60000000 00000000", MALFORMED}, /* IPv6 that is said to be IPv4 */
        {IP4("0034", "29") "45000000 00000000", MALFORMED},
        {IP4("0020", "61") "2000" ETH("0800"), UNSUPPORTED},         /* EtherIP of version 2 */
        {IP4("0020", "73") "00000000 c8030000 00000000", DECODED},   /* L2TPv3, control */
        {IP4("0020", "73") "00000007 000000000000 0000", TRUNCATED}, /* what it carries was cut */
        {IP4("0018", "2f") "0000883e", TRUNCATED},
        {IP4("0034", "04") "46000000 0000", TRUNCATED},
    };
    struct decoding out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame frame = {.size = 0};
        frame_put(&frame, rows[i].hex);
        decode_bytes(&out, frame.bytes, frame.size, frame.size + 40, 101);
        assert_int_equal(out.packet.decoded, rows[i].decoded);
        assert_true(addresses_are(&out.packet.ip, "10.0.0.1", "10.0.0.2"));
        assert_int_equal(out.packet.tunnel_count, 0);
        assert_int_equal(out.packet.context, 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_encapsulation_leads_to_its_packet),
    cmocka_unit_test(test_changed_bytes_do_no_harm),
    cmocka_unit_test(test_every_type_has_a_name_of_its_own),
    cmocka_unit_test(test_a_port_is_no_proof),
    cmocka_unit_test(test_udp_length_has_to_fit),
    cmocka_unit_test(test_what_is_behind_the_datagram_takes_no_part),
    cmocka_unit_test(test_first_fragment_of_a_tunnel_is_crossed),
    cmocka_unit_test(test_tunnels_without_ip_leave_the_outer_packet),
};

int main(void)
{
    return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
