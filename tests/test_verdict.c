/* What a verdict says beside the packet: nothing where there is nothing to say, and the reasons to
 * doubt an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "match_lab.h"

static void an_error_in_another_vlan_is_about_no_flow_of_this_one(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 100, 64);
    struct headers sent = piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 1});
    lab_send(&lab, &sent, 0);
    lab.context = 12;
    assert_int_equal(lab_judge(&lab, &sent, 5).kind, VERDICT_UNMATCHED);
    lab_send(&lab, &sent, 6);
    struct verdict verdict = lab_judge(&lab, &sent, 7);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    assert_int_equal(verdict.frame, 2);
    lab_fini(&lab);
}

static void a_quote_that_names_no_flow_is_unkeyed(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 100, 64);
    struct headers short_quote = ip_of(PROTO_UDP, "192.0.2.12", "192.0.2.5");
    struct verdict verdict = lab_judge(&lab, &short_quote, 5);
    assert_int_equal(verdict.kind, VERDICT_UNKEYED);
    assert_int_equal(verdict.has, 0);
    assert_null(verdict.flow);

    /* Not even an IP header was quoted: what stands in its place means nothing. */
    struct headers sent = piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 1});
    lab_send(&lab, &sent, 0);
    struct icmp icmp;
    struct packet error = lab_error(&lab, &icmp, &sent, 5);
    icmp.has &= ~(uint32_t)ICMP_HAS_QUOTE;
    icmp.quote.length_swapped = true;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.kind, VERDICT_UNKEYED);
    assert_int_equal(verdict.anomalies, 0);
    lab_fini(&lab);
}

static void an_error_changes_neither_flow_nor_ring(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 100, 64);
    struct headers sent = piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 1});
    struct flow *flow = lab_send(&lab, &sent, 0);
    struct flow before = *flow;
    struct ring ring = lab.ring;
    struct verdict verdict = lab_judge(&lab, &sent, 5);
    assert_ptr_equal(verdict.flow, flow);
    assert_int_equal(verdict.flow_id, flow->id);
    assert_int_equal(verdict.direction, FLOW_BACKWARD); /* 192.0.2.12 to 192.0.2.5 */
    assert_memory_equal(flow, &before, sizeof before);
    assert_memory_equal(&ring, &lab.ring, sizeof ring);
    assert_int_equal(flow_table_count(lab.matcher.table), 1);
    lab_fini(&lab);
}

/* ---- reasons to doubt ------------------------------------------------------------------------ */

struct doubt {
    const char *name;
    uint8_t type, code;    /* of the error */
    const char *src, *dst; /* quoted */
    const char *outer;     /* to whom the error goes; NULL: to the quoted source */
    uint8_t proto;         /* quoted; 0: UDP */
    uint8_t quoted_type;   /* of ICMP */
    uint32_t anomalies;
};

#define V4      "192.0.2.12", "192.0.2.5"
#define V6      "2001:db8::c", "2001:db8::5"
#define BIT(of) (1u << ANOMALY_##of)

static const struct doubt doubts[] = {
    {"as it should be", 3, 3, V4, NULL, 0, 0, 0},
    {"as it should be, IPv6", 1, 4, V6, NULL, 0, 0, 0},
    {"to somebody else", 3, 3, V4, "192.0.2.99", 0, 0, BIT(OUTER_DEST_NOT_QUOTED_SOURCE)},
    {"to somebody else, IPv6", 1, 4, V6, "2001:db8::99", 0, 0, BIT(OUTER_DEST_NOT_QUOTED_SOURCE)},
    {"families that cannot be compared", 3, 3, V6, "192.0.2.99", 0, 0, 0},

    {"about an error", 3, 1, V4, NULL, PROTO_ICMP, 3, BIT(ERROR_ABOUT_ERROR)},
    {"about time exceeded", 11, 0, V4, NULL, PROTO_ICMP, 11, BIT(ERROR_ABOUT_ERROR)},
    {"about a redirect", 3, 1, V4, NULL, PROTO_ICMP, 5, BIT(ERROR_ABOUT_ERROR)},
    {"about an echo", 3, 1, V4, NULL, PROTO_ICMP, 8, 0},
    {"about an echo reply", 3, 1, V4, NULL, PROTO_ICMP, 0, 0},
    {"about a timestamp reply", 3, 1, V4, NULL, PROTO_ICMP, 14, 0},
    {"about an error of IPv6", 3, 0, V6, NULL, PROTO_ICMPV6, 2, BIT(ERROR_ABOUT_ERROR)},
    {"about a redirect of IPv6", 3, 0, V6, NULL, PROTO_ICMPV6, 137, BIT(ERROR_ABOUT_ERROR)},
    {"about a neighbour solicitation", 3, 0, V6, NULL, PROTO_ICMPV6, 135, 0},
    {"a redirect of an error, IPv4", 5, 1, V4, NULL, PROTO_ICMP, 3, BIT(ERROR_ABOUT_ERROR)},
    {"a redirect of an error, IPv6", 137, 0, V6, NULL, PROTO_ICMPV6, 1, 0},

    {"about multicast", 3, 3, "192.0.2.12", "224.0.0.251", NULL, 0, 0, BIT(ABOUT_MULTICAST)},
    {"about broadcast", 3, 3, "192.0.2.12", "255.255.255.255", NULL, 0, 0, BIT(ABOUT_MULTICAST)},
    {"below multicast", 3, 3, "192.0.2.12", "223.255.255.255", NULL, 0, 0, 0},
    {"about multicast, IPv6", 1, 4, "2001:db8::c", "ff02::fb", NULL, 0, 0, BIT(ABOUT_MULTICAST)},
    {"… a packet too big", 2, 0, "2001:db8::c", "ff02::fb", NULL, 0, 0, 0},
    {"… an unknown option", 4, 2, "2001:db8::c", "ff02::fb", NULL, 0, 0, 0},
    {"… an unknown next header", 4, 1, "2001:db8::c", "ff02::fb", NULL, 0, 0, BIT(ABOUT_MULTICAST)},
    {"type 2 of IPv4 is no packet too big", 2, 0, "192.0.2.12", "224.0.0.1", NULL, 0, 0,
     BIT(ABOUT_MULTICAST)},
};

