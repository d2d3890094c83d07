/* pcapng: sections, interfaces, clocks, the three packet blocks, and blocks that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

static void assert_filled(const struct record *record, uint8_t fill, uint32_t length)
{
    assert_int_equal(record->cap_length, length);
    for (uint32_t i = 0; i < length; i++)
        assert_int_equal(record->bytes[i], fill);
}

static void put_simple(struct sample *sample, uint32_t wire_length, uint8_t fill, uint32_t length)
{
    sample_block(sample, NG_SIMPLE);
    sample_u32(sample, wire_length);
    sample_fill(sample, fill, length);
    sample_block_end(sample, 1);
}

static void put_obsolete(struct sample *sample, uint16_t interface, uint64_t stamp, uint32_t length)
{
    sample_block(sample, NG_PACKET);
    sample_u16(sample, interface);
    sample_u16(sample, 99); /* drops */
    sample_u32(sample, (uint32_t)(stamp >> 32));
    sample_u32(sample, (uint32_t)stamp);
    sample_u32(sample, length);
    sample_u32(sample, length + 1000);
    sample_fill(sample, 'o', length);
    sample_block_end(sample, 1);
}

static void all_packet_blocks_are_read(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct sample sample = {.big_endian = big_endian};
        sample_section(&sample);
        sample_interface(&sample, 1, 100);
        sample_interface(&sample, 101, 0);
        sample_enhanced(&sample, 1, 1700000000123456, 'e', 61);
        put_simple(&sample, 99, 's', 99);
        put_simple(&sample, 1500, 'S', 100); /* as much as the snap length of interface 0 */
        put_obsolete(&sample, 1, 1700000000000001, 62);
        struct reading reading = reading_whole(&sample, 4);
        const struct record *records = reading.records;

        assert_filled(&records[0], 'e', 61);
        assert_filled(&records[1], 's', 99);
        assert_filled(&records[2], 'S', 100);
        assert_filled(&records[3], 'o', 62);
        assert_int_equal(records[0].time_ns, 1700000000123456000);
        assert_int_equal(records[1].time_ns, 0);
        assert_int_equal(records[3].time_ns, 1700000000000001000);
        assert_int_equal(records[0].wire_length, 61);
        assert_int_equal(records[2].wire_length, 1500);
        assert_int_equal(records[3].wire_length, 1062);
        assert_int_equal(records[0].link_type, 101);
        assert_int_equal(records[1].link_type, 1);
        assert_int_equal(records[0].interface, 1);
        assert_int_equal(records[1].interface, 0);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(records[i].frame, i + 1);
        reading_free(&reading);
    }
}

static void sections_have_their_own_byte_order_and_interfaces(void **state)
{
    (void)state;
    struct sample sample = {.big_endian = true};
    sample_section(&sample);
    sample_interface(&sample, 1, 0);
    sample_interface(&sample, 113, 0);
    sample_enhanced(&sample, 1, 1000000, 'a', 10);
    sample.big_endian = false;
    sample_section(&sample);
    sample_clock(&sample, 276, 9, 0);
    sample_enhanced(&sample, 0, 2000000001, 'b', 11);
    sample_section(&sample);
    sample_interface(&sample, 101, 0);
    sample_enhanced(&sample, 0, 3000000, 'c', 12);
    struct reading reading = reading_whole(&sample, 3);
    static const uint16_t link_types[] = {113, 276, 101};
    static const int64_t times[] = {1000000000, 2000000001, 3000000000};
    for (size_t i = 0; i < 3; i++) {
        assert_filled(&reading.records[i], (uint8_t)('a' + i), (uint32_t)(10 + i));
        assert_int_equal(reading.records[i].link_type, link_types[i]);
        assert_int_equal(reading.records[i].time_ns, times[i]);
        assert_int_equal(reading.records[i].frame, i + 1);
    }
    reading_free(&reading);
}

static void interfaces_have_their_own_clocks(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_section(&sample);
    sample_clock(&sample, 1, 6, 0);
    sample_clock(&sample, 1, 9, 3600);
    sample_clock(&sample, 1, 0x8a, -1); /* 1/1024 s */
    for (uint32_t interface = 0; interface < 3; interface++)
        sample_enhanced(&sample, interface, 5000000000, 'x', 1);
    struct reading reading = reading_whole(&sample, 3);
    assert_int_equal(reading.records[0].time_ns, 5000000000000);
    assert_int_equal(reading.records[1].time_ns, 3605000000000);
    assert_int_equal(reading.records[2].time_ns, 4882811500000000); /* 4882812.5 s - 1 s */
    reading_free(&reading);
}

