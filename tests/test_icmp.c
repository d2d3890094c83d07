/* ICMP messages whatever their type: header, checksum, and every length there can be. */
#include "icmp_message.h"

enum { MAX = 256 };

/* The definition of RFC 1071, a byte at a time. */
static uint16_t checksum_of(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        if (sum > 0xffff)
            sum -= 0xffff;
    }
    return (uint16_t)(~sum & 0xffff);
}

/* Puts the right checksum in: for ICMPv6 with RFC 8200 8.1's pseudo-header. */
static void sign(uint8_t *message, size_t size, const struct headers *ip)
{
    uint8_t all[40 + MAX];
    size_t pseudo = 0;
    if (ip->proto == PROTO_ICMPV6) {
        memcpy(all, ip->src.bytes, 16);
        memcpy(all + 16, ip->dst.bytes, 16);
        memset(all + 32, 0, 8);
        all[34] = (uint8_t)(size >> 8);
        all[35] = (uint8_t)size;
        all[39] = 58;
        pseudo = 40;
    }
    message[2] = message[3] = 0;
    memcpy(all + pseudo, message, size);
    uint16_t checksum = checksum_of(all, pseudo + size);
    message[2] = (uint8_t)(checksum >> 8);
    message[3] = (uint8_t)checksum;
}

/* ---- checksum ------------------------------------------------------------------------------- */

static void test_checksum_of_every_length(void **state)
{
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        for (size_t size = 4; size <= MAX; size++) {
            uint8_t message[MAX];
            for (size_t i = 0; i < size; i++)
                message[i] = (uint8_t)(i * 37 + size);
            struct headers ip = make_ip((enum family)family, size);
            sign(message, size, &ip);
            struct icmp icmp;
            assert_int_equal(decode(message, size, &ip, &icmp), DECODED);
            assert_int_equal(icmp.checksum, CHECKSUM_GOOD);
            message[size - 1] ^= 0x10;
            assert_int_equal(decode(message, size, &ip, &icmp), DECODED);
            assert_int_equal(icmp.checksum, CHECKSUM_BAD);
        }
    }
}

/* An echo request as Windows sends it, with its checksum. */
static void test_checksum_of_a_real_message(void **state)
{
    (void)state;
    static const uint8_t message[] = {
        0x08, 0x00, 0x4d, 0x5a, 0x00, 0x01, 0x00, 0x01, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
        0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74,
        0x75, 0x76, 0x77, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    };
    struct icmp icmp = decode_whole(FAMILY_IPV4, message, sizeof message);
    assert_int_equal(icmp.checksum, CHECKSUM_GOOD);
}

static void test_pseudo_header_takes_part(void **state)
{
    (void)state;
    uint8_t message[] = {128, 0, 0, 0, 0, 1, 0, 2};
    struct headers ip = make_ip(FAMILY_IPV6, sizeof message);
    struct icmp icmp;
    sign(message, sizeof message, &ip);
    ip.dst.bytes[15] ^= 1;
    assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
    assert_int_equal(icmp.checksum, CHECKSUM_BAD);
}

static void test_checksum_needs_the_whole_message(void **state)
{
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        uint8_t message[40] = {family == 4 ? 8 : 128, 0, 0, 0, 1, 2, 3, 4};
        struct headers ip = make_ip((enum family)family, sizeof message);
        struct icmp icmp;
        sign(message, sizeof message, &ip);
        for (size_t captured = 2; captured <= sizeof message; captured++) {
            assert_int_equal(decode(message, captured, &ip, &icmp), DECODED);
            assert_int_equal(icmp.checksum, captured == 40 ? CHECKSUM_GOOD : CHECKSUM_UNVERIFIED);
            assert_int_equal(icmp.length, 40);
        }
    }
}

static void test_checksum_of_fragments_is_not_judged(void **state)
{
    (void)state;
    uint8_t message[40] = {8};
    struct headers ip = make_ip(FAMILY_IPV4, sizeof message);
    struct icmp icmp;
    ip.has |= HAS_FRAGMENT;
    ip.more_fragments = true;
    assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
    assert_int_equal(icmp.checksum, CHECKSUM_UNVERIFIED);
    ip.more_fragments = false; /* RFC 6946: the whole message in one fragment */
    assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
    assert_int_equal(icmp.checksum, CHECKSUM_BAD);
}

