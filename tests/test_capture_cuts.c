/* Captures that were cut at every byte, and captures with bytes changed at random: never a crash
 * (the sanitizers watch), always what libpcap reads, and damage is told. */
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/linktype.h"
#include "sample.h"

enum { ROUNDS = 4000, CHANGES_MOST = 4 };

static struct sample sample_classic(uint32_t magic, bool big_endian, uint16_t minor)
{
    struct sample sample = {.big_endian = big_endian};
    sample_pcap(&sample, magic, 50, 1);
    sample.bytes[big_endian ? 7 : 6] = (uint8_t)minor;
    sample_record(&sample, 1700000000, 1, 'a', 30);
    sample_record(&sample, 1700000001, 2, 'b', 0);
    sample_record(&sample, 1700000002, 3, 'c', 50);
    sample_record(&sample, 1700000003, 4, 'd', 1);
    return sample;
}

/* The blocks that libpcap reads, too: one link type, one snap length, one byte order. */
static struct sample sample_ng(bool big_endian)
{
    struct sample sample = {.big_endian = big_endian};
    sample_section(&sample);
    sample_interface(&sample, 1, 200);
    sample_enhanced(&sample, 0, 1700000000000001, 'a', 30);
    sample_interface(&sample, 1, 200);
    sample_block(&sample, NG_NAMES);
    sample_fill(&sample, 'n', 12);
    sample_block_end(&sample, 0);
    sample_block(&sample, NG_SIMPLE);
    sample_u32(&sample, 9);
    sample_fill(&sample, 's', 9);
    sample_block_end(&sample, 1);
    sample_enhanced(&sample, 1, 1700000000000002, 'b', 7);
    sample_block(&sample, NG_PACKET);
    sample_u16(&sample, 1);
    sample_u16(&sample, 0);
    sample_u64(&sample, 1);
    sample_u32(&sample, 3);
    sample_u32(&sample, 60);
    sample_fill(&sample, 'o', 3);
    sample_block_end(&sample, 1);
    sample_section(&sample);
    sample_interface(&sample, 1, 200);
    sample_enhanced(&sample, 0, 1700000000000003, 'c', 5);
    return sample;
}

enum { SAMPLES = 8 };

static struct sample sample_number(int number)
{
    switch (number) {
    case 0:
        return sample_classic(PCAP_US, false, 4);
    case 1:
        return sample_classic(PCAP_US, true, 4);
    case 2:
        return sample_classic(PCAP_NS, false, 4);
    case 3:
        return sample_classic(PCAP_NS, true, 4);
    case 4:
        return sample_classic(PCAP_US, false, 3);
    case 5:
        return sample_classic(PCAP_US, true, 2);
    default:
        return sample_ng(number == 7);
    }
}

static struct reading read_cut(const struct sample *sample, size_t size)
{
    char *path = sample_save(sample, size);
    struct reading reading = reading_of_file(path);
    unlink(path);
    free(path);
    return reading;
}

static void assert_cut(const struct sample *sample, size_t size)
{
    size_t packets = 0;
    bool clean = false;
    for (size_t i = 0; i < sample->mark_count && sample->marks[i].end <= size; i++) {
        packets = sample->marks[i].packets;
        clean = sample->marks[i].end == size;
    }

    struct reading reading = read_cut(sample, size);
    assert_int_equal(reading.count, packets);
    assert_int_equal(reading.status, clean ? 0 : -1);
    assert_int_equal(reading.opened, size >= sample->marks[0].end);
    assert_int_equal(error_is_set(&reading.error), !clean);
    if (!clean && reading.opened) {
        char where[64];
        snprintf(where, sizeof where, "truncated at byte %zu, inside ", size);
        assert_int_equal(strncmp(reading.error.text, where, strlen(where)), 0);
    }
    for (size_t i = 0; i < reading.count; i++)
        assert_int_equal(reading.records[i].frame, i + 1);
    reading_free(&reading);
}

static void a_cut_at_every_byte_gives_the_whole_records_before_it(void **state)
{
    (void)state;
    for (int number = 0; number < SAMPLES; number++) {
        struct sample sample = sample_number(number);
        for (size_t size = 0; size <= sample.size; size++)
            assert_cut(&sample, size);
        sample_free(&sample);
    }
}

static uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void change(struct sample *sample, uint32_t *random)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x03, 0x04, 0x0b, 0x0c, 0x7f, 0x80, 0xff};
    for (uint32_t left = 1 + random_next(random) % CHANGES_MOST; left > 0; left--) {
        uint8_t *p = &sample->bytes[random_next(random) % sample->size];
        uint32_t how = random_next(random);
        if (how % 3 == 0)
            *p = (uint8_t)(how >> 8);
        else if (how % 3 == 1)
            *p = edges[(how >> 8) % sizeof edges];
        else
            *p ^= (uint8_t)(1u << (how >> 8) % 8);
    }
}