static void a_simple_packet_has_the_offset_of_its_clock_as_time(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_section(&sample);
    sample_clock(&sample, 1, 6, 3600);
    put_simple(&sample, 4, 's', 4);
    struct reading reading = reading_whole(&sample, 1);
    assert_int_equal(reading.records[0].time_ns, 3600000000000); /* as libpcap has it */
    reading_free(&reading);
}

static void blocks_of_other_kinds_are_skipped_however_long(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_section(&sample);
    sample_block(&sample, NG_NAMES);
    sample_fill(&sample, 0xff, 20);
    sample_block_end(&sample, 0);
    sample_interface(&sample, 1, 0);
    sample_enhanced(&sample, 0, 1, 'a', 10);
    sample_block(&sample, 0x80000001);
    sample_fill(&sample, 6, 3 << 20);
    sample_block_end(&sample, 0);
    sample_block(&sample, 0xbad);
    sample_block_end(&sample, 0);
    sample_enhanced(&sample, 0, 2, 'b', 10);
    struct reading reading = reading_whole(&sample, 2);
    assert_filled(&reading.records[1], 'b', 10);
    reading_free(&reading);
}

static void options_after_a_packet_are_not_its_bytes(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_section(&sample);
    sample_interface(&sample, 1, 0);
    sample_block(&sample, NG_ENHANCED);
    sample_u32(&sample, 0);
    sample_u64(&sample, 0);
    sample_u32(&sample, 5);
    sample_u32(&sample, 50);
    sample_put(&sample, "abcde\0\0\0", 8);
    sample_u16(&sample, 1);
    sample_u16(&sample, 3);
    sample_put(&sample, "why", 4);
    sample_u32(&sample, 0);
    sample_block_end(&sample, 1);
    struct reading reading = reading_whole(&sample, 1);
    assert_int_equal(reading.records[0].cap_length, 5);
    assert_memory_equal(reading.records[0].bytes, "abcde", 5);
    assert_int_equal(reading.records[0].wire_length, 50);
    reading_free(&reading);
}

static void packets_across_blocks_are_whole(void **state)
{
    (void)state;
    enum { PACKETS = 2000 };
    struct sample sample = {0};
    sample_section(&sample);
    sample_interface(&sample, 1, 0);
    for (uint32_t i = 0; i < PACKETS; i++)
        sample_enhanced(&sample, 0, i, (uint8_t)i, i % 1500);
    struct reading reading = reading_whole(&sample, PACKETS);
    for (uint32_t i = 0; i < PACKETS; i++) {
        assert_filled(&reading.records[i], (uint8_t)i, i % 1500);
        assert_int_equal(reading.records[i].frame, i + 1);
    }
    reading_free(&reading);
}

static void a_section_without_interfaces_or_packets_is_no_error(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_section(&sample);
    struct reading reading = reading_whole(&sample, 0);
    reading_free(&reading);
}

/* Reads the sample, to which something wrong was added after `packets` packets, and ends it. */
static void assert_damaged(struct sample *sample, size_t packets, const char *why)
{
    struct reading reading = reading_of(sample);
    sample_free(sample);
    assert_int_equal(reading.status, -1);
    assert_int_equal(reading.count, packets);
    assert_string_equal(reading.error.text, why);
    reading_free(&reading);
}

/* A section, an interface, a packet: 28 + 20 + 36 bytes. */
static struct sample sample_sound(void)
{
    struct sample sample = {0};
    sample_section(&sample);
    sample_interface(&sample, 1, 0);
    sample_enhanced(&sample, 0, 1, 'a', 4);
    assert_int_equal(sample.size, 84);
    return sample;
}

static void lengths_that_make_no_sense_are_damage(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 4, 8, 11, 13, 34, 37, 0xfffffff0, 0xffffffff};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct sample sample = sample_sound();
        sample_u32(&sample, NG_ENHANCED);
        sample_u32(&sample, lengths[i]);
        sample_fill(&sample, 0, 100);
        assert_damaged(&sample, 1, "damaged at byte 84: frame 2: its length makes no sense");
    }
}

