/* How far a TCP connection is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/tcp_state.h"

enum { F = TCP_FIN, S = TCP_SYN, R = TCP_RST, A = TCP_ACK };

static void states_are_those_of_the_client(void **state)
{
    (void)state;
    /* Flags of client and server, and whether all that each sent was acknowledged. */
    static const struct {
        uint8_t client, server;
        bool client_done, server_done;
        const char *name;
    } rows[] = {
        {S, 0, false, false, "syn_sent"},
        {S, S | A, true, false, "syn_recv"},
        {0, S | A, false, false, "syn_recv"},
        {S | A, S | A, true, true, "established"},
        {A, A, false, false, "established"},
        {A, 0, false, false, NULL},
        {0, 0, false, false, NULL},
        {S | A | F, S | A, false, true, "fin_wait1"},
        {S | A | F, S | A, true, true, "fin_wait2"},
        {S | A | F, S | A | F, true, false, "time_wait"},
        {S | A | F, S | A | F, false, false, "closing"},
        {S | A, S | A | F, true, true, "close_wait"},
        {S | A | F, S | A | F, false, true, "last_ack"},
        {S | A | F, S | A | F, true, true, "closed"},
        {S, R | A, true, false, "closed"},
        {S | A | R, S | A, true, true, "closed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned client = 0; client < 2; client++) {
            struct flow flow = {.initiator = client & 1, .known = 15};
            unsigned server = !client;
            flow.tcp_flags[client] = rows[i].client;
            flow.tcp_flags[server] = rows[i].server;
            flow.seq_next[client] = 5; /* a little behind the wrap */
            flow.seq_next[server] = 1000;
            flow.ack[server] = rows[i].client_done ? 5 : UINT32_MAX;
            flow.ack[client] = rows[i].server_done ? 1000 : 999;
            const char *name = tcp_state_names[tcp_state_get(&flow)];
            if (rows[i].name == NULL)
                assert_null(name);
            else
                assert_string_equal(name, rows[i].name);
        }
    }
}

static void it_is_over_with_a_rst_or_both_fins(void **state)
{
    (void)state;
    assert_true(tcp_state_is_over(&(struct flow){.tcp_flags = {S, R | A}}));
    assert_true(tcp_state_is_over(&(struct flow){.tcp_flags = {F | A, F | A}}));
    assert_false(tcp_state_is_over(&(struct flow){.tcp_flags = {F | A, A}}));
    assert_false(tcp_state_is_over(&(struct flow){.tcp_flags = {S | A, S | A}}));
}

static struct headers segment(uint32_t seq, uint8_t flags)
{
    return (struct headers){.has = HAS_TCP_SEQ | HAS_TCP_FLAGS, .tcp_seq = seq, .tcp_flags = flags};
}

/* It sent 300 bytes up to 1000 and is over. */
static const struct flow over = {.tcp_flags = {S | A | F, S | A | F},
                                 .known = FLOW_KNOWS_SEQ,
                                 .seq_next = {1000, 0},
                                 .sent = {{.packed = 300}}};

static bool reuses(const struct flow *flow, uint32_t seq, uint8_t flags)
{
    struct headers headers = segment(seq, flags);
    return tcp_state_is_reuse(flow, &headers, FLOW_FORWARD);
}

static void a_syn_with_another_number_begins_another(void **state)
{
    (void)state;
    assert_true(reuses(&over, 1000, S));
    assert_true(reuses(&over, 50000, S));
    assert_true(reuses(&over, 699, S));
    assert_true(reuses(&over, 4000000000, S));
}

static void a_syn_that_comes_again_does_not(void **state)
{
    (void)state;
    assert_false(reuses(&over, 700, S));
    assert_false(reuses(&over, 999, S));
}

static void nor_does_anything_but_a_syn_on_what_is_over(void **state)
{
    (void)state;
    struct flow open = over;
    struct headers cut = segment(50000, S);
    assert_false(reuses(&over, 50000, S | A));
    assert_false(reuses(&over, 50000, A));
    open.tcp_flags[1] = S | A;
    assert_false(reuses(&open, 50000, S));
    cut.has = 0;
    assert_false(tcp_state_is_reuse(&over, &cut, FLOW_FORWARD));
}

static void a_side_that_was_not_seen_has_used_no_number(void **state)
{
    (void)state;
    struct headers syn = segment(1, S);
    assert_true(tcp_state_is_reuse(&over, &syn, FLOW_BACKWARD));
}

static void numbers_come_round_after_many_bytes(void **state)
{
    (void)state;
    struct flow flow = over;
    flow.sent[0].packed = (uint64_t)1 << 40;
    assert_false(reuses(&flow, 700, S));
    assert_true(reuses(&flow, 1000 - (1u << 31), S));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_those_of_the_client),
        cmocka_unit_test(it_is_over_with_a_rst_or_both_fins),
        cmocka_unit_test(a_syn_with_another_number_begins_another),
        cmocka_unit_test(a_syn_that_comes_again_does_not),
        cmocka_unit_test(nor_does_anything_but_a_syn_on_what_is_over),
        cmocka_unit_test(a_side_that_was_not_seen_has_used_no_number),
        cmocka_unit_test(numbers_come_round_after_many_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