static void test_an_ip_length_of_0_claims_nothing(void **state)
{
    (void)state;
    uint8_t message[40] = {8};
    struct headers ip = make_ip(FAMILY_IPV4, 0);
    struct icmp icmp;
    for (uint32_t length = 0; length <= 20; length += 20) {
        ip.total_length = length;
        assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
        assert_int_equal(icmp.checksum, CHECKSUM_UNVERIFIED);
        assert_int_equal(icmp.length, 40);
        assert_int_equal(icmp.payload_length, 32);
    }
}

static void test_padding_is_not_summed(void **state)
{
    (void)state;
    uint8_t message[46] = {8};
    struct headers ip = make_ip(FAMILY_IPV4, 32);
    struct icmp icmp;
    sign(message, 32, &ip);
    memset(message + 32, 0xee, 14);
    assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
    assert_int_equal(icmp.checksum, CHECKSUM_GOOD);
    assert_int_equal(icmp.payload_length, 24);
}

/* ICMPv6 over IPv4 has no defined pseudo-header; ICMP over IPv6 has none. */
static void test_messages_in_the_other_family(void **state)
{
    (void)state;
    uint8_t message[40] = {8, 0, 0, 0, 1, 2, 3, 4};
    struct headers ip = make_ip(FAMILY_IPV6, sizeof message);
    struct icmp icmp;
    ip.proto = PROTO_ICMP;
    sign(message, sizeof message, &ip);
    assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
    assert_int_equal(icmp.family, FAMILY_IPV4);
    assert_int_equal(icmp.checksum, CHECKSUM_GOOD);

    ip = make_ip(FAMILY_IPV4, sizeof message);
    ip.proto = PROTO_ICMPV6;
    message[0] = 128;
    assert_int_equal(decode(message, sizeof message, &ip, &icmp), DECODED);
    assert_int_equal(icmp.family, FAMILY_IPV6);
    assert_int_equal(icmp.checksum, CHECKSUM_UNVERIFIED);
    assert_true(icmp.has & ICMP_HAS_ID);
}

/* RFC 8200 8.1: the pseudo-header has the last destination, which a packet with segments left does
 * not yet have in its IP header. */
static void test_checksum_of_a_routed_message(void **state)
{
    (void)state;
    uint8_t packet[40 + 24 + 8] = {0x60, 0, 0, 0, 0, 32, 43, 64, ADDRESS_V6(1), ADDRESS_V6(2)};
    static const uint8_t rest[32] = {58,  2, 4, 1, 0,    0,    0, 0, ADDRESS_V6(9),
                                     128, 0, 0, 0, 0x12, 0x34, 0, 1};
    memcpy(packet + 40, rest, sizeof rest);
    for (uint8_t left = 0; left < 2; left++) {
        struct headers ip, signed_for;
        struct icmp icmp;
        packet[43] = left;
        struct cursor in = cursor_over(packet, sizeof packet);
        assert_int_equal(ip_decode(&in, &ip, IP_CAPTURED), DECODED);
        signed_for = ip;
        signed_for.dst = left == 0 ? ip.dst : (struct addr){{ADDRESS_V6(9)}};
        sign(packet + 64, 8, &signed_for);
        assert_int_equal(icmp_decode(&in, &ip, &icmp), DECODED);
        assert_int_equal(icmp.checksum, left == 0 ? CHECKSUM_GOOD : CHECKSUM_UNVERIFIED);
    }
}

/* ---- hostile lengths ------------------------------------------------------------------------ */

struct sample {
    enum family family;
    size_t size;
    uint8_t bytes[160];
};

