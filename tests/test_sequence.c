/* Whether a quoted segment was in flight: hand-made numbers (RFC 9293 3.4, RFC 5927 4.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/tcp_options.h"
#include "match/sequence.h"
#include "match_lab.h"

enum way { NONE, OUT, BACK };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, ECN_SYN = 0xc2 };
enum { SEGMENTS_MAX = 6, MIB = 1 << 20 };

struct segment {
    enum way way;
    uint8_t flags;
    uint32_t seq, ack, payload;
    uint16_t window;
    int shift; /* of a SYN: its option, or -1 without; 0: its options were not read */
};

struct row {
    const char *name;
    struct segment sent[SEGMENTS_MAX];
    enum way way;
    uint32_t seq;
    bool tied;
    enum seq_check check;
};

/* Client from 1000, server from 5000: handshake, then 500 bytes from the client of which the server
 * has acknowledged 200. In flight: 1201 to 1501. */
#define HANDSHAKE                                                                                  \
    {OUT, SYN, 1000, 0, 0, 64000, -1}, {BACK, SYN | ACK, 5000, 1001, 0, 64000, -1},                \
    {                                                                                              \
        OUT, ACK, 1001, 5001, 0, 64000, 0                                                          \
    }
#define TALK                                                                                       \
    {                                                                                              \
        HANDSHAKE, {OUT, ACK, 1001, 5001, 500, 64000, 0}, {BACK, ACK, 5001, 1201, 0, 64000, 0},    \
    }
/* The same around 2^32: in flight 4294967200 to 104. */
#define WRAPPED                                                                                    \
    {                                                                                              \
        {BACK, SYN | ACK, 8, 4294967000u, 0, 64000, -1},                                           \
            {OUT, ACK, 4294967000u, 9, 200, 64000, 0}, {OUT, ACK, 4294967200u, 9, 200, 64000, 0},  \
        {                                                                                          \
            BACK, ACK, 9, 4294967200u, 0, 64000, 0                                                 \
        }                                                                                          \
    }

