/* Compressed captures: read like plain ones, and what is wrong with them said in one line. The
 * compressed bytes are written by hand, in blocks that hold their bytes as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/compress.h"
#include "capture/source.h"
#include "sample.h"

enum {
    FRAMES = 40,
    GZIP_HEADER = 10,
    GZIP_STORED = 5, /* header of a stored block */
    GZIP_TRAILER = 8,
    GZIP_STORED_MOST = 65535,
    ZSTD_BLOCK_MOST = 128 * 1024,
    ZSTD_CHECKSUM = 4,
    ZEROS_MOST = 1024 * 1024,
    FLIPS = 8,
};

/* ---- writing it ------------------------------------------------------------------------------ */

/* RFC 1952, section 8, a bit at a time. */
static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return ~crc;
}

/* One member (RFC 1952) of stored blocks (RFC 1951, 3.2.4). */
static void gzip_put(struct sample *to, const uint8_t *bytes, size_t size)
{
    static const uint8_t header[GZIP_HEADER] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    size_t at = 0;
    sample_put(to, header, sizeof header);
    do {
        size_t part = size - at < GZIP_STORED_MOST ? size - at : GZIP_STORED_MOST;
        sample_fill(to, at + part == size, 1);
        sample_u16(to, (uint16_t)part);
        sample_u16(to, (uint16_t)~part);
        sample_put(to, bytes + at, part);
        at += part;
    } while (at < size);
    sample_u32(to, crc32_of(bytes, size));
    sample_u32(to, (uint32_t)size);
}

/* RFC 8878, 3.1.1: a frame without size or checksum, its window as the descriptor says (3.1.1.1.2:
 * 2 to the power of 10 + its upper five bits). */
static void zstd_begin(struct sample *to, uint8_t window)
{
    sample_u32(to, 0xfd2fb528);
    sample_fill(to, 0, 1);
    sample_fill(to, window, 1);
}

/* 3.1.1.2: type 0 is raw, 1 one byte many times. */
static void zstd_block(struct sample *to, bool last, uint32_t type, uint32_t size)
{
    uint32_t header = (uint32_t)last | type << 1 | size << 3;
    sample_u16(to, (uint16_t)header);
    sample_fill(to, (uint8_t)(header >> 16), 1);
}

static void zstd_put(struct sample *to, const uint8_t *bytes, size_t size)
{
    zstd_begin(to, 10 << 3);
    size_t at = 0;
    do {
        size_t part = size - at < ZSTD_BLOCK_MOST ? size - at : ZSTD_BLOCK_MOST;
        zstd_block(to, at + part == size, 0, (uint32_t)part);
        sample_put(to, bytes + at, part);
        at += part;
    } while (at < size);
}

static const struct kind {
    const char *name;
    uint8_t magic[CODEC_MAGIC_SIZE];
    void (*put)(struct sample *to, const uint8_t *bytes, size_t size);
} gzip = {"gzip", {0x1f, 0x8b, 8, 0}, gzip_put},
  zstd = {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, zstd_put};

/* Skips the test where this build cannot decompress it. */
static void need(const struct kind *kind)
{
    if (compress_find(kind->magic) != NULL)
        return;
    print_message("no %s in this build\n", kind->name);
    skip();
}

/* The kind of compression that a test runs for. */
static const struct kind *kind_of(void **state)
{
    const struct kind *kind = *state;
    need(kind);
    return kind;
}

static struct sample plain_pcap(void)
{
    struct sample plain = {0};
    sample_pcap(&plain, PCAP_US, 65535, 1);
    for (uint32_t i = 0; i < FRAMES; i++)
        sample_record(&plain, 1000 + i, i, (uint8_t)(i + 1), 20 + i * 7);
    return plain;
}

static struct sample plain_pcapng(void)
{
    struct sample plain = {.big_endian = true};
    sample_section(&plain);
    sample_interface(&plain, 1, 0);
    for (uint32_t i = 0; i < FRAMES; i++)
        sample_enhanced(&plain, 0, i, (uint8_t)i, i * 5000);
    return plain;
}

static struct sample packed(const struct kind *kind, const struct sample *plain)
{
    struct sample sample = {0};
    kind->put(&sample, plain->bytes, plain->size);
    return sample;
}

