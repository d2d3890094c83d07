/* The pcapng savefile (draft-ietf-opsawg-pcapng): one section, and an interface for each capture,
 * interface of it and link type. */
#include <string.h>

#include "base/timefmt.h"
#include "report/line.h"
#include "report/savefile.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BLOCK_ALIGN = 4,
    BLOCK_FRAME = 12, /* type, length, and the length again */

    SECTION_MAGIC = 0x1a2b3c4d,
    SECTION_MAJOR = 1,

    OPTION_HEADER = 4,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_USERAPPL = 4, /* of a section */
    OPTION_NAME = 2,     /* these of an interface */
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
    OPTION_MOST = UINT16_MAX,

    NANOSECONDS = 9, /* as a power of ten */
    NAME_COLUMNS = 80,
};

/* Times count from here where they are before 1970: no record is earlier (capture/record.h). */
static const int64_t EARLY_S = -5000000000;

struct section_body {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t length[2]; /* not known: all ones */
};

struct interface_body {
    uint16_t link_type, reserved;
    uint32_t snaplen; /* 0: no limit */
};

struct packet_body {
    uint32_t interface;
    uint32_t time_high, time_low;
    uint32_t cap_length, wire_length;
};

_Static_assert(sizeof(struct section_body) == 16 && sizeof(struct interface_body) == 8 &&
                   sizeof(struct packet_body) == 20,
               "no padding: written as they are");

struct option {
    uint16_t code;
    size_t size;
    const void *value;
};

static size_t padding(size_t size)
{
    return (BLOCK_ALIGN - size % BLOCK_ALIGN) % BLOCK_ALIGN;
}

static void put(struct savefile *file, const void *bytes, size_t size)
{
    out_bytes(&file->out, bytes, size);
}

static void put_u32(struct savefile *file, uint32_t value)
{
    put(file, &value, sizeof value);
}

static void put_padded(struct savefile *file, const void *bytes, size_t size)
{
    static const char zeros[BLOCK_ALIGN] = {0};
    put(file, bytes, size);
    put(file, zeros, padding(size));
}

/* Of those with a value; the last of the list has the code OPTION_END. */
static size_t options_size(const struct option *options)
{
    size_t size = 0;
    for (; options->code != OPTION_END; options++)
        if (options->size > 0)
            size += OPTION_HEADER + options->size + padding(options->size);
    return size > 0 ? size + OPTION_HEADER : 0;
}

static void put_options(struct savefile *file, const struct option *options)
{
    if (options_size(options) == 0)
        return;
    for (; options->code != OPTION_END; options++) {
        const uint16_t head[] = {options->code, (uint16_t)options->size};
        if (options->size == 0)
            continue;
        put(file, head, sizeof head);
        put_padded(file, options->value, options->size);
    }
    put_u32(file, OPTION_END);
}

/* A block's type and length; the length, which ends the block, is returned. */
static uint32_t put_block(struct savefile *file, uint32_t type, size_t body,
                          const struct option *options)
{
    uint32_t length = (uint32_t)(BLOCK_FRAME + body + padding(body) + options_size(options));
    put_u32(file, type);
    put_u32(file, length);
    return length;
}

static void pcapng_begin(struct savefile *file, uint16_t link_type)
{
    (void)link_type;
    const struct section_body body = {
        .magic = SECTION_MAGIC, .major = SECTION_MAJOR, .length = {UINT32_MAX, UINT32_MAX}};
    struct line program;
    line_init(&program);
    line_add(&program, "icmpscope %s", icmpscope_version());
    const struct option options[] = {{OPTION_USERAPPL, program.used, program.text}, {0}};
    uint32_t length = put_block(file, BLOCK_SECTION, sizeof body, options);
    put(file, &body, sizeof body);
    put_options(file, options);
    put_u32(file, length);
}

static void put_interface(struct savefile *file, const struct savefile_interface *key)
{
    static const uint8_t resolution = NANOSECONDS;
    const struct interface_body body = {.link_type = key->link_type};
    const char *name = report_capture_name(file->report, key->capture);
    struct line line;
    line_init(&line);
    if (name != NULL)
        line_add_name(&line, name, NAME_COLUMNS);
    if (key->number > 0)
        line_add(&line, " interface %u", (unsigned)key->number);
    const struct option options[] = {
        {OPTION_NAME, line.used, line.text},
        {OPTION_TSRESOL, sizeof resolution, &resolution},
        {OPTION_TSOFFSET, key->early ? sizeof EARLY_S : 0, &EARLY_S},
        {0},
    };
    uint32_t length = put_block(file, BLOCK_INTERFACE, sizeof body, options);
    put(file, &body, sizeof body);
    put_options(file, options);
    put_u32(file, length);
}

/* The number of the interface, which is described before its first packet. */
static bool interface_find(struct savefile *file, const struct record *record, uint32_t *number)
{
    const struct savefile_interface key = {.number = record->interface,
                                           .capture = record->capture,
                                           .link_type = record->link_type,
                                           .early = record->time_ns < 0};
    bool fresh;
    uint32_t *found = map_add(&file->interfaces, &key, &fresh);
    if (found == NULL)
        return false;
    if (fresh) {
        *found = (uint32_t)file->interfaces.count - 1;
        put_interface(file, &key);
    }
    *number = *found;
    return true;
}

static bool pcapng_packet(struct savefile *file, const struct record *record, const char *comment)
{
    struct packet_body body = {.cap_length = record->cap_length,
                               .wire_length = record->wire_length};
    if (!interface_find(file, record, &body.interface))
        return false;
    int64_t from_ns = record->time_ns < 0 ? EARLY_S * NS_PER_S : 0;
    uint64_t time = (uint64_t)record->time_ns - (uint64_t)from_ns;
    body.time_high = (uint32_t)(time >> 32);
    body.time_low = (uint32_t)time;

    size_t size = comment != NULL ? strlen(comment) : 0;
    const struct option options[] = {{OPTION_COMMENT, size < OPTION_MOST ? size : 0, comment}, {0}};
    uint32_t length =
        put_block(file, BLOCK_PACKET, sizeof body + (size_t)record->cap_length, options);
    put(file, &body, sizeof body);
    put_padded(file, record->bytes, record->cap_length);
    put_options(file, options);
    put_u32(file, length);
    return true;
}

const struct savefile_format savefile_pcapng = {pcapng_begin, pcapng_packet};
