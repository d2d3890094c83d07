/* What is read of plain packets without decoding them, held against what decoding makes of them. */
#include "frame.h"

#include "flow/key.h"
#include "match/brief.h"

#define ETH(type)  "020000000002 020000000001" type " "
#define TCP(sizes) "01bb9c40 00000064 000000c8 " sizes " 1000 abcd 0000 "

enum { ETHERNET = 1, CAPTURE = 3 };

/* Any will do. */
static const struct hash_secret secret = {
    .words = {3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43}};

static const struct row {
    const char *name, *hex;
    bool plain;
} rows[] = {
    {"TCP", ETH("0800") "4510002c 1234 4000 4006 0000 c0000201 c6336402" TCP("5018") "deadbeef",
     true},
    {"TCP, the other way",
     ETH("0800") "4500002c 1234 0000 1f06 0000 c6336402 c0000201" TCP("5011") "deadbeef", true},
    {"TCP with time stamps",
     ETH("0800") "45000034 1234 4000 4006 0000 c0000201 c6336402" TCP(
         "8010") "0101080a 00000001 00000002",
     true},
    {"TCP with SACK",
     ETH("0800") "45000034 1234 4000 4006 0000 c0000201 c6336402" TCP(
         "8010") "0101050a 00000001 00000002",
     false},
    {"TCP with SACK first",
     ETH("0800") "45000034 1234 4000 4006 0000 c0000201 c6336402" TCP(
         "8010") "050a0000 00010000 00020000",
     false},
    {"SYN", ETH("0800") "45000028 1234 4000 4006 0000 c0000201 c6336402" TCP("5002"), false},
    {"TCP padded", ETH("0800") "45000028 1234 4000 4006 0000 c0000201 c6336402" TCP("5010") "ffff",
     true},
    {"TCP, its header longer than IP says",
     ETH("0800") "45000028 1234 4000 4006 0000 c0000201 c6336402" TCP("6010") "00000000", false},
    {"TCP, a fragment",
     ETH("0800") "4500002c 1234 2000 4006 0000 c0000201 c6336402" TCP("5018") "deadbeef", false},
    {"IPv4 options",
     ETH("0800") "4600002c 1234 4000 4006 0000 c0000201 c6336402 01010101" TCP("5018"), false},
    {"TCP to itself", ETH("0800") "45000028 1234 4000 4006 0000 c0000201 c0000201" TCP("5010"),
     true},
    {"UDP", ETH("0800") "45000020 1234 0000 4011 0000 c0000201 c6336402 9c400035 000cabcd deadbeef",
     true},
    {"UDP of length 0",
     ETH("0800") "45000020 1234 0000 4011 0000 c0000201 c6336402 9c400035 0000abcd deadbeef",
     false},
    {"UDP to a tunnel's port",
     ETH("0800") "45000020 1234 0000 4011 0000 c0000201 c6336402 9c4012b5 000cabcd deadbeef",
     false},
    {"UDP-Lite",
     ETH("0800") "45000020 1234 0000 4088 0000 c0000201 c6336402 9c400035 000cabcd deadbeef",
     false},
    {"TCP over IPv6",
     ETH("86dd") "60212345 0018 06 40 20010db8000000000000000000000001 "
                 "20010db8000000000000000000000002" TCP("5018") "deadbeef",
     true},
    {"TCP over IPv6, the other way",
     ETH("86dd") "60212345 0014 06 ff 20010db8000000000000000000000002 "
                 "20010db8000000000000000000000001" TCP("5010"),
     true},
    {"TCP over IPv6 to itself",
     ETH("86dd") "60000000 0014 06 40 20010db8000000000000000000000001 "
                 "20010db8000000000000000000000001" TCP("5010"),
     true},
    {"UDP over IPv6",
     ETH("86dd") "60000000 000c 11 40 20010db8000000010000000000000001 "
                 "20010db8000000020000000000000000 00359c40 000cabcd deadbeef",
     true},
    {"IPv6 with an extension header",
     ETH("86dd") "60000000 0014 00 40 20010db8000000000000000000000001 "
                 "20010db8000000000000000000000002 1100000000000000 00359c40 000cabcd deadbeef",
     false},
    {"in a VLAN",
     ETH("8100") "0005 0800 45000020 1234 0000 4011 0000 c0000201 c6336402 9c400035 000cabcd "
                 "deadbeef",
     false},
    {"ICMP", ETH("0800") "4500001c 1234 0000 4001 0000 c0000201 c6336402 0800abcd 12345678", false},
};

/* Bytes of exactly their size, where a sanitizer sees one read too many. */
static struct record record_of(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return (struct record){.time_ns = -5,
                           .frame = UINT64_C(0x3ffffffffff1),
                           .bytes = copy,
                           .cap_length = (uint32_t)size,
                           .wire_length = 1500,
                           .link_type = ETHERNET,
                           .capture = CAPTURE};
}

