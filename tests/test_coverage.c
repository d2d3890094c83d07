/* Checksums that nobody has filled in yet, and what explains the change of one: sums worked by
 * hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/tcp_options.h"
#include "match/coverage.h"
#include "traffic.h"

/* 192.0.2.12 > 192.0.2.5: c000 + 020c + c000 + 0205 = 18411, folded 8412. */

static struct headers udp_with(uint16_t length, uint16_t checksum)
{
    struct headers headers = ports_of(PROTO_UDP, "192.0.2.12", 40113, "192.0.2.5", 8000);
    headers.has |= HAS_UDP_LENGTH;
    headers.udp_length = length;
    headers.udp_checksum = checksum;
    headers.total_length = headers.header_length + length;
    return headers;
}

static struct headers tcp_with(uint16_t checksum)
{
    struct headers headers = ports_of(PROTO_TCP, "192.0.2.12", 40113, "192.0.2.5", 8000);
    headers.has |= HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_TCP_CHECKSUM | HAS_PAYLOAD_LEN;
    headers.tcp_checksum = checksum;
    headers.tcp_flags = 0x10;
    headers.total_length = 20 + 20;
    headers.payload_length = 0;
    return headers;
}

/* ---- left to the network card ---------------------------------------------------------------- */

static void the_sum_of_the_pseudo_header_is_no_checksum(void **state)
{
    (void)state;
    /* 8412 + protocol 0011 + length 0011 = 8434 */
    struct headers udp = udp_with(17, 0x8434);
    assert_false(coverage_is_filled(&udp, 17));
    udp.udp_checksum = 0x8433;
    assert_true(coverage_is_filled(&udp, 17));
    udp.udp_checksum = 0x7bcb; /* its complement */
    assert_true(coverage_is_filled(&udp, 17));
    /* 8412 + 0006 + 0028 = 8440 */
    struct headers tcp = tcp_with(0x8440);
    assert_false(coverage_is_filled(&tcp, 40));
    assert_true(coverage_is_filled(&tcp, 39));
}

static void none_is_no_checksum(void **state)
{
    (void)state;
    struct headers udp = udp_with(17, 0), tcp = tcp_with(0);
    assert_false(coverage_is_filled(&udp, 17));
    assert_false(coverage_is_filled(&tcp, 20));
}

/* 2001:0db8::000c > 2001:0db8::0005: 2001 + 0db8 + 000c + 2001 + 0db8 + 0005 = 5b83; + 0011 + 0011
 * = 5ba5. */
static void the_same_over_ipv6(void **state)
{
    (void)state;
    struct headers udp = ports_of(PROTO_UDP, "2001:db8::c", 1, "2001:db8::5", 2);
    udp.has |= HAS_UDP_LENGTH;
    udp.udp_length = 17;
    udp.udp_checksum = 0x5ba5;
    assert_false(coverage_is_filled(&udp, 17));
    udp.udp_checksum = 0x5ba6;
    assert_true(coverage_is_filled(&udp, 17));
}

/* ffff and 0 are one remainder: 8412 + 0011 + 7bdc = ffff. */
static void a_sum_that_wraps_to_nothing_is_no_checksum(void **state)
{
    (void)state;
    struct headers udp = udp_with(0x7bdc, 0xffff);
    assert_false(coverage_is_filled(&udp, 0x7bdc));
}

/* ---- what explains a change ------------------------------------------------------------------ */

/* RFC 1624 3: HC' = ~(~HC + ~m + m'). Port 9cb1 (40113) becomes ee49 (61001); HC = 1234:
 * edcb + 634e + ee49 = 23f62, folded 3f64, complement c09b. */
static void a_translated_port_explains_what_the_rfc_makes_of_it(void **state)
{
    (void)state;
    struct headers sent = udp_with(17, 0x1234), quoted = udp_with(17, 0xc09b);
    quoted.src_port = 61001;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.udp_checksum = 0xc09c;
    assert_false(coverage_fits(&sent, &quoted));
    quoted.udp_checksum = 0x1234;
    assert_false(coverage_fits(&sent, &quoted));
}

/* 192.0.2.12 becomes 203.0.113.5: c000 > cb00, 020c > 7105. HC = 1234:
 * edcb + 3fff + cb00 + fdf3 + 7105 = 367c2, folded 67c5, complement 983a. */
