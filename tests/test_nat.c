/* What is taken for a translated packet, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "match_lab.h"

enum { FLOWS = 4096, RECENT = 8192 };

#define INSIDE  "10.0.0.2"
#define OUTSIDE "203.0.113.5"
#define SERVER  "198.51.100.2"

static void nat_init(struct lab *lab, size_t max_flows)
{
    const uint64_t seed[2] = {9, 10};
    lab_init(lab, max_flows, RECENT);
    lab->matcher.packets = packet_index_new(&lab->ring, lab->matcher.table, seed);
    assert_non_null(lab->matcher.packets);
}

static void nat_fini(struct lab *lab)
{
    packet_index_free(lab->matcher.packets);
    lab_fini(lab);
}

static struct headers tcp_of(const char *src, uint16_t src_port, uint32_t seq, uint16_t ip_id)
{
    struct headers headers = ports_of(PROTO_TCP, src, src_port, SERVER, 80);
    headers.has |= HAS_TCP_SEQ;
    headers.tcp_seq = seq;
    headers.ip_id = ip_id;
    headers.total_length = 60;
    return headers;
}

static struct headers sctp_of(const char *src, uint16_t src_port, uint16_t ip_id)
{
    struct headers headers = ports_of(PROTO_SCTP, src, src_port, SERVER, 80);
    headers.has |= HAS_SCTP_VTAG;
    headers.sctp_vtag = 0xabcdef01;
    headers.ip_id = ip_id;
    headers.total_length = 60;
    return headers;
}

static struct headers gre_of(const char *src, uint16_t ip_id)
{
    struct headers headers = ip_of(PROTO_GRE, src, SERVER);
    headers.ip_id = ip_id;
    headers.total_length = 60;
    return headers;
}

static struct verdict judge_sent_to(struct lab *lab, const struct headers *quoted, const char *dest)
{
    struct icmp icmp;
    struct verdict verdict;
    struct packet packet = lab_error(lab, &icmp, quoted, 10);
    packet.ip.dst = addr_of(dest);
    match_error(&lab->matcher, &packet, &verdict);
    return verdict;
}

static void tied_to(const struct verdict *verdict, uint64_t frame, const struct flow *flow)
{
    assert_int_equal(verdict->kind, VERDICT_NAT);
    assert_int_equal(verdict->frame, frame);
    assert_ptr_equal(verdict->flow, flow);
    assert_int_equal(verdict->flow_id, flow->id);
    assert_memory_equal(&verdict->sent_key, &flow->key, sizeof flow->key);
    assert_int_equal(verdict->has & VERDICT_HAS_CANDIDATES, 0);
    const uint32_t has =
        VERDICT_HAS_FLOW | VERDICT_HAS_TRIGGER | VERDICT_HAS_SENT | VERDICT_HAS_RTT;
    assert_int_equal(verdict->has & has, has);
    assert_int_equal(verdict->sent.frame, frame);
}

static void a_translated_segment_is_found_with_its_direction(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, FLOWS);
    struct headers sent = tcp_of(INSIDE, 40000, 77001, 5);
    struct flow *flow = lab_send(&lab, &sent, 0);
    struct headers quoted = tcp_of(OUTSIDE, 61000, 77001, 5);
    struct verdict verdict = lab_judge(&lab, &quoted, 10);
    tied_to(&verdict, 1, flow);
    assert_int_equal(verdict.rtt_ns, 10 * NS_PER_MS);
    assert_int_equal(verdict.direction, FLOW_FORWARD); /* 10.0.0.2 < 198.51.100.2 */
    /* The quoted flow's source is the greater address: directions differ. */
    assert_true(verdict.has & VERDICT_HAS_SEQ_CHECK);
    nat_fini(&lab);
}

/* Errors that wait are judged with what came meanwhile: a packet that is as quoted goes first. */
static void translated_packets_are_looked_for_when_others_will_not_come(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, FLOWS);
    lab.matcher.reorder_ns = 50 * NS_PER_MS;
    struct headers sent = tcp_of(INSIDE, 40000, 77001, 5), quoted = sent;
    struct flow *flow = lab_send(&lab, &sent, 0);
    quoted.src = addr_of(OUTSIDE);
    struct icmp icmp;
    struct verdict verdict;
    struct packet error = lab_error(&lab, &icmp, &quoted, 10);
    lab.frame++;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
    assert_true(match_may_come(&verdict));
    match_error_again(&lab.matcher, &error, &verdict);
    tied_to(&verdict, 1, flow);
    lab_send(&lab, &quoted, 20);
    match_error_again(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    assert_int_equal(verdict.frame, 3);
    nat_fini(&lab);
}

