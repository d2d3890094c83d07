/* The objects of an extension, from hand-made bytes, cut anywhere and with lengths that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/extension_object.h"

enum { ROOM = 65600 };

/* Decodes `captured` of `size` bytes, copied to where a sanitizer sees a byte read too many. */
static void decode_cut(const uint8_t *bytes, size_t captured, size_t size,
                       struct icmp_extensions *out)
{
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    assert_non_null(copy);
    if (captured > 0)
        memcpy(copy, bytes, captured);
    out->anomalies = 0;
    extension_decode((struct extent){cursor_over(copy, captured), (uint32_t)size}, out);
    free(copy);
}

static void decode_all(const uint8_t *bytes, size_t size, struct icmp_extensions *out)
{
    decode_cut(bytes, size, size, out);
}

#define HEADER 0x20, 0, 0, 0

static uint16_t bit(enum extension_anomaly which)
{
    return (uint16_t)(1u << which);
}

/* ---- the checksum --------------------------------------------------------------------------- */

/* ~(2000 + 0008 + 0101 + 0001 + 0101) = ddf4, by hand. */
static void test_checksum_is_good_bad_absent_or_unverified(void **state)
{
    (void)state;
    uint8_t bytes[] = {0x20, 0, 0xdd, 0xf4, 0, 8, 1, 1, 0, 1, 1, 1};
    struct icmp_extensions out;
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_GOOD);
    decode_cut(bytes, sizeof bytes - 1, sizeof bytes, &out);
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_UNVERIFIED);
    bytes[11] ^= 1;
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_BAD);
    bytes[2] = bytes[3] = 0; /* RFC 4884 7: not sent */
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_ABSENT);
    decode_cut(bytes, 4, sizeof bytes, &out);
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_ABSENT);
    decode_cut(bytes, 3, sizeof bytes, &out);
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_UNVERIFIED);
}

/* ---- what objects hold ---------------------------------------------------------------------- */

static void test_label_stack(void **state)
{
    (void)state;
    /* 16 with tc 5 and s 0, ttl 1; 1048575 with tc 0 and s 1, ttl 255 (RFC 3032 2.1). */
    const uint8_t bytes[] = {HEADER, 0, 12, 1, 1, 0, 1, 0x0a, 1, 0xff, 0xff, 0xf1, 255};
    struct icmp_extensions out;
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.anomalies, 0);
    const struct extension_object *object = &out.objects[0];
    assert_int_equal(object->kind, EXTENSION_MPLS);
    assert_int_equal(object->has, OBJECT_HAS_LABELS);
    assert_int_equal(object->label_count, 2);
    assert_int_equal(object->labels[0].label, 16);
    assert_int_equal(object->labels[0].tc, 5);
    assert_int_equal(object->labels[0].s, 0);
    assert_int_equal(object->labels[0].ttl, 1);
    assert_int_equal(object->labels[1].label, 1048575);
    assert_int_equal(object->labels[1].tc, 0);
    assert_int_equal(object->labels[1].s, 1);
    assert_int_equal(object->labels[1].ttl, 255);
}

/* Index 7, 10.0.0.9, "eth0" and MTU 1500, in the order of RFC 5837 4. */
#define INDEX_7   0, 0, 0, 7
#define IP_10_9   0, 1, 0, 0, 10, 0, 0, 9
#define NAME_ETH0 8, 'e', 't', 'h', '0', 0, 0, 0
#define MTU_1500  0, 0, 5, 220

static void test_interface_information(void **state)
{
    (void)state;
    const uint8_t bytes[] = {HEADER, 0, 28, 2, 0x8f, INDEX_7, IP_10_9, NAME_ETH0, MTU_1500};
    struct icmp_extensions out;
    decode_all(bytes, sizeof bytes, &out);
    const struct extension_object *object = &out.objects[0];
    assert_int_equal(out.anomalies, 0);
    assert_int_equal(object->kind, EXTENSION_INTERFACE);
    assert_int_equal(object->role, EXTENSION_OUTGOING);
    assert_int_equal(object->index, 7);
    assert_int_equal(object->family, FAMILY_IPV4);
    assert_memory_equal(object->ip.bytes, "\012\0\0\011\0\0\0\0", 8);
    assert_int_equal(object->name_size, 4);
    assert_memory_equal(object->name, "eth0", 4);
    assert_int_equal(object->mtu, 1500);
}

