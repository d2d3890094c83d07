/* Multicast listeners, routers and forwarders, from bytes made by hand after RFC 2710, 9777 (which
 * is 3810 anew), 4286 and 7731. */
#include "icmp_message.h"

#define GROUP 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16

static const struct addr group = {{GROUP}}, source_1 = {{ADDRESS_V6(1)}},
                         source_2 = {{ADDRESS_V6(2)}};

static void check_addr(const struct addr *addr, const struct addr *expected)
{
    assert_memory_equal(addr, expected, sizeof *addr);
}

static void test_version_1(void **state)
{
    (void)state;
    for (uint8_t type = 130; type <= 132; type++) {
        const uint8_t message[] = {type, 0, 0, 0, 0x27, 0x10, 0, 0, GROUP};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        const struct mld *mld = &icmp.body.v6.of.mld;
        assert_int_equal(icmp.body.v6.has,
                         ICMP_V6_HAS_GROUP | (type == 130 ? ICMP_V6_HAS_QUERY : 0));
        assert_int_equal(mld->version, 1);
        check_addr(&mld->group, &group);
        if (type == 130)
            assert_int_equal(mld->max_response_ms, 10000);
    }
}

/* Of version 1 the delay is a plain number, however large (RFC 2710 3.4). */
static void test_long_delay_of_version_1(void **state)
{
    (void)state;
    const uint8_t message[] = {130, 0, 0, 0, 0xff, 0xff, 0, 0, GROUP};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.of.mld.max_response_ms, 65535);
}

static void test_query_of_version_2(void **state)
{
    (void)state;
    const uint8_t message[] = {130,  0,   0, 0, 0x03,          0xe8,         0, 0, GROUP,
                               0x0a, 125, 0, 2, ADDRESS_V6(1), ADDRESS_V6(2)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_GROUP | ICMP_V6_HAS_QUERY | ICMP_V6_HAS_SOURCES |
                                  ICMP_V6_HAS_QUERIER);
    assert_int_equal(v6->of.mld.version, 2);
    assert_int_equal(v6->of.mld.max_response_ms, 1000);
    assert_true(v6->of.mld.suppress);
    assert_int_equal(v6->of.mld.robustness, 2);
    assert_int_equal(v6->of.mld.query_interval_s, 125);
    assert_int_equal(v6->of.mld.sources.total, 2);
    assert_int_equal(v6->of.mld.sources.kept, 2);
    check_addr(&v6->addresses[v6->of.mld.sources.at], &source_1);
    check_addr(&v6->addresses[v6->of.mld.sources.at + 1], &source_2);
    assert_int_equal(v6->entries_fault, ENTRIES_FINE);
}

/* RFC 9777 5.1.3 and 5.1.9: (mantissa | 1 << bits) << (exponent + 3). */
static void test_floating_forms(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        uint8_t interval;
        uint32_t ms, seconds;
    } forms[] = {
        {0x7fff, 0x7f, 32767, 127},
        {0x8000, 0x80, 0x1000 << 3, 16 << 3},
        {0x9234, 0x95, 0x1234 << 4, 21 << 4},
        {0xffff, 0xff, 0x1fff << 10, 31 << 10},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const uint8_t message[] = {130,
                                   0,
                                   0,
                                   0,
                                   (uint8_t)(forms[i].code >> 8),
                                   (uint8_t)forms[i].code,
                                   0,
                                   0,
                                   GROUP,
                                   0,
                                   forms[i].interval,
                                   0,
                                   0};
        struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
        assert_int_equal(icmp.body.v6.of.mld.max_response_ms, forms[i].ms);
        assert_int_equal(icmp.body.v6.of.mld.query_interval_s, forms[i].seconds);
    }
}

static void test_more_sources_than_there_are(void **state)
{
    (void)state;
    const uint8_t message[] = {130, 0, 0, 0, 0, 0, 0, 0, GROUP, 0, 0, 0xff, 0xff, ADDRESS_V6(1)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.of.mld.sources.total, 65535);
    assert_int_equal(icmp.body.v6.of.mld.sources.kept, 1);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
}

/* ---- reports of version 2 ---------------------------------------------------------------------
 */

