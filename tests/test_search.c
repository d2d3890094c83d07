/* Which packets of a flow are one, seen twice, and which only look like the one that is quoted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_lab.h"

enum { SENT_MAX = 3 };

struct sending {
    int ms;
    uint16_t ip_id; /* TCP over IPv6: the checksum */
    uint32_t tell, length;
};

/* `frame`: of the verdict exact, from 1; 0: it is flow. */
struct row {
    const char *name;
    uint8_t proto;
    bool v6;
    size_t count;
    struct sending sent[SENT_MAX], quoted;
    uint64_t frame;
    uint32_t candidates;
};

static const struct row rows[] = {
    {"twice within 50 ms, with one identification for all, as it may be",
     PROTO_UDP,
     false,
     2,
     {{0, 1, 7, 30}, {50, 1, 7, 30}},
     {60, 1, 7, 30},
     0,
     2},
    {"twice at once", PROTO_UDP, false, 2, {{0, 1, 7, 30}, {0, 1, 7, 30}}, {9, 1, 7, 30}, 2, 0},
    {"twice at once, over IPv6",
     PROTO_UDP,
     true,
     2,
     {{0, 0, 7, 30}, {0, 0, 7, 30}},
     {9, 0, 7, 30},
     2,
     0},
    {"alike at once, without a checksum over what it carries",
     PROTO_UDP,
     false,
     2,
     {{0, 3, 0, 30}, {0, 3, 0, 30}},
     {9, 3, 0, 30},
     0,
     2},
    {"… but numbered",
     PROTO_UDP,
     false,
     3,
     {{0, 2, 0, 31}, {0, 3, 0, 30}, {0, 3, 0, 30}},
     {9, 3, 0, 30},
     3,
     0},
    {"GRE with one identification for all",
     PROTO_GRE,
     false,
     2,
     {{0, 3, 0, 64}, {0, 3, 0, 64}},
     {9, 3, 0, 64},
     0,
     2},
    {"… and other lengths, which agree by chance",
     PROTO_GRE,
     false,
     2,
     {{0, 3, 0, 64}, {1, 3, 0, 80}},
     {9, 3, 0, 80},
     0,
     0},
    {"… and the only one", PROTO_GRE, false, 1, {{0, 3, 0, 80}}, {9, 3, 0, 80}, 1, 0},
    {"… and the only one that was captured, with a header's length less",
     PROTO_GRE,
     false,
     1,
     {{0, 3, 0, 60}},
     {9, 3, 0, 80},
     0,
     0},
    {"data of which only the acknowledgement before it was captured",
     PROTO_TCP,
     false,
     1,
     {{0, 0, 100, 20}},
     {9, 0, 100, 520},
     0,
     0},
    {"the same, with one identification for all",
     PROTO_TCP,
     false,
     1,
     {{0, 5, 100, 20}},
     {9, 5, 100, 520},
     0,
     0},
    {"inside a segment that was never cut up",
     PROTO_TCP,
     false,
     1,
     {{0, 0, 100, 1480}},
     {9, 0, 1100, 480},
     0,
     0},
    {"nothing but a sequence number inside a large one",
     PROTO_TCP,
     false,
     1,
     {{0, 3, 100, 9020}},
     {9, 4, 2000, 20},
     0,
     0},
    {"a part of it, numbered as none of its parts",
     PROTO_TCP,
     false,
     1,
     {{0, 3, 100, 9020}},
     {9, 77, 1548, 1480},
     0,
     0},
    {"of segments with one sequence number, by the checksum",
     PROTO_TCP,
     true,
     2,
     {{0, 0x1234, 100, 32}, {800, 0x4321, 100, 32}},
     {900, 0x1234, 100, 32},
     1,
     0},
    {"UDP with one identification for all, by the checksum",
     PROTO_UDP,
     false,
     1,
     {{0, 3, 0x1234, 32}},
     {9, 3, 0x4321, 32},
     0,
     0},
    {"as long, from the same sequence number, but another checksum",
     PROTO_TCP,
     true,
     1,
     {{0, 0x1234, 100, 32}},
     {9, 0x4321, 100, 32},
     0,
     0},
};

static struct headers headers_of(const struct row *row, const struct sending *sent)
{
    return piece_headers(
        &(struct piece){row->proto, row->v6, false, sent->ip_id, sent->tell, sent->length});
}

static void each_row_names_its_packet_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab lab;
        lab_init(&lab, 100, 64);
        for (size_t j = 0; j < rows[i].count; j++) {
            struct headers sent = headers_of(&rows[i], &rows[i].sent[j]);
            lab_send(&lab, &sent, rows[i].sent[j].ms);
        }
        struct headers quoted = headers_of(&rows[i], &rows[i].quoted);
        struct verdict verdict = lab_judge(&lab, &quoted, rows[i].quoted.ms);
        if (verdict.kind != (rows[i].frame != 0 ? VERDICT_EXACT : VERDICT_FLOW) ||
            verdict.frame != rows[i].frame || verdict.candidates != rows[i].candidates)
            fail_msg("%s: %s, frame %u, %u candidates", rows[i].name, verdict_names[verdict.kind],
                     (unsigned)verdict.frame, verdict.candidates);
        lab_fini(&lab);
    }
}

static void what_was_forwarded_in_between_is_one_packet(void **state)
{
    (void)state;
    struct headers sent = piece_headers(&(struct piece){PROTO_UDP, false, false, 1, 7, 30});
    struct lab lab;
    lab_init(&lab, 100, 64);
    lab_send(&lab, &sent, 0);
    sent.ttl--;
    lab_send(&lab, &sent, 40);
    struct verdict verdict = lab_judge(&lab, &sent, 50);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    assert_int_equal(verdict.frame, 2);
    lab_fini(&lab);
}

/* Until the network card has filled it in, the checksum is the sum of the pseudo header: here of
 * 2001:db8::c, 2001:db8::5, protocol 6 and 32 bytes, 2 * (2001 + db8) + c + 5 + 6 + 20 in
 * hexadecimal. */
static void a_checksum_that_was_not_filled_in_contradicts_nothing(void **state)
{
    (void)state;
    struct headers sent = piece_headers(&(struct piece){PROTO_TCP, true, false, 0x5ba9, 100, 32});
    struct headers quoted = piece_headers(&(struct piece){PROTO_TCP, true, false, 77, 100, 32});
    struct lab lab;
    lab_init(&lab, 100, 64);
    lab_send(&lab, &sent, 0);
    assert_int_equal(lab_judge(&lab, &quoted, 5).kind, VERDICT_EXACT);
    lab_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_names_its_packet_or_none),
        cmocka_unit_test(what_was_forwarded_in_between_is_one_packet),
        cmocka_unit_test(a_checksum_that_was_not_filled_in_contradicts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