/* Each of the 256 subtypes of an object that has all four parts: only those are read whose bits are
 * set, from where the bits before them leave off. */
static void test_every_subtype_of_interface_information(void **state)
{
    (void)state;
    static const uint8_t index[] = {INDEX_7}, ip[] = {IP_10_9}, name[] = {NAME_ETH0},
                         mtu[] = {MTU_1500};
    for (unsigned ctype = 0; ctype < 256; ctype++) {
        uint8_t bytes[64] = {HEADER, 0, 0, 2, (uint8_t)ctype}, *to = bytes + 8;
        if (ctype & 8)
            to = (uint8_t *)memcpy(to, index, sizeof index) + sizeof index;
        if (ctype & 4)
            to = (uint8_t *)memcpy(to, ip, sizeof ip) + sizeof ip;
        if (ctype & 2)
            to = (uint8_t *)memcpy(to, name, sizeof name) + sizeof name;
        if (ctype & 1)
            to = (uint8_t *)memcpy(to, mtu, sizeof mtu) + sizeof mtu;
        bytes[5] = (uint8_t)(to - bytes - 4);
        struct icmp_extensions out;
        decode_all(bytes, (size_t)(to - bytes), &out);
        const struct extension_object *object = &out.objects[0];
        assert_int_equal(out.anomalies, 0);
        assert_int_equal(object->role, ctype >> 6);
        assert_int_equal((object->has & OBJECT_HAS_INDEX) != 0, (ctype & 8) != 0);
        assert_int_equal((object->has & OBJECT_HAS_IP) != 0, (ctype & 4) != 0);
        assert_int_equal((object->has & OBJECT_HAS_NAME) != 0, (ctype & 2) != 0);
        assert_int_equal((object->has & OBJECT_HAS_MTU) != 0, ctype & 1);
        if (ctype & 1)
            assert_int_equal(object->mtu, 1500);
    }
}

/* The length of a name from 0 to 255 in objects of every size: it counts itself, is 64 at most, and
 * leads neither beyond its object nor to another place for the next. */
static void test_lengths_of_names_that_lie(void **state)
{
    (void)state;
    for (unsigned room = 1; room < 80; room++) {
        for (unsigned length = 0; length < 256; length++) {
            uint8_t bytes[128] = {HEADER, 0, (uint8_t)(4 + room), 2, 2};
            memset(bytes + 8, 'n', room);
            bytes[8] = (uint8_t)length;
            memcpy(bytes + 8 + room, "\0\010\004\001\0\0\0\005", 8);
            struct icmp_extensions out;
            decode_all(bytes, 8 + room + 8, &out);
            bool fits = length >= 1 && length <= 64 && length <= room;
            assert_int_equal(out.count, 2);
            assert_int_equal(out.objects[0].malformed, !fits);
            assert_int_equal((out.objects[0].has & OBJECT_HAS_NAME) != 0, fits && length > 1);
            if (fits && length > 1)
                assert_int_equal(out.objects[0].name_size, length - 1);
            assert_int_equal(out.objects[1].kind, EXTENSION_INFORMATION);
            assert_int_equal(out.objects[1].pointer, 5);
        }
    }
}

static void test_padding_is_no_part_of_a_name(void **state)
{
    (void)state;
    const uint8_t bytes[] = {HEADER, 0, 12, 3, 1, 'a', 0, 'b', 0, 0, 0, 0, 0};
    const uint8_t empty[] = {HEADER, 0, 8, 3, 1, 0, 0, 0, 0};
    struct icmp_extensions out;
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.objects[0].kind, EXTENSION_INTERFACE_ID);
    assert_int_equal(out.objects[0].name_size, 3);
    assert_memory_equal(out.objects[0].name, "a\0b", 3);
    decode_all(empty, sizeof empty, &out);
    assert_int_equal(out.objects[0].has, 0);
}