static const struct row rows[] = {
    {"the oldest in flight", TALK, OUT, 1201, false, SEQ_IN_WINDOW},
    {"in the middle of it", TALK, OUT, 1400, false, SEQ_IN_WINDOW},
    {"the next, which an acknowledgement alone has", TALK, OUT, 1501, false, SEQ_IN_WINDOW},
    {"acknowledged already: sent again, or a probe", TALK, OUT, 1200, false, SEQ_UNKNOWN},
    {"the SYN once more", TALK, OUT, 1000, false, SEQ_UNKNOWN},
    {"one that the capture missed", TALK, OUT, 1502, false, SEQ_UNKNOWN},
    {"the last that may be missed", TALK, OUT, 1501 + MIB, false, SEQ_UNKNOWN},
    {"behind it", TALK, OUT, 1501 + MIB + 1, false, SEQ_OUT_OF_WINDOW},
    {"the first that may be old", TALK, OUT, 1201u - MIB, false, SEQ_UNKNOWN},
    {"before it", TALK, OUT, 1201u - MIB - 1, false, SEQ_OUT_OF_WINDOW},
    {"the other half of all numbers", TALK, OUT, 0x80000000u, false, SEQ_OUT_OF_WINDOW},
    {"guessed", TALK, OUT, 0xdeadbeef, false, SEQ_OUT_OF_WINDOW},
    {"guessed, but the packet is there", TALK, OUT, 0xdeadbeef, true, SEQ_UNKNOWN},
    {"in flight, and the packet is there", TALK, OUT, 1201, true, SEQ_IN_WINDOW},
    {"the server's", TALK, BACK, 5001, false, SEQ_IN_WINDOW},
    {"the server's, with the client's number", TALK, BACK, 0x40000000, false, SEQ_OUT_OF_WINDOW},

    {"before the wrap", WRAPPED, OUT, 4294967200u, false, SEQ_IN_WINDOW},
    {"the last before it", WRAPPED, OUT, UINT32_MAX, false, SEQ_IN_WINDOW},
    {"the first behind it", WRAPPED, OUT, 0, false, SEQ_IN_WINDOW},
    {"the next behind it", WRAPPED, OUT, 104, false, SEQ_IN_WINDOW},
    {"beyond it", WRAPPED, OUT, 105, false, SEQ_UNKNOWN},
    {"far beyond it", WRAPPED, OUT, 105 + MIB, false, SEQ_OUT_OF_WINDOW},
    {"far before it", WRAPPED, OUT, 4294967199u - MIB, false, SEQ_OUT_OF_WINDOW},

    {"a hole that SACK leaves open, and what is behind it",
     {HANDSHAKE, {OUT, ACK, 1001, 5001, 9000, 64000, 0}, {BACK, ACK, 5001, 2449, 0, 64000, 0}},
     OUT,
     2449,
     false,
     SEQ_IN_WINDOW},
    {"of a connection that is begun: its SYN",
     {{OUT, SYN, 7000, 0, 0, 64000, -1}},
     OUT,
     7000,
     false,
     SEQ_IN_WINDOW},
    {"a SYN that offers ECN",
     {{OUT, ECN_SYN, 7000, 0, 0, 64000, -1}},
     OUT,
     7000,
     false,
     SEQ_IN_WINDOW},
    {"a SYN sent three times",
     {{OUT, SYN, 7000, 0, 0, 9, -1}, {OUT, SYN, 7000, 0, 0, 9, -1}, {OUT, SYN, 7000, 0, 0, 9, -1}},
     OUT,
     7000,
     false,
     SEQ_IN_WINDOW},
    {"not the number of the SYN",
     {{OUT, SYN, 7000, 0, 0, 64000, -1}},
     OUT,
     0x90000000,
     false,
     SEQ_OUT_OF_WINDOW},
    {"a SYN that was refused: all of it is acknowledged",
     {{OUT, SYN, 7000, 0, 0, 64000, -1}, {BACK, RST | ACK, 0, 7001, 0, 0, 0}},
     OUT,
     7000,
     false,
     SEQ_UNKNOWN},
    {"the refusal",
     {{OUT, SYN, 7000, 0, 0, 64000, -1}, {BACK, RST | ACK, 0, 7001, 0, 0, 0}},
     BACK,
     0,
     false,
     SEQ_UNKNOWN},
    {"a FIN takes a number",
     {HANDSHAKE, {OUT, FIN | ACK, 1001, 5001, 0, 64000, 0}},
     OUT,
     1002,
     false,
     SEQ_IN_WINDOW},
    {"a probe for life, one before what is acknowledged",
     {HANDSHAKE, {OUT, ACK, 1000, 5001, 0, 64000, 0}},
     OUT,
     1000,
     false,
     SEQ_UNKNOWN},
    {"a probe of a window that is closed",
     {HANDSHAKE,
      {OUT, ACK, 1001, 5001, 500, 64000, 0},
      {BACK, ACK, 5001, 1501, 0, 0, 0},
      {OUT, ACK, 1500, 5001, 0, 64000, 0}},
     OUT,
     1500,
     false,
     SEQ_UNKNOWN},

    {"nothing of this side, near what the other acknowledges",
     {{BACK, ACK, 5000, 1000, 9, 500, 0}},
     OUT,
     1000,
     false,
     SEQ_UNKNOWN},
    {"… as far as its window is at most, scaled as may be",
     {{BACK, ACK, 5000, 1000, 9, 500, 0}},
     OUT,
     1000 + (500 << 14),
     false,
     SEQ_UNKNOWN},
    {"… and further",
     {{BACK, ACK, 5000, 1000, 9, 500, 0}},
     OUT,
     1001 + (500 << 14),
     false,
     SEQ_OUT_OF_WINDOW},
    {"captured from the middle on, and never acknowledged",
     {{OUT, ACK, 1000, 5000, 9, 500, 0}},
     OUT,
     0x90000000,
     false,
     SEQ_UNKNOWN},
    {"… nor from its beginning on",
     {{OUT, SYN, 1000, 0, 0, 500, 0}, {OUT, ACK, 1001, 5000, 9, 500, 0}},
     OUT,
     0x90000000,
     false,
     SEQ_UNKNOWN},

    {"more is acknowledged than was captured: the next",
     {HANDSHAKE, {BACK, ACK, 5001, 90000, 0, 64000, 0}},
     OUT,
     90000,
     false,
     SEQ_IN_WINDOW},
    {"… and guessed",
     {HANDSHAKE, {BACK, ACK, 5001, 90000, 0, 64000, 0}},
     OUT,
     0x90000000,
     false,
     SEQ_OUT_OF_WINDOW},
    {"an acknowledgement of what nobody sent makes nothing sure",
     {HANDSHAKE, {BACK, ACK, 5001, 0x40000000, 0, 64000, 0}},
     OUT,
     1001,
     false,
     SEQ_UNKNOWN},
    {"… nor do numbers further apart than any window",
     {HANDSHAKE, {OUT, ACK, 0x60000000, 5001, 9, 64000, 0}},
     OUT,
     0x60000000,
     false,
     SEQ_UNKNOWN},

    {"a window of 16 MiB: within it",
     {{BACK, SYN | ACK, 5000, 1001, 0, 65535, 8}, {BACK, ACK, 5001, 1001, 0, 65535, 0}},
     OUT,
     1001 + (65535 << 8),
     false,
     SEQ_UNKNOWN},
    {"… behind it",
     {{BACK, SYN | ACK, 5000, 1001, 0, 65535, 8}, {BACK, ACK, 5001, 1001, 0, 65535, 0}},
     OUT,
     1002 + (65535 << 8),
     false,
     SEQ_OUT_OF_WINDOW},
    {"a shift beyond 14 is 14",
     {{BACK, SYN | ACK, 5000, 1001, 0, 9, 30}, {BACK, ACK, 5001, 1001, 0, 100, 0}},
     OUT,
     1002 + (100 << 14),
     false,
     SEQ_OUT_OF_WINDOW},
};

