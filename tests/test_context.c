/* The context of a flow: what VLANs and tunnels tell apart, and what they must not. */
#include "frame.h"

#define ETH(type) "020000000002 020000000001" type " "
/* 10.0.0.1 > 10.0.0.2 */
#define IP4(total, proto) "4500" total "00010000 40" proto "0000 0a000001 0a000002 "
#define UDP(port, length) "c000" port length "0000 "
#define PACKET4           "45000020 12340000 40110000 c0000201 c6336402 9c400035 000cabcd deadbeef "

static uint32_t context_of(const char *hex, uint16_t link_type)
{
    struct decoding out;
    decode_hex(&out, hex, link_type);
    assert_true(addresses_are(&out.packet.ip, "192.0.2.1", "198.51.100.2"));
    return out.packet.context;
}

/* 10.0.0.2 > 10.0.0.1 */
#define BACK4(total, proto) "4500" total "00010000 40" proto "0000 0a000002 0a000001 "

static void test_both_directions_have_one_context(void **state)
{
    (void)state;
    static const struct {
        uint16_t link_type;
        const char *there, *back;
    } rows[] = {
        {101, IP4("0034", "04") PACKET4, BACK4("0034", "04") PACKET4},
        {101, IP4("003c", "2f") "20000800 00000007" PACKET4,
         BACK4("003c", "2f") "20000800 00000007" PACKET4},
        {101, IP4("0052", "11") UDP("12b5", "003e") "08000000 00006400" ETH("0800") PACKET4,
         BACK4("0052", "11") UDP("12b5", "003e") "08000000 00006400" ETH("0800") PACKET4},
        /* ids that each side gives out for itself: TEID, session, call, labels */
        {101, IP4("0044", "11") UDP("0868", "0030") "30ff0020 00000abc" PACKET4,
         BACK4("0044", "11") UDP("0868", "0030") "30ff0020 00000def" PACKET4},
        {101, IP4("0046", "11") UDP("06a5", "0032") "0002 0005 0006 ff030021" PACKET4,
         BACK4("0046", "11") UDP("06a5", "0032") "0002 0007 0008 ff030021" PACKET4},
        {101, IP4("0044", "2f") "3001880b 00240009 00000001 ff030021" PACKET4,
         BACK4("0044", "2f") "3001880b 00240063 00000001 ff030021" PACKET4},
        {101, IP4("0046", "73") "00000007" ETH("0800") PACKET4,
         BACK4("0046", "73") "00000008" ETH("0800") PACKET4},
        /* of NVGRE the last 8 bits are the flow's, and may change with the direction */
        {101, IP4("004a", "2f") "20006558 00640001" ETH("0800") PACKET4,
         BACK4("004a", "2f") "20006558 006400fe" ETH("0800") PACKET4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t context = context_of(rows[i].there, rows[i].link_type);
        assert_int_not_equal(context, 0);
        assert_int_equal(context, context_of(rows[i].back, rows[i].link_type));
    }
}

static void test_other_places_have_other_contexts(void **state)
{
    (void)state;
    static const struct {
        uint16_t link_type;
        const char *hex;
    } rows[] = {
        {1, ETH("8100") "0005 0800" PACKET4},
        {1, ETH("8100") "0006 0800" PACKET4},
        {1, ETH("8100") "0005 8100 0006 0800" PACKET4},
        {1, ETH("8100") "0006 8100 0005 0800" PACKET4},
        {101, IP4("0034", "04") PACKET4},
        {101, "45000034 00010000 40040000 0a000001 0a000003" PACKET4}, /* another end */
        {101, IP4("0048", "04") IP4("0034", "04") PACKET4},
        {101, IP4("0038", "2f") "00000800" PACKET4},
        {101, IP4("003c", "2f") "20000800 00000007" PACKET4},
        {101, IP4("003c", "2f") "20000800 00000008" PACKET4},
        {101, IP4("0052", "11") UDP("12b5", "003e") "08000000 00006400" ETH("0800") PACKET4},
        {101, IP4("0052", "11") UDP("12b5", "003e") "08000000 00006500" ETH("0800") PACKET4},
        {1, ETH("8864") "11000001 00220021" PACKET4},
        {1, ETH("8864") "11000002 00220021" PACKET4},
        {101, IP4("004a", "2f") "20006558 00640001" ETH("0800") PACKET4},
        {101, IP4("004a", "2f") "20006558 00640101" ETH("0800") PACKET4}, /* another subnet */
        {101, IP4("004a", "2f") "20006558 00000001" ETH("0800") PACKET4}, /* keys, not subnets */
        {101, IP4("004a", "2f") "20006558 00000002" ETH("0800") PACKET4},
        {1, ETH("88e7") "00000007" ETH("0800") PACKET4},
        {1, ETH("88e7") "00000008" ETH("0800") PACKET4},
        {101, IP4("0044", "61") "3000" ETH("0800") PACKET4},
        {101, IP4("0046", "73") "00000007" ETH("0800") PACKET4},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    uint32_t contexts[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        contexts[i] = context_of(rows[i].hex, rows[i].link_type);
        assert_int_not_equal(contexts[i], 0);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(contexts[i], contexts[j]);
    }
}

static void test_no_vlan_and_priority_tags_have_no_context(void **state)
{
    (void)state;
    assert_int_equal(context_of(PACKET4, 101), 0);
    assert_int_equal(context_of(ETH("0800") PACKET4, 1), 0);
    assert_int_equal(context_of(ETH("8100") "e000 0800" PACKET4, 1), 0);
    assert_int_equal(context_of(ETH("8100") "0000 8100 0005 0800" PACKET4, 1),
                     context_of(ETH("8100") "0005 0800" PACKET4, 1));
    assert_int_equal(context_of(ETH("8100") "e005 0800" PACKET4, 1),
                     context_of(ETH("88a8") "0005 0800" PACKET4, 1));
}

/* The last router but one takes the labels off (RFC 3031 3.16): on one link, a flow may have them
 * in one direction and not in the other. */
static void test_labels_leave_the_context_alone(void **state)
{
    (void)state;
    assert_int_equal(context_of(ETH("8847") "00010140" PACKET4, 1), 0);
    assert_int_equal(context_of(ETH("8847") "00020040 00030140" PACKET4, 1), 0);
    assert_int_equal(context_of(ETH("8100") "0005 8847 00010140" PACKET4, 1),
                     context_of(ETH("8100") "0005 0800" PACKET4, 1));
}

static void test_mixing_keeps_values_apart(void **state)
{
    (void)state;
    static uint32_t mixed[4096];
    for (uint32_t i = 0; i < 4096; i++) {
        mixed[i] = context_mix(0, i);
        assert_int_not_equal(mixed[i], 0);
        assert_int_equal(mixed[i], context_mix(0, i));
        for (uint32_t j = 0; j < i; j++)
            if (mixed[i] == mixed[j])
                fail();
    }
    assert_int_not_equal(context_mix(context_mix(0, 1), 2), context_mix(context_mix(0, 2), 1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_both_directions_have_one_context),
    cmocka_unit_test(test_other_places_have_other_contexts),
    cmocka_unit_test(test_no_vlan_and_priority_tags_have_no_context),
    cmocka_unit_test(test_labels_leave_the_context_alone),
    cmocka_unit_test(test_mixing_keeps_values_apart),
};

int main(void)
{
    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
