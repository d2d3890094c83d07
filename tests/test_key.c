/* Which packets are one flow, and which way each of them goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/key.h"
#include "traffic.h"

static struct flow_key key_of(const struct headers *headers, enum flow_direction *direction)
{
    struct flow_key key;
    enum flow_direction ignored;
    assert_true(flow_key_from(&key, direction != NULL ? direction : &ignored, headers, 0));
    return key;
}

static void no_key(const struct headers *headers)
{
    struct flow_key key;
    enum flow_direction direction;
    assert_false(flow_key_from(&key, &direction, headers, 0));
}

static void one_flow(const struct headers *there, const struct headers *back)
{
    enum flow_direction first, second;
    struct flow_key a = key_of(there, &first), b = key_of(back, &second);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(flow_key_equal(&a, &b));
    assert_int_not_equal(first, second);
}

static void two_flows(const struct headers *a, const struct headers *b)
{
    struct flow_key x = key_of(a, NULL), y = key_of(b, NULL);
    assert_false(flow_key_equal(&x, &y));
}

struct ends {
    const char *a;
    uint16_t a_port;
    const char *b;
    uint16_t b_port;
};

/* The first of each comes first in a key. */
static const struct ends ordered[] = {
    {"10.0.0.1", 40000, "10.0.0.2", 80},
    {"9.255.255.255", 1, "10.0.0.0", 1},
    {"10.0.0.9", 1, "10.0.0.10", 1},
    {"127.255.255.255", 1, "128.0.0.1", 1}, /* as unsigned numbers */
    {"1.0.0.2", 1, "2.0.0.1", 1},           /* the first octet weighs most */
    {"10.0.0.1", 80, "10.0.0.1", 40000},    /* the port decides */
    {"10.0.0.1", 255, "10.0.0.1", 256},
    {"2001:db8::1", 40000, "2001:db8::2", 80},
    {"2001:db8::ffff", 1, "2001:db8:0:1::", 1},
    {"7fff::", 1, "8000::", 1},
    {"::1", 53, "::1", 54},
};

static void both_directions_of_a_conversation_are_one_flow(void **state)
{
    (void)state;
    static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_UDPLITE, PROTO_DCCP};
    for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++)
        for (size_t j = 0; j < sizeof protos; j++) {
            const struct ends *e = &ordered[i];
            struct headers there = ports_of(protos[j], e->a, e->a_port, e->b, e->b_port);
            struct headers back = ports_of(protos[j], e->b, e->b_port, e->a, e->a_port);
            one_flow(&there, &back);
        }
}

static void the_lower_end_comes_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++) {
        const struct ends *e = &ordered[i];
        enum flow_direction direction;
        struct headers back = ports_of(PROTO_UDP, e->b, e->b_port, e->a, e->a_port);
        struct flow_key key = key_of(&back, &direction);
        struct addr a = addr_of(e->a), b = addr_of(e->b);
        assert_int_equal(direction, FLOW_BACKWARD);
        assert_memory_equal(&key.addr[0], &a, sizeof a);
        assert_memory_equal(&key.addr[1], &b, sizeof b);
        assert_int_equal(key.port[0], e->a_port);
        assert_int_equal(key.port[1], e->b_port);
        assert_int_equal(key.proto, PROTO_UDP);
        assert_int_equal(key.family, strchr(e->a, ':') != NULL ? FAMILY_IPV6 : FAMILY_IPV4);
    }
}

