/* What the sender of a refused packet did next. Times are in milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "decode/icmp.h"
#include "flow/tcp_state.h"
#include "track/aftermath.h"

/* The sender is FORWARD, the error comes at 10 s. */
enum { SENDER = FLOW_FORWARD, PEER = FLOW_BACKWARD, ERROR_MS = 10000 };

/* Type and code of IPv4 (type 2: of IPv6), about a packet of `length` bytes. */
struct told {
    uint8_t type, code;
    uint32_t mtu, length;
    int ms;
};

static const struct told refused = {.type = 3, .code = 3, .length = 60, .ms = ERROR_MS};
static const struct told too_big = {
    .type = 3, .code = 4, .mtu = 1400, .length = 1500, .ms = ERROR_MS};
static const struct told too_big_v6 = {.type = 2, .mtu = 1400, .length = 1500, .ms = ERROR_MS};

static bool is_v6(const struct told *told)
{
    return told->type == 2 || told->type == 137;
}

static void error_make(struct packet *packet, struct icmp *icmp, const struct told *told)
{
    enum family family = is_v6(told) ? FAMILY_IPV6 : FAMILY_IPV4;
    bool big = told->type == 2 || told->code == 4;
    *icmp = (struct icmp){.has = ICMP_HAS_QUOTE | (big ? ICMP_HAS_MTU : 0u),
                          .family = family,
                          .type = told->type,
                          .code = told->code,
                          .mtu = told->mtu};
    icmp->quote.ip = (struct headers){.has = HAS_IP | HAS_PROTO | (is_v6(told) ? 0u : HAS_IP_ID),
                                      .family = family,
                                      .total_length = told->length,
                                      .ip_id = is_v6(told) ? 0 : 77};
    *packet = (struct packet){.time_ns = told->ms * (int64_t)NS_PER_MS, .icmp = icmp};
}

/* An error about a packet that the sender had sent `rtt_ms` before. */
static void tell(struct aftermath *after, struct told told, int rtt_ms)
{
    struct packet packet;
    struct icmp icmp;
    const struct verdict verdict = {.has = VERDICT_HAS_FLOW | VERDICT_HAS_RTT,
                                    .direction = SENDER,
                                    .rtt_ns = rtt_ms * (int64_t)NS_PER_MS};
    error_make(&packet, &icmp, &told);
    if (aftermath_is_begun_by(after->since_ns != 0 ? after : NULL, &packet))
        aftermath_begin(after, &packet, &verdict);
    aftermath_error(after, &packet, &verdict);
}

static struct aftermath after_error(struct told told)
{
    struct aftermath after = {0};
    tell(&after, told, 1);
    return after;
}

static void udp(struct aftermath *after, int direction, uint32_t length, int ms)
{
    aftermath_packet(after, &(struct aftermath_packet){.time_ns = ms * (int64_t)NS_PER_MS,
                                                       .length = length,
                                                       .direction = (uint8_t)direction,
                                                       .data = true});
}

static void tcp(struct aftermath *after, int direction, uint8_t flags, int ms)
{
    aftermath_packet(after, &(struct aftermath_packet){.time_ns = ms * (int64_t)NS_PER_MS,
                                                       .length = 40,
                                                       .direction = (uint8_t)direction,
                                                       .tcp_flags = flags,
                                                       .tcp = true});
}

static void tcp_data(struct aftermath *after, uint32_t length, bool again, int ms)
{
    aftermath_packet(after, &(struct aftermath_packet){.time_ns = ms * (int64_t)NS_PER_MS,
                                                       .length = length,
                                                       .direction = SENDER,
                                                       .tcp_flags = TCP_ACK,
                                                       .tcp = true,
                                                       .data = true,
                                                       .again = again});
}

/* The capture ends at `ms`. */
static void verdict_is(struct aftermath *after, int ms, enum aftermath_verdict wanted)
{
    aftermath_settle(after, ms * (int64_t)NS_PER_MS, true);
    assert_string_equal(aftermath_names[after->verdict], aftermath_names[wanted]);
}

/* ---- without an MTU -------------------------------------------------------------------------- */

static void nothing_for_three_seconds_is_stopped(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    verdict_is(&after, ERROR_MS + 2999, AFTERMATH_UNKNOWN);
    verdict_is(&after, ERROR_MS + 3000, AFTERMATH_STOPPED);
    verdict_is(&after, ERROR_MS - 5, AFTERMATH_UNKNOWN);
}