static void assert_same(const struct reading *a, const struct reading *b, size_t count)
{
    assert_true(a->count >= count && b->count >= count);
    for (size_t i = 0; i < count; i++) {
        const struct record *x = &a->records[i], *y = &b->records[i];
        assert_int_equal(x->time_ns, y->time_ns);
        assert_int_equal(x->frame, y->frame);
        assert_int_equal(x->wire_length, y->wire_length);
        assert_int_equal(x->cap_length, y->cap_length);
        assert_memory_equal(x->bytes, y->bytes, x->cap_length);
    }
}

static void assert_reads_as(const struct sample *sample, const struct sample *plain)
{
    struct reading reading = reading_of(sample), whole = reading_of(plain);
    assert_string_equal(reading.error.text, "");
    assert_int_equal(reading.status, 0);
    assert_int_equal(reading.count, FRAMES);
    assert_same(&reading, &whole, FRAMES);
    reading_free(&reading);
    reading_free(&whole);
}

/* That it cannot be opened, and why; ends the sample. */
static void assert_refused(struct sample *sample, const char *why)
{
    struct reading reading = reading_of(sample);
    assert_false(reading.opened);
    assert_string_equal(reading.error.text, why);
    reading_free(&reading);
    sample_free(sample);
}

/* That all is read, and then the line comes, with the numbers put into it; ends the sample. */
static void assert_ends_with(struct sample *sample, const char *format, ...)
{
    char line[ERROR_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct reading reading = reading_of(sample);
    assert_true(reading.opened);
    assert_string_equal(reading.error.text, line);
    assert_int_equal(reading.status, -1);
    assert_int_equal(reading.count, FRAMES);
    reading_free(&reading);
    sample_free(sample);
}

/* ---- tests, for gzip and zstd ------------------------------------------------------------------
 */

static void a_compressed_capture_is_read_like_a_plain_one(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plains[] = {plain_pcap(), plain_pcapng()};
    for (size_t i = 0; i < 2; i++) {
        struct sample sample = packed(kind, &plains[i]);
        assert_reads_as(&sample, &plains[i]);
        sample_free(&sample);
        sample_free(&plains[i]);
    }
}

static void members_that_follow_one_another_are_one_capture(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcap();
    for (size_t cut = 0; cut <= plain.size; cut += 17) {
        struct sample sample = {0};
        kind->put(&sample, plain.bytes, cut / 2);
        kind->put(&sample, plain.bytes, 0);
        kind->put(&sample, plain.bytes + cut / 2, cut - cut / 2);
        kind->put(&sample, plain.bytes + cut, plain.size - cut);
        assert_reads_as(&sample, &plain);
        sample_free(&sample);
    }
    sample_free(&plain);
}

static void a_cut_one_gives_what_stands_before_the_cut(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcap(), sample = packed(kind, &plain);
    struct reading whole = reading_of(&plain);
    size_t size = sample.size, before = 0;
    for (sample.size = CODEC_MAGIC_SIZE; sample.size < size; sample.size++) {
        char line[ERROR_TEXT_SIZE];
        snprintf(line, sizeof line, "truncated at byte %zu, inside the %s data", sample.size,
                 kind->name);
        struct reading reading = reading_of(&sample);
        assert_int_equal(reading.status, -1);
        assert_string_equal(reading.error.text, line);
        assert_true(reading.count >= before);
        assert_same(&reading, &whole, reading.count);
        before = reading.count;
        reading_free(&reading);
    }
    sample_free(&sample);
    sample_free(&plain);
    reading_free(&whole);
}

static void damage_anywhere_is_survived(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcap(), sample = packed(kind, &plain);
    for (size_t i = 0; i < sample.size * FLIPS; i += 11) {
        sample.bytes[i / FLIPS] ^= (uint8_t)(1 << i % FLIPS);
        struct reading reading = reading_of(&sample);
        assert_int_equal(error_is_set(&reading.error), reading.status != 0);
        assert_null(strchr(reading.error.text, '\n'));
        reading_free(&reading);
        sample.bytes[i / FLIPS] ^= (uint8_t)(1 << i % FLIPS);
    }
    assert_reads_as(&sample, &plain);
    sample_free(&sample);
    sample_free(&plain);
}

static void what_follows_the_last_member_is_told(void **state)
{
    const struct kind *kind = kind_of(state);
    static const char *const tails[] = {"x", "\x1f", "garbage", "and more of it"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct sample plain = plain_pcap(), sample = packed(kind, &plain);
        size_t size = sample.size;
        sample_put(&sample, tails[i], strlen(tails[i]));
        assert_ends_with(&sample, "damaged at byte %zu, behind the %s data: something else follows",
                         size, kind->name);
        sample_free(&plain);
    }
}

static void zeros_behind_the_last_member_are_padding(void **state)
{
    const struct kind *kind = kind_of(state);
    static const size_t counts[] = {1, 3, 4, 512, 100000, ZEROS_MOST};
    struct sample plain = plain_pcap();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct sample sample = packed(kind, &plain);
        sample_fill(&sample, 0, counts[i]);
        assert_reads_as(&sample, &plain);
        sample_free(&sample);
    }
    struct sample sample = packed(kind, &plain);
    size_t size = sample.size;
    sample_fill(&sample, 0, ZEROS_MOST + 1);
    assert_ends_with(&sample, "damaged at byte %zu, behind the %s data: something else follows",
                     size + ZEROS_MOST, kind->name);
    sample_free(&plain);
}

