/* What counts as rewritten between a packet as sent and as quoted, and what must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "match/rewritten.h"
#include "match_lab.h"

#define BIT(field) (1u << REWRITTEN_##field)

/* An error and what it was compared to, as the engine makes it, but for the search. */
struct bench {
    struct icmp icmp;
    struct packet error;
    struct verdict verdict;
};

static void bench_compare(struct bench *bench, const struct headers *sent,
                          const struct headers *quoted)
{
    struct lab lab;
    lab_init(&lab, 4, 4);
    struct flow *flow = lab_send(&lab, sent, 0);
    assert_non_null(flow);
    bench->error = lab_error(&lab, &bench->icmp, quoted, 1);
    bench->verdict = (struct verdict){.has = VERDICT_HAS_SENT,
                                      .sent = *ring_get(&lab.ring, lab.ring.newest),
                                      .sent_key = flow->key};
    rewritten_compare(&bench->error, &bench->verdict);
    lab_fini(&lab);
}

static uint32_t compare(const struct headers *sent, const struct headers *quoted)
{
    struct bench bench;
    bench_compare(&bench, sent, quoted);
    return bench.verdict.rewritten;
}

static struct headers segment(bool v6, bool back)
{
    struct headers headers = piece_headers(&(struct piece){
        .proto = PROTO_TCP, .v6 = v6, .back = back, .ip_id = 7, .tell = 1000, .length = 40});
    headers.has |= HAS_PAYLOAD_LEN | (v6 ? (uint32_t)HAS_FLOW_LABEL : 0);
    headers.tcp_checksum = 0x1234;
    headers.tcp_flags = 0x10;
    headers.payload_length = 20;
    return headers;
}

static struct headers syn_segment(void)
{
    struct headers headers = segment(false, false);
    headers.has |= HAS_TCP_SYN;
    headers.tcp_flags = 2;
    headers.tcp_options = TCP_HAS_MSS | TCP_HAS_WINDOW_SCALE | TCP_HAS_SACK_PERMITTED;
    headers.tcp_mss = 1460;
    headers.tcp_window_scale = 7;
    return headers;
}

static struct headers datagram(uint16_t checksum)
{
    return piece_headers(
        &(struct piece){.proto = PROTO_UDP, .ip_id = 7, .tell = checksum, .length = 60});
}

/* ---- each field ------------------------------------------------------------------------------ */

static void nothing_is_where_nothing_differs(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct headers both = segment(which & 1, which & 2);
        assert_int_equal(compare(&both, &both), 0);
    }
    struct headers syn = syn_segment(), udp = datagram(0xbeef);
    assert_int_equal(compare(&syn, &syn), 0);
    assert_int_equal(compare(&udp, &udp), 0);
}

static void what_routers_must_change_is_not(void **state)
{
    (void)state;
    struct headers sent = segment(false, false), quoted = sent;
    quoted.ttl = 1;
    assert_int_equal(compare(&sent, &quoted), 0);
}

static void tos_and_ecn_are_apart(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        struct headers sent = segment(v6, false), quoted = sent;
        sent.tos = 0xb9;   /* EF, ECT(1) */
        quoted.tos = 0x29; /* AF11 */
        assert_int_equal(compare(&sent, &quoted), BIT(TOS));
        quoted.tos = 0xbb; /* CE */
        assert_int_equal(compare(&sent, &quoted), BIT(ECN));
        struct bench bench;
        quoted.tos = 0x28;
        bench_compare(&bench, &sent, &quoted);
        assert_int_equal(bench.verdict.rewritten, BIT(TOS) | BIT(ECN));
        struct rewritten_pair tos = rewritten_get(&bench.error, &bench.verdict, REWRITTEN_TOS);
        assert_int_equal(tos.sent, 0xb8);
        assert_int_equal(tos.quoted, 0x28);
        struct rewritten_pair ecn = rewritten_get(&bench.error, &bench.verdict, REWRITTEN_ECN);
        assert_int_equal(ecn.sent, 1);
        assert_int_equal(ecn.quoted, 0);
    }
}