static void so_does_a_translated_address(void **state)
{
    (void)state;
    struct headers sent = tcp_with(0x1234), quoted = tcp_with(0x983a);
    quoted.src = addr_of("203.0.113.5");
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_checksum = 0x983b;
    assert_false(coverage_fits(&sent, &quoted));
}

/* RFC 1624 4: what the arithmetic of RFC 1141 makes ffff is 0000. HC = dd2f, m = 5555, m' = 3285:
 * 22d0 + aaaa + 3285 = ffff, complement 0000; both are one remainder. */
static void the_example_of_the_rfc(void **state)
{
    (void)state;
    struct headers sent = udp_with(17, 0xdd2f), quoted = udp_with(17, 0xffff);
    sent.src_port = 0x5555;
    quoted.src_port = 0x3285;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.udp_checksum = 0;
    assert_true(coverage_fits(&sent, &quoted));
}

/* Sequence number 00010002 > 00030004: each half is 2 more, the checksum 4 less. The window is 16
 * more, the flags are 8 more. */
static void each_word_of_a_tcp_header_counts(void **state)
{
    (void)state;
    struct headers sent = tcp_with(0x1234), quoted = tcp_with(0x1230);
    sent.tcp_seq = 0x00010002;
    quoted.tcp_seq = 0x00030004;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_window = 16;
    assert_false(coverage_fits(&sent, &quoted));
    quoted.tcp_checksum = 0x1220;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_flags = 0x18;
    quoted.tcp_checksum = 0x1218;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_ack = 0x00010001;
    quoted.tcp_checksum = 0x1216;
    assert_true(coverage_fits(&sent, &quoted));
}

/* 1460 (05b4) > 1380 (0564) is 0050 less, and 5000 less where it begins at an odd byte: 1234 +
 * 0050, 1234 + 5000. */
static void an_option_may_begin_at_any_byte(void **state)
{
    (void)state;
    struct headers sent = tcp_with(0x1234), quoted = tcp_with(0x1284);
    sent.has |= HAS_TCP_SYN;
    quoted.has |= HAS_TCP_SYN;
    sent.tcp_options = quoted.tcp_options = TCP_HAS_MSS | TCP_HAS_WINDOW_SCALE;
    sent.tcp_mss = 1460;
    quoted.tcp_mss = 1380;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_checksum = 0x6234;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_checksum = 0x1285;
    assert_false(coverage_fits(&sent, &quoted));
    /* A scale of 7 > 0, as the upper byte of its word, and as the lower. */
    sent.tcp_window_scale = 7;
    quoted.tcp_checksum = 0x1284 + 0x0700;
    assert_true(coverage_fits(&sent, &quoted));
    quoted.tcp_checksum = 0x1284 + 7;
    assert_true(coverage_fits(&sent, &quoted));
}

/* ---- what is not seen ------------------------------------------------------------------------ */

static void options_that_are_not_kept_may_explain_anything(void **state)
{
    (void)state;
    struct headers sent = tcp_with(1), quoted = tcp_with(2);
    assert_true(coverage_is_known(&sent, &quoted));
    quoted.total_length += 12; /* of options: the data stays */
    assert_false(coverage_is_known(&sent, &quoted));
    quoted.has &= ~(uint32_t)HAS_PAYLOAD_LEN;
    assert_false(coverage_is_known(&sent, &quoted));
    quoted.has |= HAS_TCP_SYN;
    sent.has |= HAS_TCP_SYN;
    quoted.tcp_options = TCP_HAS_MSS;
    assert_true(coverage_is_known(&sent, &quoted));
    quoted.tcp_options |= TCP_HAS_TIMESTAMPS;
    assert_false(coverage_is_known(&sent, &quoted));

    struct headers udp = udp_with(17, 1);
    assert_true(coverage_is_known(&udp, &udp));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_of_the_pseudo_header_is_no_checksum),
        cmocka_unit_test(none_is_no_checksum),
        cmocka_unit_test(the_same_over_ipv6),
        cmocka_unit_test(a_sum_that_wraps_to_nothing_is_no_checksum),
        cmocka_unit_test(a_translated_port_explains_what_the_rfc_makes_of_it),
        cmocka_unit_test(so_does_a_translated_address),
        cmocka_unit_test(the_example_of_the_rfc),
        cmocka_unit_test(each_word_of_a_tcp_header_counts),
        cmocka_unit_test(an_option_may_begin_at_any_byte),
        cmocka_unit_test(options_that_are_not_kept_may_explain_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