static void what_is_wrong_inside_counts_decompressed_bytes(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcap();
    plain.size -= 1;
    struct sample sample = packed(kind, &plain);
    char line[ERROR_TEXT_SIZE];
    snprintf(line, sizeof line,
             "once decompressed, truncated at byte %zu, inside the record of frame %d", plain.size,
             FRAMES);
    struct reading reading = reading_of(&sample);
    assert_string_equal(reading.error.text, line);
    assert_int_equal(reading.count, FRAMES - 1);
    reading_free(&reading);
    sample_free(&sample);
    sample_free(&plain);
}

static void a_compressed_something_else_is_refused(void **state)
{
    const struct kind *kind = kind_of(state);
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
    } others[] = {
        {"", 0, "once decompressed, is empty"},
        {"abc", 3, "once decompressed, is not a capture (it has 3 bytes)"},
        {"a letter", 8, "once decompressed, is not a capture (starts with 0x61206c65)"},
        {"\x1f\x8b\x08\0\0", 5, "once decompressed, is compressed (gzip); decompress it first"},
        {"\xd4\xc3\xb2\xa1\2\0\4\0\0", 9,
         "once decompressed, truncated at byte 9, inside the file header"},
        {"\x34\xcd\xb2\xa1\2\0\4\0", 8,
         "once decompressed, is for libpcap to read; decompress it first"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct sample sample = {0};
        kind->put(&sample, (const uint8_t *)others[i].bytes, others[i].size);
        assert_refused(&sample, others[i].why);
    }
}

static void offsets_are_those_of_the_compressed_file(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcapng(), sample = packed(kind, &plain);
    char *path = sample_save(&sample, sample.size);
    struct error error = {""};
    struct source *source = sample_source(path, &(struct source_config){.capture = 0}, &error);
    struct record record;
    uint64_t before = 0;
    assert_non_null(source);
    assert_int_equal(source_size(source), sample.size);
    while (source_read(source, &record, 1, &error) > 0) {
        assert_in_range(source_offset(source), before, sample.size);
        before = source_offset(source);
    }
    assert_int_equal(source_offset(source), sample.size);
    source_free(source);
    unlink(path);
    free(path);
    sample_free(&sample);
    sample_free(&plain);
}

/* ---- tests of one of them ----------------------------------------------------------------------
 */

/* A stored block's bytes come out one by one: as many records as stand whole before the cut. */
static void a_cut_gzip_file_loses_no_record_before_the_cut(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcap(), sample = packed(kind, &plain);
    for (size_t cut = GZIP_HEADER + GZIP_STORED + 24; cut < sample.size; cut++) {
        size_t there = cut - GZIP_HEADER - GZIP_STORED, count = 0;
        for (size_t end = 24; count < FRAMES; count++) {
            end += 16 + 20 + count * 7;
            if (end > there)
                break;
        }
        size_t size = sample.size;
        sample.size = cut;
        struct reading reading = reading_of(&sample);
        assert_int_equal(reading.count, count);
        reading_free(&reading);
        sample.size = size;
    }
    sample_free(&sample);
    sample_free(&plain);
}

