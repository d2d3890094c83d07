/* What makes a quoted packet one that was sent, and what makes it another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "match/identity.h"
#include "traffic.h"

enum expected { CONTRADICTS, POSSIBLE, TELLS };

struct row {
    const char *name;
    uint8_t proto;
    bool v6;
    struct {
        uint16_t ip_id;
        uint32_t tell, length;
    } sent, quoted;
    enum expected expected;
};

static const struct row rows[] = {
    {"nothing to compare", PROTO_GRE, false, {0, 0, 100}, {0, 0, 100}, POSSIBLE},
    {"only lengths, which differ", PROTO_GRE, false, {0, 0, 100}, {0, 0, 72}, POSSIBLE},
    {"equal identifications", PROTO_GRE, false, {7, 0, 100}, {7, 0, 100}, TELLS},
    {"other identification", PROTO_GRE, false, {7, 0, 100}, {8, 0, 100}, CONTRADICTS},
    {"0 identifies nothing: sent", PROTO_GRE, false, {0, 0, 100}, {8, 0, 100}, POSSIBLE},
    {"0 identifies nothing: quoted", PROTO_GRE, false, {7, 0, 100}, {0, 0, 100}, POSSIBLE},
    {"a length the quoting host changed", PROTO_GRE, false, {7, 0, 100}, {7, 0, 80}, TELLS},
    {"IPv6 has no identification", PROTO_GRE, true, {7, 0, 100}, {7, 0, 100}, POSSIBLE},
    {"… nor another one", PROTO_GRE, true, {7, 0, 100}, {8, 0, 100}, POSSIBLE},

    {"UDP: checksum and length", PROTO_UDP, false, {0, 0xbeef, 60}, {0, 0xbeef, 60}, TELLS},
    {"UDP: all", PROTO_UDP, false, {9, 0xbeef, 60}, {9, 0xbeef, 60}, TELLS},
    {"UDP: other length", PROTO_UDP, false, {9, 0xbeef, 60}, {9, 0xbeef, 61}, CONTRADICTS},
    {"UDP: checksum filled in by the card", PROTO_UDP, false, {9, 1, 60}, {9, 2, 60}, TELLS},
    {"UDP: … and no identification", PROTO_UDP, false, {0, 1, 60}, {0, 2, 60}, POSSIBLE},
    {"UDP: … and another one", PROTO_UDP, false, {9, 1, 60}, {10, 1, 60}, CONTRADICTS},
    {"UDP: no checksum", PROTO_UDP, false, {0, 0, 60}, {0, 0, 60}, POSSIBLE},
    {"UDP over IPv6", PROTO_UDP, true, {0, 0xbeef, 60}, {0, 0xbeef, 60}, TELLS},
    {"UDP-Lite", PROTO_UDPLITE, false, {0, 0xbeef, 60}, {0, 0xbeef, 60}, TELLS},

    {"UDP-Lite: other coverage",
     PROTO_UDPLITE,
     false,
     {9, 0xbeef, 60},
     {9, 0xbeef, 61},
     CONTRADICTS},

    {"TCP: sequence number", PROTO_TCP, false, {0, 1000, 120}, {0, 1000, 120}, TELLS},
    {"TCP: of zero", PROTO_TCP, false, {0, 0, 40}, {0, 0, 40}, TELLS},
    {"TCP: another one", PROTO_TCP, false, {0, 1000, 120}, {0, 1001, 120}, CONTRADICTS},
    {"TCP: an earlier one", PROTO_TCP, false, {0, 1000, 120}, {0, 999, 120}, CONTRADICTS},
    {"TCP: sent again", PROTO_TCP, false, {5, 1000, 120}, {6, 1000, 120}, CONTRADICTS},
    {"TCP: start of a larger one", PROTO_TCP, false, {5, 1000, 9000}, {5, 1000, 1480}, TELLS},
    {"TCP: inside, as a part of its own",
     PROTO_TCP,
     false,
     {5, 1000, 9000},
     {6, 2448, 1480},
     TELLS},
    {"TCP: its last byte", PROTO_TCP, false, {5, 1000, 9020}, {9, 9999, 21}, TELLS},
    {"TCP: behind its last byte", PROTO_TCP, false, {5, 1000, 9020}, {9, 10000, 21}, CONTRADICTS},
    {"TCP: inside, but no larger", PROTO_TCP, false, {0, 1000, 1480}, {0, 1500, 1480}, CONTRADICTS},
    {"TCP: inside, past the wrap",
     PROTO_TCP,
     false,
     {0, 0xffffff00, 9000},
     {0, 0x100, 1480},
     TELLS},
    {"TCP: 64 KiB", PROTO_TCP, false, {0, 7, 65515}, {0, 60007, 1480}, TELLS},
    {"TCP over IPv6, inside", PROTO_TCP, true, {0, 1000, 9000}, {0, 2448, 1480}, TELLS},

    {"echo: sequence number", PROTO_ICMP, false, {0, 3, 64}, {0, 3, 64}, TELLS},
    {"echo: another", PROTO_ICMP, false, {9, 3, 64}, {9, 4, 64}, CONTRADICTS},
    {"echo over IPv6", PROTO_ICMPV6, true, {0, 3, 64}, {0, 3, 64}, TELLS},
    {"SCTP: a tag is of many packets", PROTO_SCTP, true, {0, 99, 64}, {0, 99, 64}, POSSIBLE},
    {"SCTP: another association", PROTO_SCTP, true, {0, 99, 64}, {0, 98, 64}, CONTRADICTS},
    {"SCTP: identification", PROTO_SCTP, false, {4, 99, 64}, {4, 99, 64}, TELLS},
    {"ESP: sequence number", PROTO_ESP, true, {0, 20, 64}, {0, 20, 64}, TELLS},
    {"ESP: another", PROTO_ESP, true, {0, 20, 64}, {0, 21, 64}, CONTRADICTS},
    {"AH: sequence number", PROTO_AH, false, {0, 20, 64}, {0, 20, 64}, TELLS},
};

static struct headers sent_by(const struct row *row)
{
    return piece_headers(&(struct piece){row->proto, row->v6, false, row->sent.ip_id,
                                         row->sent.tell, row->sent.length});
}

static struct headers quoted_by(const struct row *row)
{
    return piece_headers(&(struct piece){row->proto, row->v6, false, row->quoted.ip_id,
                                         row->quoted.tell, row->quoted.length});
}

/* What is compared of it besides is there, or the whole of it unspecified. */
static int score_of(const struct headers *sent, const struct headers *quoted)
{
    struct ring_entry entry;
    memset(&entry, 0xa5, sizeof entry);
    entry.sent.has = sent->has;
    if ((sent->has & HAS_ICMP_TYPE) != 0)
        entry.sent.icmp_type = sent->icmp_type;
    entry.sent.header_length = (uint16_t)sent->header_length;
    identity_record(&entry, sent);
    return identity_score(&entry, quoted);
}

