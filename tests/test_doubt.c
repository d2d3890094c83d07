/* Reasons to doubt an error that its message, its flow or its packet give: that each is told, and
 * that it is not told of what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "match/doubt.h"
#include "match_lab.h"

#define BIT(of) (1u << ANOMALY_##of)
#define V4      "192.0.2.12", "192.0.2.5"
#define V6      "2001:db8::c", "2001:db8::5"

/* ---- of the message alone -------------------------------------------------------------------- */

struct message {
    const char *name;
    uint8_t type, code;
    const char *src, *dst; /* quoted */
    bool told;             /* the MTU is there */
    uint32_t mtu, length;  /* length: quoted total length */
    bool fragmentable, swapped;
    uint32_t anomalies;
};

static const struct message messages[] = {
    {"an MTU below the length", 3, 4, V4, true, 1400, 1500, false, false, 0},
    {"one less", 3, 4, V4, true, 1499, 1500, false, false, 0},
    {"the packet would have fitted", 3, 4, V4, true, 1500, 1500, false, false,
     BIT(MTU_NOT_BELOW_LENGTH)},
    {"no MTU, from an old router", 3, 4, V4, true, 0, 1500, false, false, 0},
    {"cut off before the MTU", 3, 4, V4, false, 1500, 1500, false, false, 0},
    {"another code has none", 3, 3, V4, true, 1500, 1500, false, false, 0},
    {"another type has none", 11, 4, V4, true, 1500, 1500, true, false, 0},
    {"a length that was swapped", 3, 4, V4, true, 1500, 1500, false, true,
     BIT(QUOTED_IP_LENGTH_SWAPPED)},
    {"a length of nothing", 3, 4, V4, true, 1500, 20, false, false, 0},
    {"too big, IPv6", 2, 0, V6, true, 1280, 1500, false, false, 0},
    {"it would have fitted, IPv6", 2, 0, V6, true, 1500, 1500, false, false,
     BIT(MTU_NOT_BELOW_LENGTH)},
    {"hop limit exceeded has none", 3, 0, V6, true, 1500, 1500, false, false, 0},

    {"the least of IPv4", 3, 4, V4, true, 68, 1500, false, false, 0},
    {"less than that", 3, 4, V4, true, 67, 1500, false, false, BIT(MTU_BELOW_MINIMUM)},
    {"the least of IPv6", 2, 0, V6, true, 1280, 1500, false, false, 0},
    {"less than that, IPv6", 2, 0, V6, true, 1279, 1500, false, false, BIT(MTU_BELOW_MINIMUM)},
    {"none, IPv6", 2, 0, V6, true, 0, 1500, false, false, BIT(MTU_BELOW_MINIMUM)},

    {"it was allowed to fragment", 3, 4, V4, true, 1400, 1500, true, false,
     BIT(ABOUT_PACKET_WITHOUT_DF)},
    {"… but another code", 3, 1, V4, false, 0, 1500, true, false, 0},
    {"… but its words were swapped", 3, 4, V4, true, 1400, 1500, true, true,
     BIT(QUOTED_IP_LENGTH_SWAPPED)},
    {"IPv6 has no such bit", 2, 0, V6, true, 1400, 1500, true, false, 0},

    {"from nobody", 3, 3, "0.0.0.0", "192.0.2.5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from 0/8", 3, 3, "0.255.255.255", "192.0.2.5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"above it", 3, 3, "1.0.0.0", "192.0.2.5", false, 0, 60, false, false, 0},
    {"below class D", 3, 3, "223.255.255.255", "192.0.2.5", false, 0, 60, false, false, 0},
    {"from class E", 3, 3, "240.0.0.1", "192.0.2.5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from a loopback", 3, 3, "127.0.0.1", "192.0.2.5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"below it", 3, 3, "126.255.255.255", "192.0.2.5", false, 0, 60, false, false, 0},
    {"above it", 3, 3, "128.0.0.0", "192.0.2.5", false, 0, 60, false, false, 0},
    {"from a group", 3, 3, "224.0.0.9", "192.0.2.5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from all", 3, 3, "255.255.255.255", "192.0.2.5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from nobody, as who looks for a duplicate", 1, 3, "::", "2001:db8::5", false, 0, 60, false,
     false, BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from a group, IPv6", 1, 3, "ff02::1", "2001:db8::5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from a loopback, IPv6", 1, 3, "::1", "2001:db8::5", false, 0, 60, false, false,
     BIT(QUOTED_SOURCE_NOT_HOST)},
    {"from ::2", 1, 3, "::2", "2001:db8::5", false, 0, 60, false, false, 0},
    {"link-local", 1, 3, "fe80::1", "fe80::2", false, 0, 60, false, false, 0},
};

static struct packet message_make(const struct message *row, const struct lab *lab,
                                  struct icmp *icmp)
{
    struct headers quoted = ports_of(PROTO_UDP, row->src, 1000, row->dst, 53);
    quoted.total_length = row->length;
    quoted.df = !row->fragmentable && quoted.family == FAMILY_IPV4;
    struct packet error = lab_error(lab, icmp, &quoted, 5);
    icmp->type = row->type;
    icmp->code = row->code;
    icmp->mtu = row->mtu;
    icmp->has |= row->told ? (uint32_t)ICMP_HAS_MTU : 0;
    icmp->quote.length_swapped = row->swapped;
    icmp->quote.bytes = row->length < 28 ? row->length : 28;
    error.ip.dst =
        row->anomalies == BIT(QUOTED_SOURCE_NOT_HOST) ? addr_of("192.0.2.77") : quoted.src;
    return error;
}

static void what_a_message_says_of_itself_is_told(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct icmp icmp;
        struct verdict verdict;
        struct packet error = message_make(&messages[i], &lab, &icmp);
        match_error(&lab.matcher, &error, &verdict);
        uint32_t found = verdict.anomalies & ~BIT(OUTER_DEST_NOT_QUOTED_SOURCE);
        if (found != messages[i].anomalies)
            fail_msg("%s: 0x%x", messages[i].name, found);
    }
    lab_fini(&lab);
}

/* What a host sends to its own address stays on its loopback. */
static void addresses_of_a_loopback_are_those_of_hosts_there(void **state)
{
    (void)state;
    static const char *const ends[][3] = {
        {"127.0.0.1", "127.0.0.53", "127.0.0.1"},
        {"127.0.0.1", "192.0.2.5", "127.0.0.1"},
        {"::1", "::1", "::1"},
    };
    struct lab lab;
    lab_init(&lab, 10, 8);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct icmp icmp;
        struct verdict verdict;
        struct headers quoted = ports_of(PROTO_UDP, ends[i][0], 1000, ends[i][1], 53);
        struct packet error = lab_error(&lab, &icmp, &quoted, 5);
        error.ip.src = quoted.dst;
        error.ip.dst = addr_of(ends[i][2]);
        match_error(&lab.matcher, &error, &verdict);
        assert_int_equal(verdict.anomalies, 0);
    }
    lab_fini(&lab);
}

