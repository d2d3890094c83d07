/* Errors about a tunnel's packet: the packet inside the quoted one, and the context in which it is
 * looked for. */
#include "frame.h"

/* An Ethernet frame, perhaps in a VLAN, of 10.9.9.9 to 10.0.0.1: time exceeded, its quote to come.
 * Lengths are put in by frame_settle(). */
#define ERROR(tags)                                                                                \
    "020000000001 020000000002 " tags "0800 "                                                      \
    "4500ffff 00010000 40010000 0a090909 0a000001 0b000000 00000000 "
#define OUTER(total, proto) "4500" total "00010000 01" proto "0000 0a000001 0a000002 "
#define OUTER6(payload, next)                                                                      \
    "60000000" payload next "01 fd000000000000000000000000000001"                                  \
    "fd000000000000000000000000000002 "
#define UDP(port, length) "c000" port length "0000 "
#define ETH               "020000000004 020000000003 0800 "
#define ENDS              "10.0.0.1 10.0.0.2"
#define ENDS6             "fd00::1 fd00::2"

/* What is quoted: the outer headers, of which the inner packet follows, in `in_list` form. */
static const struct quoted {
    const char *name, *hex;
    enum inner_kind inner;
    const char *tunnels;
    bool guessed;
} quotes[] = {
    {"IPv4 in IPv4", OUTER("0034", "04"), INNER_UDP4, "ipip " ENDS, false},
    {"IPv6 in IPv4", OUTER("0050", "29"), INNER_TCP6, "sit " ENDS, false},
    {"IPv4 in IPv6", OUTER6("0020", "04"), INNER_UDP4, "ipip " ENDS6, false},
    {"IPv6 in IPv6", OUTER6("003c", "29"), INNER_TCP6, "ipip " ENDS6, false},
    {"GRE", OUTER("0038", "2f") "00000800", INNER_UDP4, "gre " ENDS, false},
    {"GRE with a key", OUTER("003c", "2f") "20000800 00000007", INNER_UDP4, "gre 7 " ENDS, false},
    {"GRE, Ethernet", OUTER("0046", "2f") "00006558" ETH, INNER_UDP4, "gre " ENDS, false},
    {"EtherIP", OUTER("0044", "61") "3000" ETH, INNER_UDP4, "etherip " ENDS, false},
    {"MPLS in IP", OUTER("0038", "89") "00010140", INNER_UDP4, "mpls 16", false},
    {"IPv4 in IPv4 in IPv4", OUTER("0048", "04") OUTER("0034", "04"), INNER_UDP4,
     "ipip " ENDS ", ipip " ENDS, false},
    {"VXLAN", OUTER("0052", "11") UDP("12b5", "003e") "08000000 00006400" ETH, INNER_UDP4,
     "vxlan 100 " ENDS, true},
    {"VXLAN over IPv6", OUTER6("003e", "11") UDP("12b5", "003e") "08000000 00006400" ETH,
     INNER_UDP4, "vxlan 100 " ENDS6, true},
    {"Geneve", OUTER("0044", "11") UDP("17c1", "0030") "00000800 00006400", INNER_UDP4,
     "geneve 100 " ENDS, true},
    {"GTP-U", OUTER("0044", "11") UDP("0868", "0030") "30ff0020 00000abc", INNER_UDP4,
     "gtpu 2748 " ENDS, true},
    {"Teredo", OUTER("0058", "11") UDP("0dd8", "0044"), INNER_TEREDO, "teredo " ENDS, true},
};

enum { QUOTES = sizeof quotes / sizeof quotes[0] };

/* How much stands before the IP header of the error, and before its quote. */
static size_t error_build(struct frame *frame, const char *error, const char *quote,
                          const char *inner)
{
    frame->size = 0;
    frame_put(frame, error);
    size_t at = frame->size;
    frame_put(frame, quote);
    frame_put(frame, inner);
    size_t total = 20 + 8 + frame->size - at;
    frame->bytes[at - 26] = (uint8_t)(total >> 8);
    frame->bytes[at - 25] = (uint8_t)total;
    return at;
}

/* As if the inner packet had been captured, for tunnels_format(). */
static const char *inner_tunnels(const struct quote_inner *inner, char *text, size_t size)
{
    struct tunnels tunnels;
    struct packet packet = {.tunnel_count = inner->tunnel_count, .tunnels = &tunnels};
    memcpy(tunnels.list, inner->tunnels, sizeof inner->tunnels);
    assert_in_range(inner->tunnel_count, 1, QUOTE_TUNNELS);
    return tunnels_format(&packet, text, size);
}

