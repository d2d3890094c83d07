/* Which captured packets are one, and which of them a quote names by numbers of its own: SCTP's,
 * GRE's, those of an echo and its reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "match_lab.h"

enum { SENT_MAX = 4 };

/* ---- copies ---------------------------------------------------------------------------------- */

struct seen {
    int us;
    uint8_t ttl;
    uint16_t capture, ip_id;
    uint32_t label;
};

/* UDP with one checksum, quoted as the last was seen, a second later. */
struct row {
    const char *name;
    bool v6;
    uint16_t checksum;
    size_t count;
    struct seen sent[SENT_MAX];
    uint32_t packets; /* that were sent: 1 is named, more are candidates */
};

static const struct row rows[] = {
    {"in front of a router and behind it", true, 7, 2, {{0, 64, 0, 0, 5}, {9000, 63, 0, 0, 5}}, 1},
    {"… of IPv4 without identification", false, 7, 2, {{0, 64, 0, 0, 0}, {9000, 63, 0, 0, 0}}, 1},
    {"… with one", false, 7, 2, {{0, 64, 0, 8, 0}, {9000, 63, 0, 8, 0}}, 1},
    {"at most 50 ms apart", true, 7, 2, {{0, 64, 0, 0, 5}, {50000, 63, 0, 0, 5}}, 1},
    {"more", true, 7, 2, {{0, 64, 0, 0, 5}, {50001, 63, 0, 0, 5}}, 2},
    {"as a tracer sends: the later one goes further",
     true,
     7,
     2,
     {{0, 1, 0, 0, 5}, {9000, 2, 0, 0, 5}},
     2},
    {"sent twice by one host", true, 7, 2, {{0, 64, 0, 0, 5}, {9000, 64, 0, 0, 5}}, 2},
    {"without identification", false, 7, 2, {{0, 64, 0, 0, 0}, {9000, 64, 0, 0, 0}}, 2},
    {"another flow label", true, 7, 2, {{0, 64, 0, 0, 5}, {9000, 63, 0, 0, 6}}, 2},
    {"no checksum that would say so", false, 0, 2, {{0, 64, 0, 0, 0}, {9000, 63, 0, 0, 0}}, 0},
    {"in two captures at once", true, 7, 2, {{0, 64, 1, 0, 5}, {400, 64, 2, 0, 5}}, 1},
    {"in two captures, behind a router", true, 7, 2, {{0, 64, 1, 0, 5}, {9000, 63, 2, 0, 5}}, 1},
    {"in two that a capture was dealt out to",
     true,
     7,
     2,
     {{0, 64, 1, 0, 5}, {9000, 64, 2, 0, 5}},
     2},
    {"two packets, each in front of a router and behind it",
     true,
     7,
     4,
     {{0, 64, 0, 0, 5}, {900, 63, 0, 0, 5}, {9000, 64, 0, 0, 5}, {9900, 63, 0, 0, 5}},
     2},
    {"three places on one way",
     true,
     7,
     3,
     {{0, 64, 0, 0, 5}, {900, 63, 0, 0, 5}, {1800, 62, 0, 0, 5}},
     1},
};

static struct headers datagram_of(const struct row *row, const struct seen *seen)
{
    struct headers udp =
        piece_headers(&(struct piece){PROTO_UDP, row->v6, false, seen->ip_id, row->checksum, 30});
    udp.has |= row->v6 ? (uint32_t)HAS_FLOW_LABEL : 0;
    udp.flow_label = seen->label;
    udp.ttl = seen->ttl;
    return udp;
}

/* As lab_send(), of more captures than one and to the microsecond. */
static void send_seen(struct lab *lab, const struct headers *headers, const struct seen *seen)
{
    const struct packet packet = {.time_ns = seen->us * (int64_t)NS_PER_US,
                                  .frame = ++lab->frame,
                                  .capture = seen->capture,
                                  .ip = *headers};
    struct flow_key key;
    enum flow_direction direction;
    assert_true(flow_key_from(&key, &direction, headers, 0));
    uint64_t hash = flow_table_hash(lab->matcher.table, &key);
    struct flow_touch touch = flow_table_touch(lab->matcher.table, &key, hash, packet.time_ns);
    lab_record(lab, &touch, &packet, direction);
}