/* A host that has taken the header's length off: more than that is there, or was sent. */
static void a_length_that_was_changed_is_no_reason(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct headers sent =
        piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 9, .tell = 7, .length = 1480});
    struct headers quoted = sent;
    quoted.df = true;
    quoted.total_length -= 20;
    struct icmp icmp;
    struct verdict verdict;
    struct packet error = lab_error(&lab, &icmp, &quoted, 5);
    icmp.type = 3;
    icmp.code = 4;
    icmp.has |= ICMP_HAS_MTU;
    icmp.mtu = 1490;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.anomalies, BIT(MTU_NOT_BELOW_LENGTH));
    icmp.quote.bytes = 1500;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.anomalies, 0);
    icmp.quote.bytes = 28;
    lab_send(&lab, &sent, 0);
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    assert_int_equal(verdict.anomalies, 0);
    icmp.mtu = 1500;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.anomalies, BIT(MTU_NOT_BELOW_LENGTH));
    lab_fini(&lab);
}

/* ---- against the packet ---------------------------------------------------------------------- */

static void a_time_to_live_that_grew_is_told(void **state)
{
    (void)state;
    static const struct {
        uint8_t sent, copy, quoted; /* copy: of one that was forwarded, or 0 */
        uint32_t anomalies;
    } rows[] = {
        {64, 0, 1, 0},
        {64, 0, 64, 0},
        {64, 0, 65, BIT(QUOTED_TTL_ABOVE_SENT)},
        {1, 0, 255, BIT(QUOTED_TTL_ABOVE_SENT)},
        {64, 63, 63, 0},
        {64, 63, 64, 0}, /* by the router that forwarded it, as it came in */
        {64, 63, 65, BIT(QUOTED_TTL_ABOVE_SENT)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab lab;
        lab_init(&lab, 10, 8);
        struct headers udp =
            piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 9, .tell = 7, .length = 60});
        udp.ttl = rows[i].sent;
        lab_send(&lab, &udp, 0);
        udp.ttl = rows[i].copy;
        if (rows[i].copy != 0)
            lab_send(&lab, &udp, 1);
        udp.ttl = rows[i].quoted;
        struct verdict verdict = lab_judge(&lab, &udp, 5);
        assert_int_equal(verdict.kind, VERDICT_EXACT);
        assert_int_equal(verdict.anomalies, rows[i].anomalies);
        lab_fini(&lab);
    }
}

