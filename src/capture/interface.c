#include "capture/interface.h"

#include <limits.h>
#include <stdlib.h>

#include "capture/bytes.h"
#include "capture/linktype.h"

enum {
    BODY_FIXED = 8, /* link type, reserved, snap length */
    OPTION_HEADER = 4,
    OPTION_ALIGN = 4,
    OPTION_END = 0,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
    OPTIONS_KEPT = 16, /* codes below are looked at */
};

/* The values of the options by their code; size 0 for those that are absent. */
struct options {
    struct {
        const uint8_t *value;
        size_t size;
    } by_code[OPTIONS_KEPT];
};

static const char *options_read(struct options *options, const uint8_t *p, size_t left,
                                bool big_endian)
{
    while (left > 0) {
        if (left < OPTION_HEADER)
            return "an interface option is cut short";
        uint16_t code = bytes_u16(p, big_endian);
        size_t size = bytes_u16(p + 2, big_endian);
        size_t padded = (size + OPTION_ALIGN - 1) / OPTION_ALIGN * OPTION_ALIGN;
        p += OPTION_HEADER;
        left -= OPTION_HEADER;
        if (code == OPTION_END)
            return NULL;
        if (padded > left)
            return "an interface option is cut short";

        if (code < OPTIONS_KEPT) {
            options->by_code[code].value = p;
            options->by_code[code].size = size;
        }
        p += padded;
        left -= padded;
    }
    return NULL;
}

static const char *tick_read(struct tick *tick, const struct options *options, bool big_endian)
{
    uint8_t resolution = TICK_MICROSECONDS;
    int64_t offset_s = 0;
    size_t resolution_size = options->by_code[OPTION_TSRESOL].size;
    size_t offset_size = options->by_code[OPTION_TSOFFSET].size;
    if (resolution_size > 1 || (offset_size != 0 && offset_size != sizeof offset_s))
        return "a time option of an interface has a wrong length";

    if (resolution_size == 1)
        resolution = options->by_code[OPTION_TSRESOL].value[0];
    if (offset_size > 0)
        offset_s = (int64_t)bytes_u64(options->by_code[OPTION_TSOFFSET].value, big_endian);
    tick_init(tick, resolution, offset_s);
    return NULL;
}

static const char *interface_read(struct interface *interface, const uint8_t *body, size_t size,
                                  bool big_endian)
{
    struct options options = {{{NULL, 0}}};
    const char *wrong = options_read(&options, body + BODY_FIXED, size - BODY_FIXED, big_endian);
    if (wrong == NULL)
        wrong = tick_read(&interface->tick, &options, big_endian);
    if (wrong != NULL)
        return wrong;

    interface->link_type = linktype_from_field(bytes_u16(body, big_endian));
    interface->turn_nflog =
        interface->link_type == LINKTYPE_OF_NFLOG && big_endian != bytes_host_big_endian();
    interface->snap_length =
        linktype_snap_length(interface->link_type, bytes_u32(body + 4, big_endian));
    return NULL;
}

static bool make_room(struct interfaces *interfaces)
{
    if (interfaces->count < interfaces->capacity)
        return true;

    uint32_t capacity = interfaces->capacity > 0 ? interfaces->capacity * 2 : 4;
    struct interface *list = realloc(interfaces->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    interfaces->list = list;
    interfaces->capacity = capacity;
    return true;
}

const char *interfaces_add(struct interfaces *interfaces, const uint8_t *body, size_t size,
                           bool big_endian)
{
    struct interface interface;
    if (size < BODY_FIXED)
        return "an interface description is cut short";
    const char *wrong = interface_read(&interface, body, size, big_endian);
    if (wrong != NULL)
        return wrong;

    if (interfaces->described < UINT32_MAX)
        interfaces->described++;
    if (interfaces->count == INTERFACES_MOST)
        return NULL;
    if (!make_room(interfaces))
        return "out of memory for its interfaces";
    interfaces->list[interfaces->count++] = interface;
    return NULL;
}

void interfaces_clear(struct interfaces *interfaces)
{
    interfaces->count = 0;
    interfaces->described = 0;
}

void interfaces_fini(struct interfaces *interfaces)
{
    free(interfaces->list);
    *interfaces = (struct interfaces){0};
}
