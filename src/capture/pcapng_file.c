/* The pcapng savefile (draft-ietf-opsawg-pcapng): sections in either byte order, interfaces each
 * with its link type and clock, the three kinds of packet blocks. Other blocks are skipped. */
#include <inttypes.h>
#include <stdlib.h>

#include "capture/bytes.h"
#include "capture/format.h"
#include "capture/interface.h"
#include "capture/linktype.h"
#include "capture/nflog.h"

enum {
    TYPE_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
    TYPE_INTERFACE = 1,
    TYPE_PACKET = 2, /* obsolete */
    TYPE_SIMPLE_PACKET = 3,
    TYPE_ENHANCED_PACKET = 6,
};

enum {
    BLOCK_HEADER = 8,  /* type, length */
    BLOCK_TRAILER = 4, /* length, again */
    BLOCK_LEAST = BLOCK_HEADER + BLOCK_TRAILER,
    BLOCK_MOST = 16 * 1024 * 1024, /* of those that are looked into */
    BLOCK_ALIGN = 4,

    SECTION_MAGIC_AT = 8, /* tells the byte order, of the length before it, too */
    SECTION_VERSION_AT = 12,
    SECTION_LEAST = 28,
    SECTION_MAGIC = 0x1a2b3c4d,
    SECTION_VERSION = 1,

    PACKET_DATA = 28, /* interface, time stamp, captured length, length before it */
    SIMPLE_DATA = 12, /* length */
};

struct pcapng_file {
    struct interfaces interfaces; /* of this section */
    bool big_endian;
};

static uint32_t block_type(const struct pcapng_file *ng, const uint8_t *p)
{
    return bytes_u32(p, ng->big_endian);
}

static uint32_t block_length(const struct pcapng_file *ng, const uint8_t *p)
{
    return bytes_u32(p + 4, ng->big_endian);
}

static bool is_packet(uint32_t type)
{
    return type == TYPE_ENHANCED_PACKET || type == TYPE_SIMPLE_PACKET || type == TYPE_PACKET;
}

static uint32_t packet_data(uint32_t type)
{
    return type == TYPE_SIMPLE_PACKET ? SIMPLE_DATA : PACKET_DATA;
}

static bool length_possible(uint32_t length)
{
    return length >= BLOCK_LEAST && length % BLOCK_ALIGN == 0;
}

static bool trailer_agrees(const struct pcapng_file *ng, const uint8_t *p, uint32_t length)
{
    return bytes_u32(p + length - BLOCK_TRAILER, ng->big_endian) == length;
}

static const char *interface_missing(const struct interfaces *interfaces, uint32_t index)
{
    return index < interfaces->described
               ? "it is on an interface beyond the first 65,536 of its section"
               : "it is on an interface that is not described";
}

/* The packet of a whole block, its number and capture left out. NULL, or what is wrong. */

static const char *read_simple(const struct pcapng_file *ng, const uint8_t *p, uint32_t length,
                               struct record *record)
{
    if (length < SIMPLE_DATA + BLOCK_TRAILER)
        return "its block is too short";
    if (ng->interfaces.count == 0)
        return interface_missing(&ng->interfaces, 0);

    const struct interface *interface = &ng->interfaces.list[0];
    uint32_t wire = bytes_u32(p + 8, ng->big_endian);
    uint32_t captured = wire < interface->snap_length ? wire : interface->snap_length;
    if (captured > length - SIMPLE_DATA - BLOCK_TRAILER)
        return "it is longer than its block";

    record->time_ns = tick_to_ns(&interface->tick, 0);
    record->bytes = p + SIMPLE_DATA;
    record->cap_length = captured;
    record->wire_length = wire;
    record->interface = 0;
    record->link_type = interface->link_type;
    return NULL;
}

static const char *read_stamped(const struct pcapng_file *ng, const uint8_t *p, uint32_t length,
                                struct record *record)
{
    if (length < PACKET_DATA + BLOCK_TRAILER)
        return "its block is too short";
    uint32_t index = block_type(ng, p) == TYPE_PACKET ? bytes_u16(p + 8, ng->big_endian)
                                                      : bytes_u32(p + 8, ng->big_endian);
    if (index >= ng->interfaces.count)
        return interface_missing(&ng->interfaces, index);
    uint32_t captured = bytes_u32(p + 20, ng->big_endian);
    if (captured > length - PACKET_DATA - BLOCK_TRAILER)
        return "it is longer than its block";