/* RFC 8335 2.1. A length that is not the family's is a contradiction; other families are kept. */
static void test_interface_identified_by_address(void **state)
{
    (void)state;
    uint8_t bytes[40] = {HEADER, 0, 28, 3, 3};
    struct icmp_extensions out;
    for (unsigned afi = 0; afi < 4; afi++) {
        for (unsigned length = 0; length < 256; length++) {
            bytes[9] = (uint8_t)afi;
            bytes[10] = (uint8_t)length;
            decode_all(bytes, 32, &out);
            const struct extension_object *object = &out.objects[0];
            bool ip = (afi == 1 && length == 4) || (afi == 2 && length == 16);
            bool other = (afi == 0 || afi == 3) && length <= 20;
            assert_int_equal(object->has, ip ? OBJECT_HAS_IP : other ? OBJECT_HAS_ADDRESS : 0);
            assert_int_equal(object->malformed, !ip && !other);
            if (other)
                assert_int_equal(object->address_size, length);
        }
    }
}

static void test_node_identification(void **state)
{
    (void)state;
    const uint8_t bytes[] = {HEADER, 0, 20, 5, 0x06, IP_10_9, NAME_ETH0};
    struct icmp_extensions out;
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.objects[0].kind, EXTENSION_NODE_ID);
    assert_int_equal(out.objects[0].has, OBJECT_HAS_IP | OBJECT_HAS_NAME);
    assert_memory_equal(out.objects[0].name, "eth0", 4);
}

/* ---- lengths -------------------------------------------------------------------------------- */

/* Every length of an object that is followed by another, in a message that has room for 16 bytes
 * of it: RFC 4884 8 has it count the header, in octets. */
static void test_every_length_of_an_object(void **state)
{
    (void)state;
    for (unsigned length = 0; length < 65536; length++) {
        const uint8_t bytes[4 + 16] = {
            HEADER, (uint8_t)(length >> 8), (uint8_t)length, 99, 1, 0, 8, 77, 1};
        struct icmp_extensions out;
        decode_all(bytes, sizeof bytes, &out);
        uint16_t expected = 0;
        if (length < 4)
            expected = bit(EXTENSION_OBJECT_TOO_SHORT);
        else if (length % 4 != 0)
            expected |= bit(EXTENSION_OBJECT_UNALIGNED);
        if (length > 16)
            expected |= bit(EXTENSION_OBJECT_BEYOND_MESSAGE);
        /* Behind one of fewer than 16 bytes, what follows is read as another object. */
        assert_int_equal(out.anomalies & expected, expected);
        if (length < 4 || length >= 16)
            assert_int_equal(out.anomalies, expected);
        assert_true(length < 4 ? out.count == 0 : out.count >= 1);
        if (length >= 4)
            assert_int_equal(out.objects[0].length, length);
        if (length == 4)
            assert_int_equal(out.objects[1].class_num, 77);
    }
}

static void test_more_objects_than_are_kept(void **state)
{
    (void)state;
    static uint8_t bytes[ROOM] = {HEADER};
    size_t count = (ROOM - 4) / 4;
    for (size_t i = 0; i < count; i++) {
        bytes[4 + 4 * i + 1] = 4;
        bytes[4 + 4 * i + 2] = (uint8_t)(100 + i % 100);
    }
    struct icmp_extensions out;
    decode_all(bytes, 4 + 4 * count, &out);
    assert_int_equal(out.count, count);
    assert_int_equal(out.objects[EXTENSION_OBJECTS - 1].class_num, 100 + EXTENSION_OBJECTS - 1);
    assert_int_equal(out.anomalies, 0);
}

static void test_more_labels_than_are_kept(void **state)
{
    (void)state;
    static uint8_t bytes[4 + 65532] = {HEADER, 0xff, 0xfc, 1, 1};
    struct icmp_extensions out;
    decode_all(bytes, sizeof bytes, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.objects[0].label_count, (65532 - 4) / 4);
    assert_int_equal(out.anomalies, 0);
}

/* ---- cuts ----------------------------------------------------------------------------------- */

static const uint8_t sample[] = {HEADER,   0, 28, 2, 0x0f, INDEX_7, IP_10_9,  NAME_ETH0,
                                 MTU_1500, 0, 8,  1, 1,    0,       1,        1,
                                 1,        0, 8,  3, 2,    0,       0,        0,
                                 3,        0, 20, 5, 6,    IP_10_9, NAME_ETH0};