static void the_ip_header_field_by_field(void **state)
{
    (void)state;
    struct headers sent = datagram(0xbeef), quoted = sent;
    sent.ip_id = quoted.ip_id = 0;
    quoted.ip_id = 9;
    assert_int_equal(compare(&sent, &quoted), BIT(IP_ID));
    quoted = sent;
    sent.df = true;
    assert_int_equal(compare(&sent, &quoted), BIT(DF));
    quoted = sent;
    sent.header_length += 8; /* eight bytes of options, which somebody took out */
    sent.total_length += 8;
    assert_int_equal(compare(&sent, &quoted), BIT(IP_OPTIONS) | BIT(LENGTH));
    quoted = sent;
    quoted.total_length += 3;
    assert_int_equal(compare(&sent, &quoted), BIT(LENGTH));

    sent = quoted = segment(true, false);
    sent.flow_label = 0xabcde;
    assert_int_equal(compare(&sent, &quoted), BIT(FLOW_LABEL));
    quoted.has &= ~(uint32_t)HAS_FLOW_LABEL;
    assert_int_equal(compare(&sent, &quoted), 0);
}

static void the_tcp_header_field_by_field(void **state)
{
    (void)state;
    struct headers sent = segment(false, true), quoted = sent;
    quoted.has &= ~(uint32_t)HAS_TCP_CHECKSUM;
    quoted.tcp_seq++;
    assert_int_equal(compare(&sent, &quoted), BIT(TCP_SEQ));
    quoted.tcp_seq--;
    quoted.tcp_ack++;
    assert_int_equal(compare(&sent, &quoted), BIT(TCP_ACK));
    quoted.tcp_ack--;
    quoted.tcp_window++;
    assert_int_equal(compare(&sent, &quoted), BIT(TCP_WINDOW));
    quoted.tcp_window--;
    quoted.tcp_flags |= 0x40;
    assert_int_equal(compare(&sent, &quoted), BIT(TCP_FLAGS));
    /* A number without its flag means nothing. */
    sent.tcp_flags = quoted.tcp_flags = 2;
    quoted.tcp_ack++;
    assert_int_equal(compare(&sent, &quoted), 0);
    /* Quoted without all of this: 8 bytes. */
    quoted.tcp_window++;
    quoted.has &= ~(uint32_t)HAS_TCP_FLAGS;
    assert_int_equal(compare(&sent, &quoted), 0);
}

static void options_of_a_syn_may_change_go_and_come(void **state)
{
    (void)state;
    struct bench bench;
    struct headers sent = syn_segment(), quoted = sent;
    quoted.has &= ~(uint32_t)HAS_TCP_CHECKSUM;
    quoted.tcp_mss = 1380;
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(TCP_MSS));

    quoted.tcp_options = TCP_HAS_TIMESTAMPS;
    quoted.tcp_mss = quoted.tcp_window_scale = 0;
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(TCP_MSS) | BIT(TCP_WINDOW_SCALE) |
                                                  BIT(TCP_SACK_PERMITTED) | BIT(TCP_TIMESTAMPS));
    struct rewritten_pair mss = rewritten_get(&bench.error, &bench.verdict, REWRITTEN_TCP_MSS);
    assert_true(mss.is_sent && !mss.is_quoted);
    assert_int_equal(mss.sent, 1460);

    bench_compare(&bench, &quoted, &sent);
    mss = rewritten_get(&bench.error, &bench.verdict, REWRITTEN_TCP_MSS);
    assert_true(!mss.is_sent && mss.is_quoted);
    assert_int_equal(mss.quoted, 1460);

    /* Quoted in part: what is not there may have been cut off. */
    struct headers whole = syn_segment();
    quoted.has &= ~(uint32_t)HAS_TCP_SYN;
    assert_int_equal(compare(&whole, &quoted), 0);
}

static void echoes_field_by_field(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        struct headers sent = piece_headers(&(struct piece){
            .proto = v6 ? PROTO_ICMPV6 : PROTO_ICMP, .v6 = v6, .tell = 3, .length = 64});
        struct headers quoted = sent;
        quoted.icmp_id = 1;
        assert_int_equal(compare(&sent, &quoted), BIT(ICMP_ID));
        quoted.icmp_seq = 4;
        assert_int_equal(compare(&sent, &quoted), BIT(ICMP_ID) | BIT(ICMP_SEQ));
    }
}

/* ---- translation ----------------------------------------------------------------------------- */