static void copies_are_one_packet_and_no_others_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct lab lab;
        lab_init(&lab, 100, 64);
        struct headers udp = {.has = 0};
        for (size_t j = 0; j < row->count; j++) {
            udp = datagram_of(row, &row->sent[j]);
            send_seen(&lab, &udp, &row->sent[j]);
        }
        struct verdict verdict = lab_judge(&lab, &udp, 1000);
        bool exact = row->packets == 1;
        if (verdict.kind != (exact ? VERDICT_EXACT : VERDICT_FLOW) ||
            verdict.frame != (exact ? row->count : 0) ||
            (row->packets > 1 && verdict.candidates != row->packets))
            fail_msg("%s: %s, frame %u, %u candidates", row->name, verdict_names[verdict.kind],
                     (unsigned)verdict.frame, verdict.candidates);
        lab_fini(&lab);
    }
}

/* Who misses segments says so again at once, in the same words. */
static void acknowledgements_sent_again_at_once_are_several(void **state)
{
    (void)state;
    for (int data = 0; data <= 1; data++) {
        struct headers tcp =
            piece_headers(&(struct piece){PROTO_TCP, true, false, 0x1234, 500, data ? 520u : 32u});
        tcp.tcp_flags = 16;
        struct lab lab;
        lab_init(&lab, 100, 64);
        lab_send(&lab, &tcp, 0);
        lab_send(&lab, &tcp, 0);
        struct verdict verdict = lab_judge(&lab, &tcp, 5);
        assert_int_equal(verdict.kind, data ? VERDICT_EXACT : VERDICT_FLOW);
        assert_int_equal(verdict.candidates, data ? 0 : 2);
        lab_fini(&lab);
    }
}

/* ---- numbers --------------------------------------------------------------------------------- */

static struct headers sctp_of(bool v6, uint32_t tag, uint32_t tsn, uint32_t checksum)
{
    struct headers sctp = piece_headers(&(struct piece){PROTO_SCTP, v6, false, 3, tag, 64});
    sctp.has |= HAS_SCTP_CHECKSUM | (tsn != 0 ? (uint32_t)HAS_SCTP_TSN : 0);
    sctp.sctp_tsn = tsn;
    sctp.sctp_checksum = checksum;
    return sctp;
}

static void chunks_of_sctp_are_told_by_their_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t tag, tsn, checksum; /* quoted; 0: not */
        uint64_t frame;
    } quotes[] = {
        {9, 100, 0, 1},        {9, 101, 0, 2},
        {9, 102, 0, 0},        {8, 101, 0, 0},
        {9, 0, 0, 0},          /* the tag is that of all */ {9, 0, 0x11111111, 1},
        {9, 0, 0x33333333, 0}, {9, 0, 0x44444444, 3},
    };
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        struct lab lab;
        lab_init(&lab, 100, 64);
        struct headers first = sctp_of(true, 9, 100, 0x11111111);
        struct headers second = sctp_of(true, 9, 101, 0x22222222);
        struct headers control = sctp_of(true, 9, 0, 0x44444444);
        lab_send(&lab, &first, 0);
        lab_send(&lab, &second, 1);
        lab_send(&lab, &control, 2);
        struct headers quoted = sctp_of(true, quotes[i].tag, quotes[i].tsn, quotes[i].checksum);
        quoted.has &= ~(quotes[i].checksum == 0 ? (uint32_t)HAS_SCTP_CHECKSUM : 0);
        struct verdict verdict = lab_judge(&lab, &quoted, 5);
        assert_int_equal(verdict.kind, quotes[i].frame != 0 ? VERDICT_EXACT : VERDICT_FLOW);
        assert_int_equal(verdict.frame, quotes[i].frame);
        lab_fini(&lab);
    }
}

