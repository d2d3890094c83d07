/* Classic pcap: each record is what the bytes say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

static void assert_filled(const struct record *record, uint8_t fill, uint32_t length)
{
    assert_int_equal(record->cap_length, length);
    for (uint32_t i = 0; i < length; i++)
        assert_int_equal(record->bytes[i], fill);
}

static void assert_three_frames(uint32_t magic, bool big_endian, int64_t unit_ns)
{
    struct sample sample = {.big_endian = big_endian};
    sample_pcap(&sample, magic, 262144, 113);
    sample_record(&sample, 1700000000, 123456, 'a', 60);
    sample_record(&sample, 1700000001, 0, 'b', 0);
    sample_record(&sample, 1699999999, 999999, 'c', 1500);
    struct reading reading = reading_whole(&sample, 3);
    const struct record *records = reading.records;

    assert_int_equal(records[0].time_ns, 1700000000000000000 + 123456 * unit_ns);
    assert_int_equal(records[1].time_ns, 1700000001000000000);
    assert_int_equal(records[2].time_ns, 1699999999000000000 + 999999 * unit_ns);
    assert_filled(&records[0], 'a', 60);
    assert_filled(&records[1], 'b', 0);
    assert_filled(&records[2], 'c', 1500);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(records[i].frame, i + 1);
        assert_int_equal(records[i].link_type, 113);
        assert_int_equal(records[i].interface, 0);
        assert_int_equal(records[i].capture, 7);
        assert_int_equal(records[i].wire_length, records[i].cap_length);
    }
    reading_free(&reading);
}

static void both_byte_orders_and_precisions_are_read(void **state)
{
    (void)state;
    assert_three_frames(PCAP_US, false, 1000);
    assert_three_frames(PCAP_US, true, 1000);
    assert_three_frames(PCAP_NS, false, 1);
    assert_three_frames(PCAP_NS, true, 1);
}

static void a_file_without_records_is_no_error(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    struct reading reading = reading_whole(&sample, 0);
    reading_free(&reading);
}

/* A file of version 2.`minor` (or 543.0) with one record of 4 bytes, whose two lengths are given.
 */
static struct reading read_version(uint16_t major, uint16_t minor, uint32_t first, uint32_t second)
{
    struct sample sample = {.big_endian = true};
    sample_u32(&sample, PCAP_US);
    sample_u16(&sample, major);
    sample_u16(&sample, minor);
    sample_u64(&sample, 0);
    sample_u32(&sample, 65535);
    sample_u32(&sample, 1);
    sample_u64(&sample, 0x1000000000);
    sample_u32(&sample, first);
    sample_u32(&sample, second);
    sample_fill(&sample, 'x', 4);
    struct reading reading = reading_of(&sample);
    sample_free(&sample);
    return reading;
}

static void assert_lengths(struct reading reading)
{
    assert_int_equal(reading.status, 0);
    assert_int_equal(reading.count, 1);
    assert_filled(&reading.records[0], 'x', 4);
    assert_int_equal(reading.records[0].wire_length, 60);
    reading_free(&reading);
}

static void old_versions_have_their_lengths_the_other_way_round(void **state)
{
    (void)state;
    assert_lengths(read_version(2, 4, 4, 60));
    assert_lengths(read_version(2, 3, 4, 60)); /* programs disagree: */
    assert_lengths(read_version(2, 3, 60, 4)); /* the smaller was captured */
    assert_lengths(read_version(2, 2, 60, 4));
    assert_lengths(read_version(2, 0, 60, 4));
    assert_lengths(read_version(543, 0, 60, 4)); /* DG/UX */
}

static void unknown_versions_are_refused(void **state)
{
    (void)state;
    struct reading reading = read_version(2, 5, 4, 60);
    assert_false(reading.opened);
    assert_string_equal(reading.error.text, "is a pcap file of version 2.5, which cannot be read");
    reading_free(&reading);
    reading = read_version(1, 2, 4, 60);
    assert_false(reading.opened);
    reading_free(&reading);
}

static void link_types_are_told_without_the_bits_about_fcs(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 0x24000001);
    sample_record(&sample, 1, 0, 'a', 60);
    struct reading reading = reading_whole(&sample, 1);
    assert_int_equal(reading.records[0].link_type, 1);
    reading_free(&reading);
}

/* libpcap gives as much of a record as the snap length of its file allows. */
static void records_beyond_the_snap_length_are_cut_to_it(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 40, 1);
    sample_record(&sample, 1, 0, 'a', 60);
    sample_record(&sample, 2, 0, 'b', 40);
    struct reading reading = reading_whole(&sample, 2);
    assert_filled(&reading.records[0], 'a', 40);
    assert_int_equal(reading.records[0].wire_length, 60);
    assert_filled(&reading.records[1], 'b', 40);
    reading_free(&reading);
}

static void a_snap_length_of_zero_or_beyond_sense_is_no_limit(void **state)
{
    (void)state;
    static const uint32_t snap_lengths[] = {0, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < 3; i++) {
        struct sample sample = {0};
        sample_pcap(&sample, PCAP_US, snap_lengths[i], 1);
        sample_record(&sample, 1, 0, 'a', 262144);
        struct reading reading = reading_whole(&sample, 1);
        assert_filled(&reading.records[0], 'a', 262144);
        reading_free(&reading);
    }
}

