/* Errors against what was sent before them: packets of a flow and a quote → a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "match_lab.h"

enum { SENT_MAX = 8 };

enum way { NONE, OUT, BACK };

/* As struct piece says; the frame is the position among them, from 1. */
struct sending {
    enum way way;
    int ms;
    uint16_t ip_id;
    uint32_t tell, length;
};

struct scenario {
    const char *name;
    uint8_t proto;
    bool v6;
    struct sending sent[SENT_MAX];
    struct sending quoted; /* ms: when the error was captured */
    enum verdict_kind kind;
    uint64_t frame;
    int rtt_ms;
    uint32_t candidates;
};

static const struct scenario scenarios[] = {
    {"nothing was sent",
     PROTO_UDP,
     false,
     {{.way = NONE}},
     {OUT, 9, 1, 5, 60},
     VERDICT_UNMATCHED,
     0,
     0,
     0},
    {"one packet",
     PROTO_UDP,
     false,
     {{OUT, 0, 1, 5, 60}},
     {OUT, 9, 1, 5, 60},
     VERDICT_EXACT,
     1,
     9,
     0},
    {"only the answer was seen",
     PROTO_UDP,
     false,
     {{BACK, 0, 1, 5, 60}},
     {OUT, 9, 1, 5, 60},
     VERDICT_REVERSE,
     0,
     0,
     0},

/* A TFTP client that asks five times, the same bytes each time. */
#define RETRIES                                                                                    \
    {                                                                                              \
        {OUT, 0, 101, 7, 30}, {OUT, 5000, 102, 7, 30}, {OUT, 10000, 103, 7, 30},                   \
            {OUT, 15000, 104, 7, 30},                                                              \
        {                                                                                          \
            OUT, 20000, 105, 7, 30                                                                 \
        }                                                                                          \
    }
    {"the first of five retries",
     PROTO_UDP,
     false,
     RETRIES,
     {OUT, 20001, 101, 7, 30},
     VERDICT_EXACT,
     1,
     20001,
     0},
    {"the second", PROTO_UDP, false, RETRIES, {OUT, 20001, 102, 7, 30}, VERDICT_EXACT, 2, 15001, 0},
    {"the third", PROTO_UDP, false, RETRIES, {OUT, 20001, 103, 7, 30}, VERDICT_EXACT, 3, 10001, 0},
    {"the fourth", PROTO_UDP, false, RETRIES, {OUT, 20001, 104, 7, 30}, VERDICT_EXACT, 4, 5001, 0},
    {"the fifth", PROTO_UDP, false, RETRIES, {OUT, 20001, 105, 7, 30}, VERDICT_EXACT, 5, 1, 0},
    {"none of the five",
     PROTO_UDP,
     false,
     RETRIES,
     {OUT, 20001, 106, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     0},
    {"of the five, quoted without identification",
     PROTO_UDP,
     false,
     RETRIES,
     {OUT, 20001, 0, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     5},
#undef RETRIES
    {"TCP over IPv6 sent again, with another timestamp: by the checksum",
     PROTO_TCP,
     true,
     {{OUT, 0, 11, 500, 40}, {OUT, 1000, 12, 500, 40}, {OUT, 3000, 13, 500, 40}},
     {OUT, 3500, 12, 500, 40},
     VERDICT_EXACT,
     2,
     2500,
     0},
    {"TCP over IPv6 sent again, with checksums that the card fills in",
     PROTO_TCP,
     true,
     {{OUT, 0, 11, 500, 40}, {OUT, 1000, 11, 500, 40}, {OUT, 3000, 11, 500, 40}},
     {OUT, 3500, 12, 500, 40},
     VERDICT_FLOW,
     0,
     0,
     3},
    {"no identification, other contents",
     PROTO_UDP,
     false,
     {{OUT, 0, 0, 7, 30}, {OUT, 1000, 0, 8, 30}, {OUT, 2000, 0, 9, 30}},
     {OUT, 2500, 0, 8, 30},
     VERDICT_EXACT,
     2,
     1500,
     0},
    {"no identification, the same contents",
     PROTO_UDP,
     false,
     {{OUT, 0, 0, 7, 30}, {OUT, 1000, 0, 7, 30}, {OUT, 2000, 0, 7, 30}},
     {OUT, 2500, 0, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     3},
    {"checksums that the card fills in",
     PROTO_UDP,
     false,
     {{OUT, 0, 1, 7, 30}, {OUT, 1000, 2, 7, 30}},
     {OUT, 1500, 1, 0xabc, 30},
     VERDICT_EXACT,
     1,
     1500,
     0},
    {"… and no identification",
     PROTO_UDP,
     false,
     {{OUT, 0, 0, 7, 30}, {OUT, 1000, 0, 7, 30}},
     {OUT, 1500, 0, 0xabc, 30},
     VERDICT_FLOW,
     0,
     0,
     2},
    {"… and only one packet",
     PROTO_UDP,
     false,
     {{OUT, 0, 0, 7, 30}},
     {OUT, 1500, 0, 0xabc, 30},
     VERDICT_FLOW,
     0,
     0,
     0},
    {"another length",
     PROTO_UDP,
     false,
     {{OUT, 0, 1, 7, 30}},
     {OUT, 9, 1, 7, 31},
     VERDICT_FLOW,
     0,
     0,
     0},
    {"an identification that came round again",
     PROTO_UDP,
     false,
     {{OUT, 0, 1, 7, 30}, {OUT, 900, 1, 8, 30}},
     {OUT, 950, 1, 7, 30},
     VERDICT_EXACT,
     1,
     950,
     0},
    {"one identification for all, as some stacks have",
     PROTO_UDP,
     false,
     {{OUT, 0, 1, 7, 30}, {OUT, 900, 1, 7, 30}},
     {OUT, 950, 1, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     2},
    {"over IPv6",
     PROTO_UDP,
     true,
     {{OUT, 0, 0, 7, 30}, {OUT, 10, 0, 8, 30}},
     {OUT, 12, 0, 7, 30},
     VERDICT_EXACT,
     1,
     12,
     0},

    {"seen twice within 50 ms: the later one",
     PROTO_UDP,
     false,
     {{OUT, 0, 9, 8, 30}, {OUT, 0, 1, 7, 30}, {OUT, 50, 1, 7, 30}},
     {OUT, 60, 1, 7, 30},
     VERDICT_EXACT,
     3,
     10,
     0},
    {"seen twice within more",
     PROTO_UDP,
     false,
     {{OUT, 0, 1, 7, 30}, {OUT, 51, 1, 7, 30}},
     {OUT, 60, 1, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     2},
    {"seen twice by clocks that disagree",
     PROTO_UDP,
     false,
     {{OUT, 0, 9, 8, 30}, {OUT, 30, 1, 7, 30}, {OUT, 0, 1, 7, 30}},
     {OUT, 60, 1, 7, 30},
     VERDICT_EXACT,
     3,
     60,
     0},
    {"two packets, each seen twice",
     PROTO_UDP,
     false,
     {{OUT, 0, 9, 8, 30},
      {OUT, 0, 1, 7, 30},
      {OUT, 1, 1, 7, 30},
      {OUT, 900, 1, 7, 30},
      {OUT, 901, 1, 7, 30}},
     {OUT, 910, 1, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     2},
    {"alike within 50 ms, but nothing says they are one",
     PROTO_UDP,
     false,
     {{OUT, 0, 0, 7, 30}, {OUT, 1, 0, 7, 30}},
     {OUT, 2, 0, 7, 30},
     VERDICT_FLOW,
     0,
     0,
     2},

    {"TCP: of three segments",
     PROTO_TCP,
     false,
     {{OUT, 0, 1, 100, 120}, {OUT, 1, 2, 200, 120}, {OUT, 2, 3, 300, 120}},
     {OUT, 9, 2, 200, 120},
     VERDICT_EXACT,
     2,
     8,
     0},
    {"TCP: sent again, with identifications",
     PROTO_TCP,
     false,
     {{OUT, 0, 1, 100, 120}, {OUT, 900, 2, 100, 120}},
     {OUT, 950, 1, 100, 120},
     VERDICT_EXACT,
     1,
     950,
     0},
    {"TCP: sent again, without",
     PROTO_TCP,
     false,
     {{OUT, 0, 0, 100, 120}, {OUT, 900, 0, 100, 120}},
     {OUT, 950, 0, 100, 120},
     VERDICT_FLOW,
     0,
     0,
     2},
    {"TCP: cut up by the card",
     PROTO_TCP,
     false,
     {{OUT, 0, 1, 100, 120}, {OUT, 1, 2, 200, 9020}, {OUT, 2, 9, 9200, 9020}},
     {OUT, 9, 5, 4580, 1480},
     VERDICT_EXACT,
     2,
     8,
     0},
    {"TCP: a sequence number that was never sent",
     PROTO_TCP,
     false,
     {{OUT, 0, 1, 100, 120}, {OUT, 1, 2, 200, 120}},
     {OUT, 9, 3, 5000, 120},
     VERDICT_FLOW,
     0,
     0,
     0},
    {"TCP: both ways, about the server",
     PROTO_TCP,
     false,
     {{OUT, 0, 1, 100, 20}, {BACK, 1, 1, 100, 20}, {OUT, 2, 2, 100, 20}},
     {BACK, 9, 1, 100, 20},
     VERDICT_EXACT,
     2,
     8,
     0},

    {"echo: of three requests",
     PROTO_ICMP,
     false,
     {{OUT, 0, 0, 1, 64}, {BACK, 1, 0, 1, 64}, {OUT, 1000, 0, 2, 64}, {OUT, 2000, 0, 3, 64}},
     {OUT, 2003, 0, 2, 64},
     VERDICT_EXACT,
     3,
     1003,
     0},
    {"echo: about a reply",
     PROTO_ICMPV6,
     true,
     {{OUT, 0, 0, 1, 64}, {BACK, 1, 0, 1, 64}},
     {BACK, 3, 0, 1, 64},
     VERDICT_EXACT,
     2,
     2,
     0},
    {"SCTP: nothing tells",
     PROTO_SCTP,
     true,
     {{OUT, 0, 0, 9, 64}, {OUT, 1, 0, 9, 64}},
     {OUT, 3, 0, 9, 64},
     VERDICT_FLOW,
     0,
     0,
     2},
    {"SCTP: the lengths leave one, which is not enough",
     PROTO_SCTP,
     true,
     {{OUT, 0, 0, 9, 64}, {OUT, 1, 0, 9, 80}},
     {OUT, 3, 0, 9, 64},
     VERDICT_FLOW,
     0,
     0,
     0},
    {"ESP",
     PROTO_ESP,
     true,
     {{OUT, 0, 0, 1, 64}, {OUT, 1, 0, 2, 64}},
     {OUT, 3, 0, 2, 64},
     VERDICT_EXACT,
     2,
     2,
     0},
    {"GRE: by identification",
     PROTO_GRE,
     false,
     {{OUT, 0, 1, 0, 64}, {OUT, 1, 2, 0, 64}},
     {OUT, 3, 1, 0, 64},
     VERDICT_EXACT,
     1,
     3,
     0},
    {"captured before what it is about, by clocks that disagree",
     PROTO_UDP,
     false,
     {{OUT, 20, 1, 5, 60}},
     {OUT, 15, 1, 5, 60},
     VERDICT_EXACT,
     1,
     -5,
     0},
};

static struct headers headers_of(const struct scenario *scenario, const struct sending *sent)
{
    return piece_headers(&(struct piece){.proto = scenario->proto,
                                         .v6 = scenario->v6,
                                         .back = sent->way == BACK,
                                         .ip_id = sent->ip_id,
                                         .tell = sent->tell,
                                         .length = sent->length});
}

static void verdict_is(const struct scenario *s, const struct verdict *v)
{
    uint32_t has = s->kind == VERDICT_UNMATCHED ? 0 : VERDICT_HAS_FLOW;
    has |= s->kind == VERDICT_EXACT ? VERDICT_HAS_TRIGGER | VERDICT_HAS_SENT : 0;
    has |= s->kind == VERDICT_EXACT && s->rtt_ms >= 0 ? VERDICT_HAS_RTT : 0;
    has |= s->candidates != 0 ? VERDICT_HAS_CANDIDATES : 0;
    if (v->kind != s->kind || (v->has & ~(uint32_t)VERDICT_HAS_SEQ_CHECK) != has)
        fail_msg("%s: %s (has %u), expected %s (%u)", s->name, verdict_names[v->kind], v->has,
                 verdict_names[s->kind], has);
    if (v->frame != s->frame || v->candidates != s->candidates)
        fail_msg("%s: frame %d, %u candidates", s->name, (int)v->frame, v->candidates);
    if (v->rtt_ns != s->rtt_ms * (int64_t)NS_PER_MS)
        fail_msg("%s: %lld ns", s->name, (long long)v->rtt_ns);
    if (s->kind == VERDICT_EXACT)
        assert_int_equal(v->capture, LAB_CAPTURE);
}

static void each_scenario_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct scenario *s = &scenarios[i];
        struct lab lab;
        lab_init(&lab, 100, 64);
        for (size_t j = 0; j < SENT_MAX && s->sent[j].way != NONE; j++) {
            struct headers sent = headers_of(s, &s->sent[j]);
            lab_send(&lab, &sent, s->sent[j].ms);
        }
        struct headers quoted = headers_of(s, &s->quoted);
        struct verdict verdict = lab_judge(&lab, &quoted, s->quoted.ms);
        verdict_is(s, &verdict);
        lab_fini(&lab);
    }
}

/* Other flows between, before and behind, of which some differ in one port only. */
static void other_flows_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct scenario *s = &scenarios[i];
        struct lab lab;
        lab_init(&lab, 100, 64);
        for (size_t j = 0; j < SENT_MAX && s->sent[j].way != NONE; j++) {
            struct headers other = ports_of(PROTO_UDP, "192.0.2.12", 40114, "192.0.2.5", 8000);
            struct headers sent = headers_of(s, &s->sent[j]);
            lab_send(&lab, &sent, s->sent[j].ms);
            lab.frame--;
            other.ip_id = s->sent[j].ip_id;
            lab_send(&lab, &other, s->sent[j].ms);
        }
        struct headers quoted = headers_of(s, &s->quoted);
        struct verdict verdict = lab_judge(&lab, &quoted, s->quoted.ms);
        verdict_is(s, &verdict);
        lab_fini(&lab);
    }
}

/* Old BSD and some middleboxes change the total length that they quote. */
static void a_changed_total_length_changes_no_verdict(void **state)
{
    (void)state;
    static const int changes[] = {-20, +20, -8, +14}; /* by the IP header, or by anything */
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct piece udp = {.proto = PROTO_UDP, .ip_id = 1, .tell = 7, .length = 60};
        struct piece tcp = {.proto = PROTO_TCP, .tell = 1000, .length = 60};
        const struct piece *pieces[] = {&udp, &tcp};
        for (size_t p = 0; p < (i < 2 ? 2 : 1); p++) {
            struct lab lab;
            lab_init(&lab, 100, 64);
            struct headers sent = piece_headers(pieces[p]), quoted = sent;
            lab_send(&lab, &sent, 0);
            quoted.total_length = (uint32_t)((int)quoted.total_length + changes[i]);
            struct verdict verdict = lab_judge(&lab, &quoted, 5);
            assert_int_equal(verdict.kind, VERDICT_EXACT);
            assert_int_equal(verdict.frame, 1);
            lab_fini(&lab);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scenario_has_its_verdict),
        cmocka_unit_test(other_flows_change_nothing),
        cmocka_unit_test(a_changed_total_length_changes_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