static struct headers headers_of(const struct segment *segment)
{
    struct headers headers = piece_headers(&(struct piece){.proto = PROTO_TCP,
                                                           .back = segment->way == BACK,
                                                           .tell = segment->seq,
                                                           .length = 20 + segment->payload});
    headers.has |= HAS_PAYLOAD_LEN;
    headers.payload_length = segment->payload;
    headers.tcp_flags = segment->flags;
    headers.tcp_ack = segment->ack;
    headers.tcp_window = segment->window;
    if ((segment->flags & SYN) == 0 || segment->shift == 0)
        return headers;
    headers.has |= HAS_TCP_SYN;
    headers.tcp_options = segment->shift > 0 ? TCP_HAS_WINDOW_SCALE : 0;
    headers.tcp_window_scale = (uint8_t)(segment->shift > 0 ? segment->shift : 0);
    return headers;
}

static enum seq_check check_of(struct lab *lab, const struct row *row)
{
    struct headers quoted = headers_of(&(struct segment){.way = row->way, .seq = row->seq});
    struct flow_key key;
    enum flow_direction direction;
    assert_true(flow_key_from(&key, &direction, &quoted, 0));
    uint64_t hash = flow_table_hash(lab->matcher.table, &key);
    struct verdict verdict = {.has = row->tied ? VERDICT_HAS_SENT : 0,
                              .direction = (uint8_t)direction,
                              .flow = flow_table_find(lab->matcher.table, &key, hash)};
    assert_non_null(verdict.flow);
    return sequence_check(&lab->matcher, &verdict, &quoted);
}

static void each_number_is_in_flight_out_of_it_or_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct lab lab;
        lab_init(&lab, 4, 64);
        for (size_t j = 0; j < SEGMENTS_MAX && row->sent[j].way != NONE; j++) {
            struct headers sent = headers_of(&row->sent[j]);
            lab_send(&lab, &sent, (int64_t)j);
        }
        enum seq_check check = check_of(&lab, row);
        if (check != row->check)
            fail_msg("%s: %s", row->name, seq_check_names[check]);
        lab_fini(&lab);
    }
}

/* Long after the SYN nobody knows how windows are to be read, and what looking costs is owed. */
static void what_looking_for_windows_costs_is_bounded_and_owed(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 1024);
    const struct segment segments[] = {HANDSHAKE};
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        struct headers sent = headers_of(&segments[i]);
        lab_send(&lab, &sent, 0);
    }
    const struct row far = {.way = OUT, .seq = 1001 + (500 << 14)};
    assert_int_equal(check_of(&lab, &far), SEQ_OUT_OF_WINDOW);
    assert_int_equal(lab.matcher.owed, 3);

    for (unsigned i = 0; i < MATCH_WALK_SHORT; i++) {
        struct headers sent = headers_of(&(struct segment){BACK, ACK, 5001, 1001, 0, 500, 0});
        lab_send(&lab, &sent, 1);
    }
    lab.matcher.owed = 0;
    assert_int_equal(check_of(&lab, &far), SEQ_UNKNOWN);
    assert_int_equal(lab.matcher.owed, MATCH_WALK_SHORT);

    /* Nothing that is near costs anything. */
    assert_int_equal(check_of(&lab, &(struct row){.way = OUT, .seq = 1001}), SEQ_IN_WINDOW);
    assert_int_equal(lab.matcher.owed, MATCH_WALK_SHORT);
    lab_fini(&lab);
}