    const struct interface *interface = &ng->interfaces.list[index];
    uint64_t stamp =
        (uint64_t)bytes_u32(p + 12, ng->big_endian) << 32 | bytes_u32(p + 16, ng->big_endian);
    record->time_ns = tick_to_ns(&interface->tick, stamp);
    record->bytes = p + PACKET_DATA;
    record->cap_length = captured;
    record->wire_length = bytes_u32(p + 24, ng->big_endian);
    record->interface = index;
    record->link_type = interface->link_type;
    return NULL;
}

static const char *read_packet(const struct pcapng_file *ng, const uint8_t *p, uint32_t length,
                               struct record *record)
{
    return block_type(ng, p) == TYPE_SIMPLE_PACKET ? read_simple(ng, p, length, record)
                                                   : read_stamped(ng, p, length, record);
}

/* Packets that stand whole in the source's block, and what may be skipped between them; stops
 * before the first that needs a closer look. */
static size_t take_records(struct source *source, struct record *records, size_t max)
{
    const struct pcapng_file *ng = source->state;
    uint8_t *p = block_bytes(&source->block);
    size_t left = block_left(&source->block), count = 0;

    while (count < max && left >= BLOCK_LEAST) {
        uint32_t type = block_type(ng, p), length = block_length(ng, p);
        if (type == TYPE_SECTION || type == TYPE_INTERFACE || length > left ||
            !length_possible(length) || !trailer_agrees(ng, p, length))
            break;

        if (is_packet(type)) {
            struct record *record = &records[count];
            if (read_packet(ng, p, length, record) != NULL)
                break;
            if (ng->interfaces.list[record->interface].turn_nflog)
                nflog_turn(p + packet_data(type), record->cap_length, record->wire_length);
            record->frame = ++source->frame;
            record->capture = source->capture;
            count++;
        }
        p += length;
        left -= length;
    }
    block_move(&source->block, block_left(&source->block) - left);
    return count;
}

static int damaged(const struct source *source, struct error *error, uint32_t type, const char *why)
{
    uint64_t offset = block_offset(&source->block);
    if (is_packet(type))
        return format_damaged(offset, error, "frame %" PRIu64 ": %s", source->frame + 1, why);
    return format_damaged(offset, error, "a block of type 0x%08" PRIx32 ": %s", type, why);
}

static int cut(const struct source *source, struct error *error, uint32_t type)
{
    if (is_packet(type))
        return format_cut(source, error, "the block of frame %" PRIu64, source->frame + 1);
    return format_cut(source, error, "a block of type 0x%08" PRIx32, type);
}

/* The whole of a block that is looked into, as one piece. 1, or -1. The trailer of a section
 * header is not held against it, as libpcap does not, either. */
static int want_whole(struct source *source, uint32_t type, struct error *error)
{
    const struct pcapng_file *ng = source->state;
    uint32_t length = block_length(ng, block_bytes(&source->block));
    if (!length_possible(length) || length > BLOCK_MOST)
        return damaged(source, error, type, "its length makes no sense");
    if (!block_want(&source->block, length))
        return cut(source, error, type);
    if (type != TYPE_SECTION && !trailer_agrees(ng, block_bytes(&source->block), length))
        return damaged(source, error, type, "its length is not repeated at its end");
    return 1;
}

/* These four take care of one block, of which the header is there. 1 to go on, or what
 * pcapng_read() returns. */

