/* Errors that come faster than the host answers whose address they bear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "match_lab.h"

#define BIT(of) (1u << ANOMALY_##of)

enum way { NONE, OUT, BACK };
enum { SYN = 2, ACK = 16 };
enum { SEGMENTS_MAX = 7 };

struct segment {
    enum way way;
    int ms;
    uint8_t flags;
    uint32_t seq, ack;
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

struct pace {
    const char *name;
    uint8_t proto;
    int answers[4];       /* ms from a packet to its answer, 100 ms apart; 0: none */
    int rtt;              /* ms from the last packet to the error */
    const char *reporter; /* NULL: the destination */
    bool told;
};

static const struct pace paces[] = {
    {"as fast as ever", PROTO_ICMP, {40, 41, 42}, 40, NULL, false},
    {"a quarter", PROTO_ICMP, {40, 41, 42}, 10, NULL, false},
    {"less than a quarter", PROTO_ICMP, {40, 41, 42}, 9, NULL, true},
    {"of the shortest", PROTO_ICMP, {80, 20, 80}, 9, NULL, false},
    {"by a router on the way", PROTO_ICMP, {40, 41, 42}, 1, "192.0.2.1", false},
    {"two answers", PROTO_ICMP, {40, 41}, 9, NULL, true},
    {"one answer is none", PROTO_ICMP, {40}, 1, NULL, false},
    {"none", PROTO_ICMP, {0}, 1, NULL, false},
    {"four milliseconds", PROTO_ICMP, {4, 4}, 0, NULL, true},
    {"less than four are nothing", PROTO_ICMP, {3, 3, 3, 3}, 0, NULL, false},
    {"TCP, from the SYN on", PROTO_TCP, {40, 41, 42}, 1, NULL, true},
    {"programs that answer datagrams take their time", PROTO_UDP, {40, 41, 42}, 1, NULL, false},
};

static struct headers turn_of(uint8_t proto, uint32_t turn, bool back)
{
    struct headers headers = piece_headers(&(struct piece){.proto = proto,
                                                           .back = back,
                                                           .ip_id = (uint16_t)(turn + 1),
                                                           .tell = 100 * (turn + 1),
                                                           .length = 60});
    headers.tcp_flags = turn > 0 ? ACK : back ? SYN | ACK : SYN;
    headers.tcp_ack = 100 * (turn + 1) + 1;
    headers.has |= HAS_PAYLOAD_LEN;
    return headers;
}

static uint32_t pace_judge(struct lab *lab, const struct pace *pace)
{
    uint32_t turn = 0;
    for (; turn < 4 && pace->answers[turn] > 0; turn++) {
        struct headers out = turn_of(pace->proto, turn, false);
        struct headers back = turn_of(pace->proto, turn, true);
        lab_send(lab, &out, turn * 100);
        lab_send(lab, &back, turn * 100 + (uint32_t)pace->answers[turn]);
    }
    struct headers last = turn_of(pace->proto, turn, false);
    lab_send(lab, &last, turn * 100);
    struct icmp icmp;
    struct verdict verdict;
    struct packet error = lab_error(lab, &icmp, &last, (int64_t)turn * 100 + pace->rtt);
    error.ip.src = pace->reporter != NULL ? addr_of(pace->reporter) : last.dst;
    match_error(&lab->matcher, &error, &verdict);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    return verdict.anomalies;
}

static void an_error_faster_than_the_destination_ever_answered_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        struct lab lab;
        lab_init(&lab, 4, 64);
        uint32_t anomalies = pace_judge(&lab, &paces[i]);
        if (anomalies != (paces[i].told ? BIT(FASTER_THAN_POSSIBLE) : 0))
            fail_msg("%s: 0x%x", paces[i].name, anomalies);
        lab_fini(&lab);
    }
}

/* From the middle on: a program, or the wait for one, may be behind each of the answers. */
static void acknowledgements_without_that_of_a_syn_do_not_count(void **state)
{
    (void)state;
    for (int begun = 0; begun <= 1; begun++) {
        struct lab lab;
        lab_init(&lab, 4, 64);
        send_all(&lab, (const struct segment[SEGMENTS_MAX]){
                           {OUT, 0, begun ? SYN : ACK, 100, 501},
                           {BACK, 40, ACK | (begun ? SYN : 0), 501, 101},
                           {OUT, 100, ACK, 101, 502},
                           {BACK, 140, ACK, 502, 201},
                           {OUT, 200, ACK, 300, 504},
                       });
        struct icmp icmp;
        struct verdict verdict;
        struct headers quoted = headers_of(&(struct segment){OUT, 0, ACK, 300, 504});
        struct packet error = lab_error(&lab, &icmp, &quoted, 202);
        error.ip.src = quoted.dst;
        match_error(&lab.matcher, &error, &verdict);
        assert_int_equal(verdict.kind, VERDICT_EXACT);
        assert_int_equal(verdict.anomalies, begun ? BIT(FASTER_THAN_POSSIBLE) : 0);
        lab_fini(&lab);
    }
}

/* What a server sends of itself, and is only acknowledged, comes when it likes. */
static void what_acknowledges_nothing_is_no_answer(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 64);
    send_all(&lab, (const struct segment[SEGMENTS_MAX]){{OUT, 0, ACK, 101, 501},
                                                        {BACK, 500, ACK, 501, 101},
                                                        {OUT, 501, ACK, 101, 502},
                                                        {BACK, 1000, ACK, 502, 101},
                                                        {OUT, 1001, ACK, 101, 503},
                                                        {BACK, 1500, ACK, 503, 101},
                                                        {OUT, 1510, ACK, 300, 504}});
    struct icmp icmp;
    struct verdict verdict;
    struct headers quoted = headers_of(&(struct segment){OUT, 0, ACK, 300, 504});
    struct packet error = lab_error(&lab, &icmp, &quoted, 1512);
    error.ip.src = quoted.dst;
    match_error(&lab.matcher, &error, &verdict);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    assert_int_equal(verdict.answers, 0);
    assert_int_equal(verdict.anomalies, 0);
    lab_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_faster_than_the_destination_ever_answered_is_told),
        cmocka_unit_test(acknowledgements_without_that_of_a_syn_do_not_count),
        cmocka_unit_test(what_acknowledges_nothing_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