/* The ring has forgotten the other side's packets: its window may have been any. */
static void a_window_that_was_forgotten_may_have_been_any(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 4);
    const struct segment back = {BACK, ACK, 5000, 1000, 0, 1, 0};
    struct headers sent = headers_of(&back);
    lab_send(&lab, &sent, 0);
    struct headers other = ports_of(PROTO_UDP, "192.0.2.12", 1, "192.0.2.5", 2);
    for (int i = 0; i < 4; i++)
        lab_send(&lab, &other, 1);
    const uint32_t most = 65535u << 14;
    assert_int_equal(check_of(&lab, &(struct row){.way = OUT, .seq = 1000 + most}), SEQ_UNKNOWN);
    assert_int_equal(check_of(&lab, &(struct row){.way = OUT, .seq = 1001 + most}),
                     SEQ_OUT_OF_WINDOW);
    lab_fini(&lab);
}

/* A firewall adds the same to all numbers: what it quotes has the identification and the length of
 * a packet that was sent. Either alone may be guessed, or be of all packets. */
static void a_number_rewritten_on_the_way_is_not_forged(void **state)
{
    (void)state;
    static const struct {
        uint16_t sent, quoted;
        uint16_t length;
        enum seq_check check;
    } cases[] = {
        {77, 77, 520, SEQ_UNKNOWN},
        {77, 78, 520, SEQ_OUT_OF_WINDOW},
        {77, 77, 521, SEQ_OUT_OF_WINDOW},
        {0, 0, 520, SEQ_OUT_OF_WINDOW},
    };
    const struct segment talk[] = TALK;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        lab_init(&lab, 4, 64);
        struct headers sent[sizeof talk / sizeof talk[0]];
        for (size_t j = 0; j < sizeof talk / sizeof talk[0]; j++) {
            sent[j] = headers_of(&talk[j]);
            sent[j].ip_id = talk[j].payload > 0 ? cases[i].sent : 0;
            lab_send(&lab, &sent[j], (int64_t)j);
        }
        struct headers quoted = sent[3];
        quoted.ip_id = cases[i].quoted;
        quoted.total_length = (uint16_t)(quoted.header_length + cases[i].length);
        quoted.tcp_seq = 0xdeadbeef;
        struct verdict verdict = lab_judge(&lab, &quoted, 9);
        assert_int_equal(verdict.kind, VERDICT_FLOW);
        assert_int_equal(verdict.seq_check, cases[i].check);
        lab_fini(&lab);
    }
}

/* Only of TCP, and only where there is a flow and a number. */
static void a_verdict_has_a_check_where_there_is_something_to_check(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 4, 64);
    struct headers tcp = headers_of(&(struct segment){OUT, SYN, 1000, 0, 0, 64000, -1});
    assert_int_equal(lab_judge(&lab, &tcp, 1).has, 0);
    lab_send(&lab, &tcp, 0);
    struct verdict verdict = lab_judge(&lab, &tcp, 1);
    assert_true((verdict.has & VERDICT_HAS_SEQ_CHECK) != 0);
    assert_int_equal(verdict.seq_check, SEQ_IN_WINDOW);
    tcp.has &= ~(uint32_t)HAS_TCP_SEQ;
    assert_int_equal(lab_judge(&lab, &tcp, 1).has & VERDICT_HAS_SEQ_CHECK, 0);

    struct headers udp = piece_headers(&(struct piece){.proto = PROTO_UDP, .ip_id = 1});
    lab_send(&lab, &udp, 0);
    assert_int_equal(lab_judge(&lab, &udp, 1).has & VERDICT_HAS_SEQ_CHECK, 0);
    lab_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_in_flight_out_of_it_or_unknown),
        cmocka_unit_test(what_looking_for_windows_costs_is_bounded_and_owed),
        cmocka_unit_test(a_window_that_was_forgotten_may_have_been_any),
        cmocka_unit_test(a_number_rewritten_on_the_way_is_not_forged),
        cmocka_unit_test(a_verdict_has_a_check_where_there_is_something_to_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