static void entries_are_equal(const struct ring_entry *a, const struct ring_entry *b)
{
    const struct sent *x = &a->sent, *y = &b->sent;
    assert_int_equal(a->time_ns, b->time_ns);
    assert_int_equal(a->frame, b->frame);
    assert_int_equal(a->capture, b->capture);
    assert_int_equal(a->direction, b->direction);
    assert_true(a->identified && b->identified);
    assert_int_equal(a->identity, b->identity);
    assert_int_equal(a->ip_id, b->ip_id);
    assert_int_equal(a->length, b->length);
    assert_int_equal(x->has, y->has);
    assert_int_equal(x->checksum, y->checksum);
    assert_int_equal(x->header_length, y->header_length);
    assert_int_equal(x->ttl, y->ttl);
    assert_int_equal(x->tos, y->tos);
    assert_int_equal(x->df, y->df);
    assert_int_equal(x->link_dst, y->link_dst);
    if ((x->has & HAS_FLOW_LABEL) != 0)
        assert_int_equal(x->flow_label, y->flow_label);
    if ((x->has & HAS_TCP_FLAGS) == 0)
        return;
    assert_int_equal(x->tcp_flags, y->tcp_flags);
    assert_int_equal(x->tcp_ack, y->tcp_ack);
    assert_int_equal(x->tcp_window, y->tcp_window);
}

/* Returns whether it was read at once. */
static bool read_agrees(const uint8_t *bytes, size_t size)
{
    static struct decoding whole, plain;
    const struct record record = record_of(bytes, size);
    struct brief brief, expected;
    struct flow_key expected_key;
    enum flow_direction direction;
    memset(&brief, 0xa5, sizeof brief);
    uint64_t hash;
    const bool read = briefs_read(&brief, &hash, &record, 1, &secret) == 0;
    assert_true(brief.plain == read);
    decode_packet(&record, &decode_everything, &whole.packet, &whole.room);
    if (read) {
        const struct packet *packet = &whole.packet;
        assert_int_equal(packet->decoded, DECODED);
        assert_true(flow_key_from(&expected_key, &direction, &packet->ip, packet->context));
        assert_true(flow_key_equal(&brief.key, &expected_key));
        assert_true(hash == flow_key_hash(&expected_key, &secret));
        brief_set(&expected, packet, direction);
        assert_true(brief.plain && !expected.plain);
        assert_int_equal(brief.total_length, expected.total_length);
        assert_int_equal(brief.payload_length, expected.payload_length);
        entries_are_equal(&brief.entry, &expected.entry);

        decode_plain(&record, &plain.packet, &plain.room);
        assert_int_equal(plain.packet.decoded, DECODED);
        brief_set(&brief, &plain.packet, direction);
        entries_are_equal(&brief.entry, &expected.entry);
    }
    free((void *)record.bytes);
    return read;
}

static void what_is_read_at_once_is_what_decoding_makes_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame frame = {.size = 0};
        frame_put(&frame, rows[i].hex);
        if (read_agrees(frame.bytes, frame.size) != rows[i].plain)
            fail_msg("%s", rows[i].name);
    }
}

static void cut_anywhere_and_with_any_byte_changed_it_is_the_same(void **state)
{
    (void)state;
    size_t read = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame frame = {.size = 0};
        frame_put(&frame, rows[i].hex);
        for (size_t size = 0; size <= frame.size; size++)
            read += read_agrees(frame.bytes, size);
        for (size_t at = 0; at < frame.size; at++) {
            const uint8_t byte = frame.bytes[at];
            for (unsigned value = 0; value < 256; value++) {
                frame.bytes[at] = (uint8_t)value;
                read += read_agrees(frame.bytes, frame.size);
            }
            frame.bytes[at] = byte;
        }
    }
    assert_true(read > 100000);
}

/* By hand, from RFC 791 and 9293. */
static void a_segment_is_told_in_numbers(void **state)
{
    (void)state;
    struct frame frame = {.size = 0};
    frame_put(&frame, rows[1].hex); /* 198.51.100.2:443 > 192.0.2.1:40000 */
    const struct record record = record_of(frame.bytes, frame.size);
    struct brief brief;
    const struct flow_key *key = &brief.key;
    uint64_t hash;
    assert_int_equal(briefs_read(&brief, &hash, &record, 1, &secret), 0);
    assert_memory_equal(key->addr[0].bytes, ((uint8_t[16]){192, 0, 2, 1}), 16);
    assert_memory_equal(key->addr[1].bytes, ((uint8_t[16]){198, 51, 100, 2}), 16);
    assert_int_equal(key->port[0], 40000);
    assert_int_equal(key->port[1], 443);
    assert_int_equal(key->proto, 6);
    assert_int_equal(brief.entry.direction, FLOW_BACKWARD);
    assert_int_equal(brief.entry.identity, 100);
    assert_int_equal(brief.entry.sent.tcp_ack, 200);
    assert_int_equal(brief.entry.sent.tcp_flags, 0x11);
    assert_int_equal(brief.entry.sent.tcp_window, 4096);
    assert_int_equal(brief.entry.sent.checksum, 0xabcd);
    assert_int_equal(brief.entry.sent.ttl, 31);
    assert_false(brief.entry.sent.df);
    assert_int_equal(brief.entry.ip_id, 0x1234);
    assert_int_equal(brief.entry.length, 24);
    assert_int_equal(brief.total_length, 44);
    assert_int_equal(brief.payload_length, 4);
    free((void *)record.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_at_once_is_what_decoding_makes_of_it),
        cmocka_unit_test(cut_anywhere_and_with_any_byte_changed_it_is_the_same),
        cmocka_unit_test(a_segment_is_told_in_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
