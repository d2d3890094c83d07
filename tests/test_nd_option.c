/* Each option of Neighbor Discovery, from bytes made by hand after the RFCs. */
#include "icmp_message.h"

#define SOLICITATION 133, 0, 0, 0, 0, 0, 0, 0

static const struct addr address_1 = {{ADDRESS_V6(1)}}, address_2 = {{ADDRESS_V6(2)}};

/* A router solicitation that holds the one option `bytes`. */
static struct icmp decode_option(const uint8_t *bytes, size_t size)
{
    uint8_t message[512] = {SOLICITATION};
    assert_true(size <= sizeof message - 8);
    memcpy(message + 8, bytes, size);
    struct icmp icmp = decode_whole(FAMILY_IPV6, message, 8 + size);
    assert_int_equal(icmp.body.v6.has, ICMP_V6_HAS_OPTIONS);
    assert_int_equal(icmp.body.v6.entry_count, 1);
    assert_int_equal(icmp.body.v6.entries_kept, 1);
    assert_int_equal(icmp.body.v6.entries_fault, ENTRIES_FINE);
    assert_true(icmp.body.v6.list.options[0].decoded);
    assert_int_equal(icmp.body.v6.list.options[0].type, bytes[0]);
    assert_int_equal(icmp.body.v6.list.options[0].length, size);
    return icmp;
}

#define OPTION(name, ...)                                                                          \
    const uint8_t bytes_of_##name[] = {__VA_ARGS__};                                               \
    struct icmp icmp_of_##name = decode_option(bytes_of_##name, sizeof bytes_of_##name);           \
    const struct icmp_v6 *v6_of_##name = &icmp_of_##name.body.v6;                                  \
    const struct nd_option *name = &v6_of_##name->list.options[0]

static void check_bytes(const struct icmp_v6 *v6, struct slice slice, const void *bytes,
                        size_t size)
{
    assert_int_equal(slice.kept, size);
    assert_int_equal(slice.total, size);
    assert_memory_equal(v6->bytes + slice.at, bytes, size);
}

static void check_addr(const struct addr *addr, const struct addr *expected)
{
    assert_memory_equal(addr, expected, sizeof *addr);
}

static void check_name(const struct icmp_v6 *v6, struct slice slice, const char *name)
{
    assert_int_equal(slice.kept, 1);
    assert_string_equal((const char *)v6->bytes + slice.at, name);
}

/* ---- options of RFC 4861 and its like ----------------------------------------------------------
 */

static void test_link_layer_addresses(void **state)
{
    (void)state;
    OPTION(mac, 1, 1, 0x02, 0, 0, 0, 0, 0x0a);
    check_bytes(v6_of_mac, mac->of.data.bytes, "\x02\0\0\0\0\x0a", 6);
    /* RFC 4944 8: an EUI-64 and 6 bytes of padding. */
    OPTION(long_one, 2, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0);
    check_bytes(v6_of_long_one, long_one->of.data.bytes, "\1\2\3\4\5\6\7\10", 8);
}

static void test_prefix_information(void **state)
{
    (void)state;
    OPTION(prefix, 3, 4, 64, 0xc0, 0, 0x27, 0x8d, 0, 0, 9, 0x3a, 0x80, 0, 0, 0, 0, ADDRESS_V6(1));
    assert_int_equal(prefix->of.prefix.length, 64);
    assert_true(prefix->of.prefix.on_link && prefix->of.prefix.autonomous);
    assert_false(prefix->of.prefix.router_address || prefix->of.prefix.delegation_preferred);
    assert_int_equal(prefix->of.prefix.valid_s, 2592000);
    assert_int_equal(prefix->of.prefix.preferred_s, 604800);
    check_addr(&prefix->of.prefix.prefix, &address_1);
    OPTION(flags, 3, 4, 0, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ADDRESS_V6(1));
    assert_true(flags->of.prefix.router_address && flags->of.prefix.delegation_preferred);
    assert_false(flags->of.prefix.on_link || flags->of.prefix.autonomous);
}