static void what_differs_in_one_respect_is_another_flow(void **state)
{
    (void)state;
    struct headers base = ports_of(PROTO_TCP, "10.0.0.1", 1000, "10.0.0.2", 80);
    struct headers others[] = {
        ports_of(PROTO_UDP, "10.0.0.1", 1000, "10.0.0.2", 80),
        ports_of(PROTO_TCP, "10.0.0.1", 1001, "10.0.0.2", 80),
        ports_of(PROTO_TCP, "10.0.0.1", 1000, "10.0.0.2", 81),
        ports_of(PROTO_TCP, "10.0.0.1", 80, "10.0.0.2", 1000), /* ports at the other ends */
        ports_of(PROTO_TCP, "10.0.0.3", 1000, "10.0.0.2", 80),
        ports_of(PROTO_TCP, "10.0.0.1", 1000, "10.0.0.3", 80),
        ports_of(PROTO_TCP, "a00:1::", 1000, "a00:2::", 80), /* the same bytes, as IPv6 */
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        two_flows(&base, &others[i]);
}

static void another_vlan_is_another_flow(void **state)
{
    (void)state;
    struct headers headers = ports_of(PROTO_TCP, "10.0.0.1", 1000, "10.0.0.2", 80);
    struct flow_key none, vlan;
    enum flow_direction direction;
    assert_true(flow_key_from(&none, &direction, &headers, 0));
    assert_true(flow_key_from(&vlan, &direction, &headers, 77));
    assert_int_equal(vlan.context, 77);
    assert_false(flow_key_equal(&none, &vlan));
}

struct pair {
    uint8_t request, reply;
};

static void pairs_are_flows(const struct pair *pairs, size_t count, const char *a, const char *b)
{
    for (size_t i = 0; i < count; i++) {
        struct headers request = echo_of(a, b, pairs[i].request, 4242);
        struct headers reply = echo_of(b, a, pairs[i].reply, 4242);
        struct headers other = echo_of(b, a, pairs[i].reply, 4243);
        one_flow(&request, &reply);
        two_flows(&request, &other);
        struct flow_key key = key_of(&reply, NULL);
        assert_int_equal(key.icmp, pairs[i].request);
        assert_int_equal(key.port[0], 4242);
        assert_int_equal(key.port[1], 4242);
        /* Two pings of one host with one identifier, of different kinds. */
        struct headers next = echo_of(a, b, pairs[(i + 1) % count].request, 4242);
        two_flows(&request, &next);
    }
}

static void requests_and_replies_of_icmp_are_one_flow_by_their_identifier(void **state)
{
    (void)state;
    /* RFC 792, 950, 1788, 8335; RFC 4443, 8335. */
    static const struct pair v4[] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}, {37, 38}, {42, 43}};
    static const struct pair v6[] = {{128, 129}, {160, 161}};
    pairs_are_flows(v4, sizeof v4 / sizeof v4[0], "192.0.2.7", "192.0.2.1");
    pairs_are_flows(v6, sizeof v6 / sizeof v6[0], "2001:db8::7", "2001:db8::1");
}

static void a_host_that_pings_itself_has_two_directions(void **state)
{
    (void)state;
    struct headers request = echo_of("127.0.0.1", "127.0.0.1", 8, 7);
    struct headers reply = echo_of("127.0.0.1", "127.0.0.1", 0, 7);
    one_flow(&request, &reply);
    request = echo_of("::1", "::1", 128, 7);
    reply = echo_of("::1", "::1", 129, 7);
    one_flow(&request, &reply);
}

static void icmp_errors_and_redirects_belong_to_no_flow(void **state)
{
    (void)state;
    static const uint8_t v4[] = {3, 4, 5, 11, 12}, v6[] = {1, 2, 3, 4, 137};
    for (size_t i = 0; i < sizeof v4; i++) {
        struct headers error = icmp_of("192.0.2.1", "192.0.2.2", v4[i], 1);
        no_key(&error);
    }
    for (size_t i = 0; i < sizeof v6; i++) {
        struct headers error = icmp_of("2001:db8::1", "2001:db8::2", v6[i], 0);
        no_key(&error);
    }
}

static void other_icmp_messages_are_flows_by_type_and_code(void **state)
{
    (void)state;
    struct headers solicitation = icmp_of("fe80::1", "ff02::1:ff00:2", 135, 0);
    struct flow_key key = key_of(&solicitation, NULL);
    assert_int_equal(key.icmp, 135);
    assert_int_equal(key.port[0], 0);

    struct headers advertisement = icmp_of("192.0.2.1", "224.0.0.1", 9, 16);
    key = key_of(&advertisement, NULL);
    assert_int_equal(key.icmp, 9);
    assert_int_equal(key.port[0], 16);
    assert_int_equal(key.port[1], 16);

    struct headers other = icmp_of("192.0.2.1", "224.0.0.1", 9, 0);
    two_flows(&advertisement, &other);
}

static void without_ports_a_pair_of_hosts_is_one_flow_for_each_protocol(void **state)
{
    (void)state;
    static const uint8_t protos[] = {PROTO_GRE, PROTO_ESP, PROTO_AH, 89, 46, 255};
    for (size_t i = 0; i < sizeof protos; i++) {
        struct headers there = ip_of(protos[i], "192.0.2.1", "192.0.2.2");
        struct headers back = ip_of(protos[i], "192.0.2.2", "192.0.2.1");
        struct headers next = ip_of(protos[(i + 1) % sizeof protos], "192.0.2.1", "192.0.2.2");
        one_flow(&there, &back);
        two_flows(&there, &next);
    }
}

static void headers_that_name_no_flow_give_no_key(void **state)
{
    (void)state;
    static const uint8_t protos[] = {PROTO_TCP,     PROTO_UDP,  PROTO_SCTP,
                                     PROTO_UDPLITE, PROTO_DCCP, PROTO_ICMP};
    struct headers nothing = {.has = 0};
    no_key(&nothing);
    for (size_t i = 0; i < sizeof protos; i++) {
        struct headers cut = ip_of(protos[i], "192.0.2.1", "192.0.2.2");
        no_key(&cut);
    }
    struct headers unreached = ports_of(PROTO_UDP, "2001:db8::1", 1, "2001:db8::2", 2);
    unreached.has &= ~(uint32_t)HAS_PROTO;
    no_key(&unreached);

    /* Type and code were quoted, the identifier not. */
    struct headers echo = icmp_of("192.0.2.1", "192.0.2.2", 8, 0);
    no_key(&echo);
}

