/* 802.11: the packet behind each form of its header, and behind what captures put in front of it.
 */
#include "frame.h"

/* Frame control is written out in each row: type, then flags. IEEE 802.11-2020 9.2.3, 9.3.2. */
#define MACS       "020000000002 020000000001 020000000003 "
#define HEAD       "2c00 " MACS "1000 " /* duration, addresses, sequence control */
#define SNAP(type) "aaaa03 000000" type " "
#define PLAIN      "0801" HEAD SNAP("0800")
#define QOS        "8801" HEAD "0000 "
#define Z8         "0000000000000000 "
#define Z56        Z8 Z8 Z8 Z8 Z8 Z8 Z8
#define Z136       Z56 Z56 Z8 Z8 Z8

static const struct carriage carriages[] = {
    {"to the access point", 105, PLAIN, INNER_UDP4, "", ""},
    {"from the access point, IPv6", 105, "0802" HEAD SNAP("86dd"), INNER_TCP6, "", ""},
    {"between stations, retry, power management, more data", 105, "0838" HEAD SNAP("0800"),
     INNER_UDP4, "", ""},
    {"between access points, with a fourth address", 105, "0803" HEAD "020000000004" SNAP("86dd"),
     INNER_TCP6, "", ""},
    {"first fragment", 105, "0805" HEAD SNAP("0800"), INNER_UDP4, "", ""},
    {"data with an acknowledgement", 105, "1801" HEAD SNAP("0800"), INNER_UDP4, "", ""},
    {"strictly ordered, which is no HT control without QoS", 105, "0881" HEAD SNAP("0800"),
     INNER_UDP4, "", ""},
    {"QoS", 105, QOS SNAP("0800"), INNER_UDP4, "", ""},
    {"QoS, four addresses", 105, "8803" HEAD "020000000004 0700" SNAP("0800"), INNER_UDP4, "", ""},
    {"QoS, HT control", 105, "8881" HEAD "0000 00000000" SNAP("86dd"), INNER_TCP6, "", ""},
    {"QoS, HT control, four addresses", 105, "8883" HEAD "020000000004 0000 00000000" SNAP("0800"),
     INNER_UDP4, "", ""},
    {"A-MSDU", 105, "8802" HEAD "8000 020000000002 020000000001 0028" SNAP("0800"), INNER_UDP4, "",
     ""},
    {"A-MSDU, four addresses, HT control", 105,
     "8883" HEAD "020000000004 8000 00000000 020000000002 020000000001 0044" SNAP("86dd"),
     INNER_TCP6, "", ""},
    {"802.1Q behind SNAP", 105, "0801" HEAD SNAP("8100") "0064 0800", INNER_UDP4, "100", ""},

    /* radiotap.org */
    {"radiotap without fields", 127, "0000 0800 00000000" PLAIN, INNER_UDP4, "", ""},
    {"radiotap, flags", 127, "0000 0900 02000000 00" PLAIN, INNER_UDP4, "", ""},
    {"radiotap, padded", 127, "0000 0900 02000000 20" QOS "0000" SNAP("0800"), INNER_UDP4, "", ""},
    {"radiotap, padded, of a header that needs none", 127, "0000 0900 02000000 20" PLAIN,
     INNER_UDP4, "", ""},
    {"radiotap, padded, A-MSDU", 127,
     "0000 0900 02000000 20 8803" HEAD
     "020000000004 8000 020000000002 020000000001 0028" SNAP("0800"),
     INNER_UDP4, "", ""},
    {"radiotap, time, padded", 127, "0000 1100 03000000" Z8 "20" QOS "0000" SNAP("0800"),
     INNER_UDP4, "", ""},
    {"radiotap, two words, an aligned time, padded", 127,
     "0000 1900 03000080 00000000 00000000" Z8 "20" QOS "0000" SNAP("0800"), INNER_UDP4, "", ""},
    {"radiotap, three words, padded", 127,
     "0000 1900 03000080 000000a0 00000000" Z8 "20" QOS "0000" SNAP("0800"), INNER_UDP4, "", ""},
    {"radiotap, other fields than flags", 127, "0000 0c00 0c000000 ffffffff" PLAIN, INNER_UDP4, "",
     ""},

    {"AVS", 163, "80211001 00000040" Z56 PLAIN, INNER_UDP4, "", ""},
    {"AVS, longer", 163, "80211002 00000048" Z56 Z8 PLAIN, INNER_UDP4, "", ""},
    {"Prism", 119, "44000000 90000000" Z136 PLAIN, INNER_UDP4, "", ""},
    {"Prism that is AVS", 119, "80211001 00000040" Z56 PLAIN, INNER_UDP4, "", ""},

    {"PPI, 802.11", 192, "0000 0800 69000000" PLAIN, INNER_UDP4, "", ""},
    {"PPI with a field, Ethernet", 192,
     "0001 0e00 01000000 0300 0200 0000 020000000002 020000000001 86dd", INNER_TCP6, "", ""},
    {"PPI, radiotap", 192, "0000 0800 7f000000 0000 0800 00000000" PLAIN, INNER_UDP4, "", ""},
    {"PPI, raw", 192, "0000 0800 65000000", INNER_UDP4, "", ""},

    {"LINUX_SLL, radiotap", 113, "0003 0323 0006 020000000001 0000 0004 0000 0800 00000000" PLAIN,
     INNER_UDP4, "", ""},
};

