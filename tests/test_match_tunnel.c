/* Errors about a tunnel's packet: tied by the packet inside it, else by the outer one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_lab.h"

enum { IN_TUNNEL = 77, OUT_FRAME = 1, IN_FRAME = 2 };

/* A packet of `outer` in no tunnel, then one of `inner` in a tunnel; each where it is not NULL. */
static void send_tunnelled(struct lab *lab, const struct headers *outer,
                           const struct headers *inner)
{
    lab_init(lab, 100, 64);
    if (outer != NULL)
        lab_send(lab, outer, 0);
    lab->frame = OUT_FRAME;
    lab->context = IN_TUNNEL;
    if (inner != NULL)
        lab_send(lab, inner, 1);
    lab->context = 0;
}

static struct verdict judge_tunnelled(struct lab *lab, const struct headers *outer,
                                      const struct headers *inner, struct icmp *icmp)
{
    struct verdict verdict;
    struct packet packet = lab_error(lab, icmp, outer, 5);
    icmp->quote.has = QUOTE_HAS_INNER;
    icmp->quote.inner = (struct quote_inner){.ip = *inner, .context = IN_TUNNEL};
    match_error(&lab->matcher, &packet, &verdict);
    assert_ptr_equal(match_headers(&packet, &verdict),
                     verdict.inner ? &icmp->quote.inner.ip : &icmp->quote.ip);
    return verdict;
}

static void a_quoted_tunnel_is_tied_by_its_inner_packet(void **state)
{
    (void)state;
    const struct piece in = {.proto = PROTO_UDP, .ip_id = 1, .tell = 7, .length = 60};
    const struct piece out = {.proto = PROTO_UDP, .v6 = true, .tell = 9, .length = 120};
    const struct piece answer = {.proto = PROTO_UDP, .back = true, .ip_id = 1, .length = 60};
    struct headers inner = piece_headers(&in), outer = piece_headers(&out);
    struct headers back = piece_headers(&answer);
    const struct {
        const struct headers *outer, *inner;
        enum verdict_kind kind;
        uint64_t frame;
        bool by_inner;
    } rows[] = {
        {NULL, &inner, VERDICT_EXACT, IN_FRAME, true},
        {&outer, NULL, VERDICT_EXACT, OUT_FRAME, false},
        {&outer, &inner, VERDICT_EXACT, IN_FRAME, true},
        {NULL, NULL, VERDICT_UNMATCHED, 0, false},
        {NULL, &back, VERDICT_REVERSE, 0, true},
        {&outer, &back, VERDICT_EXACT, OUT_FRAME, false},
        {&inner, NULL, VERDICT_UNMATCHED, 0, false}, /* of the same hosts, in no tunnel */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab lab;
        struct icmp icmp;
        send_tunnelled(&lab, rows[i].outer, rows[i].inner);
        struct verdict verdict = judge_tunnelled(&lab, &outer, &inner, &icmp);
        assert_int_equal(verdict.kind, rows[i].kind);
        assert_int_equal(verdict.inner, rows[i].by_inner);
        assert_int_equal(verdict.frame, rows[i].frame);
        lab_fini(&lab);
    }
}

static void without_its_bit_the_inner_packet_does_not_count(void **state)
{
    (void)state;
    const struct piece in = {.proto = PROTO_UDP, .ip_id = 1, .tell = 7, .length = 60};
    struct headers inner = piece_headers(&in);
    struct lab lab;
    struct icmp icmp;
    send_tunnelled(&lab, &inner, &inner);
    struct packet packet = lab_error(&lab, &icmp, &inner, 5);
    struct verdict verdict;
    icmp.quote.inner = (struct quote_inner){.ip = inner, .context = IN_TUNNEL};
    match_error(&lab.matcher, &packet, &verdict);
    assert_int_equal(verdict.kind, VERDICT_EXACT);
    assert_int_equal(verdict.frame, OUT_FRAME);
    assert_false(verdict.inner);
    lab_fini(&lab);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quoted_tunnel_is_tied_by_its_inner_packet),
        cmocka_unit_test(without_its_bit_the_inner_packet_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