static void a_sender_that_was_never_seen_has_not_stopped(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    aftermath_settle(&after, (ERROR_MS + 9000) * (int64_t)NS_PER_MS, false);
    assert_int_equal(after.verdict, AFTERMATH_UNKNOWN);
}

static void packets_without_an_answer_are_continued_and_counted(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    udp(&after, SENDER, 100, ERROR_MS - 1); /* before it */
    udp(&after, SENDER, 41, ERROR_MS + 5000);
    udp(&after, SENDER, 42, ERROR_MS + 20000);
    udp(&after, SENDER, 43, ERROR_MS + 19000); /* out of order */
    verdict_is(&after, ERROR_MS + 20000, AFTERMATH_CONTINUED);
    assert_int_equal(after.packets, 3);
    assert_int_equal(after.bytes, 41 + 42 + 43);
    assert_int_equal(after.last_ns - after.since_ns, INT64_C(20000) * NS_PER_MS);
}

static void an_answer_is_recovered_whatever_else_came(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    udp(&after, PEER, 60, ERROR_MS - 1); /* before it */
    udp(&after, SENDER, 60, ERROR_MS + 10);
    verdict_is(&after, ERROR_MS + 20, AFTERMATH_CONTINUED);
    tcp(&after, PEER, TCP_ACK, ERROR_MS + 20);
    tcp(&after, SENDER, TCP_RST, ERROR_MS + 30);
    verdict_is(&after, ERROR_MS + 30, AFTERMATH_RECOVERED);
    assert_int_equal(after.packets, 2); /* the answer is not the sender's */
}

