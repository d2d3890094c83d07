#include "sample.h"

#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/timefmt.h"
#include "capture/source.h"

enum { BATCH = 64 };

void sample_free(struct sample *sample)
{
    free(sample->bytes);
    *sample = (struct sample){0};
}

static uint8_t *sample_grow(struct sample *sample, size_t size)
{
    if (sample->capacity - sample->size < size) {
        sample->capacity = (sample->size + size) * 2;
        sample->bytes = realloc(sample->bytes, sample->capacity);
        assert_non_null(sample->bytes);
    }
    sample->size += size;
    return sample->bytes + sample->size - size;
}

void sample_put(struct sample *sample, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(sample_grow(sample, size), bytes, size);
}

void sample_fill(struct sample *sample, uint8_t value, size_t size)
{
    if (size > 0)
        memset(sample_grow(sample, size), value, size);
}

static void put_number(const struct sample *sample, uint8_t *p, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p[sample->big_endian ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

void sample_u16(struct sample *sample, uint16_t value)
{
    put_number(sample, sample_grow(sample, 2), value, 2);
}

void sample_u32(struct sample *sample, uint32_t value)
{
    put_number(sample, sample_grow(sample, 4), value, 4);
}

void sample_u64(struct sample *sample, uint64_t value)
{
    put_number(sample, sample_grow(sample, 8), value, 8);
}

void sample_mark(struct sample *sample, size_t more_packets)
{
    size_t before = sample->mark_count > 0 ? sample->marks[sample->mark_count - 1].packets : 0;
    if (sample->mark_count == SAMPLE_MARKS)
        return;
    sample->marks[sample->mark_count].end = sample->size;
    sample->marks[sample->mark_count++].packets = before + more_packets;
}

void sample_pcap(struct sample *sample, uint32_t magic, uint32_t snap_length, uint32_t link_type)
{
    sample_u32(sample, magic);
    sample_u16(sample, 2);
    sample_u16(sample, 4);
    sample_u64(sample, 0);
    sample_u32(sample, snap_length);
    sample_u32(sample, link_type);
    sample_mark(sample, 0);
}

void sample_record(struct sample *sample, uint32_t seconds, uint32_t fraction, uint8_t fill,
                   uint32_t length)
{
    sample_u32(sample, seconds);
    sample_u32(sample, fraction);
    sample_u32(sample, length);
    sample_u32(sample, length);
    sample_fill(sample, fill, length);
    sample_mark(sample, 1);
}

void sample_block(struct sample *sample, uint32_t type)
{
    sample->block = sample->size;
    sample_u32(sample, type);
    sample_u32(sample, 0); /* its length, once it is known */
}

void sample_block_end(struct sample *sample, size_t packets)
{
    sample_fill(sample, 0, (4 - (sample->size - sample->block) % 4) % 4);
    uint32_t length = (uint32_t)(sample->size + 4 - sample->block);
    put_number(sample, sample->bytes + sample->block + 4, length, 4);
    sample_u32(sample, length);
    sample_mark(sample, packets);
}

void sample_section(struct sample *sample)
{
    sample_block(sample, NG_SECTION);
    sample_u32(sample, 0x1a2b3c4d);
    sample_u16(sample, 1);
    sample_u16(sample, 0);
    sample_u64(sample, UINT64_MAX);
    sample_block_end(sample, 0);
}

static void interface_begin(struct sample *sample, uint16_t link_type, uint32_t snap_length)
{
    sample_block(sample, NG_INTERFACE);
    sample_u16(sample, link_type);
    sample_u16(sample, 0);
    sample_u32(sample, snap_length);
}

void sample_interface(struct sample *sample, uint16_t link_type, uint32_t snap_length)
{
    interface_begin(sample, link_type, snap_length);
    sample_block_end(sample, 0);
}

void sample_clock(struct sample *sample, uint16_t link_type, uint8_t resolution, int64_t offset_s)
{
    interface_begin(sample, link_type, 0);
    sample_u16(sample, 9);
    sample_u16(sample, 1);
    sample_fill(sample, resolution, 1);
    sample_fill(sample, 0, 3);
    if (offset_s != 0) {
        sample_u16(sample, 14);
        sample_u16(sample, 8);
        sample_u64(sample, (uint64_t)offset_s);
    }
    sample_u32(sample, 0);
    sample_block_end(sample, 0);
}

void sample_enhanced(struct sample *sample, uint32_t interface, uint64_t stamp, uint8_t fill,
                     uint32_t length)
{
    sample_block(sample, NG_ENHANCED);
    sample_u32(sample, interface);
    sample_u32(sample, (uint32_t)(stamp >> 32));
    sample_u32(sample, (uint32_t)stamp);
    sample_u32(sample, length);
    sample_u32(sample, length);
    sample_fill(sample, fill, length);
    sample_block_end(sample, 1);
}

char *sample_save(const struct sample *sample, size_t size)
{
    char *path = strdup("capture-XXXXXX");
    assert_non_null(path);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    assert_non_null(file);
    if (size > 0)
        assert_int_equal(fwrite(sample->bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

void reading_add(struct reading *reading, const struct record *record)
{
    if (reading->count == reading->capacity) {
        reading->capacity = reading->capacity * 2 + 16;
        reading->records = realloc(reading->records, reading->capacity * sizeof *reading->records);
        assert_non_null(reading->records);
    }
    uint8_t *bytes = malloc(record->cap_length + 1);
    assert_non_null(bytes);
    memcpy(bytes, record->bytes, record->cap_length);
    reading->records[reading->count] = *record;
    reading->records[reading->count++].bytes = bytes;
}

void reading_free(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        free((void *)reading->records[i].bytes);
    free(reading->records);
    *reading = (struct reading){0};
}

struct source *sample_source(const char *path, const struct source_config *config,
                             struct error *error)
{
    struct source *source = source_open(path, config, error);
    if (source == NULL || source_begin(source, error) == 0)
        return source;
    source_free(source);
    return NULL;
}

struct reading reading_of_file(const char *path)
{
    struct reading reading = {.status = -1};
    struct record batch[BATCH];
    struct source *source =
        sample_source(path, &(struct source_config){.capture = 7}, &reading.error);
    reading.opened = source != NULL;
    if (source == NULL)
        return reading;

    while ((reading.status = source_read(source, batch, BATCH, &reading.error)) > 0) {
        assert_true(reading.status <= BATCH);
        for (int i = 0; i < reading.status; i++)
            reading_add(&reading, &batch[i]);
    }
    source_free(source);
    return reading;
}

struct reading reading_by_libpcap(const char *path)
{
    struct reading reading = {.status = -1};
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
    reading.opened = pcap != NULL;
    if (pcap == NULL) {
        error_set(&reading.error, "%s", why);
        return reading;
    }

    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status;
    while ((status = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        struct record record = {.time_ns = (int64_t)((uint64_t)header->ts.tv_sec * NS_PER_S +
                                                     (uint64_t)header->ts.tv_usec),
                                .bytes = bytes,
                                .cap_length = header->caplen,
                                .wire_length = header->len};
        reading_add(&reading, &record);
    }
    reading.dlt = pcap_datalink(pcap);
    reading.status = status == PCAP_ERROR_BREAK ? 0 : -1;
    if (reading.status != 0)
        error_set(&reading.error, "%s", pcap_geterr(pcap));
    pcap_close(pcap);
    return reading;
}

struct reading reading_of(const struct sample *sample)
{
    char *path = sample_save(sample, sample->size);
    struct reading reading = reading_of_file(path);
    unlink(path);
    free(path);
    return reading;
}

struct reading reading_whole(struct sample *sample, size_t packets)
{
    struct reading reading = reading_of(sample);
    sample_free(sample);
    assert_string_equal(reading.error.text, "");
    assert_int_equal(reading.status, 0);
    assert_int_equal(reading.count, packets);
    return reading;
}
