/* The quoted packet of each transport, cut off at every byte, of both families and behind each
 * extension header: what there is of it is told, and no more. */
#include "frame.h"

#include "decode/quote.h"

enum { QUOTE_MAX = 120 };

#define IP4(proto) "45000078 00070000 40" proto "0000 0a000001 0a000002 "
#define IP6(next)                                                                                  \
    "60000000 0050" next "40 fd000000000000000000000000000001 fd000000000000000000000000000002 "

/* A member is there from so many bytes behind the IP header on. */
struct member {
    size_t from;
    uint32_t has;
};

static const struct transport {
    const char *name;
    const char *proto, *hex;
    struct member members[4];
    const char *values; /* as values_format() tells the whole */
} transports[] = {
    {"TCP",
     "06",
     "9c400035 01020304 0a0b0c0d 6012ffff 00000000 020405b4",
     {{4, HAS_PORTS}, {8, HAS_TCP_SEQ}, {16, HAS_TCP_FLAGS}},
     "40000>53 seq 16909060 ack 168496141 flags 18 window 65535 mss 1460"},
    {"UDP",
     "11",
     "9c400035 0064abcd",
     {{4, HAS_PORTS}, {8, HAS_UDP_LENGTH}},
     "40000>53 length 100"},
    {"UDP-Lite", "88", "9c400035 0008abcd", {{4, HAS_PORTS}}, "40000>53"},
    {"SCTP",
     "84",
     "9c400035 deadbeef 00000000",
     {{4, HAS_PORTS}, {8, HAS_SCTP_VTAG}},
     "40000>53 vtag 3735928559"},
    {"DCCP",
     "21",
     "9c400035 04000000 05001234 56789abc",
     {{4, HAS_PORTS}},
     "40000>53 dccp 20015998343868"},
    {"ICMP",
     "01",
     "08000000 004d0005",
     {{2, HAS_ICMP_TYPE}, {8, HAS_ICMP_ID}},
     "type 8 id 77 seq 5"},
    {"ICMPv6",
     "3a",
     "80000000 004d0005",
     {{2, HAS_ICMP_TYPE}, {8, HAS_ICMP_ID}},
     "type 128 id 77 seq 5"},
    {"ESP", "32", "00c0ffee 00000011", {{8, HAS_ESP_SPI}}, "spi 12648430 17"},
    {"GRE", "2f", "200088ff 00000063", {{8, HAS_GRE_KEY}}, "key 99"},
    {"GRE with a checksum", "2f", "a00088ff 12340000 00000063", {{12, HAS_GRE_KEY}}, "key 99"},
};

enum {
    TRANSPORT_BITS = HAS_PORTS | HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_UDP_LENGTH | HAS_ICMP_TYPE |
                     HAS_ICMP_ID | HAS_SCTP_VTAG | HAS_ESP_SPI | HAS_GRE_KEY
};

static size_t text_add(char *text, size_t used, const char *format, unsigned long long value)
{
    return used + (size_t)snprintf(text + used, 256 - used, format, value);
}

static const char *values_format(const struct quote *quote, char text[256])
{
    const struct headers *ip = &quote->ip;
    size_t used = 0;
    text[0] = '\0';
    if (ip->has & HAS_PORTS) {
        used = text_add(text, used, " %llu", ip->src_port);
        used = text_add(text, used, ">%llu", ip->dst_port);
    }
    if (ip->has & HAS_TCP_SEQ)
        used = text_add(text, used, " seq %llu", ip->tcp_seq);
    if (ip->has & HAS_TCP_FLAGS) {
        used = text_add(text, used, " ack %llu", ip->tcp_ack);
        used = text_add(text, used, " flags %llu", ip->tcp_flags);
        used = text_add(text, used, " window %llu", ip->tcp_window);
    }
    if (quote->tcp.has & TCP_HAS_MSS)
        used = text_add(text, used, " mss %llu", quote->tcp.mss);
    if (ip->has & HAS_UDP_LENGTH)
        used = text_add(text, used, " length %llu", ip->udp_length);
    if (ip->has & HAS_SCTP_VTAG)
        used = text_add(text, used, " vtag %llu", ip->sctp_vtag);
    if (quote->has & QUOTE_HAS_DCCP_SEQ)
        used = text_add(text, used, " dccp %llu", quote->dccp_seq);
    if (ip->has & HAS_ICMP_TYPE)
        used = text_add(text, used, " type %llu", ip->icmp_type);
    if (ip->has & HAS_ICMP_ID) {
        used = text_add(text, used, " id %llu", ip->icmp_id);
        used = text_add(text, used, " seq %llu", ip->icmp_seq);
    }
    if (ip->has & HAS_ESP_SPI) {
        used = text_add(text, used, " spi %llu", ip->spi);
        used = text_add(text, used, " %llu", ip->spi_seq);
    }
    if (ip->has & HAS_GRE_KEY)
        text_add(text, used, " key %llu", ip->gre_key);
    return text[0] != '\0' ? text + 1 : text;
}