static void an_unknown_block_of_length_zero_is_damage(void **state)
{
    (void)state;
    struct sample sample = sample_sound();
    sample_u32(&sample, 0xbad);
    sample_u32(&sample, 0);
    assert_damaged(&sample, 1,
                   "damaged at byte 84: a block of type 0x00000bad: its length makes no sense");
}

static void an_unknown_block_beyond_the_end_is_a_cut(void **state)
{
    (void)state;
    struct sample sample = sample_sound();
    sample_u32(&sample, 0xbad);
    sample_u32(&sample, 0xfffffff0);
    sample_fill(&sample, 0, 92);
    assert_damaged(&sample, 1, "truncated at byte 184, inside a block of type 0x00000bad");
}

static void a_cut_packet_says_where(void **state)
{
    (void)state;
    struct sample sample = sample_sound();
    sample.size -= 1;
    assert_damaged(&sample, 0, "truncated at byte 83, inside the block of frame 1");
}

static void a_length_that_is_not_repeated_is_damage(void **state)
{
    (void)state;
    struct sample sample = sample_sound();
    sample.bytes[sample.size - 4]++;
    assert_damaged(&sample, 0,
                   "damaged at byte 48: frame 1: its length is not repeated at its end");
}

static void a_packet_longer_than_its_block_is_damage(void **state)
{
    (void)state;
    struct sample sample = sample_sound();
    sample.bytes[48 + 20] = 5;
    assert_damaged(&sample, 0, "damaged at byte 48: frame 1: it is longer than its block");
    sample = sample_sound();
    put_simple(&sample, 9, 's', 8);
    assert_damaged(&sample, 1, "damaged at byte 84: frame 2: it is longer than its block");
}

static void a_block_too_short_for_a_packet_is_damage(void **state)
{
    (void)state;
    static const uint32_t types[] = {NG_ENHANCED, NG_PACKET, NG_SIMPLE};
    for (size_t i = 0; i < 3; i++) {
        struct sample sample = sample_sound();
        sample_block(&sample, types[i]);
        sample_block_end(&sample, 1);
        assert_damaged(&sample, 1, "damaged at byte 84: frame 2: its block is too short");
    }
}

static void a_packet_on_an_unknown_interface_is_damage(void **state)
{
    (void)state;
    static const char why[] =
        "damaged at byte 84: frame 2: it is on an interface that is not described";
    struct sample sample = sample_sound();
    sample_enhanced(&sample, 1, 1, 'b', 4);
    assert_damaged(&sample, 1, why);
    sample = sample_sound();
    sample_enhanced(&sample, 0xffffffff, 1, 'b', 4);
    assert_damaged(&sample, 1, why);
    sample = sample_sound();
    put_obsolete(&sample, 1, 1, 4);
    assert_damaged(&sample, 1, why);
    sample = sample_sound();
    sample_section(&sample); /* forgets the interface */
    put_simple(&sample, 4, 's', 4);
    assert_damaged(&sample, 1,
                   "damaged at byte 112: frame 2: it is on an interface that is not described");
}

static void a_section_header_must_say_its_byte_order_and_version(void **state)
{
    (void)state;
    struct sample sample = sample_sound();
    sample_section(&sample);
    sample.bytes[84 + 8]++;
    assert_damaged(
        &sample, 1,
        "damaged at byte 84: a block of type 0x0a0d0d0a: its byte-order magic is missing");
    sample = sample_sound();
    sample_section(&sample);
    sample.bytes[84 + 12] = 2;
    assert_damaged(
        &sample, 1,
        "damaged at byte 84: a block of type 0x0a0d0d0a: of a version that cannot be read");
}

/* An interface with one option of which only the length is told. */
static struct sample sample_option(uint16_t code, uint16_t length)
{
    struct sample sample = {0};
    sample_section(&sample);
    sample_block(&sample, NG_INTERFACE);
    sample_u64(&sample, 1);
    sample_u16(&sample, code);
    sample_u16(&sample, length);
    sample_fill(&sample, 6, 8);
    sample_block_end(&sample, 0);
    sample_enhanced(&sample, 0, 1000000, 'a', 4);
    return sample;
}