static void translation_shows_in_both_directions(void **state)
{
    (void)state;
    for (int back = 0; back < 2; back++) {
        struct bench bench;
        struct headers sent = segment(false, back), quoted = sent;
        quoted.has &= ~(uint32_t)HAS_TCP_CHECKSUM;
        quoted.src = addr_of("203.0.113.5");
        quoted.src_port = 61001;
        bench_compare(&bench, &sent, &quoted);
        assert_int_equal(bench.verdict.rewritten, BIT(SRC_IP) | BIT(SRC_PORT));
        struct rewritten_pair ip = rewritten_get(&bench.error, &bench.verdict, REWRITTEN_SRC_IP);
        assert_int_equal(addr_compare(&ip.sent_ip, &sent.src), 0);
        assert_int_equal(addr_compare(&ip.quoted_ip, &quoted.src), 0);
        assert_int_equal(ip.sent_family, FAMILY_IPV4);
        struct rewritten_pair port =
            rewritten_get(&bench.error, &bench.verdict, REWRITTEN_SRC_PORT);
        assert_int_equal(port.sent, sent.src_port);
        assert_int_equal(port.quoted, 61001);

        quoted = sent;
        quoted.has &= ~(uint32_t)HAS_TCP_CHECKSUM;
        quoted.dst = addr_of("203.0.113.5");
        quoted.dst_port = 61001;
        assert_int_equal(compare(&sent, &quoted), BIT(DEST_IP) | BIT(DEST_PORT));
    }
}

/* ---- what need not have changed on the way --------------------------------------------------- */

/* The host that quoted it took off the length of the IP header, or added it, or swapped the bytes;
 * a router fragmented it. 80 bytes: 0050, swapped 5000. */
static void lengths_that_hosts_change_are_left_out(void **state)
{
    (void)state;
    struct headers sent = datagram(0xbeef);
    static const uint32_t lengths[] = {60, 100, 0x5000, 10};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct headers quoted = sent;
        quoted.total_length = lengths[i];
        assert_int_equal(compare(&sent, &quoted), 0);
    }
    struct headers quoted = sent;
    quoted.total_length = 48;
    assert_int_equal(compare(&sent, &quoted), BIT(LENGTH));
    quoted.has |= HAS_FRAGMENT;
    assert_int_equal(compare(&sent, &quoted), 0);
}

/* Captured as one, sent as several: each has a number, a length, flags of its own. */
static void parts_of_a_segment_are_not_rewritten(void **state)
{
    (void)state;
    struct headers sent = segment(false, false), quoted = sent;
    sent.total_length = 40 + 4380;
    sent.tcp_flags = 0x18;
    quoted.total_length = 40 + 1460;
    quoted.tcp_flags = 0x10;
    quoted.tcp_seq += 1460;
    quoted.ip_id++;
    quoted.tcp_checksum++;
    assert_int_equal(compare(&sent, &quoted), 0);
    /* But what all parts have alike is. */
    quoted.tcp_window++;
    quoted.tos = 0x28;
    assert_int_equal(compare(&sent, &quoted), BIT(TCP_WINDOW) | BIT(TOS));
}

/* The sums that test_coverage.c works out. */
static void checksums_left_to_the_card_are_left_out(void **state)
{
    (void)state;
    /* 8412 + 0011 + 60 = 845f */
    struct headers sent = datagram(0x845f), quoted = datagram(0xbeef);
    assert_int_equal(compare(&sent, &quoted), 0);
    assert_int_equal(compare(&quoted, &sent), 0);
    /* 8412 + 0006 + 40 = 8440 */
    sent = quoted = segment(false, false);
    sent.tcp_checksum = 0x8440;
    assert_int_equal(compare(&sent, &quoted), 0);
    sent.tcp_checksum = 0;
    assert_int_equal(compare(&sent, &quoted), 0);
    sent = datagram(0);
    quoted = datagram(0xbeef);
    assert_int_equal(compare(&sent, &quoted), 0);
    assert_int_equal(compare(&quoted, &sent), 0);
}

/* ---- checksums ------------------------------------------------------------------------------- */

static void a_checksum_is_held_to_what_it_covers(void **state)
{
    (void)state;
    struct bench bench;
    /* As in test_coverage.c: 9cb1 > ee49 makes c09b of 1234. */
    struct headers sent = datagram(0x1234), quoted = datagram(0xc09b);
    quoted.src_port = 61001;
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(SRC_PORT) | BIT(UDP_CHECKSUM));
    assert_int_equal(bench.verdict.checksum_fit, CHECKSUM_FITS);

    quoted.udp_checksum = 0x1234; /* as it was, although it covers the port */
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(SRC_PORT) | BIT(UDP_CHECKSUM));
    assert_int_equal(bench.verdict.checksum_fit, CHECKSUM_MISFITS);

    quoted.src_port = sent.src_port; /* nothing that it covers is seen to change */
    quoted.udp_checksum = 0x1235;
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(UDP_CHECKSUM));
    assert_int_equal(bench.verdict.checksum_fit, CHECKSUM_MISFITS);

    quoted.udp_checksum = 0x1234; /* it covers no TOS */
    quoted.tos = 0x28;
    assert_int_equal(compare(&sent, &quoted), BIT(TOS));
}