static void nothing_is_said_of_a_time_to_live_without_the_packet(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 10, 8);
    struct headers udp =
        piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 9, .tell = 7, .length = 60});
    lab_send(&lab, &udp, 0);
    udp.ip_id = 10;
    udp.ttl = 255;
    struct verdict verdict = lab_judge(&lab, &udp, 5);
    assert_int_equal(verdict.kind, VERDICT_FLOW);
    assert_int_equal(verdict.anomalies, 0);
    lab_fini(&lab);
}

/* ---- against the connection ------------------------------------------------------------------ */

enum way { NONE, OUT, BACK };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
enum { SEGMENTS_MAX = 7 };

struct segment {
    enum way way;
    int ms;
    uint8_t flags;
    uint32_t seq, ack;
};

#define OPENED                                                                                     \
    {OUT, 0, SYN, 100, 0}, {BACK, 10, SYN | ACK, 500, 101},                                        \
    {                                                                                              \
        OUT, 10, ACK, 101, 501                                                                     \
    }

struct ending {
    const char *name;
    struct segment sent[SEGMENTS_MAX];
    uint32_t quoted;
    bool closed;
};

static const struct ending endings[] = {
    {"open", {OPENED}, 9999, false},
    {"one side has closed", {OPENED, {OUT, 20, FIN | ACK, 101, 501}}, 9999, false},
    {"both have",
     {OPENED, {OUT, 20, FIN | ACK, 101, 501}, {BACK, 30, FIN | ACK, 501, 102}},
     9999,
     true},
    {"both have, and the packet is there",
     {OPENED, {OUT, 20, FIN | ACK, 101, 501}, {BACK, 30, FIN | ACK, 501, 102}},
     100,
     false},
    {"both have, and two packets fit",
     {OPENED, {OUT, 20, FIN | ACK, 101, 501}, {BACK, 30, FIN | ACK, 501, 102}},
     101,
     false},
    {"one has, twice",
     {OPENED, {OUT, 20, FIN | ACK, 101, 501}, {OUT, 320, FIN | ACK, 101, 501}},
     9999,
     false},
    {"reset", {OPENED, {BACK, 20, RST, 501, 0}}, 9999, true},
    {"refused", {{OUT, 0, SYN, 100, 0}, {BACK, 1, RST | ACK, 0, 101}}, 9999, true},
    {"reset, while data was on its way",
     {OPENED, {BACK, 20, RST, 501, 0}, {OUT, 21, ACK, 101, 501}},
     9999,
     true},
    {"a reset that its sender knows nothing of",
     {OPENED, {BACK, 20, RST, 501, 0}, {OUT, 21, ACK, 101, 501}, {BACK, 30, ACK, 501, 131}},
     9999,
     false},
    {"closed, and begun anew",
     {{OUT, 0, FIN | ACK, 101, 501},
      {BACK, 1, FIN | ACK, 501, 102},
      {OUT, 500, SYN, 7000, 0},
      {BACK, 501, SYN | ACK, 9000, 7001}},
     9999,
     false},
};

static struct headers headers_of(const struct segment *segment)
{
    struct headers headers = piece_headers(&(struct piece){
        .proto = PROTO_TCP, .back = segment->way == BACK, .tell = segment->seq, .length = 20});
    headers.has |= HAS_PAYLOAD_LEN;
    headers.tcp_flags = segment->flags;
    headers.tcp_ack = segment->ack;
    return headers;
}