static void options_that_make_no_sense_are_damage(void **state)
{
    (void)state;
    static const struct {
        uint16_t code, length;
    } wrong[] = {{9, 2}, {9, 8}, {14, 7}, {2, 9}, {2, 0xffff}, {2, 0xfffd}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sample sample = sample_option(wrong[i].code, wrong[i].length);
        struct reading reading = reading_of(&sample);
        assert_int_equal(reading.status, -1);
        assert_int_equal(reading.count, 0);
        assert_non_null(strstr(reading.error.text, "damaged at byte 28: "));
        assert_non_null(strstr(reading.error.text, "option"));
        reading_free(&reading);
        sample_free(&sample);
    }
}

static void options_that_say_nothing_of_time_are_passed_over(void **state)
{
    (void)state;
    struct sample sample = sample_option(2, 8);
    struct reading reading = reading_whole(&sample, 1);
    assert_int_equal(reading.records[0].time_ns, 1000000000);
    reading_free(&reading);
    sample = sample_option(0, 0); /* the end of the options: what follows is none */
    reading = reading_whole(&sample, 1);
    reading_free(&reading);
}

/* 500,000 descriptions: read in no time, and only so many kept. */
static void interfaces_beyond_the_cap_are_told(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_section(&sample);
    for (uint32_t i = 0; i < 500000; i++)
        sample_interface(&sample, 1, 0);
    sample_enhanced(&sample, 65535, 1, 'a', 4);
    sample_enhanced(&sample, 65536, 1, 'b', 4);
    assert_damaged(&sample, 1,
                   "damaged at byte 10000064: frame 2: it is on an interface beyond the first "
                   "65,536 of its section");
}

/* The attributes of NFLOG frames come in this machine's byte order, as libpcap gives them. */
static void nflog_frames_are_turned(void **state)
{
    (void)state;
    static const uint8_t big[] = {2, 0, 0, 7, 0, 6, 0, 10, 'e', 't', 0, 0, 0, 8, 0, 9, 1, 2, 3, 4};
    static const uint8_t little[] = {2, 0, 0, 7, 6, 0, 10, 0, 'e', 't',
                                     0, 0, 8, 0, 9, 0, 1,  2, 3,   4};
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct sample sample = {.big_endian = big_endian};
        sample_section(&sample);
        sample_interface(&sample, 239, 0);
        sample_block(&sample, NG_ENHANCED);
        sample_u32(&sample, 0);
        sample_u64(&sample, 0);
        sample_u32(&sample, sizeof big);
        sample_u32(&sample, sizeof big);
        sample_put(&sample, big_endian ? big : little, sizeof big);
        sample_block_end(&sample, 1);
        struct reading reading = reading_whole(&sample, 1);
        uint16_t length;
        memcpy(&length, reading.records[0].bytes + 4, 2);
        assert_int_equal(length, 6);
        memcpy(&length, reading.records[0].bytes + 12, 2);
        assert_int_equal(length, 8);
        assert_memory_equal(reading.records[0].bytes + 16, "\1\2\3\4", 4);
        reading_free(&reading);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_packet_blocks_are_read),
    cmocka_unit_test(sections_have_their_own_byte_order_and_interfaces),
    cmocka_unit_test(interfaces_have_their_own_clocks),
    cmocka_unit_test(a_simple_packet_has_the_offset_of_its_clock_as_time),
    cmocka_unit_test(blocks_of_other_kinds_are_skipped_however_long),
    cmocka_unit_test(options_after_a_packet_are_not_its_bytes),
    cmocka_unit_test(packets_across_blocks_are_whole),
    cmocka_unit_test(a_section_without_interfaces_or_packets_is_no_error),
    cmocka_unit_test(lengths_that_make_no_sense_are_damage),
    cmocka_unit_test(an_unknown_block_of_length_zero_is_damage),
    cmocka_unit_test(an_unknown_block_beyond_the_end_is_a_cut),
    cmocka_unit_test(a_cut_packet_says_where),
    cmocka_unit_test(a_length_that_is_not_repeated_is_damage),
    cmocka_unit_test(a_packet_longer_than_its_block_is_damage),
    cmocka_unit_test(a_block_too_short_for_a_packet_is_damage),
    cmocka_unit_test(a_packet_on_an_unknown_interface_is_damage),
    cmocka_unit_test(a_section_header_must_say_its_byte_order_and_version),
    cmocka_unit_test(options_that_make_no_sense_are_damage),
    cmocka_unit_test(options_that_say_nothing_of_time_are_passed_over),
    cmocka_unit_test(interfaces_beyond_the_cap_are_told),
    cmocka_unit_test(nflog_frames_are_turned),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