/* A copy of exactly its size; of what the message held, all was captured. */
static bool decode_copy(const uint8_t *bytes, size_t size, struct quote *out)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(out, 0, sizeof *out);
    out->has = out->ip.has = out->tcp.has = 0xa5a5a5a5;
    bool decoded = quote_decode((struct extent){cursor_over(copy, size), (uint32_t)size}, out);
    free(copy);
    return decoded;
}

/* IP header, what stands between, the transport, and bytes up to 120 that are not zero. */
static void quote_build(struct frame *frame, const char *ip, const char *chain, const char *hex)
{
    frame->size = 0;
    frame_put(frame, ip);
    frame_put(frame, chain);
    frame_put(frame, hex);
    while (frame->size < QUOTE_MAX)
        frame_put(frame, "5a");
}

static uint32_t bits_expected(const struct transport *row, size_t left)
{
    uint32_t has = 0;
    for (size_t i = 0; i < sizeof row->members / sizeof row->members[0]; i++)
        has |= row->members[i].has != 0 && left >= row->members[i].from ? row->members[i].has : 0;
    return has;
}

/* `behind`: where the transport begins. */
static void quote_check(const struct transport *row, const struct frame *frame, size_t fixed,
                        size_t behind)
{
    struct quote quote;
    char text[256];
    for (size_t size = 0; size <= frame->size; size++) {
        assert_int_equal(decode_copy(frame->bytes, size, &quote), size >= fixed);
        if (size < fixed)
            continue;
        assert_int_equal(quote.bytes, size);
        assert_int_equal(!!(quote.ip.has & HAS_PROTO), fixed == 20 || size >= behind);
        size_t left = size > behind ? size - behind : 0;
        assert_int_equal(quote.ip.has & TRANSPORT_BITS, bits_expected(row, left));
        assert_int_equal(quote.tcp.has, row->proto[1] == '6' && left >= 24 ? TCP_HAS_MSS : 0);
        assert_int_equal(quote.has & QUOTE_HAS_INNER, 0);
    }
    assert_string_equal(values_format(&quote, text), row->values);
}

static void test_each_transport_at_every_length(void **state)
{
    (void)state;
    static struct frame frame;
    char ip[256];
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        const struct transport *row = &transports[i];
        print_message("    %s\n", row->name);
        snprintf(ip, sizeof ip, IP4("%s"), row->proto);
        quote_build(&frame, ip, "", row->hex);
        quote_check(row, &frame, 20, 20);
        snprintf(ip, sizeof ip, IP6("%s"), row->proto);
        quote_build(&frame, ip, "", row->hex);
        quote_check(row, &frame, 40, 40);
    }
}

/* "%s" is the protocol behind it. RFC 8200 4, RFC 4302, RFC 6275 6.1, RFC 7401 5.1, RFC 5533 5. */
static const struct {
    const char *name, *first, *hex;
} chains[] = {
    {"hop-by-hop options", "00", "%s00 0502 0000 0100"},
    {"destination options of 16 bytes", "3c", "%s01 010c 000000000000000000000000"},
    {"routing", "2b", "%s00 0400 00000000"},
    {"fragment, the whole packet", "2c", "%s00 0000 12345678"},
    {"fragment, the first", "2c", "%s00 0001 12345678"},
    {"authentication", "33", "%s04 0000 00000005 00000006 000000000000000000000000"},
    {"mobility", "87", "%s00 0100 00000000"},
    {"HIP", "8b", "%s00 0100 00000000"},
    {"shim6", "8c", "%s00 0100 00000000"},
    {"hop-by-hop, destination, routing, fragment", "00",
     "3c00 010400000000 2b00 010400000000 2c00 040000000000 %s00 0001 00000007"},
};