static void the_other_direction_of_the_quoted_flow_goes_first(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, FLOWS);
    struct headers sent = tcp_of(INSIDE, 40000, 77001, 5);
    lab_send(&lab, &sent, 0);
    struct headers answer = ports_of(PROTO_TCP, SERVER, 80, OUTSIDE, 61000);
    lab_send(&lab, &answer, 1);
    struct headers quoted = tcp_of(OUTSIDE, 61000, 77001, 5);
    struct verdict verdict = lab_judge(&lab, &quoted, 10);
    assert_int_equal(verdict.kind, VERDICT_REVERSE);
    nat_fini(&lab);
}

/* Its packets have one tag. Which it was, their identification says, where they have one. */
static void an_association_is_found_by_its_tag(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, FLOWS);
    struct flow *flow = NULL;
    for (uint16_t ip_id = 1; ip_id <= 3; ip_id++) {
        struct headers sent = sctp_of(INSIDE, 40000, ip_id);
        flow = lab_send(&lab, &sent, ip_id);
    }
    struct headers quoted = sctp_of(OUTSIDE, 61000, 2);
    struct verdict verdict = lab_judge(&lab, &quoted, 10);
    tied_to(&verdict, 2, flow);
    nat_fini(&lab);

    nat_init(&lab, FLOWS);
    struct headers sent = sctp_of(INSIDE, 40000, 0);
    for (int ms = 0; ms < 3; ms++)
        flow = lab_send(&lab, &sent, ms);
    quoted = sctp_of(OUTSIDE, 61000, 0);
    verdict = lab_judge(&lab, &quoted, 10);
    assert_int_equal(verdict.kind, VERDICT_NAT);
    assert_ptr_equal(verdict.flow, flow);
    assert_int_equal(verdict.candidates, 3);
    assert_int_equal(verdict.has & (VERDICT_HAS_TRIGGER | VERDICT_HAS_SENT), 0);
    nat_fini(&lab);
}

/* 16 bits and a pair of hosts: not without the error's destination. */
static void a_tunnel_is_found_by_its_sender(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, FLOWS);
    struct headers sent = gre_of(INSIDE, 7), quoted = gre_of(OUTSIDE, 7);
    struct flow *flow = lab_send(&lab, &sent, 0);
    struct verdict verdict = lab_judge(&lab, &quoted, 10);
    assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
    verdict = judge_sent_to(&lab, &quoted, INSIDE);
    tied_to(&verdict, 1, flow);
    nat_fini(&lab);
}

/* The host that refuses a datagram sent in fragments quotes the whole that it put together, so that
 * the IP lengths differ. Those of UDP do not, or it is another datagram. */
static void a_datagram_sent_in_fragments_is_found_by_the_whole(void **state)
{
    (void)state;
    for (uint16_t less = 0; less <= 8; less += 8) {
        struct lab lab;
        nat_init(&lab, FLOWS);
        struct headers sent = ports_of(PROTO_UDP, INSIDE, 40000, SERVER, 9);
        sent.has |= HAS_UDP_LENGTH | HAS_FRAGMENT;
        sent.more_fragments = true;
        sent.ip_id = 7;
        sent.udp_length = 3008;
        sent.total_length = 1500;
        struct headers quoted = sent;
        quoted.has &= ~(uint32_t)HAS_FRAGMENT;
        quoted.more_fragments = false;
        quoted.src = addr_of(OUTSIDE);
        quoted.udp_length = (uint16_t)(3008 - less);
        quoted.total_length = 20u + quoted.udp_length;
        struct flow *flow = lab_send(&lab, &sent, 0);
        struct verdict verdict = lab_judge(&lab, &quoted, 10);
        if (less == 0)
            tied_to(&verdict, 1, flow);
        else
            assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
        nat_fini(&lab);
    }
}

