/* Small captures, written byte by byte, and what was read of a capture: for the tests of
 * capture/. Everything here fails the test that calls it where it cannot do its work. */
#ifndef ICMPSCOPE_TESTS_SAMPLE_H
#define ICMPSCOPE_TESTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/record.h"
#include "capture/source.h"

enum { SAMPLE_MARKS = 64 };

enum {
    PCAP_US = 0xa1b2c3d4,
    PCAP_NS = 0xa1b23c4d,
    NG_INTERFACE = 1,
    NG_PACKET = 2,
    NG_SIMPLE = 3,
    NG_NAMES = 4,
    NG_ENHANCED = 6,
    NG_SECTION = 0x0a0d0d0a,
};

/* Numbers go in by `big_endian`, which may be changed on the way. All zero bytes is an empty one.
 */
struct sample {
    uint8_t *bytes;
    size_t size, capacity;
    size_t block; /* where the block that is being written begins */
    bool big_endian;
    struct {
        size_t end;     /* a capture may end here, */
        size_t packets; /* and then has so many */
    } marks[SAMPLE_MARKS];
    size_t mark_count;
};

void sample_free(struct sample *sample);
void sample_put(struct sample *sample, const void *bytes, size_t size);
void sample_fill(struct sample *sample, uint8_t value, size_t size);
void sample_u16(struct sample *sample, uint16_t value);
void sample_u32(struct sample *sample, uint32_t value);
void sample_u64(struct sample *sample, uint64_t value);
void sample_mark(struct sample *sample, size_t more_packets);

/* Version 2.4. */
void sample_pcap(struct sample *sample, uint32_t magic, uint32_t snap_length, uint32_t link_type);

/* A record of `length` bytes, each `fill`. */
void sample_record(struct sample *sample, uint32_t seconds, uint32_t fraction, uint8_t fill,
                   uint32_t length);

/* Between these two stands the body of a pcapng block. `packets`: how many it is. */
void sample_block(struct sample *sample, uint32_t type);
void sample_block_end(struct sample *sample, size_t packets);

void sample_section(struct sample *sample);

/* Without options. */
void sample_interface(struct sample *sample, uint16_t link_type, uint32_t snap_length);

/* With if_tsresol, and with if_tsoffset where it is not 0. */
void sample_clock(struct sample *sample, uint16_t link_type, uint8_t resolution, int64_t offset_s);

void sample_enhanced(struct sample *sample, uint32_t interface, uint64_t stamp, uint8_t fill,
                     uint32_t length);

/* Into a new file of the current directory, whose name it returns; to be unlinked and freed. */
char *sample_save(const struct sample *sample, size_t size);

/* source_open() and source_begin(): NULL where either fails. */
struct source *sample_source(const char *path, const struct source_config *config,
                             struct error *error);

/* What was read of a capture, with copies of the bytes. */
struct reading {
    struct record *records;
    size_t count, capacity;
    bool opened;
    int status;         /* after the last record: 0 or -1 */
    int dlt;            /* libpcap's */
    struct error error; /* "" where status is 0 */
};

struct reading reading_of_file(const char *path);
struct reading reading_by_libpcap(const char *path);
struct reading reading_of(const struct sample *sample);
void reading_add(struct reading *reading, const struct record *record);
void reading_free(struct reading *reading);

/* Ends the sample, too. Fails where it is not read to its end without error. */
struct reading reading_whole(struct sample *sample, size_t packets);

#endif