#define SAMPLE(family, ...)                                                                        \
    {                                                                                              \
        family, sizeof(uint8_t[]){__VA_ARGS__},                                                    \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
static const struct sample samples[] = {
    SAMPLE(4, 8, 0, 0, 0, 1, 2, 3, 4, 'p', 'i', 'n', 'g'),
    SAMPLE(4, 14, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3),
    SAMPLE(4, 3, 4, 0, 0, 0, 0, 5, 0xdc, QUOTE_V4),
    SAMPLE(4, 5, 1, 0, 0, 10, 0, 0, 1, QUOTE_V4),
    SAMPLE(4, 11, 0, 0, 0, 0, 32, 0, 0, QUOTE_V4),
    SAMPLE(4, 12, 0, 0, 0, 9, 0, 0, 0, QUOTE_V4),
    SAMPLE(6, 1, 4, 0, 0, 16, 0, 0, 0, QUOTE_V6),
    SAMPLE(6, 2, 0, 0, 0, 0, 0, 5, 0, QUOTE_V6),
    SAMPLE(6, 4, 1, 0, 0, 0, 0, 0, 40, QUOTE_V6),
    SAMPLE(6, 129, 0, 0, 0, 1, 2, 3, 4, 'p', 'o', 'n', 'g', '!'),
    SAMPLE(6, REDIRECT_V6, LINK_LAYER_OPTION, REDIRECTED_OPTION),
};
#undef SAMPLE
enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* The fewest captured bytes of a sample with which each member can be there. */
static size_t bytes_needed(const struct sample *sample, uint32_t member)
{
    size_t fixed = sample->family == FAMILY_IPV4 ? 20 : 40;
    bool redirect_v6 = sample->family == FAMILY_IPV6 && sample->bytes[0] == 137;
    switch (member) {
    case ICMP_HAS_TIMES:
        return 20;
    case ICMP_HAS_GATEWAY:
        return redirect_v6 ? 24 : 8;
    case ICMP_HAS_TARGET:
        return 40;
    case ICMP_HAS_QUOTE:
        return redirect_v6 ? 56 + fixed : 8 + fixed;
    default:
        return 8;
    }
}

static void test_what_the_snaplen_cuts_off_is_absent(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *sample = &samples[i];
        struct headers ip = make_ip(sample->family, sample->size);
        struct icmp whole, cut;
        assert_int_equal(decode(sample->bytes, sample->size, &ip, &whole), DECODED);
        assert_int_not_equal(whole.has, 0);
        for (size_t captured = 0; captured < sample->size; captured++) {
            enum decoded decoded = decode(sample->bytes, captured, &ip, &cut);
            assert_int_equal(decoded, captured < 2 ? TRUNCATED : DECODED);
            if (captured < 2)
                continue;
            assert_int_equal(cut.type, sample->bytes[0]);
            assert_int_equal(cut.code, sample->bytes[1]);
            assert_int_equal(cut.length, sample->size);
            for (uint32_t member = 1; member <= ICMP_HAS_PAYLOAD; member <<= 1) {
                bool expected = (whole.has & member) && captured >= bytes_needed(sample, member);
                assert_int_equal((cut.has & member) != 0, expected);
            }
            /* Whatever the capture holds of it, the message quoted as much. */
            if (cut.has & ICMP_HAS_QUOTE)
                assert_int_equal(cut.quote.bytes, whole.quote.bytes);
            if (cut.has & ICMP_HAS_PAYLOAD)
                assert_int_equal(cut.payload_length, whole.payload_length);
        }
    }
}

/* The same cuts, made by the sender: then that is all of the message. */
static void test_short_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t size = 2; size < samples[i].size; size++) {
            struct headers ip = make_ip(samples[i].family, size);
            struct icmp icmp;
            assert_int_equal(decode(samples[i].bytes, size, &ip, &icmp), DECODED);
            assert_int_equal(icmp.length, size);
            assert_int_equal(icmp.checksum == CHECKSUM_UNVERIFIED, size < 4);
            if (icmp.has & ICMP_HAS_QUOTE)
                assert_true(icmp.quote.bytes < size);
        }
    }
}

/* A quote is where the registry says that a type has one, and only there. */
static void test_every_type_with_every_length(void **state)
{
    (void)state;
    static const uint8_t v4[64] = {0, 0, 0, 0, 0, 0, 0, 0, QUOTE_V4};
    static const uint8_t v6[96] = {REDIRECT_V6, REDIRECTED_OPTION},
                         other[64] = {0, 0, 0, 0, 0, 0, 0, 0, QUOTE_V6};
    for (unsigned family = 4; family <= 6; family += 2) {
        for (unsigned type = 0; type < 256; type++) {
            bool redirect = family == 6 && type == 137;
            uint8_t message[96];
            memcpy(message, v6, sizeof v6);
            if (!redirect)
                memcpy(message, family == 4 ? v4 : other, 64);
            message[0] = (uint8_t)type;
            for (size_t size = 0; size <= (redirect ? 96 : 64); size++) {
                struct headers ip = make_ip((enum family)family, size);
                struct icmp icmp;
                enum decoded decoded = decode(message, size, &ip, &icmp);
                assert_int_equal(decoded, size < 2 ? TRUNCATED : DECODED);
                if (decoded == TRUNCATED)
                    continue;
                size_t needed = redirect ? 88 : family == 4 ? 28 : 48;
                bool quotes = icmp_type_get((enum family)family, (uint8_t)type)->quotes;
                assert_int_equal((icmp.has & ICMP_HAS_QUOTE) != 0, quotes && size >= needed);
            }
        }
    }
}