/* RFC 6296: 0db8 > 0db7 in one word and 000c > 000d in another leaves the sum as it is. */
static void a_neutral_change_leaves_the_checksum_right(void **state)
{
    (void)state;
    struct headers sent = segment(true, false), quoted = sent;
    quoted.src = addr_of("2001:db7::d");
    assert_int_equal(compare(&sent, &quoted), BIT(SRC_IP));
}

static void what_is_not_seen_may_explain_a_checksum(void **state)
{
    (void)state;
    struct bench bench;
    struct headers sent = segment(false, false), quoted = sent;
    quoted.tcp_checksum = 0x4321;
    bench_compare(&bench, &sent, &quoted); /* no options: all of the header is compared */
    assert_int_equal(bench.verdict.rewritten, BIT(TCP_CHECKSUM));
    assert_int_equal(bench.verdict.checksum_fit, CHECKSUM_MISFITS);
    quoted.payload_length = 8; /* 12 bytes of options */
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(TCP_CHECKSUM));
    assert_int_equal(bench.verdict.checksum_fit, CHECKSUM_FIT_UNKNOWN);

    sent = quoted = syn_segment(); /* nobody knows what stands in the place of the option */
    quoted.tcp_options &= (uint8_t)~TCP_HAS_MSS;
    quoted.tcp_checksum = 0x4321;
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.rewritten, BIT(TCP_MSS) | BIT(TCP_CHECKSUM));
    assert_int_equal(bench.verdict.checksum_fit, CHECKSUM_FIT_UNKNOWN);
    quoted.tcp_checksum = sent.tcp_checksum;
    assert_int_equal(compare(&sent, &quoted), BIT(TCP_MSS));
}

/* ---- what was compared ----------------------------------------------------------------------- */

static void fields_count_as_compared_where_both_sides_hold_them(void **state)
{
    (void)state;
    struct bench bench;
    struct headers sent = datagram(0xbeef), quoted = sent;
    const uint32_t ports = BIT(SRC_PORT) | BIT(DEST_PORT);
    const uint32_t ip = BIT(SRC_IP) | BIT(DEST_IP) | BIT(TOS) | BIT(ECN) | BIT(IP_ID) |
                        BIT(LENGTH) | BIT(DF) | BIT(IP_OPTIONS);
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.compared, ip | ports | BIT(UDP_LENGTH) | BIT(UDP_CHECKSUM));
    quoted.has &= ~(uint32_t)HAS_UDP_LENGTH; /* four bytes behind the IP header */
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.compared, ip | ports);
    sent.has &= ~(uint32_t)HAS_UDP_LENGTH;
    quoted.has |= HAS_UDP_LENGTH;
    bench_compare(&bench, &sent, &quoted);
    assert_int_equal(bench.verdict.compared, ip | ports);
}

static void each_field_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REWRITTEN_FIELDS; i++) {
        assert_non_null(rewritten_names[i]);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(rewritten_names[i], rewritten_names[j]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_where_nothing_differs),
        cmocka_unit_test(what_routers_must_change_is_not),
        cmocka_unit_test(tos_and_ecn_are_apart),
        cmocka_unit_test(the_ip_header_field_by_field),
        cmocka_unit_test(the_tcp_header_field_by_field),
        cmocka_unit_test(options_of_a_syn_may_change_go_and_come),
        cmocka_unit_test(echoes_field_by_field),
        cmocka_unit_test(translation_shows_in_both_directions),
        cmocka_unit_test(lengths_that_hosts_change_are_left_out),
        cmocka_unit_test(parts_of_a_segment_are_not_rewritten),
        cmocka_unit_test(checksums_left_to_the_card_are_left_out),
        cmocka_unit_test(a_checksum_is_held_to_what_it_covers),
        cmocka_unit_test(a_neutral_change_leaves_the_checksum_right),
        cmocka_unit_test(what_is_not_seen_may_explain_a_checksum),
        cmocka_unit_test(fields_count_as_compared_where_both_sides_hold_them),
        cmocka_unit_test(each_field_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