static void later_fragments_give_no_key_and_first_ones_do(void **state)
{
    (void)state;
    struct headers fragment = ports_of(PROTO_UDP, "192.0.2.1", 5000, "192.0.2.2", 53);
    struct headers whole = fragment, later = ip_of(PROTO_GRE, "192.0.2.1", "192.0.2.2");
    fragment.has |= HAS_FRAGMENT;
    fragment.more_fragments = true;
    fragment.frag_offset = 0;
    struct flow_key a = key_of(&fragment, NULL), b = key_of(&whole, NULL);
    assert_true(flow_key_equal(&a, &b));

    fragment.frag_offset = 1480;
    no_key(&fragment);
    later.has |= HAS_FRAGMENT;
    later.frag_offset = 8;
    no_key(&later);

    /* Without the bit, the offset means nothing. */
    fragment.has &= ~(uint32_t)HAS_FRAGMENT;
    a = key_of(&fragment, NULL);
    assert_true(flow_key_equal(&a, &b));
}

/* Keys are hashed and compared as bytes. */
static void all_bytes_of_a_key_are_written(void **state)
{
    (void)state;
    struct headers headers = ports_of(PROTO_TCP, "10.0.0.1", 1000, "10.0.0.2", 80);
    struct flow_key zeros, ones;
    enum flow_direction direction;
    memset(&zeros, 0, sizeof zeros);
    memset(&ones, 0xff, sizeof ones);
    assert_true(flow_key_from(&zeros, &direction, &headers, 5));
    assert_true(flow_key_from(&ones, &direction, &headers, 5));
    assert_memory_equal(&zeros, &ones, sizeof zeros);
}

static void every_byte_counts_in_comparisons(void **state)
{
    (void)state;
    struct headers headers = ports_of(PROTO_TCP, "2001:db8::1", 1000, "2001:db8::2", 80);
    struct flow_key key = key_of(&headers, NULL);
    for (size_t i = 0; i < sizeof key; i++) {
        struct flow_key other = key;
        ((uint8_t *)&other)[i] ^= 0x10;
        assert_false(flow_key_equal(&key, &other));
        assert_false(flow_key_equal(&other, &key));
    }
    assert_true(flow_key_equal(&key, &key));
}

static void every_byte_of_an_ipv6_key_counts_in_the_hash(void **state)
{
    (void)state;
    struct hash_secret secret;
    hash_secret_init(&secret, (const uint64_t[]){1, 2});
    struct headers headers = ports_of(PROTO_TCP, "2001:db8::1", 1000, "2001:db8::2", 80);
    struct flow_key key = key_of(&headers, NULL);
    for (size_t i = 0; i < sizeof key; i++) {
        struct flow_key other = key;
        ((uint8_t *)&other)[i] ^= 0x20;
        assert_int_not_equal(flow_key_hash(&key, &secret), flow_key_hash(&other, &secret));
    }
}

static void every_byte_in_use_of_an_ipv4_key_counts_in_the_hash(void **state)
{
    (void)state;
    struct hash_secret secret;
    hash_secret_init(&secret, (const uint64_t[]){1, 2});
    struct headers headers = ports_of(PROTO_TCP, "10.0.0.1", 1000, "10.0.0.2", 80);
    struct flow_key key = key_of(&headers, NULL);
    for (size_t i = 0; i < sizeof key; i++) {
        bool unused = i % 16 >= 4 && i < 32;
        struct flow_key other = key;
        ((uint8_t *)&other)[i] ^= 0x40;
        if (!unused)
            assert_int_not_equal(flow_key_hash(&key, &secret), flow_key_hash(&other, &secret));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_of_a_conversation_are_one_flow),
        cmocka_unit_test(the_lower_end_comes_first),
        cmocka_unit_test(what_differs_in_one_respect_is_another_flow),
        cmocka_unit_test(another_vlan_is_another_flow),
        cmocka_unit_test(requests_and_replies_of_icmp_are_one_flow_by_their_identifier),
        cmocka_unit_test(a_host_that_pings_itself_has_two_directions),
        cmocka_unit_test(icmp_errors_and_redirects_belong_to_no_flow),
        cmocka_unit_test(other_icmp_messages_are_flows_by_type_and_code),
        cmocka_unit_test(without_ports_a_pair_of_hosts_is_one_flow_for_each_protocol),
        cmocka_unit_test(headers_that_name_no_flow_give_no_key),
        cmocka_unit_test(later_fragments_give_no_key_and_first_ones_do),
        cmocka_unit_test(all_bytes_of_a_key_are_written),
        cmocka_unit_test(every_byte_counts_in_comparisons),
        cmocka_unit_test(every_byte_of_an_ipv6_key_counts_in_the_hash),
        cmocka_unit_test(every_byte_in_use_of_an_ipv4_key_counts_in_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