enum { CARRIAGES = sizeof carriages / sizeof carriages[0] };

static void test_each_form_leads_to_its_packet(void **state)
{
    (void)state;
    carriages_check(carriages, CARRIAGES);
}

static void test_changed_bytes_do_no_harm(void **state)
{
    (void)state;
    carriages_check_mutated(carriages, CARRIAGES, 1000);
}

#define PACKET4 "45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef "

static void test_frames_that_lead_to_no_packet(void **state)
{
    (void)state;
    static const struct {
        uint16_t link_type;
        const char *hex;
        enum decoded decoded;
    } rows[] = {
        {105, "8000" HEAD "0000000000000000 6400 0104", DECODED},     /* beacon */
        {105, "d400 0000 020000000001", DECODED},                     /* acknowledgement */
        {105, "4801" HEAD, DECODED},                                  /* null */
        {105, "c801" HEAD "0000", DECODED},                           /* QoS null */
        {105, "0801 2c00" MACS "1100" SNAP("0800") PACKET4, DECODED}, /* later fragment */
        {105, "0841" HEAD SNAP("0800") PACKET4, UNSUPPORTED},         /* protected */
        {105, "8841" HEAD "0000" SNAP("0800") PACKET4, UNSUPPORTED},
        {105, "0901" HEAD SNAP("0800") PACKET4, UNSUPPORTED}, /* of another version */
        {105, "0801" HEAD SNAP("888e") "01030005", DECODED},  /* EAPOL */
        {127, "0100 0800 00000000" PLAIN PACKET4, UNSUPPORTED},
        {127, "0000 0700 00000000" PLAIN PACKET4, MALFORMED},          /* too short for itself */
        {127, "0000 0c00 00000080 00000080" PLAIN PACKET4, MALFORMED}, /* words without an end */
        {127, "0000 0800 02000000" PLAIN PACKET4, MALFORMED},          /* flags behind the end */
        {127, "0000 0900 02000000 40" PLAIN PACKET4, MALFORMED},       /* bad check sequence */
        {163, "80211001 0000003f" Z56 PLAIN PACKET4, MALFORMED},
        {192, "0100 0800 69000000" PLAIN PACKET4, UNSUPPORTED},
        {192, "0000 0700 69000000" PLAIN PACKET4, MALFORMED},
        {192, "0000 0800 02000000" PLAIN PACKET4, UNSUPPORTED}, /* a link type without a row */
        {192, "0000 0800 69000100" PLAIN PACKET4, UNSUPPORTED}, /* one beyond 16 bits */
    };
    struct decoding out;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("    %s\n", rows[i].hex);
        decode_hex(&out, rows[i].hex, rows[i].link_type);
        assert_int_equal(out.packet.decoded, rows[i].decoded);
        assert_int_equal(out.packet.ip.has, 0);
    }
}

/* Of a datagram whose IP header claims no length, all to the end of the frame is its own: the check
 * sequence is not, where the capture has all of the frame and says that there is one. */
static void test_check_sequence_is_no_payload(void **state)
{
    (void)state;
#define ENDLESS "45000000 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef"
    static struct frame frame;
    struct decoding out;
    frame.size = 0;
    frame_put(&frame, "0000 0900 02000000 10" PLAIN ENDLESS "fcfcfcfc");
    decode_frame(&out, &frame, 127);
    assert_int_equal(out.packet.ip.total_length, 32);
    decode_bytes(&out, frame.bytes, frame.size, frame.size + 1, 127);
    assert_int_equal(out.packet.ip.total_length, 36);
    frame.bytes[8] = 0;
    decode_frame(&out, &frame, 127);
    assert_int_equal(out.packet.ip.total_length, 36);
    decode_hex(&out, "0000 0900 02000000 10 0801 2c", 127);
    assert_int_equal(out.packet.decoded, TRUNCATED);
}

/* Its length bounds the first of several frames in one. */
static void test_first_of_several_frames_ends_where_the_next_begins(void **state)
{
    (void)state;
    struct decoding out;
    decode_hex(&out,
               "8802" HEAD "8000 020000000002 020000000001 0028" SNAP("0800") ENDLESS
               "0000 020000000002 020000000001 0028" SNAP("0800") PACKET4,
               105);
    assert_int_equal(out.packet.decoded, DECODED);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
    assert_int_equal(out.packet.ip.total_length, 32);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_each_form_leads_to_its_packet),
    cmocka_unit_test(test_changed_bytes_do_no_harm),
    cmocka_unit_test(test_frames_that_lead_to_no_packet),
    cmocka_unit_test(test_check_sequence_is_no_payload),
    cmocka_unit_test(test_first_of_several_frames_ends_where_the_next_begins),
};

int main(void)
{
    return cmocka_run_group_tests_name("link_wlan", tests, NULL, NULL);
}