static void test_report_of_version_2(void **state)
{
    (void)state;
    const uint8_t message[] = {143,
                               0,
                               0,
                               0,
                               0,
                               0,
                               0,
                               3,
                               4,
                               0,
                               0,
                               0,
                               GROUP,
                               1,
                               1,
                               0,
                               1,
                               GROUP,
                               ADDRESS_V6(1),
                               9,
                               9,
                               9,
                               9,
                               6,
                               0,
                               0,
                               2,
                               GROUP,
                               ADDRESS_V6(2),
                               ADDRESS_V6(1)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    const struct mld_record *records = v6->list.records;
    assert_int_equal(v6->has, ICMP_V6_HAS_RECORDS);
    assert_int_equal(v6->entry_count, 3);
    assert_int_equal(v6->entries_kept, 3);
    assert_int_equal(v6->entries_fault, ENTRIES_FINE);
    assert_int_equal(records[0].type, 4);
    assert_int_equal(records[0].sources.total, 0);
    check_addr(&records[0].group, &group);
    assert_int_equal(records[1].type, 1); /* 4 bytes of auxiliary data behind it */
    check_addr(&v6->addresses[records[1].sources.at], &source_1);
    assert_int_equal(records[2].type, 6);
    assert_int_equal(records[2].sources.kept, 2);
    check_addr(&v6->addresses[records[2].sources.at], &source_2);
}

static void test_fewer_records_than_claimed(void **state)
{
    (void)state;
    const uint8_t message[] = {143, 0, 0, 0, 0, 0, 0xff, 0xff, 4, 0, 0, 0, GROUP};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.entry_count, 65535);
    assert_int_equal(icmp.body.v6.entries_kept, 1);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
}

static void test_more_records_and_sources_than_are_kept(void **state)
{
    (void)state;
    static uint8_t message[8 + 20 * (20 + 20 * 16)];
    memset(message, 0, sizeof message);
    message[0] = 143;
    message[7] = 20;
    for (size_t i = 0; i < 20; i++)
        memcpy(message + 8 + i * (20 + 20 * 16), (const uint8_t[]){3, 0, 0, 20, GROUP}, 20);
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->entry_count, 20);
    assert_int_equal(v6->entries_kept, V6_ENTRIES_MAX);
    assert_int_equal(v6->addresses_used, V6_ADDRESSES_MAX);
    assert_int_equal(v6->list.records[0].sources.kept, 16);
    assert_int_equal(v6->list.records[0].sources.total, 20);
    assert_int_equal(v6->list.records[15].sources.kept, 0);
    assert_int_equal(v6->list.records[15].sources.total, 20);
    check_addr(&v6->list.records[15].group, &group);
    assert_int_equal(v6->entries_fault, ENTRIES_FINE);
}

/* ---- routers and forwarders -------------------------------------------------------------------
 */

static void test_multicast_router(void **state)
{
    (void)state;
    const uint8_t message[] = {151, 20, 0, 0, 0, 125, 0, 2};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_ADVERTISEMENT | ICMP_V6_HAS_QUERIER);
    assert_int_equal(icmp.body.v6.of.mld.advertisement_interval_s, 20);
    assert_int_equal(icmp.body.v6.of.mld.query_interval_s, 125);
    assert_int_equal(icmp.body.v6.of.mld.robustness, 2);
    for (uint8_t type = 152; type <= 153; type++) {
        const uint8_t bare[] = {type, 0, 0, 0};
        icmp = decode_whole(FAMILY_IPV6, bare, sizeof bare);
        assert_int_equal(icmp.body.v6.has, 0);
    }
}

static void test_forwarders(void **state)
{
    (void)state;
    const uint8_t message[] = {159,        0,    0,    0,    7, 2 << 2 | 0, 0xaa,         0xbb, 8,
                               1 << 2 | 1, 0xca, 0xfe, 0x80, 9, 0 << 2 | 3, ADDRESS_V6(1)};
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, sizeof message);
    const struct icmp_v6 *v6 = &icmp.body.v6;
    assert_int_equal(v6->has, ICMP_V6_HAS_SEEDS);
    assert_int_equal(v6->entry_count, 3);
    assert_int_equal(v6->list.seeds[0].first_sequence, 7);
    assert_int_equal(v6->list.seeds[0].id.kept, 0);
    assert_memory_equal(v6->bytes + v6->list.seeds[0].bitmap.at, "\xaa\xbb", 2);
    assert_memory_equal(v6->bytes + v6->list.seeds[1].id.at, "\xca\xfe", 2);
    assert_memory_equal(v6->bytes + v6->list.seeds[1].bitmap.at, "\x80", 1);
    assert_int_equal(v6->list.seeds[2].id.kept, 16);
    assert_int_equal(v6->list.seeds[2].bitmap.kept, 0);
    assert_int_equal(v6->entries_fault, ENTRIES_FINE);

    icmp = decode_whole(FAMILY_IPV6, message, 12);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_OVERRUN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_long_delay_of_version_1),
        cmocka_unit_test(test_query_of_version_2),
        cmocka_unit_test(test_floating_forms),
        cmocka_unit_test(test_more_sources_than_there_are),
        cmocka_unit_test(test_report_of_version_2),
        cmocka_unit_test(test_fewer_records_than_claimed),
        cmocka_unit_test(test_more_records_and_sources_than_are_kept),
        cmocka_unit_test(test_multicast_router),
        cmocka_unit_test(test_forwarders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