/* Any bytes, any claim: no presence bit without a meaning, and nothing beyond the message. */
static void test_random_messages(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t message[MAX];
        for (size_t i = 0; i < sizeof message; i++) {
            seed = seed * 1664525u + 1013904223u;
            message[i] = (uint8_t)(seed >> 24);
        }
        static const uint8_t types[8] = {3, 11, 12, 5, 1, 2, 4, 137};
        message[0] = types[round % 8];
        if (round % 3 == 0)
            message[8] = round % 2 ? 0x60 : 0x45;
        size_t captured = seed >> 8 & 0xff, length = seed >> 16 & 0x1ff;
        struct headers ip = make_ip(round & 16 ? FAMILY_IPV6 : FAMILY_IPV4, length);
        struct icmp icmp;
        if (decode(message, captured, &ip, &icmp) != DECODED)
            continue;
        assert_int_equal(icmp.has & ~0x1fffu, 0);
        assert_int_equal(icmp.length, length > 0 ? length : captured);
        if (icmp.has & ICMP_HAS_QUOTE) {
            assert_true(icmp.quote.ip.has & HAS_IP);
            assert_true(icmp.quote.bytes + 8 <= icmp.length);
        }
    }
}

static void random_fill(void *bytes, size_t size)
{
    uint32_t seed = 9;
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        ((uint8_t *)bytes)[i] = (uint8_t)(seed >> 24);
    }
}

/* A copy of a message that holds everything, or nothing, is that as far as it may be read. */
static void copy_is_the_same(uint8_t family, uint32_t has, uint32_t body, uint32_t objects)
{
    struct icmp from, to;
    random_fill(&from, sizeof from);
    memset(&to, 0xee, sizeof to);
    from.family = family;
    from.has = has;
    from.quote.has = objects; /* any bits */
    from.extensions.count = objects;
    if (family == FAMILY_IPV6) {
        icmp_v6_init(&from.body.v6);
        from.body.v6.has = body;
        from.body.v6.entries_fault = ENTRIES_OVERRUN;
        from.body.v6.entries_kept = (uint16_t)(body & 1);
    } else {
        from.body.v4.has = body;
    }
    icmp_copy(&to, &from);

    const bool inner = (has & ICMP_HAS_QUOTE) != 0 && (from.quote.has & QUOTE_HAS_INNER) != 0;
    assert_memory_equal(&to, &from,
                        inner ? offsetof(struct icmp, body) : offsetof(struct icmp, quote.inner));
    if (family == FAMILY_IPV6)
        assert_memory_equal(&to.body.v6, &from.body.v6, offsetof(struct icmp_v6, list));
    if (body != 0)
        assert_memory_equal(&to.body, &from.body,
                            family == FAMILY_IPV6 ? sizeof from.body.v6
                                                  : offsetof(struct icmp_v4, names));
    else if (family == FAMILY_IPV4)
        assert_int_equal(to.body.v4.has, 0);
    if ((has & ICMP_HAS_EXTENSION) == 0)
        return;
    const size_t kept = objects < EXTENSION_OBJECTS ? objects : EXTENSION_OBJECTS;
    assert_memory_equal(&to.extensions, &from.extensions,
                        offsetof(struct icmp_extensions, objects) +
                            kept * sizeof to.extensions.objects[0]);
}

static void test_copies_have_all_that_may_be_read(void **state)
{
    (void)state;
    static const uint8_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
    for (size_t i = 0; i < sizeof families; i++)
        for (uint32_t body = 0; body < 3; body++)
            for (uint32_t objects = 0; objects < 12; objects++) {
                copy_is_the_same(families[i], 0, body, objects);
                copy_is_the_same(families[i], UINT32_MAX, body, objects);
                copy_is_the_same(families[i], UINT32_MAX, body, UINT32_MAX);
            }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum_of_every_length),
        cmocka_unit_test(test_checksum_of_a_real_message),
        cmocka_unit_test(test_pseudo_header_takes_part),
        cmocka_unit_test(test_checksum_needs_the_whole_message),
        cmocka_unit_test(test_checksum_of_fragments_is_not_judged),
        cmocka_unit_test(test_an_ip_length_of_0_claims_nothing),
        cmocka_unit_test(test_padding_is_not_summed),
        cmocka_unit_test(test_messages_in_the_other_family),
        cmocka_unit_test(test_checksum_of_a_routed_message),
        cmocka_unit_test(test_what_the_snaplen_cuts_off_is_absent),
        cmocka_unit_test(test_short_messages),
        cmocka_unit_test(test_every_type_with_every_length),
        cmocka_unit_test(test_random_messages),
        cmocka_unit_test(test_copies_have_all_that_may_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