static void send_all(struct lab *lab, const struct segment *sent)
{
    for (size_t i = 0; i < SEGMENTS_MAX && sent[i].way != NONE; i++) {
        struct headers headers = headers_of(&sent[i]);
        lab_send(lab, &headers, sent[i].ms);
    }
}

static struct verdict judge(struct lab *lab, uint32_t seq, int ms)
{
    struct headers quoted = headers_of(&(struct segment){.way = OUT, .seq = seq});
    quoted.has &= ~(uint32_t)(HAS_TCP_FLAGS | HAS_PAYLOAD_LEN);
    return lab_judge(lab, &quoted, ms);
}

static void an_error_after_the_end_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct lab lab;
        lab_init(&lab, 4, 64);
        send_all(&lab, endings[i].sent);
        struct verdict verdict = judge(&lab, endings[i].quoted, 600);
        bool told = (verdict.anomalies & BIT(ERROR_AFTER_FLOW_CLOSED)) != 0;
        if (told != endings[i].closed)
            fail_msg("%s: %d", endings[i].name, told);
        lab_fini(&lab);
    }
}

/* Captured with the packets that it waited for, it came before the end. */
static void an_error_before_the_end_is_not_after_it(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 64);
    send_all(&lab, (const struct segment[SEGMENTS_MAX]){OPENED});
    struct icmp icmp;
    struct verdict verdict;
    struct headers quoted = headers_of(&(struct segment){.way = OUT, .seq = 9999});
    struct packet error = lab_error(&lab, &icmp, &quoted, 15);
    error.capture = LAB_CAPTURE;
    struct headers reset = headers_of(&(struct segment){BACK, 0, RST, 501, 0});
    lab.frame++;
    lab_send(&lab, &reset, 20);
    match_error_again(&lab.matcher, &error, &verdict);
    doubt_verdict(&error, &verdict);
    assert_int_equal(verdict.anomalies & BIT(ERROR_AFTER_FLOW_CLOSED), 0);
    error.frame += 2;
    match_error_again(&lab.matcher, &error, &verdict);
    doubt_verdict(&error, &verdict);
    assert_int_equal(verdict.anomalies & BIT(ERROR_AFTER_FLOW_CLOSED),
                     BIT(ERROR_AFTER_FLOW_CLOSED));
    lab_fini(&lab);
}

/* What the ring has forgotten may have caused it, unless that was too long ago. */
static void a_packet_that_was_forgotten_may_be_the_one(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 4);
    send_all(&lab, (const struct segment[SEGMENTS_MAX]){OPENED,
                                                        {BACK, 20, ACK, 501, 101},
                                                        {BACK, 21, ACK, 501, 101},
                                                        {BACK, 22, RST, 501, 0}});
    assert_int_equal(judge(&lab, 9999, 600).anomalies, 0);
    assert_int_equal(judge(&lab, 9999, 10 + 10 * 1000).anomalies, 0);
    assert_int_equal(judge(&lab, 9999, 11 + 10 * 1000).anomalies, BIT(ERROR_AFTER_FLOW_CLOSED));
    lab_fini(&lab);
}

static void a_number_out_of_window_is_a_reason(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 64);
    send_all(&lab, (const struct segment[SEGMENTS_MAX]){OPENED});
    assert_int_equal(judge(&lab, 0x70000000, 20).anomalies, BIT(SEQ_OUT_OF_WINDOW));
    assert_int_equal(judge(&lab, 9999, 20).anomalies, 0);
    lab_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_message_says_of_itself_is_told),
        cmocka_unit_test(addresses_of_a_loopback_are_those_of_hosts_there),
        cmocka_unit_test(a_length_that_was_changed_is_no_reason),
        cmocka_unit_test(a_time_to_live_that_grew_is_told),
        cmocka_unit_test(nothing_is_said_of_a_time_to_live_without_the_packet),
        cmocka_unit_test(an_error_after_the_end_is_told),
        cmocka_unit_test(an_error_before_the_end_is_not_after_it),
        cmocka_unit_test(a_packet_that_was_forgotten_may_be_the_one),
        cmocka_unit_test(a_number_out_of_window_is_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