static void a_fraction_beyond_a_second_carries_over(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    sample_record(&sample, 10, 4000000000, 'a', 1);
    sample_record(&sample, 0xffffffff, 0xffffffff, 'a', 1);
    struct reading reading = reading_whole(&sample, 2);
    assert_int_equal(reading.records[0].time_ns, 4010000000000);
    assert_int_equal(reading.records[1].time_ns, 4294967295000000000 + 4294967295000);
    reading_free(&reading);
}

/* More than one block holds, so that records lie across the ends of blocks. */
static void records_across_blocks_are_whole(void **state)
{
    (void)state;
    enum { RECORDS = 3000 };
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 262144, 1);
    for (uint32_t i = 0; i < RECORDS; i++)
        sample_record(&sample, i, i, (uint8_t)i, i % 1500);
    sample_record(&sample, RECORDS, 0, 'L', 262144);
    sample_record(&sample, RECORDS + 1, 0, 'M', 262143);
    struct reading reading = reading_whole(&sample, RECORDS + 2);
    for (uint32_t i = 0; i < RECORDS; i++) {
        assert_filled(&reading.records[i], (uint8_t)i, i % 1500);
        assert_int_equal(reading.records[i].time_ns, i * INT64_C(1000001000));
        assert_int_equal(reading.records[i].frame, i + 1);
    }
    assert_filled(&reading.records[RECORDS], 'L', 262144);
    assert_filled(&reading.records[RECORDS + 1], 'M', 262143);
    reading_free(&reading);
}

static void a_record_of_impossible_length_is_damage(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    sample_record(&sample, 1, 0, 'a', 60);
    sample_u64(&sample, 1);
    sample_u32(&sample, 0xfffffff0);
    sample_u32(&sample, 60);
    sample_fill(&sample, 'b', 60);
    struct reading reading = reading_of(&sample);
    assert_int_equal(reading.status, -1);
    assert_int_equal(reading.count, 1);
    assert_string_equal(reading.error.text,
                        "damaged at byte 100: frame 2 claims to be 4294967280 bytes long");
    reading_free(&reading);
    sample_free(&sample);
}

static void a_cut_record_says_where(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    sample_record(&sample, 1, 0, 'a', 60);
    sample_record(&sample, 2, 0, 'b', 60);
    sample.size -= 5;
    struct reading reading = reading_of(&sample);
    assert_int_equal(reading.status, -1);
    assert_int_equal(reading.count, 1);
    assert_string_equal(reading.error.text, "truncated at byte 171, inside the record of frame 2");
    reading_free(&reading);
    sample_free(&sample);
}

static void a_long_tail_of_zeros_is_damage_and_not_packets(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    sample_record(&sample, 1, 0, 'a', 60);
    sample_fill(&sample, 0, 1 << 20);
    struct reading reading = reading_of(&sample);
    assert_int_equal(reading.status, -1);
    assert_int_equal(reading.count, 1);
    assert_string_equal(reading.error.text,
                        "damaged at byte 100: zeros in place of frame 2 and all that follow");
    reading_free(&reading);
    sample_free(&sample);
}

/* 1,023 records of zeros in a row are given, wherever they stand; records that have a time but no
 * length, however many. */
static void empty_records_elsewhere_are_given(void **state)
{
    (void)state;
    struct sample sample = {0};
    sample_pcap(&sample, PCAP_US, 65535, 1);
    for (uint32_t run = 0; run < 3; run++) {
        sample_fill(&sample, 0, 1023 * 16);
        sample_record(&sample, 5, 0, 'a', run);
        for (uint32_t i = 0; i < 3000; i++)
            sample_record(&sample, 1, i, 0, 0);
    }
    sample_fill(&sample, 0, 1023 * 16);
    struct reading reading = reading_whole(&sample, 3 * (1023 + 1 + 3000) + 1023);
    assert_int_equal(reading.records[1022].time_ns, 0);
    assert_int_equal(reading.records[1023].time_ns, 5000000000);
    reading_free(&reading);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(both_byte_orders_and_precisions_are_read),
    cmocka_unit_test(a_file_without_records_is_no_error),
    cmocka_unit_test(old_versions_have_their_lengths_the_other_way_round),
    cmocka_unit_test(unknown_versions_are_refused),
    cmocka_unit_test(link_types_are_told_without_the_bits_about_fcs),
    cmocka_unit_test(records_beyond_the_snap_length_are_cut_to_it),
    cmocka_unit_test(a_snap_length_of_zero_or_beyond_sense_is_no_limit),
    cmocka_unit_test(a_fraction_beyond_a_second_carries_over),
    cmocka_unit_test(records_across_blocks_are_whole),
    cmocka_unit_test(a_record_of_impossible_length_is_damage),
    cmocka_unit_test(a_cut_record_says_where),
    cmocka_unit_test(a_long_tail_of_zeros_is_damage_and_not_packets),
    cmocka_unit_test(empty_records_elsewhere_are_given),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