/* Cut by the capture: what is missing is absent and no fault of the sender. */
static void test_a_capture_that_ends_at_each_byte(void **state)
{
    (void)state;
    uint32_t before = 0;
    for (size_t captured = 0; captured <= sizeof sample; captured++) {
        struct icmp_extensions out;
        decode_cut(sample, captured, sizeof sample, &out);
        assert_int_equal(out.anomalies, 0);
        assert_true(out.count >= before && out.count <= 4);
        before = out.count;
        if (captured >= 8)
            assert_int_equal((out.objects[0].has & OBJECT_HAS_INDEX) != 0, captured >= 12);
        if (captured >= 8)
            assert_int_equal((out.objects[0].has & OBJECT_HAS_NAME) != 0, captured >= 28);
    }
    assert_int_equal(before, 4);
}

/* Cut by its sender: all that is there is read, and what is missing is said. */
static void test_a_message_that_ends_at_each_byte(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof sample; size++) {
        struct icmp_extensions out;
        decode_all(sample, size, &out);
        bool whole = size <= 4 || size == 32 || size == 40 || size == 48 || size == 68;
        assert_int_equal(out.anomalies == 0, whole);
    }
}

/* Any class and subtype, at any size, filled with any one byte. */
static void test_every_class_and_subtype(void **state)
{
    (void)state;
    static const uint8_t fills[] = {0, 1, 2, 4, 63, 64, 255};
    for (unsigned class_num = 0; class_num < 256; class_num++)
        for (unsigned ctype = 0; ctype < 256; ctype++)
            for (unsigned i = 0; i < sizeof fills; i++) {
                uint8_t bytes[4 + 36] = {HEADER};
                size_t size = (ctype + i) % 33;
                memset(bytes + 8, fills[i], 32);
                bytes[5] = (uint8_t)(4 + size);
                bytes[6] = (uint8_t)class_num;
                bytes[7] = (uint8_t)ctype;
                struct icmp_extensions out;
                decode_all(bytes, 8 + size, &out);
                assert_int_equal(out.count, 1);
                assert_true(out.objects[0].kind < EXTENSION_KINDS);
                assert_int_equal(out.objects[0].class_num, class_num);
                assert_int_equal(out.objects[0].ctype, ctype);
                if (class_num == 0 || class_num > 5)
                    assert_int_equal(out.objects[0].has, 0);
            }
}

/* ---- probes --------------------------------------------------------------------------------- */

/* ~(2000 + 0008 + 0302 + 0000 + 0001) = dcf4, over header and object alone. */
static void test_data_behind_the_object_of_a_probe_is_not_of_it(void **state)
{
    (void)state;
    uint8_t bytes[] = {0x20, 0, 0xdc, 0xf4, 0, 8, 3, 2, 0, 0, 0, 1, 0xba, 0xad, 0xf0, 0x0d};
    struct icmp_extensions out;
    assert_true(
        extension_decode_probe((struct extent){cursor_over(bytes, sizeof bytes), 16}, &out));
    assert_int_equal(out.checksum, EXTENSION_CHECKSUM_GOOD);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.objects[0].index, 1);
    assert_int_equal(out.anomalies, 0);

    bytes[5] = 17; /* beyond the message */
    assert_true(
        extension_decode_probe((struct extent){cursor_over(bytes, sizeof bytes), 16}, &out));
    assert_int_equal(out.anomalies,
                     bit(EXTENSION_OBJECT_BEYOND_MESSAGE) | bit(EXTENSION_OBJECT_UNALIGNED));
    bytes[0] = 0x10; /* of another version */
    assert_false(
        extension_decode_probe((struct extent){cursor_over(bytes, sizeof bytes), 16}, &out));
    assert_false(extension_decode_probe((struct extent){cursor_over(bytes, 3), 3}, &out));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum_is_good_bad_absent_or_unverified),
        cmocka_unit_test(test_label_stack),
        cmocka_unit_test(test_interface_information),
        cmocka_unit_test(test_every_subtype_of_interface_information),
        cmocka_unit_test(test_lengths_of_names_that_lie),
        cmocka_unit_test(test_padding_is_no_part_of_a_name),
        cmocka_unit_test(test_interface_identified_by_address),
        cmocka_unit_test(test_node_identification),
        cmocka_unit_test(test_every_length_of_an_object),
        cmocka_unit_test(test_more_objects_than_are_kept),
        cmocka_unit_test(test_more_labels_than_are_kept),
        cmocka_unit_test(test_a_capture_that_ends_at_each_byte),
        cmocka_unit_test(test_a_message_that_ends_at_each_byte),
        cmocka_unit_test(test_every_class_and_subtype),
        cmocka_unit_test(test_data_behind_the_object_of_a_probe_is_not_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