/* One identification for all, and the packet itself was not captured. */
static void another_checksum_is_another_packet(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 100, 64);
    struct headers sctp = sctp_of(false, 9, 100, 0x11111111);
    struct headers udp = piece_headers(&(struct piece){PROTO_UDP, false, false, 3, 7, 64});
    struct headers lite = piece_headers(&(struct piece){PROTO_UDPLITE, false, false, 3, 7, 64});
    struct headers *sent[] = {&sctp, &udp, &lite};
    for (size_t i = 0; i < 3; i++) {
        lab_send(&lab, sent[i], 0);
        assert_int_equal(lab_judge(&lab, sent[i], 5).kind, VERDICT_EXACT);
        sent[i]->has &= ~(uint32_t)HAS_SCTP_TSN;
        sent[i]->sctp_checksum++;
        sent[i]->udp_checksum++;
        assert_int_equal(lab_judge(&lab, sent[i], 5).kind, VERDICT_FLOW);
    }
    lab_fini(&lab);
}

static void packets_of_gre_are_told_by_key_and_number(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 100, 64);
    struct headers gre = piece_headers(&(struct piece){PROTO_GRE, true, false, 0, 0, 64});
    gre.has |= HAS_GRE_KEY | HAS_GRE_SEQ;
    for (uint32_t i = 0; i < 4; i++) {
        gre.gre_key = 70 + i % 2;
        gre.gre_seq = i / 2;
        lab_send(&lab, &gre, i);
    }
    gre.gre_key = 70; /* and the second number: the third packet */
    assert_int_equal(lab_judge(&lab, &gre, 9).frame, 3);
    gre.gre_seq = 7;
    assert_int_equal(lab_judge(&lab, &gre, 9).kind, VERDICT_FLOW);
    lab_fini(&lab);
}

/* Two hosts that ping each other with one identifier: what goes there are requests and replies. */
static void a_reply_is_no_request(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab, 100, 64);
    struct headers request = piece_headers(&(struct piece){PROTO_ICMPV6, true, false, 0, 5, 64});
    struct headers reply = request;
    reply.icmp_type = 129;
    lab_send(&lab, &reply, 0);
    assert_int_equal(lab_judge(&lab, &request, 5).kind, VERDICT_FLOW);
    lab_send(&lab, &request, 1);
    assert_int_equal(lab_judge(&lab, &request, 5).frame, 2);
    assert_int_equal(lab_judge(&lab, &reply, 5).frame, 1);
    lab_fini(&lab);
}

/* ---- segments that were cut up --------------------------------------------------------------- */

/* The card cut up a large segment, and a part of it was sent again. */
static void a_part_that_was_sent_again_is_told_by_its_identification(void **state)
{
    (void)state;
    static const struct {
        bool v6;
        uint16_t ip_id;
        uint64_t frame;
    } quotes[] = {{false, 31, 1}, {false, 80, 2}, {true, 0, 0}};
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        const bool v6 = quotes[i].v6;
        struct headers large =
            piece_headers(&(struct piece){PROTO_TCP, v6, false, v6 ? 0 : 30, 1000, 9020});
        struct headers again =
            piece_headers(&(struct piece){PROTO_TCP, v6, false, v6 ? 0 : 80, 2460, 1480});
        struct headers quoted =
            piece_headers(&(struct piece){PROTO_TCP, v6, false, quotes[i].ip_id, 2460, 1480});
        struct lab lab;
        lab_init(&lab, 100, 64);
        lab_send(&lab, &large, 0);
        lab_send(&lab, &again, 300);
        struct verdict verdict = lab_judge(&lab, &quoted, 305);
        assert_int_equal(verdict.frame, quotes[i].frame);
        assert_int_equal(verdict.kind, quotes[i].frame != 0 ? VERDICT_EXACT : VERDICT_FLOW);
        assert_int_equal(verdict.candidates, v6 ? 2 : 0);
        lab_fini(&lab);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_one_packet_and_no_others_are),
        cmocka_unit_test(acknowledgements_sent_again_at_once_are_several),
        cmocka_unit_test(chunks_of_sctp_are_told_by_their_numbers),
        cmocka_unit_test(another_checksum_is_another_packet),
        cmocka_unit_test(packets_of_gre_are_told_by_key_and_number),
        cmocka_unit_test(a_reply_is_no_request),
        cmocka_unit_test(a_part_that_was_sent_again_is_told_by_its_identification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