static const struct quote *quote_of(const struct decoding *out)
{
    assert_non_null(out->packet.icmp);
    assert_true(out->packet.icmp->has & ICMP_HAS_QUOTE);
    return &out->packet.icmp->quote;
}

static void check_inner(const struct quoted *row, const struct quote *quote)
{
    char text[512];
    const struct inner *inner = &inners[row->inner];
    assert_true(quote->has & QUOTE_HAS_INNER);
    assert_int_equal(quote->inner.ip.family, inner->family);
    assert_int_equal(quote->inner.ip.proto, inner->proto);
    assert_true(addresses_are(&quote->inner.ip, inner->src, inner->dst));
    assert_string_equal(inner_tunnels(&quote->inner, text, sizeof text), row->tunnels);
}

/* Cut by the router: the error ends there. Cut by the capture: only the frame does. */
static void check_cuts(const struct quoted *row, const struct frame *whole, size_t at, bool router)
{
    static struct frame frame;
    static struct decoding out;
    const struct inner *inner = &inners[row->inner];
    size_t inner_size = 0;
    for (const char *p = inner->hex; *p; p++)
        inner_size += *p != ' ';
    size_t inner_at = whole->size - inner_size / 2;
    for (size_t size = at; size <= whole->size; size++) {
        frame = *whole;
        size_t total = 20 + 8 + size - at;
        frame.bytes[at - 26] = router ? (uint8_t)(total >> 8) : whole->bytes[at - 26];
        frame.bytes[at - 25] = router ? (uint8_t)total : whole->bytes[at - 25];
        decode_bytes(&out, frame.bytes, size, router ? size : whole->size, 1);
        const struct icmp *icmp = out.packet.icmp;
        assert_non_null(icmp);
        bool told = (icmp->has & ICMP_HAS_QUOTE) && (icmp->quote.has & QUOTE_HAS_INNER) &&
                    addresses_are(&icmp->quote.inner.ip, inner->src, inner->dst);
        assert_int_equal(told, size >= inner_at + inner->header);
        if (!told)
            continue;
        check_inner(row, &icmp->quote);
        assert_int_equal(!!(icmp->quote.inner.ip.has & HAS_PORTS),
                         size >= inner_at + inner->header + 4);
    }
}

static void test_each_tunnel_at_every_length(void **state)
{
    (void)state;
    static struct frame frame;
    static struct decoding out;
    for (size_t i = 0; i < QUOTES; i++) {
        const struct quoted *row = &quotes[i];
        print_message("    %s\n", row->name);
        size_t at = error_build(&frame, ERROR(""), row->hex, inners[row->inner].hex);
        decode_frame(&out, &frame, 1);
        check_inner(row, quote_of(&out));
        assert_int_equal(quote_of(&out)->inner.ip.src_port, inners[row->inner].src_port);
        check_cuts(row, &frame, at, true);
        check_cuts(row, &frame, at, false);
    }
}

/* What the packet itself gives when it is captured where its error is. */
static void test_the_context_is_that_of_the_captured_packet(void **state)
{
    (void)state;
    static const char *const tags[] = {"", "8100 0007 ", "88a8 0064 8100 0007 "};
    static struct frame frame;
    static struct decoding error, sent;
    for (size_t i = 0; i < QUOTES; i++) {
        const char *inner = inners[quotes[i].inner].hex;
        bool v6 = quotes[i].hex[0] == '6';
        uint32_t contexts[3];
        for (size_t j = 0; j < 3; j++) {
            char head[512];
            snprintf(head, sizeof head,
                     "020000000001 020000000002 %s0800 4500ffff 00010000 "
                     "40010000 0a090909 0a000001 0b000000 00000000",
                     tags[j]);
            error_build(&frame, head, quotes[i].hex, inner);
            decode_frame(&error, &frame, 1);
            frame.size = 0;
            snprintf(head, sizeof head, "020000000001 020000000002 %s%s", tags[j],
                     v6 ? "86dd" : "0800");
            frame_put(&frame, head);
            frame_put(&frame, quotes[i].hex);
            frame_put(&frame, inner);
            decode_frame(&sent, &frame, 1);
            contexts[j] = quote_of(&error)->inner.context;
            assert_int_equal(contexts[j], sent.packet.context);
            assert_int_equal(sent.packet.tunnel_count, quote_of(&error)->inner.tunnel_count);
        }
        assert_int_not_equal(contexts[0], contexts[1]);
        assert_int_not_equal(contexts[1], contexts[2]);
    }
}