static enum expected class_of(int score)
{
    if (score == IDENTITY_CONTRADICTS)
        return CONTRADICTS;
    return score < IDENTITY_TELLS ? POSSIBLE : TELLS;
}

static void each_row_tells_contradicts_or_leaves_it_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct headers sent = sent_by(&rows[i]), quoted = quoted_by(&rows[i]);
        int score = score_of(&sent, &quoted);
        if (class_of(score) != rows[i].expected)
            fail_msg("%s: score %d", rows[i].name, score);
    }
}

/* Sent whole, quoted as IP header and 4 bytes: only the IP header can be compared. */
static void what_was_not_quoted_contradicts_nothing(void **state)
{
    (void)state;
    const uint32_t cut = HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_UDP_LENGTH | HAS_UDPLITE | HAS_ICMP_ID |
                         HAS_SCTP_VTAG | HAS_ESP_SPI | HAS_PAYLOAD_LEN;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct headers sent = sent_by(&rows[i]), quoted = quoted_by(&rows[i]);
        quoted.has &= ~cut;
        quoted.ip_id = 0;
        assert_int_equal(class_of(score_of(&sent, &quoted)), POSSIBLE);
    }
}

/* Captured with a small snaplen. */
static void what_was_not_captured_contradicts_nothing(void **state)
{
    (void)state;
    const uint32_t cut = HAS_TCP_SEQ | HAS_TCP_FLAGS | HAS_UDP_LENGTH | HAS_UDPLITE | HAS_ICMP_ID |
                         HAS_SCTP_VTAG | HAS_ESP_SPI | HAS_PAYLOAD_LEN;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct headers sent = sent_by(&rows[i]), quoted = quoted_by(&rows[i]);
        sent.has &= ~cut;
        sent.ip_id = 0;
        assert_int_equal(class_of(score_of(&sent, &quoted)), POSSIBLE);
    }
}