static void test_each_extension_header_at_every_length(void **state)
{
    (void)state;
    static struct frame frame;
    char ip[256], chain[256];
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            const struct transport *row = &transports[j];
            print_message("    %s, %s\n", chains[i].name, row->name);
            snprintf(ip, sizeof ip, IP6("%s"), chains[i].first);
            snprintf(chain, sizeof chain, chains[i].hex, row->proto);
            frame.size = 0;
            frame_put(&frame, chain);
            size_t behind = 40 + frame.size;
            quote_build(&frame, ip, chain, row->hex);
            bool ah = strcmp(chains[i].name, "authentication") == 0;
            for (size_t size = ah ? behind : 0; size <= frame.size; size++) {
                struct quote quote;
                bool there = decode_copy(frame.bytes, size, &quote);
                assert_int_equal(there, size >= 40);
                if (!there)
                    continue;
                size_t left = size > behind ? size - behind : 0;
                assert_int_equal(!!(quote.ip.has & HAS_PROTO), size >= behind);
                assert_int_equal(quote.ip.has & TRANSPORT_BITS, bits_expected(row, left));
            }
        }
    }
}

/* RFC 4302: in IPv4 too; where the bytes end inside it, it is the protocol, and has its SPI from 12
 * bytes on. */
static void test_authentication_of_ipv4(void **state)
{
    (void)state;
    static struct frame frame;
    quote_build(&frame, IP4("33"), "1104 0000 00000005 00000006 000000000000000000000000",
                "9c400035 0064abcd");
    for (size_t size = 20; size <= frame.size; size++) {
        struct quote quote;
        assert_true(decode_copy(frame.bytes, size, &quote));
        assert_int_equal(quote.ip.proto, size < 44 ? PROTO_AH : PROTO_UDP);
        assert_int_equal(!!(quote.ip.has & HAS_ESP_SPI), size >= 32 && size < 44);
        assert_int_equal(!!(quote.ip.has & HAS_PORTS), size >= 48);
        if (quote.ip.has & HAS_ESP_SPI)
            assert_int_equal(quote.ip.spi, 5);
    }
}

static void test_a_later_fragment_has_none_of_it(void **state)
{
    (void)state;
    static struct frame frame;
    char ip[256];
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        struct quote quote;
        snprintf(ip, sizeof ip, "45000078 000700b9 40%s0000 0a000001 0a000002",
                 transports[i].proto);
        quote_build(&frame, ip, "", transports[i].hex);
        assert_true(decode_copy(frame.bytes, frame.size, &quote));
        assert_int_equal(quote.ip.has & TRANSPORT_BITS, 0);
        assert_int_equal(quote.has | quote.tcp.has, 0);
    }
}

/* RFC 4340 5.1: without the X bit of the type's byte, 24 bits. */
static void test_short_sequence_numbers_of_dccp(void **state)
{
    (void)state;
    static struct frame frame;
    quote_build(&frame, IP4("21"), "", "9c400035 04000000 04abcdef");
    for (size_t size = 20; size <= frame.size; size++) {
        struct quote quote;
        assert_true(decode_copy(frame.bytes, size, &quote));
        assert_int_equal(quote.has, size >= 32 ? QUOTE_HAS_DCCP_SEQ : 0);
        if (quote.has)
            assert_int_equal(quote.dccp_seq, 0xabcdef);
    }
    quote_build(&frame, IP4("21"), "", "9c400035 04000000 05001234 56789abc");
    for (size_t size = 20; size <= frame.size; size++) {
        struct quote quote;
        assert_true(decode_copy(frame.bytes, size, &quote));
        assert_int_equal(quote.has, size >= 36 ? QUOTE_HAS_DCCP_SEQ : 0);
    }
}

/* Total length 96, byte-swapped, of which all is quoted: options are where they are. */
static void test_options_of_a_quote_with_a_swapped_length(void **state)
{
    (void)state;
    static struct frame frame;
    struct quote quote;
    quote_build(&frame, "45006000 00070000 40060000 0a000001 0a000002", "", transports[0].hex);
    assert_true(decode_copy(frame.bytes, 96, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 96);
    assert_int_equal(quote.tcp.has, TCP_HAS_MSS);
    assert_int_equal(quote.tcp.mss, 1460);
    /* IPv6: a payload of 56, 0x0038. */
    quote_build(&frame,
                "60000000 3800 0640 fd000000000000000000000000000001 "
                "fd000000000000000000000000000002",
                "", transports[0].hex);
    assert_true(decode_copy(frame.bytes, 96, &quote));
    assert_true(quote.length_swapped);
    assert_int_equal(quote.ip.total_length, 96);
    assert_int_equal(quote.tcp.mss, 1460);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_transport_at_every_length),
        cmocka_unit_test(test_each_extension_header_at_every_length),
        cmocka_unit_test(test_authentication_of_ipv4),
        cmocka_unit_test(test_a_later_fragment_has_none_of_it),
        cmocka_unit_test(test_short_sequence_numbers_of_dccp),
        cmocka_unit_test(test_options_of_a_quote_with_a_swapped_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