static void test_ports_are_no_sign_where_guesses_are_off(void **state)
{
    (void)state;
    static struct frame frame;
    static struct decoding out;
    static const struct decode_config config = {.guess_tunnels = false};
    for (size_t i = 0; i < QUOTES; i++) {
        error_build(&frame, ERROR(""), quotes[i].hex, inners[quotes[i].inner].hex);
        struct record record = {.bytes = frame.bytes,
                                .cap_length = (uint32_t)frame.size,
                                .wire_length = (uint32_t)frame.size,
                                .link_type = 1};
        decode_packet(&record, &config, &out.packet, &out.room);
        assert_int_equal(!!(quote_of(&out)->has & QUOTE_HAS_INNER), !quotes[i].guessed);
    }
}

static void test_other_quotes_have_no_inner_packet(void **state)
{
    (void)state;
    static const char *const plain[] = {
        OUTER("001c", "11") "9c400035 00080000",                     /* UDP */
        OUTER("001c", "11") UDP("12b5", "0008"),                     /* port of VXLAN, empty */
        OUTER("0024", "11") UDP("12b5", "0010") "09000000 00006400", /* and no VXLAN */
        OUTER("0024", "2f") "000088ff 0102030405060708 01020304",    /* GRE of something */
        OUTER("001c", "01") "08000000 00010001",                     /* an echo */
        OUTER("0020", "04") "65000020 00000000 40110000",            /* no IPv4 */
        ("45000034 000100b9 01040000 0a000001 0a000002 45000020 12340000 40110000 c0000201 "
         "c6336402 9c400035 000cabcd deadbeef"), /* a later fragment */
    };
    static struct frame frame;
    static struct decoding out;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        error_build(&frame, ERROR(""), plain[i], "");
        decode_frame(&out, &frame, 1);
        assert_int_equal(quote_of(&out)->has, 0);
    }
}

/* The third is the innermost that is told of four. */
static void test_two_tunnels_are_entered(void **state)
{
    (void)state;
    static struct frame frame;
    static struct decoding out;
    char text[512];
    error_build(&frame, ERROR(""),
                OUTER("005c", "04") OUTER("0048", "04") "45000034 00020000 40040000 0a000003 "
                                                        "0a000004 ",
                inners[INNER_UDP4].hex);
    decode_frame(&out, &frame, 1);
    const struct quote *quote = quote_of(&out);
    assert_true(quote->has & QUOTE_HAS_INNER);
    assert_string_equal(inner_tunnels(&quote->inner, text, sizeof text),
                        "ipip " ENDS ", ipip " ENDS);
    assert_true(addresses_are(&quote->inner.ip, "10.0.0.3", "10.0.0.4"));
    assert_int_equal(quote->inner.ip.proto, PROTO_IPIP);
}

/* An error in a quoted tunnel is told by type and code; what it quotes is not followed. */
static void test_a_message_in_a_quoted_tunnel(void **state)
{
    (void)state;
    static struct frame frame;
    static struct decoding out;
    error_build(
        &frame, ERROR(""),
        OUTER("004c", "04") "45000038 00010000 40010000 0a000003 0a000004 03030000 00000000 ",
        OUTER("001c", "11") "9c400035 00080000");
    decode_frame(&out, &frame, 1);
    const struct headers *inner = &quote_of(&out)->inner.ip;
    assert_int_equal(out.packet.icmp->type, 11);
    assert_true(inner->has & HAS_ICMP_TYPE);
    assert_int_equal(inner->icmp_type, 3);
    assert_int_equal(inner->icmp_code, 3);
    assert_false(inner->has & HAS_PORTS);
}

static void test_changed_bytes_do_no_harm(void **state)
{
    (void)state;
    static struct frame frame;
    static struct decoding out;
    uint32_t random = 20261121;
    for (size_t i = 0; i < QUOTES; i++) {
        error_build(&frame, ERROR(""), quotes[i].hex, inners[quotes[i].inner].hex);
        for (int round = 0; round < 2000; round++)
            frame_check_mutated(&frame, 1, &random, &out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_tunnel_at_every_length),
        cmocka_unit_test(test_the_context_is_that_of_the_captured_packet),
        cmocka_unit_test(test_ports_are_no_sign_where_guesses_are_off),
        cmocka_unit_test(test_other_quotes_have_no_inner_packet),
        cmocka_unit_test(test_two_tunnels_are_entered),
        cmocka_unit_test(test_a_message_in_a_quoted_tunnel),
        cmocka_unit_test(test_changed_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