static void the_identification_of_a_fragment_of_ipv6_is_not_taken_for_one_of_ipv4(void **state)
{
    (void)state;
    struct headers sent = piece_headers(&(struct piece){PROTO_GRE, true, false, 0, 0, 64});
    struct headers quoted = sent;
    sent.has |= HAS_IP_ID;
    quoted.has |= HAS_IP_ID;
    sent.ip_id = 0x10007;
    quoted.ip_id = 0x20007;
    assert_int_equal(class_of(score_of(&sent, &quoted)), POSSIBLE);
}

/* During a rekeying both associations of a pair of hosts count from 1. */
static void esp_of_another_association_contradicts(void **state)
{
    (void)state;
    struct headers sent = piece_headers(&(struct piece){PROTO_ESP, true, false, 0, 1, 64});
    struct headers quoted = sent;
    quoted.spi++;
    assert_int_equal(score_of(&sent, &quoted), IDENTITY_CONTRADICTS);
}

struct contest {
    const char *name;
    uint8_t proto;
    bool v6;
    struct {
        uint16_t ip_id;
        uint32_t tell, length;
    } better, worse, quoted;
    bool equal;
};

static const struct contest contests[] = {
    {"identification and checksum over identification",
     PROTO_UDP,
     false,
     {9, 5, 60},
     {9, 6, 60},
     {9, 5, 60},
     false},
    {"identification over nothing", PROTO_UDP, false, {9, 6, 60}, {0, 6, 60}, {9, 5, 60}, false},
    {"checksum over another checksum", PROTO_UDP, false, {0, 5, 60}, {0, 6, 60}, {0, 5, 60}, false},
    {"equal lengths over others", PROTO_GRE, false, {0, 0, 60}, {0, 0, 61}, {0, 0, 60}, false},
    {"of two equally numbered segments the one as long",
     PROTO_TCP,
     true,
     {0, 1000, 1460},
     {0, 1000, 1400},
     {0, 1000, 1460},
     false},
    {"the part that was sent again, by its identification",
     PROTO_TCP,
     false,
     {8, 2448, 1480},
     {3, 1000, 9000},
     {8, 2448, 1480},
     false},
    {"it may be either where there is none",
     PROTO_TCP,
     true,
     {0, 2448, 1480},
     {0, 1000, 9000},
     {0, 2448, 1480},
     true},
};

static void the_more_agrees_the_higher_the_score(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof contests / sizeof contests[0]; i++) {
        const struct contest *c = &contests[i];
        struct headers better = piece_headers(&(struct piece){
            c->proto, c->v6, false, c->better.ip_id, c->better.tell, c->better.length});
        struct headers worse = piece_headers(&(struct piece){c->proto, c->v6, false, c->worse.ip_id,
                                                             c->worse.tell, c->worse.length});
        struct headers quoted = piece_headers(&(struct piece){
            c->proto, c->v6, false, c->quoted.ip_id, c->quoted.tell, c->quoted.length});
        int high = score_of(&better, &quoted), low = score_of(&worse, &quoted);
        if (c->equal ? high != low : high <= low)
            fail_msg("%s: %d against %d", c->name, high, low);
    }
}

static void lengths_beyond_what_fits_are_cut_and_do_not_wrap(void **state)
{
    (void)state;
    struct ring_entry entry;
    struct headers jumbo = piece_headers(&(struct piece){PROTO_UDP, true, false, 0, 1, 65536});
    identity_record(&entry, &jumbo);
    assert_int_equal(entry.length, 65535);
    jumbo.total_length = UINT32_MAX;
    identity_record(&entry, &jumbo);
    assert_int_equal(entry.length, 65535);
    jumbo.total_length = 10; /* less than the header */
    identity_record(&entry, &jumbo);
    assert_int_equal(entry.length, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_tells_contradicts_or_leaves_it_open),
        cmocka_unit_test(what_was_not_quoted_contradicts_nothing),
        cmocka_unit_test(what_was_not_captured_contradicts_nothing),
        cmocka_unit_test(the_identification_of_a_fragment_of_ipv6_is_not_taken_for_one_of_ipv4),
        cmocka_unit_test(esp_of_another_association_contradicts),
        cmocka_unit_test(the_more_agrees_the_higher_the_score),
        cmocka_unit_test(lengths_beyond_what_fits_are_cut_and_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