static void a_wrong_crc_is_told_behind_all_records(void **state)
{
    const struct kind *kind = kind_of(state);
    struct sample plain = plain_pcap(), sample = packed(kind, &plain);
    sample.bytes[sample.size - GZIP_TRAILER] ^= 1;
    struct reading reading = reading_of(&sample);
    assert_int_equal(reading.count, FRAMES);
    assert_int_equal(reading.status, -1);
    assert_ptr_equal(strstr(reading.error.text, "damaged at byte "), reading.error.text);
    assert_non_null(strstr(reading.error.text, ", inside the gzip data: "));
    reading_free(&reading);
    sample_free(&sample);
    sample_free(&plain);
}

static void skippable_frames_are_skipped(void **state)
{
    kind_of(state);
    struct sample plain = plain_pcap();
    for (uint32_t magic = 0x184d2a50; magic <= 0x184d2a5f; magic++) {
        struct sample sample = {0};
        for (int i = 0; i < 2; i++) {
            sample_u32(&sample, magic);
            sample_u32(&sample, 5);
            sample_put(&sample, "hello", 5);
            zstd_put(&sample, plain.bytes + (i == 0 ? 0 : 100), i == 0 ? 100 : plain.size - 100);
        }
        assert_reads_as(&sample, &plain);
        sample_free(&sample);
    }
    sample_free(&plain);
}

static void a_window_beyond_128_mib_is_refused(void **state)
{
    kind_of(state);
    struct sample plain = plain_pcap();
    for (uint8_t window = 10; window < 32; window++) { /* 1 MiB to 2 TiB */
        struct sample sample = {0};
        zstd_begin(&sample, (uint8_t)(window << 3));
        zstd_block(&sample, true, 0, (uint32_t)plain.size);
        sample_put(&sample, plain.bytes, plain.size);
        struct reading reading = reading_of(&sample);
        assert_int_equal(reading.opened, window + 10 <= 27);
        if (window + 10 > 27)
            assert_non_null(strstr(reading.error.text, ", inside the zstd data: "));
        reading_free(&reading);
        sample_free(&sample);
    }
    sample_free(&plain);
}

/* 10 GB of zeros in 320 KB. */
static void a_bomb_of_zeros_is_left_alone(void **state)
{
    kind_of(state);
    struct sample plain = plain_pcap(), sample = {0};
    size_t size = plain.size;
    zstd_begin(&sample, 10 << 3);
    zstd_block(&sample, false, 0, (uint32_t)plain.size);
    sample_put(&sample, plain.bytes, plain.size);
    for (int i = 0; i < 80000; i++) {
        zstd_block(&sample, i == 79999, 1, ZSTD_BLOCK_MOST);
        sample_fill(&sample, 0, 1);
    }
    sample_free(&plain);
    assert_ends_with(&sample,
                     "once decompressed, damaged at byte %zu: zeros in place of frame %d and all "
                     "that follow",
                     size, FRAMES + 1);
}

#define TEST(kind, name) cmocka_unit_test_prestate(name, (void *)(uintptr_t) & (kind))
#define TEST_BOTH(name)  TEST(gzip, name), TEST(zstd, name)

static const struct CMUnitTest tests[] = {
    TEST_BOTH(a_compressed_capture_is_read_like_a_plain_one),
    TEST_BOTH(members_that_follow_one_another_are_one_capture),
    TEST_BOTH(a_cut_one_gives_what_stands_before_the_cut),
    TEST_BOTH(damage_anywhere_is_survived),
    TEST_BOTH(what_follows_the_last_member_is_told),
    TEST_BOTH(zeros_behind_the_last_member_are_padding),
    TEST_BOTH(what_is_wrong_inside_counts_decompressed_bytes),
    TEST_BOTH(a_compressed_something_else_is_refused),
    TEST_BOTH(offsets_are_those_of_the_compressed_file),
    TEST(gzip, a_cut_gzip_file_loses_no_record_before_the_cut),
    TEST(gzip, a_wrong_crc_is_told_behind_all_records),
    TEST(zstd, skippable_frames_are_skipped),
    TEST(zstd, a_window_beyond_128_mib_is_refused),
    TEST(zstd, a_bomb_of_zeros_is_left_alone),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