static void test_options_of_one_number(void **state)
{
    (void)state;
    OPTION(mtu, 5, 1, 0, 0, 0, 0, 0x05, 0xdc);
    assert_int_equal(mtu->of.number, 1500);
    OPTION(shortcut, 6, 1, 7, 0, 0, 0, 0, 0);
    assert_int_equal(shortcut->of.number, 7);
    OPTION(interval, 7, 1, 0, 0, 0, 0, 0x03, 0xe8);
    assert_int_equal(interval->of.number, 1000);
    OPTION(quoted, 4, 2, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(quoted->of.number, 8);
}

static void test_route_information(void **state)
{
    (void)state;
    const struct addr prefix = {{0x20, 0x01, 0x0d, 0xb8, 0, 0x12, 0x34, 0x56}}, any = {{0}};
    OPTION(half, 24, 2, 64, 0x18, 0, 0, 0x07, 0x08, 0x20, 0x01, 0x0d, 0xb8, 0, 0x12, 0x34, 0x56);
    assert_int_equal(half->of.route.length, 64);
    assert_string_equal(nd_preference_names[half->of.route.preference], "low");
    assert_int_equal(half->of.route.lifetime_s, 1800);
    check_addr(&half->of.route.prefix, &prefix);
    OPTION(whole, 24, 3, 128, 0x08, 0xff, 0xff, 0xff, 0xff, ADDRESS_V6(2));
    assert_int_equal(whole->of.route.lifetime_s, 0xffffffff);
    check_addr(&whole->of.route.prefix, &address_2);
    OPTION(none, 24, 1, 0, 0, 0, 0, 0, 1);
    check_addr(&none->of.route.prefix, &any);
}

/* ---- names and servers ----------------------------------------------------------------------- */

static void test_recursive_dns_servers(void **state)
{
    (void)state;
    OPTION(dns, 25, 5, 0, 0, 0, 0, 0x02, 0x58, ADDRESS_V6(1), ADDRESS_V6(2));
    assert_int_equal(dns->of.list.lifetime_s, 600);
    assert_int_equal(dns->of.list.entries.kept, 2);
    assert_int_equal(dns->of.list.entries.total, 2);
    check_addr(&v6_of_dns->addresses[dns->of.list.entries.at], &address_1);
    check_addr(&v6_of_dns->addresses[dns->of.list.entries.at + 1], &address_2);
}

static void test_more_addresses_than_are_kept(void **state)
{
    (void)state;
    uint8_t bytes[8 + 20 * 16] = {25, 41};
    OPTION(few, 25, 3, 0, 0, 0, 0, 0, 1, ADDRESS_V6(1));
    assert_int_equal(few->of.list.entries.kept, 1);
    struct icmp icmp = decode_option(bytes, sizeof bytes);
    assert_int_equal(icmp.body.v6.list.options[0].of.list.entries.kept, 16);
    assert_int_equal(icmp.body.v6.list.options[0].of.list.entries.total, 20);
}

static void test_search_list(void **state)
{
    (void)state;
    OPTION(dnssl, 31, 4, 0, 0, 0, 0, 0, 5, 1, 'a', 2, 'b', 'c', 0, 4, 'h', '.', '\\', 0x80, 0, 1,
           'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const char *name = (const char *)v6_of_dnssl->bytes + dnssl->of.list.entries.at;
    assert_int_equal(dnssl->of.list.lifetime_s, 5);
    assert_int_equal(dnssl->of.list.entries.kept, 3);
    assert_int_equal(dnssl->of.list.entries.total, 3);
    assert_string_equal(name, "a.bc");
    assert_string_equal(name + 5, "h\\046\\092\\128");
    assert_string_equal(name + 5 + 14, "x");
}

/* No compression (RFC 8106 5.2): 0xc0 begins no label. A label that goes on beyond the option ends
 * the names, too. */
static void test_names_that_are_none(void **state)
{
    (void)state;
    OPTION(compressed, 31, 2, 0, 0, 0, 0, 0, 5, 1, 'a', 0, 0xc0, 0, 1, 'b', 0);
    assert_int_equal(compressed->of.list.entries.total, 1);
    OPTION(beyond, 31, 2, 0, 0, 0, 0, 0, 5, 1, 'a', 0, 9, 'b', 'c', 'd', 'e');
    assert_int_equal(beyond->of.list.entries.total, 1);
    OPTION(longest, 31, 2, 0, 0, 0, 0, 0, 5, 64, 'a', 0, 0, 0, 0, 0, 0);
    assert_int_equal(longest->of.list.entries.total, 0);
}

static void test_names_of_255_bytes(void **state)
{
    (void)state;
    for (uint8_t last = 61; last <= 62; last++) {
        uint8_t bytes[8 + 264] = {31, 34};
        for (unsigned i = 0; i < 3; i++)
            bytes[8 + i * 64] = 63; /* 64 bytes each: 192 */
        bytes[8 + 192] = last;      /* and 1, 61, 1: 255; all are NULs, which take 4 characters */
        struct icmp icmp = decode_option(bytes, sizeof bytes);
        struct slice names = icmp.body.v6.list.options[0].of.list.entries;
        assert_int_equal(names.total, last == 61);
        assert_int_equal(names.kept, last == 61);
    }
}

static void test_names_beyond_the_store(void **state)
{
    (void)state;
    uint8_t bytes[8 + 40 * 2 + 8] = {31, 12};
    for (unsigned i = 0; i < 20; i++)
        memcpy(bytes + 8 + i * 4, "\2ab", 4);
    struct icmp icmp = decode_option(bytes, sizeof bytes);
    assert_int_equal(icmp.body.v6.list.options[0].of.list.entries.kept, 16);
    assert_int_equal(icmp.body.v6.list.options[0].of.list.entries.total, 20);
}

static void test_encrypted_dns(void **state)
{
    (void)state;
    OPTION(dns, 144, 5, 0, 2, 0, 0, 0x0e, 0x10, 0, 5, 3, 'd', 'o', 't', 0, 0, 16, ADDRESS_V6(1), 0,
           3, 9, 9, 9, 0, 0);
    assert_int_equal(dns->of.dns.priority, 2);
    assert_int_equal(dns->of.dns.lifetime_s, 3600);
    check_name(v6_of_dns, dns->of.dns.name, "dot");
    assert_int_equal(dns->of.dns.addresses.kept, 1);
    check_addr(&v6_of_dns->addresses[0], &address_1);
    assert_int_equal(dns->of.dns.parameters_length, 3);
}

static void test_provisioning_domain(void **state)
{
    (void)state;
    OPTION(pvd, 21, 2, 0xa0, 0x05, 0x12, 0x34, 3, 'p', 'v', 'd', 2, 'x', 'y', 0, 0, 0);
    assert_true(pvd->of.pvd.http && pvd->of.pvd.router);
    assert_false(pvd->of.pvd.legacy);
    assert_int_equal(pvd->of.pvd.delay, 5);
    assert_int_equal(pvd->of.pvd.sequence, 0x1234);
    check_name(v6_of_pvd, pvd->of.pvd.name, "pvd.xy");
}

static void test_captive_portal(void **state)
{
    (void)state;
    OPTION(portal, 37, 2, 'h', 't', 't', 'p', 's', ':', '/', '/', 'c', '/', 0, 0, 0, 0);
    check_bytes(v6_of_portal, portal->of.data.bytes, "https://c/", 10);
    OPTION(empty, 37, 1, 0, 0, 0, 0, 0, 0);
    assert_int_equal(empty->of.data.bytes.kept, 0);
}

/* RFC 8781 4: the well-known prefix, 600 s; then each code for a length. */
static void test_pref64(void **state)
{
    (void)state;
    static const uint8_t lengths[8] = {96, 64, 56, 48, 40, 32, 0, 0};
    for (uint8_t code = 0; code < 8; code++) {
        OPTION(pref, 38, 2, 0x02, (uint8_t)(0x58 | code), 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0,
               0);
        assert_int_equal(pref->of.pref64.lifetime_s, 600);
        assert_int_equal(pref->of.pref64.length_code, code);
        assert_int_equal(pref->of.pref64.length, lengths[code]);
        assert_memory_equal(pref->of.pref64.prefix.bytes, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0\0\0\0",
                            16);
    }
}

/* ---- secured, mobile, low-power ---------------------------------------------------------------
 */

static void test_secured_discovery(void **state)
{
    (void)state;
    OPTION(nonce, 14, 1, 1, 2, 3, 4, 5, 6);
    check_bytes(v6_of_nonce, nonce->of.data.bytes, "\1\2\3\4\5\6", 6);
    OPTION(time, 13, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0);
    assert_true(time->of.time.seconds == (UINT64_C(1) << 32) + 2);
    assert_int_equal(time->of.time.microseconds, 500000);
    OPTION(rsa, 12, 3, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 5, 5, 5, 5);
    check_bytes(v6_of_rsa, rsa->of.signature.key_hash, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\11", 16);
    assert_int_equal(rsa->of.signature.length, 4);
    OPTION(anchor, 15, 2, 2, 4, 2, 't', 'a', 2, 'e', 'x', 0, 0, 0, 0, 0, 0);
    assert_int_equal(anchor->of.anchor.kind, 2);
    assert_int_equal(anchor->of.anchor.length, 8);
    check_name(v6_of_anchor, anchor->of.anchor.name, "ta.ex");
    OPTION(certificate, 16, 2, 1, 0, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(certificate->of.anchor.kind, 1);
    assert_int_equal(certificate->of.anchor.length, 12);
    OPTION(crypto, 39, 1, 0, 64, 1, 2, 3, 0);
    assert_int_equal(crypto->of.crypto.key_length, 64);
    assert_int_equal(crypto->of.crypto.kind, 1);
    assert_int_equal(crypto->of.crypto.modifier, 2);
    assert_int_equal(crypto->of.crypto.registration_length, 3);
    OPTION(signature, 40, 1, 0, 64, 0, 0, 0, 0);
    assert_int_equal(signature->of.signature.length, 64);
    OPTION(proxy, 32, 3, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 5, 5, 5, 5);
    check_bytes(v6_of_proxy, proxy->of.signature.key_hash, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\11", 16);
}

static void test_generated_address(void **state)
{
    (void)state;
    const struct addr prefix = {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1}};
    OPTION(cga, 11, 4, 1, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 0x20, 0x01, 0x0d, 0xb8,
           0, 0, 0, 1, 2, 0x30, 0x31, 0);
    assert_int_equal(cga->of.cga.pad_length, 1);
    assert_int_equal(cga->of.cga.collisions, 2);
    assert_int_equal(cga->of.cga.key_length, 2);
    check_addr(&cga->of.cga.prefix, &prefix);
    check_bytes(v6_of_cga, cga->of.cga.modifier, "\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\10", 16);
}

static void test_mobility(void **state)
{
    (void)state;
    OPTION(agent, 8, 1, 0x80, 0, 0, 5, 0x07, 0x08);
    assert_true(agent->of.home_agent.mobile_router);
    assert_int_equal(agent->of.home_agent.preference, 5);
    assert_int_equal(agent->of.home_agent.lifetime_s, 1800);
    OPTION(map, 23, 3, 0x3a, 0x80, 0, 0, 0, 60, ADDRESS_V6(1));
    assert_int_equal(map->of.map.distance, 3);
    assert_int_equal(map->of.map.preference, 10);
    assert_true(map->of.map.regional);
    assert_int_equal(map->of.map.valid_s, 60);
    check_addr(&map->of.map.address, &address_1);
    OPTION(address, 17, 3, 2, 128, 0, 0, 0, 0, ADDRESS_V6(2));
    assert_int_equal(address->of.handover.code, 2);
    assert_int_equal(address->of.handover.length, 128);
    check_addr(&address->of.handover.address, &address_2);
    OPTION(prefix, 18, 3, 1, 64, 0, 0, 0, 0, ADDRESS_V6(2));
    assert_int_equal(prefix->of.handover.length, 64);
    OPTION(link, 19, 2, 2, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(link->of.data.code, 2);
    check_bytes(v6_of_link, link->of.data.bytes, "\1\2\3\4\5\6\0\0\0\0\0\0", 13);
    OPTION(ack, 20, 1, 0, 4, 0, 0, 0, 0);
    assert_int_equal(ack->of.handover.status, 4);
    OPTION(request, 27, 2, 2, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0);
    assert_int_equal(request->of.key.algorithm, 1);
    assert_int_equal(request->of.key.length, 10);
    OPTION(reply, 28, 2, 0, 0x10, 0, 60, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assert_int_equal(reply->of.key.lifetime_s, 60);
    assert_int_equal(reply->of.key.length, 10);
    OPTION(node, 30, 1, 1, 3, 'a', '@', 'b', 0);
    assert_int_equal(node->of.key.code, 1);
    check_bytes(v6_of_node, node->of.key.bytes, "a@b", 3);
    OPTION(assist, 29, 1, 2, 2, 0xab, 0xcd, 0, 0);
    check_bytes(v6_of_assist, assist->of.key.bytes, "\xab\xcd", 2);
}

static void test_low_power_networks(void **state)
{
    (void)state;
    const struct addr prefix = {{0xfd, 0, 0, 0, 0, 0, 0, 1}};
    OPTION(earo, 33, 2, 1, 0xaa, 0x63, 9, 0, 30, 2, 0, 0, 0xff, 0xfe, 0, 0, 1); /* C P=2 R T */
    assert_int_equal(earo->of.registration.status, 1);
    assert_int_equal(earo->of.registration.opaque, 0xaa);
    assert_int_equal(earo->of.registration.address_kind, 2);
    assert_true(earo->of.registration.crypto && earo->of.registration.registrar &&
                earo->of.registration.transaction);
    assert_int_equal(earo->of.registration.tid, 9);
    assert_int_equal(earo->of.registration.lifetime_min, 30);
    check_bytes(v6_of_earo, earo->of.registration.rovr, "\2\0\0\xff\xfe\0\0\1", 8);
    OPTION(context, 34, 2, 64, 0x15, 0, 0, 0, 60, 0xfd, 0, 0, 0, 0, 0, 0, 1);
    assert_int_equal(context->of.context.length, 64);
    assert_true(context->of.context.compression);
    assert_int_equal(context->of.context.id, 5);
    assert_int_equal(context->of.context.lifetime_min, 60);
    check_addr(&context->of.context.prefix, &prefix);
    OPTION(border, 35, 3, 0, 2, 0, 1, 0, 90, ADDRESS_V6(1));
    assert_int_equal(border->of.router.version, 0x10002);
    assert_int_equal(border->of.router.lifetime_min, 90);
    check_addr(&border->of.router.address, &address_1);
    OPTION(directory, 41, 3, 1, 0, 0, 0, 0, 0, ADDRESS_V6(2));
    assert_int_equal(directory->of.router.lifetime_min, 256);
    check_addr(&directory->of.router.address, &address_2);
    OPTION(capabilities, 36, 1, 0, 1, 0, 0, 0, 2);
    check_bytes(v6_of_capabilities, capabilities->of.data.bytes, "\0\1\0\0\0\2", 6);
    OPTION(flags, 26, 1, 0x80, 0, 0, 0, 0, 1);
    check_bytes(v6_of_flags, flags->of.data.bytes, "\x80\0\0\0\0\1", 6);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_layer_addresses),
        cmocka_unit_test(test_prefix_information),
        cmocka_unit_test(test_options_of_one_number),
        cmocka_unit_test(test_route_information),
        cmocka_unit_test(test_recursive_dns_servers),
        cmocka_unit_test(test_more_addresses_than_are_kept),
        cmocka_unit_test(test_search_list),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_names_of_255_bytes),
        cmocka_unit_test(test_names_beyond_the_store),
        cmocka_unit_test(test_encrypted_dns),
        cmocka_unit_test(test_provisioning_domain),
        cmocka_unit_test(test_captive_portal),
        cmocka_unit_test(test_pref64),
        cmocka_unit_test(test_secured_discovery),
        cmocka_unit_test(test_generated_address),
        cmocka_unit_test(test_mobility),
        cmocka_unit_test(test_low_power_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