/* libpcap takes the seconds of a pcap in this machine's byte order as signed, the others as
 * unsigned; beyond 2038 that differs. The fraction is as long as it likes. */
static bool time_agrees(int64_t ours, int64_t theirs)
{
    int64_t wrap_s = INT64_C(0x100000000) * 1000000000;
    for (int64_t fraction = 0; fraction < 2; fraction++) {
        int64_t wrap = fraction * INT64_C(0x100000000);
        if (ours == theirs || ours == theirs + wrap_s || ours == theirs + wrap ||
            ours == theirs + wrap * 1000 || ours == theirs + wrap_s + wrap ||
            ours == theirs + wrap_s + wrap * 1000)
            return true;
    }
    return false;
}

static bool in_range(int64_t time_ns)
{
    return time_ns > -RECORD_TIME_MOST && time_ns < RECORD_TIME_MOST;
}

/* Of files in the other byte order libpcap turns headers of these link types, too. We leave them
 * as they are: what we read of them are single bytes, and numbers of a fixed byte order. */
static bool is_turned_by_libpcap(int dlt)
{
    static const int turned[] = {DLT_USB_LINUX, DLT_USB_LINUX_MMAPPED, DLT_PFLOG, DLT_LINUX_SLL};
    for (size_t i = 0; i < sizeof turned / sizeof turned[0]; i++)
        if (turned[i] == dlt)
            return true;
    return false;
}

static void assert_same_record(const struct record *ours, const struct record *theirs, int dlt)
{
    assert_int_equal(ours->cap_length, theirs->cap_length);
    assert_int_equal(ours->wire_length, theirs->wire_length);
    if (!is_turned_by_libpcap(dlt))
        assert_memory_equal(ours->bytes, theirs->bytes, ours->cap_length);
    if (ours->link_type != LINKTYPE_NONE)
        assert_int_equal(linktype_to_dlt(ours->link_type), dlt);
    if (in_range(ours->time_ns))
        assert_true(time_agrees(ours->time_ns, theirs->time_ns));
}

/* A classic file is read as far as libpcap reads it, and no further; a pcapng file at least so
 * far. */
static void assert_as_libpcap(const char *path, bool classic)
{
    struct reading ours = reading_of_file(path), theirs = reading_by_libpcap(path);
    assert_true(ours.count >= theirs.count);
    for (size_t i = 0; i < theirs.count; i++)
        assert_same_record(&ours.records[i], &theirs.records[i], theirs.dlt);
    if (theirs.status == 0 || classic) {
        assert_int_equal(ours.count, theirs.count);
        assert_int_equal(ours.status, theirs.status);
        assert_int_equal(ours.opened, theirs.opened);
    }
    assert_int_equal(error_is_set(&ours.error), ours.status != 0);
    reading_free(&ours);
    reading_free(&theirs);
}

static void changed_bytes_are_read_as_libpcap_reads_them(void **state)
{
    (void)state;
    uint32_t random = 20261121;
    for (int round = 0; round < ROUNDS; round++) {
        int number = round % SAMPLES;
        struct sample sample = sample_number(number);
        change(&sample, &random);
        char *path = sample_save(&sample, sample.size);
        assert_as_libpcap(path, number < 6);
        unlink(path);
        free(path);
        sample_free(&sample);
    }
}

/* What libpcap refuses: clocks of all kinds, several link types and byte orders. */
static void changed_bytes_never_crash(void **state)
{
    (void)state;
    uint32_t random = 1981;
    for (int round = 0; round < ROUNDS; round++) {
        struct sample sample = {.big_endian = round % 2};
        sample_section(&sample);
        sample_clock(&sample, 1, (uint8_t)random_next(&random),
                     (int64_t)random * (1 << random % 31));
        sample_clock(&sample, 239, 0xa0, 0);
        sample_enhanced(&sample, 0, (uint64_t)random << 32, 'a', 20);
        sample_enhanced(&sample, 1, UINT64_MAX, 0, 20);
        sample.big_endian = !sample.big_endian;
        sample_section(&sample);
        sample_interface(&sample, 101, 0);
        sample_enhanced(&sample, 0, 1, 4, 40);
        change(&sample, &random);
        struct reading reading = reading_of(&sample);
        assert_in_range(reading.count, 0, 3);
        assert_int_equal(error_is_set(&reading.error), reading.status != 0);
        for (size_t i = 0; i < reading.count; i++)
            assert_true(llabs(reading.records[i].time_ns) <= RECORD_TIME_MOST);
        reading_free(&reading);
        sample_free(&sample);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_cut_at_every_byte_gives_the_whole_records_before_it),
    cmocka_unit_test(changed_bytes_are_read_as_libpcap_reads_them),
    cmocka_unit_test(changed_bytes_never_crash),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