/* RFC 6437: the label goes unchanged to the destination; 0 is none. Without it, 16 bits agree. */
static void a_flow_label_tells_whose_packet_it_is(void **state)
{
    (void)state;
    static const struct {
        uint32_t sent, quoted;
        bool found;
    } rows[] = {{0x12345, 0x12345, true}, {0x12345, 0x12346, false}, {0, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab lab;
        nat_init(&lab, FLOWS);
        struct headers sent = echo_of("2001:db8:1::114", "2001:db8:80::80", 128, 40000);
        sent.has |= HAS_FLOW_LABEL;
        sent.flow_label = rows[i].sent;
        sent.icmp_seq = 3;
        sent.total_length = 104;
        struct headers quoted = sent;
        quoted.flow_label = rows[i].quoted;
        quoted.src = addr_of("2001:db8:12::1");
        quoted.icmp_id = 61000;
        struct flow *flow = lab_send(&lab, &sent, 0);
        struct verdict verdict = lab_judge(&lab, &quoted, 10);
        if (rows[i].found)
            tied_to(&verdict, 1, flow);
        else
            assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
        nat_fini(&lab);
    }
}

/* A mirror port shows it twice. */
static void copies_of_a_packet_are_one(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, FLOWS);
    struct headers sent = tcp_of(INSIDE, 40000, 77001, 5);
    struct headers quoted = tcp_of(OUTSIDE, 61000, 77001, 5);
    lab_send(&lab, &sent, 0);
    struct flow *flow = lab_send(&lab, &sent, 1);
    struct verdict verdict = lab_judge(&lab, &quoted, 10);
    tied_to(&verdict, 2, flow);
    nat_fini(&lab);
}

/* A flow that gave way is no longer there to be named, and one that has its number is not it. */
static void packets_of_flows_that_gave_way_are_not_taken(void **state)
{
    (void)state;
    struct lab lab;
    nat_init(&lab, 2);
    struct headers sent = tcp_of(INSIDE, 40000, 77001, 5);
    lab_send(&lab, &sent, 0);
    for (uint16_t port = 1; port <= 4; port++) {
        struct headers other = tcp_of(INSIDE, port, 88000 + port, 6);
        lab_send(&lab, &other, 1);
    }
    struct headers quoted = tcp_of(OUTSIDE, 61000, 77001, 5);
    struct verdict verdict = lab_judge(&lab, &quoted, 10);
    assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
    assert_int_equal(verdict.anomalies, 0);
    /* Quoted as it was sent: its flow was there. */
    verdict = lab_judge(&lab, &sent, 10);
    assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
    assert_int_equal(verdict.anomalies, 1u << ANOMALY_FLOW_EVICTED);
    assert_true(verdict.has & VERDICT_HAS_ANOMALIES);
    nat_fini(&lab);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Queries of one length from many hosts to one server, and errors about others that were not
 * captured. Of 4,000 by 2,000 pairs, with 32 bits that would have to agree, one in 500 runs would
 * have one that does; this one has none. */
static void strangers_of_a_busy_server_are_not_taken(void **state)
{
    (void)state;
    uint32_t random = 12345;
    struct lab lab;
    nat_init(&lab, FLOWS);
    for (unsigned i = 0; i < 6000; i++) {
        bool error = i % 3 == 2;
        uint32_t draw = next_random(&random);
        struct headers query = ports_of(PROTO_UDP, error ? OUTSIDE : INSIDE,
                                        (uint16_t)(1024 + draw % 64000), SERVER, 53);
        query.src.bytes[2] = (uint8_t)next_random(&random);
        query.has |= HAS_UDP_LENGTH;
        query.udp_length = 40;
        query.ip_id = i % 2 == 0 ? next_random(&random) & 0xffff : 0;
        query.udp_checksum = (uint16_t)next_random(&random);
        query.total_length = 60;
        if (!error) {
            lab_send(&lab, &query, 0);
            continue;
        }
        struct verdict verdict = lab_judge(&lab, &query, 1);
        assert_int_equal(verdict.kind, VERDICT_UNMATCHED);
    }
    nat_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_translated_segment_is_found_with_its_direction),
        cmocka_unit_test(translated_packets_are_looked_for_when_others_will_not_come),
        cmocka_unit_test(the_other_direction_of_the_quoted_flow_goes_first),
        cmocka_unit_test(an_association_is_found_by_its_tag),
        cmocka_unit_test(a_tunnel_is_found_by_its_sender),
        cmocka_unit_test(a_datagram_sent_in_fragments_is_found_by_the_whole),
        cmocka_unit_test(a_flow_label_tells_whose_packet_it_is),
        cmocka_unit_test(copies_of_a_packet_are_one),
        cmocka_unit_test(packets_of_flows_that_gave_way_are_not_taken),
        cmocka_unit_test(strangers_of_a_busy_server_are_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