static int next_section(struct source *source, struct error *error)
{
    struct pcapng_file *ng = source->state;
    struct block *block = &source->block;
    if (!block_want(block, SECTION_VERSION_AT))
        return cut(source, error, TYPE_SECTION);
    const uint8_t *magic = block_bytes(block) + SECTION_MAGIC_AT;
    ng->big_endian = bytes_u32(magic, true) == SECTION_MAGIC;
    if (bytes_u32(magic, ng->big_endian) != SECTION_MAGIC)
        return damaged(source, error, TYPE_SECTION, "its byte-order magic is missing");

    int status = want_whole(source, TYPE_SECTION, error);
    if (status <= 0)
        return status;
    const uint8_t *p = block_bytes(block);
    if (block_length(ng, p) < SECTION_LEAST)
        return damaged(source, error, TYPE_SECTION, "its length makes no sense");
    if (bytes_u16(p + SECTION_VERSION_AT, ng->big_endian) != SECTION_VERSION)
        return damaged(source, error, TYPE_SECTION, "of a version that cannot be read");

    interfaces_clear(&ng->interfaces);
    block_move(block, block_length(ng, p));
    return 1;
}

static int next_interface(struct source *source, struct error *error)
{
    struct pcapng_file *ng = source->state;
    int status = want_whole(source, TYPE_INTERFACE, error);
    if (status <= 0)
        return status;

    const uint8_t *p = block_bytes(&source->block);
    uint32_t length = block_length(ng, p);
    const char *why =
        interfaces_add(&ng->interfaces, p + BLOCK_HEADER, length - BLOCK_LEAST, ng->big_endian);
    if (why != NULL)
        return damaged(source, error, TYPE_INTERFACE, why);
    block_move(&source->block, length);
    return 1;
}

/* Leaves it where it is, for take_records(), if nothing is wrong with it. */
static int next_packet(struct source *source, uint32_t type, struct error *error)
{
    const struct pcapng_file *ng = source->state;
    int status = want_whole(source, type, error);
    if (status <= 0)
        return status;

    struct record record;
    const uint8_t *p = block_bytes(&source->block);
    const char *why = read_packet(ng, p, block_length(ng, p), &record);
    return why == NULL ? 1 : damaged(source, error, type, why);
}

static int skip_block(struct source *source, uint32_t type, struct error *error)
{
    const struct pcapng_file *ng = source->state;
    struct block *block = &source->block;
    uint32_t length = block_length(ng, block_bytes(block));
    if (!length_possible(length))
        return damaged(source, error, type, "its length makes no sense");
    if (!block_skip(block, length - BLOCK_TRAILER) || !block_want(block, BLOCK_TRAILER))
        return cut(source, error, type);
    if (bytes_u32(block_bytes(block), ng->big_endian) != length)
        return damaged(source, error, type, "its length is not repeated at its end");
    block_move(block, BLOCK_TRAILER);
    return 1;
}

static int next_block(struct source *source, struct error *error)
{
    struct block *block = &source->block;
    if (!block_want(block, BLOCK_HEADER))
        return block_left(block) == 0 ? format_end(source, error)
                                      : format_cut(source, error, "the header of a block");

    uint32_t type = block_type(source->state, block_bytes(block));
    if (type == TYPE_SECTION)
        return next_section(source, error);
    if (type == TYPE_INTERFACE)
        return next_interface(source, error);
    return is_packet(type) ? next_packet(source, type, error) : skip_block(source, type, error);
}

static int pcapng_read(struct source *source, struct record *records, size_t max,
                       struct error *error)
{
    size_t count = take_records(source, records, max);
    while (count == 0) {
        int status = next_block(source, error);
        if (status <= 0)
            return status;
        count = take_records(source, records, max);
    }
    return (int)count;
}

static bool pcapng_recognise(const uint8_t *head)
{
    return bytes_u32(head, true) == TYPE_SECTION;
}

static int pcapng_open(struct source *source, struct error *error)
{
    source->state = calloc(1, sizeof(struct pcapng_file));
    if (source->state == NULL)
        return error_set(error, "out of memory");
    return next_section(source, error) > 0 ? 0 : -1;
}

static void pcapng_close(struct source *source)
{
    struct pcapng_file *ng = source->state;
    if (ng == NULL)
        return;
    interfaces_fini(&ng->interfaces);
    free(ng);
}

const struct format format_pcapng = {
    .recognise = pcapng_recognise,
    .open = pcapng_open,
    .read = pcapng_read,
    .offset = format_block_offset,
    .close = pcapng_close,
};