static struct headers quote_of(const struct doubt *row)
{
    if (row->proto == 0)
        return ports_of(PROTO_UDP, row->src, 1000, row->dst, 53);
    return icmp_of(row->src, row->dst, row->quoted_type, 0);
}

static void reasons_to_doubt_are_told(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++) {
        const struct doubt *row = &doubts[i];
        struct icmp icmp;
        struct headers quoted = quote_of(row);
        struct packet error = lab_error(&lab, &icmp, &quoted, 5);
        icmp.type = row->type;
        icmp.code = row->code;
        if (row->outer != NULL) {
            bool v6 = strchr(row->outer, ':') != NULL;
            error.ip.family = icmp.family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
            error.ip.dst = addr_of(row->outer);
        }
        struct verdict verdict;
        match_error(&lab.matcher, &error, &verdict);
        if (verdict.anomalies != row->anomalies)
            fail_msg("%s: 0x%x", row->name, verdict.anomalies);
        assert_int_equal((verdict.has & VERDICT_HAS_ANOMALIES) != 0, row->anomalies != 0);
    }
    lab_fini(&lab);
}

/* What follows from the quote itself: the anomalies of an error about `quoted`. */
static uint32_t anomalies_of(const struct headers *quoted)
{
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct verdict verdict = lab_judge(&lab, quoted, 5);
    lab_fini(&lab);
    return verdict.anomalies;
}

static void later_fragments_of_ipv4_should_cause_no_errors(void **state)
{
    (void)state;
    struct headers fragment = ports_of(PROTO_UDP, "192.0.2.12", 1, "192.0.2.5", 2);
    fragment.has |= HAS_FRAGMENT;
    fragment.frag_offset = 0;
    fragment.more_fragments = true;
    assert_int_equal(anomalies_of(&fragment), 0);
    fragment.frag_offset = 1480;
    assert_int_equal(anomalies_of(&fragment), BIT(ABOUT_LATER_FRAGMENT));
    fragment.has &= ~(uint32_t)HAS_FRAGMENT;
    assert_int_equal(anomalies_of(&fragment), 0);

    struct headers v6 = ports_of(PROTO_UDP, "2001:db8::c", 1, "2001:db8::5", 2);
    v6.has |= HAS_FRAGMENT;
    v6.frag_offset = 1448;
    assert_int_equal(anomalies_of(&v6), 0);
}

static void a_bad_checksum_and_a_swapped_length_are_told(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct icmp icmp;
    struct verdict verdict;
    struct headers quoted = ports_of(PROTO_UDP, "192.0.2.12", 1, "192.0.2.5", 2);
    struct packet error = lab_error(&lab, &icmp, &quoted, 5);
    icmp.checksum = CHECKSUM_BAD;
    icmp.quote.length_swapped = true;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.anomalies, BIT(BAD_CHECKSUM) | BIT(QUOTED_IP_LENGTH_SWAPPED));
    icmp.has = 0;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.anomalies, BIT(BAD_CHECKSUM));
    icmp.checksum = CHECKSUM_UNVERIFIED;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.has, 0);
    lab_fini(&lab);
}

static void every_verdict_and_anomaly_has_its_public_name(void **state)
{
    (void)state;
    static const char *const verdicts[] = {"exact",    "flow",      "reverse", "nat",
                                           "fragment", "unmatched", "unkeyed"};
    static const char *const anomalies[] = {"outer_dest_not_quoted_source",
                                            "error_about_error",
                                            "about_multicast",
                                            "about_later_fragment",
                                            "quoted_ip_length_byte_swapped",
                                            "bad_checksum",
                                            "seq_out_of_window",
                                            "quoted_ttl_above_sent",
                                            "error_after_flow_closed",
                                            "faster_than_possible",
                                            "flow_evicted",
                                            "mtu_not_below_length",
                                            "mtu_below_minimum",
                                            "about_packet_without_df",
                                            "quoted_source_not_host"};
    assert_int_equal(sizeof verdicts / sizeof verdicts[0], VERDICTS);
    assert_int_equal(sizeof anomalies / sizeof anomalies[0], ANOMALIES);
    for (size_t i = 0; i < VERDICTS; i++)
        assert_string_equal(verdict_names[i], verdicts[i]);
    for (size_t i = 0; i < ANOMALIES; i++)
        assert_string_equal(anomaly_names[i], anomalies[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_in_another_vlan_is_about_no_flow_of_this_one),
        cmocka_unit_test(a_quote_that_names_no_flow_is_unkeyed),
        cmocka_unit_test(an_error_changes_neither_flow_nor_ring),
        cmocka_unit_test(reasons_to_doubt_are_told),
        cmocka_unit_test(later_fragments_of_ipv4_should_cause_no_errors),
        cmocka_unit_test(a_bad_checksum_and_a_swapped_length_are_told),
        cmocka_unit_test(every_verdict_and_anomaly_has_its_public_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