static void rst_and_the_senders_fin_are_reset(void **state)
{
    (void)state;
    static const struct {
        int direction;
        uint8_t flags;
        enum aftermath_closing closing;
        enum aftermath_verdict verdict;
    } rows[] = {
        {SENDER, TCP_RST, CLOSING_RST, AFTERMATH_RESET},
        {SENDER, TCP_RST | TCP_ACK, CLOSING_RST, AFTERMATH_RESET},
        {PEER, TCP_RST | TCP_ACK, CLOSING_PEER_RST, AFTERMATH_RESET},
        {SENDER, TCP_FIN | TCP_ACK, CLOSING_FIN, AFTERMATH_RESET},
        {PEER, TCP_FIN | TCP_ACK, CLOSING_NONE, AFTERMATH_RECOVERED},
        {SENDER, TCP_ACK, CLOSING_NONE, AFTERMATH_CONTINUED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct aftermath after = after_error(refused);
        tcp(&after, rows[i].direction, rows[i].flags, ERROR_MS + 1);
        verdict_is(&after, ERROR_MS + 9000, rows[i].verdict);
        assert_int_equal(after.closing, rows[i].closing);
    }
}

static void an_end_before_the_error_is_none(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    tcp(&after, SENDER, TCP_FIN | TCP_ACK, ERROR_MS - 1);
    verdict_is(&after, ERROR_MS + 3000, AFTERMATH_STOPPED);
}

static void a_copy_of_the_refused_packet_is_no_later_one(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    struct aftermath_packet copy = {.time_ns = (ERROR_MS + 2) * (int64_t)NS_PER_MS,
                                    .length = 60,
                                    .ip_id = 77,
                                    .direction = SENDER};
    aftermath_packet(&after, &copy);
    assert_int_equal(after.packets, 0);
    copy.time_ns = (ERROR_MS + 1000) * (int64_t)NS_PER_MS;
    aftermath_packet(&after, &copy);
    copy.time_ns = (ERROR_MS + 2) * (int64_t)NS_PER_MS;
    copy.ip_id = 78;
    aftermath_packet(&after, &copy);
    assert_int_equal(after.packets, 2);
}

static void a_packet_captured_after_its_error_is_where_it_begins(void **state)
{
    (void)state;
    struct aftermath after;
    struct packet packet;
    struct icmp icmp;
    const struct verdict verdict = {
        .has = VERDICT_HAS_FLOW | VERDICT_HAS_SENT,
        .direction = PEER,
        .sent = {.time_ns = (ERROR_MS + 5) * (int64_t)NS_PER_MS, .direction = SENDER}};
    error_make(&packet, &icmp, &refused);
    aftermath_begin(&after, &packet, &verdict);
    assert_int_equal(after.direction, SENDER); /* of the packet, whatever NAT made of the quote */
    udp(&after, SENDER, 60, ERROR_MS + 4);
    assert_int_equal(after.packets, 0);
}

static void a_redirect_gives_way_to_the_first_failure(void **state)
{
    (void)state;
    static const struct told redirects[] = {{.type = 5, .length = 60, .ms = 1000},
                                            {.type = 137, .length = 60, .ms = 1000}};
    for (size_t i = 0; i < 2; i++) {
        struct aftermath after = after_error(redirects[i]);
        udp(&after, SENDER, 60, 2000);
        tell(&after, redirects[i], 1);
        verdict_is(&after, 2000, AFTERMATH_CONTINUED);
        udp(&after, PEER, 60, 2001);
        verdict_is(&after, 2001, AFTERMATH_RECOVERED);
        tell(&after, refused, 1);
        assert_int_equal(after.packets, 0);
        tell(&after, redirects[i], 1); /* no longer */
        verdict_is(&after, ERROR_MS + 3000, AFTERMATH_STOPPED);
    }
}

/* ---- with one -------------------------------------------------------------------------------- */

static void data_within_the_mtu_is_adapted(void **state)
{
    (void)state;
    const struct told errors[] = {too_big, too_big_v6};
    for (size_t i = 0; i < 2; i++) {
        struct aftermath after = after_error(errors[i]);
        tcp_data(&after, 1400, true, ERROR_MS + 1);
        verdict_is(&after, ERROR_MS + 1, AFTERMATH_ADAPTED);
        after = after_error(errors[i]);
        udp(&after, SENDER, 1400, ERROR_MS + 1);
        udp(&after, PEER, 60, ERROR_MS + 2);
        verdict_is(&after, ERROR_MS + 2, AFTERMATH_ADAPTED);
    }
}

static void what_was_in_flight_proves_nothing(void **state)
{
    (void)state;
    struct aftermath after = after_error(too_big);
    tcp_data(&after, 1500, false, ERROR_MS + 1);
    tcp_data(&after, 700, false, ERROR_MS + 2); /* the last of the window */
    tcp(&after, SENDER, TCP_ACK, ERROR_MS + 900);
    verdict_is(&after, ERROR_MS + 900, AFTERMATH_CONTINUED);
    after = after_error(too_big);
    udp(&after, SENDER, 1450, ERROR_MS + 200);
    verdict_is(&after, ERROR_MS + 200, AFTERMATH_CONTINUED);
    tcp_data(&after, 700, false, ERROR_MS + 201);
    verdict_is(&after, ERROR_MS + 201, AFTERMATH_ADAPTED);
}

static void a_packet_above_the_mtu_after_the_grace_is_ignored(void **state)
{
    (void)state;
    const struct told errors[] = {too_big, too_big_v6};
    for (size_t i = 0; i < 2; i++) {
        struct aftermath after = after_error(errors[i]);
        udp(&after, SENDER, 1401, ERROR_MS + 201);
        udp(&after, SENDER, 900, ERROR_MS + 300);
        udp(&after, PEER, 60, ERROR_MS + 301);
        verdict_is(&after, ERROR_MS + 301, AFTERMATH_IGNORED);
        assert_int_equal(aftermath_ignored_length(&after), 1401);
        after = after_error(errors[i]);
        tcp_data(&after, 1500, true, ERROR_MS + 201);
        verdict_is(&after, ERROR_MS + 201, AFTERMATH_IGNORED);
        assert_int_equal(aftermath_ignored_length(&after), 1500);
    }
}

static void new_data_above_the_mtu_is_not_ignored_yet(void **state)
{
    (void)state;
    struct aftermath after = after_error(too_big);
    tcp_data(&after, 1480, false, ERROR_MS + 500);
    verdict_is(&after, ERROR_MS + 500, AFTERMATH_CONTINUED);
}

static void a_probe_for_a_larger_mtu_is_not_ignored(void **state)
{
    (void)state;
    struct aftermath after = after_error(too_big);
    udp(&after, SENDER, 1300, ERROR_MS + 500);
    udp(&after, SENDER, 1500, ERROR_MS + 600000);
    udp(&after, SENDER, 1300, ERROR_MS + 600500);
    verdict_is(&after, ERROR_MS + 600500, AFTERMATH_ADAPTED);
}

static void a_packet_that_routers_may_divide_fits(void **state)
{
    (void)state;
    struct aftermath after = after_error(too_big);
    const struct aftermath_packet divides = {.time_ns = (ERROR_MS + 500) * (int64_t)NS_PER_MS,
                                             .length = 1500,
                                             .direction = SENDER,
                                             .data = true,
                                             .divides = true};
    aftermath_packet(&after, &divides);
    verdict_is(&after, ERROR_MS + 500, AFTERMATH_ADAPTED);
}

/* Segments of 2,736 bytes that the card makes two packets of 1,400 bytes or less of. */
static void lengths_before_segmentation_are_not_taken_for_those_sent(void **state)
{
    (void)state;
    struct aftermath after = after_error(too_big);
    tcp_data(&after, 1460, true, ERROR_MS + 300);
    tcp_data(&after, 2736, true, ERROR_MS + 301);
    verdict_is(&after, ERROR_MS + 301, AFTERMATH_CONTINUED);
    tcp(&after, PEER, TCP_ACK, ERROR_MS + 302);
    verdict_is(&after, ERROR_MS + 302, AFTERMATH_RECOVERED);

    /* Long ones before the error say the same. */
    after = after_error(too_big);
    tcp_data(&after, 14520, false, ERROR_MS - 1);
    assert_int_equal(after.packets, 0);
    tcp_data(&after, 1500, true, ERROR_MS + 300);
    verdict_is(&after, ERROR_MS + 300, AFTERMATH_CONTINUED);
}

static void a_router_that_refuses_again_proves_it_ignored(void **state)
{
    (void)state;
    struct told again = too_big;
    struct aftermath after = after_error(too_big);
    tcp_data(&after, 14520, false, ERROR_MS - 1);
    again.ms = ERROR_MS + 250;
    tell(&after, again, 100); /* sent before it could know */
    verdict_is(&after, ERROR_MS + 250, AFTERMATH_UNKNOWN);
    again.ms = ERROR_MS + 400;
    tell(&after, again, 100);
    verdict_is(&after, ERROR_MS + 400, AFTERMATH_IGNORED);
    assert_int_equal(aftermath_ignored_length(&after), 1500);
}

static void the_lowest_mtu_counts_from_when_it_was_told(void **state)
{
    (void)state;
    struct told lower = {.type = 3, .code = 4, .mtu = 1300, .length = 1400, .ms = ERROR_MS + 500};
    struct aftermath after = after_error(too_big);
    tcp_data(&after, 1400, true, ERROR_MS + 400);
    tell(&after, lower, 1);
    verdict_is(&after, ERROR_MS + 500, AFTERMATH_CONTINUED);
    tcp_data(&after, 1400, true, ERROR_MS + 600); /* in flight */
    tcp_data(&after, 1300, true, ERROR_MS + 601);
    verdict_is(&after, ERROR_MS + 601, AFTERMATH_ADAPTED);
    tcp_data(&after, 1400, true, ERROR_MS + 801);
    verdict_is(&after, ERROR_MS + 801, AFTERMATH_IGNORED);
}

static void an_mtu_that_is_not_told_is_the_plateau_below(void **state)
{
    (void)state;
    /* RFC 1191 7, table 7-1: length refused, MTU */
    static const uint32_t rows[][2] = {{1500, 1492}, {1492, 1006},   {4464, 4352}, {4352, 2002},
                                       {2002, 1492}, {65535, 32000}, {508, 296},   {69, 68}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct told told = {.type = 3, .code = 4, .length = rows[i][0], .ms = ERROR_MS};
        struct aftermath after = after_error(told);
        assert_int_equal(after.mtu, rows[i][1]);
    }
}

static void an_mtu_that_cannot_be_obeyed_is_none(void **state)
{
    (void)state;
    static const struct told rows[] = {
        {.type = 3, .code = 4, .mtu = 1500, .length = 1500, .ms = ERROR_MS},
        {.type = 3, .code = 4, .mtu = 1500, .length = 60, .ms = ERROR_MS},
        {.type = 3, .code = 4, .mtu = 67, .length = 1500, .ms = ERROR_MS},
        {.type = 3, .code = 4, .mtu = 0, .length = 68, .ms = ERROR_MS},
        {.type = 2, .mtu = 1279, .length = 1500, .ms = ERROR_MS},
        {.type = 2, .mtu = UINT32_MAX, .length = 1500, .ms = ERROR_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct aftermath after = after_error(rows[i]);
        assert_int_equal(after.mtu, 0);
        udp(&after, SENDER, 1500, ERROR_MS + 500);
        verdict_is(&after, ERROR_MS + 500, AFTERMATH_CONTINUED);
    }
    struct told least = {.type = 2, .mtu = 1280, .length = 1500, .ms = ERROR_MS};
    assert_int_equal(after_error(least).mtu, 1280);
}

/* A tunnel of 50 bytes around the flow's packet. */
static void a_tunnel_takes_its_headers_off_the_mtu(void **state)
{
    (void)state;
    struct aftermath after;
    struct packet packet;
    struct icmp icmp;
    const struct verdict verdict = {.has = VERDICT_HAS_FLOW, .inner = true};
    error_make(&packet, &icmp, &too_big);
    icmp.quote.inner.ip = icmp.quote.ip;
    icmp.quote.inner.ip.total_length = 1450;
    aftermath_begin(&after, &packet, &verdict);
    aftermath_error(&after, &packet, &verdict);
    assert_int_equal(after.mtu, 1350);
    assert_int_equal(after.refused, 1450);
}

static void errors_about_the_other_side_tell_it_nothing(void **state)
{
    (void)state;
    struct aftermath after = after_error(refused);
    struct packet packet;
    struct icmp icmp;
    const struct verdict other = {.has = VERDICT_HAS_FLOW, .direction = PEER};
    error_make(&packet, &icmp, &too_big);
    aftermath_error(&after, &packet, &other);
    assert_int_equal(after.mtu, 0);
}

static void times_at_both_ends_do_no_harm(void **state)
{
    (void)state;
    struct aftermath after = after_error(too_big);
    struct aftermath_packet packet = {
        .time_ns = INT64_MAX, .length = UINT32_MAX, .direction = SENDER, .data = true};
    aftermath_packet(&after, &packet);
    packet.time_ns = INT64_MIN;
    aftermath_packet(&after, &packet);
    assert_int_equal(after.packets, 1);
    after.since_ns = INT64_MIN;
    aftermath_packet(&after, &packet);
    aftermath_settle(&after, INT64_MAX, true);
    assert_int_equal(after.verdict, AFTERMATH_CONTINUED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_for_three_seconds_is_stopped),
        cmocka_unit_test(a_sender_that_was_never_seen_has_not_stopped),
        cmocka_unit_test(packets_without_an_answer_are_continued_and_counted),
        cmocka_unit_test(an_answer_is_recovered_whatever_else_came),
        cmocka_unit_test(rst_and_the_senders_fin_are_reset),
        cmocka_unit_test(an_end_before_the_error_is_none),
        cmocka_unit_test(a_copy_of_the_refused_packet_is_no_later_one),
        cmocka_unit_test(a_packet_captured_after_its_error_is_where_it_begins),
        cmocka_unit_test(a_redirect_gives_way_to_the_first_failure),
        cmocka_unit_test(data_within_the_mtu_is_adapted),
        cmocka_unit_test(what_was_in_flight_proves_nothing),
        cmocka_unit_test(a_packet_above_the_mtu_after_the_grace_is_ignored),
        cmocka_unit_test(new_data_above_the_mtu_is_not_ignored_yet),
        cmocka_unit_test(a_probe_for_a_larger_mtu_is_not_ignored),
        cmocka_unit_test(a_packet_that_routers_may_divide_fits),
        cmocka_unit_test(lengths_before_segmentation_are_not_taken_for_those_sent),
        cmocka_unit_test(a_router_that_refuses_again_proves_it_ignored),
        cmocka_unit_test(the_lowest_mtu_counts_from_when_it_was_told),
        cmocka_unit_test(an_mtu_that_is_not_told_is_the_plateau_below),
        cmocka_unit_test(an_mtu_that_cannot_be_obeyed_is_none),
        cmocka_unit_test(a_tunnel_takes_its_headers_off_the_mtu),
        cmocka_unit_test(errors_about_the_other_side_tell_it_nothing),
        cmocka_unit_test(times_at_both_ends_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
