/* The classic pcap savefile (https://www.tcpdump.org/manpages/pcap-savefile.5.txt, and the draft
 * "PCAP Capture File Format"): both byte orders, microseconds and nanoseconds. Records are what
 * libpcap makes of them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/inline.h"
#include "base/timefmt.h"
#include "capture/bytes.h"
#include "capture/format.h"
#include "capture/linktype.h"
#include "capture/nflog.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    ZERO_RECORDS_MOST = 1024, /* so many in a row were never written: a hole, or a lost tail */
    ZERO_BYTES_MOST = ZERO_RECORDS_MOST * RECORD_HEADER,
};

enum order {
    CAPTURED_FIRST, /* the length that was captured, then the one on the wire */
    WIRE_FIRST,
    SMALLER_CAPTURED, /* programs disagree */
};

struct pcap_file {
    uint64_t zeros_seen; /* file offset up to which empty records were counted, and are few */
    uint32_t snap_length;
    uint32_t longest;     /* a record that claims more is damage */
    uint32_t fraction_ns; /* what one unit of the fraction is */
    uint16_t link_type;
    bool big_endian;
    bool turn_nflog;
    enum order order;
};

struct header {
    uint32_t seconds, fraction, captured, wire;
};

static const struct magic {
    uint8_t bytes[4];
    bool big_endian;
    uint32_t fraction_ns;
} magics[] = {
    {{0xd4, 0xc3, 0xb2, 0xa1}, false, NS_PER_US},
    {{0xa1, 0xb2, 0xc3, 0xd4}, true, NS_PER_US},
    {{0x4d, 0x3c, 0xb2, 0xa1}, false, 1},
    {{0xa1, 0xb2, 0x3c, 0x4d}, true, 1},
};

/* Those whose records can be read. DG/UX wrote 543.0. */
static const struct version {
    uint16_t major, minor_least, minor_most;
    enum order order;
} versions[] = {
    {2, 0, 2, WIRE_FIRST},
    {2, 3, 3, SMALLER_CAPTURED},
    {2, 4, 4, CAPTURED_FIRST},
    {543, 0, 0, WIRE_FIRST},
};

static const struct magic *magic_find(const uint8_t *p)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (memcmp(magics[i].bytes, p, sizeof magics[i].bytes) == 0)
            return &magics[i];
    return NULL;
}

static const struct version *version_find(uint16_t major, uint16_t minor)
{
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (versions[i].major == major && versions[i].minor_least <= minor &&
            minor <= versions[i].minor_most)
            return &versions[i];
    return NULL;
}

static bool pcap_recognise(const uint8_t *head)
{
    return magic_find(head) != NULL;
}

static int read_file_header(struct pcap_file *pcap, const uint8_t *p, struct error *error)
{
    const struct magic *magic = magic_find(p);
    pcap->big_endian = magic->big_endian;
    pcap->fraction_ns = magic->fraction_ns;

    uint16_t major = bytes_u16(p + 4, pcap->big_endian), minor = bytes_u16(p + 6, pcap->big_endian);
    const struct version *version = version_find(major, minor);
    if (version == NULL)
        return error_set(error, "is a pcap file of version %u.%u, which cannot be read", major,
                         minor);

    pcap->order = version->order;
    pcap->link_type = linktype_from_field(bytes_u32(p + 20, pcap->big_endian));
    pcap->longest = linktype_longest(pcap->link_type);
    pcap->snap_length = linktype_snap_length(pcap->link_type, bytes_u32(p + 16, pcap->big_endian));
    pcap->turn_nflog =
        pcap->link_type == LINKTYPE_OF_NFLOG && pcap->big_endian != bytes_host_big_endian();
    return 0;
}

static int pcap_open(struct source *source, struct error *error)
{
    struct pcap_file *pcap = calloc(1, sizeof *pcap);
    source->state = pcap;
    if (pcap == NULL)
        return error_set(error, "out of memory");
    if (!block_want(&source->block, FILE_HEADER))
        return format_cut(source, error, "the file header");
    if (read_file_header(pcap, block_bytes(&source->block), error) != 0)
        return -1;

    block_move(&source->block, FILE_HEADER);
    return 0;
}

/* Seconds are taken as unsigned, which carries them to the year 2106. */
ALWAYS_INLINE int64_t header_time(const struct pcap_file *pcap, const struct header *header)
{
    return (int64_t)header->seconds * NS_PER_S +
           (int64_t)((uint64_t)header->fraction * pcap->fraction_ns);
}

ALWAYS_INLINE struct header header_at(const struct pcap_file *pcap, const uint8_t *p)
{
    struct header header = {bytes_u32(p, pcap->big_endian), bytes_u32(p + 4, pcap->big_endian),
                            bytes_u32(p + 8, pcap->big_endian),
                            bytes_u32(p + 12, pcap->big_endian)};
    if (pcap->order == CAPTURED_FIRST ||
        (pcap->order == SMALLER_CAPTURED && header.captured <= header.wire))
        return header;
    return (struct header){header.seconds, header.fraction, header.wire, header.captured};
}

ALWAYS_INLINE bool header_empty(const struct header *header)
{
    return (header->seconds | header->fraction | header->captured | header->wire) == 0;
}

/* What a record of the file holds beyond the file's snap length is not given. */
ALWAYS_INLINE void record_fill(const struct pcap_file *pcap, const struct header *header,
                               uint8_t *bytes, struct record *record)
{
    record->time_ns = header_time(pcap, header);
    record->bytes = bytes;
    record->cap_length =
        header->captured < pcap->snap_length ? header->captured : pcap->snap_length;
    record->wire_length = header->wire;
    record->interface = 0;
    record->link_type = pcap->link_type;
    if (pcap->turn_nflog)
        nflog_turn(bytes, record->cap_length, record->wire_length);
}

/* The records that stand whole in the block; stops before the first that needs a closer look. */
ALWAYS_INLINE size_t records_take(struct source *source, struct record *records, size_t max,
                                  const struct pcap_file *pcap)
{
    uint8_t *p = block_bytes(&source->block);
    const uint8_t *end = p + block_left(&source->block);
    const uint64_t before = source->frame;
    const uint16_t capture = source->capture;
    bool zeros_seen = block_offset(&source->block) < pcap->zeros_seen;
    size_t count = 0;

    for (; count < max && end - p >= RECORD_HEADER; count++) {
        const struct header header = header_at(pcap, p);
        if (header.captured > (size_t)(end - p) - RECORD_HEADER)
            break;
        if (header.captured > pcap->longest)
            break;
        if (!header_empty(&header))
            zeros_seen = false;
        else if (!zeros_seen)
            break;

        struct record *record = &records[count];
        record_fill(pcap, &header, p + RECORD_HEADER, record);
        record->frame = before + count + 1;
        record->capture = capture;
        p += RECORD_HEADER + header.captured;
    }
    source->frame = before + count;
    block_move(&source->block, (size_t)(p - block_bytes(&source->block)));
    return count;
}

/* What the file is like is copied, so that writing records cannot have changed it; and of what most
 * files are like the compiler is told. */
static size_t take_records(struct source *source, struct record *records, size_t max)
{
    struct pcap_file pcap = *(const struct pcap_file *)source->state;
    if (pcap.big_endian || pcap.order != CAPTURED_FIRST || pcap.turn_nflog)
        return records_take(source, records, max, &pcap);
    pcap.big_endian = pcap.turn_nflog = false;
    pcap.order = CAPTURED_FIRST;
    return records_take(source, records, max, &pcap);
}

/* How many of the unread bytes, up to ZERO_BYTES_MOST, are zero. */
static size_t count_zeros(struct block *block)
{
    block_want(block, ZERO_BYTES_MOST);
    const uint8_t *p = block_bytes(block);
    size_t left = block_left(block), count = 0;
    while (count < left && count < ZERO_BYTES_MOST && p[count] == 0)
        count++;
    return count;
}

/* A few empty records may be meant; more than ZERO_RECORDS_MOST are not, and 5 GiB of them would
 * be 335 million. */
static int allow_zeros(struct source *source, struct error *error)
{
    struct pcap_file *pcap = source->state;
    size_t zeros = count_zeros(&source->block);
    uint64_t offset = block_offset(&source->block);
    if (zeros >= ZERO_BYTES_MOST)
        return format_damaged(offset, error,
                              "zeros in place of frame %" PRIu64 " and all that follow",
                              source->frame + 1);

    pcap->zeros_seen = offset + zeros / RECORD_HEADER * RECORD_HEADER;
    return 1;
}

/* Brings the next record into the block. 1, or what pcap_read() returns. */
static int next_record(struct source *source, struct error *error)
{
    const struct pcap_file *pcap = source->state;
    struct block *block = &source->block;
    uint64_t frame = source->frame + 1;
    if (!block_want(block, RECORD_HEADER))
        return block_left(block) == 0
                   ? format_end(source, error)
                   : format_cut(source, error, "the record of frame %" PRIu64, frame);

    struct header header = header_at(pcap, block_bytes(block));
    if (header.captured > pcap->longest)
        return format_damaged(block_offset(block), error,
                              "frame %" PRIu64 " claims to be %" PRIu32 " bytes long", frame,
                              header.captured);
    if (!block_want(block, RECORD_HEADER + (size_t)header.captured))
        return format_cut(source, error, "the record of frame %" PRIu64, frame);
    if (header_empty(&header))
        return allow_zeros(source, error);
    return 1;
}

static int pcap_read(struct source *source, struct record *records, size_t max, struct error *error)
{
    size_t count = take_records(source, records, max);
    while (count == 0) {
        int status = next_record(source, error);
        if (status <= 0)
            return status;
        count = take_records(source, records, max);
    }
    return (int)count;
}

static void pcap_close(struct source *source)
{
    free(source->state);
}

const struct format format_pcap = {
    .recognise = pcap_recognise,
    .open = pcap_open,
    .read = pcap_read,
    .offset = format_block_offset,
    .close = pcap_close,
};
